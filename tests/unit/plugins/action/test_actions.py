# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions, each run like a task runs it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from ansible import constants
from ansible.plugins.loader import action_loader
from ansible_collections.secops.incident_closure.plugins.action._check_targets import ActionModule as CheckTargets
from ansible_collections.secops.incident_closure.plugins.action._check_targets import check_targets
from ansible_collections.secops.incident_closure.plugins.action._mark_host import ActionModule as MarkHost
from ansible_collections.secops.incident_closure.plugins.action._plan_closing import ActionModule as PlanClosing
from ansible_collections.secops.incident_closure.plugins.action._report_closing import ActionModule as ReportClosing
from ansible_collections.secops.incident_closure.plugins.action._run_closing_module import ActionModule as RunModule
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import artifact_key

GROUP = "group/secops.incident_closure.d3"
VARIABLES = {"inventory_hostname": "web1", "ansible_play_name": "Close", "hostvars": {"localhost": {}}}


class Templar:
    """A templar for variables without templates."""

    def template(self, value):
        return value


def act(action, check_mode=False, module_defaults=(), variables=None, **args):
    task = SimpleNamespace(args=args, check_mode=check_mode, module_defaults=list(module_defaults), async_val=0)
    task.diff, task.environment = False, None
    plugin = action(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), None, None, Templar(), action_loader)
    return plugin.run(task_vars={**VARIABLES, **(variables or {})})


class TestRunModule:
    @pytest.fixture(autouse=True)
    def executed(self, monkeypatch):
        monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: call)

    def run(self, chunk=None, options=None, defaults=(), **texts):
        variables = {"close_incidents_d3_options": options}
        chunk = {"product": "d3", "ids": ["1"], **texts}
        return act(RunModule, chunk=chunk, module_defaults=defaults, variables=variables)

    def test_run_the_module_with_the_arguments_of_the_chunk(self):
        call = self.run(comment="c")
        assert call["module_name"] == "secops.incident_closure.d3_close_incidents_bulk"
        assert call["module_args"] == {"incident_numbers": ["1"], "conclusion": "c", "held_back": []}

    def test_options_take_precedence_over_the_defaults_of_the_group(self):
        defaults = [{GROUP: {"url": "outer", "site": "outer"}}, {GROUP: {"url": "inner", "username": "u"}}]
        arguments = self.run(options={"username": "me", "site": ""}, defaults=defaults)["module_args"]
        assert {name: arguments.get(name) for name in ("url", "site", "username")} == {
            "url": "inner",
            "site": None,
            "username": "me",
        }

    def test_defaults_of_the_module_and_of_other_groups_do_not_apply(self):
        others = {
            "secops.incident_closure.d3_close_incidents_bulk": {"conclusion": "x"},
            "group/secops.incident_closure.eset": {"username": "x"},
        }
        assert set(self.run(defaults=[others])["module_args"]) == {"incident_numbers", "held_back"}

    def test_an_omitted_default_is_left_out(self):
        assert "url" not in self.run(defaults=[{GROUP: {"url": "__omit_place_holder__d3adb33f"}}])["module_args"]

    def test_the_rows_of_the_product_are_left_out(self, monkeypatch):
        incidents = [{"id": "1", "outcome": "closed", "details": {"Title": "Beacon"}}]
        monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: {"incidents": incidents})
        assert self.run() == {"incidents": [{"id": "1", "outcome": "closed"}]}

    @pytest.mark.parametrize(("options", "deadline"), [({}, 5), ({"deadline": 3}, 3)])
    def test_the_task_timeout_becomes_the_deadline(self, options, deadline, monkeypatch):
        monkeypatch.setattr(constants.config, "get_config_value", lambda name: {"TASK_TIMEOUT": 5}[name])
        assert self.run(options=options)["module_args"]["deadline"] == deadline


class TestCrash:
    """A module ends with an exception, which is all that ansible-core 2.19 and newer return."""

    def test_the_reason_is_kept(self, monkeypatch):
        crash = SimpleNamespace(event=SimpleNamespace(msg="Module failed: 'username'"))
        monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: {"failed": True, "exception": crash})
        result = act(RunModule, chunk={"product": "d3", "ids": ["1"]})
        assert result["msg"] == "'username'"


class TestCheckTargets:
    """The hosts are web1 and web2 of the group web, and localhost."""

    GROUPS = {"all": ["web1", "web2", "localhost"], "web": ["web1", "web2"], "ungrouped": ["localhost"]}

    def check(self, **variables):
        """Return the message of the failure, or None."""
        result = act(CheckTargets, variables={"groups": self.GROUPS, **variables})
        assert result.get("failed", False) == ("msg" in result)
        return result.get("msg")

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
    def test_accept_targets_that_match_a_host(self, variables):
        assert self.check(**variables) is None

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
        ],
    )
    def test_reject_targets_with_which_a_run_would_do_nothing(self, variables, problem):
        assert self.check(**variables) == problem

    def test_look_up_only_what_is_not_the_name_of_a_host(self):
        looked_up = []

        def select(pattern):
            looked_up.append(pattern)
            return ["web1"]

        check_targets("web1,web*,web2", select, inventory=["web1", "web2"], from_event=False, limit=None)
        assert looked_up == ["web*", "web1,web*,web2"]

    def test_reject_a_task_file_without_tasks(self, tmp_path):
        (tmp_path / "tasks.yml").write_text("---\n", encoding="utf-8")
        problem = "remediation_tasks names a file without tasks, which would mark every host"
        assert self.check(remediation_tasks=str(tmp_path / "tasks.yml")) == problem


class TestMarkHost:
    def test_return_the_mark_and_its_artifact(self):
        result = act(MarkHost, remediated=True, evidence="Reimaged.")
        evidence = [{"action": "Reimaged.", "target": "", "result": "done"}]
        assert (result["in_check_mode"], result["evidence"]) == (False, evidence)
        artifact = {"host": "web1", "remediated": True, "evidence": evidence, "at": result["at"]}
        assert result["ansible_stats"] == {
            "data": {artifact_key("web1"): artifact},
            "per_host": False,
            "aggregate": False,
        }

    def test_check_mode_hands_nothing_to_later_jobs(self):
        result = act(MarkHost, check_mode=True, remediated=True)
        assert result["in_check_mode"]
        assert "ansible_stats" not in result

    def test_wrong_evidence_fails(self):
        result = act(MarkHost, remediated=True, evidence=7)
        assert (result["failed"], result["msg"]) == (
            True,
            "close_incidents_evidence must be a string or a list of strings",
        )


class TestPlanClosing:
    def test_return_the_plan(self):
        hostvars = {"web1": {"incident_closure_d3_incidents": ["1"], "incident_closure_remediated": True}}
        plan = act(PlanClosing, check_mode=True, variables={"hostvars": hostvars, "incident_uuids": "2"})
        assert [(row["product"], row["id"], row["closable"]) for row in json.loads(plan["incidents"])] == [
            ("d3", "1", True),
            ("eset", "2", True),
        ]
        assert [chunk["ids"] for chunk in plan["chunks"]["closing"]] == [["1"], ["2"]]
        assert plan["check_mode"]

    def test_the_device_check_uses_the_connection_of_the_close_task(self, monkeypatch):
        calls = []
        devices = [{"uuid": "D2", "name": "laptop", "original_name": ""}]

        def execute(self, **call):
            calls.append((call["module_name"], call["module_args"]))
            return {"incidents": [{"id": "a", "closed": False, "devices": devices}]}

        monkeypatch.setattr(PlanClosing, "_execute_module", execute)
        web1 = {"incident_closure_eset_incidents": ["a"], "incident_closure_remediated": True}
        variables = {
            "hostvars": {"web1": {**web1, "incident_closure_eset_device_uuid": "d1"}},
            "close_incidents_eset_options": {"region": "eu", "final_comment": "x"},
        }
        (incident,) = json.loads(act(PlanClosing, variables=variables)["incidents"])
        options = {"region": "eu", "incident_uuids": ["a"], "devices": True}
        assert calls == [("secops.incident_closure.eset_incident_info", options)]
        assert [obstacle["host"] for obstacle in incident["held_back_by"]] == ["laptop"]

    @pytest.mark.parametrize("failed", [False, True])
    def test_the_connection_check_reads_the_devices_of_one_incident(self, failed, monkeypatch):
        monkeypatch.setattr(PlanClosing, "_execute_module", lambda self, **call: {"failed": failed, "msg": "HTTP 403"})
        hosts = {"web1": {"incident_closure_eset_incidents": ["a"], "incident_closure_eset_device_uuid": "d1"}}
        plan = act(PlanClosing, only_connections=True, variables={"hostvars": hosts})
        assert plan.get("failed", False) == failed
        assert plan.get("msg") == ("the devices of incidents cannot be read: HTTP 403" if failed else None)

    def test_incidents_that_are_not_in_the_run_cause_a_warning(self):
        plan = act(PlanClosing, variables={"close_incidents_per_incident": {"2": {}}, "incident_numbers": "1"})
        assert plan["warnings"] == [
            "close_incidents_per_incident or close_incidents_required_hosts names incidents that are not in this run: 2"
        ]

    @pytest.mark.parametrize(
        ("variables", "problem"),
        [
            ({"close_incidents_chunk_size": "many"}, "close_incidents_chunk_size must be a whole number from 0 up"),
            ({"incident_numbers": ["."]}, 'incident_numbers: "." is not an incident id'),
            ({"close_incidents_event": {"product": "x", "incident": "1"}, "close_incidents_hosts": "localhost"}, None),
        ],
    )
    def test_a_wrong_value_fails(self, variables, problem):
        plan = act(PlanClosing, variables=variables)
        assert plan["failed"]
        assert plan["msg"] == (problem or "close_incidents_event must name a product, d3 or eset, not x")

    @pytest.mark.parametrize("path", ["r.json", "old.json"])
    def test_accept_the_path_of_a_writable_report(self, path, tmp_path):
        (tmp_path / "old.json").touch()
        assert "failed" not in act(PlanClosing, variables={"close_incidents_report": str(tmp_path / path)})

    @pytest.mark.parametrize("path", ["none/r.json", "folder.json", "x" * 300 + ".json"])
    def test_reject_the_path_of_a_report_that_is_not_writable(self, path, tmp_path):
        (tmp_path / "folder.json").mkdir()
        plan = act(PlanClosing, variables={"close_incidents_report": str(tmp_path / path)})
        assert plan["msg"].endswith("it must be the path of a file in a folder that exists and is writable")


def test_return_the_result_and_its_artifact():
    plan = {"incidents": "[]", "evidence": {}, "unread": [], "began": "noon", "check_mode": False}
    result = act(ReportClosing, variables={"_close_incidents_plan": plan})
    assert json.loads(result["result"])["incidents"] == []
    assert result["ansible_stats"]["data"]["close_incidents_result"]["incidents"] == []
    assert "artifact" not in result
