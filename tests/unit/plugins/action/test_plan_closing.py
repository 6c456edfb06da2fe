# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.secops.incident_closure.plugins.action._plan_closing import ActionModule as PlanClosing


def test_return_the_plan(act):
    hostvars = {"web1": {"incident_closure_d3_incidents": ["1"], "incident_closure_remediated": True}}
    plan = act(PlanClosing, check_mode=True, variables={"hostvars": hostvars, "incident_uuids": "2"})
    assert [(row["product"], row["id"], row["closable"]) for row in json.loads(plan["incidents"])] == [
        ("d3", "1", True),
        ("eset", "2", True),
    ]
    assert [chunk["ids"] for chunk in plan["chunks"]["closing"]] == [["1"], ["2"]]
    assert plan["check_mode"]


def test_the_device_check_uses_the_connection_of_the_close_task(act, monkeypatch):
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
def test_the_connection_check_reads_the_devices_of_one_incident(act, failed, monkeypatch):
    monkeypatch.setattr(PlanClosing, "_execute_module", lambda self, **call: {"failed": failed, "msg": "HTTP 403"})
    hosts = {"web1": {"incident_closure_eset_incidents": ["a"], "incident_closure_eset_device_uuid": "d1"}}
    plan = act(PlanClosing, only_connections=True, variables={"hostvars": hosts})
    assert plan.get("failed", False) == failed
    assert plan.get("msg") == ("the devices of incidents cannot be read: HTTP 403" if failed else None)


def test_incidents_that_are_not_in_the_run_cause_a_warning(act):
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
def test_a_wrong_value_fails(act, variables, problem):
    plan = act(PlanClosing, variables=variables)
    assert plan["failed"]
    assert plan["msg"] == (problem or "close_incidents_event must name a product, d3 or eset, not x")


@pytest.mark.parametrize("path", ["r.json", "old.json"])
def test_accept_the_path_of_a_writable_report(act, path, tmp_path):
    (tmp_path / "old.json").touch()
    assert "failed" not in act(PlanClosing, variables={"close_incidents_report": str(tmp_path / path)})


@pytest.mark.parametrize("path", ["none/r.json", "folder.json", "x" * 300 + ".json"])
def test_reject_the_path_of_a_report_that_is_not_writable(act, path, tmp_path):
    (tmp_path / "folder.json").mkdir()
    plan = act(PlanClosing, variables={"close_incidents_report": str(tmp_path / path)})
    assert plan["msg"].endswith("it must be the path of a file in a folder that exists and is writable")
