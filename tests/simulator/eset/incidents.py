# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate the calls for incidents: "List incidents", "Get incident", "Close incident"."""

from __future__ import annotations

import dataclasses
import re

from ..checks import check_incident
from ..messages import Answer, Refusal
from ..times import microseconds, now
from .filters import STATUSES, compiled
from .queries import fields, page, without_empty

OPEN, CLOSED = "INCIDENT_STATUS_OPEN", "INCIDENT_STATUS_CLOSED"
REASONS = tuple(
    "INCIDENT_RESOLVE_REASON_" + name for name in ("UNSPECIFIED", "TRUE_POSITIVE", "FALSE_POSITIVE", "SUSPICIOUS")
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ORDERS = re.compile(r"(create_time|update_time)( desc)?")


@dataclasses.dataclass
class Incident:
    """An incident of ESET."""

    uuid: str
    status: str = OPEN
    display_name: str = "Incident"
    severity: str = "INCIDENT_SEVERITY_LEVEL_MEDIUM"
    device_uuids: list = dataclasses.field(default_factory=list)
    detection_uuids: list = dataclasses.field(default_factory=list)
    create_time: str = ""
    update_time: str = ""
    resolve_reason: str = REASONS[0]
    closings: int = 0  # number of times that it was closed
    comments: list = dataclasses.field(default_factory=list)  # the comments of the close requests
    order: int = 0

    def row(self):
        """Return the fields that both a list and a single read contain."""
        return {
            "uuid": self.uuid,
            "displayName": self.display_name,
            "status": self.status,
            "resolveReason": self.resolve_reason,
            "severity": self.severity,
            "createTime": self.create_time,
            "updateTime": self.update_time,
        }


CHANGEABLE = {field.name for field in dataclasses.fields(Incident)} - {"uuid", "order"}


def check_fields(fields_):
    """Check the names and the values of fields.

    :raises ValueError: a field is unknown, or has an invalid value.
    """
    check_incident(fields_, "ESET", CHANGEABLE, STATUSES)
    for name in ("create_time", "update_time"):
        if name in fields_:
            microseconds(fields_[name])


def full(eset, incident):
    """Return an incident in the form of "Get incident"."""
    shown = {
        **_row(eset, incident),
        "deviceUuids": list(incident.device_uuids),
        "detectionUuids": list(incident.detection_uuids),
    }
    return without_empty(shown) if eset.leave_out_empty else shown


def listed(eset, incident):
    """Return an incident in the form of a list; ``list_ids`` selects how it shows devices and detections."""
    if eset.list_ids == "full":
        return full(eset, incident)
    shown = _row(eset, incident)
    if eset.list_ids == "empty":
        shown.update(deviceUuids=[], detectionUuids=[])
    return without_empty(shown) if eset.leave_out_empty else shown


def _row(eset, incident):
    metrics = {"metrics": {"deviceCount": len(incident.device_uuids)}} if eset.device_count else {}
    return {**incident.row(), **metrics}


def read_incident(eset, request):
    """ "Get incident"."""
    fields(request.query, ())
    return Answer(200, {"incident": full(eset, _named(eset, request))})


def list_incidents(eset, request):
    """ "List incidents"."""
    query = fields(request.query, ("filter", "orderBy", "pageSize", "pageToken"))
    text, order = query.get("filter", ""), query.get("orderBy", "")
    if (text and eset.refuse_filters) or not (order == "" or ORDERS.fullmatch(order)):
        raise Refusal(400)
    matches = compiled(text, whole=eset.whole_filters)
    found = [incident for incident in eset.incidents.values() if matches(incident)]
    incidents, token = page(found, _sort_key(order), query, [text, order])
    payload = {"incidents": [listed(eset, incident) for incident in incidents], "nextPageToken": token}
    return Answer(200, without_empty(payload) if eset.leave_out_empty else payload)


def _sort_key(order):
    if not order:
        return lambda incident: [incident.order]
    name, dummy, descending = order.partition(" ")
    sign = -1 if descending else 1
    return lambda incident: [sign * microseconds(getattr(incident, name)), sign * incident.order]


def close_incident(eset, request):
    """ "Close incident"."""
    fields(request.query, ())
    body = request.json_body()
    comment = _checked(body, request.incidents[0])
    if eset.refuse_unspecified and body["closureReason"] == REASONS[0]:
        raise Refusal(400)
    incident = _named(eset, request)
    if incident.status == CLOSED and eset.closed_again == "error":
        raise Refusal(400, "The incident is already closed.")
    incident.status = CLOSED
    incident.resolve_reason = body["closureReason"]
    incident.update_time = now()
    incident.closings += 1
    if comment is not None:
        incident.comments.append(comment)
    request.worked = True
    return Answer(200, {})


def _named(eset, request):
    """Return the incident that a path names, by its UUID in upper or lower case."""
    name = request.incidents[0]
    if name not in eset.incidents:
        name = next((key for key in eset.incidents if UUID.fullmatch(key) and key.lower() == name.lower()), None)
    if name is None:
        raise Refusal(404)
    return eset.incidents[name]


def _checked(body, incident):
    """Check the body of a close request, and return its comment."""
    if not isinstance(body, dict) or not {"closureReason"} <= set(body) <= {"closureReason", "finalComment"}:
        raise Refusal(400)
    if body["closureReason"] not in REASONS:
        raise Refusal(400)
    if "finalComment" not in body:
        return None
    comment = body["finalComment"]
    required = {"text", "isFinalComment", "incidentUuid"}
    if not isinstance(comment, dict) or not required <= set(comment) <= required | {"uuid"}:
        raise Refusal(400)
    if not isinstance(comment["text"], str) or not comment["text"].strip():
        raise Refusal(400)
    if comment["isFinalComment"] is not True or comment["incidentUuid"] != incident:
        raise Refusal(400)
    if not isinstance(comment.get("uuid", ""), str):
        raise Refusal(400)
    return comment["text"]
