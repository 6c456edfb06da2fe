# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import time

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._selection import (
    d3_filter,
    eset_filter,
    read_time,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._task import InvalidOptionError

NOT_CLOSED = "incident.status in [INCIDENT_STATUS_OPEN, INCIDENT_STATUS_IN_PROGRESS, INCIDENT_STATUS_WAITING_FOR_INPUT]"
ALL = ["open", "in_progress", "waiting_for_input", "closed"]


@pytest.mark.parametrize(
    ("options", "whole"),
    [
        ({}, NOT_CLOSED),
        ({"status": [], "severity": [], "created_after": "", "filter": "  "}, NOT_CLOSED),
        ({"status": ALL}, ""),
        ({"status": ["closed"]}, "incident.status == INCIDENT_STATUS_CLOSED"),
        ({"status": ["closed", "open"]}, "incident.status in [INCIDENT_STATUS_OPEN, INCIDENT_STATUS_CLOSED]"),
        ({"status": ALL, "severity": ["high"]}, "incident.severity == INCIDENT_SEVERITY_LEVEL_HIGH"),
        ({"severity": ["low", "medium", "high"]}, NOT_CLOSED),
        (
            {"status": ALL, "created_after": "2026-10-01", "created_before": "2026-10-02T12:00+02:00"},
            'incident.create_time >= timestamp("2026-10-01T00:00:00+00:00")'
            ' && incident.create_time < timestamp("2026-10-02T10:00:00+00:00")',
        ),
        ({"filter": 'incident.tags == "a"'}, NOT_CLOSED + ' && incident.tags == "a"'),
        ({"filter": "a || b"}, NOT_CLOSED + " && (a || b)"),
        ({"filter": "a || b", "status": ALL}, "a || b"),
    ],
)
def test_eset_filter(options, whole):
    assert eset_filter(options) == whole


def test_a_filter_of_the_length_that_eset_accepts():
    assert len(eset_filter({"status": ALL, "filter": "x" * 200})) == 200


@pytest.mark.parametrize(
    "options",
    [
        {"status": ALL, "filter": "x" * 201},
        {"filter": "x" * 100},
        {"severity": ["high"], "created_after": "2026-10-01"},
    ],
)
def test_a_filter_that_is_longer_than_eset_accepts(options):
    with pytest.raises(
        InvalidOptionError, match=r"makes a filter of \d+ characters, and ESET accepts 200: select less"
    ):
        eset_filter(options)


def conditions(**fields):
    return [{"field": name, "operator": "=", "value": value} for name, value in fields.items()]


def test_d3_filter_by_default():
    assert d3_filter({}) == {
        "Filter": [conditions(Status=status) for status in ("Open", "In Progress", "On Hold")],
        "Start Time": "2000-01-01 00:00:00",
        "End Time": "2099-12-31 23:59:59",
    }


def test_d3_filter_combines_every_status_and_severity_with_each_list_of_conditions():
    own = [{"field": "Title", "operator": "LIKE", "value": "x"}]
    assert d3_filter({"status": ["Open"], "severity": ["High", "Low"], "filter": [own, []]})["Filter"] == [
        conditions(Status="Open", Severity="High") + own,
        conditions(Status="Open", Severity="High"),
        conditions(Status="Open", Severity="Low") + own,
        conditions(Status="Open", Severity="Low"),
    ]


def test_d3_filter_takes_times_in_utc():
    parameters = d3_filter({"created_after": "2026-10-01T01:30:00+02:00", "created_before": "2026-10-02"})
    assert (parameters["Start Time"], parameters["End Time"]) == ("2026-09-30 23:30:00", "2026-10-02 00:00:00")


@pytest.mark.parametrize("value", ["x", 7, ["x"], [["x"]], {"field": "Title"}, [{"field": "Title"}]])
def test_d3_filter_that_is_not_a_list_of_lists(value):
    with pytest.raises(InvalidOptionError, match="^filter must be a list of lists of conditions, as D3 documents it$"):
        d3_filter({"filter": value})


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


@pytest.fixture
def far_from_utc(monkeypatch):
    """Let the time of this host be nine hours ahead of UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


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
@pytest.mark.parametrize("make_filter", [d3_filter, eset_filter])
def test_the_option_with_a_wrong_time_is_named(make_filter, name):
    with pytest.raises(InvalidOptionError, match=f"^{name} is not an ISO 8601 date"):
        make_filter({name: "yesterday"})


@pytest.mark.parametrize("limit", [-1, 10**6 + 1])
@pytest.mark.parametrize("make_filter", [d3_filter, eset_filter])
def test_a_limit_that_is_out_of_range(make_filter, limit):
    with pytest.raises(InvalidOptionError, match=f"^limit must be from 0 to 1000000, not {limit}$"):
        make_filter({"limit": limit})
