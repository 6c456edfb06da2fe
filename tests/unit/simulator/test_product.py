# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that the simulated D3 and ESET share: rate limits, and planned changes of incidents."""

from __future__ import annotations

import pytest

from simulator.eset.incidents import CLOSED, OPEN
from simulator.faults import CALLS


@pytest.mark.parametrize(["product", "limit"], [("d3", 50), ("eset", 10)])
def test_all_calls_of_a_product_share_its_rate(sim, client, product, limit):
    calls = [name for name in CALLS if name.startswith(product)]
    sim.configure(**{product: {"rate_limit": True}})
    for number in range(limit):
        sim.clock.now = 1000 + number / 1000
        assert client.call(calls[number % len(calls)]).status_code != 429
    sim.clock.now = 1000.999
    for name in calls:
        answer = client.call(name)
        assert answer.status_code == 429
        assert "Retry-After" not in answer.headers
    # Rejected calls do not count: one second after the first call, exactly one more call may pass.
    sim.clock.now = 1001
    assert client.call(calls[0]).status_code != 429
    assert client.call(calls[0]).status_code == 429
    sim.clock.now = 1001.001
    assert client.call(calls[0]).status_code != 429


def test_a_rate_limit_can_name_the_time_to_wait(sim, client):
    sim.configure(rate_limit=1, eset={"retry_after": "7"})
    client.eset_read("u1")
    assert client.eset_read("u1").headers["Retry-After"] == "7"
    client.d3_close("n1")
    refused = client.d3_close("n1")
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    assert "rate limits" in refused.json()["Error"]


def test_a_rate_limit_can_be_turned_off(sim, client):
    sim.configure(rate_limit=False)
    assert {client.eset_read("u1").status_code for dummy in range(30)} == {200}


def devices(client, incident="u1"):
    return client.eset_read(incident).json()["incident"]["deviceUuids"]


def test_a_change_is_made_at_once(sim, client):
    sim.eset.change("u1", status=CLOSED, severity="INCIDENT_SEVERITY_LEVEL_LOW", display_name="Changed")
    incident = client.eset_read("u1").json()["incident"]
    assert incident["status"] == CLOSED
    assert incident["severity"] == "INCIDENT_SEVERITY_LEVEL_LOW"
    assert incident["displayName"] == "Changed"


def test_devices_join_an_incident(sim, client):
    sim.eset.add_incident("u4", device_uuids=["d1"])
    before = client.eset_read("u4").json()["incident"]
    sim.eset.change("u4", join=["d1", "d2"])
    after = client.eset_read("u4").json()["incident"]
    assert after["deviceUuids"] == ["d1", "d2"]
    assert after["metrics"] == {"deviceCount": 2}
    assert after["updateTime"] != before["updateTime"]
    assert after["createTime"] == before["createTime"]


def test_each_change_has_a_time_of_its_own(sim):
    times = []
    for dummy in range(3):
        sim.eset.change("u1", join=["d1"])
        times.append(sim.eset.incidents["u1"].update_time)
    assert len(set(times)) == 3


def test_a_change_can_set_the_time_of_the_update(sim):
    sim.eset.change("u1", join=["d1"], update_time="2027-01-01T00:00:00Z")
    assert sim.eset.incidents["u1"].update_time == "2027-01-01T00:00:00Z"


def test_a_change_is_made_after_the_nth_read(sim, client):
    sim.eset.change("u1", join=["d1"], after=2)
    assert [devices(client), devices(client), devices(client)] == [[], [], ["d1"]]


def test_reads_of_other_incidents_do_not_count(sim, client):
    sim.eset.change("u1", join=["d1"], after=1)
    devices(client, "u2")
    client.eset_list()
    assert devices(client) == []
    assert devices(client) == ["d1"]


@pytest.mark.parametrize(
    ["on", "call"], [("eset.list", "eset.list"), ("eset.device_*", "eset.device_batch"), ("eset.*", "eset.sign_in")]
)
def test_other_calls_can_count(sim, client, on, call):
    sim.eset.change("u1", on=on, after=1, join=["d1"])
    assert sim.eset.incidents["u1"].device_uuids == []
    client.call(call)
    assert sim.eset.incidents["u1"].device_uuids == ["d1"]


def test_a_call_that_failed_does_not_count(sim, client):
    sim.eset.change("u1", join=["d1"], after=1)
    sim.fault("eset.read", "status", status=500)
    client.eset_read("u1")
    client.eset_read("u1", headers={"Authorization": "Bearer wrong"})
    client.eset("GET", "/v2/incidents/u1?view=full")
    assert devices(client) == []
    assert devices(client) == ["d1"]


def test_a_call_whose_answer_was_lost_counts(sim, client):
    sim.eset.change("u1", join=["d1"], after=1)
    sim.fault("eset.read", "status", status=500, when="after")
    client.eset_read("u1")
    assert devices(client) == ["d1"]


def test_a_call_counts_when_its_work_is_done(sim, client):
    sim.eset.change("u1", join=["d1"], after=1)
    sim.fault("eset.read", "pending", seconds=60, work="later")
    client.eset_read("u1")
    assert sim.eset.incidents["u1"].device_uuids == []
    sim.clock.now += 60
    sim.eset.state()
    assert sim.eset.incidents["u1"].device_uuids == ["d1"]


def test_a_change_is_made_after_a_time(sim, client):
    sim.eset.change("u1", join=["d1"], seconds=60)
    sim.clock.now += 59
    assert devices(client) == []
    sim.clock.now += 1
    assert devices(client) == ["d1"]


def test_an_attack_spreads_step_by_step(sim, client):
    sim.eset.change("u1", join=["d1"])
    sim.eset.change("u1", join=["d2"], after=1)
    sim.eset.change("u1", join=["d3"], after=2)
    assert [devices(client) for dummy in range(3)] == [["d1"], ["d1", "d2"], ["d1", "d2", "d3"]]


def test_a_reset_forgets_changes_to_come(sim, client):
    sim.eset.change("u1", join=["d1"], after=1)
    sim.reset({"eset": {"incidents": ["u1"]}})
    assert [devices(client), devices(client)] == [[], []]


def test_an_incident_of_d3_changes_too(sim, client):
    sim.d3.change("n1", status="In Progress", after=1, fields={"Rack": "7"})
    assert client.d3_read([("IR Number", "=", "n1")]).json()["rawData"]["incidents"][0]["Status"] == "Open"
    answer = client.d3_read([("Rack", "=", "7")])
    assert answer.json()["rawData"]["incidents"] == [{"IR Number": "n1", "Status": "In Progress"}]


def test_a_change_is_the_modification_of_an_incident_of_d3(sim):
    sim.d3.incidents["n1"].modified = ""
    sim.d3.change("n1", title="Changed")
    assert sim.d3.incidents["n1"].modified != ""


@pytest.mark.parametrize(
    ["product", "change"],
    [
        ("eset", {"incident": "nowhere"}),
        ("eset", {"incident": "u1", "on": "d3.read"}),
        ("eset", {"incident": "u1", "on": "eset.open"}),
        ("eset", {"incident": "u1", "after": -1}),
        ("eset", {"incident": "u1", "after": "1"}),
        ("eset", {"incident": "u1", "seconds": "1"}),
        ("eset", {"incident": "u1", "color": "red"}),
        ("eset", {"incident": "u1", "uuid": "u2"}),
        ("eset", {"incident": "u1", "status": "Lost"}),
        ("eset", {"incident": "u1", "update_time": "yesterday"}),
        ("eset", {"incident": "u1", "join": "d1"}),
        ("eset", {"join": ["d1"]}),
        ("d3", {"incident": "n1", "join": ["d1"]}),
        ("d3", {"incident": "n1", "status": OPEN}),
        ("d3", {"incident": "n1", "fields": {"Status": "Closed"}}),
    ],
)
def test_an_invalid_change_is_rejected(client, product, change):
    client.control("POST", "add", json={product: {"changes": [change]}}, expected=400)
    assert client.control("GET", "state")[product]["changes"] == []
