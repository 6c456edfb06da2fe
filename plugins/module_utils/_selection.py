# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the options that select incidents, as far as the products share them.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._options import (
    ArgumentSpec,
    InvalidOptionError,
    check_range,
)

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


def exclude(ids_option: str) -> list[tuple[str, str]]:
    """Return the pairs of the option that lists incidents and each option of a selection, which exclude each other."""
    return [(ids_option, name) for name in CONDITIONS]


def read_common(options: Mapping[str, Any]) -> list[datetime | None]:
    """Check the options that all products share, and return the first and the last time of creation."""
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
