# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.filter.closure_chunks import FilterModule, closure_chunks


def plan(*incidents, product="d3", closable=True):
    """Incidents, each as its id and its hosts."""
    return [
        {"product": product, "id": incident, "hosts": list(hosts), "held_back_by": [], "closable": closable}
        for incident, *hosts in incidents
    ]


def chunks(incidents, *args):
    return [[incident["id"] for incident in chunk] for chunk in closure_chunks(incidents, *args)]


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"closure_chunks": closure_chunks}


def test_a_chunk_is_of_one_product():
    assert chunks(plan("1", "2") + plan("3", product="eset")) == [["1", "2"], ["3"]]


def test_what_is_held_back_is_in_none():
    assert chunks(plan("1") + plan("2", closable=False) + plan("3")) == [["1", "3"]]
    assert chunks(plan("1", closable=False)) == []
    assert chunks([]) == []


@pytest.mark.parametrize(("size", "expected"), [(1, 5), (2, 3), ("2", 3), (5, 1), (6, 1), (0, 1), (-1, 1)])
def test_a_chunk_has_a_size(size, expected):
    assert len(chunks(plan(*"12345"), size)) == expected


class TestNamedHosts:
    def test_a_chunk_has_no_more_hosts_than_its_comment_can_name(self):
        incidents = plan(("1", "a"), ("2", "a", "b"), ("3", "c"), ("4", "c", "d"), ("5", "e"))
        assert chunks(incidents, 100, 2) == [["1", "2"], ["3", "4"], ["5"]]

    def test_incidents_of_the_same_hosts_are_together_however_many_these_are(self):
        incidents = plan(("1", *"abc"), ("2", *"abc"), ("3", *"abd"))
        assert chunks(incidents, 100, 2) == [["1", "2"], ["3"]]

    def test_incidents_without_hosts_are_not_said_to_have_some(self):
        assert chunks(plan("1", "2", ("3", "a")), 100, 2) == [["1", "2"], ["3"]]

    def test_without_a_comment_that_names_hosts_they_do_not_matter(self):
        assert chunks(plan("1", ("2", *"abc"), ("3", *"def")), 100, 0) == [["1", "2", "3"]]
