# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check that a client keeps its contract. test_closure.py tests what follows from a broken one."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    BrokenContractError,
    NotExecutedError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import (
    CLOSE_ANSWERS,
    STATE_ANSWERS,
    Closed,
    NotRead,
    State,
    collect_answers,
)

OPEN = State("Open", closed=False, details={})
FATAL = NotExecutedError("no route", fatal=True)


def read(answers, **options):
    return collect_answers(answers, ["a", "b"], kinds=STATE_ANSWERS, **options)


def broken(answers):
    return {incident: str(answer) for incident, answer in answers.items() if isinstance(answer, BrokenContractError)}


def test_answers_in_any_order_and_of_any_kind_are_taken():
    answers = {"b": RejectedError("no"), "a": OPEN}
    assert read(answers.items()) == (answers, None)
    assert read([("a", NotRead()), ("b", OPEN), ("c", OPEN)], also=["c", "d"])[0].keys() == {"a", "b", "c"}


@pytest.mark.parametrize(
    ["answers", "faults"],
    [
        ([], {"a": "did not answer", "b": "did not answer"}),
        ([("a", OPEN)], {"b": "did not answer"}),
        ([("a", OPEN), ("b", OPEN), ("a", OPEN)], {"a": "answered more than once"}),
        ([("a", OPEN), ("b", OPEN), ("c", OPEN)], {"c": "answered without being asked"}),
        ([("a", OPEN), ("b", None)], {"b": "answered in an unknown form"}),
        ([("a", OPEN), ("b", Closed({}))], {"b": "answered in an unknown form"}),
    ],
)
def test_a_broken_contract_concerns_one_incident(answers, faults):
    collected, obstacle = read(answers)
    assert broken(collected) == {
        incident: f"incident {incident}: internal error, the client {fault}" for incident, fault in faults.items()
    }
    assert all(collected[incident] == OPEN for incident in {"a", "b"} - faults.keys())
    assert obstacle is None


def test_a_state_is_not_an_answer_to_a_close_request():
    assert broken(collect_answers([("a", OPEN)], ["a"], kinds=CLOSE_ANSWERS)[0]).keys() == {"a"}


def test_a_fatal_answer_excuses_what_has_none():
    assert read([("a", FATAL)]) == ({"a": FATAL}, FATAL)


def test_an_error_that_is_raised_excuses_what_has_no_answer():
    def answers():
        yield "a", OPEN
        raise FATAL

    assert read(answers()) == ({"a": OPEN}, FATAL)
