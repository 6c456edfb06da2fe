# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Command API of D3 SOAR: reading the states of incidents, closing incidents in bulk.

This file is private to the collection and may change in any release.

What the API does is told by the pages of the D3 API documentation that the docstrings name.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._closure import State
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import Call

STATE_LOOKUPS = ("auto", "require", "skip")
STATUS_CLOSED = "Closed"
FAILURE = ("failed", "fail", "failure", "error", "unsuccessful")
SUCCESS = ("successful", "succeed", "succeeded", "success")
PAGE_SIZE = 1000  # the largest ("Pagination Implementation"), and no smaller than a batch: one page holds it
EVER = {"Start Time": "2000-01-01 00:00:00", "End Time": "2099-12-31 23:59:59"}  # required: when it was created

# Two versions of one command: the page names the first, D3's own connector for Azure Sentinel uses the second.
LOOKUP_COMMANDS = ("GetIncidents", "GetIncidentsWithNewParameters")
CLOSE_COMMAND = "CloseIncidentInBulk"
CLOSE_PLACES = ("contextData", "returnData", "rawData")
PLACES = ("rawData", "contextData", "returnData")
# The keys of a row, without spaces, underscores, and case: the commands of D3 spell them in several ways.
NUMBER_KEYS = ("irnumber", "incidentnumber", "incidentno", "casenumber")
REASON_KEYS = ("message", "error", "errormessage", "reason")

HINTS = {
    404: "check url: it is the address of the site, such as https://soar.example.com/MainApp/VSOC",
    429: "the limit of calls is used up: lower rate_limit, or run fewer jobs at a time",
}
KEY_HINTS = (
    "check {option}: a key opens one command on one site, only for the user who created it unless it is shared, "
    "and role-based access to {command} applies"
)
TOKEN_HINTS = (
    "check {option}: it opens one command on one site, its payload must contain username and site exactly, "
    "and role-based access to {command} applies"
)
LOOKUP_404_HINTS = "set lookup_command to the command that reads incidents on this site, or check url"


def credential(header: str, secret: str):
    """Return what puts a key or a token on a request ("Introduction to D3 Command API")."""

    def sign(request):
        request.headers[header] = secret
        return request

    return sign


class D3:
    """Reads and closes incidents, a batch in one call, one batch after the other.

    :param http: an HttpClient.
    :param url: the address of the site, without C(/api).
    :param username: the account that runs the commands.
    :param site: its site.
    :param auth: a credential for C(CloseIncidentInBulk).
    :param auth_option: the option that holds it, for messages.
    :param lookup_auth: a credential for the command that reads incidents.
    :param lookup_option: the option that holds it or should hold it, for messages.
    :param lookup_command: the command that reads incidents; by default the first of LOOKUP_COMMANDS that exists.
    :param parameters: of C(CloseIncidentInBulk), beside the incident numbers.
    :param state_lookup: one of STATE_LOOKUPS.
    :param batch_size: incidents in one call, 1 to 1000.
    :param warn: called with what the user should know although nothing failed.
    """

    closed_status = STATUS_CLOSED

    def __init__(self, http, *, url, username, site, auth, lookup_auth, parameters, auth_option="api_key",
                 lookup_option="lookup_api_key", lookup_command=None, state_lookup="auto", batch_size=100,
                 warn=lambda text: None):  # fmt: skip
        self.http = http
        self.url = url + "/api/Command/"
        self._username = username
        self._site = site
        self._auth = auth
        self._auth_option = auth_option
        self._lookup_auth = lookup_auth
        self._lookup_option = lookup_option
        self._lookup_commands = [lookup_command] if lookup_command else list(LOOKUP_COMMANDS)
        self._parameters = parameters
        self._lookup = state_lookup
        self._batch_size = batch_size
        self._warn = warn

    def read_states(self, ids, again=False, also=()):
        """Yield (id, State, None or ClientError) for each id, and for those of C(also) that fit into the last batch.

        With C(state_lookup=auto), None stands for each where states are not to be had: the key does not open the
        command, or its answer names none of the incidents.

        :raises ClientError: nothing can be read at all.
        """
        if self._lookup == "skip":
            yield from ((incident, None) for incident in ids)
            return
        answers, named, obstacle = {}, False, "its answer names none of the incidents"
        for batch in self._batches(ids):
            room = self._batch_size - len(batch)
            extra = list(also[:room]) if batch[-1] == ids[-1] else []
            try:
                states = self._read([*batch, *extra])
            except ClientError as error:
                if self._lookup == "auto" and _not_to_be_had(error) and not again and not named:
                    answers, obstacle = {}, str(error)
                    break
                if error.fatal:
                    raise
                answers.update((incident, error) for incident in batch)
            else:
                yield from ((incident, states.get(incident)) for incident in extra)
                named = named or any(incident in states for incident in batch)
                answers.update((incident, states.get(incident)) for incident in batch)
        if self._lookup == "auto" and not again and not any(answers.values()):
            repeated = (
                "; incidents that are closed already get the conclusion again"
                if "Conclusion" in self._parameters
                else ""
            )
            self._warn(
                f"The states of the incidents were not read ({obstacle}); the close command alone decides{repeated}."
            )
            self._lookup = "skip"
            yield from ((incident, None) for incident in ids)
            return
        for incident, answer in answers.items():
            yield incident, answer or self._unnamed(incident)

    def close(self, ids):
        """Yield (id, row or ClientError) for each id; stop after a fatal error."""
        for batch in self._batches(ids):
            try:
                answers = self._close(batch)
            except ClientError as error:
                error.fatal = error.fatal or error.status == 404  # there is no such command at this address
                yield from ((incident, error) for incident in batch)
                if error.fatal:
                    return
            else:
                yield from answers

    @staticmethod
    def _unnamed(incident: str, error: str = "") -> RejectedError:
        said = f" ({error})" if error else ""
        return RejectedError(
            f"D3 does not name incident {incident}{said}: check its number, the site, and that username may see it"
        )

    def _batches(self, ids):
        for start in range(0, len(ids), self._batch_size):
            yield ids[start : start + self._batch_size]

    def _command(self, name: str, auth, safe: bool, what: str, parameters: dict, hints: dict) -> dict:
        """Run a command and return its answer, a JSON object ("Introduction to D3 Command API")."""
        body = {"Username": self._username, "Site": self._site, "CommandParams": parameters}
        call = Call.of_json("POST", self.url + name, what, safe, lambda data: isinstance(data, dict), body, auth)
        answer = self.http.request(call._replace(hints=hints))
        if answer.status == 202:
            raise StillPendingError(f"{what}: {self.http.product}: HTTP 202, which is no answer of a command")
        return answer.data

    def _look_up(self, what: str, parameters: dict) -> dict:
        """Run the command that reads incidents, under the name that the site has for it."""
        while True:
            command, *others = self._lookup_commands
            hints = {**HINTS, **_access_hints(self._lookup_option, command), 404: LOOKUP_404_HINTS}
            try:
                return self._command(command, self._lookup_auth, True, what, parameters, hints)
            except RejectedError as error:
                if error.status != 404 or not others:
                    raise
                self._lookup_commands = others
            except OutcomeUnknownError as error:
                if error.persistent:  # a page in place of the API: no other reading can work either
                    raise NotExecutedError(str(error), fatal=True, status=error.status) from None
                raise

    def _read(self, batch) -> dict[str, State | ClientError]:
        """Return the states of those incidents of a batch that the answer names ("Get Incidents").

        :raises ClientError: it names none of them, and contains an error.
        """
        what = f"reading the states of {_some(batch)}"
        parameters = {
            "Filter": [[{"field": "IR Number", "operator": "=", "value": incident}] for incident in batch],
            "Static Fields": ["IR Number", "Status"],
            **EVER,
            "Output Format": 2,
            "Page Size": PAGE_SIZE,
        }
        states: dict[str, State] = {}
        for page in range(len(batch)):  # one page, unless the site gives smaller ones
            data = self._look_up(what, {**parameters, "Page Index": page})
            known = len(states)
            for row in (row for place in PLACES for row in _rows(data.get(place))):
                status = _field(row, "status")
                if (
                    isinstance(status, str)
                    and status.strip()
                    and (_number(row) not in states or states[_number(row)].closed)
                ):
                    states[_number(row)] = State(status, status.strip().casefold() == "closed", row)
            if len(states) == known or page + 1 >= _total_pages(data) or states.keys() >= set(batch):
                break
        named: dict[str, State | ClientError] = {incident: states[incident] for incident in batch if incident in states}
        error = self._error_of(data)
        if not error:
            return named
        if not named:
            raise RejectedError(f"{what}: {self.http.product}: {error}")
        return {incident: named.get(incident) or self._unnamed(incident, error) for incident in batch}

    def _close(self, batch) -> list[tuple[str, Any]]:
        """Close a batch and return (id, row or ClientError) for each ("Close Incidents in Bulk")."""
        what = f"closing {_some(batch)}"
        data = self._command(
            CLOSE_COMMAND,
            self._auth,
            False,
            what,
            {"Incident Numbers": batch, **self._parameters},
            {**HINTS, **_access_hints(self._auth_option, CLOSE_COMMAND)},
        )
        rows: dict[str, list[dict]] = {}
        for row in next(filter(None, (_rows(data.get(place)) for place in CLOSE_PLACES)), []):
            rows.setdefault(_number(row), []).append(row)
        error = self._error_of(data)
        if error and not rows:
            no = RejectedError(f"{what}: {self.http.product}: {error}")
            return [(incident, no) for incident in batch]
        return [(incident, self._outcome(incident, rows.get(incident, []), error)) for incident in batch]

    def _outcome(self, incident: str, rows: list[dict], error: str):
        """Return the row of a closing that succeeded, or the ClientError that its rows amount to.

        How a row tells a failure is not documented: only a success word beside the status Closed, or beside a close
        date where the row has no status (as the rows of the command that closes a single incident), is a success.
        """
        what = f"closing incident {incident}: {self.http.product}"
        if not rows:
            return OutcomeUnknownError(f"{what}: the answer does not name it" + (f" ({error})" if error else ""))
        for row in rows:
            result, status = self._told(row, "result"), self._told(row, "status")
            dated = _field(row, "status") is None and self._told(row, "closedate")
            if result.casefold() in SUCCESS and (status.casefold() == "closed" or dated):
                continue
            if not result or result.casefold() in SUCCESS:
                return OutcomeUnknownError(
                    f'{what}: the answer says neither yes nor no (Result "{result}", Status "{status}")'
                )
            reason = self._told(row, *REASON_KEYS)
            return RejectedError(f'{what}: Result "{result}", Status "{status}"' + (f": {reason}" if reason else ""))
        return rows[-1]

    def _error_of(self, data: dict) -> str:
        """Return D3's own words for an error in an answer with the status 200, or an empty string."""
        wrappers = [wrapper for place in PLACES for wrapper in _objects(data.get(place)) if not _number(wrapper)]
        failed = [item for item in wrappers if str(_field(item, "status")).casefold() in FAILURE]
        return next(filter(None, (self._told(data, "error"), *(self._told(item, *REASON_KEYS) for item in failed))), "")

    def _told(self, row: dict, *keys: str) -> str:
        return self.http.secrets.tell(_field(row, *keys))


def _access_hints(option: str, command: str) -> dict[int, str]:
    """Return what to change when a command is not open to a key or a token ("JSON Web Token Authentication").

    :param option: the option that holds it.
    :param command: the command.
    """
    hint = TOKEN_HINTS if option.endswith("jwt") else KEY_HINTS
    return dict.fromkeys((401, 403), hint.format(option=option, command=command))


def _not_to_be_had(error: ClientError) -> bool:
    """Tell whether the key does not open the command, or the command said no ("HTTP Status Codes": a 200 that holds an error)."""
    return error.status in (401, 403, 404) or isinstance(error, RejectedError) and error.status is None


def _some(batch) -> str:
    return f"incident {batch[0]}" if len(batch) == 1 else f"{len(batch)} incidents from {batch[0]} to {batch[-1]}"


def _objects(value, depth: int = 0) -> list[dict]:
    """Return the objects in part of an answer: it may be one, a list of them, or either as a string."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or depth > 1:
        return []
    return [found for item in value for found in _objects(item, depth + 1)]


def _rows(value) -> list[dict]:
    """Return the incidents in part of an answer: objects with a number, alone or in an object under ``incidents`` or ``Data``."""
    rows = []
    for item in _objects(value):
        if _number(item):
            rows.append(item)
        else:
            rows += [row for key in ("incidents", "data") for row in _objects(_field(item, key)) if _number(row)]
    return rows


def _field(row: dict, *keys: str):
    """Return the value of the first of these keys that a row has a value for, whichever way it spells them.

    :param keys: without spaces, underscores, and upper case.
    """
    spelled: dict[str, Any] = {}
    for key, value in row.items():
        if value not in (None, ""):
            spelled.setdefault(re.sub(r"[\s_]", "", key).lower(), value)
    return next((spelled[key] for key in keys if key in spelled), None)


def _number(row: dict) -> str:
    number = _field(row, *NUMBER_KEYS)
    return str(number).strip() if isinstance(number, (str, int)) and not isinstance(number, bool) else ""


def _total_pages(data: dict) -> int:
    """Return how many pages an answer says there are (D3's connector for Azure Sentinel: ``outputData.TotalPages``)."""
    pages = [_field(item, "totalpages") for item in _objects(data.get("outputData"))]
    return next((int(page) for page in pages if re.fullmatch("[0-9]{1,9}", str(page))), 1)
