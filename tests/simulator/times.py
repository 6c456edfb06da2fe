# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time in the format of ESET (RFC 3339)."""

from __future__ import annotations

import datetime
import functools
import re

RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def now():
    """Return the current time, with microseconds, so that two changes never have the same time."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@functools.lru_cache(maxsize=65536)
def microseconds(text):
    """Return the microseconds from 1970 to a point in time.

    :raises ValueError: the string is not a point in time in the form of RFC 3339.
    """
    match = RFC_3339.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a time such as 2026-10-01T12:41:39Z")
    seconds, fraction, offset = match.groups()
    offset = "+00:00" if offset == "Z" else offset
    moment = datetime.datetime.fromisoformat(f"{seconds}.{(fraction or '0')[:6]:0<6}{offset}")
    return (moment - EPOCH) // MICROSECOND
