# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.secops.incident_closure.plugins.action._mark_host import ActionModule as MarkHost
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import make_artifact_key


def test_return_the_mark_and_its_artifact(act):
    result = act(MarkHost, remediated=True, evidence="Reimaged.")
    evidence = [{"action": "Reimaged.", "target": "", "result": "done"}]
    assert (result["remediated"], result["in_check_mode"], result["evidence"]) == (True, False, evidence)
    artifact = {"host": "web1", "remediated": True, "evidence": evidence, "at": result["at"]}
    assert result["ansible_stats"] == {
        "data": {make_artifact_key("web1"): artifact},
        "per_host": False,
        "aggregate": False,
    }


def test_check_mode_hands_nothing_to_later_jobs(act):
    result = act(MarkHost, check_mode=True, remediated=True)
    assert result["in_check_mode"]
    assert "ansible_stats" not in result


def test_wrong_evidence_fails(act):
    result = act(MarkHost, remediated=True, evidence=7)
    assert (result["failed"], result["msg"]) == (
        True,
        "close_incidents_evidence must be a string or a list of strings",
    )


def test_the_parts_of_a_remediation_mark_the_host_at_its_end(act):
    facts = {}

    def mark(**options):
        result = act(MarkHost, variables=facts, **options)
        facts["incident_closure_remediated"] = result["remediated"]
        facts["incident_closure_evidence"] = result["evidence"]
        return result["remediated"], [entry["action"] for entry in result["evidence"]]

    facts["incident_closure_remediated"], facts["incident_closure_evidence"] = True, ["of an earlier run"]
    assert mark(remediated=False) == (False, [])
    assert mark(remediated=True, evidence="a", later=True) == (False, ["a"])
    assert mark(remediated=False, later=True) == (False, ["a"])  # a role revokes the mark when it begins
    assert mark(remediated=True, evidence=["b", "c"], later=True) == (False, ["a", "b", "c"])
    assert mark(remediated=True, evidence="d") == (True, ["a", "b", "c", "d"])
    assert mark(remediated=True, evidence="e") == (True, ["e"])
    assert mark(remediated=False) == (False, [])


def test_a_variable_of_another_program_is_not_evidence(act):
    facts = {"incident_closure_remediated": False, "incident_closure_evidence": {"a": 1}}
    result = act(MarkHost, variables=facts, remediated=True)
    assert (result["remediated"], result["evidence"]) == (True, [])
