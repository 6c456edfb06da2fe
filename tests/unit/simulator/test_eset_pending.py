# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses of the simulated ESET that come later: 202, polls, and results."""

from __future__ import annotations

import pytest
import requests

from simulator import DEFAULT_ESET_PASSWORD, DEFAULT_ESET_USERNAME
from simulator.eset.incidents import CLOSED, OPEN


def polling(answer):
    """Return the options of a request that polls for a pending result."""
    assert answer.status_code == 202
    return {"headers": {"response-id": answer.headers["response-id"]}}


def closings(sim, *incidents):
    return [sim.eset.incidents[incident].closings for incident in incidents]


def test_an_answer_comes_after_polls_and_once(sim, client):
    sim.fault("eset.close", "pending", polls=2)
    first = client.eset_close("u1", "Cleaned.")
    assert first.content == b""
    assert closings(sim, "u1") == [1]
    answers = [client.eset_close("u1", "Cleaned.", **polling(first)) for dummy in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 200, 404]
    assert answers[0].headers["response-id"] == first.headers["response-id"]
    assert answers[2].json() == {}
    assert closings(sim, "u1") == [1]


def test_polls_are_not_counted_as_calls(sim, client):
    sim.fault("eset.close", "pending", polls=0)
    client.eset_close("u1", **polling(client.eset_close("u1")))
    assert len(sim.calls("eset.close")) == 1
    assert len(sim.calls("eset.close", poll=True)) == 1


def test_an_answer_comes_after_a_time(sim, client):
    sim.fault("eset.read", "pending", seconds=60)
    ask = polling(client.eset_read("u1"))
    sim.clock.now += 59
    assert client.eset_read("u1", **ask).status_code == 202
    sim.clock.now += 1
    assert client.eset_read("u1", **ask).json()["incident"]["uuid"] == "u1"
    assert client.eset_read("u1", **ask).status_code == 404


@pytest.mark.parametrize(
    ["call", "field"],
    [("eset.device_read", "device"), ("eset.device_list", "devices"), ("eset.device_batch", "devices")],
)
def test_devices_can_be_pending_too(sim, client, call, field):
    sim.fault(call, "pending", polls=0)
    first = client.call(call)
    target = sim.journal[-1].target.replace("/eset", "", 1)
    assert field in client.eset("GET", target, **polling(first)).json()


def test_work_is_done_when_its_answer_is_due(sim, client):
    sim.fault("eset.close", "pending", seconds=60, work="later", times=2)
    ask = polling(client.eset_close("u1"))
    client.eset_close("u2")
    assert client.eset_close("u1", **ask).status_code == 202
    assert client.eset_read("u2").json()["incident"]["status"] == OPEN
    sim.clock.now += 60
    assert client.eset_close("u1", **ask).status_code == 200
    assert client.eset_read("u2").json()["incident"]["status"] == CLOSED  # without a poll
    assert closings(sim, "u1", "u2") == [1, 1]
    assert client.worked("eset.close") == [True, True]


def test_work_is_done_after_polls(sim, client):
    sim.fault("eset.close", "pending", polls=1, work="later")
    ask = polling(client.eset_close("u1"))
    assert closings(sim, "u1") == [0]
    assert [client.eset_close("u1", **ask).status_code for dummy in range(2)] == [202, 200]
    assert closings(sim, "u1") == [1]


def test_a_rejection_comes_later_too(sim, client):
    sim.fault("eset.*", "pending", polls=0)
    assert client.eset_read("nowhere", **polling(client.eset_read("nowhere"))).status_code == 404


def test_the_token_is_checked_before_the_work(sim, client):
    sim.fault("eset.*", "pending", polls=0)
    assert client.eset_read("u1", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_poll_repeats_the_request(sim, client):
    sim.fault("eset.close", "pending", polls=0)
    ask = polling(client.eset_close("u1", "Cleaned."))
    assert client.eset_close("u1", "Cleaned!", **ask).status_code == 400
    assert client.eset_close("u2", "Cleaned.", **ask).status_code == 400
    assert client.eset_close("u1", "Cleaned.", **ask).status_code == 200


def test_a_poll_may_have_another_token(sim, client):
    sim.fault("eset.close", "pending", polls=0)
    ask = polling(client.eset_close("u1"))["headers"]
    issued = "Bearer " + client.sign_in().json()["access_token"]
    assert client.eset_close("u1", headers={**ask, "Authorization": "wrong"}).status_code == 401
    assert client.eset_close("u1", headers={**ask, "Authorization": issued}).status_code == 200


def test_an_answer_that_nobody_fetches_expires(sim, client):
    sim.fault("eset.close", "pending", polls=0)
    ask = polling(client.eset_close("u1"))
    sim.clock.now += 600
    assert client.eset_close("u1", **ask).status_code == 404
    assert closings(sim, "u1") == [1]


def test_work_that_takes_too_long_is_a_504(sim, client):
    sim.fault("eset.close", "pending", seconds=200, work="later")
    ask = polling(client.eset_close("u1"))
    sim.clock.now += 120
    assert client.eset_close("u1", **ask).status_code == 504
    assert client.eset_close("u1", **ask).status_code == 404
    sim.clock.now += 480
    assert client.eset_read("u1").json()["incident"]["status"] == OPEN


def test_an_answer_can_be_lost(sim, client):
    sim.fault("eset.close", "pending_lost")
    assert client.eset_close("u1", **polling(client.eset_close("u1"))).status_code == 404
    assert closings(sim, "u1") == [1]


def test_a_sign_in_can_be_pending(sim, client):
    sim.fault("eset.sign_in", "pending", polls=0)
    form = {"grant_type": "password", "username": DEFAULT_ESET_USERNAME, "password": DEFAULT_ESET_PASSWORD}
    answer = client.request("POST", sim.eset_url + "/oauth/token", data=form, **polling(client.sign_in()))
    assert answer.json()["access_token"]


def test_a_poll_can_fail(sim, client):
    sim.fault("eset.close", "pending", polls=0)
    sim.fault("eset.close", "status", status=503, poll=True)
    sim.fault("eset.close", "drop_after", poll=True)
    ask = polling(client.eset_close("u1"))
    assert client.eset_close("u1", **ask).status_code == 503
    with pytest.raises(requests.ConnectionError):
        client.eset_close("u1", **ask)
    assert client.eset_close("u1", **ask).status_code == 404  # the poll that failed has used up the result
