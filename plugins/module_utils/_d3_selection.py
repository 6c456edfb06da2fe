# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translate the options that select incidents to parameters of D3. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import EVER
from ansible_collections.secops.incident_closure.plugins.module_utils._options import ArgumentSpec, InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._selection import COMMON_SPEC, read_common

NOT_CLOSED = ("Open", "In Progress", "On Hold")
TIME = "%Y-%m-%d %H:%M:%S"


def selection_spec() -> ArgumentSpec:
    """Return the argument spec of a selection."""
    return {
        "status": {"type": "list", "elements": "str"},
        "severity": {"type": "list", "elements": "str"},
        "filter": {"type": "list", "elements": "list"},
        "static_fields": {"type": "list", "elements": "str"},
        "dynamic_fields": {"type": "dict"},
        **COMMON_SPEC,
    }


def make_filter(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the selection options of a reading plugin as parameters of D3's command ("Get Incidents").

    D3 combines the conditions inside a list with AND, and the lists with OR.

    :param options: ``status``, ``severity``, ``created_after``, ``created_before``, ``filter``, and ``limit``, which is
        checked; each may be missing.
    :raises InvalidOptionError: a time or the limit is not valid, or ``filter`` is not a list of lists of conditions.
    """
    after, before = read_common(options)
    own = options.get("filter") or [[]]
    for conditions in own if isinstance(own, (list, tuple)) else [own]:
        if not isinstance(conditions, (list, tuple)) or not all(isinstance(one, Mapping) for one in conditions):
            raise InvalidOptionError("filter must be a list of lists of conditions, as D3 documents it")
    choices = [
        [{"field": field, "operator": "=", "value": value} for value in values]
        for field, values in (
            ("Status", _leave_out_blank(options.get("status")) or NOT_CLOSED),
            ("Severity", _leave_out_blank(options.get("severity"))),
        )
        if values
    ]
    return {
        "Filter": [[*chosen, *map(dict, conditions)] for *chosen, conditions in product(*choices, own)],
        **EVER,
        **{name: time.strftime(TIME) for name, time in (("Start Time", after), ("End Time", before)) if time},
    }


def _leave_out_blank(values: Iterable[str] | None) -> list[str]:
    """Return the words in an option. Ansible makes a list with an empty word of an empty string."""
    return [value for value in values or () if value.strip()]
