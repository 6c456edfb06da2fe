# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""d3_incident_info against the simulator: its requests and its results."""

from __future__ import annotations

import json

import pytest


def ids(result):
    return [incident["id"] for incident in result["incidents"]]


def numbers(count):
    return [f"20260112-{n}" for n in range(1, count + 1)]


def parameters(sim):
    return json.loads(sim.calls("d3.read")[0].body)["CommandParams"]


def test_return_the_incidents_that_are_not_closed_with_the_newest_first(read_d3):
    result = read_d3()
    assert ids(result) == ["20260113-008", "20260113-007", "20260112-102", "20260112-101"]
    assert not result["changed"]
    assert result["missing"] == []
    assert result["incidents"][3] == {
        "id": "20260112-101",
        "title": "Ransomware note found on a file server",
        "status": "Open",
        "closed": False,
        "severity": "High",
        "created": "2026-01-12 06:08:31",
        "details": {
            "IR Number": "20260112-101",
            "Title": "Ransomware note found on a file server",
            "Status": "Open",
            "Severity": "High",
            "Date Created": "2026-01-12 06:08:31",
        },
    }


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"status": ["Closed"]}, ["20260109-055"]),
        ({"status": ["Open"], "severity": ["High", "Low"]}, ["20260112-101"]),
        ({"created_after": "2026-01-13"}, ["20260113-008", "20260113-007"]),
        ({"created_before": "2026-01-12T09:00:00+02:00"}, ["20260112-101"]),
        ({"filter": [[{"field": "Severity", "operator": "=", "value": "Critical"}]]}, ["20260113-008"]),
    ],
)
def test_send_the_selection_to_the_api(read_d3, selection, expected):
    result = read_d3(**selection)
    assert "failed" not in result
    assert ids(result) == expected


@pytest.mark.parametrize("settings", [{}, {"page_limit": 400}, {"newest_first": True}])
def test_read_every_page(sim, read_d3, settings):
    sim.reset({"d3": {"incidents": numbers(2500)}, "settings": {"d3": settings}})
    assert ids(read_d3()) == numbers(2500)[::-1]


def test_a_limit_stops_reading_pages_if_the_newest_come_first(sim, read_d3):
    sim.reset({"d3": {"incidents": numbers(2500)}, "settings": {"d3": {"newest_first": True}}})
    assert ids(read_d3(limit=2)) == ["20260112-2500", "20260112-2499"]
    assert len(sim.calls("d3.read")) == 1


def test_a_limit_returns_the_newest_even_if_they_come_last(sim, read_d3):
    sim.reset({"d3": {"incidents": numbers(2500)}})
    assert ids(read_d3(limit=2)) == ["20260112-2500", "20260112-2499"]


def test_ten_thousand_incidents_take_twelve_requests(sim, read_d3):
    sim.reset({"d3": {"incidents": numbers(10_000)}})
    assert len(read_d3()["incidents"]) == 10_000
    assert len(sim.calls("d3.read")) <= 12


@pytest.mark.parametrize("number_key", ["Incident Number", "incidentNumber", "IncidentNo", "CaseNumber"])
@pytest.mark.parametrize("rows_under", ["rawData", "contextData", "returnData"])
def test_read_rows_in_every_form(sim, read_d3, number_key, rows_under):
    sim.configure(d3={"number_key": number_key, "rows_under": rows_under})
    assert len(read_d3()["incidents"]) == 4


def test_read_particular_incidents_in_their_order(read_d3):
    result = read_d3(incident_numbers=["20260112-102", "7", "20260109-055", "20260112-102"])
    assert ids(result) == ["20260112-102", "20260109-055"]
    assert result["incidents"][1]["closed"]
    assert "failed" not in result
    (missing,) = result["missing"]
    assert missing["id"] == "7"
    assert "D3 does not name incident 7" in missing["message"]


def test_read_many_particular_incidents_in_batches(sim, read_d3):
    sim.reset({"d3": {"incidents": numbers(1500)}})
    assert ids(read_d3(incident_numbers=numbers(1500))) == numbers(1500)
    assert len(sim.calls("d3.read")) == 2


def test_return_fields_without_changes(sim, read_d3):
    incident = {
        "id": "1",
        "fields": {"Custom Field": "web01, web02"},
        "dynamic_fields": {"Asset": {"Hostname": ["web03"]}},
    }
    sim.reset({"d3": {"incidents": [incident]}})
    result = read_d3(static_fields=["Custom Field"], dynamic_fields={"Asset": ["Hostname"]})
    assert parameters(sim)["Static Fields"][-1] == "Custom Field"
    assert parameters(sim)["Dynamic Fields"] == {"Asset": ["Hostname"]}
    details = result["incidents"][0]["details"]
    assert details["Custom Field"] == "web01, web02"
    assert "web03" in json.dumps(details)


@pytest.mark.parametrize("credential", [{"api_key": None}, {"lookup_api_key": None, "api_key": "sim-d3-lookup-key"}])
def test_one_credential_is_enough(read_d3, credential):
    assert len(read_d3(**credential)["incidents"]) == 4


@pytest.mark.parametrize("options", [{}, {"incident_numbers": ["1", "2"]}])
def test_a_key_that_does_not_open_the_command_is_a_failure(read_d3, options):
    result = read_d3(lookup_api_key="wrong", **options)
    assert result["failed"]
    assert "check lookup_api_key" in result["msg"]
    assert [row["id"] for row in result["missing"]] == options.get("incident_numbers", [])


@pytest.mark.parametrize("options", [{}, {"incident_numbers": ["1"]}])
def test_the_words_of_the_product_are_shown(sim, read_d3, options):
    answer = {"error": "Static field Titel does not exist", "returnData": {"Status": "Failed", "Data": []}}
    sim.fault("d3.read", "json_value", value=answer, when="before", times=None)
    result = read_d3(**options)
    assert result["failed"]
    assert "Static field Titel does not exist" in result["msg"]


def test_an_error_beside_incidents_is_a_failure_of_a_selection(sim, read_d3):
    answer = {
        "error": "Some incidents are not available",
        "rawData": {"incidents": [{"IR Number": "1", "Status": "Open"}]},
    }
    sim.fault("d3.read", "json_value", value=answer, when="before", times=None)
    assert read_d3()["failed"]


def test_every_id_is_in_the_result_when_the_service_is_down(sim, read_d3):
    sim.reset({"d3": {"incidents": numbers(1500)}})
    sim.fault("d3.read", "status", status=503, skip=1, times=None)
    result = read_d3(incident_numbers=numbers(1500))
    assert result["failed"]
    assert "HTTP 503" in result["msg"]
    assert ids(result) == numbers(1000)
    assert [row["id"] for row in result["missing"]] == numbers(1500)[1000:]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": ["Status"]}, "filter"),
        ({"limit": -1}, "limit must be from 0"),
        ({"created_before": "2026-13-01"}, "created_before is not an ISO 8601"),
        ({"incident_numbers": []}, "incident_numbers is empty"),
        ({"incident_numbers": ["1"], "severity": ["High"]}, "mutually exclusive: incident_numbers|severity"),
        ({"lookup_api_key": None, "api_key": None}, "missing credentials"),
    ],
)
def test_reject_invalid_options_before_the_first_request(sim, read_d3, options, message):
    result = read_d3(**options)
    assert result["failed"]
    assert message in result["msg"]
    assert sim.calls() == []


def test_a_site_that_d3_rejects_is_named(read_d3):
    message = read_d3(site="elsewhere")["msg"]
    assert message.endswith("; check username and site, and filter and the names of fields if you give them")
