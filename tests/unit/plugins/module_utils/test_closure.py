# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closing logic, with a scripted product in the place of a client."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._closure import Closure
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import Closed, NotRead, State
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import RetryPolicy

OPEN = State("Open", False, {"Status": "Open"}, title="Beacon", severity="High")
CLOSED = State("Closed", True, {"Status": "Closed"})
ROW = {"Result": "Successful"}
YES = Closed(ROW)
NOT_READ = NotRead()


class Product:
    """Gives the answers that it was made with: a list for each incident, the last of them again and again.

    An answer to a reading that is a fatal exception is raised.
    """

    closed_status = "Closed"

    def __init__(self, reads, closes=None):
        self.reads = {incident: list(answers) for incident, answers in reads.items()}
        self.closes = {incident: list(answers) for incident, answers in (closes or {}).items()}
        self.sent = []
        self.policy = None

    @staticmethod
    def _next(answers):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def read_states(self, ids, also=()):
        return self.read_again(ids)

    def read_again(self, ids):
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


@pytest.fixture
def run(clock):
    """Return a function that closes the incidents of a product."""

    def close(product, ids=None, *, deadline=0, held_back=(), check_mode=False, **options):
        product.policy = RetryPolicy(2, deadline, clock=clock, jitter=lambda low, high: high)
        closure = Closure(product, ids or list(product.reads), held_back)
        return closure.run(check_mode=check_mode, **options)

    return close


def outcomes(result):
    return {row["id"]: row["outcome"] for row in result["incidents"]}


def test_closes_what_is_open_and_leaves_the_rest(run):
    product = Product({"a": [OPEN], "b": [CLOSED], "c": [OPEN]}, {"a": [YES], "c": [YES]})
    result = run(product)
    assert outcomes(result) == {"a": "closed", "b": "already_closed", "c": "closed"}
    assert product.sent == ["a", "c"]
    assert result["changed"]
    assert not result["failed"]
    assert not result["gave_up"]
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
        "title": "Beacon",
        "severity": "High",
        "outcome": "closed",
        "status_before": "Open",
        "status_after": "Closed",
        "reason": "",
        "message": "",
        "details": ROW,
    }


def test_keeps_the_order_that_was_asked_for(run):
    product = Product({"c": [OPEN], "a": [CLOSED], "b": [OPEN]}, {"b": [YES], "c": [YES]})
    assert [row["id"] for row in run(product)["incidents"]] == ["c", "a", "b"]


def test_a_success_without_details_keeps_those_that_were_read(run):
    result = run(Product({"a": [OPEN]}, {"a": [Closed({})]}))
    assert result["incidents"][0]["details"] == {"Status": "Open"}


def test_check_mode_names_exactly_what_a_run_closes(run):
    reads = {"a": [OPEN], "b": [CLOSED], "c": [RejectedError("no such incident")]}
    product = Product(reads)
    predicted = run(product, check_mode=True)
    assert product.sent == []
    assert outcomes(predicted) == {"a": "would_close", "b": "already_closed", "c": "failed"}
    assert predicted["changed"]
    real = run(Product(reads, {"a": [YES]}))
    assert predicted["diff"] == real["diff"]
    assert [i for i, o in outcomes(real).items() if o == "closed"] == ["a"]


def test_check_mode_with_nothing_to_do_is_no_change(run):
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
        pytest.param(
            [OutcomeUnknownError("dropped")], [NOT_READ], "unknown", 1, "dropped", id="states are not to be had"
        ),
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
            [OPEN, NOT_READ],
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
        pytest.param([RejectedError("no")], [NOT_READ], "failed", 1, "no", id="a plain no, unread"),
        pytest.param([NotExecutedError("429")], [CLOSED], "failed", 1, "429", id="refused for good: no look is needed"),
    ],
)
def test_after_a_closing_that_did_not_simply_succeed(run, closes, reads_after, outcome, sent, message):
    product = Product({"a": [OPEN, *reads_after]}, {"a": closes})
    result = run(product)
    row = result["incidents"][0]
    assert (row["outcome"], len(product.sent), row["message"]) == (outcome, sent, message)
    assert result["failed"] == (outcome in ("failed", "unknown"))
    assert result["changed"] == (outcome == "closed")


def test_waits_longer_before_each_fresh_look(run, clock):
    run(Product({"a": [OPEN]}, {"a": [OutcomeUnknownError("dropped")]}))
    assert clock.monotonic() == (1 + 1) + (1 + 2) + (1 + 4)


def test_unread_states_are_decided_by_the_closing(run):
    result = run(Product({"a": [NOT_READ]}, {"a": [YES]}))
    assert result["incidents"][0]["status_before"] is None
    assert outcomes(result) == {"a": "closed"}


def test_an_unread_incident_has_an_empty_title_and_severity(run):
    row = run(Product({"a": [NOT_READ]}, {"a": [YES]}))["incidents"][0]
    assert (row["title"], row["severity"]) == ("", "")


def test_a_fatal_reading_closes_nothing(run):
    product = Product({"a": [CLOSED], "b": [NotExecutedError("wrong password", fatal=True)], "c": [OPEN]})
    result = run(product)
    assert product.sent == []
    assert outcomes(result) == {"a": "already_closed", "b": "failed", "c": "failed"}
    assert {row["message"] for row in result["incidents"][1:]} == {"not attempted"}
    assert result["msg"] == "1 already closed, 2 failed: wrong password"
    assert result["stopped_by"] == "wrong password"
    assert result["gave_up"]


def test_a_fatal_closing_leaves_the_rest_unattempted(run):
    product = Product({i: [OPEN] for i in "abc"}, {"a": [YES], "b": [RejectedError("401", fatal=True)], "c": [YES]})
    result = run(product)
    assert product.sent == ["a", "b"]
    assert [row["message"] for row in result["incidents"]] == ["", "401", "not attempted"]
    assert result["changed"]
    assert result["failed"]
    assert result["gave_up"]


def test_doubts_are_settled_although_something_fatal_happened(run):
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


class Stopped(Product):
    """A product that cannot be reached any more after the first close requests."""

    def close(self, ids):
        if self.sent:
            yield "b", NotExecutedError("no route", fatal=True)
        else:
            yield from super().close(ids)


def test_a_closing_that_was_sent_before_something_fatal_happened_is_looked_at_again(run):
    dropped = [OutcomeUnknownError("dropped")]
    reads = {"a": [OPEN, OPEN, CLOSED], "b": [OPEN], "c": [OPEN, OPEN, NOT_READ]}
    result = run(Stopped(reads, dict.fromkeys("abc", dropped)))
    assert outcomes(result) == {"a": "closed", "b": "failed", "c": "unknown"}
    assert result["gave_up"]


def test_an_open_incident_whose_second_close_request_could_not_be_sent_fails_for_that_reason(run):
    dropped = [OutcomeUnknownError("dropped")]
    result = run(Stopped({i: [OPEN] for i in "bc"}, dict.fromkeys("bc", dropped)))
    assert [row["message"] for row in result["incidents"]] == ["no route", "no route"]


def test_the_deadline_is_told_for_what_was_not_done(run):
    product = Product({i: [OPEN] for i in "abc"}, {"a": [YES], "b": [DeadlineReachedError()], "c": [YES]})
    result = run(product)
    assert [row["message"] for row in result["incidents"]] == [
        "",
        str(DeadlineReachedError()),
        "not done by the deadline",
    ]
    assert not result["gave_up"]  # a further task has a time of its own


def test_a_deadline_before_the_fresh_look_leaves_it_unknown(run):
    result = run(Product({"a": [OPEN]}, {"a": [OutcomeUnknownError("no response in time")]}), deadline=1)
    assert outcomes(result) == {"a": "unknown"}
    assert result["incidents"][0]["status_after"] is None
    assert result["incidents"][0]["message"] == f"no response in time; afterwards {DeadlineReachedError()}"


def test_the_message_of_a_single_failure_counts_no_others(run):
    assert run(Product({"a": [RejectedError("a is gone")]}))["msg"] == "1 failed: a is gone"


def test_the_message_counts_further_failures(run):
    result = run(Product({"a": [RejectedError("a is gone")], "b": [RejectedError("b is gone")]}))
    assert result["msg"] == "2 failed: a is gone (and 1 more)"
    assert not result["gave_up"]
    assert result["stopped_by"] == ""


def test_incidents_are_locked_before_their_states_are_read(run):
    steps = []

    class Watched(Product):
        def read_states(self, ids, also=()):
            steps.append("read")
            return super().read_states(ids, also)

    run(Watched({"a": [OPEN]}, {"a": [YES]}), lock=lambda: steps.append("lock"))
    assert steps == ["lock", "read"]


def test_check_mode_does_not_wait_for_a_lock(run):
    assert outcomes(run(Product({"a": [OPEN]}), check_mode=True, lock=pytest.fail)) == {"a": "would_close"}


def test_nothing_is_read_or_closed_without_the_lock(run):
    def lock():
        raise DeadlineReachedError()

    product = Product({"a": [OPEN]}, {"a": [YES]})
    product.read_states = pytest.fail
    result = run(product, lock=lock)
    assert outcomes(result) == {"a": "failed"}
    assert reasons(result) == {"a": "deadline"}
    assert product.sent == []
    assert not result["gave_up"]


def reasons(result):
    return {row["id"]: row["reason"] for row in result["incidents"]}


@pytest.mark.parametrize(
    ["closes", "reads_after", "reason"],
    [
        ([YES], [OPEN], ""),
        ([OutcomeUnknownError("503", reason="server_error")], [CLOSED], ""),
        ([OutcomeUnknownError("503", reason="server_error")], [OPEN], "still_open"),
        ([OutcomeUnknownError("503", reason="server_error")], [NOT_READ], "server_error"),
        ([StillPendingError("202")], [OPEN], "pending"),
        ([RejectedError("no")], [OPEN], "rejected"),
        ([RejectedError("no")], [CLOSED], ""),
        ([NotExecutedError("429", reason="rate_limited")], [OPEN], "rate_limited"),
        ([DeadlineReachedError()], [OPEN], "deadline"),
    ],
)
def test_a_failure_has_a_reason_for_programs(run, closes, reads_after, reason):
    assert reasons(run(Product({"a": [OPEN, *reads_after]}, {"a": closes}))) == {"a": reason}


def test_the_reason_of_what_was_not_tried_is_that_it_was_not(run):
    product = Product({i: [OPEN] for i in "ab"}, {"a": [RejectedError("401", reason="sign_in", fatal=True)]})
    assert reasons(run(product)) == {"a": "sign_in", "b": "not_attempted"}
    late = Product({i: [OPEN] for i in "ab"}, {"a": [DeadlineReachedError()]})
    assert reasons(run(late)) == {"a": "deadline", "b": "deadline"}


def test_no_caught_exception_is_changed(run):
    error = OutcomeUnknownError("dropped")
    before = dict(vars(error))
    run(Product({"a": [OPEN]}, {"a": [error]}))
    assert vars(error) == before


def test_held_back_incidents_are_read_and_never_closed(run):
    product = Product({"a": [OPEN], "b": [OPEN], "c": [CLOSED], "d": [RejectedError("gone")]}, {"a": [YES]})
    result = run(product, ["a"], held_back=["b", "c", "d"])
    assert product.sent == ["a"]
    assert result["held_back"] == [
        {"id": "b", "title": "Beacon", "severity": "High", "status": "Open", "closed": False},
        {"id": "c", "title": "", "severity": "", "status": "Closed", "closed": True},
    ]


def test_a_held_back_incident_that_the_first_reading_shows_is_not_read_again(run):
    class Listing(Product):
        def read_states(self, ids, also=()):
            return super().read_again([*ids, *also])

        def read_again(self, ids):
            pytest.fail(f"read again: {ids}")

    result = run(Listing({"a": [OPEN], "b": [OPEN]}, {"a": [YES]}), ["a"], held_back=["b"])
    assert [row["id"] for row in result["held_back"]] == ["b"]


class Changed(Product):
    """A product whose answers to one method are changed.

    :param method: its name.
    :param change: called with the answers, returns others.
    """

    def __init__(self, method, change, reads, closes):
        super().__init__(reads, closes)
        original = getattr(self, method)
        setattr(self, method, lambda ids, **options: iter(change(list(original(ids, **options)))))


def omit_b(answers):
    return [(incident, answer) for incident, answer in answers if incident != "b"]


def repeat_b(answers):
    return [*answers, *((incident, answer) for incident, answer in answers if incident == "b")]


def spoil_b(answers):
    return [(incident, "yes" if incident == "b" else answer) for incident, answer in answers]


def add_done(answers):
    return [*answers, ("done", dict(answers)["a"])]


def add_foreign(answers):
    return [("foreign", answers[0][1]), *answers]


BROKEN = {
    omit_b: ("b", "incident b: internal error, the client did not answer"),
    repeat_b: ("b", "incident b: internal error, the client answered more than once"),
    spoil_b: ("b", "incident b: internal error, the client answered in an unknown form"),
}


@pytest.mark.parametrize("change", BROKEN)
@pytest.mark.parametrize(["method", "outcome"], [("read_states", "failed"), ("close", "unknown")])
def test_a_broken_contract_fails_the_incident_that_it_concerns(run, method, outcome, change):
    product = Changed(method, change, {i: [OPEN] for i in "abc"}, {i: [YES] for i in "abc"})
    result = run(product)
    assert outcomes(result) == {"a": "closed", "b": outcome, "c": "closed"}
    broken, message = BROKEN[change]
    assert [row["message"] for row in result["incidents"] if row["id"] == broken] == [message]
    assert reasons(result) == {"a": "", "b": "internal", "c": ""}
    assert not result["gave_up"]


@pytest.mark.parametrize("change", BROKEN)
def test_a_broken_contract_after_close_requests_leaves_it_unknown(run, change):
    dropped = OutcomeUnknownError("dropped")
    product = Changed("read_again", change, {i: [OPEN, CLOSED] for i in "abc"}, {i: [dropped] for i in "abc"})
    product.read_states = lambda ids, also=(): ((incident, OPEN) for incident in ids)
    product.reads = {i: [CLOSED] for i in "abc"}
    result = run(product)
    assert outcomes(result) == {"a": "closed", "b": "unknown", "c": "closed"}
    assert result["incidents"][1]["message"] == f"dropped; afterwards {BROKEN[change][1]}"


def test_a_client_that_answers_nothing_fails_every_incident(run):
    product = Changed("read_states", lambda answers: [], {i: [OPEN] for i in "ab"}, {})
    assert outcomes(run(product)) == {"a": "failed", "b": "failed"}
    assert product.sent == []


def test_an_answer_about_an_incident_that_was_not_to_be_closed_fails_it(run):
    product = Changed("close", add_done, {"a": [OPEN], "done": [CLOSED]}, {"a": [YES]})
    result = run(product)
    assert outcomes(result) == {"a": "closed", "done": "unknown"}
    assert result["incidents"][1]["message"] == "incident done: internal error, the client answered without being asked"


@pytest.mark.parametrize("method", ["read_states", "close"])
def test_an_answer_about_an_incident_of_nobody_changes_nothing(run, method):
    product = Changed(method, add_foreign, {i: [OPEN] for i in "ab"}, {i: [YES] for i in "ab"})
    assert outcomes(run(product)) == {"a": "closed", "b": "closed"}
