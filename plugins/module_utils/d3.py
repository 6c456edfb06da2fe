# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Command API of D3 SOAR: reading the states of incidents, closing incidents in bulk.

What the API does is told by the pages of the D3 API documentation that the docstrings name.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils.closure import State
from ansible_collections.secops.incident_closure.plugins.module_utils.http_client import (
    Ambiguous,
    Answered,
    Call,
    ClientError,
    Pending,
)

STATE_LOOKUPS = ("auto", "require", "skip")
STATUS_CLOSED = "Closed"
SUCCESS = ("successful", "succeed", "succeeded", "success")
PAGE_SIZE = 1000  # the largest ("Pagination Implementation"), and no smaller than a batch: one page holds it
EVER = {"Start Time": "2000-01-01 00:00:00", "End Time": "2099-12-31 23:59:59"}  # required: when it was created

HINTS = {
    401: "the key does not open this command: a D3 key belongs to one command and one site",
    403: "check that the key and the account may run this command",
    404: "check url: it is the address of the site, such as https://soar.example.com/MainApp/VSOC",
    429: "the limit of calls is used up: lower rate_limit, or run fewer jobs at a time",
}


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
    :param lookup_auth: a credential for C(GetIncidents).
    :param parameters: of C(CloseIncidentInBulk), beside the incident numbers.
    :param state_lookup: one of STATE_LOOKUPS.
    :param batch_size: incidents in one call, 1 to 1000.
    :param warn: called with what the user should know although nothing failed.
    """

    closed_status = STATUS_CLOSED

    def __init__(self, http, *, url, username, site, auth, lookup_auth, parameters, state_lookup="auto",
                 batch_size=100, warn=lambda text: None):  # fmt: skip
        self.http = http
        self._url = url + "/api/Command/"
        self._username = username
        self._site = site
        self._auth = auth
        self._lookup_auth = lookup_auth
        self._parameters = parameters
        self._lookup = state_lookup
        self._batch_size = batch_size
        self._warn = warn

    def read_states(self, ids, again=False):
        """Yield (id, State, None or ClientError) for each id.

        With C(state_lookup=auto), None stands for each where states are not to be had: the key does not open the
        command, or its answer names none of the incidents.

        :raises ClientError: nothing can be read at all.
        """
        if self._lookup == "skip":
            yield from ((incident, None) for incident in ids)
            return
        answers, named, obstacle = {}, False, "its answer names none of the incidents"
        for batch in self._batches(ids):
            try:
                states = self._read(batch)
            except ClientError as error:
                if self._lookup == "auto" and _not_to_be_had(error) and not again and not named:
                    answers, obstacle = {}, str(error)
                    break
                if error.fatal:
                    raise
                answers.update((incident, error) for incident in batch)
            else:
                named = named or bool(states)
                answers.update((incident, states.get(incident)) for incident in batch)
        if self._lookup == "auto" and not again and not any(answers.values()):
            self._warn(f"The states of the incidents were not read ({obstacle}); the close command alone decides.")
            self._lookup = "skip"
            yield from ((incident, None) for incident in ids)
            return
        for incident, answer in answers.items():
            yield (
                incident,
                answer
                or Answered(
                    f"D3 does not name incident {incident}: check its number, the site, and that username may see it"
                ),
            )

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

    def _batches(self, ids):
        for start in range(0, len(ids), self._batch_size):
            yield ids[start : start + self._batch_size]

    def _command(self, name: str, auth, safe: bool, what: str, parameters: dict) -> dict:
        """Run a command and return its answer, a JSON object ("Introduction to D3 Command API")."""
        body = {"Username": self._username, "Site": self._site, "CommandParams": parameters}
        call = Call.of_json("POST", self._url + name, what, safe, lambda data: isinstance(data, dict), body, auth)
        answer = self.http.request(call)
        if answer.status == 202:
            raise Pending(f"{what}: {self.http.product}: HTTP 202, which is no answer of a command")
        return answer.data

    def _read(self, batch) -> dict[str, State]:
        """Return the states of those incidents of a batch that the answer names ("Get Incidents")."""
        what = f"reading the states of {_some(batch)}"
        data = self._command(
            "GetIncidents",
            self._lookup_auth,
            True,
            what,
            {
                "Filter": [[{"field": "IR Number", "operator": "=", "value": incident}] for incident in batch],
                "Static Fields": ["IR Number", "Status"],
                **EVER,
                "Output Format": 2,
                "Page Index": 0,
                "Page Size": PAGE_SIZE,
            },
        )
        states = {}
        for place in ("rawData", "contextData", "returnData"):
            for row in _rows(data.get(place)):
                status = row.get("Status")
                if isinstance(status, str) and status.strip():
                    states[_number(row)] = State(status, status.strip().casefold() == "closed", row)
        error = self._told(data, "error")
        if error and not states:
            raise Answered(f"{what}: {self.http.product}: {error}")
        return {incident: states[incident] for incident in batch if incident in states}

    def _close(self, batch) -> list[tuple[str, Any]]:
        """Close a batch and return (id, row or ClientError) for each ("Close Incidents in Bulk")."""
        what = f"closing {_some(batch)}"
        data = self._command(
            "CloseIncidentInBulk", self._auth, False, what, {"Incident Numbers": batch, **self._parameters}
        )
        rows: dict[str, list[dict]] = {}
        for row in _rows(data.get("contextData")):
            rows.setdefault(_number(row), []).append(row)
        error = self._told(data, "error")
        if error and not rows:
            no = Answered(f"{what}: {self.http.product}: {error}")
            return [(incident, no) for incident in batch]
        return [(incident, self._outcome(incident, rows.get(incident, []), error)) for incident in batch]

    def _outcome(self, incident: str, rows: list[dict], error: str):
        """Return the row of a closing that succeeded, or the ClientError that its rows amount to.

        How a row tells a failure is not documented: only a success word beside the status Closed is a success.
        """
        what = f"closing incident {incident}: {self.http.product}"
        if not rows:
            return Ambiguous(f"{what}: the answer does not name it" + (f" ({error})" if error else ""))
        for row in rows:
            result, status = self._told(row, "Result"), self._told(row, "Status")
            if result.casefold() in SUCCESS and status.casefold() == "closed":
                continue
            if not result or result.casefold() in SUCCESS:
                return Ambiguous(f'{what}: the answer says neither yes nor no (Result "{result}", Status "{status}")')
            reason = next(
                (text for text in (self._told(row, key) for key in ("Message", "Error", "Reason")) if text), ""
            )
            return Answered(f'{what}: Result "{result}", Status "{status}"' + (f": {reason}" if reason else ""))
        return rows[-1]

    def _told(self, row: dict, key: str) -> str:
        return self.http.secrets.tell(row.get(key))


def _not_to_be_had(error: ClientError) -> bool:
    """Tell whether the key does not open the command, or the command said no ("HTTP Status Codes": a 200 that holds an error)."""
    return error.status in (401, 403, 404) or isinstance(error, Answered) and error.status is None


def _some(batch) -> str:
    return f"incident {batch[0]}" if len(batch) == 1 else f"{len(batch)} incidents from {batch[0]} to {batch[-1]}"


def _rows(value) -> list[dict]:
    """Return the rows in part of an answer. The pages type them as strings and show objects, alone, in a list, or under incidents."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    if isinstance(value, dict):
        return _rows(value["incidents"]) if "incidents" in value else [value]
    if not isinstance(value, list):
        return []
    return [
        row for item in value for row in (_rows(item) if isinstance(item, str) else [item]) if isinstance(row, dict)
    ]


def _number(row: dict) -> str:
    return str(row.get("IR Number", row.get("Incident Number", ""))).strip()
