# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The incidents of ESET Connect: reading one, listing many, closing one.

This file is private to the collection and may change in any release.

The docstrings name the pages of the ESET Connect help that describe the API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError, Reason
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import HINTS, ConnectClient
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import MAX_CONNECTIONS
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import UUID
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import (
    CloseAnswer,
    Closed,
    State,
    StateAnswer,
)

STATUS_CLOSED = "INCIDENT_STATUS_CLOSED"
NOT_CLOSED = "incident.status in [INCIDENT_STATUS_OPEN, INCIDENT_STATUS_IN_PROGRESS, INCIDENT_STATUS_WAITING_FOR_INPUT]"
PAGE_SIZE = 1000  # more is cut to this ("List incidents")

CLOSE_HINTS = {**HINTS, 400: "check the uuid of the incident, closure_reason, and final_comment"}
UNSPECIFIED_HINTS = {
    "warning": "closure_reason is unspecified, which ESET may reject: give true_positive, false_positive, or suspicious",
    "rejected": "ESET may not accept closure_reason unspecified: give true_positive, false_positive, or suspicious",
}
NOT_FOUND: dict[int, Reason] = {404: "not_found"}

T = TypeVar("T")


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

        :raises ClientError: it cannot be read.
        """

        def accepts(data: Any) -> bool:
            row: Any = data.get("incident") if isinstance(data, dict) else None
            return is_incident(row) and row["uuid"].casefold() == uuid.casefold()

        what = f"reading incident {uuid}"
        call = Call("GET", self._path(uuid), what, safe=True, accepts=accepts, reasons=NOT_FOUND)
        incident: dict[str, Any] = self.http.request_or_stop(call).data["incident"]
        return incident

    def list_pages(
        self, cel: str, what: str, *, order: str = "", page_size: int = PAGE_SIZE
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of the incidents that a filter selects, page by page ("List incidents").

        A list leaves out ``deviceUuids`` and ``detectionUuids``, or leaves them empty although there are some. Empty
        ones are removed. An entry that is not an object becomes an empty one.

        :param cel: the filter, in CEL; empty for all incidents.
        :param what: the request in words, for messages.
        :param order: such as ``create_time desc``; empty for that of the API.
        :param page_size: incidents on a page, 1 to 1000.
        :raises ClientError: a page cannot be read.
        """
        params: dict[str, Any] = {"filter": cel, "orderBy": order, "pageSize": page_size}
        params = {name: value for name, value in params.items() if value}
        while True:
            data = self.http.request(Call("GET", self.url, what, safe=True, accepts=_is_page, params=params)).data
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
        :raises ClientError: it is not closed, or may not be.
        """
        body: dict[str, Any] = {"closureReason": "INCIDENT_RESOLVE_REASON_" + closure_reason.upper()}
        if final_comment:
            body["finalComment"] = {"text": final_comment, "isFinalComment": True, "incidentUuid": uuid}
        hints = {**CLOSE_HINTS, 400: UNSPECIFIED_HINTS["rejected"]} if closure_reason == "unspecified" else CLOSE_HINTS
        call = Call(
            "POST",
            self._path(uuid) + ":close",
            f"closing incident {uuid}",
            safe=False,
            accepts=lambda data: data == {},
            hints=hints,
            reasons=NOT_FOUND,
        )
        self.http.request(call.with_json(body))

    def _path(self, uuid: str) -> str:
        return f"{self.url}/{quote(uuid, safe='')}"


class EsetClosing:
    """Closes incidents of ESET one by one, on many threads at once where there are many.

    :param api: the incidents.
    :param closure_reason: one of ``CLOSURE_REASONS``.
    :param final_comment: added to each incident that is closed, or ``None``.
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

        Many are read from the list of the incidents that are not closed, and one by one where it does not name them.

        :raises ClientError: nothing can be read at all.
        """
        wanted = {*ids, *also}
        if len(wanted) > 1:
            for incident, state in self._read_list(wanted):
                wanted.discard(incident)
                yield incident, state
        yield from self.read_again([incident for incident in ids if incident in wanted])

    def read_again(self, ids: Sequence[str]) -> Iterator[tuple[str, StateAnswer]]:
        """Yield (id, answer) for each id, reading one by one, because a list may lag behind.

        :raises ClientError: nothing can be read at all.
        """
        for incident, answer in run_for_each(self._read, ids):
            if isinstance(answer, ClientError) and answer.fatal:
                raise answer
            yield incident, answer

    def close(self, ids: Sequence[str]) -> Iterator[tuple[str, CloseAnswer]]:
        """Yield (id, answer) for each id; stop after a fatal error."""
        return run_for_each(self._close, ids)

    def _read_list(self, wanted: set[str]) -> Iterator[tuple[str, State]]:
        """Yield the wanted incidents that the list names, reading no more pages than single reads.

        :param wanted: the caller takes out what it was given.
        """
        pages = 0
        try:
            for rows in self._api.list_pages(NOT_CLOSED, "listing the incidents that are not closed"):
                for row in filter(is_incident, rows):
                    incident = spell(row["uuid"])
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


def run_for_each(function: Callable[[str], T], ids: Sequence[str]) -> Iterator[tuple[str, T | ClientError]]:
    """Yield (id, what the function returns or the ClientError that it raises), as they come; stop after a fatal one.

    :param function: called with each id, on many threads.
    """

    def find_outcome(incident: str) -> T | ClientError:
        try:
            return function(incident)
        except ClientError as error:
            return error

    if len(ids) == 1:  # saves the import and the thread
        yield ids[0], find_outcome(ids[0])
    elif ids:
        from concurrent.futures import ThreadPoolExecutor, as_completed  # noqa: PLC0415

        with ThreadPoolExecutor(min(len(ids), MAX_CONNECTIONS)) as pool:
            futures = {pool.submit(find_outcome, incident): incident for incident in ids}
            for future in as_completed(futures):
                if future.cancelled():
                    continue
                answer = future.result()
                if isinstance(answer, ClientError) and answer.fatal:
                    for other in futures:
                        other.cancel()
                yield futures[future], answer


def is_incident(row: Any) -> bool:
    """Return whether JSON is an incident with what the closing needs to know of it."""
    return isinstance(row, dict) and isinstance(row.get("uuid"), str) and isinstance(row.get("status"), str)


def make_state(row: dict[str, Any]) -> State:
    """Return an incident as the closing and the reading plugins see it.

    :param row: an incident, as ``is_incident`` accepts it.
    """
    return State(
        row["status"],
        closed=row["status"] == STATUS_CLOSED,
        details=row,
        title=str(row.get("displayName") or ""),
        severity=str(row.get("severity") or ""),
    )


def spell(uuid: str) -> str:
    """Return an incident's id as normalize_id spells it: a UUID in lower case, any other id as it is."""
    return uuid.lower() if UUID.fullmatch(uuid) else uuid


def _is_page(data: Any) -> bool:
    """Return whether JSON is a page of a list. JSON from protocol buffers leaves out what is empty."""
    return (
        isinstance(data, dict)
        and isinstance(data.get("incidents") or [], list)
        and isinstance(data.get("nextPageToken") or "", str)
    )
