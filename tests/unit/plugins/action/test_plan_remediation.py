# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.secops.incident_closure.plugins.action._plan_remediation import (
    ActionModule as PlanRemediation,
)

CUT = 'Ansible cut an extra variable at a space: give it in JSON, such as -e \'{"name": "a value"}\''


def test_the_lists_are_returned(act):
    result = act(PlanRemediation, variables={"remediate_host_kill_processes": "kinsing, xmrig", "other": 1})
    assert result["lists"]["kill_processes"] == ["kinsing", "xmrig"]
    assert result["steps"] == ["kill_processes"]
    assert result["quarantine_dir"] == "/var/lib/incident_closure/quarantine"


def test_every_problem_is_named(act):
    result = act(PlanRemediation, variables={"remediate_host_lock_users": ["root"], "remediate_host_x": 1})
    assert result["failed"]
    assert result["msg"] == (
        "remediate_host_x is not a variable of the role remediate_host: check its spelling; "
        'remediate_host_lock_users: "root" is never locked'
    )


def test_a_variable_from_a_fact_cache_is_rejected(act):
    variables = {"ansible_facts": {"remediate_host_kill_processes": "x"}, "remediate_host_kill_processes": "x"}
    assert "comes from a fact cache" in act(PlanRemediation, variables=variables)["msg"]


def test_an_extra_variable_that_was_cut_is_rejected(act):
    """With -e 'remediate_host_quarantine_files=/tmp/evil file', Ansible leaves "file" in _raw_params."""
    variables = {"remediate_host_quarantine_files": "/tmp/evil", "_raw_params": "file"}
    result = act(PlanRemediation, variables=variables)
    assert (result["failed"], result["msg"]) == (True, CUT)
    assert "failed" not in act(PlanRemediation, variables={**variables, "_raw_params": "\n"})
