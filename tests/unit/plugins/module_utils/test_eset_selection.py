# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._eset_selection import make_selection
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError

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
def test_filter(options, whole):
    selection = make_selection(options)
    assert selection.cel == whole
    assert not selection.left_out


def test_a_filter_of_the_length_that_eset_accepts():
    assert len(make_selection({"status": ALL, "filter": "x" * 200}).cel) == 200


AFTER = {"created_after": "2026-10-01"}
BOTH_TIMES = {**AFTER, "created_before": "2026-10-02"}
CREATED_AFTER = 'incident.create_time >= timestamp("2026-10-01T00:00:00+00:00")'
CREATED_BEFORE = 'incident.create_time < timestamp("2026-10-02T00:00:00+00:00")'
HIGH = "INCIDENT_SEVERITY_LEVEL_HIGH"
HIGH_OR_MEDIUM = ("INCIDENT_SEVERITY_LEVEL_MEDIUM", HIGH)
STATUSES = ("INCIDENT_STATUS_OPEN", "INCIDENT_STATUS_IN_PROGRESS", "INCIDENT_STATUS_WAITING_FOR_INPUT")


@pytest.mark.parametrize(
    ("options", "conditions", "left_out"),
    [
        ({"severity": ["high"], **AFTER}, [NOT_CLOSED, CREATED_AFTER], {"severity": (HIGH,)}),
        (BOTH_TIMES, [CREATED_AFTER, CREATED_BEFORE], {"status": STATUSES}),
        (
            {"severity": ["high"], **BOTH_TIMES},
            [f"incident.severity == {HIGH}", CREATED_AFTER, CREATED_BEFORE],
            {"status": STATUSES},
        ),
        (
            {"severity": ["medium", "high"], **BOTH_TIMES},
            [CREATED_AFTER, CREATED_BEFORE],
            {"severity": HIGH_OR_MEDIUM, "status": STATUSES},
        ),
    ],
)
def test_what_a_filter_leaves_out_because_it_would_be_too_long(options, conditions, left_out):
    selection = make_selection(options)
    assert selection.cel == " && ".join(conditions)
    assert selection.left_out == left_out


@pytest.mark.parametrize(
    ("row", "included"),
    [
        ({"status": "INCIDENT_STATUS_OPEN", "severity": HIGH}, True),
        ({"status": "INCIDENT_STATUS_CLOSED", "severity": HIGH}, False),
        ({"status": "INCIDENT_STATUS_OPEN", "severity": "INCIDENT_SEVERITY_LEVEL_LOW"}, False),
        ({"status": "INCIDENT_STATUS_OPEN"}, False),
    ],
)
def test_a_selection_includes_an_incident_with_the_values_that_its_filter_leaves_out(row, included):
    assert make_selection({"severity": ["medium", "high"], **BOTH_TIMES}).includes(row) is included


def test_a_selection_whose_filter_leaves_nothing_out_includes_every_incident():
    assert make_selection({"severity": ["high"]}).includes({})


@pytest.mark.parametrize(
    "options",
    [
        {"status": ALL, "filter": "x" * 201},
        {"filter": "x" * 100},
        {"severity": ["high"], "created_after": "2026-10-01", "filter": "x"},
    ],
)
def test_a_filter_that_is_longer_than_eset_accepts(options):
    with pytest.raises(
        InvalidOptionError, match=r"makes a filter of \d+ characters, and ESET accepts 200: select less"
    ):
        make_selection(options)
