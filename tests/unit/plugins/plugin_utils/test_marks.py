# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import (
    gather_evidence,
    make_artifact,
    make_artifact_key,
    read_evidence,
)

DONE = {"action": "kill_process", "target": "kinsing", "result": "done"}


def gather(**variables):
    hostvars = {"web1": variables, "bystander": {"incident_closure_evidence": [DONE]}}
    return gather_evidence(hostvars, [{"hosts": ["web1", "gone"]}, {"hosts": ["web1"]}])


def test_gather_evidence_of_this_run():
    variables = {"incident_closure_evidence": [DONE], "incident_closure_remediated_at": "noon"}
    assert gather(**variables) == {"web1": [{**DONE, "time": "noon"}]}


def test_gather_evidence_of_an_earlier_job():
    assert gather(**make_artifact("web1", remediated=True, evidence=[DONE], time="noon")) == {
        "web1": [{**DONE, "time": "noon"}]
    }


def test_gather_evidence_without_a_time():
    assert gather(incident_closure_evidence=[DONE]) == {"web1": [{**DONE, "time": ""}]}


@pytest.mark.parametrize("odd", [None, 7, {"a": 1}, [[1]], True])
def test_leave_out_invalid_evidence(odd):
    assert gather(incident_closure_evidence=odd) == {}


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
def test_read_evidence(given, entries):
    assert read_evidence(given) == entries


@pytest.mark.parametrize(
    "given", [7, [["a"]], [True], [{"what": "x"}], [{"action": "a", "target": "b", "result": "done", "host": "c"}]]
)
def test_reject_invalid_evidence(given):
    with pytest.raises(ValueError, match="^close_incidents_evidence must be a string or a list of strings$"):
        read_evidence(given)


@pytest.mark.parametrize("remediated", [True, False])
def test_make_an_artifact(remediated):
    assert make_artifact("web1", remediated=remediated, evidence=[], time="noon") == {
        make_artifact_key("web1"): {"host": "web1", "remediated": remediated, "evidence": [], "at": "noon"}
    }


def test_limit_the_size_of_an_artifact():
    entries = make_artifact("web1", remediated=True, evidence=[DONE] * 150, time="noon")[make_artifact_key("web1")][
        "evidence"
    ]
    assert len(entries) == 101
    assert entries[-1]["action"] == "and 50 more"
