# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the bodies of D3's commands: required parameters, allowed parameters, and no others."""

from __future__ import annotations

import datetime

from ..checks import is_count, is_string, is_string_list, one_of
from ..messages import Refusal
from .filters import is_filter
from .incident import TIME_FORMAT


def _is_yes_or_no(value):
    return value in ("Yes", "No")


def _is_time(value):
    try:
        return datetime.datetime.strptime(value, TIME_FORMAT).strftime(TIME_FORMAT) == value
    except (TypeError, ValueError):
        return False


# name: (required, check)
BODY = {
    "Username": (True, is_string),
    "Site": (True, is_string),
    "CommandParams": (True, lambda value: isinstance(value, dict)),
}
CLOSE_PARAMETERS = {
    "Incident Numbers": (True, is_string_list),
    "Bypass Required Pending Tasks": (True, _is_yes_or_no),
    "Bypass All Required Fields": (False, _is_yes_or_no),
    "Username": (False, is_string),
    "Conclusion": (False, is_string),
}


def read_parameters(names):
    """Return the parameters of the command that reads incidents.

    :param names: the fields that D3 knows: a set of names of static fields, and of pairs of a section and a name.
    """

    def are_static(value):
        return is_string_list(value) and names.issuperset(value)

    def are_dynamic(value):
        return (
            isinstance(value, dict)
            and bool(value)
            and all(map(is_string_list, value.values()))
            and all((section, name) in names for section, listed in value.items() for name in listed)
        )

    return {
        "Filter": (False, lambda value: is_filter(value, names)),
        "Static Fields": (False, are_static),
        "Dynamic Fields": (False, are_dynamic),
        "Start Time": (True, _is_time),
        "End Time": (True, _is_time),
        "Output Format": (False, one_of(2)),
        "Page Index": (False, is_count),
        "Page Size": (False, lambda value: is_count(value) and 1 <= value <= 1000),
    }


def check(value, known):
    """Check the names and the values of an object.

    :raises Refusal: a name is missing or unknown, or a value is wrong (HTTP 400).
    """
    if not isinstance(value, dict):
        raise Refusal(400)
    for name in value:
        if name not in known:
            raise Refusal(400, f"The parameter {name} is unknown.")
    for name, (required, valid) in known.items():
        if name not in value:
            if required:
                raise Refusal(400, f"The parameter {name} is required.")
        elif not valid(value[name]):
            raise Refusal(400, f"The value of the parameter {name} is invalid.")
