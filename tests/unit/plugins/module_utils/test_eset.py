# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The incidents of ESET Connect, with a scripted client in the place of the network."""

from __future__ import annotations

import json

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _eset as eset
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import Closed, State

ERROR = RejectedError("no")
FATAL = NotExecutedError("wrong password", fatal=True)


OPEN = "INCIDENT_STATUS_OPEN"
CLOSED = "INCIDENT_STATUS_CLOSED"
UUID = "5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21"


@pytest.fixture
def connect(script):
    """Return a function that makes the incidents of a host that plays responses."""
    return lambda *answers: eset.Eset(script("ESET", *answers), "https://eset")


def row(uuid, status=OPEN, **fields):
    return {"uuid": uuid, "status": status, **fields}


def one(uuid, status=OPEN):
    return {"incident": row(uuid, status)}


def read_body(call):
    return json.loads(call.content)


class TestIncident:
    def test_it_is_read_with_one_safe_call(self, connect):
        api = connect(one("a"))
        assert api.read_incident("a") == row("a")
        (call,) = api.http.stopping
        assert (call.method, call.url) == ("GET", "https://eset/v2/incidents/a")
        assert (call.what, call.safe, call.reasons) == ("reading incident a", True, {404: "not_found"})

    def test_its_id_is_one_part_of_the_path(self, connect):
        api = connect(one("a/b"))
        api.read_incident("a/b")
        assert api.http.calls[0].url == "https://eset/v2/incidents/a%2Fb"

    @pytest.mark.parametrize(
        ["data", "accepted"],
        [
            (one("a"), True),
            (one("A"), True),
            (one("b"), False),
            ({"incident": {"uuid": "a"}}, False),
            ({"incident": {"status": OPEN}}, False),
            ({"incident": {"uuid": 7, "status": OPEN}}, False),
            ({"incident": None}, False),
            ({}, False),
            (None, False),
        ],
    )
    def test_a_response_is_this_incident(self, connect, data, accepted):
        api = connect(one("a"))
        api.read_incident("a")
        assert api.http.calls[0].accepts(data) is accepted

    def test_it_is_closed_with_one_call_that_is_not_safe(self, connect):
        api = connect({})
        api.close_incident("a/b", "true_positive", None)
        (call,) = api.http.calls
        assert (call.method, call.url) == ("POST", "https://eset/v2/incidents/a%2Fb:close")
        assert (call.what, call.safe, call.reasons) == ("closing incident a/b", False, {404: "not_found"})
        assert read_body(call) == {"closureReason": "INCIDENT_RESOLVE_REASON_TRUE_POSITIVE"}

    def test_a_close_request_with_an_unreadable_response_does_not_stop_the_task(self, connect):
        api = connect({})
        api.close_incident("a", "true_positive", None)
        assert api.http.stopping == []

    @pytest.mark.parametrize(["data", "accepted"], [({}, True), ({"a": 1}, False), ([], False), (None, False)])
    def test_the_response_to_a_close_request_is_empty(self, connect, data, accepted):
        api = connect({})
        api.close_incident("a", "true_positive", None)
        assert api.http.calls[0].accepts(data) is accepted

    def test_a_comment_is_the_final_one(self, connect):
        api = connect({})
        api.close_incident("a", "true_positive", "done")
        assert read_body(api.http.calls[0])["finalComment"] == {
            "text": "done",
            "isFinalComment": True,
            "incidentUuid": "a",
        }

    @pytest.mark.parametrize(
        ["reason", "hint"],
        [
            ("true_positive", "check the uuid of the incident, closure_reason, and final_comment"),
            ("unspecified", eset.UNSPECIFIED_HINTS["rejected"]),
        ],
    )
    def test_a_400_may_be_because_of_the_closure_reason(self, connect, reason, hint):
        api = connect({})
        api.close_incident("a", reason, None)
        assert api.http.calls[0].hints == {**eset.HINTS, 400: hint}


class TestPages:
    def test_a_page_is_read_with_one_safe_call(self, connect):
        api = connect({"incidents": [row("a")]})
        assert list(api.list_pages("cel", "listing", order="create_time desc", page_size=7)) == [[row("a")]]
        (call,) = api.http.calls
        assert (call.method, call.url, call.what, call.safe) == ("GET", "https://eset/v2/incidents", "listing", True)
        assert call.params == {"filter": "cel", "orderBy": "create_time desc", "pageSize": 7}

    def test_what_is_not_given_is_not_sent(self, connect):
        api = connect({})
        list(api.list_pages("", "listing"))
        assert api.http.calls[0].params == {"pageSize": 1000}

    def test_a_page_may_be_empty(self, connect):
        assert list(connect({}).list_pages("", "listing")) == [[]]

    def test_a_page_names_the_next_one(self, connect):
        api = connect({"nextPageToken": "t"}, {"nextPageToken": "u"}, {"nextPageToken": ""})
        assert len(list(api.list_pages("cel", "listing"))) == 3
        assert [call.params.get("pageToken") for call in api.http.calls] == [None, "t", "u"]
        assert {call.params["filter"] for call in api.http.calls} == {"cel"}

    @pytest.mark.parametrize("empty", [None, []])
    def test_a_list_of_devices_or_detections_that_is_empty_says_nothing(self, connect, empty):
        shown = row("a", deviceUuids=empty, detectionUuids=empty, comments=empty)
        assert list(connect({"incidents": [shown]}).list_pages("", "listing")) == [[row("a", comments=empty)]]

    def test_devices_and_detections_that_a_list_shows_are_kept(self, connect):
        shown = row("a", deviceUuids=["d"], detectionUuids=["e"])
        assert list(connect({"incidents": [shown]}).list_pages("", "listing")) == [[shown]]

    def test_an_entry_that_is_not_an_object_becomes_an_empty_one(self, connect):
        assert list(connect({"incidents": [None, row("a")]}).list_pages("", "listing")) == [[{}, row("a")]]

    @pytest.mark.parametrize(
        ["data", "accepted"],
        [
            ({}, True),
            ({"incidents": None, "nextPageToken": None}, True),
            ({"incidents": [], "nextPageToken": "t"}, True),
            ({"incidents": {"a": 1}}, False),
            ({"nextPageToken": 7}, False),
            ([], False),
            (None, False),
        ],
    )
    def test_a_response_is_a_page(self, connect, data, accepted):
        api = connect({})
        list(api.list_pages("", "listing"))
        assert api.http.calls[0].accepts(data) is accepted


class TestClosing:
    def test_the_client_has_what_the_closing_needs(self, connect):
        api = connect()
        client = eset.EsetClosing(api)
        assert (client.policy, client.url) == (api.http.policy, "https://eset/v2/incidents")
        assert client.closed_status == CLOSED

    def test_one_incident_is_read_alone(self, connect):
        api = connect(one("a"))
        assert [(i, s.status) for i, s in eset.EsetClosing(api).read_states(["a"])] == [("a", OPEN)]
        assert len(api.http.calls) == 1

    def test_several_are_read_from_the_list_of_those_that_are_not_closed(self, connect):
        api = connect({"incidents": [row("a"), row("b")]})
        states = dict(eset.EsetClosing(api).read_states(["a", "b"]))
        assert {incident: state.status for incident, state in states.items()} == {"a": OPEN, "b": OPEN}
        (call,) = api.http.calls
        assert call.what == "listing the incidents that are not closed"
        assert call.params["filter"] == eset.NOT_CLOSED

    def test_the_list_shows_other_incidents_too(self, connect):
        api = connect({"incidents": [row("b"), row("a")]})
        assert [incident for incident, state in eset.EsetClosing(api).read_states(["a"], also=["b"])] == ["b", "a"]

    def test_what_the_list_does_not_show_is_read_one_by_one(self, connect):
        api = connect({"incidents": [row("a")]}, one("b", CLOSED))
        states = dict(eset.EsetClosing(api).read_states(["a", "b"]))
        assert states["b"].closed
        assert len(api.http.calls) == 2

    def test_other_incidents_that_the_list_does_not_show_are_left_out(self, connect):
        api = connect({"incidents": [row("a")]})
        assert [incident for incident, state in eset.EsetClosing(api).read_states(["a"], also=["b"])] == ["a"]

    def test_an_incident_that_the_list_shows_as_closed_is_read_alone(self, connect):
        api = connect({"incidents": [row("a", CLOSED), row("b")]}, one("a"))
        assert dict(eset.EsetClosing(api).read_states(["a", "b"]))["a"].status == OPEN

    def test_a_row_of_the_list_without_a_status_says_nothing(self, connect):
        api = connect({"incidents": [{"uuid": "a"}, row("b")]}, one("a"))
        assert dict(eset.EsetClosing(api).read_states(["a", "b"]))["a"].status == OPEN

    def test_a_uuid_of_the_list_is_spelled_in_lower_case(self, connect):
        api = connect({"incidents": [row(UUID.upper()), row("b")]})
        assert {incident for incident, state in eset.EsetClosing(api).read_states([UUID, "b"])} == {UUID, "b"}

    def test_a_list_that_cannot_be_read_leaves_single_reads(self, connect):
        api = connect(ERROR, one("a"))
        assert [incident for incident, state in eset.EsetClosing(api).read_states(["a"], also=["b"])] == ["a"]

    def test_a_fatal_error_of_the_list_ends_the_reading(self, connect):
        with pytest.raises(NotExecutedError, match="wrong password"):
            list(eset.EsetClosing(connect(FATAL)).read_states(["a", "b"]))

    def test_no_more_pages_are_read_than_there_are_incidents_to_find(self, connect):
        pages = [{"nextPageToken": "t"}] * 2
        api = connect(*pages, one("a"))
        assert [incident for incident, state in eset.EsetClosing(api).read_states(["a"], also=["b"])] == ["a"]
        assert len(api.http.calls) == 3

    def test_no_page_is_read_once_all_incidents_are_found(self, connect):
        api = connect({"incidents": [row("a"), row("b")], "nextPageToken": "t"})
        assert len(list(eset.EsetClosing(api).read_states(["a", "b"]))) == 2

    def test_an_error_concerns_one_incident(self, connect):
        assert list(eset.EsetClosing(connect(ERROR)).read_again(["a"])) == [("a", ERROR)]

    def test_a_fatal_error_ends_the_single_reads(self, connect):
        with pytest.raises(NotExecutedError, match="wrong password"):
            list(eset.EsetClosing(connect(FATAL)).read_again(["a"]))

    def test_an_incident_is_closed_with_the_reason_and_the_comment(self, connect):
        api = connect({})
        assert list(eset.EsetClosing(api, "false_positive", "done").close(["a"])) == [("a", Closed({}))]
        body = read_body(api.http.calls[0])
        assert body["closureReason"] == "INCIDENT_RESOLVE_REASON_FALSE_POSITIVE"
        assert body["finalComment"]["text"] == "done"

    def test_an_incident_is_closed_without_a_reason_by_default(self, connect):
        api = connect({})
        list(eset.EsetClosing(api).close(["a"]))
        assert read_body(api.http.calls[0]) == {"closureReason": "INCIDENT_RESOLVE_REASON_UNSPECIFIED"}
        assert api.http.calls[0].hints[400] == eset.UNSPECIFIED_HINTS["rejected"]

    def test_an_error_of_a_close_request_is_the_answer(self, connect):
        error = OutcomeUnknownError("dropped")
        assert list(eset.EsetClosing(connect(error)).close(["a"])) == [("a", error)]


@pytest.mark.parametrize(
    ["shown", "state"],
    [
        (row("a"), State(OPEN, False, row("a"))),
        (row("a", CLOSED), State(CLOSED, True, row("a", CLOSED))),
        (
            row("a", displayName="Beacon", severity="high"),
            State(OPEN, False, row("a", displayName="Beacon", severity="high"), "Beacon", "high"),
        ),
    ],
)
def test_a_state_is_what_the_row_says(shown, state):
    assert eset.make_state(shown) == state
