# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading, listing, and closing incidents in the simulated ESET."""

from __future__ import annotations

import json

import pytest

from simulator.eset.incidents import CLOSED, OPEN

TRUE_POSITIVE = "INCIDENT_RESOLVE_REASON_TRUE_POSITIVE"
COMMENT = {"text": "Cleaned.", "isFinalComment": True, "incidentUuid": "u1"}
NAME = "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"


def test_read_shows_the_whole_incident(sim, client):
    sim.eset.add_incident(
        "u4",
        display_name="Four",
        severity="INCIDENT_SEVERITY_LEVEL_HIGH",
        device_uuids=["d1", "d2"],
        detection_uuids=["e1"],
        create_time="2026-01-12T06:08:31Z",
        update_time="2026-01-12T07:00:00.5Z",
    )
    assert client.eset_read("u4").json() == {
        "incident": {
            "uuid": "u4",
            "displayName": "Four",
            "status": OPEN,
            "resolveReason": "INCIDENT_RESOLVE_REASON_UNSPECIFIED",
            "severity": "INCIDENT_SEVERITY_LEVEL_HIGH",
            "createTime": "2026-01-12T06:08:31Z",
            "updateTime": "2026-01-12T07:00:00.5Z",
            "metrics": {"deviceCount": 2},
            "deviceUuids": ["d1", "d2"],
            "detectionUuids": ["e1"],
        }
    }


def test_read_of_an_unknown_incident_is_not_found(client):
    assert client.eset_read("nowhere").status_code == 404


def test_a_uuid_is_the_same_in_either_case(sim, client):
    sim.eset.add_incident(NAME)
    assert client.eset_read(NAME.lower()).json()["incident"]["uuid"] == NAME
    assert client.eset_close(NAME.lower()).status_code == 200
    assert sim.eset.incidents[NAME].closings == 1


def test_list_shows_all_incidents_in_their_order(client):
    body = client.eset_list().json()
    assert [row["uuid"] for row in body["incidents"]] == ["u1", "u2", "u3"]
    assert body["nextPageToken"] == ""


@pytest.mark.parametrize(["list_ids", "devices"], [("none", None), ("empty", []), ("full", ["d1"])])
def test_list_shows_devices_by_setting(sim, client, list_ids, devices):
    sim.eset.add_incident("u0", device_uuids=["d1"])
    sim.configure(eset={"list_ids": list_ids})
    row = client.eset_list().json()["incidents"][-1]
    assert row.get("deviceUuids") == devices
    assert ("detectionUuids" in row) == ("deviceUuids" in row)
    assert row["metrics"] == {"deviceCount": 1}


def test_the_number_of_devices_can_be_unknown(sim, client):
    sim.configure(eset={"device_count": False})
    assert "metrics" not in client.eset_list().json()["incidents"][0]
    assert "metrics" not in client.eset_read("u1").json()["incident"]


def test_incidents_can_leave_out_what_is_empty(sim, client):
    sim.configure(eset={"leave_out_empty": True, "list_ids": "empty"})
    assert "deviceUuids" not in client.eset_list().json()["incidents"][0]
    assert "deviceUuids" not in client.eset_read("u1").json()["incident"]


@pytest.mark.parametrize(
    ["order", "uuids"],
    [
        ("create_time", ["t2", "t1", "t3"]),
        ("create_time desc", ["t3", "t1", "t2"]),
        ("update_time desc", ["t2", "t3", "t1"]),
    ],
)
def test_list_sorts_incidents(sim, client, order, uuids):
    sim.reset({"eset": {"incidents": []}})
    sim.eset.add_incident("t1", create_time="2026-01-12T06:00:00Z")
    sim.eset.add_incident("t2", create_time="2026-01-12T06:30:00+01:00", update_time="2027-01-01T00:00:00Z")
    sim.eset.add_incident("t3", create_time="2026-01-12T06:00:00.25Z")
    assert client.eset_uuids(orderBy=order) == uuids
    first = client.eset_list(orderBy=order, pageSize="2").json()
    assert client.eset_uuids(orderBy=order, pageSize="2", pageToken=first["nextPageToken"]) == uuids[2:]


@pytest.mark.parametrize("order", ["uuid", "createTime desc", "create_time  desc", "create_time DESC", "desc"])
def test_list_rejects_other_orders(client, order):
    assert client.eset_list(orderBy=order).status_code == 400


def test_a_page_has_50_incidents_by_default_and_1000_at_most(sim, client):
    sim.eset.add(f"p{number:04}" for number in range(1000))
    assert len(client.eset_uuids()) == 50
    assert len(client.eset_uuids(pageSize="5000")) == 1000


def test_pages_do_not_move_when_incidents_are_closed(sim, client):
    query = {"filter": f"incident.status == {OPEN}", "pageSize": "2"}
    first = client.eset_list(**query).json()
    sim.eset.incidents["u1"].status = CLOSED
    second = client.eset_list(**query, pageToken=first["nextPageToken"]).json()
    assert [row["uuid"] for row in second["incidents"]] == ["u3"]
    assert second["nextPageToken"] == ""


@pytest.mark.parametrize(
    "other", [{}, {"filter": f"incident.status == {CLOSED}"}, {"filter": "", "orderBy": "create_time"}]
)
def test_a_page_token_is_valid_for_its_selection_only(client, other):
    token = client.eset_list(filter=f"incident.status == {OPEN}", pageSize="1").json()["nextPageToken"]
    assert client.eset_list(**other, pageToken=token).status_code == 400


def test_every_filter_can_be_rejected(sim, client):
    sim.configure(eset={"refuse_filters": True})
    assert client.eset_list(filter=f"incident.status == {OPEN}").status_code == 400
    assert client.eset_list().status_code == 200


def test_close_closes(sim, client):
    answer = client.eset_close("u1", "Cleaned.")
    assert answer.status_code == 200
    assert answer.json() == {}
    assert sim.eset.incidents["u1"].comments == ["Cleaned."]
    incident = client.eset_read("u1").json()["incident"]
    assert incident["status"] == CLOSED
    assert incident["resolveReason"] == TRUE_POSITIVE
    assert incident["updateTime"] != incident["createTime"]


def test_close_of_an_unknown_incident_is_not_found(client):
    assert client.eset_close("nowhere").status_code == 404


def test_a_second_close_fails(sim, client):
    client.eset_close("u1", "Cleaned.")
    assert client.eset_close("u1", "Cleaned.").status_code == 400
    assert sim.eset.incidents["u1"].closings == 1


def test_a_second_close_can_succeed_and_appends_its_comment(sim, client):
    sim.configure(eset={"closed_again": "success"})
    client.eset_close("u1", "Cleaned.")
    assert client.eset_close("u1", "Cleaned.").status_code == 200
    assert sim.eset.incidents["u1"].closings == 2
    assert sim.eset.incidents["u1"].comments == ["Cleaned.", "Cleaned."]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"closureReason": "true_positive"},
        {"closureReason": None},
        {"closureReason": TRUE_POSITIVE, "finalComment": "Cleaned."},
        {"closureReason": TRUE_POSITIVE, "finalComment": {}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "text": " "}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "isFinalComment": False}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "isFinalComment": 1}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "incidentUuid": "u2"}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "author": "me"}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "uuid": 1}},
        {"closureReason": TRUE_POSITIVE, "comment": "Cleaned."},
    ],
)
def test_close_rejects_wrong_bodies(sim, client, body):
    assert client.eset_close("u1", body=body).status_code == 400
    assert sim.eset.incidents["u1"].status == OPEN


@pytest.mark.parametrize(
    ["kind", "status"], [(None, 400), ("text/plain", 400), ("application/json; charset=utf-8", 200)]
)
def test_close_requires_json(client, kind, status):
    body = json.dumps({"closureReason": TRUE_POSITIVE})
    headers = {"Content-Type": kind} if kind else {}
    assert client.eset("POST", "/v2/incidents/u1:close", data=body, headers=headers).status_code == status


def test_the_unspecified_reason_can_be_rejected(sim, client):
    sim.configure(eset={"refuse_unspecified": True})
    unspecified = {"closureReason": "INCIDENT_RESOLVE_REASON_UNSPECIFIED"}
    assert client.eset_close("u1", body=unspecified).status_code == 400
    assert client.eset_close("u1").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"color": "red"}, {"order": 1}, {"status": "Lost"}, {"create_time": "yesterday"}, {"update_time": "2026-01-12"}],
)
def test_an_incident_has_no_other_fields(sim, wrong):
    with pytest.raises(ValueError):
        sim.eset.add_incident("u9", **wrong)
    assert "u9" not in sim.eset.incidents
