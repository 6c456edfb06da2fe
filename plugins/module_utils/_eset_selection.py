# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translate the options that select incidents to a filter of ESET.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._options import ArgumentSpec, InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._selection import COMMON_SPEC, read_common

STATUSES = {
    "open": "INCIDENT_STATUS_OPEN",
    "in_progress": "INCIDENT_STATUS_IN_PROGRESS",
    "waiting_for_input": "INCIDENT_STATUS_WAITING_FOR_INPUT",
    "closed": "INCIDENT_STATUS_CLOSED",
}
SEVERITIES = {level: f"INCIDENT_SEVERITY_LEVEL_{level.upper()}" for level in ("low", "medium", "high")}
NOT_CLOSED = ("open", "in_progress", "waiting_for_input")
FILTER_LENGTH = 200  # characters ("List incidents")
# The fields that a filter leaves out if it would be too long, in the order of preference.
LEFT_OUT = ((), ("severity",), ("status",), ("severity", "status"))


@dataclass(frozen=True)
class Selection:
    """A filter of ESET, and what it leaves out because it would be too long.

    :ivar cel: the filter, in CEL; empty for all incidents.
    :ivar left_out: the selected values of the fields that the filter leaves out.
    """

    cel: str
    left_out: Mapping[str, tuple[str, ...]]

    def includes(self, row: Mapping[str, Any]) -> bool:
        """Return whether an incident that the filter selects has one of the selected values in each field that it leaves out."""
        return all(row.get(field) in values for field, values in self.left_out.items())


def selection_spec() -> ArgumentSpec:
    """Return the argument spec of a selection."""
    return {
        "status": {"type": "list", "elements": "str", "choices": list(STATUSES)},
        "severity": {"type": "list", "elements": "str", "choices": list(SEVERITIES)},
        "filter": {"type": "str"},
        **COMMON_SPEC,
    }


def make_selection(options: Mapping[str, Any]) -> Selection:
    """Return the selection options of a reading plugin as a filter of ESET ("List incidents").

    If the filter would be too long, it leaves out severities and statuses, unless the user gives a filter of their own.

    :param options: ``status``, ``severity``, ``created_after``, ``created_before``, ``filter``, and ``limit``, which is
        checked; each may be missing.
    :raises InvalidOptionError: a time or the limit is not valid, or the filter is longer than ESET accepts.
    """
    after, before = read_common(options)
    chosen = {
        **_choose("status", options.get("status") or NOT_CLOSED, STATUSES),
        **_choose("severity", options.get("severity") or SEVERITIES, SEVERITIES),
    }
    times = [
        f'incident.create_time >= timestamp("{after.isoformat()}")' if after else "",
        f'incident.create_time < timestamp("{before.isoformat()}")' if before else "",
    ]
    own = (options.get("filter") or "").strip()
    for left_out in LEFT_OUT[:1] if own else LEFT_OUT:
        fields = [_match_any(field, values) for field, values in chosen.items() if field not in left_out]
        cel = _join([*fields, *times], own)
        if len(cel) <= FILTER_LENGTH:
            return Selection(cel, {field: chosen[field] for field in left_out if field in chosen})
    raise InvalidOptionError(
        f"the selection makes a filter of {len(cel)} characters, and ESET accepts {FILTER_LENGTH}: "
        "select less with status, severity, created_after, created_before, and filter"
    )


def _choose(field: str, values: Any, words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return a field with the words of ESET for the values of its option, or nothing if they select every incident."""
    chosen = tuple(word for value, word in words.items() if value in values)
    return {} if len(chosen) == len(words) else {field: chosen}


def _match_any(field: str, words: tuple[str, ...]) -> str:
    """Return the condition that a field has one of the words."""
    name = f"incident.{field}"
    return f"{name} == {words[0]}" if len(words) == 1 else f"{name} in [{', '.join(words)}]"


def _join(conditions: list[str], own: str) -> str:
    """Return a filter that all conditions and the filter of the user must match; each may be empty."""
    given = list(filter(None, conditions))
    if own:
        given.append(f"({own})" if given and "||" in own else own)
    return " && ".join(given)
