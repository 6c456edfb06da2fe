# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal, the addresses, the start, and the end of the simulator."""

from __future__ import annotations

import json
import threading
import time

import pytest
import requests

from simulator import Simulator


def test_the_journal_shows_what_was_sent(sim, client):
    sim.clock.now = 1234.5
    client.eset_close("u1", "Gr\xfc\xdfe", headers={"X-Two": "2"})
    entry = sim.journal[-1]
    assert entry.product == "eset"
    assert entry.call == "eset.close"
    assert entry.method == "POST"
    assert entry.status == 200
    assert entry.time == 1234.5
    assert entry.headers["x-two"] == "2"
    assert json.loads(entry.body)["finalComment"]["text"] == "Gr\xfc\xdfe"
    assert entry.poll is False
    assert entry.worked is True
    assert entry.fault == ""


def test_the_journal_shows_which_incidents_were_named(sim, client):
    client.d3_close("n1", "n2")
    assert sim.journal[-1].incidents == ("n1", "n2")
    client.d3_read([("IR Number", "=", "n1")], [("Status", "=", "Open")])
    assert sim.journal[-1].incidents == ("n1",)


def test_calls_are_found_in_the_journal(sim, client):
    client.eset_close("u1")
    client.d3_close("n1", "n2")
    client.d3_read()
    assert [len(sim.calls(name)) for name in ("eset.close", "d3.*", "eset.read")] == [1, 2, 0]


def test_the_environment_leads_to_all_hosts(sim):
    for name in ("ESET_API_URL", "ESET_AUTH_URL", "ESET_DEVICE_URL"):
        assert sim.environment[name] == sim.eset_url
    assert sim.environment["D3_URL"] == sim.d3_url


def test_every_answer_can_be_delayed(sim, client):
    sim.configure(latency=0.05)
    assert client.eset_read("u1").elapsed.total_seconds() >= 0.05
    sim.reset()
    assert sim.latency == 0


def test_the_simulator_stops_promptly_and_can_start_again(make_client):
    sim = Simulator(rate_limit=False)
    client = make_client(sim)
    with sim:
        sim.fault("eset.close", "timeout_before", seconds=30)
        incident = next(iter(sim.eset.incidents))
        failures = []

        def close():
            try:
                client.eset_close(incident)
            except requests.ConnectionError as error:
                failures.append(error)

        thread = threading.Thread(target=close)
        thread.start()
        while not sim.calls("eset.close"):
            time.sleep(0.01)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    thread.join(timeout=5)
    assert len(failures) == 1
    assert sim.eset.incidents[incident].closings == 0
    with pytest.raises(RuntimeError):
        sim.url  # pylint: disable=pointless-statement # noqa: B018
    with sim:
        assert client.eset_read(incident).status_code == 200
