# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closing logic, with a scripted product in the place of a client."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._closure import State, close_incidents
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)

OPEN = State("Open", False, {"Status": "Open"})
CLOSED = State("Closed", True, {"Status": "Closed"})
YES = {"Result": "Successful"}


class Product:
    """Gives out what it was told to: a list of answers for each incident, the last of them again and again.

    An answer that is an exception and stands for "raise" is raised when the reading reaches it.
    """

    closed_status = "Closed"

    def __init__(self, reads, closes=None):
        self.reads = {incident: list(answers) for incident, answers in reads.items()}
        self.closes = {incident: list(answers) for incident, answers in (closes or {}).items()}
        self.sent = []

    @staticmethod
    def _next(answers):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def read_states(self, ids, again=False, also=()):
        for incident in ids:
            answer = self._next(self.reads[incident])
            if isinstance(answer, Exception) and answer.fatal:
                raise answer
            yield incident, answer

    def close(self, ids):
        for incident in ids:
            self.sent.append(incident)
            answer = self._next(self.closes[incident])
            yield incident, answer
            if isinstance(answer, Exception) and answer.fatal:
                return


def run(product, ids=None, check_mode=False, retries=2, back_off=lambda tries: None):
    return close_incidents(
        product, ids or list(product.reads), check_mode=check_mode, retries=retries, back_off=back_off
    )


def outcomes(result):
    return {row["id"]: row["outcome"] for row in result["incidents"]}


def test_closes_what_is_open_and_leaves_the_rest():
    product = Product({"a": [OPEN], "b": [CLOSED], "c": [OPEN]}, {"a": [YES], "c": [YES]})
    result = run(product)
    assert outcomes(result) == {"a": "closed", "b": "already_closed", "c": "closed"}
    assert product.sent == ["a", "c"]
    assert result["changed"] and not result["failed"] and not result["gave_up"]
    assert result["msg"] == "2 closed, 1 already closed"
    assert result["summary"] == {
        "requested": 3,
        "closed": 2,
        "already_closed": 1,
        "would_close": 0,
        "failed": 0,
        "unknown": 0,
    }
    assert result["diff"] == {"before": {"a": "Open", "c": "Open"}, "after": {"a": "Closed", "c": "Closed"}}
    assert result["incidents"][0] == {
        "id": "a",
        "outcome": "closed",
        "status_before": "Open",
        "status_after": "Closed",
        "message": "",
        "details": YES,
    }


def test_keeps_the_order_that_was_asked_for():
    product = Product({"c": [OPEN], "a": [CLOSED], "b": [OPEN]}, {"b": [YES], "c": [YES]})
    assert [row["id"] for row in run(product)["incidents"]] == ["c", "a", "b"]


def test_a_success_without_details_keeps_those_that_were_read():
    result = run(Product({"a": [OPEN]}, {"a": [{}]}))
    assert result["incidents"][0]["details"] == {"Status": "Open"}


def test_check_mode_names_exactly_what_a_run_closes():
    reads = {"a": [OPEN], "b": [CLOSED], "c": [RejectedError("no such incident")]}
    product = Product(reads)
    predicted = run(product, check_mode=True)
    assert product.sent == []
    assert outcomes(predicted) == {"a": "would_close", "b": "already_closed", "c": "failed"}
    assert predicted["changed"]
    real = run(Product(reads, {"a": [YES]}))
    assert predicted["diff"] == real["diff"]
    assert [i for i, o in outcomes(real).items() if o == "closed"] == ["a"]


def test_check_mode_with_nothing_to_do_is_no_change():
    result = run(Product({"a": [CLOSED]}), check_mode=True)
    assert not result["changed"]
    assert result["diff"] == {"before": {}, "after": {}}


@pytest.mark.parametrize(
    ["closes", "reads_after", "outcome", "sent", "message"],
    [
        pytest.param([OutcomeUnknownError("dropped")], [CLOSED], "closed", 1, "", id="it was carried out"),
        pytest.param(
            [OutcomeUnknownError("dropped"), YES], [OPEN], "closed", 2, "", id="it was not, and is sent again"
        ),
        pytest.param(
            [OutcomeUnknownError("dropped")], [OPEN], "failed", 3, "still Open after 3 tries; dropped", id="it never is"
        ),
        pytest.param(
            [OutcomeUnknownError("dropped")],
            [OutcomeUnknownError("503")],
            "unknown",
            1,
            "dropped; afterwards 503",
            id="nobody can tell",
        ),
        pytest.param([OutcomeUnknownError("dropped")], [None], "unknown", 1, "dropped", id="states are not to be had"),
        pytest.param(
            [OutcomeUnknownError("x"), RejectedError("no")],
            [OPEN],
            "failed",
            2,
            "no",
            id="sent again, and refused then",
        ),
        pytest.param(
            [OutcomeUnknownError("x"), RejectedError("no")],
            [OPEN, CLOSED],
            "closed",
            2,
            "",
            id="the first was carried out late",
        ),
        pytest.param(
            [OutcomeUnknownError("x"), NotExecutedError("429")],
            [OPEN, CLOSED],
            "closed",
            2,
            "",
            id="late, the second refused",
        ),
        pytest.param(
            [OutcomeUnknownError("x"), NotExecutedError("429")],
            [OPEN],
            "failed",
            2,
            "429",
            id="refused when sent again",
        ),
        pytest.param(
            [OutcomeUnknownError("x"), NotExecutedError("429")],
            [OPEN, None],
            "unknown",
            2,
            "429",
            id="refused, and unread",
        ),
        pytest.param([StillPendingError("202")], [CLOSED], "closed", 1, "", id="pending, and carried out"),
        pytest.param([StillPendingError("202")], [OPEN], "unknown", 1, "202", id="pending is never sent again"),
        pytest.param([RejectedError("no")], [OPEN], "failed", 1, "no", id="a plain no is not repeated"),
        pytest.param(
            [RejectedError("no")], [CLOSED], "already_closed", 1, "", id="a plain no, somebody else closed it"
        ),
        pytest.param([RejectedError("no")], [None], "failed", 1, "no", id="a plain no, unread"),
        pytest.param([NotExecutedError("429")], [CLOSED], "failed", 1, "429", id="refused for good: no look is needed"),
    ],
)
def test_after_a_closing_that_did_not_simply_succeed(closes, reads_after, outcome, sent, message):
    product = Product({"a": [OPEN, *reads_after]}, {"a": closes})
    result = run(product)
    row = result["incidents"][0]
    assert (row["outcome"], len(product.sent), row["message"]) == (outcome, sent, message)
    assert result["failed"] == (outcome in ("failed", "unknown"))
    assert result["changed"] == (outcome == "closed")


def test_waits_longer_before_each_fresh_look():
    waits = []
    run(Product({"a": [OPEN]}, {"a": [OutcomeUnknownError("dropped")]}), back_off=waits.append)
    assert waits == [0, 1, 2]


def test_unread_states_are_decided_by_the_closing():
    result = run(Product({"a": [None]}, {"a": [YES]}))
    assert result["incidents"][0]["status_before"] is None
    assert outcomes(result) == {"a": "closed"}


def test_a_fatal_reading_closes_nothing():
    product = Product({"a": [CLOSED], "b": [NotExecutedError("wrong password", fatal=True)], "c": [OPEN]})
    result = run(product)
    assert product.sent == []
    assert outcomes(result) == {"a": "already_closed", "b": "failed", "c": "failed"}
    assert {row["message"] for row in result["incidents"][1:]} == {"not attempted"}
    assert result["msg"] == "1 already closed, 2 failed: wrong password"
    assert result["gave_up"]


def test_a_fatal_closing_leaves_the_rest_unattempted():
    product = Product({i: [OPEN] for i in "abc"}, {"a": [YES], "b": [RejectedError("401", fatal=True)], "c": [YES]})
    result = run(product)
    assert product.sent == ["a", "b"]
    assert [row["message"] for row in result["incidents"]] == ["", "401", "not attempted"]
    assert result["changed"] and result["failed"] and result["gave_up"]


def test_doubts_are_settled_although_something_fatal_happened():
    product = Product(
        {"a": [OPEN, CLOSED], "b": [OPEN], "c": [OPEN, OPEN]},
        {
            "a": [OutcomeUnknownError("dropped")],
            "c": [OutcomeUnknownError("dropped")],
            "b": [NotExecutedError("no route", fatal=True)],
        },
    )
    result = run(product, ids=["a", "c", "b"])
    assert outcomes(result) == {"a": "closed", "c": "failed", "b": "failed"}
    assert product.sent == ["a", "c", "b"]


def test_a_closing_that_was_sent_before_something_fatal_happened_is_looked_at_again():
    class Stopped(Product):
        def close(self, ids):
            if self.sent:  # the second time round, nothing is sent any more
                yield "b", NotExecutedError("no route", fatal=True)
            else:
                yield from super().close(ids)

    dropped = [OutcomeUnknownError("dropped")]
    reads = {"a": [OPEN, OPEN, CLOSED], "b": [OPEN], "c": [OPEN, OPEN, None]}
    result = run(Stopped(reads, dict.fromkeys("abc", dropped)))
    assert outcomes(result) == {"a": "closed", "b": "failed", "c": "unknown"}
    assert result["gave_up"]


def test_the_deadline_is_told_for_what_was_not_done():
    product = Product({i: [OPEN] for i in "abc"}, {"a": [YES], "b": [DeadlineReachedError()], "c": [YES]})
    result = run(product)
    assert [row["message"] for row in result["incidents"]] == [
        "",
        str(DeadlineReachedError()),
        "not done by the deadline",
    ]
    assert not result["gave_up"]  # a further task has a time of its own


def test_a_deadline_before_the_fresh_look_leaves_it_unknown():
    def late(tries):
        raise DeadlineReachedError()

    result = run(Product({"a": [OPEN]}, {"a": [OutcomeUnknownError("no answer in time")]}), back_off=late)
    assert outcomes(result) == {"a": "unknown"}
    assert result["incidents"][0]["status_after"] is None


def test_the_message_counts_further_failures():
    result = run(Product({"a": [RejectedError("a is gone")], "b": [RejectedError("b is gone")]}))
    assert result["msg"] == "2 failed: a is gone (and 1 more)"
    assert not result["gave_up"]
