# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``Filter`` of GetIncidents: alternatives, each a list of conditions on static and dynamic fields."""

from __future__ import annotations

import json
import operator
import re

from ..checks import is_string


def _like(value, pattern):
    """Return whether a value matches SQL's LIKE: ``%`` is any string, ``_`` is any character."""
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(char, re.escape(char)) for char in pattern), value, re.DOTALL) is not None


OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "LIKE": _like,
    "IS EMPTY": lambda value, wanted: not value,
    "IS NOT EMPTY": lambda value, wanted: bool(value),
}


def is_filter(value, names):
    """Return whether a value is a list of lists of conditions on fields that D3 knows."""
    return isinstance(value, list) and all(
        isinstance(conditions, list) and conditions and all(_is_condition(condition, names) for condition in conditions)
        for conditions in value
    )


def _is_condition(value, names):
    return (
        isinstance(value, dict)
        and {"field", "operator", "value"} <= set(value) <= {"field", "operator", "value", "section"}
        and all(map(is_string, value.values()))
        and ((value["section"], value["field"]) if "section" in value else value["field"]) in names
        and value["operator"] in OPERATORS
    )


def names_incident(condition):
    """Return whether a condition names a single incident."""
    return condition["field"] == "IR Number" and condition["operator"] == "=" and "section" not in condition


def matching(incidents, alternatives):
    """Return the incidents that match one of the alternatives, in their order.

    :param incidents: all incidents by their number. ``IR Number =`` is a lookup, not a search.
    :param alternatives: the valid filter; all incidents match an empty one.
    """
    if not alternatives:
        return list(incidents.values())
    found = {}
    for conditions in alternatives:
        tests = [_test(condition) for condition in conditions]
        numbers = [condition["value"] for condition in conditions if names_incident(condition)]
        if numbers:
            candidates = [incidents[numbers[0]]] if numbers[0] in incidents else []
        else:
            candidates = incidents.values()
        for incident in candidates:
            if all(test(incident) for test in tests):
                found[incident.number] = incident
    return sorted(found.values(), key=operator.attrgetter("order"))


def _test(condition):
    """Return a condition as a function of an incident."""
    compare, field, wanted = OPERATORS[condition["operator"]], condition["field"], condition["value"]
    section = condition.get("section")
    if section is None:
        return lambda incident: compare(_text(incident.static(field)), wanted)
    return lambda incident: compare(_text(incident.dynamic(section, field)), wanted)


def _text(value):
    if is_string(value):
        return value
    return json.dumps(value) if value else ""
