# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate GetIncidents, with the responses that D3's documentation, its connector, and its sibling commands show."""

from __future__ import annotations

import datetime

from ..messages import Answer
from .filters import matching
from .incident import STATIC_FIELDS, TIME_FORMAT

US_FORMAT = "%m/%d/%Y %I:%M %p UTC"  # the format in the sample of the close command


def read(d3, parameters):
    """Return one page of the matching incidents, with the requested fields ("Get Incidents")."""
    start, end = parameters["Start Time"], parameters["End Time"]
    found = matching(d3.incidents, parameters.get("Filter"))
    found = [incident for incident in found if start <= incident.created <= end]
    if d3.newest_first:
        found.reverse()
    size = min(parameters.get("Page Size", 100), d3.page_limit or 1000)
    first = parameters.get("Page Index", 0) * size
    rows = [_row(d3, incident, parameters) for incident in found[first : first + size]]
    payload = {"error": "", "returnData": "Successful", "contextData": [], "rawData": {}}
    if d3.rows_as != "plain":
        payload[d3.rows_under] = d3.wrap(rows, "Successful")
    else:
        payload[d3.rows_under] = {"incidents": rows} if d3.rows_under == "rawData" else rows
    if d3.page_limit:
        payload["outputData"] = {"TotalPages": -(-len(found) // size)}
    return Answer(200, payload)


def _row(d3, incident, parameters):
    names = {"IR Number": d3.number_key}
    row = {names.get(name, name): _value(d3, incident, name) for name in parameters.get("Static Fields", STATIC_FIELDS)}
    for section, listed in parameters.get("Dynamic Fields", {}).items():
        values = {name: incident.dynamic(section, name) for name in listed}
        row.update(values if d3.dynamic_as == "flat" else {section: values})
    return row


def _value(d3, incident, name):
    value = incident.static(name)
    if d3.dates_as == "us" and name.startswith("Date ") and value:
        return datetime.datetime.strptime(value, TIME_FORMAT).strftime(US_FORMAT)
    return value
