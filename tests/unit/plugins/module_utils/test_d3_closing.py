# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Closing in batches, with a scripted client in the place of the network."""

from __future__ import annotations

import json

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import D3, CommandKey, name_incidents
from ansible_collections.secops.incident_closure.plugins.module_utils._d3_closing import D3Closing
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Credential
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import Closed, NotRead

KEY = CommandKey(Credential(), "api_key")
BUSY = OutcomeUnknownError("busy", status=503)
DENIED = RejectedError("denied", status=403)
FATAL = NotExecutedError("no route", fatal=True)


def page(*numbers, pages=None, **statuses):
    """Return a response with open incidents, and others in the status that they are given."""
    rows = [*((number, "Open") for number in numbers), *((name[1:], status) for name, status in statuses.items())]
    data = {"rawData": [{"IR Number": number, "Status": status} for number, status in rows]}
    return {**data, "outputData": {"TotalPages": pages}} if pages else data


def closed(*numbers):
    """Return the response to a close request that succeeded."""
    return {"contextData": [{"Incident Number": n, "Status": "Closed", "Result": "Successful"} for n in numbers]}


class Closing(D3Closing):
    """A client that keeps what it sends and what it warns of."""

    def __init__(self, http, **options):
        api = D3(http, url="https://soar", username="me", site="here", lookup_key=KEY, lookup_command="Read")
        self.http = http
        self.warnings = []
        super().__init__(api, KEY, options.pop("parameters", {}), warn=self.warnings.append, **options)

    def read_parameters(self):
        return [json.loads(call.content)["CommandParams"] for call in self.http.calls]


@pytest.fixture
def connect(script):
    """Return a function that makes a client that plays responses."""
    return lambda *answers, **options: Closing(script("D3", *answers), **options)


def describe(answers):
    """Return what became of each incident, in the order of the answers."""
    return [(incident, getattr(answer, "status", None) or type(answer).__name__) for incident, answer in answers]


def test_the_client_has_what_the_closing_needs(connect):
    client = connect()
    assert (client.policy, client.url) == (client.http.policy, "https://soar/api/Command/")
    assert client.closed_status == "Closed"


class TestReadStates:
    def test_one_call_reads_a_batch(self, connect):
        client = connect(page("1", _2="Closed"))
        assert describe(client.read_states(["1", "2"])) == [("1", "Open"), ("2", "Closed")]
        (parameters,) = client.read_parameters()
        assert parameters["Filter"] == name_incidents(["1", "2"])
        assert parameters["Static Fields"] == ["IR Number", "Title", "Status", "Severity"]
        assert client.warnings == []

    def test_a_hundred_incidents_are_a_batch_by_default(self, connect):
        ids = [str(number) for number in range(101)]
        client = connect(page(*ids[:100]), page(ids[100]))
        assert len(list(client.read_states(ids))) == 101
        assert [len(parameters["Filter"]) for parameters in client.read_parameters()] == [100, 1]

    def test_the_name_of_the_call_says_which_incidents_it_reads(self, connect):
        client = connect(page("1", "2"))
        list(client.read_states(["1", "2"]))
        assert client.http.calls[0].what == "reading the states of 2 incidents from 1 to 2"

    def test_other_incidents_fill_the_last_batch(self, connect):
        client = connect(page("1", "2"), page("3", "8"), batch_size=2)
        states = client.read_states(["1", "2", "3"], also=["8", "9"])
        assert sorted(describe(states)) == [("1", "Open"), ("2", "Open"), ("3", "Open"), ("8", "Open")]
        assert [parameters["Filter"] for parameters in client.read_parameters()] == [
            name_incidents(["1", "2"]),
            name_incidents(["3", "8"]),
        ]

    def test_another_incident_that_the_response_does_not_contain_is_missing(self, connect):
        answers = dict(connect(page("1")).read_states(["1"], also=["9"]))
        assert str(answers["9"]).startswith("D3 does not name incident 9: ")

    def test_another_incident_alone_does_not_mean_that_the_lookup_works(self, connect):
        client = connect(page("9"))
        assert describe(client.read_states(["1"], also=["9"]))[1:] == [("1", "NotRead")]

    def test_an_incident_that_the_response_does_not_contain_is_missing(self, connect):
        answers = dict(connect(page("1")).read_states(["1", "2"]))
        assert str(answers["2"]).startswith("D3 does not name incident 2: ")

    @pytest.mark.parametrize("error", [DENIED, RejectedError("no", status=401), RejectedError("no", status=404)])
    def test_without_access_nothing_is_read(self, connect, error):
        client = connect(error)
        assert describe(client.read_states(["1", "2"])) == [("1", "NotRead"), ("2", "NotRead")]
        assert client.warnings == [
            f"The states of 2 incidents from 1 to 2 were not read ({error}); only the response to the close request decides."
        ]

    def test_a_command_that_says_no_is_as_good_as_no_access(self, connect):
        client = connect({"error": "The user may not."})
        assert describe(client.read_states(["1"])) == [("1", "NotRead")]
        assert "(reading the states of incident 1: D3: The user may not)" in client.warnings[0]

    def test_a_response_without_any_of_the_incidents_is_as_good_as_no_access(self, connect):
        client = connect(page("8"))
        assert describe(client.read_states(["1"])) == [("1", "NotRead")]
        assert client.warnings == [
            "The states of incident 1 were not read "
            "(D3 does not name them: check the numbers, the site, and that username may see them); "
            "only the response to the close request decides."
        ]

    def test_a_conclusion_that_may_be_repeated_is_warned_of(self, connect):
        client = connect(DENIED, parameters={"Conclusion": "x"})
        list(client.read_states(["1"]))
        assert client.warnings[0].endswith(
            "; only the response to the close request decides; incidents that are closed already get the conclusion again."
        )

    def test_once_it_could_not_be_read_nothing_is_read_again(self, connect):
        client = connect(DENIED)
        list(client.read_states(["1"]))
        assert describe(client.read_again(["1"])) == [("1", "NotRead")]
        assert len(client.http.calls) == 1

    def test_access_that_ends_after_some_incidents_is_an_error_of_the_others(self, connect):
        client = connect(page("1"), DENIED, batch_size=1)
        answers = dict(client.read_states(["1", "2"]))
        assert answers["2"] is DENIED
        assert client.warnings == []

    def test_access_is_missing_although_an_earlier_batch_failed_otherwise(self, connect):
        client = connect(BUSY, DENIED, batch_size=1)
        assert describe(client.read_states(["1", "2"])) == [("1", "NotRead"), ("2", "NotRead")]

    def test_a_temporary_error_concerns_its_batch(self, connect):
        client = connect(BUSY, page("2"), batch_size=1)
        answers = dict(client.read_states(["1", "2"]))
        assert answers["1"] is BUSY
        assert answers["2"].status == "Open"

    def test_a_fatal_error_ends_the_reading(self, connect):
        with pytest.raises(NotExecutedError, match="no route"):
            list(connect(FATAL).read_states(["1"]))

    @pytest.mark.parametrize("error", [DENIED, RejectedError("no", status=404)])
    def test_a_lookup_that_is_required_fails_without_access(self, connect, error):
        client = connect(error, state_lookup="require")
        assert dict(client.read_states(["1"])) == {"1": error}
        assert client.warnings == []

    def test_a_lookup_that_is_required_fails_if_it_names_nothing(self, connect):
        answers = dict(connect(page("8"), state_lookup="require").read_states(["1"]))
        assert answers["1"].reason == "not_found"

    def test_a_lookup_that_is_skipped_reads_nothing(self, connect):
        client = connect(state_lookup="skip")
        assert describe(client.read_states(["1", "2"])) == [("1", "NotRead"), ("2", "NotRead")]
        assert client.warnings == []

    def test_an_error_beside_some_rows_explains_the_others(self, connect):
        answers = dict(connect({**page("1"), "error": "Partly denied."}).read_states(["1", "2"]))
        assert answers["1"].status == "Open"
        assert str(answers["2"]).startswith("D3 does not name incident 2 (Partly denied)")

    def test_an_error_on_an_earlier_page_explains_the_others(self, connect):
        client = connect({**page("1", pages=9), "error": "Partly denied."}, page("2", pages=9), page(pages=9))
        answers = dict(client.read_states(["1", "2", "3"]))
        assert str(answers["3"]).startswith("D3 does not name incident 3 (Partly denied)")

    @pytest.mark.parametrize("order", [("Open", "Closed"), ("Closed", "Open")])
    def test_an_incident_that_one_row_shows_as_open_is_open(self, connect, order):
        rows = [{"IR Number": "1", "Status": status} for status in order]
        client = connect({"rawData": rows[0], "contextData": rows[1]})
        assert describe(client.read_states(["1"])) == [("1", "Open")]

    def test_the_first_open_row_counts(self, connect):
        rows = [{"IR Number": "1", "Status": status} for status in ("Open", "On Hold")]
        assert describe(connect({"rawData": rows}).read_states(["1"])) == [("1", "Open")]

    def test_a_row_without_a_status_does_not_count(self, connect):
        client = connect({"rawData": [{"IR Number": "1"}]}, state_lookup="require")
        assert dict(client.read_states(["1"]))["1"].reason == "not_found"

    def test_further_pages_are_read_while_incidents_are_missing(self, connect):
        client = connect(page("1", pages=9), page("2", pages=9), page("3", pages=9))
        assert len(list(client.read_states(["1", "2", "3"]))) == 3
        assert [parameters["Page Index"] for parameters in client.read_parameters()] == [0, 1, 2]

    def test_no_page_is_read_once_all_incidents_are_known(self, connect):
        client = connect(page("1", "2", pages=9))
        assert len(list(client.read_states(["1", "2"]))) == 2

    def test_no_page_is_read_after_one_without_a_new_incident(self, connect):
        client = connect(page("1", pages=9), page("1", pages=9))
        assert describe(client.read_states(["1", "2", "3"])) == [
            ("1", "Open"),
            ("2", "RejectedError"),
            ("3", "RejectedError"),
        ]

    def test_no_more_pages_are_read_than_there_are_incidents(self, connect):
        client = connect(page("7", pages=9), page("1", pages=9), page("2", pages=9))
        answers = dict(client.read_states(["1", "2"]))
        assert answers["2"].reason == "not_found"


class TestReadAgain:
    def test_each_incident_is_read(self, connect):
        client = connect(page("1"), page(_2="Closed"), batch_size=1)
        assert describe(client.read_again(["1", "2"])) == [("1", "Open"), ("2", "Closed")]

    def test_an_incident_that_the_response_does_not_contain_is_missing(self, connect):
        answers = dict(connect(page("1")).read_again(["1", "2"]))
        assert str(answers["2"]).startswith("D3 does not name incident 2: ")

    def test_an_error_concerns_its_batch(self, connect):
        client = connect(BUSY, page("2"), batch_size=1)
        assert describe(client.read_again(["1", "2"])) == [("1", 503), ("2", "Open")]

    def test_a_fatal_error_ends_the_reading(self, connect):
        with pytest.raises(NotExecutedError, match="no route"):
            list(connect(FATAL).read_again(["1"]))

    def test_a_lookup_that_is_skipped_reads_nothing(self, connect):
        answers = list(connect(state_lookup="skip").read_again(["1", "2"]))
        assert [type(answer) for dummy, answer in answers] == [NotRead, NotRead]


class TestClose:
    def test_a_batch_is_closed_in_one_call(self, connect):
        client = connect(closed("1", "2"), parameters={"Conclusion": "x"})
        assert [(incident, type(answer)) for incident, answer in client.close(["1", "2"])] == [
            ("1", Closed),
            ("2", Closed),
        ]
        assert client.read_parameters() == [{"Incident Numbers": ["1", "2"], "Conclusion": "x"}]
        assert client.http.calls[0].what == "closing 2 incidents from 1 to 2"

    def test_a_success_has_the_row_of_d3(self, connect):
        row = {"Incident Number": "1", "Status": "Closed", "Result": "Successful"}
        assert list(connect({"contextData": [row]}).close(["1"])) == [("1", Closed(row))]

    def test_an_error_concerns_its_batch(self, connect):
        client = connect(BUSY, closed("3"), batch_size=2)
        answers = list(client.close(["1", "2", "3"]))
        assert answers[:2] == [("1", BUSY), ("2", BUSY)]
        assert isinstance(answers[2][1], Closed)

    def test_nothing_is_closed_after_a_fatal_error(self, connect):
        client = connect(FATAL, closed("2"), batch_size=1)
        assert list(client.close(["1", "2"])) == [("1", FATAL)]

    def test_an_error_without_rows_is_a_refusal_of_the_whole_batch(self, connect):
        answers = list(connect({"error": "No."}).close(["1", "2"]))
        assert [(incident, type(answer)) for incident, answer in answers] == [
            ("1", RejectedError),
            ("2", RejectedError),
        ]
        assert str(answers[0][1]) == "closing 2 incidents from 1 to 2: D3: No"

    @pytest.mark.parametrize(["error", "said"], [(None, ""), ("Partly denied.", " (Partly denied)")])
    def test_the_outcome_of_an_incident_without_a_row_is_unknown(self, connect, error, said):
        answers = dict(connect({**closed("1"), "error": error}).close(["1", "2"]))
        assert isinstance(answers["2"], OutcomeUnknownError)
        assert answers["2"].reason == "unreadable"
        assert str(answers["2"]) == f"closing incident 2: D3: the response does not contain it{said}"

    def test_the_first_place_with_rows_counts(self, connect):
        failed = {"Incident Number": "1", "Result": "Failed"}
        (answer,) = connect({**closed("1"), "returnData": [failed], "rawData": [failed]}).close(["1"])
        assert isinstance(answer[1], Closed)

    @pytest.mark.parametrize("place", ["contextData", "returnData", "rawData"])
    def test_rows_are_found_in_each_place(self, connect, place):
        (answer,) = connect({place: closed("1")["contextData"]}).close(["1"])
        assert isinstance(answer[1], Closed)

    @pytest.mark.parametrize(
        ["row", "message"],
        [
            ({"Result": "Failed"}, 'Result "Failed", Status ""'),
            ({"Result": "Failed", "Status": "Open"}, 'Result "Failed", Status "Open"'),
            ({"Result": "SuccessfulX", "Status": "Closed"}, 'Result "SuccessfulX", Status "Closed"'),
            ({"Result": "Failed", "Message": "a task is open."}, 'Result "Failed", Status "": a task is open'),
        ],
    )
    def test_a_failure_is_shown_in_the_words_of_d3(self, connect, row, message):
        ((dummy, answer),) = connect({"contextData": [{"Incident Number": "1", **row}]}).close(["1"])
        assert isinstance(answer, RejectedError)
        assert str(answer) == f"closing incident 1: D3: {message}"

    @pytest.mark.parametrize(
        ["row", "said"],
        [
            ({"Result": "Successful", "Status": "Open"}, 'Result "Successful", Status "Open"'),
            ({"Status": "Closed"}, 'Result "", Status "Closed"'),
            ({"Result": "Successful", "Status": "Open", "Close Date": "x"}, 'Result "Successful", Status "Open"'),
            ({"Result": "Successful"}, 'Result "Successful", Status ""'),
        ],
    )
    def test_a_row_that_does_not_say_that_it_is_closed_leaves_it_unknown(self, connect, row, said):
        ((dummy, answer),) = connect({"contextData": [{"Incident Number": "1", **row}]}).close(["1"])
        assert isinstance(answer, OutcomeUnknownError)
        assert answer.reason == "unreadable"
        assert str(answer) == (
            f"closing incident 1: D3: the response does not say whether the incident is closed ({said})"
        )

    def test_a_close_date_counts_where_a_row_has_no_status(self, connect):
        row = {"Incident Number": "1", "Result": "Succeed", "Close Date": "01/27/2021"}
        assert list(connect({"contextData": [row]}).close(["1"])) == [("1", Closed(row))]

    def test_a_blank_close_date_is_none(self, connect):
        row = {"Incident Number": "1", "Result": "Succeed", "Close Date": " "}
        ((dummy, answer),) = connect({"contextData": [row]}).close(["1"])
        assert isinstance(answer, OutcomeUnknownError)

    @pytest.mark.parametrize(
        ["result", "status"],
        [("SUCCESSFUL", "CLOSED"), (" successful ", " closed "), ("Successful.", "Closed"), ("Successful", "Closed.")],
    )
    def test_a_success_may_be_in_any_case_and_end_with_a_period(self, connect, result, status):
        row = {"Incident Number": "1", "Status": status, "Result": result}
        assert list(connect({"contextData": [row]}).close(["1"])) == [("1", Closed(row))]

    def test_all_rows_of_an_incident_have_to_be_a_success(self, connect):
        rows = [*closed("1")["contextData"], {"Incident Number": "1", "Result": "Failed"}]
        ((dummy, answer),) = connect({"contextData": rows}).close(["1"])
        assert isinstance(answer, RejectedError)

    def test_the_last_of_several_rows_is_returned(self, connect):
        rows = [{**closed("1")["contextData"][0], "n": number} for number in (1, 2)]
        assert list(connect({"contextData": rows}).close(["1"])) == [("1", Closed(rows[1]))]

    def test_the_words_of_d3_contain_no_secret(self, connect):
        client = connect({"contextData": [{"Incident Number": "1", "Result": "pa55"}]})
        client.http.secrets.add("pa55")
        ((dummy, answer),) = client.close(["1"])
        assert "pa55" not in str(answer)
