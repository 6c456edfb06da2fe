# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._selection import read_common, read_time


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-10-01", "2026-10-01T00:00:00+00:00"),
        (datetime.date(2026, 10, 1), "2026-10-01T00:00:00+00:00"),
        ("2026-10-01T12:30", "2026-10-01T12:30:00+00:00"),
        ("2026-10-01 12:30:15Z", "2026-10-01T12:30:15+00:00"),
        ("2026-10-01t12:30:15.123456z", "2026-10-01T12:30:15+00:00"),
        ("2026-10-01T12:30:15-05:30", "2026-10-01T18:00:15+00:00"),
        ("2026-10-01T12:30:15-10:30", "2026-10-01T23:00:15+00:00"),
        ("2026-10-01T12:30:15+0200", "2026-10-01T10:30:15+00:00"),
        ("2026-10-01T12:30:15+02", "2026-10-01T10:30:15+00:00"),
        (datetime.datetime(2026, 10, 1, 12, 30), "2026-10-01T12:30:00+00:00"),
    ],
)
def test_read_time(value, read):
    assert read_time(value, "created_after").isoformat() == read


def test_a_time_does_not_depend_on_the_time_zone_of_the_host(far_from_utc):
    assert read_time("2026-10-01T12:30+02:00", "created_after").isoformat() == "2026-10-01T10:30:00+00:00"


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-13-01", "2026-10-01T25:00", "01.10.2026", "2026-10-01T12", "20261001", "2026-10-01T12:30+25:00",
     "0001-01-01T00:00+10:00", 1790000000],
)  # fmt: skip
def test_a_time_that_is_not_iso_8601(value):
    with pytest.raises(InvalidOptionError, match="^created_after is not an ISO 8601 date or date-time, such as"):
        read_time(value, "created_after")


@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_the_option_with_a_wrong_time_is_named(name):
    with pytest.raises(InvalidOptionError, match=f"^{name} is not an ISO 8601 date"):
        read_common({name: "yesterday"})


@pytest.mark.parametrize("limit", [-1, 10**6 + 1])
def test_a_limit_that_is_out_of_range(limit):
    with pytest.raises(InvalidOptionError, match=f"^limit must be from 0 to 1000000, not {limit}$"):
        read_common({"limit": limit})
