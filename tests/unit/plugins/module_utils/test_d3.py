# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of D3: what a call consists of, and what its response means."""

from __future__ import annotations

import json

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _d3 as d3
from ansible_collections.secops.incident_closure.plugins.module_utils._d3_response import Response, Row
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    NotExecutedError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Answer, Credential

READ_KEY = d3.CommandKey(Credential(), "lookup_api_key")
CLOSE_KEY = d3.CommandKey(Credential(), "jwt")
GONE = RejectedError("no such command", status=404)


@pytest.fixture
def connect(script):
    """Return a function that makes the commands of a site that plays responses."""

    def make(*answers, **options):
        http = script("D3", *answers)
        return d3.D3(http, url="https://soar", username="me", site="here", lookup_key=READ_KEY, **options)

    return make


def read_body(call):
    return json.loads(call.content)


def read_commands(api):
    return [call.url.rpartition("/")[2] for call in api.http.calls]


def test_a_page_is_read_with_one_safe_call(connect):
    api = connect({"rawData": {"IR Number": "1"}})
    (response,) = api.read_pages({}, "reading")
    assert [row.number for row in response.find_rows()] == ["1"]
    (call,) = api.http.stopping
    assert (call.method, call.url) == ("POST", "https://soar/api/Command/GetIncidents")
    assert (call.what, call.safe, call.credential) == ("reading", True, READ_KEY.credential)


def test_a_command_names_the_account_and_its_site(connect):
    api = connect({})
    list(api.read_pages({}, "reading"))
    body = read_body(api.http.calls[0])
    assert (body["Username"], body["Site"]) == ("me", "here")


def test_incidents_of_any_time_are_read_by_default(connect):
    api = connect({})
    list(api.read_pages({"Filter": [[]]}, "reading"))
    assert read_body(api.http.calls[0])["CommandParams"] == {
        "Start Time": "2000-01-01 00:00:00",
        "End Time": "2099-12-31 23:59:59",
        "Filter": [[]],
        "Output Format": 2,
        "Page Size": 1000,
        "Page Index": 0,
    }


def test_the_parameters_may_name_another_time(connect):
    api = connect({})
    list(api.read_pages({"Start Time": "2026-01-01 00:00:00"}, "reading"))
    assert read_body(api.http.calls[0])["CommandParams"]["Start Time"] == "2026-01-01 00:00:00"


@pytest.mark.parametrize("to_the_end", [True, False])
def test_as_many_pages_are_read_as_the_response_says_there_are(connect, to_the_end):
    page = {"outputData": {"TotalPages": 3}}
    api = connect(page, page, page)
    assert len(list(api.read_pages({}, "reading", to_the_end=to_the_end))) == 3
    assert [read_body(call)["CommandParams"]["Page Index"] for call in api.http.calls] == [0, 1, 2]


def test_one_page_is_read_if_the_response_does_not_say_how_many_there_are(connect):
    assert len(list(connect({}, {}).read_pages({}, "reading"))) == 1


def test_reading_to_the_end_goes_on_until_the_caller_stops(connect):
    pages = connect({}, {}, {}).read_pages({}, "reading", to_the_end=True)
    assert [next(pages).count_pages() for dummy in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(["data", "accepted"], [({}, True), ([], False), (None, False), ("", False)])
def test_a_response_of_a_command_is_a_json_object(connect, data, accepted):
    api = connect({})
    api.close(CLOSE_KEY, ["1"], {}, "closing")
    assert api.http.calls[0].accepts(data) is accepted


def test_a_close_request_is_not_safe_and_an_absent_command_is_fatal(connect):
    api = connect({"contextData": [{"Incident Number": "1"}, {"Incident Number": "2"}]})
    response = api.close(CLOSE_KEY, ["1", "2"], {"Conclusion": "x"}, "closing")
    assert [row.number for row in response.find_rows()] == ["1", "2"]
    (call,) = api.http.calls
    assert (call.method, call.url) == ("POST", "https://soar/api/Command/CloseIncidentInBulk")
    assert (call.what, call.safe, call.fatal) == ("closing", False, (404,))
    assert call.credential is CLOSE_KEY.credential
    assert read_body(call)["CommandParams"] == {"Incident Numbers": ["1", "2"], "Conclusion": "x"}


def test_a_close_request_with_an_unreadable_response_does_not_stop_the_task(connect):
    api = connect({})
    api.close(CLOSE_KEY, ["1"], {}, "closing")
    assert api.http.stopping == []


def test_a_202_may_still_take_effect(connect):
    with pytest.raises(StillPendingError) as raised:
        connect(Answer(202, {}, None)).close(CLOSE_KEY, ["1"], {}, "closing")
    assert str(raised.value) == "closing: D3: HTTP 202, which is not a response of a D3 command"


def test_the_second_name_of_the_command_is_used_once_the_first_is_unknown(connect):
    api = connect(GONE, {}, {})
    for dummy in range(2):
        list(api.read_pages({}, "reading"))
    assert read_commands(api) == ["GetIncidents", *["GetIncidentsWithNewParameters"] * 2]


def test_the_last_name_of_the_command_is_not_given_up(connect):
    api = connect(GONE, GONE, {})
    with pytest.raises(RejectedError, match="no such command"):
        list(api.read_pages({}, "reading"))
    list(api.read_pages({}, "reading"))
    assert read_commands(api)[-1] == "GetIncidentsWithNewParameters"


def test_another_refusal_says_nothing_about_the_name_of_the_command(connect):
    api = connect(RejectedError("no", status=403))
    with pytest.raises(RejectedError, match="no"):
        list(api.read_pages({}, "reading"))
    assert read_commands(api) == ["GetIncidents"]


def test_a_given_command_is_the_only_one(connect):
    api = connect(GONE, lookup_command="Mine")
    with pytest.raises(RejectedError):
        list(api.read_pages({}, "reading"))
    assert read_commands(api) == ["Mine"]


@pytest.mark.parametrize(["option", "says"], [("api_key", "unless it is shared"), ("jwt", "its payload must contain")])
@pytest.mark.parametrize("status", [401, 403])
def test_a_hint_names_the_option_and_the_command(option, says, status):
    hint = d3.CommandKey(Credential(), option).hints("CloseIncidentInBulk")[status]
    assert hint.startswith(f"check {option}: ")
    assert says in hint
    assert hint.endswith("role-based access to CloseIncidentInBulk applies")


@pytest.mark.parametrize("status", [404, 429])
def test_the_other_hints_do_not_depend_on_the_key(status):
    assert READ_KEY.hints("x")[status] == d3.HINTS[status]


def test_the_hints_of_a_close_request_are_those_of_its_key(connect):
    api = connect({})
    api.close(CLOSE_KEY, ["1"], {}, "closing")
    assert api.http.calls[0].hints == CLOSE_KEY.hints("CloseIncidentInBulk")


def test_an_absent_command_that_reads_is_a_matter_of_lookup_command(connect):
    api = connect({})
    list(api.read_pages({}, "reading"))
    assert api.http.calls[0].hints == {**READ_KEY.hints("GetIncidents"), **d3.LOOKUP_HINTS}


@pytest.mark.parametrize(
    ["data", "words"],
    [
        ({}, ""),
        ({"error": "no  such site."}, "no such site"),
        ({"error": " ", "returnData": {"Status": "Failed", "Message": "denied"}}, "denied"),
        ({"error": "first", "returnData": {"Status": "Failed", "Message": "second"}}, "first"),
    ],
)
def test_the_first_words_for_an_error_are_found(connect, data, words):
    assert connect().find_error(Response(data)) == words


def test_particular_incidents_are_selected_by_their_numbers():
    assert d3.name_incidents(["1", "2"]) == [
        [{"field": "IR Number", "operator": "=", "value": "1"}],
        [{"field": "IR Number", "operator": "=", "value": "2"}],
    ]


@pytest.mark.parametrize(["error", "said"], [("", ""), ("denied", " (denied)")])
def test_a_missing_incident_is_explained(error, said):
    failure = d3.explain_missing("7", error)
    assert failure.reason == "not_found"
    assert str(failure) == (
        f"D3 does not name incident 7{said}: check its number, the site, and that username may see it"
    )


@pytest.mark.parametrize(["batch", "words"], [(["7"], "incident 7"), (["7", "8", "9"], "3 incidents from 7 to 9")])
def test_a_batch_has_a_name(batch, words):
    assert d3.name_some(batch) == words


def test_a_state_is_what_the_row_says():
    row = {"Status": "closed", "Title": "Beacon", "Severity": "High"}
    assert d3.make_state(Row(row)) == ("closed", True, row, "Beacon", "High")


def test_a_row_without_fields_is_an_open_incident_without_a_status():
    assert d3.make_state(Row({})) == ("", False, {}, "", "")


def test_an_error_of_a_call_goes_up(connect):
    with pytest.raises(NotExecutedError, match="no route"):
        connect(NotExecutedError("no route")).close(CLOSE_KEY, ["1"], {}, "closing")
