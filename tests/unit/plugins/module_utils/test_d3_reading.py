# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading incidents of D3, with a scripted client in the place of the network."""

from __future__ import annotations

import json

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _d3_reading as reading
from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import (
    D3,
    LOOKUP_HINT,
    CommandKey,
    name_incidents,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Credential

BUSY = OutcomeUnknownError("busy", reason="server_error")
FATAL = NotExecutedError("no route", fatal=True)


@pytest.fixture
def connect(script):
    """Return a function that makes the commands of a site that plays responses."""

    def make(*answers):
        key = CommandKey(Credential(), "api_key")
        http = script("D3", *answers)
        return D3(http, url="https://soar", username="me", site="here", lookup_key=key, lookup_command="Read")

    return make


def row(number, **fields):
    return {"IR Number": number, "Status": "Open", **fields}


def page(*numbers, **fields):
    return {"rawData": [row(number) for number in numbers], **fields}


def read_parameters(api):
    return [json.loads(call.content)["CommandParams"] for call in api.http.calls]


def read_ids(result):
    return [incident["id"] for incident in result.incidents]


class TestSelection:
    def test_the_parameters_select_the_incidents(self, connect):
        api = connect(page())
        reading.read(api, {"Filter": [[]]})
        (parameters,) = read_parameters(api)
        assert parameters["Filter"] == [[]]
        assert parameters["Static Fields"] == ["IR Number", "Title", "Status", "Severity", "Date Created"]
        assert "Dynamic Fields" not in parameters
        assert api.http.calls[0].what == "listing the incidents"

    def test_further_fields_are_read(self, connect):
        api = connect(page())
        reading.read(api, {}, static_fields=["Owner", "Title"], dynamic_fields={"a": ["b"]})
        (parameters,) = read_parameters(api)
        assert parameters["Static Fields"][5:] == ["Owner"]
        assert parameters["Dynamic Fields"] == {"a": ["b"]}

    def test_an_incident_is_described(self, connect):
        shown = row("1", Title="Beacon", Severity="High", **{"Date Created": "2026"})
        result = reading.read(connect({"rawData": [shown]}, {}), {})
        assert result.incidents == [
            {
                "id": "1",
                "title": "Beacon",
                "status": "Open",
                "closed": False,
                "severity": "High",
                "created": "2026",
                "details": shown,
            }
        ]
        assert (result.missing, result.failure) == ((), None)

    def test_the_newest_incidents_come_first(self, connect):
        numbers = ["20260112-9", "20260113-1", "20260112-10", "a"]
        assert read_ids(reading.read(connect(page(*numbers), {}), {})) == [
            "20260113-1",
            "20260112-10",
            "20260112-9",
            "a",
        ]

    def test_pages_are_read_until_one_has_nothing_new(self, connect):
        api = connect(page("3", "2"), page("2", "1"), page("1"), page("0"))
        assert read_ids(reading.read(api, {})) == ["3", "2", "1"]
        assert [parameters["Page Index"] for parameters in read_parameters(api)] == [0, 1, 2]

    def test_an_incident_that_moves_to_the_next_page_is_listed_once(self, connect):
        pages = [{"rawData": [row("1", version=version)]} for version in (1, 2)]
        (incident,) = reading.read(connect(*pages), {}).incidents
        assert incident["details"]["version"] == 1

    def test_rows_are_found_in_each_place(self, connect):
        api = connect({"rawData": [row("1")], "contextData": [row("2")], "returnData": [row("3")]}, {})
        assert read_ids(reading.read(api, {})) == ["3", "2", "1"]

    def test_no_page_is_read_once_the_limit_is_reached_in_order(self, connect):
        api = connect(page("3", "2"))
        assert read_ids(reading.read(api, {}, limit=2)) == ["3", "2"]

    def test_pages_are_read_until_the_limit_is_reached(self, connect):
        api = connect(page("3"), page("2"), page("1"))
        assert read_ids(reading.read(api, {}, limit=2)) == ["3", "2"]
        assert len(api.http.calls) == 2

    def test_every_page_is_read_where_the_newest_incidents_do_not_come_first(self, connect):
        api = connect(page("1", "2"), page("3"), {})
        assert read_ids(reading.read(api, {}, limit=2)) == ["3", "2"]

    def test_one_incident_says_nothing_about_the_order(self, connect):
        api = connect(page("1"), page("2"), {})
        assert read_ids(reading.read(api, {}, limit=1)) == ["2"]

    def test_two_incidents_say_enough_about_the_order(self, connect):
        api = connect(page("2", "1"))
        assert read_ids(reading.read(api, {}, limit=1)) == ["2"]

    def test_the_words_of_d3_for_an_error_are_shown(self, connect):
        with pytest.raises(RejectedError) as raised:
            reading.read(connect({"error": "No site."}), {})
        assert str(raised.value) == f"listing the incidents: D3: No site; {LOOKUP_HINT}"


class TestParticular:
    def test_they_are_selected_by_their_numbers(self, connect):
        api = connect(page("1", "2"))
        assert read_ids(reading.read(api, {"Filter": "x"}, numbers=["2", "1"])) == ["2", "1"]
        (parameters,) = read_parameters(api)
        assert parameters["Filter"] == name_incidents(["2", "1"])
        assert parameters["Static Fields"] == list(reading.FIELDS)
        assert api.http.calls[0].what == "reading 2 incidents from 2 to 1"

    def test_a_thousand_are_read_with_one_call(self, connect):
        numbers = [str(number) for number in range(1001)]
        api = connect(page(*numbers[:1000]), page(numbers[1000]))
        assert read_ids(reading.read(api, {}, numbers=numbers)) == numbers
        assert [len(parameters["Filter"]) for parameters in read_parameters(api)] == [1000, 1]

    def test_pages_are_read_while_incidents_are_missing(self, connect):
        api = connect(page("1"), page("2"))
        assert read_ids(reading.read(api, {}, numbers=["1", "2"])) == ["1", "2"]

    def test_no_page_is_read_after_one_without_any_of_them(self, connect):
        api = connect(page("1"), page("8"))
        result = reading.read(api, {}, numbers=["1", "2"])
        assert read_ids(result) == ["1"]
        assert [missing["id"] for missing in result.missing] == ["2"]

    def test_an_incident_that_is_missing_is_no_failure(self, connect):
        result = reading.read(connect({}), {}, numbers=["1"])
        assert result.missing[0]["message"].startswith("D3 does not name incident 1: ")
        assert result.failure is None

    def test_an_error_beside_some_rows_explains_the_others(self, connect):
        result = reading.read(connect(page("1", error="Partly denied."), {}), {}, numbers=["1", "2"])
        assert result.missing[0]["message"].startswith("D3 does not name incident 2 (Partly denied): ")

    def test_an_error_on_the_last_page_explains_the_others(self, connect):
        result = reading.read(connect(page("8", error="Partly denied.")), {}, numbers=["2"])
        assert result.missing[0]["message"].startswith("D3 does not name incident 2 (Partly denied): ")

    def test_an_error_without_rows_is_a_failure(self, connect):
        result = reading.read(connect({"error": "No site."}), {}, numbers=["1"])
        assert str(result.failure) == f"reading incident 1: D3: No site; {LOOKUP_HINT}"
        assert result.missing == [{"id": "1", "message": f"reading incident 1: D3: No site; {LOOKUP_HINT}"}]

    def test_an_error_concerns_what_was_not_read_before(self, connect):
        result = reading.read(connect(page("1"), BUSY), {}, numbers=["1", "2"])
        assert read_ids(result) == ["1"]
        assert result.missing == [{"id": "2", "message": "busy"}]
        assert result.failure is BUSY

    def test_the_first_of_several_errors_is_the_failure(self, connect, monkeypatch):
        monkeypatch.setattr(reading, "PAGE_SIZE", 1)
        later = OutcomeUnknownError("later")
        assert reading.read(connect(BUSY, later), {}, numbers=["1", "2"]).failure is BUSY

    def test_other_batches_are_read_after_an_error(self, connect, monkeypatch):
        monkeypatch.setattr(reading, "PAGE_SIZE", 1)
        assert read_ids(reading.read(connect(BUSY, page("2")), {}, numbers=["1", "2"])) == ["2"]

    def test_nothing_is_read_after_a_fatal_error(self, connect, monkeypatch):
        monkeypatch.setattr(reading, "PAGE_SIZE", 1)
        result = reading.read(connect(FATAL), {}, numbers=["1", "2"])
        assert result.missing == [{"id": "1", "message": "no route"}, {"id": "2", "message": "not attempted"}]
        assert result.failure is FATAL

    def test_they_keep_the_order_that_was_asked_for(self, connect, monkeypatch):
        monkeypatch.setattr(reading, "PAGE_SIZE", 2)
        api = connect(page("2", "1"), page("3"))
        assert read_ids(reading.read(api, {}, numbers=["1", "2", "3"])) == ["1", "2", "3"]
