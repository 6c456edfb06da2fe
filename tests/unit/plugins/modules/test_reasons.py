# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reasons for programs in the results of both modules."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import Reason
from ansible_collections.secops.incident_closure.plugins.modules import d3_close_incidents_bulk, eset_incident_close


def reasons(result):
    return [row["reason"] for row in result["incidents"]]


@pytest.fixture(autouse=True)
def incidents(sim):
    sim.reset({"d3": {"incidents": ["1", "2"]}, "eset": {"incidents": ["a", "b"]}})


@pytest.mark.parametrize("module", [d3_close_incidents_bulk, eset_incident_close])
def test_the_documentation_describes_each_reason(module):
    described = module.RETURN.split("    reason:\n")[1].split("    message:\n")[0]
    assert sorted(re.findall(r"^ +- V\((\w+)\), ", described, re.MULTILINE)) == sorted(get_args(Reason))


def test_a_success_has_no_reason(close_d3, close_eset):
    assert reasons(close_d3("1", "2", check_mode=True)) == ["", ""]
    assert reasons(close_eset("a", "b")) == ["", ""]
    assert reasons(close_eset("a", "b")) == ["", ""]


@pytest.mark.parametrize(
    ["call", "fault", "params", "reason"],
    [
        ("eset.close", "status", {"status": 400}, "rejected"),
        ("eset.close", "status", {"status": 403}, "rejected"),
        ("eset.close", "status", {"status": 404}, "not_found"),
        ("eset.close", "status", {"status": 429}, "rate_limited"),
        ("eset.close", "status", {"status": 501}, "rejected"),
        ("eset.close", "status", {"status": 503}, "still_open"),
        ("eset.close", "redirect", {}, "connection"),
        ("eset.read", "status", {"status": 401}, "not_attempted"),
        ("eset.read", "status", {"status": 404}, "not_found"),
        ("eset.read", "status", {"status": 503}, "server_error"),
        ("eset.read", "drop_before", {}, "no_response"),
        ("eset.read", "empty", {}, "unreadable"),
        ("eset.sign_in", "status", {"status": 400}, "not_attempted"),
        ("d3.close", "status", {"status": 401}, "sign_in"),
        ("d3.close", "status", {"status": 404}, "rejected"),
        ("d3.close", "status", {"status": 429}, "rate_limited"),
        ("d3.close", "status", {"status": 503}, "still_open"),
        ("d3.read", "status", {"status": 503}, "server_error"),
    ],
)
def test_a_failure_has_a_reason(sim, close_d3, close_eset, call, fault, params, reason):
    sim.fault(call, fault, times=None, **params)
    result = close_d3("1", retries=1) if call.startswith("d3") else close_eset("a", retries=1)
    assert reasons(result) == [reason]


def test_a_close_request_that_the_product_may_still_execute_is_pending(sim, close_eset):
    sim.fault("eset.close", "pending", polls=10, work="later")
    sim.fault("eset.close", "drop_before", poll=True, times=None)
    assert reasons(close_eset("a")) == ["pending"]


def test_an_incident_that_the_response_does_not_name_is_unreadable(sim, close_d3):
    sim.fault("d3.close", "rows_left_out")
    assert reasons(close_d3("1", state_lookup="skip")) == ["unreadable"]


def test_an_incident_that_d3_does_not_show_is_not_found(close_d3):
    assert reasons(close_d3("1", "404", state_lookup="require")) == ["", "not_found"]


def test_an_unknown_outcome_has_the_reason_of_the_close_request(sim, close_eset):
    sim.fault("eset.close", "status", status=503, when="after")
    sim.fault("eset.read", "status", status=500, skip=1, times=None)
    result = close_eset("a", retries=1)
    assert [row["outcome"] for row in result["incidents"]] == ["unknown"]
    assert reasons(result) == ["server_error"]


def test_a_deadline_has_a_reason(sim, close_eset):
    sim.fault("eset.close", "status", status=429, headers={"Retry-After": "30"}, times=None)
    assert reasons(close_eset("a", deadline=10)) == ["deadline"]
