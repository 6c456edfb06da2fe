# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read incidents of ESET and their devices, for the reading module, the inventory plugin, and the event source.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._eset import (
    PAGE_SIZE,
    Eset,
    is_incident,
    make_state,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_devices import EsetDevices
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_selection import Selection
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import HINTS
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import lower_uuid
from ansible_collections.secops.incident_closure.plugins.module_utils._parallel import run_for_each
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import (
    Reading,
    Row,
    RowAnswer,
    complete,
    describe_incident,
    list_missing,
)

LISTING = "listing the incidents"
LIST_HINTS = {
    **HINTS,
    400: "check filter and the other conditions that select incidents, and access_token if you set it",
}


def list_incidents(api: Eset, selection: Selection, limit: int = 0) -> dict[str, Row]:
    """Return the selected incidents by their ids, newest first, without their devices.

    :param limit: return the newest ones only, and read no further page; 0 for all.
    :raises ClientError: a page cannot be read.
    """
    incidents: dict[str, Row] = {}  # a new incident moves others to the next page, where they appear again
    page_size = PAGE_SIZE if selection.left_out else min(limit or PAGE_SIZE, PAGE_SIZE)
    for rows in api.list_pages(selection.cel, LISTING, hints=LIST_HINTS, order="create_time desc", page_size=page_size):
        for row in rows:
            if not is_incident(row):
                raise OutcomeUnknownError(
                    api.http.describe(LISTING, "an entry has no uuid or no status"), reason="unreadable"
                )
            if selection.includes(row):
                incidents.setdefault(lower_uuid(row["uuid"]), row)
        if limit and len(incidents) >= limit:
            break
    return dict(list(incidents.items())[: limit or None])


def read_incidents(api: Eset, uuids: Sequence[str]) -> dict[str, RowAnswer]:
    """Return each incident with the UUIDs of its devices, or the error of reading it."""
    return complete(dict(run_for_each(api.read_incident, uuids)), uuids)


def find_unchanged(listed: Mapping[str, Row], known: Mapping[str, Row]) -> dict[str, Row]:
    """Return the known incidents without an update since.

    :param listed: the incidents in the current list.
    :param known: incidents from earlier single reads.
    """
    return {
        uuid: known[uuid]
        for uuid, row in listed.items()
        if uuid in known and row.get("updateTime") and known[uuid].get("updateTime") == row["updateTime"]
    }


def find_devices(incidents: Iterable[RowAnswer]) -> list[str]:
    """Return the UUIDs of the devices of incidents from single reads, each once."""
    rows = (incident for incident in incidents if not isinstance(incident, ClientError))
    return list(dict.fromkeys(uuid for row in rows for uuid in row.get("deviceUuids") or ()))


def show_devices(devices: Mapping[str, RowAnswer]) -> dict[str, Row]:
    """Return each device, or only the UUID of one that cannot be read."""
    return {uuid: {"uuid": uuid} if isinstance(device, ClientError) else device for uuid, device in devices.items()}


def describe(incidents: Mapping[str, RowAnswer], devices: Mapping[str, RowAnswer] | None = None) -> Reading:
    """Return incidents in the form of the reading plugins.

    :param incidents: the answer for each id.
    :param devices: the answer for each device of these incidents; ``None`` to leave the devices out.
    """
    described = []
    for incident, row in incidents.items():
        if not isinstance(row, ClientError):
            described.append(describe_incident(incident, make_state(row), row.get("createTime")))
            if devices is not None:
                described[-1]["devices"] = [_describe_device(uuid, devices[uuid]) for uuid in find_devices([row])]
    failures = [answer for answer in incidents.values() if isinstance(answer, ClientError) and not is_rejected(answer)]
    fatal = [failure for failure in failures if failure.fatal]
    return Reading(described, list_missing(incidents), next(iter(fatal or failures), None))


def read(
    api: Eset, devices: EsetDevices | None, selection: Selection, *, uuids: Sequence[str] = (), limit: int = 0
) -> Reading:
    """Return particular incidents, or those of a selection.

    :param devices: reads the devices of the incidents; ``None`` to leave them out.
    :param selection: the incidents, unless there are particular ones.
    :param uuids: the particular incidents.
    :param limit: return only this number of the newest ones; 0 for all.
    :raises ClientError: the list of incidents or a device cannot be read.
    """
    incidents: Mapping[str, RowAnswer] = {} if uuids else list_incidents(api, selection, limit)
    if uuids or devices:
        incidents = read_incidents(api, uuids or list(incidents))
    return describe(incidents, devices.read_devices(find_devices(incidents.values())) if devices else None)


def is_rejected(answer: RowAnswer) -> bool:
    """Return whether the product does not show one incident or device, while it may show others."""
    return isinstance(answer, RejectedError) and not answer.fatal


def _describe_device(uuid: str, device: RowAnswer) -> dict[str, Any]:
    """Return a device, without names if it is unreadable."""
    row = {} if isinstance(device, ClientError) else device
    system = row.get("operatingSystem")
    return {
        "uuid": uuid,
        "name": row.get("displayName") or "",
        "original_name": row.get("originalDisplayName") or "",
        "ip": row.get("primaryLocalIpAddress") or "",
        "os": (system.get("displayName") if isinstance(system, dict) else "") or "",
    }
