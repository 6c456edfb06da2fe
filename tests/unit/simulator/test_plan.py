# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls a planned fault of the simulator hits, and in which order."""

from __future__ import annotations

import pytest


def test_a_fault_hits_some_calls_of_an_incident(sim, client):
    sim.fault("eset.read", "status", status=500, incident="u2", skip=1, times=2)
    statuses = [client.eset_read(incident).status_code for incident in ("u1", "u2", "u2", "u1", "u2", "u2")]
    assert statuses == [200, 200, 500, 200, 500, 200]


def test_a_fault_hits_the_calls_of_a_device(sim, client):
    sim.fault("eset.device_*", "status", status=500, incident="d2", times=None)
    assert client.device_read("d1").status_code == 200
    assert client.device_read("d2").status_code == 500
    assert client.device_batch("d1", "d2").status_code == 500


def test_a_fault_hits_every_call_of_a_pattern(sim, client):
    always = sim.fault("d3.*", "status", times=None)
    assert {client.call(name).status_code for name in ("d3.read", "d3.close") * 3} == {503}
    assert always.fired == 6


def test_faults_happen_in_the_planned_order(sim, client):
    sim.fault("eset.read", "status", status=500)
    sim.fault("eset.*", "status", status=502)
    sim.fault("eset.read", "status", status=503, skip=3)
    assert [client.eset_read("u1").status_code for dummy in range(5)] == [500, 502, 200, 503, 200]


def test_a_call_over_the_rate_limit_does_not_use_up_a_fault(sim, client):
    sim.configure(rate_limit=1)
    planned = sim.fault("eset.read", "status", skip=1)
    client.eset_read("u1")
    assert client.eset_read("u1").status_code == 429
    assert planned.seen == 1


@pytest.mark.parametrize(
    ["on", "fault", "params"],
    [
        ("eset.close", "explode", {}),
        ("eset.open", "drop_before", {}),
        ("eset.close", "drop_before", {"seconds": 1}),
        ("eset.close", "json_value", {}),
        ("eset.close", "slow", {"seconds": "1"}),
        ("eset.close", "status", {"status": "503"}),
        ("eset.close", "status", {"status": 99}),
        ("eset.close", "status", {"when": "during"}),
        ("eset.close", "status", {"headers": {"Retry-After": 1}}),
        ("eset.close", "status", {"times": -1}),
        ("eset.close", "status", {"skip": None}),
        ("eset.close", "status", {"incident": 1}),
        ("eset.close", "status", {"poll": 1}),
        ("eset.close", "pending", {"work": "never"}),
        ("eset.close", "rows_left_out", {}),
        ("eset.close", "foreign_rows", {}),
        ("eset.device_read", "rows_left_out", {}),
        ("eset.list", "status", {"incident": "u1"}),
        ("eset.device_list", "status", {"incident": "d1"}),
        ("d3.close", "pending", {}),
        ("d3.*", "expired_token", {}),
    ],
)
def test_an_invalid_fault_is_rejected(sim, client, on, fault, params):
    with pytest.raises(ValueError):
        sim.fault(on, fault, **params)
    client.control("POST", "faults", json={"on": on, "fault": fault, **params}, expected=400)
    assert not sim.faults.planned
