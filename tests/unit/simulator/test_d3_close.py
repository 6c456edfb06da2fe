# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closing incidents in the simulated D3."""

from __future__ import annotations

import pytest

from simulator import DEFAULT_D3_USERNAME

GOOD = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}


def results(answer):
    return {row["Incident Number"]: row["Result"] for row in answer.json()["contextData"]}


def test_close_answers_with_a_row_for_each_incident(client):
    answer = client.d3_close("n2", "n1", Username="analyst", Conclusion="done")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert body["error"] == ""
    assert body["returnData"] == "Successful"
    assert [row["Incident Number"] for row in body["contextData"]] == ["n2", "n1"]
    for row in body["contextData"]:
        assert set(row) == {"Incident Number", "Status", "Close Date", "Result", "Closed By"}
        assert row["Status"] == "Closed"
        assert row["Result"] == "Successful"
        assert row["Closed By"] == "analyst"


def test_close_changes_the_incidents_that_it_names(sim, client):
    client.d3_close("n2", "n1", Conclusion="done")
    closed = sim.d3.incidents["n1"]
    assert closed.status == "Closed"
    assert closed.closings == 1
    assert closed.conclusions == ["done"]
    assert sim.d3.incidents["n3"].status == "Open"


def test_close_records_the_account_by_default(sim, client):
    client.d3_close("n1")
    assert sim.d3.incidents["n1"].closed_by == DEFAULT_D3_USERNAME
    assert sim.d3.incidents["n1"].conclusions == []


def test_close_shows_each_failure(sim, client):
    sim.d3.add_incident("closed", status="Closed")
    sim.d3.add_incident("tasks", pending_tasks=True)
    sim.d3.add_incident("fields", status="In Progress", missing_fields=True)
    body = client.d3_close("n1", "nowhere", "closed", "tasks", "fields").json()
    rows = {row["Incident Number"]: row for row in body["contextData"]}
    assert {number: (row["Result"], row["Status"]) for number, row in rows.items()} == {
        "n1": ("Successful", "Closed"),
        "nowhere": ("Failed", ""),
        "closed": ("Failed", "Closed"),
        "tasks": ("Failed", "Open"),
        "fields": ("Failed", "In Progress"),
    }
    assert {number for number, row in rows.items() if row.get("Message")} == set(rows) - {"n1"}
    assert sim.d3.incidents["closed"].closings == 0


def test_close_bypasses_tasks_and_fields(sim, client):
    sim.d3.add_incident("tasks", pending_tasks=True)
    sim.d3.add_incident("fields", missing_fields=True)
    bypass = {"Bypass_Required_Pending_Tasks": "Yes", "Bypass_All_Required_Fields": "Yes"}
    assert results(client.d3_close("tasks", "fields", **bypass)) == {"tasks": "Successful", "fields": "Successful"}


def test_a_second_close_fails(sim, client):
    client.d3_close("n1", Conclusion="once")
    assert results(client.d3_close("n1", Conclusion="twice")) == {"n1": "Failed"}
    assert sim.d3.incidents["n1"].conclusions == ["once"]


def test_a_second_close_can_succeed_and_appends_its_conclusion(sim, client):
    sim.configure(d3={"closed_again": "success"})
    client.d3_close("n1", Conclusion="once")
    assert results(client.d3_close("n1", Conclusion="twice")) == {"n1": "Successful"}
    assert sim.d3.incidents["n1"].closings == 2
    assert sim.d3.incidents["n1"].conclusions == ["once", "twice"]


@pytest.mark.parametrize(
    "change",
    [
        {"Incident Numbers": []},
        {"Incident Numbers": "n1"},
        {"Incident Numbers": [1]},
        {"Bypass Required Pending Tasks": True},
        {"Bypass Required Pending Tasks": "yes"},
        {"Bypass All Required Fields": False},
        {"Username": None},
        {"Conclusion": 1},
        {"Comment": "unknown"},
    ],
)
def test_close_rejects_wrong_parameters(sim, client, change):
    answer = client.d3("CloseIncidentInBulk", {**GOOD, **change})
    assert answer.status_code == 400
    assert list(answer.json()) == ["Error"]
    assert sim.d3.incidents["n1"].status == "Open"


@pytest.mark.parametrize("missing", ["Incident Numbers", "Bypass Required Pending Tasks"])
def test_close_rejects_missing_parameters(client, missing):
    parameters = {name: value for name, value in GOOD.items() if name != missing}
    assert missing in client.d3("CloseIncidentInBulk", parameters).json()["Error"]


def test_close_can_answer_with_the_keys_of_the_single_close(sim, client):
    sim.configure(d3={"close_keys": "single"})
    (row,) = client.d3_close("n1").json()["contextData"]
    assert set(row) == {"incidentNumber", "closeType", "closeNote", "closeDate", "result", "closedBy"}
    assert row["incidentNumber"] == "n1"
    assert row["result"] == "Succeed"


def test_close_can_demand_a_user(sim, client):
    sim.configure(d3={"require_username": True})
    assert client.d3_close("n1").status_code == 400
    assert client.d3_close("n1", Username="analyst").status_code == 200
