# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""eset_incident_info against the simulator: its requests and its results."""

from __future__ import annotations

import math

import pytest

CLOSED = "INCIDENT_STATUS_CLOSED"


def ids(result):
    return [incident["id"] for incident in result["incidents"]]


def created(number):
    return f"2026-01-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"


def scenario(count, **fields):
    return {"eset": {"incidents": [{"id": f"i{n}", "create_time": created(n), **fields} for n in range(count)]}}


def test_return_the_incidents_that_are_not_closed_with_the_newest_first(sim, read_eset):
    incidents = [
        {"id": "old", "create_time": "2026-01-01T00:00:00Z", "display_name": "Web shell"},
        {"id": "new", "create_time": "2026-02-01T00:00:00Z", "severity": "INCIDENT_SEVERITY_LEVEL_HIGH"},
        {"id": "done", "status": CLOSED},
    ]
    sim.reset({"eset": {"incidents": incidents}})
    result = read_eset()
    assert ids(result) == ["new", "old"]
    assert not result["changed"]
    assert result["missing"] == []
    old = result["incidents"][1]
    assert old.pop("details")["displayName"] == "Web shell"
    assert old == {
        "id": "old",
        "title": "Web shell",
        "status": "INCIDENT_STATUS_OPEN",
        "closed": False,
        "severity": "INCIDENT_SEVERITY_LEVEL_MEDIUM",
        "created": "2026-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"status": ["closed"]}, ["done"]),
        ({"severity": ["high"]}, ["high"]),
        ({"created_after": "2026-01-15"}, ["high"]),
        ({"created_before": "2026-01-15T01:00:00+01:00"}, ["low"]),
        # The conditions of these do not fit into a filter.
        ({"severity": ["high"], "created_after": "2026-01-01"}, ["high"]),
        ({"created_after": "2026-01-01", "created_before": "2026-02-01"}, ["high", "low"]),
        (
            {"status": ["closed", "open"], "created_after": "2026-01-15", "created_before": "2026-01-16"},
            ["done", "high"],
        ),
        ({"severity": ["low", "medium"], "created_after": "2026-01-01", "created_before": "2026-01-16"}, ["low"]),
        ({"filter": "incident.severity == INCIDENT_SEVERITY_LEVEL_LOW"}, ["low"]),
        (
            {
                "status": ["closed"],
                "filter": "incident.severity == INCIDENT_SEVERITY_LEVEL_LOW || incident.severity == INCIDENT_SEVERITY_LEVEL_HIGH",
            },
            [],
        ),
    ],
)
def test_send_the_selection_to_the_api(sim, read_eset, selection, expected):
    incidents = [
        {
            "id": "low",
            "severity": "INCIDENT_SEVERITY_LEVEL_LOW",
            "create_time": "2026-01-14T23:59:59Z",
            "display_name": "Web shell",
        },
        {"id": "high", "severity": "INCIDENT_SEVERITY_LEVEL_HIGH", "create_time": "2026-01-15T00:00:00Z"},
        {"id": "done", "status": CLOSED, "create_time": "2026-01-15T00:00:00Z"},
    ]
    sim.reset({"eset": {"incidents": incidents}, "settings": {"eset": {"whole_filters": True}}})
    result = read_eset(**selection)
    assert "failed" not in result
    assert ids(result) == expected
    assert [call.call for call in sim.calls()] == ["eset.sign_in", "eset.list"]


@pytest.mark.parametrize(("limit", "pages"), [(0, 3), (1, 1), (1000, 1), (1001, 2), (5000, 3)])
def test_a_limit_stops_reading_pages(sim, read_eset, limit, pages):
    sim.reset(scenario(2500))
    result = read_eset(limit=limit)
    assert ids(result) == [f"i{n}" for n in reversed(range(2500))][: limit or None]
    assert len(sim.calls("eset.list")) == pages


def test_leave_out_fields_that_a_list_does_not_have(sim, read_eset):
    sim.configure(eset={"list_ids": "empty"})
    assert not {"deviceUuids", "detectionUuids"} & set(read_eset()["incidents"][0]["details"])


def test_read_particular_incidents_in_their_order(read_eset):
    upper = "5D2B7F0A-3C1E-4B8A-9F64-0F3A6D1C7E21"
    result = read_eset(incident_uuids=["b7a0d9f4-1e63-4d52-8c3b-e5f2097a4d83", "gone", upper, upper.lower()])
    assert ids(result) == ["b7a0d9f4-1e63-4d52-8c3b-e5f2097a4d83", upper.lower()]
    assert "failed" not in result
    (missing,) = result["missing"]
    assert missing["id"] == "gone"
    assert "there is no such incident" in missing["message"]


def test_a_selection_is_not_mixed_with_particular_incidents(sim, read_eset):
    result = read_eset(incident_uuids=["a"], status=["open"])
    assert "mutually exclusive: incident_uuids|status" in result["msg"]
    assert sim.calls() == []


def test_every_id_is_in_the_result_when_the_service_is_down_for_some(sim, read_eset):
    sim.reset(scenario(3))
    sim.fault("eset.read", "status", status=503, incident="i1", times=None)
    result = read_eset(incident_uuids=["i0", "i1", "i2"])
    assert result["failed"]
    assert "reading incident i1: ESET: HTTP 503" in result["msg"]
    assert ids(result) == ["i0", "i2"]
    assert [row["id"] for row in result["missing"]] == ["i1"]


def test_every_id_is_in_the_result_when_the_sign_in_fails(sim, read_eset):
    result = read_eset(incident_uuids=["a", "b"], password="wrong")
    assert result["failed"]
    assert "check username, password and region" in result["msg"]
    assert [row["id"] for row in result["missing"]] == ["a", "b"]
    assert len(sim.calls("eset.sign_in")) == 1


def test_a_list_that_fails_halfway_is_a_failure(sim, read_eset):
    sim.reset(scenario(1500))
    sim.fault("eset.list", "status", status=503, skip=1, times=None)
    result = read_eset()
    assert result["failed"]
    assert result["incidents"] == []


@pytest.mark.parametrize("entry", [{"status": "INCIDENT_STATUS_OPEN"}, {"uuid": "x"}, "x"])
def test_an_entry_that_cannot_be_read_is_a_failure(sim, read_eset, entry):
    sim.fault("eset.list", "json_value", value={"incidents": [entry]}, when="before", times=None)
    assert read_eset()["failed"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": "x" * 150}, "ESET accepts 200"),
        ({"limit": -1}, "limit must be from 0"),
        ({"created_after": "yesterday"}, "created_after is not an ISO 8601"),
        ({"status": ["done"]}, "status must be one or more of"),
        ({"severity": ["critical"]}, "severity must be one or more of"),
        ({"incident_uuids": []}, "incident_uuids is empty"),
        ({"incident_uuids": ["a b"]}, "is not a single incident id"),
        ({"devices": True, "device_url": None}, "missing region (ESET_REGION), or device_url (ESET_DEVICE_URL)"),
    ],
)
def test_reject_invalid_options_before_the_first_request(sim, read_eset, options, message):
    result = read_eset(**options)
    assert result["failed"]
    assert message in result["msg"]
    assert sim.calls() == []


def test_the_words_of_the_product_about_a_filter_are_shown(sim, read_eset):
    sim.fault("eset.list", "status", status=400, body={"message": "no such field: titel"}, when="before", times=None)
    result = read_eset(filter='incident.titel == "x"')
    assert result["failed"]
    assert "no such field: titel" in result["msg"]


def test_check_mode_reads_the_same(read_eset):
    assert read_eset(check_mode=True) == read_eset()


def test_add_the_devices(read_eset):
    result = read_eset(incident_uuids=["8e41c6d3-90ab-4f27-a1d5-72c0be94f612"], devices=True)
    assert result["incidents"][0]["devices"] == [
        {
            "uuid": "c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a107",
            "name": "ws07",
            "original_name": "ws07",
            "ip": "192.0.2.7",
            "os": "Ubuntu",
        },
        {
            "uuid": "c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a108",
            "name": "ws08",
            "original_name": "ws08",
            "ip": "192.0.2.8",
            "os": "Ubuntu",
        },
    ]


def test_devices_take_a_request_per_incident_and_per_hundred_devices(sim, read_eset):
    incidents = [{"id": f"i{n}", "device_uuids": [f"d{n}", f"d{(n + 1) % 250}"]} for n in range(250)]
    devices = [{"id": f"d{n}", "display_name": f"host{n}"} for n in range(250)]
    sim.reset({"eset": {"incidents": incidents, "devices": devices}, "settings": {"rate_limit": False}})
    result = read_eset(devices=True, rate_limit=0)
    assert len(result["incidents"]) == 250
    assert all(len(incident["devices"]) == 2 for incident in result["incidents"])
    assert len(sim.calls("eset.list")) == 1
    assert len(sim.calls("eset.read")) == 250
    assert len(sim.calls("eset.device_*")) == 3


@pytest.mark.parametrize("bad", [{"id": "d70", "forbidden": True}, None])
def test_a_device_that_eset_does_not_show_has_only_its_uuid(sim, read_eset, bad):
    devices = [{"id": f"d{n}", "display_name": f"host{n}"} for n in range(100) if n != 70]
    incidents = [{"id": "i", "device_uuids": [f"d{n}" for n in range(100)]}]
    sim.reset({"eset": {"incidents": incidents, "devices": devices + ([bad] if bad else [])}})
    found = read_eset(devices=True)["incidents"][0]["devices"]
    assert found[70] == {"uuid": "d70", "name": "", "original_name": "", "ip": "", "os": ""}
    assert [device["name"] for device in found if device["uuid"] != "d70"] == [
        f"host{n}" for n in range(100) if n != 70
    ]
    assert len(sim.calls("eset.device_*")) <= 1 + 2 * math.ceil(math.log2(100))


def test_without_the_permission_to_read_devices_the_task_fails_early(sim, read_eset):
    incidents = [{"id": "i", "device_uuids": [f"d{n}" for n in range(100)]}]
    sim.reset({"eset": {"incidents": incidents}})
    sim.fault("eset.device_*", "status", status=403, times=None)
    result = read_eset(devices=True)
    assert result["failed"]
    assert "permission to read devices" in result["msg"]
    assert len(sim.calls("eset.device_*")) <= 10


def test_an_incident_that_disappears_is_missing(sim, read_eset):
    sim.reset(scenario(2))
    sim.fault("eset.read", "status", status=404, incident="i0", times=None)
    result = read_eset(devices=True)
    assert ids(result) == ["i1"]
    assert [row["id"] for row in result["missing"]] == ["i0"]


def test_a_filter_that_eset_rejects_is_named(read_eset):
    message = read_eset(filter="severty == 1")["msg"]
    assert "; check filter and the other conditions that select incidents, and access_token if you set it (" in message
