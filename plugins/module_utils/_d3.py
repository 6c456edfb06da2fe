# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the Command API of D3 SOAR, which reads incidents and closes them in bulk.

This file is private to the collection and may change in any release.

The docstrings name the pages of the D3 API documentation that describe the API.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.secops.incident_closure.plugins.module_utils._d3_response import Response, Row, is_closed
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import RejectedError, StillPendingError
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call, Credential
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import State

PAGE_SIZE = 1000  # the maximum ("Pagination Implementation"), so that one page contains a batch
EVER = {"Start Time": "2000-01-01 00:00:00", "End Time": "2099-12-31 23:59:59"}  # required: the time of creation

# Two versions of one command. The documentation names the first, and D3's connector for Azure Sentinel uses the second.
LOOKUP_COMMANDS = ("GetIncidents", "GetIncidentsWithNewParameters")
CLOSE_COMMAND = "CloseIncidentInBulk"

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
LOOKUP_HINT = "check username and site, and filter and the names of fields if you give them"
LOOKUP_HINTS = {
    400: LOOKUP_HINT,
    404: "set lookup_command to the command that reads incidents on this site, or check url",
}


class CommandKey(NamedTuple):
    """A key or token that opens a command.

    :ivar option: the option that contains it or should contain it, for messages.
    """

    credential: Credential
    option: str

    def hints(self, command: str) -> dict[int, str]:
        """Return the hints if it does not open a command ("JSON Web Token Authentication")."""
        hint = TOKEN_HINTS if self.option.endswith("jwt") else KEY_HINTS
        return {**HINTS, **dict.fromkeys((401, 403), hint.format(option=self.option, command=command))}


class D3:
    """The commands of one site.

    :param http: the client that makes the requests.
    :param url: the address of the site, without ``/api``.
    :param username: the account that runs the commands.
    :param site: its site.
    :param lookup_key: the key of the command that reads incidents.
    :param lookup_command: the command that reads incidents; by default the first of LOOKUP_COMMANDS that exists.
    :ivar url: the address of the commands.
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        url: str,
        username: str,
        site: str,
        lookup_key: CommandKey,
        lookup_command: str | None = None,
    ) -> None:
        self.http = http
        self.url = url + "/api/Command/"
        self._username = username
        self._site = site
        self._lookup_key = lookup_key
        self._lookup_commands = [lookup_command] if lookup_command else list(LOOKUP_COMMANDS)

    def read_pages(self, parameters: Mapping[str, Any], what: str, *, to_the_end: bool = False) -> Iterator[Response]:
        """Yield the responses with the incidents that a filter selects, page by page ("Get Incidents").

        :param parameters: of the command; by default incidents of any time.
        :param what: the request in words, for messages.
        :param to_the_end: continue after a response without a number of pages, until the caller stops.
        :raises ClientError: a page cannot be read.
        """
        parameters = {**EVER, **parameters, "Output Format": 2, "Page Size": PAGE_SIZE}
        page = 0
        while True:
            response = self._look_up(what, {**parameters, "Page Index": page})
            yield response
            page += 1
            if page >= (response.count_pages() or (math.inf if to_the_end else 1)):
                return

    def close(self, key: CommandKey, numbers: Sequence[str], parameters: Mapping[str, Any], what: str) -> Response:
        """Close incidents and return the response ("Close Incidents in Bulk").

        :param key: the key of the command.
        :param parameters: of the command, beside the incident numbers.
        :param what: the request in words, for messages.
        :raises ClientError: they are not closed, or may not be. A 404 is fatal, because the command does not exist.
        """
        command = self._call(CLOSE_COMMAND, key, {"Incident Numbers": numbers, **parameters}, what, safe=False)
        return self._run(command._replace(fatal=(404,)))

    def find_error(self, response: Response) -> str:
        """Return D3's own words for an error in a response, or an empty string."""
        return next(filter(None, map(self.http.secrets.show, response.find_errors())), "")

    def _call(self, command: str, key: CommandKey, parameters: Mapping[str, Any], what: str, *, safe: bool) -> Call:
        """Return the call that runs a command ("Introduction to D3 Command API")."""
        body = {"Username": self._username, "Site": self._site, "CommandParams": parameters}
        return Call(
            "POST",
            self.url + command,
            what,
            safe=safe,
            accepts=lambda data: isinstance(data, dict),
            credential=key.credential,
            hints=key.hints(command),
        ).with_json(body)

    def _run(self, call: Call) -> Response:
        """Run a command and return its response."""
        answer = self.http.request_or_stop(call) if call.safe else self.http.request(call)
        if answer.status == 202:
            raise StillPendingError(self.http.describe(call.what, "HTTP 202, which is not a response of a D3 command"))
        return Response(answer.data)

    def _look_up(self, what: str, parameters: Mapping[str, Any]) -> Response:
        """Run the command that reads incidents, under the name that the site has for it."""
        while True:
            command, *others = self._lookup_commands
            call = self._call(command, self._lookup_key, parameters, what, safe=True)
            try:
                return self._run(call._replace(hints={**self._lookup_key.hints(command), **LOOKUP_HINTS}))
            except RejectedError as error:
                if error.status != 404 or not others:
                    raise
                self._lookup_commands = others


def name_incidents(numbers: Sequence[str]) -> list[list[dict[str, str]]]:
    """Return the filter that selects particular incidents ("Get Incidents")."""
    return [[{"field": "IR Number", "operator": "=", "value": number}] for number in numbers]


def explain_missing(incident: str, error: str = "") -> RejectedError:
    """Return the reason for which the state of an incident is not known although D3 responded.

    :param error: D3's own words, or an empty string.
    """
    said = f" ({error})" if error else ""
    return RejectedError(
        f"D3 does not name incident {incident}{said}: check its number, the site, and that username may see it",
        reason="not_found",
    )


def name_some(batch: Sequence[str]) -> str:
    """Return a batch in words, for messages."""
    return f"incident {batch[0]}" if len(batch) == 1 else f"{len(batch)} incidents from {batch[0]} to {batch[-1]}"


def make_state(row: Row) -> State:
    """Return the state of an incident, for closing and reading. Its status is empty if the row has none."""
    title, severity = row.read("title"), row.read("severity")
    return State(row.status, is_closed(row.status), row.details, title=str(title or ""), severity=str(severity or ""))
