# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translate the selection options to the words of each product.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import EVER
from ansible_collections.secops.incident_closure.plugins.module_utils._options import (
    ArgumentSpec,
    InvalidOptionError,
    check_range,
)

ESET_STATUSES = {
    "open": "INCIDENT_STATUS_OPEN",
    "in_progress": "INCIDENT_STATUS_IN_PROGRESS",
    "waiting_for_input": "INCIDENT_STATUS_WAITING_FOR_INPUT",
    "closed": "INCIDENT_STATUS_CLOSED",
}
ESET_SEVERITIES = {level: f"INCIDENT_SEVERITY_LEVEL_{level.upper()}" for level in ("low", "medium", "high")}
ESET_NOT_CLOSED = ("open", "in_progress", "waiting_for_input")
ESET_FILTER_LENGTH = 200  # characters ("List incidents")
D3_NOT_CLOSED = ("Open", "In Progress", "On Hold")
D3_TIME = "%Y-%m-%d %H:%M:%S"
TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    r"(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?\s*(?:Z|([+-]\d{2}):?(\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)


MAX_LIMIT = 10**6
CONDITIONS = ("status", "severity", "created_after", "created_before", "filter")
COMMON_SPEC: ArgumentSpec = {
    "created_after": {"type": "str"},
    "created_before": {"type": "str"},
    "limit": {"type": "int", "default": 0},
}


def eset_spec() -> ArgumentSpec:
    """Return the argument spec of a selection in ESET."""
    return {
        "status": {"type": "list", "elements": "str", "choices": list(ESET_STATUSES)},
        "severity": {"type": "list", "elements": "str", "choices": list(ESET_SEVERITIES)},
        "filter": {"type": "str"},
        **COMMON_SPEC,
    }


def d3_spec() -> ArgumentSpec:
    """Return the argument spec of a selection in D3."""
    return {
        "status": {"type": "list", "elements": "str"},
        "severity": {"type": "list", "elements": "str"},
        "filter": {"type": "list", "elements": "list"},
        "static_fields": {"type": "list", "elements": "str"},
        "dynamic_fields": {"type": "dict"},
        **COMMON_SPEC,
    }


def exclude(ids_option: str) -> list[tuple[str, str]]:
    """Return the pairs of the option that lists incidents and each option of a selection, which exclude each other."""
    return [(ids_option, name) for name in CONDITIONS]


def eset_filter(options: Mapping[str, Any]) -> str:
    """Return the selection options of a reading plugin as a filter of ESET ("List incidents"); it may be empty.

    :param options: ``status``, ``severity``, ``created_after``, ``created_before``, ``filter``, and ``limit``, which is
        checked; each may be missing.
    :raises InvalidOptionError: a time or the limit is not valid, or the filter is longer than ESET accepts.
    """
    after, before = _read_common(options)
    conditions = [
        _one_of("incident.status", options.get("status") or ESET_NOT_CLOSED, ESET_STATUSES),
        _one_of("incident.severity", options.get("severity") or ESET_SEVERITIES, ESET_SEVERITIES),
        f'incident.create_time >= timestamp("{after.isoformat()}")' if after else "",
        f'incident.create_time < timestamp("{before.isoformat()}")' if before else "",
    ]
    conditions = list(filter(None, conditions))
    own = (options.get("filter") or "").strip()
    if own:
        conditions.append(f"({own})" if conditions and "||" in own else own)
    whole = " && ".join(conditions)
    if len(whole) > ESET_FILTER_LENGTH:
        raise InvalidOptionError(
            f"the selection makes a filter of {len(whole)} characters, and ESET accepts {ESET_FILTER_LENGTH}: "
            "select less with status, severity, created_after, created_before, and filter"
        )
    return whole


def _one_of(field: str, values: Any, words: Mapping[str, str]) -> str:
    """Return a condition on a field, or an empty string if it would select everything."""
    chosen = [word for value, word in words.items() if value in values]
    if len(chosen) == len(words):
        return ""
    return f"{field} == {chosen[0]}" if len(chosen) == 1 else f"{field} in [{', '.join(chosen)}]"


def d3_filter(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the selection options of a reading plugin as parameters of D3's command ("Get Incidents").

    D3 combines the conditions inside a list with AND, and the lists with OR.

    :param options: the same as of ``eset_filter``.
    :raises InvalidOptionError: a time or the limit is not valid, or ``filter`` is not a list of lists of conditions.
    """
    after, before = _read_common(options)
    own = options.get("filter") or [[]]
    for conditions in own if isinstance(own, (list, tuple)) else [own]:
        if not isinstance(conditions, (list, tuple)) or not all(isinstance(one, Mapping) for one in conditions):
            raise InvalidOptionError("filter must be a list of lists of conditions, as D3 documents it")
    choices = [
        [{"field": field, "operator": "=", "value": value} for value in values]
        for field, values in (
            ("Status", options.get("status") or D3_NOT_CLOSED),
            ("Severity", options.get("severity") or ()),
        )
        if values
    ]
    return {
        "Filter": [[*chosen, *map(dict, conditions)] for *chosen, conditions in product(*choices, own)],
        **EVER,
        **{name: time.strftime(D3_TIME) for name, time in (("Start Time", after), ("End Time", before)) if time},
    }


def _read_common(options: Mapping[str, Any]) -> list[datetime | None]:
    """Check the options of both products, and return the first and the last time of creation."""
    check_range({"limit": 0, **options}, "limit", 0, MAX_LIMIT)
    return [
        read_time(options[name], name) if options.get(name) else None for name in ("created_after", "created_before")
    ]


def read_time(value: Any, name: str) -> datetime:
    """Return an ISO 8601 date or date-time in UTC; without an offset, it is in UTC. Fractions of seconds are dropped.

    :param value: a string, or the date or time that YAML reads from one.
    :param name: the option, for messages.
    :raises InvalidOptionError: the value is not a date or a time.
    """
    match = TIME.fullmatch(str(value).strip())
    try:
        if not match:
            raise ValueError
        date, minutes, seconds, hours_off, minutes_off = match.groups(default="")
        time = datetime.fromisoformat(f"{date}T{minutes or '00:00'}{seconds or ':00'}")
        offset = timedelta(hours=int(hours_off or 0), minutes=int(f"{hours_off[:1]}{minutes_off or 0}"))
        return time.replace(tzinfo=timezone(offset)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise InvalidOptionError(
            f"{name} is not an ISO 8601 date or date-time, such as 2026-10-01 or 2026-10-01T12:30:00+02:00"
        ) from None
