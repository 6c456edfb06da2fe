# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What closing incidents means: read, plan, (check mode ends here) close, verify, report.

This file is private to the collection and may change in any release.

It knows incidents and outcomes, and nothing of HTTP, D3 or ESET. A client brings these:

C(read_states(ids, again=False, also=())) yields (id, answer) for each id, in any order, and for those ids of
C(also) of which it learns without a further request. The answer is a State, or None where
states are not to be had and the closing has to do without, or a ClientError. With C(again) it is asked after a
closing, and None means that nobody can tell. A fatal ClientError is raised.

C(close(ids)) sends the closings and yields (id, answer): the details of a success (maybe none), or a ClientError. After a fatal
one it stops; the ids that it did not name were not attempted.

C(closed_status) is the product's own word for closed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    StillPendingError,
)

OUTCOMES = {
    "closed": "closed",
    "already_closed": "already closed",
    "would_close": "would be closed",
    "failed": "failed",
    "unknown": "unknown",
}


class State(NamedTuple):
    """An incident as the product tells it: its status in the product's word, whether that is closed, and its own row."""

    status: str
    closed: bool
    details: dict[str, Any]


def close_incidents(
    client,
    ids: list[str],
    *,
    check_mode: bool,
    retries: int,
    back_off,
    held_back: list[str] | None = None,
    lock=lambda: None,
) -> dict[str, Any]:
    """Close what is open, each at most once, and account for every id.

    :param client: see above.
    :param ids: the incidents, each once.
    :param held_back: other incidents, whose states are read in the same requests and which are not closed.
    :param check_mode: read and plan only.
    :param retries: further tries of a closing that is known, by a fresh look, not to have been carried out.
    :param back_off: called with the number of the try, to wait before looking at the state again.
    :param lock: called before the states are read, unless in check mode; afterwards no other task closes the incidents.
    :returns: C(changed), C(failed), C(msg), C(incidents), C(summary), C(diff), C(gave_up) and, if there are any,
        C(held_back), as the modules return them.
    """
    rows = {
        incident: {
            "id": incident,
            "outcome": None,
            "status_before": None,
            "status_after": None,
            "message": "",
            "details": {},
        }
        for incident in ids
    }
    stopped_by = None
    states: dict[str, Any] = {}  # what is known of the incidents that are held back
    try:
        if not check_mode:
            lock()
        _read(client, rows, held_back or [], states)
    except ClientError as error:
        stopped_by = error
    else:
        to_close = [incident for incident, row in rows.items() if row["outcome"] is None]
        if check_mode:
            for incident in to_close:
                rows[incident].update(outcome="would_close", status_after=client.closed_status)
        else:
            stopped_by = _close(client, rows, to_close, retries, back_off)
    for row in rows.values():
        if row["outcome"] is None:
            row.update(outcome="failed", message=stopped_by.untried if stopped_by else "the client did not name it")
    report = _report(list(rows.values()), stopped_by)
    if held_back:
        _read_rest(client, [incident for incident in held_back if incident not in states], states)
        report["held_back"] = [
            {"id": incident, "status": states[incident].status, "closed": states[incident].closed}
            for incident in held_back
            if isinstance(states.get(incident), State)
        ]
    return report


def _read(client, rows, held_back: list[str], states: dict[str, Any]) -> None:
    for incident, answer in client.read_states(list(rows), also=held_back):
        row = rows.get(incident)
        if row is None:
            states[incident] = answer
            continue
        if isinstance(answer, ClientError):
            row.update(outcome="failed", message=str(answer))
        elif answer is not None:
            row.update(status_before=answer.status, status_after=answer.status, details=answer.details)
            if answer.closed:
                row.update(outcome="already_closed")


def _read_rest(client, ids: list[str], states: dict[str, Any]) -> None:
    """Read incidents that are not to be closed, after the others are closed: an error here must not keep those open."""
    try:
        for incident, answer in client.read_states(ids, again=True) if ids else ():
            states[incident] = answer
    except ClientError:
        pass


def _close(client, rows, to_close: list[str], retries: int, back_off) -> ClientError | None:
    """Close, look again at whatever is in doubt, and close again what is still open. Return what stopped it, if anything."""
    tries = 0
    # A closing of these may have been carried out, or may be yet, whatever became of a later one.
    unanswered: set[str] = set()
    while to_close:
        doubts, stopped_by = {}, None
        for incident, answer in client.close(to_close):
            if not isinstance(answer, ClientError):
                rows[incident].update(outcome="closed", status_after=client.closed_status)
                rows[incident]["details"] = answer or rows[incident]["details"]
                continue
            if answer.fatal:
                stopped_by = answer
            if isinstance(answer, OutcomeUnknownError):
                unanswered.add(incident)
            if incident in unanswered or not (answer.fatal or isinstance(answer, NotExecutedError)):
                doubts[incident] = answer
            else:
                rows[incident].update(outcome="failed", message=str(answer))
        if stopped_by:
            left = unanswered.intersection(to_close).difference(doubts)
            doubts.update((incident, stopped_by) for incident in left if rows[incident]["outcome"] is None)
        to_close = _verify(client, rows, doubts, unanswered, 0 if stopped_by else retries, tries, back_off)
        if stopped_by:
            return stopped_by
        tries += 1
    return None


def _verify(client, rows, doubts: dict[str, ClientError], unanswered: set[str], retries, tries, back_off) -> list[str]:
    """Settle each doubt by a fresh look at the state. Return what is surely open and may be closed again."""
    again = []
    unsettled = dict(doubts)
    unread = {}
    try:
        if unanswered.intersection(doubts):
            back_off(tries)  # the server may still be at work on it
        for incident, state in client.read_states(list(doubts), again=True) if doubts else ():
            if state is None or isinstance(state, ClientError):
                unread[incident] = state
                continue
            error = doubts[incident]
            if isinstance(error, StillPendingError) and not state.closed:
                continue
            del unsettled[incident]
            rows[incident].update(status_after=state.status, details=state.details)
            if state.closed:  # after a plain no it was somebody else who closed it
                rows[incident].update(outcome="closed" if incident in unanswered else "already_closed")
            elif isinstance(error, OutcomeUnknownError) and error.allows_retry(tries, retries):
                again.append(incident)
            else:
                still = (
                    f"still {state.status} after {tries + 1} tries; " if isinstance(error, OutcomeUnknownError) else ""
                )
                rows[incident].update(outcome="failed", message=still + str(error))
    except ClientError as error:
        unread = dict.fromkeys(unsettled, error)
    for incident, error in unsettled.items():
        outcome = "unknown" if incident in unanswered else "failed"
        why = f"; afterwards {unread[incident]}" if unread.get(incident) else ""
        rows[incident].update(outcome=outcome, status_after=None, message=f"{error}{why}")
    return again


def _report(rows: list[dict[str, Any]], stopped_by: ClientError | None) -> dict[str, Any]:
    count = Counter(row["outcome"] for row in rows)
    changes = [row for row in rows if row["outcome"] in ("closed", "would_close")]
    failures = [row for row in rows if row["outcome"] in ("failed", "unknown")]
    msg = ", ".join(f"{count[outcome]} {words}" for outcome, words in OUTCOMES.items() if count[outcome])
    if stopped_by:
        msg += f": {stopped_by}"
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
        "gave_up": stopped_by is not None and not isinstance(stopped_by, DeadlineReachedError),
    }
