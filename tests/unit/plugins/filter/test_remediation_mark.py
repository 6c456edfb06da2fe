# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible.errors import AnsibleFilterError
from ansible_collections.secops.incident_closure.plugins.filter._remediation_mark import FilterModule, remediation_mark
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import artifact_key


def evidence(given):
    return remediation_mark("web1", True, given)["evidence"]


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_remediation_mark": remediation_mark}


@pytest.mark.parametrize("remediated", [True, False])
def test_a_mark(remediated):
    assert remediation_mark("web1", remediated) == {
        "evidence": [],
        "artifact": {artifact_key("web1"): {"host": "web1", "remediated": remediated, "evidence": []}},
    }


@pytest.mark.parametrize(
    ("given", "entries"),
    [
        (None, []),
        ("", []),
        ([], []),
        (" Reimaged. ", [{"action": "Reimaged.", "target": "", "result": "done"}]),
        (["a", "", None], [{"action": "a", "target": "", "result": "done"}]),
        (
            [{"action": "quarantine_file", "target": "/x", "result": "done", "sha256": "ab"}],
            [{"action": "quarantine_file", "target": "/x", "result": "done", "sha256": "ab"}],
        ),
    ],
)
def test_evidence(given, entries):
    assert evidence(given) == entries


@pytest.mark.parametrize(
    "given", [7, [["a"]], [True], [{"what": "x"}], [{"action": "a", "target": "b", "result": "done", "host": "c"}]]
)
def test_reject_other_evidence(given):
    with pytest.raises(AnsibleFilterError, match="^close_incidents_evidence must be a string or a list of strings$"):
        evidence(given)


def test_the_artifact_is_bounded_and_the_fact_is_complete():
    mark = remediation_mark("web1", True, [f"step {number}" for number in range(150)])
    entries = mark["artifact"][artifact_key("web1")]["evidence"]
    assert len(entries) == 101
    assert entries[-1]["action"] == "and 50 more"
    assert len(mark["evidence"]) == 150
