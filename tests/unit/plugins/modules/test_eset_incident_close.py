# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""eset_incident_close against the simulator: its requests and its results."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _eset as eset
from ansible_collections.secops.incident_closure.plugins.module_utils import _http_client as http_client
from ansible_collections.secops.incident_closure.plugins.module_utils import _parallel
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_options import find_url
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.modules import eset_incident_close
from simulator import DEFAULT_ESET_ACCESS_TOKEN, Simulator

OPEN = "INCIDENT_STATUS_OPEN"
CLOSED = "INCIDENT_STATUS_CLOSED"


def outcomes(result):
    return [row["outcome"] for row in result["incidents"]]


@pytest.fixture(autouse=True)
def incidents(sim):
    sim.reset({"eset": {"incidents": ["a", "b", "c", {"id": "done", "status": CLOSED}]}})


def test_closes_one(sim, close_eset):
    result = close_eset("a", closure_reason="true_positive", final_comment="Cleaned.")
    assert result["changed"]
    assert outcomes(result) == ["closed"]
    (call,) = sim.calls("eset.close")
    assert call.target == "/eset/v2/incidents/a:close"
    assert json.loads(call.body) == {
        "closureReason": "INCIDENT_RESOLVE_REASON_TRUE_POSITIVE",
        "finalComment": {"text": "Cleaned.", "isFinalComment": True, "incidentUuid": "a"},
    }
    assert call.headers["content-type"] == "application/json"
    assert call.headers["authorization"].startswith("Bearer ")
    assert sim.eset.incidents["a"].closings == 1
    row = result["incidents"][0]
    assert (row["status_before"], row["status_after"]) == (OPEN, CLOSED)
    assert row["details"]["uuid"] == "a"


def test_without_a_comment_only_the_reason_is_sent(sim, close_eset):
    close_eset("a")
    (call,) = sim.calls("eset.close")
    assert json.loads(call.body) == {"closureReason": "INCIDENT_RESOLVE_REASON_UNSPECIFIED"}


def test_closes_many_and_a_second_run_changes_nothing(sim, close_eset):
    first = close_eset("c", "done", "a", "c")
    assert [row["id"] for row in first["incidents"]] == ["c", "done", "a"]
    assert outcomes(first) == ["closed", "already_closed", "closed"]
    assert len(sim.calls("eset.close")) == 2
    second = close_eset("c", "done", "a")
    assert not second["changed"]
    assert outcomes(second) == ["already_closed"] * 3
    assert len(sim.calls("eset.close")) == 2


def test_check_mode_sends_no_close_request(sim, close_eset):
    result = close_eset("a", "done", "gone", check_mode=True)
    assert outcomes(result) == ["would_close", "already_closed", "failed"]
    assert sim.calls("eset.close") == []
    assert result["diff"] == {"before": {"a": OPEN}, "after": {"a": CLOSED}}


def test_an_incident_that_does_not_exist_fails_and_the_others_are_closed(close_eset):
    result = close_eset("gone", "a")
    assert result["failed"]
    assert result["changed"]
    assert outcomes(result) == ["failed", "closed"]
    assert "there is no such incident" in result["incidents"][0]["message"]


@pytest.mark.parametrize("uuid", ["../x", "a/b", "x?y", "id:reopen", "a:close?x=/..", "%2e%2e", "é", "..:close"])
def test_an_id_never_changes_the_path(sim, close_eset, uuid):
    sim.eset.add_incident(uuid)
    for ids in ([uuid], [uuid, "a"]):
        close_eset(*ids)
    assert sim.eset.incidents[uuid].closings == 1
    assert {call.call for call in sim.calls()} <= {"eset.sign_in", "eset.read", "eset.list", "eset.close"}


def test_a_given_token_is_used_and_no_sign_in_is_made(sim, close_eset):
    result = close_eset("a", username=None, password=None, access_token="sim-eset-access-token", auth_url=None)
    assert outcomes(result) == ["closed"]
    assert sim.calls("eset.sign_in") == []


def test_signs_in_once_a_run(sim, close_eset):
    close_eset("a", "b", "c")
    assert len(sim.calls("eset.sign_in")) == 1


def test_renews_an_expired_token_without_the_password(sim, close_eset):
    sim.fault("eset.close", "expired_token")
    result = close_eset("a", "b", "c")
    assert outcomes(result) == ["closed"] * 3
    grants = [call.body.split("grant_type=")[1].split("&")[0] for call in sim.calls("eset.sign_in")]
    assert grants == ["password", "refresh_token"]
    assert [sim.eset.incidents[uuid].closings for uuid in "abc"] == [1, 1, 1]


def test_an_expired_given_token_ends_the_task(sim, close_eset):
    sim.fault("eset.close", "expired_token")
    result = close_eset("a", "b", "c", username=None, password=None, access_token="sim-eset-access-token")
    assert "access_token was not accepted" in result["msg"]
    assert set(outcomes(result)) <= {"failed", "closed"}
    assert "failed" in outcomes(result)


def test_a_wrong_password_is_sent_once(sim, close_eset):
    result = close_eset("a", "b", "c", password="wrong")
    assert len(sim.calls("eset.sign_in")) == 1
    assert outcomes(result) == ["failed"] * 3
    assert {row["message"] for row in result["incidents"]} == {"not attempted"}
    assert "check username, password and region" in result["msg"]


def test_many_are_read_from_the_list(sim, close_eset):
    close_eset("a", "b", "c")
    (listing,) = sim.calls("eset.list")
    assert "pageSize=1000" in listing.target
    assert sim.calls("eset.read") == []


def test_many_are_read_one_by_one_if_the_filter_is_rejected(sim, close_eset):
    sim.fault("eset.list", "status", status=400, times=None)
    assert outcomes(close_eset("a", "b", "c")) == ["closed"] * 3
    assert len(sim.calls("eset.list")) == 1
    assert len(sim.calls("eset.read")) == 3


def test_the_list_takes_no_more_requests_than_single_reads(sim, close_eset):
    sim.reset({"eset": {"incidents": [f"other-{number}" for number in range(3500)] + ["a", "b"]}})
    assert outcomes(close_eset("a", "b")) == ["closed"] * 2
    assert len(sim.calls("eset.list")) == 2
    assert len(sim.calls("eset.read")) == 2


def test_waits_for_a_pending_response(sim, close_eset, clock):
    sim.fault("eset.close", "pending", polls=4)
    assert outcomes(close_eset("a", final_comment="x")) == ["closed"]
    polls = sim.calls("eset.close", poll=True)
    assert len(sim.calls("eset.close")) == 1
    assert len(polls) == 5
    assert {(poll.target, poll.body) for poll in polls} == {
        (sim.calls("eset.close")[0].target, sim.calls("eset.close")[0].body)
    }


def test_a_response_that_stays_pending_is_followed_by_another_read(sim, close_eset, clock):
    sim.fault("eset.close", "pending", polls=100000)
    assert outcomes(close_eset("a")) == ["closed"]
    assert len(sim.calls("eset.close")) == 1
    assert clock.monotonic() <= 620  # at most ten minutes, as long as ESET keeps a response


def test_a_deadline_ends_the_wait_for_a_response(sim, close_eset, clock):
    sim.fault("eset.close", "pending", polls=100000)
    assert outcomes(close_eset("a", deadline=30)) == ["closed"]  # there was time for another read
    assert clock.monotonic() <= 30
    sim.fault("eset.close", "pending", polls=100000)
    sim.fault("eset.read", "status", status=500, skip=1, times=None)
    assert outcomes(close_eset("b", deadline=30)) == ["unknown"]
    assert clock.monotonic() <= 60


def test_a_rate_limited_poll_is_sent_again(sim, close_eset):
    sim.fault("eset.close", "pending", polls=2)
    sim.fault("eset.close", "status", status=429, headers={"Retry-After": "3"}, poll=True)
    assert outcomes(close_eset("a")) == ["closed"]
    assert len(sim.calls("eset.close")) == 1


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "html", ("status", 503), ("status", 500)])
def test_a_poll_that_fails_does_not_cause_a_second_close_request(sim, close_eset, fault):
    kind, params = (fault[0], {"status": fault[1]}) if isinstance(fault, tuple) else (fault, {})
    sim.fault("eset.close", "pending", polls=4, work="later")
    sim.fault("eset.close", kind, poll=True, times=2, **params)
    result = close_eset("a")
    assert outcomes(result) == ["closed"]
    assert result["changed"]
    assert len(sim.calls("eset.close")) == 1


@pytest.mark.parametrize("retries", [0, 2])
def test_a_close_request_that_may_still_take_effect_is_unknown(sim, close_eset, retries):
    sim.fault("eset.close", "pending", polls=10, work="later")
    sim.fault("eset.close", "drop_before", poll=True, times=None)
    result = close_eset("a", retries=retries)
    assert outcomes(result) == ["unknown"]
    assert not result["changed"]
    assert len(sim.calls("eset.close")) == 1
    assert len(sim.calls("eset.close", poll=True)) == retries + 1


def test_a_pending_close_request_stays_pending_if_the_sign_in_of_a_poll_fails(sim, close_eset):
    sim.fault("eset.close", "pending", polls=10, work="later")
    sim.fault("eset.close", "expired_token", poll=True)
    sim.fault("eset.sign_in", "status", status=504, skip=1, times=None)
    result = close_eset("a", retries=1)
    assert outcomes(result) == ["unknown"]
    assert result["incidents"][0]["reason"] == "pending"
    assert len(sim.calls("eset.close")) == 1


def test_a_pending_close_request_that_failed_is_sent_again(sim, close_eset):
    sim.fault("eset.close", "pending", polls=10, work="later")
    sim.fault("eset.close", "status", status=504, poll=True)
    assert outcomes(close_eset("a")) == ["closed"]
    assert len(sim.calls("eset.close")) == 2
    assert sim.eset.incidents["a"].closings == 1


def test_the_region_selects_the_addresses():
    options = {"region": "jpn", "api_url": None, "auth_url": ""}
    assert find_url(options, "api_url", Secrets()) == "https://jpn.incident-management.eset.systems"
    assert find_url(options, "auth_url", Secrets()) == "https://jpn.business-account.iam.eset.systems"


def test_many_threads_stay_within_the_rate_limit(run_module, monkeypatch):
    """The test uses real time and the starts of calls, because calls may arrive closer to each other on a busy host."""
    uuids = [f"i{number}" for number in range(100)]
    starts = []
    wait_turn = http_client.Pacer.wait_turn

    def recorded(pacer, until, **options):
        starts.append(wait_turn(pacer, until, **options))
        return starts[-1]

    monkeypatch.setattr(http_client.Pacer, "wait_turn", recorded)
    with Simulator(rate_limit=False, scenario={"eset": {"incidents": uuids}}) as sim:
        options = {"api_url": sim.eset_url, "access_token": DEFAULT_ESET_ACCESS_TOKEN, "incident_uuids": uuids}
        assert outcomes(run_module(eset_incident_close, {**options, "rate_limit": 50}, clock=time)) == ["closed"] * 100
    assert len(starts) == 101  # one for the list
    assert max(sum(1 for other in starts if start <= other < start + 1) for start in starts) <= 50


def test_a_deadline_limits_the_task_and_every_incident_is_reported(sim, close_eset, clock):
    uuids = [f"i{number}" for number in range(50)]
    for uuid in uuids:
        sim.eset.add_incident(uuid)
    result = close_eset(*uuids, deadline=3)
    outcomes_by_id = {row["id"]: row["outcome"] for row in result["incidents"]}
    for uuid in uuids:
        # The time that other calls wait may run out for a request whose response is on the way: its outcome is unknown.
        expected = ("closed", "unknown") if sim.eset.incidents[uuid].closings else ("failed",)
        assert outcomes_by_id[uuid] in expected
    rest = [row for row in result["incidents"] if row["outcome"] == "failed"]
    assert "closed" in outcomes_by_id.values()
    assert rest
    assert all("deadline" in row["message"] for row in rest)
    assert clock.monotonic() <= 3


UPPER = "ABCDEF00-0000-4000-8000-00000000000A"


@pytest.mark.parametrize("stored", [UPPER, UPPER.lower()])
@pytest.mark.parametrize("further", [[], ["a"]])
def test_a_uuid_is_one_incident_in_upper_and_lower_case(sim, close_eset, stored, further):
    sim.eset.add_incident(stored)
    result = close_eset(UPPER, UPPER.lower(), f" {UPPER} ", *further)
    assert [row["id"] for row in result["incidents"]] == [UPPER.lower(), *further]
    assert set(outcomes(result)) == {"closed"}
    assert sim.eset.incidents[stored].closings == 1
    assert len(sim.calls("eset.read")) == (0 if further else 1)


def test_the_unspecified_reason_causes_a_warning_and_its_rejection_is_explained(sim, close_eset):
    sim.configure(eset={"refuse_unspecified": True, "empty_errors": True})
    result = close_eset("a")
    assert any("closure_reason is unspecified, which ESET may reject" in warning for warning in result["warnings"])
    assert "ESET may not accept closure_reason unspecified: give true_positive" in result["incidents"][0]["message"]
    assert len(sim.calls("eset.close")) == 1
    assert close_eset("a", closure_reason="suspicious")["warnings"] == []


@pytest.mark.parametrize(
    ["call", "status", "hint"],
    [
        ("eset.close", 400, "check the uuid of the incident, closure_reason, and final_comment"),
        (
            "eset.close",
            403,
            "Incident Management Read and Write, is not a superuser, and has signed in to the Hub once",
        ),
        ("eset.read", 400, "check the uuid of the incident, and access_token if you set it"),
        ("eset.read", 403, "has Integrations turned on"),
        ("eset.sign_in", 403, "check username, password and region"),
    ],
)
def test_400_and_403_are_explained_by_cause(sim, close_eset, call, status, hint):
    sim.configure(eset={"empty_errors": True})
    sim.fault(call, "status", status=status, times=None)
    message = close_eset("a", closure_reason="true_positive")["msg"]
    assert hint in message
    assert "gateway" not in message
    assert "request-id" in message


@pytest.mark.parametrize("call", ["eset.sign_in", "eset.read", "eset.close"])
@pytest.mark.parametrize(["fault", "status"], [("gateway", 400), ("gateway", 403), ("html", 403), ("html", 404)])
def test_a_response_without_a_request_id_is_from_a_gateway(sim, close_eset, call, fault, status):
    sim.fault(call, fault, times=None, status=status, **({"when": "before"} if fault == "html" else {}))
    message = close_eset("a", closure_reason="true_positive", final_comment="<b>x</b>")["msg"]
    assert "without a request-id, this response is from a gateway in front of ESET" in message
    assert ("web application firewall: use plain words in final_comment" in message) is (call == "eset.close")


@pytest.mark.parametrize(["call", "most"], [("eset.*", 2), ("eset.read", 6), ("eset.close", 6)])
def test_an_html_page_is_retried_once(sim, close_eset, call, most):
    sim.fault(call, "html", when="before", times=None)
    sim.fault("eset.list", "status", status=400, times=None)
    result = close_eset("a", "b", "c")
    assert outcomes(result) == ["failed"] * 3
    assert "an HTML page in place of a response of ESET" in result["msg"]
    assert len(sim.calls(call)) <= most
    assert [sim.eset.incidents[uuid].closings for uuid in "abc"] == [0, 0, 0]


@pytest.mark.parametrize(["status", "calls"], [(501, 1), (505, 1), (503, 6)])
@pytest.mark.parametrize("call", ["eset.sign_in", "eset.read", "eset.close"])
def test_501_is_final(sim, close_eset, call, status, calls):
    sim.fault(call, "status", status=status, times=None)
    assert outcomes(close_eset("a")) == ["failed"]
    assert len(sim.calls(call)) == calls


def close_over(sim, close_eset, clock, seconds, monkeypatch):
    """Close a and b with a pause of some seconds between the two, and return the grants of the sign-ins."""
    close, ids = eset.Eset.close_incident, iter("ab")

    def slow(client, incident, *further):
        if next(ids) == "b":
            clock.sleep(seconds)
        return close(client, incident, *further)

    monkeypatch.setattr(eset.Eset, "close_incident", slow)
    monkeypatch.setattr(_parallel, "MAX_CONNECTIONS", 1)
    assert outcomes(close_eset("a", "b", closure_reason="true_positive")) == ["closed"] * 2
    return [call.body.split("grant_type=")[1].split("&")[0] for call in sim.calls("eset.sign_in")]


@pytest.mark.parametrize(
    ["lifetime", "seconds", "renewed"],
    [(3600, 3530, False), (3600, 3545, True), (100, 45, False), (100, 55, True), (2, 0.5, False), (2, 1.5, True)],
)
def test_a_token_is_renewed_before_it_expires(sim, close_eset, clock, monkeypatch, lifetime, seconds, renewed):
    sim.configure(eset={"token_lifetime": lifetime, "expired_status": 400}, rate_limit=False)
    grants = close_over(sim, close_eset, clock, seconds, monkeypatch)
    assert grants == ["password"] + ["refresh_token"] * renewed
    assert not any(call.status == 400 for call in sim.calls())


@pytest.mark.parametrize("expires_in", [None, False, 0, -5, "", "soon", [], {"a": 1}, 1e308, "NaN", "Infinity", "3600"])
def test_an_odd_lifetime_works(sim, close_eset, clock, monkeypatch, expires_in):
    sim.configure(eset={"expires_in": expires_in})
    assert close_over(sim, close_eset, clock, 60, monkeypatch) == ["password"]


def test_a_short_lifetime_does_not_cause_a_sign_in_for_every_request(sim, close_eset):
    sim.reset({"eset": {"incidents": [f"i{number}" for number in range(100)]}})
    sim.configure(eset={"token_lifetime": 4})
    result = close_eset(*sim.eset.incidents, closure_reason="true_positive")
    assert set(outcomes(result)) == {"closed"}
    assert len(sim.calls("eset.sign_in")) <= 25  # 100 calls at 10 a second


@pytest.mark.parametrize(["list_ids", "devices"], [("none", None), ("empty", None), ("full", ["d"])])
def test_a_list_never_shows_devices_that_it_does_not_have(sim, close_eset, list_ids, devices):
    for uuid in "ab":
        sim.eset.add_incident(uuid, device_uuids=["d"])
    sim.configure(eset={"list_ids": list_ids})
    details = [row["details"] for row in close_eset("a", "b", check_mode=True)["incidents"]]
    assert [row.get("deviceUuids") for row in details] == [devices] * 2
    assert all("detectionUuids" not in row for row in details) or list_ids == "full"
    assert "deviceUuids" in close_eset("a", check_mode=True)["incidents"][0]["details"]


@pytest.mark.parametrize("page", [{}, {"nextPageToken": ""}, {"incidents": None, "nextPageToken": None}])
def test_a_page_without_incidents_is_empty(sim, close_eset, page):
    sim.fault("eset.list", "json_value", value=page, when="before", times=None)
    assert outcomes(close_eset("a", "b")) == ["closed"] * 2
    assert len(sim.calls("eset.list")) == 1


def test_a_row_that_is_not_an_incident_does_not_affect_other_rows(sim, close_eset):
    rows = [{"uuid": "a"}, None, {"uuid": "b", "status": OPEN}]
    sim.fault("eset.list", "json_value", value={"incidents": rows}, when="before", times=None)
    assert outcomes(close_eset("a", "b")) == ["closed"] * 2
    assert len(sim.calls("eset.list")) == len(sim.calls("eset.read")) == 1
