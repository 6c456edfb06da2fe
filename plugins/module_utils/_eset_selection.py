# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translate the options that select incidents to a filter of ESET. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Mapping
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


def selection_spec() -> ArgumentSpec:
    """Return the argument spec of a selection."""
    return {
        "status": {"type": "list", "elements": "str", "choices": list(STATUSES)},
        "severity": {"type": "list", "elements": "str", "choices": list(SEVERITIES)},
        "filter": {"type": "str"},
        **COMMON_SPEC,
    }


def make_filter(options: Mapping[str, Any]) -> str:
    """Return the selection options of a reading plugin as a filter of ESET ("List incidents"); it may be empty.

    :param options: ``status``, ``severity``, ``created_after``, ``created_before``, ``filter``, and ``limit``, which is
        checked; each may be missing.
    :raises InvalidOptionError: a time or the limit is not valid, or the filter is longer than ESET accepts.
    """
    after, before = read_common(options)
    conditions = [
        _match_any("incident.status", options.get("status") or NOT_CLOSED, STATUSES),
        _match_any("incident.severity", options.get("severity") or SEVERITIES, SEVERITIES),
        f'incident.create_time >= timestamp("{after.isoformat()}")' if after else "",
        f'incident.create_time < timestamp("{before.isoformat()}")' if before else "",
    ]
    conditions = list(filter(None, conditions))
    own = (options.get("filter") or "").strip()
    if own:
        conditions.append(f"({own})" if conditions and "||" in own else own)
    whole = " && ".join(conditions)
    if len(whole) > FILTER_LENGTH:
        raise InvalidOptionError(
            f"the selection makes a filter of {len(whole)} characters, and ESET accepts {FILTER_LENGTH}: "
            "select less with status, severity, created_after, created_before, and filter"
        )
    return whole


def _match_any(field: str, values: Any, words: Mapping[str, str]) -> str:
    """Return a condition on a field, or an empty string if it would select everything."""
    chosen = [word for value, word in words.items() if value in values]
    if len(chosen) == len(words):
        return ""
    return f"{field} == {chosen[0]}" if len(chosen) == 1 else f"{field} in [{', '.join(chosen)}]"
