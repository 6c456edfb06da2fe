# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules read held-back incidents with the others, and never close them."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("check_mode", [False, True])
def test_d3_reads_held_back_incidents_in_the_same_request(sim, close_d3, check_mode):
    sim.reset({"d3": {"incidents": ["1", "2", {"id": "3", "status": "Closed"}]}})
    result = close_d3("1", held_back=["2", "3", "missing"], check_mode=check_mode)
    assert [row["id"] for row in result["incidents"]] == ["1"]
    assert result["held_back"] == [
        {"id": "2", "title": "Incident", "severity": "Medium", "status": "Open", "closed": False},
        {"id": "3", "title": "Incident", "severity": "Medium", "status": "Closed", "closed": True},
    ]
    assert len(sim.calls("d3.read")) == 1
    assert sim.d3.incidents["2"].closings == 0


@pytest.mark.parametrize("check_mode", [False, True])
def test_eset_reads_held_back_incidents_from_the_same_list(sim, close_eset, check_mode):
    sim.reset({"eset": {"incidents": ["a", "b", {"id": "c", "status": "INCIDENT_STATUS_CLOSED"}]}})
    result = close_eset("a", held_back=["b", "c", "missing"], check_mode=check_mode)
    assert [row["id"] for row in result["incidents"]] == ["a"]
    fields = {"title": "Incident", "severity": "INCIDENT_SEVERITY_LEVEL_MEDIUM"}
    assert sorted(result["held_back"], key=lambda row: row["id"]) == [
        {"id": "b", **fields, "status": "INCIDENT_STATUS_OPEN", "closed": False},
        {"id": "c", **fields, "status": "INCIDENT_STATUS_CLOSED", "closed": True},
    ]
    assert len(sim.calls("eset.list")) == 1
    assert sim.eset.incidents["b"].closings == 0


def test_an_unread_state_does_not_fail_the_task(sim, close_d3):
    sim.reset({"d3": {"incidents": ["1", "2"]}})
    result = close_d3("1", held_back=["2"], state_lookup="skip")
    assert result["summary"]["closed"] == 1
    assert result["held_back"] == []


def test_without_the_option_the_result_lacks_the_key(sim, close_d3):
    sim.reset({"d3": {"incidents": ["1"]}})
    assert "held_back" not in close_d3("1")


def test_reject_an_incident_that_is_both_to_close_and_held_back(close_eset):
    result = close_eset("A1", "b", held_back=["b"])
    assert result["failed"]
    assert result["msg"] == "incident b is both in incident_uuids and in held_back"


def test_reject_an_invalid_id(close_d3):
    assert close_d3("1", held_back=["2 3"])["msg"].startswith('held_back, entry 1: "2 3" is not a single incident id')


def test_reading_held_back_incidents_never_keeps_the_others_open(sim, close_eset):
    """This is so even if single reads exceed the deadline of the task."""
    closed = [{"id": f"c{number}", "status": "INCIDENT_STATUS_CLOSED"} for number in range(150)]
    sim.reset({"eset": {"incidents": ["a", *closed]}})
    result = close_eset(
        "a", held_back=[incident["id"] for incident in closed], deadline=6, closure_reason="true_positive"
    )
    assert result["summary"]["closed"] == 1
    assert not result.get("failed")


def test_held_back_incidents_that_do_not_fit_into_a_batch_are_read_last(sim, close_d3):
    sim.reset({"d3": {"incidents": ["1", "2", "3", "4"]}})
    result = close_d3("1", held_back=["2", "3", "4"], batch_size=2)
    assert [row["id"] for row in result["held_back"]] == ["2", "3", "4"]
    assert [call.call for call in sim.calls()] == ["d3.read", "d3.close", "d3.read"]
