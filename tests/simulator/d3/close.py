# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate CloseIncidentInBulk."""

from __future__ import annotations

import datetime

from ..messages import Answer
from .incident import TIME_FORMAT, Incident
from .read import US_FORMAT

FOREIGN_INCIDENT = "20991231-999"
# The keys in the response of the command that closes a single incident.
SINGLE_KEYS = {
    "Incident Number": "incidentNumber",
    "Close Date": "closeDate",
    "Result": "result",
    "Closed By": "closedBy",
}


def close(d3, request, parameters, user):
    """ "Close Incidents in Bulk": a row for each incident, in the order requested."""
    rows = [_close_one(d3, request, number, parameters, user) for number in parameters["Incident Numbers"]]
    done = any(row["Result"] == "Successful" for row in rows)
    rows = [_spelled(d3, row) for row in rows]
    return Answer(200, {"error": "", "returnData": "Successful" if done else "Failed", "contextData": rows})


def foreign_row(d3):
    """Return the row of a closed incident that the request does not contain."""
    return _spelled(d3, _row(Incident(FOREIGN_INCIDENT, "Closed"), "Successful"))


def _close_one(d3, request, number, parameters, user):
    incident = d3.incidents.get(number)
    if incident is None:
        return _row(Incident(number, ""), "Failed", "The incident was not found.")
    if incident.status == "Closed" and d3.closed_again == "error":
        return _row(incident, "Failed", "The incident is already closed.")
    if incident.pending_tasks and parameters["Bypass Required Pending Tasks"] != "Yes":
        return _row(incident, "Failed", "The incident has required pending tasks.")
    if incident.missing_fields and parameters.get("Bypass All Required Fields") != "Yes":
        return _row(incident, "Failed", "The incident has required fields that are not filled.")
    now = datetime.datetime.now(datetime.timezone.utc)
    incident.status = "Closed"
    incident.closings += 1
    incident.closed_by = user
    incident.close_date = now.strftime(US_FORMAT)
    incident.closed = incident.modified = now.strftime(TIME_FORMAT)
    if "Conclusion" in parameters:
        incident.conclusions.append(parameters["Conclusion"])
    request.worked = True
    return _row(incident, "Successful")


def _row(incident, result, message=None):
    """Return a row as in the sample of the documentation; only a failure has a ``Message``."""
    row = {
        "Incident Number": incident.number,
        "Status": incident.status,
        "Close Date": incident.close_date,
        "Result": result,
        "Closed By": incident.closed_by,
    }
    if message:
        row["Message"] = message
    return row


def _spelled(d3, row):
    """Return a row with the keys of the setting ``close_keys``."""
    if d3.close_keys == "bulk":
        return row
    single = {SINGLE_KEYS[key]: value for key, value in row.items() if key in SINGLE_KEYS}
    single["result"] = "Succeed" if row["Result"] == "Successful" else row["Result"]
    return {**single, "closeType": "", "closeNote": row.get("Message", "")}
