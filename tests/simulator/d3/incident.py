# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An incident of D3: its static fields, and its dynamic fields."""

from __future__ import annotations

import dataclasses
import datetime

from ..checks import check_incident

STATUSES = ("Open", "Closed", "In Progress", "On Hold")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"

# The static fields that the simulator itself sets or reads, and the attributes that contain them.
ATTRIBUTES = {
    "IR Number": "number",
    "Title": "title",
    "Status": "status",
    "Severity": "severity",
    "Owner": "owner",
    "Date Created": "created",
    "Date Modified": "modified",
    "Date Closed": "closed",
    "Closed by": "closed_by",
    "Conclusion": "conclusion",
}
# Other fields in D3's documentation. They are empty unless an incident has them in ``fields``.
FURTHER_FIELDS = (
    "Incident Type",
    "Site",
    "Disposition",
    "Tags",
    "Description",
    "Custom Field",
    "Incident Raw Data",
    "Event Raw Data",
)
STATIC_FIELDS = (*ATTRIBUTES, *FURTHER_FIELDS)


def now():
    """Return the current time in the format of D3."""
    return datetime.datetime.now(datetime.timezone.utc).strftime(TIME_FORMAT)


@dataclasses.dataclass
class Incident:
    """An incident of D3. A close request fails unless it bypasses ``pending_tasks`` and ``missing_fields``."""

    number: str
    status: str = "Open"
    title: str = "Incident"
    severity: str = "Medium"
    owner: str = ""
    created: str = ""  # UTC, as all times of an incident
    modified: str = ""
    closed: str = ""
    pending_tasks: bool = False
    missing_fields: bool = False
    closings: int = 0  # number of times that it was closed
    conclusions: list = dataclasses.field(default_factory=list)
    close_date: str = ""  # the value in the sample of the documentation
    closed_by: str = ""
    fields: dict = dataclasses.field(default_factory=dict)  # further static fields by D3's names, with any JSON value
    dynamic_fields: dict = dataclasses.field(default_factory=dict)  # {"Section": {"Activity name": any JSON value}}
    order: int = 0

    @property
    def conclusion(self):
        """Return the conclusions of all close requests, in their order."""
        return "\n".join(self.conclusions)

    def static(self, name):
        """Return the value of a static field; an empty string if the incident does not have it."""
        return getattr(self, ATTRIBUTES[name]) if name in ATTRIBUTES else self.fields.get(name, "")

    def dynamic(self, section, name):
        """Return the value of a dynamic field; an empty string if the incident does not have it."""
        return self.dynamic_fields.get(section, {}).get(name, "")


CHANGEABLE = {field.name for field in dataclasses.fields(Incident)} - {"number", "order"}


def check_fields(fields):
    """Check the names and the values of fields.

    :raises ValueError: a field is unknown, or has an invalid value.
    """
    check_incident(fields, "D3", CHANGEABLE, STATUSES)
    twice = set(fields.get("fields", {})) & set(ATTRIBUTES)
    if twice:
        raise ValueError(f"set {sorted(ATTRIBUTES[name] for name in twice)} instead of {sorted(twice)} in fields")
    if not all(isinstance(section, dict) for section in fields.get("dynamic_fields", {}).values()):
        raise ValueError("dynamic_fields must be like {'Section': {'Activity name': 'value'}}")
