# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random histories of faults, runs, check-mode runs, and reruns, and the checks of each run."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import (
    check_changed_is_true,
    check_each_failure_has_a_message,
    check_everything_is_closed,
    check_no_incident_is_closed_twice,
    check_nothing_is_lost,
    check_nothing_was_sent,
    check_only_check_mode_predicts,
    check_outcomes_are_true,
    count_closings,
)

HISTORIES = int(os.environ.get("HISTORIES", "40"))  # of each kind; ./dev reliability runs more
IDS = ["1", "2", "3", "4"]
HARMLESS = ("drop_before", "drop_after", "html", "truncated", "short_body", "json_list", "empty", "redirect")
STATUSES = (400, 401, 403, 404, 415, 429, 500, 502, 503, 504)

any_fault = st.one_of(
    st.tuples(st.sampled_from(HARMLESS), st.just({})),
    st.tuples(
        st.just("status"),
        st.fixed_dictionaries({"status": st.sampled_from(STATUSES), "when": st.sampled_from(["before", "after"])}),
    ),
)
eset_fault = st.one_of(
    any_fault,
    st.tuples(
        st.just("pending"),
        st.fixed_dictionaries({"polls": st.integers(0, 4), "work": st.sampled_from(["now", "later"])}),
    ),
    st.tuples(st.sampled_from(["pending_lost", "expired_token", "rows_left_out", "foreign_rows"]), st.just({})),
)
d3_fault = st.one_of(
    any_fault,
    st.tuples(st.just("rows_left_out"), st.fixed_dictionaries({"count": st.integers(1, 4)})),
    st.tuples(st.just("foreign_rows"), st.fixed_dictionaries({"instead": st.booleans()})),
)


def steps(calls, faults, polls=None):
    """Return a strategy for runs: incidents, check mode or not, and faults, of calls or of polls for their results."""
    planned = st.tuples(
        st.sampled_from(calls),
        faults,
        st.sampled_from([1, 2, 3, None]),
        st.integers(0, 2),
        st.just(False) if polls is None else polls,
    )
    ids = st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True)
    return st.lists(st.tuples(ids, st.booleans(), st.lists(planned, max_size=3)), min_size=1, max_size=4)


def is_impossible(fault, poll):
    """Return whether no product does this: rejects what it has executed, or postpones what it has postponed already."""
    kind, params = fault
    if poll:
        return kind.startswith("pending") or (kind == "status" and params["status"] in (400, 403, 404, 415))
    return kind == "status" and params["when"] == "after" and params["status"] < 500


def arrange(sim, faults):
    """Plan these faults in the simulator, and drop all others."""
    sim.faults.clear()
    for call, (kind, params), times, skip, poll in faults:
        if not is_impossible((kind, params), poll):
            with contextlib.suppress(ValueError):  # the fault does not apply to this call
                sim.fault(call, kind, times=times, skip=skip, poll=poll, **params)


def play(sim, product, close, history, name, figures):
    """Run a history, then two runs without faults, and check each run."""
    figures["histories"] += 1
    for ids, check_mode, faults in [*history, (IDS, False, []), (IDS, False, [])]:
        figures["histories: runs"] += 1
        arrange(sim, faults)
        before, sent_before = count_closings(product), len(sim.calls(f"{name}.close", poll=None))
        result = close(*ids, check_mode=check_mode)
        check_nothing_is_lost(result, ids)
        check_no_incident_is_closed_twice(product)
        check_outcomes_are_true(product, result, before)
        check_changed_is_true(result)
        check_each_failure_has_a_message(result)
        check_only_check_mode_predicts(result, check_mode=check_mode)
        if check_mode:
            check_nothing_was_sent(product, len(sim.calls(f"{name}.close", poll=None)), sent_before, before)
        elif not faults:
            check_everything_is_closed(product, result, before)


played = settings(
    max_examples=HISTORIES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@played
@given(history=steps(["eset.sign_in", "eset.read", "eset.list", "eset.close", "eset.*"], eset_fault, st.booleans()))
def test_histories_of_eset(sim, close_eset, figures, history):
    sim.reset({"eset": {"incidents": IDS}, "settings": {"eset": {"closed_again": "success"}, "rate_limit": False}})
    play(
        sim,
        sim.eset,
        lambda *ids, **mode: close_eset(*ids, final_comment="x", retries=2, **mode),
        history,
        "eset",
        figures,
    )


@pytest.mark.parametrize(["lookup", "closed_again"], [("auto", "error"), ("require", "success")])
@played
@given(history=steps(["d3.read", "d3.close", "d3.*"], d3_fault), batch_size=st.integers(1, 4))
def test_histories_of_d3(sim, close_d3, figures, lookup, closed_again, history, batch_size):
    sim.reset({"d3": {"incidents": IDS}, "settings": {"d3": {"closed_again": closed_again}, "rate_limit": False}})
    options = {"conclusion": "x", "retries": 2, "batch_size": batch_size, "state_lookup": lookup}
    play(sim, sim.d3, lambda *ids, **mode: close_d3(*ids, **options, **mode), history, "d3", figures)
