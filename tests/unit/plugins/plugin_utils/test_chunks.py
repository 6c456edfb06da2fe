# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._chunks import divide_incidents
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS


def plan(*incidents, product="d3", closable=True):
    """Return a plan of incidents, each given as its id and its hosts."""
    return [
        {"product": product, "id": incident, "hosts": list(hosts), "held_back_by": [], "closable": closable}
        for incident, *hosts in incidents
    ]


def divide(incidents, chunk_size=None, comment="", per_incident=None, evidence=None):
    texts = {"comment": comment, "closure_reason": "suspicious"}
    products = dict.fromkeys(PRODUCTS, texts)
    settings = {"chunk_size": chunk_size, "products": products, "per_incident": per_incident or {}}
    return divide_incidents(incidents, settings, evidence or {}, "Close", "noon")


def chunks(incidents, **settings):
    return [chunk["ids"] for chunk in divide(incidents, **settings)["closing"]]


def comments(incidents, **settings):
    return [chunk["comment"] for chunk in divide(incidents, **settings)["closing"]]


def test_a_chunk_has_incidents_of_one_product():
    divided = divide(plan("1", "2") + plan("3", product="eset"))["closing"]
    assert [(chunk["product"], chunk["number"], chunk["ids"]) for chunk in divided] == [
        ("d3", 1, ["1", "2"]),
        ("eset", 1, ["3"]),
    ]


def test_held_back_incidents_are_in_no_chunk():
    incidents = plan("1") + plan("2", closable=False) + plan("3")
    assert chunks(incidents) == [["1", "3"]]
    assert divide(incidents)["closing"][0]["held_back"] == ["2"]
    assert [task["ids"] for task in divide(incidents)["first"]] == [["1"]]


def test_held_back_incidents_are_read_with_the_first_chunk():
    incidents = plan("1", "2") + plan("3", closable=False)
    divided = divide(incidents, chunk_size=1)
    assert [chunk["held_back"] for chunk in divided["closing"]] == [["3"], []]
    assert divided["held_back"] == []


def test_held_back_incidents_without_a_chunk_are_read_in_a_task_of_their_own():
    common = {"product": "eset", "closure_reason": "suspicious", "label": "ESET"}
    assert divide(plan("1", "2", product="eset", closable=False)) == {
        "closing": [],
        "first": [{**common, "ids": ["1"]}],
        "held_back": [{**common, "ids": ["1", "2"]}],
    }


def test_no_incidents_make_no_chunks():
    assert divide([]) == {"closing": [], "first": [], "held_back": []}


@pytest.mark.parametrize(("size", "expected"), [(1, 5), (2, 3), (5, 1), (6, 1), (0, 1)])
def test_the_size_of_chunks_is_limited(size, expected):
    assert len(chunks(plan(*"12345"), chunk_size=size)) == expected


@pytest.mark.parametrize(("product", "size"), [("d3", 1000), ("eset", 100)])
def test_each_product_has_a_default_size(product, size):
    incidents = plan(*([str(number)] for number in range(2 * size + 1)), product=product)
    assert [len(chunk) for chunk in chunks(incidents)] == [size, size, 1]


def test_a_label_shows_the_progress():
    labels = [chunk["label"] for chunk in divide(plan(*"123"), chunk_size=2)["closing"]]
    assert labels == ["chunk 1 of 2: 2 in D3", "chunk 2 of 2: 1 in D3"]


class TestPerIncident:
    def test_incidents_with_other_reasons_or_comments_are_in_other_chunks(self):
        texts = {"2": {"closure_reason": "false_positive"}, "3": {"comment": "Drill."}, "5": {"comment": "Drill."}}
        divided = divide(plan(*"12345", product="eset"), per_incident=texts, comment="Done.")["closing"]
        assert [(chunk["ids"], chunk["closure_reason"], chunk["comment"]) for chunk in divided] == [
            (["1", "4"], "suspicious", "Done."),
            (["2"], "false_positive", "Done."),
            (["3", "5"], "suspicious", "Drill."),
        ]
        assert [chunk["number"] for chunk in divided] == [1, 2, 3]

    def test_a_closure_reason_does_not_matter_in_d3(self):
        assert chunks(plan(*"12"), per_incident={"1": {"closure_reason": "false_positive"}}) == [["1", "2"]]


class TestComment:
    def test_use_the_comment_of_the_user(self):
        assert comments(plan("1"), comment="Reimaged.") == ["Reimaged."]

    def test_the_default_names_the_hosts(self):
        assert comments(plan(("1", "a", "b"), ("2", "a", "b"))) == [
            'Closed by Ansible after the remediation of a, b (play "Close", noon).'
        ]

    def test_the_default_without_hosts_claims_no_remediation(self):
        assert comments(plan("1")) == ['Closed by Ansible (play "Close", noon).']

    def test_the_default_names_the_hosts_of_all_incidents_of_the_chunk(self):
        assert comments(plan(("1", "a"), ("2", "a", "b"))) == [
            'Closed by Ansible, in one batch, after the remediation of a, b (play "Close", noon).'
        ]

    def test_the_default_summarizes_the_actions_on_each_host(self):
        evidence = {
            "a": [{"action": "kill_process", "target": "kinsing", "result": "done"}],
            "b": [{"action": "Reimaged.", "target": "", "result": "done"}],
            "other": [{"action": "kill_process", "target": "x", "result": "done"}],
        }
        assert comments(plan(("1", "a", "b", "c")), evidence=evidence) == [
            'Closed by Ansible after the remediation of a, b, c (play "Close", noon). '
            "a: 1 process killed; b: 1 other action done."
        ]

    def test_the_default_names_twenty_hosts_and_counts_the_rest(self):
        hosts = [f"h{number}" for number in range(23)]
        assert comments(plan(("1", *hosts))) == [
            f'Closed by Ansible after the remediation of {", ".join(hosts[:20])} and 3 more (play "Close", noon).'
        ]


class TestNamedHosts:
    """With the default comment, a chunk has no more hosts than the comment can name."""

    many = [f"h{number:02}" for number in range(25)]

    def test_incidents_with_more_hosts_are_in_several_chunks(self):
        incidents = plan(*((host, host) for host in self.many))
        assert chunks(incidents) == [self.many[:20], self.many[20:]]

    def test_incidents_of_the_same_hosts_are_in_one_chunk(self):
        incidents = plan(("1", *self.many), ("2", *self.many), ("3", "other"))
        assert chunks(incidents) == [["1", "2"], ["3"]]

    def test_incidents_without_hosts_are_in_a_chunk_of_their_own(self):
        assert chunks(plan("1", "2", ("3", "a"))) == [["1", "2"], ["3"]]

    def test_hosts_do_not_matter_with_a_comment_of_the_user(self):
        incidents = plan("0", *((host, host) for host in self.many))
        assert chunks(incidents, comment="Reimaged.") == [["0", *self.many]]
