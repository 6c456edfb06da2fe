# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Close incidents: read, plan, close (not in check mode), verify, and report.

This file is private to the collection and may change in any release.

It handles incidents and outcomes, and does not depend on HTTP, D3, or ESET. ``_product_client.py`` defines the
interface of a product.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    BrokenContractError,
    ClientError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    Reason,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import (
    CLOSE_ANSWERS,
    STATE_ANSWERS,
    ProductClient,
    State,
    StateAnswer,
    collect_answers,
)

Outcome = Literal["closed", "already_closed", "would_close", "failed", "unknown"]
OUTCOMES: dict[Outcome, str] = {
    "closed": "closed",
    "already_closed": "already closed",
    "would_close": "would be closed",
    "failed": "failed",
    "unknown": "unknown",
}


@dataclasses.dataclass
class Record:
    """One incident.

    :ivar state_before: the state of the first read, or ``None``.
    :ivar state_now: the state of the last read, or the state that the product confirmed; ``None`` if it is not known.
    :ivar details: the last row from the product.
    :ivar outcome: ``None`` while it is undecided.
    :ivar may_have_been_sent: a close request may have taken effect, or may still do so, even if a later one failed.
    :ivar last_error: the error of the last close request, or ``None``.
    """

    id: str
    state_before: State | None = None
    state_now: State | None = None
    details: dict[str, Any] = dataclasses.field(default_factory=dict)
    outcome: Outcome | None = None
    reason: Reason | Literal[""] = ""
    message: str = ""
    may_have_been_sent: bool = False
    last_error: ClientError | None = None

    def see(self, state: State) -> None:
        """Record the state that the product shows or confirms."""
        self.state_now = state
        self.details = state.details or self.details

    def fail(self, reason: Reason, message: str, *, outcome: Literal["failed", "unknown"] = "failed") -> None:
        """Set the outcome to failed, or to unknown if a close request may have taken effect."""
        self.outcome, self.reason, self.message = outcome, reason, message

    def make_row(self) -> dict[str, Any]:
        """Return the incident in the form of the modules' results."""
        return {
            "id": self.id,
            "title": self.state_before.title if self.state_before else "",
            "severity": self.state_before.severity if self.state_before else "",
            "outcome": self.outcome,
            "status_before": self.state_before.status if self.state_before else None,
            "status_after": self.state_now.status if self.state_now else None,
            "reason": self.reason,
            "message": self.message,
            "details": self.details,
        }


class Closure:
    """Closes incidents of one product, each at most once, and reports an outcome for every id.

    :param client: the product.
    :param ids: the incidents, each once.
    :param held_back: other incidents, whose states the same requests read, and which are not closed.
    """

    def __init__(self, client: ProductClient, ids: Sequence[str], held_back: Sequence[str] = ()) -> None:
        self._client = client
        self._policy = client.policy
        self._records = {incident: Record(incident) for incident in ids}
        self._held_back = held_back
        self._others: dict[str, StateAnswer] = {}  # the answers about held-back incidents
        self._stopped_by: ClientError | None = None  # no other request of this task can succeed

    def run(self, *, check_mode: bool, lock: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Close the open incidents, or only find them in check mode.

        :param lock: called before the first read, except in check mode. After it, no other task closes the incidents.
        :returns: ``changed``, ``failed``, ``msg``, ``incidents``, ``summary``, ``diff``, ``gave_up``, ``stopped_by`` and,
            if there are any, ``held_back``, in the form of the modules' results.
        """
        try:
            if not check_mode:
                lock()
        except DeadlineReachedError as error:
            self._stopped_by = error
        else:
            self._read()
        if not self._stopped_by:
            if check_mode:
                self._predict()
            else:
                self._close()
        if self._stopped_by:
            message, reason = self._stopped_by.untried
            for record in self._undecided():
                record.fail(reason, message)
        report = self._report()
        if self._held_back:
            self._read_rest()
            report["held_back"] = self._describe_held_back()
        return report

    def _undecided(self) -> list[Record]:
        return [record for record in self._records.values() if record.outcome is None]

    def _read(self) -> None:
        """Read the states, and decide the outcomes of closed and unreadable incidents."""
        ids = list(self._records)
        answers = self._client.read_states(ids, also=self._held_back)
        collected, self._stopped_by = collect_answers(answers, ids, also=self._held_back, kinds=STATE_ANSWERS)
        for incident, answer in collected.items():
            record = self._records.get(incident)
            if record is None:
                self._others[incident] = answer
            elif isinstance(answer, ClientError):
                record.fail(answer.reason, str(answer))
            elif isinstance(answer, State):
                record.state_before = answer
                record.see(answer)
                if answer.closed:
                    record.outcome = "already_closed"

    def _predict(self) -> None:
        """Decide the outcomes as close requests that succeed would."""
        for record in self._undecided():
            record.outcome = "would_close"
            record.see(State(self._client.closed_status, closed=True, details={}))

    def _read_rest(self) -> None:
        """Read other held-back incidents after the close requests, so that an error does not keep incidents open."""
        ids = [incident for incident in self._held_back if incident not in self._others]
        if ids:
            answers, dummy = collect_answers(self._client.read_again(ids), ids, kinds=STATE_ANSWERS)
            self._others.update(answers)

    def _close(self) -> None:
        """Close incidents, read those with an uncertain outcome again, and close those again that are still open."""
        tries = 0
        to_close = self._undecided()
        while to_close:
            self._send(to_close)
            to_close = self._verify(to_close, tries)
            tries += 1

    def _send(self, records: list[Record]) -> None:
        """Send close requests, and decide the outcomes that their responses make certain."""
        ids = [record.id for record in records]
        answers, self._stopped_by = collect_answers(self._client.close(ids), ids, kinds=CLOSE_ANSWERS)
        for incident, answer in answers.items():
            record = self._records.get(incident)
            if record is None:
                continue  # the error does not concern a single incident
            if isinstance(answer, BrokenContractError):
                record.state_now = None
                record.fail(answer.reason, str(answer), outcome="unknown")
            elif isinstance(answer, ClientError):
                record.last_error = answer
                record.may_have_been_sent |= isinstance(answer, OutcomeUnknownError)
                if not record.may_have_been_sent and (answer.fatal or isinstance(answer, NotExecutedError)):
                    record.fail(answer.reason, str(answer))
            else:
                record.outcome = "closed"
                record.see(State(self._client.closed_status, closed=True, details=answer.details))
        for record in records:
            if self._stopped_by and record.may_have_been_sent and record.id not in answers:
                record.last_error = self._stopped_by

    def _verify(self, records: list[Record], tries: int) -> list[Record]:
        """Read incidents with an uncertain outcome again, and return those that are open and may be closed again."""
        doubts = [(record, record.last_error) for record in records if record.outcome is None and record.last_error]
        ids = [record.id for record, dummy in doubts]
        answers: dict[str, StateAnswer] = {}
        obstacle: ClientError | None = None
        try:
            if any(record.may_have_been_sent for record, dummy in doubts):
                self._policy.wait_before_reading_again(tries)
            if doubts:
                answers, obstacle = collect_answers(self._client.read_again(ids), ids, kinds=STATE_ANSWERS)
        except DeadlineReachedError as deadline:
            obstacle = deadline
        again = []
        for record, error in doubts:
            answer = answers.get(record.id, obstacle)
            # A pending request may still take effect, so an open state does not decide the outcome.
            if isinstance(answer, State) and (answer.closed or not isinstance(error, StillPendingError)):
                if self._settle(record, error, answer, tries):
                    again.append(record)
                continue
            record.state_now = None
            afterwards = f"; afterwards {answer}" if isinstance(answer, ClientError) else ""
            record.fail(
                error.reason, f"{error}{afterwards}", outcome="unknown" if record.may_have_been_sent else "failed"
            )
        return again

    def _settle(self, record: Record, error: ClientError, state: State, tries: int) -> bool:
        """Decide the outcome by the state after a close request, and return whether it may be closed again."""
        record.see(state)
        if state.closed:  # somebody else closed it if the product rejected every request
            record.outcome = "closed" if record.may_have_been_sent else "already_closed"
        elif not isinstance(error, OutcomeUnknownError):
            record.fail(error.reason, str(error))
        elif self._stopped_by or not self._policy.allows(error, tries, safe=True):
            record.fail("still_open", f"still {state.status} after {tries + 1} tries; {error}")
        else:
            return True
        return False

    def _describe_held_back(self) -> list[dict[str, Any]]:
        """Return the held-back incidents whose states are known."""
        states = [(incident, self._others.get(incident)) for incident in self._held_back]
        return [
            {
                "id": incident,
                "title": state.title,
                "severity": state.severity,
                "status": state.status,
                "closed": state.closed,
            }
            for incident, state in states
            if isinstance(state, State)
        ]

    def _report(self) -> dict[str, Any]:
        rows = [record.make_row() for record in self._records.values()]
        count = Counter(row["outcome"] for row in rows)
        changes = [row for row in rows if row["outcome"] in ("closed", "would_close")]
        failures = [row for row in rows if row["outcome"] in ("failed", "unknown")]
        msg = ", ".join(f"{count[outcome]} {words}" for outcome, words in OUTCOMES.items() if count[outcome])
        if self._stopped_by:
            msg += f": {self._stopped_by}"
        elif failures:
            more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
            msg += f": {failures[0]['message']}{more}"
        return {
            "changed": bool(changes),
            "failed": bool(failures),
            "msg": msg,
            "incidents": rows,
            "summary": {"requested": len(rows), **{outcome: count[outcome] for outcome in OUTCOMES}},
            "diff": {
                "before": {row["id"]: row["status_before"] for row in changes},
                "after": {row["id"]: row["status_after"] for row in changes},
            },
            "gave_up": self._stopped_by is not None and not isinstance(self._stopped_by, DeadlineReachedError),
            "stopped_by": str(self._stopped_by or ""),
        }
