# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.action._check_targets import ActionModule as CheckTargets
from ansible_collections.secops.incident_closure.plugins.action._check_targets import check_targets

GROUPS = {"all": ["web1", "web2", "localhost"], "web": ["web1", "web2"], "ungrouped": ["localhost"]}


@pytest.fixture
def check(act):
    """Return a function that runs the action, and returns the message of the failure, or None."""

    def run(**variables):
        result = act(CheckTargets, variables={"groups": GROUPS, **variables})
        assert result.get("failed", False) == ("msg" in result)
        return result.get("msg")

    return run


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"target_hosts": ""},
        {"target_hosts": "web1"},
        {"target_hosts": ["web", "!web1"]},
        {"target_hosts": "all,&web"},
        {"target_hosts": "web1", "ansible_limit": "web"},
        {"target_hosts": "web1", "ansible_limit": "@hosts.retry"},
        {"target_hosts": "", "ansible_limit": "nowhere"},
        {"target_hosts": "web1,web2", "close_incidents_event": {"product": "d3", "incident": "1"}},
        {"target_hosts": "web", "close_incidents_event": ""},
    ],
)
def test_accept_targets_that_match_a_host(check, variables):
    assert check(**variables) is None


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"target_hosts": "web9"}, "web9 in target_hosts matches no host of the inventory: correct the pattern"),
        (
            {"target_hosts": "db*,web1,db1"},
            "db* in target_hosts matches no host of the inventory: correct the pattern; "
            "db1 in target_hosts matches no host of the inventory: correct the pattern",
        ),
        ({"target_hosts": "web,!web"}, "target_hosts matches no host of the inventory: correct the pattern"),
        (
            {"target_hosts": "web1", "ansible_limit": "web2"},
            "target_hosts matches no host within the limit web2: correct one of them",
        ),
        (
            {"target_hosts": "web", "close_incidents_event": {"product": "d3", "incident": "1"}},
            "web, a host of the incident, is not a host of the inventory",
        ),
        (
            {"target_hosts": "db,web1,!web2", "close_incidents_event": {"product": "d3", "incident": "1"}},
            "db, a host of the incident, is not a host of the inventory; "
            "!web2, a host of the incident, is not a host of the inventory",
        ),
        ({"target_hosts": 7.5}, "target_hosts must be a list, not a number"),
        (
            {"target_hosts": "web1", "_raw_params": "web2"},
            'Ansible cut an extra variable at a space: give it in JSON, such as -e \'{"name": "a value"}\'',
        ),
    ],
)
def test_reject_targets_with_which_a_run_would_do_nothing(check, variables, problem):
    assert check(**variables) == problem


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("target_host", "target_hosts"),
        ("taget_hosts", "target_hosts"),
        ("Target_hosts", "target_hosts"),
        ("remediation_task", "remediation_tasks"),
        ("incident_number", "incident_numbers"),
        ("incident_uuid", "incident_uuids"),
    ],
)
def test_reject_a_misspelled_variable(check, name, known):
    assert check(**{name: "web1"}) == f"{name} is not a variable of the playbook: write {known}, or rename {name}"


@pytest.mark.parametrize("name", ["target", "target_env", "hosts", "remediation_window", "incident_title", "incidents"])
def test_accept_other_variables(check, name):
    assert check(**{name: "web1"}) is None


def test_look_up_only_what_is_not_the_name_of_a_host():
    looked_up = []

    def select(pattern):
        looked_up.append(pattern)
        return ["web1"]

    check_targets("web1,web*,web2", select, inventory=["web1", "web2"], from_event=False, limit=None)
    assert looked_up == ["web*", "web1,web*,web2"]


def test_reject_a_task_file_without_tasks(check, tmp_path):
    (tmp_path / "tasks.yml").write_text("---\n", encoding="utf-8")
    problem = "remediation_tasks names a file without tasks, which would mark hosts without remediation"
    assert check(remediation_tasks=str(tmp_path / "tasks.yml")) == problem
