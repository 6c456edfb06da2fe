# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._eset_selection import make_filter
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
    assert make_filter(options) == whole


def test_a_filter_of_the_length_that_eset_accepts():
    assert len(make_filter({"status": ALL, "filter": "x" * 200})) == 200


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
        make_filter(options)
