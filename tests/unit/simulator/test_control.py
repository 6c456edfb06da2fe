# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control requests to the simulator."""

from __future__ import annotations

import pytest

from simulator import DEFAULT_ESET_ACCESS_TOKEN

OPEN = "INCIDENT_STATUS_OPEN"


def test_reset_takes_a_scenario(sim, client):
    scenario = {
        "d3": {
            "incidents": [{"id": "x1", "status": "On Hold", "pending_tasks": True}],
            "keys": {"k": ["GetIncidents"]},
        },
        "eset": {
            "incidents": ["y1"],
            "devices": [{"id": "d9", "display_name": "web09"}],
            "access_tokens": [DEFAULT_ESET_ACCESS_TOKEN],
        },
        "settings": {"rate_limit": True, "d3": {"closed_again": "success"}},
    }
    client.control("POST", "reset", json=scenario)
    assert list(sim.d3.incidents) == ["x1"]
    assert sim.d3.incidents["x1"].status == "On Hold"
    assert list(sim.eset.incidents) == ["y1"]
    assert list(sim.eset.devices) == ["d9"]
    assert sim.eset.devices["d9"].display_name == "web09"
    assert set(sim.d3.keys) == {"k"}
    assert sim.d3.closed_again == "success"
    assert client.d3_close("x1").status_code == 401


def test_reset_without_a_scenario_takes_the_first_one(sim, client):
    client.eset_close("u1")
    client.control("POST", "reset")
    assert "20260112-101" in sim.d3.incidents
    assert sim.journal == []


def test_add_keeps_existing_incidents(sim, client):
    client.control(
        "POST",
        "add",
        json={
            "d3": {"incidents": ["n4", {"id": "n1", "title": "Replaced"}]},
            "eset": {
                "devices": ["d4", {"id": "d5", "display_name": "web05"}],
                "incidents": [{"id": "u4", "device_uuids": ["d4"]}],
                "changes": [{"incident": "u4", "join": ["d5"], "after": 1}],
            },
        },
    )
    assert sorted(sim.d3.incidents) == ["n1", "n2", "n3", "n4"]
    assert sim.d3.incidents["n1"].title == "Replaced"
    assert list(sim.eset.devices) == ["d1", "d2", "d3", "d4", "d5"]
    found = [client.eset_read("u4").json()["incident"]["deviceUuids"] for dummy in range(2)]
    assert found == [["d4"], ["d4", "d5"]]


def test_a_scenario_can_plan_changes(client):
    change = {"incident": "u1", "on": "eset.list", "after": 1, "join": ["d1"]}
    client.control("POST", "reset", json={"eset": {"incidents": ["u1"], "changes": [change]}})
    assert client.control("GET", "state")["eset"]["changes"] == [
        {
            "incident": "u1",
            "fields": {"join": ["d1"]},
            "on": "eset.list",
            "after": 1,
            "seconds": 0,
            "since": 1000.0,
            "seen": 0,
        }
    ]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_settings_are_changed(sim, client, method):
    client.control(method, "settings", json={"latency": 0.01, "rate_limit": False, "eset": {"token_lifetime": 5}})
    assert sim.latency == 0.01
    assert sim.eset.token_lifetime == 5


def test_faults_are_planned_and_forgotten(client):
    planned = [{"on": "eset.close", "fault": "status", "status": 500}, {"on": "d3.*", "fault": "empty", "times": None}]
    assert client.control("POST", "faults", json=planned) == {"planned": 2}
    assert client.eset_close("u1").status_code == 500
    assert [fault["fired"] for fault in client.control("GET", "state")["faults"]] == [1, 0]
    client.control("DELETE", "faults")
    assert client.control("GET", "state")["faults"] == []
    assert client.d3_close("n1").content != b""


def test_the_state_shows_incidents_devices_and_calls(client):
    client.eset_close("u1", "Cleaned.")
    client.eset_close("nowhere")
    state = client.control("GET", "state")
    assert state["d3"]["incidents"]["n1"]["status"] == "Open"
    assert state["d3"]["incidents"]["n1"]["closings"] == 0
    assert state["eset"]["incidents"]["u1"]["comments"] == ["Cleaned."]
    assert state["eset"]["devices"]["d1"]["forbidden"] is False
    assert state["calls"] == {"eset.close": 2}


def test_the_journal_shows_every_request(sim, client):
    sim.fault("eset.close", "status", status=500)
    client.eset_close("u1")
    client.eset_close("u1")
    journal = client.control("GET", "journal")["requests"]
    assert [(entry["call"], entry["status"], entry["worked"]) for entry in journal] == [
        ("eset.close", 500, False),
        ("eset.close", 200, True),
    ]


def test_tokens_expire(client):
    client.control("POST", "expire_tokens")
    assert client.eset_read("u1").status_code == 401


@pytest.mark.parametrize(
    ["path", "body"],
    [
        ("settings", {"speed": 1}),
        ("settings", {"latency": "fast"}),
        ("settings", {"rate_limit": -1}),
        ("settings", {"d3": {"refuse_filters": True}}),
        ("settings", {"eset": {"closed_again": "maybe"}}),
        ("settings", {"eset": {"batch_limit": 0}}),
        ("reset", {"d3": {"incidents": [{"id": "n1", "status": "Lost"}]}}),
        ("reset", {"d3": {"incidents": [{"id": "n1", "color": "red"}]}}),
        ("reset", {"d3": {"devices": ["d1"]}}),
        ("reset", {"eset": {"incidents": [{"status": OPEN}]}}),
        ("reset", {"eset": {"devices": [{"id": "d1", "color": "red"}]}}),
        ("reset", {"incidents": []}),
        ("add", {"d3": {"devices": ["d1"]}}),
        ("add", {"eset": {"users": {}}}),
        ("add", {"settings": {}}),
        ("add", {"eset": {"devices": [{"display_name": "web01"}]}}),
        ("faults", {"fault": "empty"}),
        ("faults", 1),
    ],
)
def test_an_invalid_control_request_is_rejected(client, path, body):
    client.control("POST", path, json=body, expected=400)


def test_control_requests_are_not_in_the_journal_and_never_fail(sim, client):
    sim.configure(rate_limit=1)
    sim.fault("*", "drop_before", times=None)
    for dummy in range(5):
        client.control("GET", "state")
    client.control("GET", "elsewhere", expected=404)
    assert sim.journal == []
