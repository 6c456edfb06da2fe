# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that apply to every result of a closing module, whatever the faults. They compare it with the simulator.

``product`` is the simulator of one product, and ``before`` has the number of closings of each incident before the run.
"""

from __future__ import annotations


def count_closings(product):
    """Return how often each incident was closed."""
    return {name: incident.closings for name, incident in product.incidents.items()}


def check_nothing_is_lost(result, ids):
    assert [row["id"] for row in result["incidents"]] == ids
    outcomes = {name: number for name, number in result["summary"].items() if name != "requested"}
    assert result["summary"]["requested"] == len(ids)
    assert sum(outcomes.values()) == len(ids)


def check_no_incident_is_closed_twice(product):
    for name, incident in product.incidents.items():
        assert incident.closings <= 1, name
        # The simulator appends the comment or conclusion of every close request that takes effect.
        assert len(getattr(incident, "comments", None) or getattr(incident, "conclusions", [])) == incident.closings


def check_outcomes_are_true(product, result, before):
    for row in result["incidents"]:
        closed_now = product.incidents[row["id"]].closings - before[row["id"]]
        if row["outcome"] == "closed":
            assert closed_now == 1, f"{row['id']} is reported as closed, but the task did not close it"
        if row["outcome"] in ("failed", "already_closed", "would_close"):
            assert closed_now == 0, f"{row['id']} is reported as {row['outcome']}, but the task closed it"
        if row["outcome"] == "already_closed":
            assert before[row["id"]] == 1, f"{row['id']} is reported as already_closed, but it was open"


def check_changed_is_true(result):
    changes = [row for row in result["incidents"] if row["outcome"] in ("closed", "would_close")]
    assert result["changed"] == bool(changes)


def check_each_failure_has_a_message(result):
    for row in result["incidents"]:
        if row["outcome"] in ("failed", "unknown"):
            assert row["message"], row


def check_only_check_mode_predicts(result, *, check_mode):
    expected = (
        {"would_close", "already_closed", "failed"} if check_mode else {"closed", "already_closed", "failed", "unknown"}
    )
    assert {row["outcome"] for row in result["incidents"]} <= expected


def check_nothing_was_sent(product, sent, sent_before, before):
    """Check a run in check mode.

    :param sent: the number of close requests that the server received.
    """
    assert sent == sent_before
    assert count_closings(product) == before


def check_everything_is_closed(product, result, before):
    """Check a run without faults."""
    assert not result.get("failed")
    closings = count_closings(product)
    ids = [row["id"] for row in result["incidents"]]
    assert [closings[name] for name in ids] == [1] * len(ids)
    assert result["changed"] == any(before[name] == 0 for name in ids)
