# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The incidents and errors in a response of D3, in all the forms that its commands use."""

from __future__ import annotations

import json

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._d3_response import Response, Row, is_closed

ROW = {"IR Number": "1", "Status": "Closed"}


def find_rows(value):
    """Return the incidents in one place of a response."""
    return [row.details for row in Response({"rawData": value}).find_rows()]


@pytest.mark.parametrize(
    "value",
    [
        ROW,
        [ROW],
        [[ROW]],
        json.dumps(ROW),
        json.dumps([ROW]),
        [json.dumps(ROW)],
        {"incidents": [ROW]},
        {"Data": ROW},
        [{"Incidents": json.dumps([ROW])}],
    ],
)
def test_find_a_row_wherever_it_is(value):
    assert find_rows(value) == [ROW]


@pytest.mark.parametrize(
    "value", [None, 7, "", "no JSON", "[" * 100_000, {}, [[[ROW]]], {"other": ROW}, {"Status": "Closed"}]
)
def test_find_no_row_in_anything_else(value):
    assert find_rows(value) == []


@pytest.mark.parametrize(
    ["row", "number"],
    [
        ({"IR Number": "20210127-198"}, "20210127-198"),
        ({"irNumber": " 7 "}, "7"),
        ({"incident_number": 7}, "7"),
        ({"Incident No": "7"}, "7"),
        ({"CaseNumber": "7"}, "7"),
        ({"IR Number": "", "CaseNumber": "7"}, "7"),
        ({"IR Number": True}, ""),
        ({"IR Number": ["7"]}, ""),
        ({"Number": "7"}, ""),
        ({"IR Number": None}, ""),
        ({"IR Number": 7.5}, ""),
        ({"IR Number": "1", "Incident Number": "2", "Incident No": "3", "Case Number": "4"}, "1"),
        ({"Case Number": "4", "Incident No": "3", "Incident Number": "2"}, "2"),
        ({"Case Number": "4", "Incident No": "3"}, "3"),
    ],
)
def test_read_the_number_of_an_incident_in_every_spelling(row, number):
    assert Row(row).number == number


def test_the_caller_chooses_the_places_and_their_order():
    response = Response({place: {"IR Number": place} for place in ("rawData", "contextData", "returnData")})
    assert [row.number for row in response.find_rows()] == ["rawData", "contextData", "returnData"]
    assert [row.number for row in response.find_rows(["returnData", "rawData"])] == ["returnData", "rawData"]


@pytest.mark.parametrize("value", [0, False, [], {}])
def test_read_a_value_that_is_neither_null_nor_an_empty_string(value):
    assert Row({"a": value}).read("a") == value


def test_read_the_first_of_two_spellings():
    assert Row({"Message": "first", "message": "second"}).read("message") == "first"


def test_find_the_rows_beside_other_objects():
    other = {"IR Number": "2"}
    value = [ROW, {"incidents": [other], "data": {"IR Number": "3"}}, {"a": 1}]
    assert find_rows(value) == [ROW, other, {"IR Number": "3"}]


def test_read_the_first_key_that_has_a_value():
    row = Row({"Error Message": None, "reason": "late", "Message": "first"})
    assert row.read("errormessage", "message", "reason") == "first"
    assert row.read("errormessage") is None


@pytest.mark.parametrize(
    ["status", "read", "closed"],
    [
        ("Closed", "Closed", True),
        (" cLOSED ", " cLOSED ", True),
        ("Open", "Open", False),
        (" ", "", False),
        (1, "", False),
        (None, "", False),
        ("Closed early", "Closed early", False),
    ],
)
def test_read_a_status_in_the_words_of_d3(status, read, closed):
    assert Row({"Status": status}).status == read
    assert is_closed(read) is closed


@pytest.mark.parametrize(
    ["data", "errors"],
    [
        ({"error": "no"}, ["no"]),
        ({"returnData": {"Status": "Failed", "Message": "no"}}, [None, "no"]),
        ({"rawData": {"Status": "error", "reason": "no"}}, [None, "no"]),
        ({"rawData": {"Status": "Failed", "Message": "of one incident", "IR Number": "1"}}, [None]),
        ({"contextData": {"Status": "Successful", "Message": "yes"}}, [None]),
        *(
            ({"contextData": {"Status": status, "Message": "no"}}, [None, "no"])
            for status in ("failed", "FAIL", "Failure", "error", "Unsuccessful")
        ),
        (
            {place: {"Status": "Failed", "Message": place} for place in ("returnData", "contextData", "rawData")},
            [None, "rawData", "contextData", "returnData"],
        ),
        (
            {"rawData": {"Status": "Failed", "reason": 4, "error message": 3, "error": 2, "message": 1}},
            [None, 1],
        ),
        ({"rawData": {"Status": "Failed", "reason": 4, "error message": 3, "error": 2}}, [None, 2]),
        ({"rawData": {"Status": "Failed", "reason": 4, "error message": 3}}, [None, 3]),
    ],
)
def test_find_the_words_for_an_error(data, errors):
    assert list(Response(data).find_errors()) == errors


@pytest.mark.parametrize(
    ["output", "pages"],
    [
        ({"TotalPages": 3}, 3),
        ('{"total_pages": "3"}', 3),
        ({"TotalPages": -1}, 0),
        ({"TotalPages": "many"}, 0),
        (None, 0),
        ([{"a": 1}, {"TotalPages": 4}], 4),
        ({"TotalPages": 999999999}, 999999999),
        ({"TotalPages": 1000000000}, 0),
        ({"TotalPages": 1.5}, 0),
    ],
)
def test_count_the_pages_that_a_response_says_there_are(output, pages):
    assert Response({"outputData": output}).count_pages() == pages
