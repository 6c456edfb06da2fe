# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault, at every call of both modules: the two tables in docs/docsite/rst/reliability.rst contain the expected results.

A cell contains the outcomes of the incidents and the number of close requests.
"""

from __future__ import annotations

import json

import pytest
from fault_table import FAULTS, UNREACHED, cause, cells
from invariants import (
    check_changed_is_true,
    check_each_failure_has_a_message,
    check_no_incident_is_closed_twice,
    check_nothing_is_lost,
    check_only_check_mode_predicts,
    check_outcomes_are_true,
)

from simulator import DEFAULT_D3_KEY, DEFAULT_D3_LOOKUP_KEY, DEFAULT_ESET_PASSWORD, DEFAULT_ESET_USERNAME

CALLS = {  # column: the simulator's name of the call, and how many incidents are closed
    "ESET sign-in": ("eset.sign_in", 1),
    "ESET read one": ("eset.read", 1),
    "ESET read many": ("eset.list", 3),
    "ESET close": ("eset.close", 1),
    "D3 read one": ("d3.read", 1),
    "D3 read many": ("d3.read", 3),
    "D3 close": ("d3.close", 3),
}


def test_the_tables_are_complete():
    for heading in ("It happens once", "It happens every time"):
        named = {(fault, call) for fault, call, expected in cells(heading)}
        assert named == {(fault, call) for fault in (*UNREACHED, *FAULTS) for call in CALLS}


def result_of(sim, close_d3, close_eset, monkeypatch, fault, call, times, **options):
    """Close with a fault and return the result; None if the fault cannot happen to the call."""
    name, count = CALLS[call]
    ids = ["1", "2", "3"][:count]
    again = {"closed_again": "success"}  # so that the simulator counts a second close request
    sim.reset({"d3": {"incidents": ids}, "eset": {"incidents": ids}, "settings": {"d3": again, "eset": again}})
    if not cause(sim, monkeypatch, fault, name, times):
        return None
    if name.startswith("d3"):
        return close_d3(*ids, conclusion="Cleaned.", **options)
    return close_eset(*ids, final_comment="Cleaned.", **options)


def describe(sim, call, result, leaks, figures):
    """Return the cell of the table for a result, after the checks that apply to every result."""
    figures["cells of the fault tables"] += 1
    product = sim.d3 if call.startswith("D3") else sim.eset
    ids = list(product.incidents)
    check_nothing_is_lost(result, ids)
    check_no_incident_is_closed_twice(product)
    check_outcomes_are_true(product, result, before=dict.fromkeys(ids, 0))
    check_changed_is_true(result)
    check_each_failure_has_a_message(result)
    check_only_check_mode_predicts(result, check_mode=False)
    secrets = (DEFAULT_D3_KEY, DEFAULT_D3_LOOKUP_KEY, DEFAULT_ESET_PASSWORD, *sim.eset.tokens)
    assert leaks(json.dumps(result), secrets, DEFAULT_ESET_USERNAME) == []
    outcomes = ", ".join(sorted({row["outcome"] for row in result["incidents"]}))
    return f"{outcomes} · {len(sim.calls('d3.close')) + len(sim.calls('eset.close'))}"


@pytest.mark.parametrize(["fault", "call", "expected"], [*cells("It happens once")])
def test_a_fault_that_happens_once(sim, close_d3, close_eset, monkeypatch, leaks, figures, fault, call, expected):
    client = {"timeout": 0.5} if fault.startswith("time-out") else {}
    result = result_of(sim, close_d3, close_eset, monkeypatch, fault, call, times=1, client=client)
    assert (describe(sim, call, result, leaks, figures) if result else "–") == expected


@pytest.mark.parametrize(["fault", "call", "expected"], [*cells("It happens every time")])
def test_a_fault_that_does_not_end(
    sim, close_d3, close_eset, monkeypatch, clock, leaks, figures, fault, call, expected
):
    client = {"timeout": 0.5} if fault.startswith("time-out") else {}
    result = result_of(sim, close_d3, close_eset, monkeypatch, fault, call, times=None, client=client, retries=2)
    assert (describe(sim, call, result, leaks, figures) if result else "–") == expected
    assert clock.monotonic() < 1300  # two waits of ten minutes for a 202 are the longest
