# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""d3_close_incidents_bulk against the simulator: what goes over the wire, and what comes back."""

from __future__ import annotations

import json

import pytest

from simulator import DEFAULT_D3_JWT, DEFAULT_D3_KEY, DEFAULT_D3_LOOKUP_JWT, DEFAULT_D3_LOOKUP_KEY


def outcomes(result):
    return [row["outcome"] for row in result["incidents"]]


@pytest.fixture(autouse=True)
def incidents(sim):
    sim.reset({"d3": {"incidents": ["1", "2", "3", {"id": "9", "status": "Closed"}]}})


def test_closes_several_in_one_command(sim, close_d3):
    result = close_d3("2", "9", "1", "2", conclusion="Cleaned.", closed_by="analyst", bypass_all_required_fields=True)
    assert result["changed"]
    assert [row["id"] for row in result["incidents"]] == ["2", "9", "1"]
    assert outcomes(result) == ["closed", "already_closed", "closed"]
    (call,) = sim.calls("d3.close")
    assert call.target == "/MainApp/VSOC/api/Command/CloseIncidentInBulk"
    assert call.headers["d3key"] == DEFAULT_D3_KEY
    assert json.loads(call.body) == {
        "Username": "soar-automation",
        "Site": "Security Operations",
        "CommandParams": {
            "Incident Numbers": ["2", "1"],
            "Bypass Required Pending Tasks": "No",
            "Bypass All Required Fields": "Yes",
            "Username": "analyst",
            "Conclusion": "Cleaned.",
        },
    }
    assert sim.d3.incidents["1"].conclusions == ["Cleaned."]
    row = result["incidents"][0]
    assert (row["status_before"], row["status_after"], row["details"]["Closed By"]) == ("Open", "Closed", "analyst")


def test_what_is_not_set_is_left_out(sim, close_d3):
    close_d3("1")
    parameters = json.loads(sim.calls("d3.close")[0].body)["CommandParams"]
    assert "Username" not in parameters and "Conclusion" not in parameters


def test_a_second_run_changes_nothing(sim, close_d3):
    close_d3("1", "2")
    second = close_d3("1", "2")
    assert not second["changed"] and outcomes(second) == ["already_closed"] * 2
    assert len(sim.calls("d3.close")) == 1


def test_check_mode_sends_nothing_that_changes_anything(sim, close_d3):
    result = close_d3("1", "9", "404", check_mode=True)
    assert outcomes(result) == ["would_close", "already_closed", "failed"]
    assert sim.calls("d3.close") == []
    assert result["diff"] == {"before": {"1": "Open"}, "after": {"1": "Closed"}}


def test_closes_in_batches(sim, close_d3):
    numbers = [str(number) for number in range(1000, 1025)]
    for number in numbers:
        sim.d3.add_incident(number)
    result = close_d3(*numbers, batch_size=10)
    assert outcomes(result) == ["closed"] * 25
    sizes = [len(json.loads(call.body)["CommandParams"]["Incident Numbers"]) for call in sim.calls("d3.close")]
    assert sizes == [10, 10, 5]
    assert len(sim.calls("d3.read")) == 3


@pytest.mark.parametrize("suffix", ["", "/", "/api", "/api/", "/api/Command", "/API/command/"])
def test_forms_of_the_address(sim, close_d3, suffix):
    assert outcomes(close_d3("1", url=sim.d3_url + suffix)) == ["closed"]


def test_a_token_in_the_place_of_a_key(sim, close_d3):
    assert outcomes(
        close_d3("1", api_key=None, lookup_api_key=None, jwt=DEFAULT_D3_JWT, lookup_jwt=DEFAULT_D3_LOOKUP_JWT)
    ) == ["closed"]
    assert sim.calls("d3.close")[0].headers["d3jwt"] == DEFAULT_D3_JWT
    assert sim.calls("d3.read")[0].headers["d3jwt"] == DEFAULT_D3_LOOKUP_JWT


def test_another_header(sim, close_d3):
    close_d3("1", auth_header="X-Gateway-Key")
    headers = sim.calls("d3.read")[0].headers
    assert headers["x-gateway-key"] == DEFAULT_D3_LOOKUP_KEY and "d3key" not in headers


def test_a_failure_is_told_in_the_words_of_d3(sim, close_d3):
    sim.d3.add_incident("4", pending_tasks=True)
    result = close_d3("4", "1")
    assert outcomes(result) == ["failed", "closed"] and result["failed"] and result["changed"]
    row = result["incidents"][0]
    assert 'Result "Failed"' in row["message"] and "task" in row["message"].lower()
    assert row["status_after"] == "Open"
    assert outcomes(close_d3("4", bypass_required_pending_tasks=True)) == ["closed"]


@pytest.mark.parametrize("rows_under", ["rawData", "contextData", "returnData"])
def test_states_are_found_wherever_a_version_puts_them(sim, close_d3, rows_under):
    sim.configure(d3={"rows_under": rows_under})
    assert outcomes(close_d3("1", "9")) == ["closed", "already_closed"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_without_a_lookup_the_close_command_decides(sim, close_d3, status):
    sim.fault("d3.read", "status", status=status, times=None)
    result = close_d3("1", "9")
    assert outcomes(result) == ["closed", "failed"]
    assert result["incidents"][0]["status_before"] is None
    assert "were not read" in result["warnings"][0]
    assert len(sim.calls("d3.read")) == 1


def test_a_lookup_that_names_nothing_counts_as_none(sim, close_d3):
    sim.configure(d3={"rows_under": "rawData"})
    sim.fault("d3.read", "foreign_rows", instead=True)
    result = close_d3("1")
    assert outcomes(result) == ["closed"]
    assert "names none of the incidents" in result["warnings"][0]


def test_an_incident_that_the_lookup_does_not_name_is_not_closed(sim, close_d3):
    result = close_d3("1", "404")
    assert outcomes(result) == ["closed", "failed"]
    assert "does not name incident 404" in result["incidents"][1]["message"]
    assert json.loads(sim.calls("d3.close")[0].body)["CommandParams"]["Incident Numbers"] == ["1"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_lookup_that_is_required_fails(sim, close_d3, status):
    sim.fault("d3.read", "status", status=status, times=None)
    result = close_d3("1", "2", state_lookup="require")
    assert outcomes(result) == ["failed"] * 2 and not result["changed"]
    assert sim.calls("d3.close") == []


def test_a_required_lookup_that_names_nothing_fails(sim, close_d3):
    result = close_d3("404", state_lookup="require")
    assert outcomes(result) == ["failed"]
    assert sim.calls("d3.close") == []


def test_the_words_of_a_lookup_that_fails_with_a_200_are_told(sim, close_d3):
    answer = {"error": "The user may not see\nthe site.", "returnData": "Failed", "contextData": []}
    sim.fault("d3.read", "json_value", value=answer, when="before", times=None)
    result = close_d3("1")
    assert outcomes(result) == ["closed"]
    assert "D3: The user may not see the site); the close command alone decides" in result["warnings"][0]
    result = close_d3("2", state_lookup="require")
    assert outcomes(result) == ["failed"]
    assert result["incidents"][0]["message"].endswith("D3: The user may not see the site")


@pytest.mark.parametrize("place", ["rawData", "contextData", "returnData"])
@pytest.mark.parametrize("under", [True, False])
@pytest.mark.parametrize("as_text", [True, False])
def test_the_rows_of_a_lookup_are_found_wherever_they_are(sim, close_d3, place, under, as_text):
    rows = [{"IR Number": "1", "Status": "Closed"}]
    value = {"incidents": rows} if under else rows
    answer = {"error": "", place: json.dumps(value) if as_text else value}
    sim.fault("d3.read", "json_value", value=answer, when="before")
    assert outcomes(close_d3("1", state_lookup="require")) == ["already_closed"]


def test_a_skipped_lookup_reads_nothing(sim, close_d3):
    assert outcomes(close_d3("1", state_lookup="skip", check_mode=True)) == ["would_close"]
    result = close_d3("1", state_lookup="skip")
    assert outcomes(result) == ["closed"] and result["incidents"][0]["status_before"] is None
    assert sim.calls("d3.read") == []


def test_without_reading_a_lost_answer_is_unknown(sim, close_d3):
    sim.fault("d3.close", "drop_after")
    result = close_d3("1", state_lookup="skip")
    assert outcomes(result) == ["unknown"] and not result["changed"]
    assert len(sim.calls("d3.close")) == 1


def test_a_conclusion_is_never_appended_twice(sim, close_d3):
    sim.configure(d3={"closed_again": "success"})
    sim.fault("d3.close", "drop_after")
    assert outcomes(close_d3("1", "2", conclusion="x")) == ["closed"] * 2
    assert [sim.d3.incidents[number].conclusions for number in "12"] == [["x"], ["x"]]


def test_a_key_that_is_wrong_stops_everything_after_one_call(sim, close_d3):
    result = close_d3("1", "2", "3", api_key="wrong", batch_size=1)
    assert len(sim.calls("d3.close")) == 1
    assert [row["message"] for row in result["incidents"]][1:] == ["not attempted"] * 2
    assert "a D3 key belongs to one command" in result["msg"]


def test_an_account_that_may_not_is_told(sim, close_d3):
    result = close_d3("1", username="nobody", state_lookup="skip")
    assert outcomes(result) == ["failed"]


@pytest.mark.parametrize(
    ["row", "outcome"],
    [
        ({"Status": "Closed", "Result": "SUCCEEDED"}, "closed"),
        ({"Status": "closed", "Result": "success"}, "closed"),
        ({"Status": "Closed", "Result": "Failed"}, "failed"),
        ({"Status": "Closed", "Result": "Unsuccessful"}, "failed"),
        ({"Status": "Open", "Result": "Successful"}, "unknown"),
        ({"Status": "Closed", "Result": None}, "unknown"),
        ({"Result": "Successful"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_only_a_success_word_beside_closed_is_a_success(sim, close_d3, row, outcome):
    answer = {"error": "", "returnData": "Successful", "contextData": [{"Incident Number": "1", **row}]}
    for form in (answer, {**answer, "contextData": [json.dumps(answer["contextData"][0])]}):
        sim.fault("d3.close", "json_value", value=form, when="before", times=None)
        result = close_d3("1", state_lookup="skip")
        assert outcomes(result) == [outcome]
        sim.faults.clear()


def test_ids_are_never_matched_as_parts_of_others(sim, close_d3):
    sim.d3.add_incident("11")
    answer = {"error": "", "contextData": [{"Incident Number": "11", "Status": "Closed", "Result": "Successful"}]}
    sim.fault("d3.close", "json_value", value=answer, when="before")
    assert outcomes(close_d3("1", state_lookup="skip")) == ["unknown"]


def test_a_thousand_in_one_batch(sim, close_d3):
    numbers = [f"20260101-{number}" for number in range(1000)]
    for number in numbers:
        sim.d3.add_incident(number)
    assert close_d3(*numbers, batch_size=1000)["summary"]["closed"] == 1000
    assert len(sim.calls("d3.read")) == len(sim.calls("d3.close")) == 1
