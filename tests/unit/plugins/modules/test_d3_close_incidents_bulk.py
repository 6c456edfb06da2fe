# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""d3_close_incidents_bulk against the simulator: its requests and its results."""

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


def test_unset_options_are_left_out(sim, close_d3):
    close_d3("1")
    parameters = json.loads(sim.calls("d3.close")[0].body)["CommandParams"]
    assert "Conclusion" not in parameters


@pytest.mark.parametrize(
    ["closed_by", "recorded"], [(None, "soar-automation"), (" ", "soar-automation"), ("a b", "a b")]
)
def test_the_user_who_closes_is_always_sent(sim, close_d3, closed_by, recorded):
    sim.configure(d3={"require_username": True})
    assert outcomes(close_d3("1", closed_by=closed_by)) == ["closed"]
    assert sim.d3.incidents["1"].closed_by == recorded


def test_the_option_has_an_alias_in_the_singular(close_d3):
    assert outcomes(close_d3(incident_numbers=None, incident_number="1")) == ["closed"]


def test_a_second_run_changes_nothing(sim, close_d3):
    close_d3("1", "2")
    second = close_d3("1", "2")
    assert not second["changed"]
    assert outcomes(second) == ["already_closed"] * 2
    assert len(sim.calls("d3.close")) == 1


def test_check_mode_sends_no_close_request(sim, close_d3):
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
def test_accept_every_form_of_the_address(sim, close_d3, suffix):
    assert outcomes(close_d3("1", url=sim.d3_url + suffix)) == ["closed"]


def test_accept_a_token_in_place_of_a_key(sim, close_d3):
    assert outcomes(
        close_d3("1", api_key=None, lookup_api_key=None, jwt=DEFAULT_D3_JWT, lookup_jwt=DEFAULT_D3_LOOKUP_JWT)
    ) == ["closed"]
    assert sim.calls("d3.close")[0].headers["d3jwt"] == DEFAULT_D3_JWT
    assert sim.calls("d3.read")[0].headers["d3jwt"] == DEFAULT_D3_LOOKUP_JWT


def test_send_the_key_in_another_header(sim, close_d3):
    close_d3("1", auth_header="X-Gateway-Key")
    headers = sim.calls("d3.read")[0].headers
    assert headers["x-gateway-key"] == DEFAULT_D3_LOOKUP_KEY
    assert "d3key" not in headers


def test_a_failure_is_reported_in_the_words_of_d3(sim, close_d3):
    sim.d3.add_incident("4", pending_tasks=True)
    result = close_d3("4", "1")
    assert outcomes(result) == ["failed", "closed"]
    assert result["failed"]
    assert result["changed"]
    row = result["incidents"][0]
    assert 'Result "Failed"' in row["message"]
    assert "task" in row["message"].lower()
    assert row["status_after"] == "Open"
    assert outcomes(close_d3("4", bypass_required_pending_tasks=True)) == ["closed"]


@pytest.mark.parametrize("rows_under", ["rawData", "contextData", "returnData"])
def test_find_the_states_in_the_rows_of_every_version(sim, close_d3, rows_under):
    sim.configure(d3={"rows_under": rows_under})
    assert outcomes(close_d3("1", "9")) == ["closed", "already_closed"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_without_a_lookup_the_close_response_decides(sim, close_d3, status):
    sim.fault("d3.read", "status", status=status, times=None)
    result = close_d3("1", "9")
    assert outcomes(result) == ["closed", "failed"]
    assert result["incidents"][0]["status_before"] is None
    assert "were not read" in result["warnings"][0]
    assert len(sim.calls("d3.read")) == (
        2 if status == 404 else 1
    )  # the second request tries the other name of the command


def test_a_lookup_without_rows_counts_as_no_lookup(sim, close_d3):
    sim.configure(d3={"rows_under": "rawData"})
    sim.fault("d3.read", "foreign_rows", instead=True)
    result = close_d3("1")
    assert outcomes(result) == ["closed"]
    assert "D3 does not name them" in result["warnings"][0]


def test_an_incident_that_the_lookup_does_not_name_is_not_closed(sim, close_d3):
    result = close_d3("1", "404")
    assert outcomes(result) == ["closed", "failed"]
    assert "does not name incident 404" in result["incidents"][1]["message"]
    assert json.loads(sim.calls("d3.close")[0].body)["CommandParams"]["Incident Numbers"] == ["1"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_required_lookup_that_fails_closes_nothing(sim, close_d3, status):
    sim.fault("d3.read", "status", status=status, times=None)
    result = close_d3("1", "2", state_lookup="require")
    assert outcomes(result) == ["failed"] * 2
    assert not result["changed"]
    assert sim.calls("d3.close") == []


def test_a_required_lookup_without_rows_closes_nothing(sim, close_d3):
    result = close_d3("404", state_lookup="require")
    assert outcomes(result) == ["failed"]
    assert sim.calls("d3.close") == []


def test_the_words_of_a_lookup_that_fails_with_a_200_are_shown(sim, close_d3):
    answer = {"error": "The user may not see\nthe site.", "returnData": "Failed", "contextData": []}
    sim.fault("d3.read", "json_value", value=answer, when="before", times=None)
    result = close_d3("1")
    assert outcomes(result) == ["closed"]
    assert "D3: The user may not see the site); only the response to the close request decides" in result["warnings"][0]
    result = close_d3("2", state_lookup="require")
    assert outcomes(result) == ["failed"]
    assert result["incidents"][0]["message"].endswith("D3: The user may not see the site")


@pytest.mark.parametrize("place", ["rawData", "contextData", "returnData"])
@pytest.mark.parametrize("under", [True, False])
@pytest.mark.parametrize("as_text", [True, False])
def test_find_the_rows_of_a_lookup_in_every_form(sim, close_d3, place, under, as_text):
    rows = [{"IR Number": "1", "Status": "Closed"}]
    value = {"incidents": rows} if under else rows
    answer = {"error": "", place: json.dumps(value) if as_text else value}
    sim.fault("d3.read", "json_value", value=answer, when="before")
    assert outcomes(close_d3("1", state_lookup="require")) == ["already_closed"]


def test_a_skipped_lookup_reads_nothing(sim, close_d3):
    assert outcomes(close_d3("1", state_lookup="skip", check_mode=True)) == ["would_close"]
    result = close_d3("1", state_lookup="skip")
    assert outcomes(result) == ["closed"]
    assert result["incidents"][0]["status_before"] is None
    assert sim.calls("d3.read") == []


def test_a_lost_close_response_without_a_lookup_is_unknown(sim, close_d3):
    sim.fault("d3.close", "drop_after")
    result = close_d3("1", state_lookup="skip")
    assert outcomes(result) == ["unknown"]
    assert not result["changed"]
    assert len(sim.calls("d3.close")) == 1


def test_a_conclusion_is_never_appended_twice(sim, close_d3):
    sim.configure(d3={"closed_again": "success"})
    sim.fault("d3.close", "drop_after")
    assert outcomes(close_d3("1", "2", conclusion="x")) == ["closed"] * 2
    assert [sim.d3.incidents[number].conclusions for number in "12"] == [["x"], ["x"]]


def test_a_wrong_key_ends_the_task_after_one_call(sim, close_d3):
    result = close_d3("1", "2", "3", api_key="wrong", batch_size=1)
    assert len(sim.calls("d3.close")) == 1
    assert [row["message"] for row in result["incidents"]][1:] == ["not attempted"] * 2
    assert "check api_key: a key opens one command on one site" in result["msg"]


def test_an_account_without_permission_is_reported(close_d3):
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
def test_only_a_success_word_and_the_status_closed_are_a_success(sim, close_d3, row, outcome):
    answer = {"error": "", "returnData": "Successful", "contextData": [{"Incident Number": "1", **row}]}
    for form in (answer, {**answer, "contextData": [json.dumps(answer["contextData"][0])]}):
        sim.fault("d3.close", "json_value", value=form, when="before", times=None)
        result = close_d3("1", state_lookup="skip")
        assert outcomes(result) == [outcome]
        sim.faults.clear()


def test_ids_do_not_match_parts_of_other_ids(sim, close_d3):
    sim.d3.add_incident("11")
    answer = {"error": "", "contextData": [{"Incident Number": "11", "Status": "Closed", "Result": "Successful"}]}
    sim.fault("d3.close", "json_value", value=answer, when="before")
    assert outcomes(close_d3("1", state_lookup="skip")) == ["unknown"]


def test_close_a_thousand_incidents_in_one_batch(sim, close_d3):
    numbers = [f"20260101-{number}" for number in range(1000)]
    for number in numbers:
        sim.d3.add_incident(number)
    assert close_d3(*numbers, batch_size=1000)["summary"]["closed"] == 1000
    assert len(sim.calls("d3.read")) == len(sim.calls("d3.close")) == 1


OTHER = "GetIncidentsWithNewParameters"


@pytest.mark.parametrize(
    ["asked", "there", "commands", "states_read"],
    [
        (None, "GetIncidents", ["GetIncidents"], True),
        (None, OTHER, ["GetIncidents", OTHER], True),
        (None, "Other", ["GetIncidents", OTHER], False),
        ("Other", "Other", ["Other"], True),
        ("GetIncidents", OTHER, ["GetIncidents"], False),
        (OTHER, "GetIncidents", [OTHER], False),
    ],
)
def test_use_the_lookup_command_of_the_site(sim, close_d3, monkeypatch, asked, there, commands, states_read):
    sim.d3.keys[DEFAULT_D3_LOOKUP_KEY] = [there]
    sim.configure(d3={"lookup_command": there})
    if asked:
        monkeypatch.setenv("D3_LOOKUP_COMMAND", asked)
    result = close_d3("1", "9", batch_size=1)
    reads = [call for call in sim.journal if not call.target.endswith("CloseIncidentInBulk")]
    assert [call.target.rpartition("/")[2] for call in reads[: len(commands)]] == commands
    assert len({call.body for call in reads[: len(commands)]}) == 1
    assert {call.target.rpartition("/")[2] for call in reads[len(commands) :]} <= {there}
    assert outcomes(result) == ["closed", "already_closed" if states_read else "failed"]
    assert bool(result["warnings"]) is not states_read
    if not states_read:
        assert "set lookup_command to the command that reads incidents" in result["warnings"][0]


@pytest.mark.parametrize("command", ["../CloseIncidentInBulk", "Get Incidents", "GetIncidents?x", "caf\u00e9"])
def test_reject_an_invalid_command_name(sim, close_d3, command):
    result = close_d3("1", lookup_command=command)
    assert "lookup_command is not the name of a D3 command" in result["msg"]
    assert sim.journal == []


@pytest.mark.parametrize(["conclusion", "warned"], [("Cleaned.", True), (None, False)])
def test_a_conclusion_that_may_be_repeated_causes_a_warning(sim, close_d3, conclusion, warned):
    sim.fault("d3.read", "status", status=403, times=None)
    (warning,) = close_d3("1", conclusion=conclusion)["warnings"]
    assert ("incidents that are closed already get the conclusion again" in warning) is warned


@pytest.mark.parametrize("rows_under", ["rawData", "contextData", "returnData"])
@pytest.mark.parametrize("rows_as", ["plain", "data", "list"])
@pytest.mark.parametrize(
    "number_key", ["IR Number", "Incident Number", "IncidentNumber", "incidentNumber", "IncidentNo", "CaseNumber"]
)
def test_every_shape_and_key_of_a_lookup_is_read(sim, close_d3, rows_under, rows_as, number_key):
    sim.configure(d3={"rows_under": rows_under, "rows_as": rows_as, "number_key": number_key})
    result = close_d3("1", "9", "404", state_lookup="require")
    assert outcomes(result) == ["closed", "already_closed", "failed"]
    assert result["warnings"] == []


@pytest.mark.parametrize("rows_as", ["plain", "data", "list"])
@pytest.mark.parametrize("lookup", ["auto", "require"])
def test_the_words_of_a_failed_lookup_reach_the_user(sim, close_d3, rows_as, lookup):
    sim.configure(d3={"rows_under": "returnData", "rows_as": rows_as})
    sim.d3.users.clear()
    result = close_d3("1", state_lookup=lookup)
    text = result["warnings"][0] if lookup == "auto" else result["incidents"][0]["message"]
    assert "The user is not allowed to run the command on this site" in text
    assert outcomes(result) == ["failed"]


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize("key", ["Message", "error", "Error"])
def test_the_words_of_a_failed_wrapper_reach_the_user(sim, close_d3, as_list, key):
    wrapper = {"Status": "Failed", "Data": [], key: "No permission."}
    answer = {"error": "", "returnData": [wrapper] if as_list else wrapper}
    sim.fault("d3.read", "json_value", value=answer, when="before", times=None)
    assert "No permission" in close_d3("1", state_lookup="require")["incidents"][0]["message"]


def test_the_error_beside_some_rows_is_shown_for_the_others(sim, close_d3):
    answer = {"error": "Partly denied.", "rawData": {"incidents": [{"IR Number": "1", "Status": "Open"}]}}
    sim.fault("d3.read", "json_value", value=answer, when="before")
    result = close_d3("1", "2")
    assert outcomes(result) == ["closed", "failed"]
    assert "(Partly denied)" in result["incidents"][1]["message"]


def test_an_incident_that_one_row_shows_as_open_is_open(sim, close_d3):
    rows = [{"IR Number": "1", "Status": status} for status in ("Open", "Closed")]
    for order in (rows, rows[::-1]):
        sim.fault("d3.read", "json_value", value={"contextData": order[:1], "rawData": order[1:]}, when="before")
        assert outcomes(close_d3("1", check_mode=True)) == ["would_close"]


def test_smaller_pages_of_a_lookup_are_read_to_the_last(sim, close_d3):
    sim.configure(d3={"page_limit": 2})
    assert outcomes(close_d3("1", "2", "3", "9")) == ["closed"] * 3 + ["already_closed"]
    assert [json.loads(call.body)["CommandParams"]["Page Index"] for call in sim.calls("d3.read")] == [0, 1]


def test_the_keys_of_the_single_close_are_read(sim, close_d3):
    sim.configure(d3={"close_keys": "single"})
    sim.d3.add_incident("4", pending_tasks=True)
    result = close_d3("1", "4", state_lookup="skip")
    assert outcomes(result) == ["closed", "failed"]
    assert 'Result "Failed"' in result["incidents"][1]["message"]


@pytest.mark.parametrize(
    ["row", "outcome"],
    [
        ({"incidentNumber": "1", "result": "Succeed", "closeDate": "01/27/2021"}, "closed"),
        ({"INCIDENT NUMBER": "1", "RESULT": "SUCCEED", "STATUS": "CLOSED"}, "closed"),
        ({"incidentNumber": 1, "result": "Succeed", "status": "Closed"}, "closed"),
        ({"incidentNumber": "1", "result": "Succeed", "closeDate": ""}, "unknown"),
        ({"incidentNumber": "1", "result": "Succeed", "closeDate": "01/27/2021", "status": "Open"}, "unknown"),
        ({"incidentNumber": "1", "result": "Failed", "closeDate": "01/27/2021"}, "failed"),
        ({"result": "Succeed", "closeDate": "01/27/2021"}, "unknown"),
    ],
)
def test_read_rows_of_a_close_response_in_other_spellings(sim, close_d3, row, outcome):
    sim.fault("d3.close", "json_value", value={"error": "", "contextData": [row]}, when="before")
    assert outcomes(close_d3("1", state_lookup="skip")) == [outcome]


CAUSES = ("one command on one site", "role-based access to")


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ["options", "option"],
    [
        ({}, "lookup_api_key"),
        ({"lookup_api_key": None}, "lookup_api_key"),
        ({"lookup_api_key": None, "lookup_jwt": DEFAULT_D3_LOOKUP_JWT}, "lookup_jwt"),
        ({"api_key": None, "jwt": DEFAULT_D3_JWT, "lookup_api_key": None}, "lookup_jwt"),
    ],
)
def test_a_lookup_without_access_names_its_option_and_the_causes(sim, close_d3, status, options, option):
    sim.fault("d3.read", "status", status=status, times=None)
    message = close_d3("1", state_lookup="require", **options)["msg"]
    assert f"check {option}: " in message
    assert all(cause in message for cause in CAUSES)
    assert "GetIncidents" in message
    assert ("only for the user who created it unless it is shared" in message) is (option == "lookup_api_key")


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(["options", "option"], [({}, "api_key"), ({"api_key": None, "jwt": DEFAULT_D3_JWT}, "jwt")])
def test_a_close_without_access_names_its_option_and_the_causes(sim, close_d3, status, options, option):
    sim.fault("d3.close", "status", status=status, times=None)
    message = close_d3("1", **options)["msg"]
    assert f"check {option}: " in message
    assert all(cause in message for cause in CAUSES)
    assert "role-based access to CloseIncidentInBulk applies" in message


@pytest.mark.parametrize("call", ["d3.read", "d3.close"])
def test_501_is_final(sim, close_d3, call):
    sim.fault(call, "status", status=501, times=None)
    assert outcomes(close_d3("1")) == ["failed"]
    assert len(sim.calls(call)) == 1


@pytest.mark.parametrize(["call", "calls"], [("d3.read", 2), ("d3.close", 2)])
def test_an_html_page_is_retried_once(sim, close_d3, call, calls):
    sim.fault(call, "html", when="before", times=None)
    result = close_d3("1", "2", "3", batch_size=1)
    assert outcomes(result) == ["failed"] * 3
    assert "an HTML page in place of a response of D3" in result["msg"]
    assert len(sim.calls(call)) == calls * (1 if call == "d3.read" else 3)
