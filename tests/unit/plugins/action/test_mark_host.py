# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.secops.incident_closure.plugins.action._mark_host import ActionModule as MarkHost
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import make_artifact_key


def test_return_the_mark_and_its_artifact(act):
    result = act(MarkHost, remediated=True, evidence="Reimaged.")
    evidence = [{"action": "Reimaged.", "target": "", "result": "done"}]
    assert (result["in_check_mode"], result["evidence"]) == (False, evidence)
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
