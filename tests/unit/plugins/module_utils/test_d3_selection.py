# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._d3_selection import make_filter
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError


def conditions(**fields):
    return [{"field": name, "operator": "=", "value": value} for name, value in fields.items()]


def test_filter_by_default():
    assert make_filter({}) == {
        "Filter": [conditions(Status=status) for status in ("Open", "In Progress", "On Hold")],
        "Start Time": "2000-01-01 00:00:00",
        "End Time": "2099-12-31 23:59:59",
    }


def test_an_empty_word_counts_as_unset():
    assert make_filter({"status": [""], "severity": [" "]}) == make_filter({})
    assert make_filter({"severity": ["", "High"]}) == make_filter({"severity": ["High"]})


def test_filter_combines_every_status_and_severity_with_each_list_of_conditions():
    own = [{"field": "Title", "operator": "LIKE", "value": "x"}]
    assert make_filter({"status": ["Open"], "severity": ["High", "Low"], "filter": [own, []]})["Filter"] == [
        conditions(Status="Open", Severity="High") + own,
        conditions(Status="Open", Severity="High"),
        conditions(Status="Open", Severity="Low") + own,
        conditions(Status="Open", Severity="Low"),
    ]


def test_filter_takes_times_in_utc():
    parameters = make_filter({"created_after": "2026-10-01T01:30:00+02:00", "created_before": "2026-10-02"})
    assert (parameters["Start Time"], parameters["End Time"]) == ("2026-09-30 23:30:00", "2026-10-02 00:00:00")


@pytest.mark.parametrize("value", ["x", 7, ["x"], [["x"]], {"field": "Title"}, [{"field": "Title"}]])
def test_filter_that_is_not_a_list_of_lists(value):
    with pytest.raises(InvalidOptionError, match="^filter must be a list of lists of conditions, as D3 documents it$"):
        make_filter({"filter": value})
