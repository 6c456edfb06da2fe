# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the incidents of ESET Connect, which reads one, lists many, and closes one.

This file is private to the collection and may change in any release.

The docstrings name the pages of the ESET Connect help that describe the API.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError, Reason
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import HINTS, ConnectClient
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import lower_uuid
from ansible_collections.secops.incident_closure.plugins.module_utils._parallel import run_for_each
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import (
    CloseAnswer,
    Closed,
    State,
    StateAnswer,
)

STATUS_CLOSED = "INCIDENT_STATUS_CLOSED"
NOT_CLOSED = "incident.status in [INCIDENT_STATUS_OPEN, INCIDENT_STATUS_IN_PROGRESS, INCIDENT_STATUS_WAITING_FOR_INPUT]"
PAGE_SIZE = 1000  # the API reduces larger values to this ("List incidents")

CLOSE_HINTS = {**HINTS, 400: "check the uuid of the incident, closure_reason, and final_comment"}
UNSPECIFIED_HINTS = {
    "warning": "closure_reason is unspecified, which ESET may reject: give true_positive, false_positive, or suspicious",
    "rejected": "ESET may not accept closure_reason unspecified: give true_positive, false_positive, or suspicious",
}
NOT_FOUND: dict[int, Reason] = {404: "not_found"}


class Eset:
    """The incident management of ESET Connect.

    :param http: the session.
    :param url: the address of the host.
    :ivar url: the address of the incidents.
    """

    def __init__(self, http: ConnectClient, url: str) -> None:
        self.http = http
        self.url = url + "/v2/incidents"

    def read_incident(self, uuid: str) -> dict[str, Any]:
        """Return one incident ("Get incident").

        :raises ClientError: the incident cannot be read.
        """

        def accepts(data: Any) -> bool:
            row: Any = data.get("incident") if isinstance(data, dict) else None
            return is_incident(row) and row["uuid"].casefold() == uuid.casefold()

        what = f"reading incident {uuid}"
        call = Call("GET", self._make_url(uuid), what, safe=True, accepts=accepts, reasons=NOT_FOUND)
        incident: dict[str, Any] = self.http.request_or_stop(call).data["incident"]
        return incident

    def list_pages(
        self, cel: str, what: str, *, hints: dict[int, str] | None = None, order: str = "", page_size: int = PAGE_SIZE
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of the incidents that a filter selects, page by page ("List incidents").

        A list leaves out ``deviceUuids`` and ``detectionUuids``, or leaves them empty although they have values.
        This removes empty ones. An entry that is not an object becomes an empty object.

        :param cel: the filter, in CEL; empty for all incidents.
        :param what: the request in words, for messages.
        :param hints: hints by HTTP status that differ from other calls.
        :param order: such as ``create_time desc``; empty for that of the API.
        :param page_size: incidents on a page, 1 to 1000.
        :raises ClientError: a page cannot be read.
        """
        params: dict[str, Any] = {"filter": cel, "orderBy": order, "pageSize": page_size}
        params = {name: value for name, value in params.items() if value}
        while True:
            call = Call("GET", self.url, what, safe=True, accepts=_is_page, hints=hints, params=params)
            data = self.http.request(call).data
            yield [
                {key: row[key] for key in row if row[key] or key not in ("deviceUuids", "detectionUuids")}
                for row in (entry if isinstance(entry, dict) else {} for entry in data.get("incidents") or ())
            ]
            if not data.get("nextPageToken"):
                return
            params = {**params, "pageToken": data["nextPageToken"]}

    def close_incident(self, uuid: str, closure_reason: str, final_comment: str | None) -> None:
        """Close one incident ("Close incident").

        :param closure_reason: one of ``CLOSURE_REASONS``.
        :param final_comment: added to the incident, or ``None``.
        :raises ClientError: the incident is not closed, or may not be.
        """
        body: dict[str, Any] = {"closureReason": "INCIDENT_RESOLVE_REASON_" + closure_reason.upper()}
        if final_comment:
            body["finalComment"] = {"text": final_comment, "isFinalComment": True, "incidentUuid": uuid}
        hints = {**CLOSE_HINTS, 400: UNSPECIFIED_HINTS["rejected"]} if closure_reason == "unspecified" else CLOSE_HINTS
        call = Call(
            "POST",
            self._make_url(uuid) + ":close",
            f"closing incident {uuid}",
            safe=False,
            accepts=lambda data: data == {},
            hints=hints,
            reasons=NOT_FOUND,
        )
        self.http.request(call.with_json(body))

    def _make_url(self, uuid: str) -> str:
        return f"{self.url}/{quote(uuid, safe='')}"


class EsetClosing:
    """Closes incidents of ESET one by one, on several threads if there are many.

    :param api: the incidents.
    :param closure_reason: one of ``CLOSURE_REASONS``.
    :param final_comment: added to each closed incident, or ``None``.
    """

    closed_status = STATUS_CLOSED

    def __init__(self, api: Eset, closure_reason: str = "unspecified", final_comment: str | None = None) -> None:
        self.policy = api.http.policy
        self.url = api.url
        self._api = api
        self._closure_reason = closure_reason
        self._final_comment = final_comment

    def read_states(self, ids: Sequence[str], also: Sequence[str] = ()) -> Iterator[tuple[str, StateAnswer]]:
        """Yield (id, answer) for each id, and for those of ``also`` that the list of incidents contains.

        Many ids are read from the list of open incidents, and those that are not in the list one by one.

        :raises ClientError: no incident can be read.
        """
        wanted = {*ids, *also}
        if len(wanted) > 1:
            for incident, state in self._read_list(wanted):
                wanted.discard(incident)
                yield incident, state
        yield from self.read_again([incident for incident in ids if incident in wanted])

    def read_again(self, ids: Sequence[str]) -> Iterator[tuple[str, StateAnswer]]:
        """Yield (id, answer) for each id, reading one by one, because a list may lag behind.

        :raises ClientError: no incident can be read.
        """
        for incident, answer in run_for_each(self._read, ids):
            if isinstance(answer, ClientError) and answer.fatal:
                raise answer
            yield incident, answer

    def close(self, ids: Sequence[str]) -> Iterator[tuple[str, CloseAnswer]]:
        """Yield (id, answer) for each id; stop after a fatal error."""
        return run_for_each(self._close, ids)

    def _read_list(self, wanted: set[str]) -> Iterator[tuple[str, State]]:
        """Yield the wanted incidents in the list, with no more requests than single reads would take.

        :param wanted: the wanted ids; the caller removes those that it has received.
        """
        pages = 0
        try:
            for rows in self._api.list_pages(NOT_CLOSED, "listing the incidents that are not closed"):
                for row in filter(is_incident, rows):
                    incident = lower_uuid(row["uuid"])
                    if incident in wanted and row["status"] != STATUS_CLOSED:
                        yield incident, make_state(row)
                pages += 1
                if pages >= len(wanted):
                    return
        except ClientError as error:
            if error.fatal:
                raise

    def _read(self, incident: str) -> State:
        return make_state(self._api.read_incident(incident))

    def _close(self, incident: str) -> Closed:
        self._api.close_incident(incident, self._closure_reason, self._final_comment)
        return Closed({})


def is_incident(row: Any) -> bool:
    """Return whether JSON is an incident with the fields that closing needs."""
    return isinstance(row, dict) and isinstance(row.get("uuid"), str) and isinstance(row.get("status"), str)


def make_state(row: dict[str, Any]) -> State:
    """Return the state of an incident, for closing and reading.

    :param row: an incident that ``is_incident`` accepts.
    """
    return State(
        row["status"],
        closed=row["status"] == STATUS_CLOSED,
        details=row,
        title=str(row.get("displayName") or ""),
        severity=str(row.get("severity") or ""),
    )


def _is_page(data: Any) -> bool:
    """Return whether JSON is a page of a list. JSON from protocol buffers leaves out empty fields."""
    return (
        isinstance(data, dict)
        and isinstance(data.get("incidents") or [], list)
        and isinstance(data.get("nextPageToken") or "", str)
    )
