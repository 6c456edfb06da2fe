# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effect of each fault of the simulator on each call."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from simulator.faults import CALLS

CHANGING = ("d3.close", "eset.sign_in", "eset.close")
both_sides = pytest.mark.parametrize("when", ["before", "after"])
every_call = pytest.mark.parametrize("name", CALLS)


def closings(sim, *incidents):
    return [sim.eset.incidents[incident].closings for incident in incidents]


@every_call
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_connection_is_dropped(sim, client, name, fault):
    sim.fault(name, fault)
    with pytest.raises(requests.ConnectionError):
        client.call(name)
    assert client.worked(name) == [fault == "drop_after" and name in CHANGING]
    assert sim.journal[-1].status == 0
    assert sim.journal[-1].fault == fault
    assert client.call(name).status_code in (200, 400)


@every_call
@pytest.mark.parametrize(["fault", "status"], [("timeout_before", 504), ("timeout_after", 200)])
def test_an_answer_is_held_back(sim, client, name, fault, status):
    planned = sim.fault(name, fault, seconds=0.05)
    answer = client.call(name)
    assert answer.elapsed.total_seconds() >= 0.05
    assert answer.status_code == status
    assert client.worked(name) == [fault == "timeout_after" and name in CHANGING]
    assert planned.fired == 1


def test_an_answer_is_held_back_until_the_client_gives_up(sim, client):
    sim.fault("eset.close", "timeout_after", incident="u1")
    sim.fault("eset.close", "timeout_before", incident="u2")
    for incident in ("u1", "u2"):
        with pytest.raises(requests.ReadTimeout):
            client.eset_close(incident, timeout=0.3)
    assert closings(sim, "u1", "u2") == [1, 0]


def test_slow_work_is_done_in_the_end(sim, client):
    sim.fault("d3.close", "slow", seconds=0.2)
    thread = threading.Thread(target=client.d3_close, args=("n1",))
    thread.start()
    time.sleep(0.05)
    assert sim.d3.incidents["n1"].closings == 0
    thread.join()
    assert sim.d3.incidents["n1"].closings == 1


@every_call
@both_sides
def test_an_error_comes_back(sim, client, name, when):
    sim.fault(name, "status", status=429, when=when, headers={"Retry-After": "3"})
    answer = client.call(name)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert ("Error" if name.startswith("d3") else "message") in answer.json()
    assert ("request-id" in answer.headers) == name.startswith("eset")
    assert client.worked(name) == [when == "after" and name in CHANGING]


@pytest.mark.parametrize("status", [204, 307, 400, 401, 403, 404, 415, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("name", ["d3.close", "eset.close"])
def test_an_error_has_any_status(sim, client, name, status):
    sim.fault("*", "status", status=status, body="broken")
    assert client.call(name).status_code == status


@pytest.mark.parametrize(
    ["body", "text", "kind"], [("plain", "plain", "text/plain"), ({"a": 1}, '{"a":1}', "application/json")]
)
def test_an_error_has_any_body(sim, client, body, text, kind):
    sim.fault("eset.read", "status", body=body)
    answer = client.call("eset.read")
    assert answer.status_code == 503
    assert answer.text == text
    assert answer.headers["Content-Type"].startswith(kind)


@every_call
@both_sides
@pytest.mark.parametrize("fault", ["html", "empty", "truncated"])
def test_a_response_is_not_json(sim, client, name, fault, when):
    sim.fault(name, fault, when=when)
    answer = client.call(name)
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()
    assert client.worked(name) == [when == "after" and name in CHANGING]


@every_call
@both_sides
@pytest.mark.parametrize(["fault", "params", "value"], [("json_list", {}, []), ("json_value", {"value": 7}, 7)])
def test_a_response_is_another_json_value(sim, client, name, fault, params, value, when):
    sim.fault(name, fault, when=when, **params)
    answer = client.call(name)
    assert answer.status_code == 200
    assert answer.json() == value
    assert client.worked(name) == [when == "after" and name in CHANGING]


@every_call
@pytest.mark.parametrize(["fault", "kind"], [("gateway", "text/plain"), ("html", "text/html")])
def test_a_gateway_sends_no_header_of_the_product(sim, client, name, fault, kind):
    sim.fault(name, fault, status=403)
    answer = client.call(name)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith(kind)
    assert "request-id" not in answer.headers


@every_call
def test_a_body_is_cut_short(sim, client, name):
    sim.fault(name, "short_body")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.call(name)
    assert client.worked(name) == [name in CHANGING]


@every_call
def test_a_redirect_names_another_address(sim, client, name):
    sim.fault(name, "redirect")
    answer = client.call(name)
    assert answer.status_code == 307
    assert answer.headers["Location"] == "http://127.0.0.1:1/elsewhere"
    assert client.worked(name) == [False]


def test_the_row_of_an_incident_is_left_out_of_a_close(sim, client):
    sim.fault("d3.close", "rows_left_out", incident="n2")
    rows = client.d3_close("n1", "n2", "n3").json()["contextData"]
    assert [row["Incident Number"] for row in rows] == ["n1", "n3"]
    assert sim.d3.incidents["n2"].closings == 1


@pytest.mark.parametrize("under", ["rawData", "contextData", "returnData"])
def test_rows_are_left_out_wherever_they_are(sim, client, under):
    sim.configure(d3={"rows_under": under})
    sim.fault("d3.read", "rows_left_out", count=2)
    rows = client.d3_read().json()[under]
    assert [row["IR Number"] for row in (rows["incidents"] if under == "rawData" else rows)] == ["n3"]


@pytest.mark.parametrize(
    ["call", "field", "left_out", "uuids"],
    [
        ("eset.list", "incidents", "u2", ["u1", "u3"]),
        ("eset.device_list", "devices", "d2", ["d1", "d3"]),
        ("eset.device_batch", "devices", "d2", ["d1"]),
    ],
)
def test_the_row_of_an_id_is_left_out(sim, client, call, field, left_out, uuids):
    sim.fault(call, "rows_left_out", incident=left_out)
    assert [row["uuid"] for row in client.call(call).json()[field]] == uuids


@pytest.mark.parametrize(
    ["call", "rows"],
    [
        ("d3.close", lambda body: body["contextData"]),
        ("d3.read", lambda body: body["rawData"]["incidents"]),
        ("eset.list", lambda body: body["incidents"]),
        ("eset.device_list", lambda body: body["devices"]),
        ("eset.device_batch", lambda body: body["devices"]),
    ],
)
def test_a_foreign_row_is_added(sim, client, call, rows):
    right = len(rows(client.call(call).json()))
    sim.d3.incidents["n1"].status = "Open"
    sim.fault(call, "foreign_rows")
    assert len(rows(client.call(call).json())) == right + 1
    sim.fault(call, "foreign_rows", instead=True)
    assert len(rows(client.call(call).json())) == 1


@pytest.mark.parametrize(["call", "field"], [("eset.read", "incident"), ("eset.device_read", "device")])
def test_a_single_read_answers_with_another_one(sim, client, call, field):
    right = client.call(call).json()[field]["uuid"]
    sim.fault(call, "foreign_rows")
    assert client.call(call).json()[field]["uuid"] != right


def test_a_foreign_row_of_a_close_is_a_success(sim, client):
    sim.fault("d3.close", "foreign_rows", instead=True)
    (row,) = client.d3_close("n2").json()["contextData"]
    assert row["Incident Number"] != "n2"
    assert row["Result"] == "Successful"
    assert sim.d3.incidents["n2"].closings == 1


@pytest.mark.parametrize(
    "call", ["eset.read", "eset.list", "eset.close", "eset.device_read", "eset.device_list", "eset.device_batch"]
)
def test_all_tokens_expire(sim, client, call):
    sim.fault(call, "expired_token")
    assert client.call(call).status_code == 401
    assert client.call(call).status_code == 401
    sim.eset.tokens["another"] = None
    assert client.eset_read("u1", headers={"Authorization": "Bearer another"}).status_code == 200
