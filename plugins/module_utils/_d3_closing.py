# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Close incidents of D3 SOAR in batches. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import (
    D3,
    CommandKey,
    explain_missing,
    make_state,
    name_incidents,
    name_some,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._d3_response import REASON_KEYS, Row, is_closed
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import (
    CloseAnswer,
    Closed,
    NotRead,
    State,
    StateAnswer,
)

STATE_LOOKUPS = ("auto", "require", "skip")
STATUS_CLOSED = "Closed"
SUCCESS = ("successful", "succeed", "succeeded", "success")
CLOSE_PLACES = ("contextData", "returnData", "rawData")


class D3Closing:
    """Closes incidents of D3, a batch in one request, one batch after the other.

    :param api: the commands.
    :param key: the key of the close command.
    :param parameters: of the close command, beside the incident numbers.
    :param state_lookup: one of STATE_LOOKUPS.
    :param batch_size: incidents in one request, 1 to 1000.
    :param warn: called with warnings for the user.
    """

    closed_status = STATUS_CLOSED

    def __init__(
        self,
        api: D3,
        key: CommandKey,
        parameters: Mapping[str, Any],
        *,
        warn: Callable[[str], None],
        state_lookup: str = "auto",
        batch_size: int = 100,
    ) -> None:
        self.policy = api.http.policy
        self.url = api.url
        self._api = api
        self._key = key
        self._parameters = parameters
        self._lookup = state_lookup
        self._batch_size = batch_size
        self._warn = warn

    def read_states(self, ids: Sequence[str], also: Sequence[str] = ()) -> Iterator[tuple[str, StateAnswer]]:
        """Yield (id, answer) for each id, and for those of ``also`` that fit into the last batch.

        With ``state_lookup=auto``, NotRead is the answer for each if the key does not open the command, or if its
        response names none of the incidents.

        :raises ClientError: no incident can be read.
        """
        answers: dict[str, State | ClientError] = {}
        obstacle = "D3 does not name them: check the numbers, the site, and that username may see them"
        named = False
        for batch in self._split(ids) if self._lookup != "skip" else ():
            room = self._batch_size - len(batch)  # only the last batch has any
            try:
                states = self._read([*batch, *also[:room]])
            except ClientError as error:
                if self._lookup == "auto" and _is_unavailable(error) and not named:
                    answers, obstacle = {}, str(error)
                    break
                if error.fatal:
                    raise
                answers.update(dict.fromkeys(batch, error))
            else:
                yield from [(other, states.pop(other, explain_missing(other))) for other in also[:room]]
                named = named or bool(states)
                answers.update(states)
        if self._lookup == "auto" and not answers:
            self._stop_reading(ids, obstacle)
        if self._lookup == "skip":
            yield from ((incident, NotRead()) for incident in ids)
        else:
            yield from ((incident, answers.get(incident) or explain_missing(incident)) for incident in ids)

    def read_again(self, ids: Sequence[str]) -> Iterator[tuple[str, StateAnswer]]:
        """Yield (id, answer) for each id.

        :raises ClientError: no incident can be read.
        """
        if self._lookup == "skip":
            yield from ((incident, NotRead()) for incident in ids)
            return
        for batch in self._split(ids):
            try:
                states = self._read(batch)
            except ClientError as error:
                if error.fatal:
                    raise
                states = dict.fromkeys(batch, error)
            yield from ((incident, states.get(incident) or explain_missing(incident)) for incident in batch)

    def close(self, ids: Sequence[str]) -> Iterator[tuple[str, CloseAnswer]]:
        """Yield (id, answer) for each id; stop after a fatal error."""
        for batch in self._split(ids):
            try:
                yield from self._close(batch)
            except ClientError as error:
                yield from ((incident, error) for incident in batch)
                if error.fatal:
                    return

    def _split(self, ids: Sequence[str]) -> Iterator[Sequence[str]]:
        for start in range(0, len(ids), self._batch_size):
            yield ids[start : start + self._batch_size]

    def _stop_reading(self, ids: Sequence[str], obstacle: str) -> None:
        repeated = (
            "; incidents that are closed already get the conclusion again" if "Conclusion" in self._parameters else ""
        )
        self._warn(
            f"The states of {name_some(ids)} were not read ({obstacle}); "
            f"only the response to the close request decides{repeated}."
        )
        self._lookup = "skip"

    def _read(self, batch: Sequence[str]) -> dict[str, State | ClientError]:
        """Return the states of the incidents of a batch that the response names.

        :raises ClientError: it names none of them, and contains an error.
        """
        what = f"reading the states of {name_some(batch)}"
        parameters = {"Filter": name_incidents(batch), "Static Fields": ["IR Number", "Title", "Status", "Severity"]}
        states: dict[str, State] = {}
        error = ""
        # One page, unless the pages of the site are smaller.
        for dummy, response in zip(batch, self._api.read_pages(parameters, what)):
            error = self._api.find_error(response) or error
            known = len(states)
            for row in response.find_rows():
                if row.status and (row.number not in states or states[row.number].closed):
                    states[row.number] = make_state(row)
            if len(states) == known or states.keys() >= set(batch):
                break
        named: dict[str, State | ClientError] = {incident: states[incident] for incident in batch if incident in states}
        if not error:
            return named
        if not named:
            raise RejectedError(self._api.http.describe(what, error))
        return {incident: named.get(incident) or explain_missing(incident, error) for incident in batch}

    def _close(self, batch: Sequence[str]) -> list[tuple[str, CloseAnswer]]:
        """Close a batch and return an answer for each incident."""
        what = f"closing {name_some(batch)}"
        response = self._api.close(self._key, batch, self._parameters, what)
        rows: dict[str, list[Row]] = {}
        for row in next(filter(None, (response.find_rows([place]) for place in CLOSE_PLACES)), []):
            rows.setdefault(row.number, []).append(row)
        error = self._api.find_error(response)
        if error and not rows:
            refusal = RejectedError(self._api.http.describe(what, error))
            return [(incident, refusal) for incident in batch]
        return [(incident, self._find_outcome(incident, rows.get(incident, []), error)) for incident in batch]

    def _find_outcome(self, incident: str, rows: list[Row], error: str) -> CloseAnswer:
        """Return the outcome that the rows of an incident in the response to a close request show.

        D3 does not document how a row shows a failure. Only a success word with the status Closed is a success, or a
        success word with a close date in a row without a status (like the command that closes a single incident).
        """
        describe = partial(self._api.http.describe, f"closing incident {incident}")
        if not rows:
            said = f" ({error})" if error else ""
            return OutcomeUnknownError(describe(f"the response does not contain it{said}"), reason="unreadable")
        for row in rows:
            word = _fold(row.read("result"))
            dated = row.read("status") is None and _fold(row.read("closedate"))
            if word in SUCCESS and (is_closed(_fold(row.read("status"))) or dated):
                continue
            result, status = self._show(row, "result"), self._show(row, "status")
            if not word or word in SUCCESS:
                return OutcomeUnknownError(
                    describe(
                        f'the response does not say whether the incident is closed (Result "{result}", Status "{status}")'
                    ),
                    reason="unreadable",
                )
            words = self._show(row, *REASON_KEYS)
            return RejectedError(describe(f'Result "{result}", Status "{status}"' + (f": {words}" if words else "")))
        return Closed(rows[-1].details)

    def _show(self, row: Row, *keys: str) -> str:
        return self._api.http.secrets.show(row.read(*keys))


def _fold(value: Any) -> str:
    """Return a string without case, surrounding whitespace, and final period; empty for other values."""
    return value.strip().rstrip(".").casefold() if isinstance(value, str) else ""


def _is_unavailable(error: ClientError) -> bool:
    """Return whether the key does not open the command, or the command failed (200 with an error)."""
    return error.status in (401, 403, 404) or (isinstance(error, RejectedError) and error.status is None)
