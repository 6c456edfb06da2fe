# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random histories of faults, runs, check-mode runs and reruns, and what must hold of every one of them."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HISTORIES = int(os.environ.get("HISTORIES", "40"))  # of each kind; ./dev reliability plays more
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
    """Return a strategy for runs: which incidents, in check mode or not, under which faults, of calls or of polls for their answers."""
    planned = st.tuples(
        st.sampled_from(calls),
        faults,
        st.sampled_from([1, 2, 3, None]),
        st.integers(0, 2),
        st.just(False) if polls is None else polls,
    )
    ids = st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True)
    return st.lists(st.tuples(ids, st.booleans(), st.lists(planned, max_size=3)), min_size=1, max_size=4)


def impossible(fault, poll):
    """Tell whether no product does this: say no although the work was done, or put off what it has put off already."""
    kind, params = fault
    if poll:
        return kind.startswith("pending") or (kind == "status" and params["status"] in (400, 403, 404, 415))
    return kind == "status" and params["when"] == "after" and params["status"] < 500


def play(sim, product, close, history, name, figures):
    """Play a history and hold each of its runs to what was seen at the server."""
    figures["histories"] += 1

    def closings():
        return {incident: product.incidents[incident].closings for incident in IDS}

    for ids, check_mode, faults in [*history, (IDS, False, []), (IDS, False, [])]:
        sim.faults.clear()
        for call, (kind, params), times, skip, poll in faults:
            if not impossible((kind, params), poll):
                with contextlib.suppress(ValueError):  # it makes no sense for this call
                    sim.fault(call, kind, times=times, skip=skip, poll=poll, **params)
        figures["histories: runs"] += 1
        before, requests = closings(), len(sim.calls(f"{name}.close", poll=None))
        result = close(*ids, check_mode=check_mode)
        after = closings()
        figures["wrong: missing in a result"] += [row["id"] for row in result["incidents"]] != ids
        assert [row["id"] for row in result["incidents"]] == ids
        assert result["summary"]["requested"] == len(ids) == sum(result["summary"].values()) - len(ids)
        for row in result["incidents"]:
            incident = product.incidents[row["id"]]
            done_now = after[row["id"]] - before[row["id"]]
            figures["wrong: closed twice"] += incident.closings > 1
            assert incident.closings <= 1, "closed twice"
            assert len(getattr(incident, "comments", None) or getattr(incident, "conclusions", [])) == incident.closings
            figures["wrong: reported as it was not"] += row["outcome"] == "closed" and done_now != 1
            assert row["outcome"] != "closed" or done_now == 1, "claimed, and did not happen"
            assert row["outcome"] not in ("failed", "already_closed") or done_now == 0, "closed by us, and not said"
            assert row["outcome"] != "already_closed" or before[row["id"]] == 1
            assert row["outcome"] != "would_close" or check_mode
        changes = [row for row in result["incidents"] if row["outcome"] in ("closed", "would_close")]
        assert result["changed"] == bool(changes)
        if check_mode:
            assert after == before
            assert len(sim.calls(f"{name}.close", poll=None)) == requests
        if not faults and not check_mode:
            assert not result.get("failed")
            assert all(after[incident] == 1 for incident in ids)
            assert result["changed"] == any(before[incident] == 0 for incident in ids)


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
