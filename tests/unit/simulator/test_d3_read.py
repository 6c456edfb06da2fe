# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading incidents from the simulated D3: filters, fields, times, pages, and forms of the response."""

from __future__ import annotations

import time

import pytest


@pytest.fixture
def fields(sim):
    """Add incidents with fields of their own."""
    sim.d3.add_incident(
        "n4",
        title="Web shell",
        severity="High",
        created="2026-01-12 06:08:31",
        fields={"Custom Field": "web01, web02", "Tags": ["a", "b"], "Rack": "7"},
        dynamic_fields={"Asset": {"Hostname": ["web01"], "Owner": "Ann"}},
    )
    sim.d3.add_incident("n5", dynamic_fields={"Asset": {"Owner": "Bob"}, "Host": {"Owner": "Ann"}})


def row(answer):
    (found,) = answer.json()["rawData"]["incidents"]
    return found


def test_read_answers_with_the_fields_requested(sim, client):
    sim.d3.incidents["n2"].status = "On Hold"
    assert client.d3_read([("IR Number", "=", "n2")]).json() == {
        "error": "",
        "returnData": "Successful",
        "contextData": [],
        "rawData": {"incidents": [{"IR Number": "n2", "Status": "On Hold"}]},
    }


@pytest.mark.parametrize(
    ["alternatives", "numbers"],
    [
        ([], ["n1", "n2", "n3"]),
        ([[("IR Number", "=", "n3")], [("IR Number", "=", "n1")]], ["n1", "n3"]),
        ([[("Status", "=", "Open"), ("IR Number", "!=", "n1")]], ["n3"]),
        ([[("IR Number", "=", "n1"), ("IR Number", "=", "n2")]], []),
        ([[("IR Number", "LIKE", "%2")], [("Status", "LIKE", "Op_n")]], ["n1", "n2", "n3"]),
        ([[("IR Number", ">=", "n2"), ("Owner", "IS EMPTY", "")]], ["n2", "n3"]),
        ([[("IR Number", "<", "n2")]], ["n1"]),
        ([[("IR Number", "<=", "n2"), ("IR Number", ">", "n1")]], ["n2"]),
        ([[("Title", "IS NOT EMPTY", "")]], ["n1", "n2", "n3"]),
        ([[("IR Number", "=", "nowhere")]], []),
    ],
)
def test_read_filters(sim, client, alternatives, numbers):
    sim.d3.incidents["n2"].status = "On Hold"
    assert client.d3_numbers(*alternatives) == numbers


@pytest.mark.parametrize(
    ["condition", "numbers"],
    [
        (("Custom Field", "LIKE", "%web02%"), ["n4"]),
        (("Custom Field", "IS NOT EMPTY", ""), ["n4"]),
        (("Rack", "=", "7"), ["n4"]),
        (("Tags", "LIKE", '%"a"%'), ["n4"]),
        ((("Asset", "Owner"), "=", "Ann"), ["n4"]),
        ((("Host", "Owner"), "=", "Ann"), ["n5"]),
        ((("Asset", "Hostname"), "LIKE", "%web01%"), ["n4"]),
        ((("Asset", "Hostname"), "IS EMPTY", ""), ["n1", "n2", "n3", "n5"]),
    ],
)
def test_read_filters_on_any_field(client, fields, condition, numbers):
    assert client.d3_numbers([condition]) == numbers


def test_read_answers_with_any_static_field(client, fields):
    names = ["Title", "Severity", "Date Created", "Custom Field", "Tags", "Rack", "Disposition"]
    assert row(client.d3_read([("IR Number", "=", "n4")], Static_Fields=names)) == {
        "Title": "Web shell",
        "Severity": "High",
        "Date Created": "2026-01-12 06:08:31",
        "Custom Field": "web01, web02",
        "Tags": ["a", "b"],
        "Rack": "7",
        "Disposition": "",
    }


@pytest.mark.parametrize(
    ["dynamic_as", "added"],
    [
        ("nested", {"Asset": {"Hostname": ["web01"], "Owner": "Ann"}}),
        ("flat", {"Hostname": ["web01"], "Owner": "Ann"}),
    ],
)
def test_read_answers_with_dynamic_fields(sim, client, fields, dynamic_as, added):
    sim.configure(d3={"dynamic_as": dynamic_as})
    answer = client.d3_read([("IR Number", "=", "n4")], Dynamic_Fields={"Asset": ["Hostname", "Owner"]})
    assert row(answer) == {"IR Number": "n4", "Status": "Open", **added}


def test_a_dynamic_field_that_an_incident_lacks_is_empty(client, fields):
    answer = client.d3_read([("IR Number", "=", "n1")], Dynamic_Fields={"Asset": ["Owner"]}, Static_Fields=["Title"])
    assert row(answer) == {"Title": "Incident", "Asset": {"Owner": ""}}


def test_read_can_write_dates_as_the_close_page_does(sim, client, fields):
    sim.configure(d3={"dates_as": "us"})
    answer = client.d3_read([("IR Number", "=", "n4")], Static_Fields=["Date Created", "Date Closed"])
    assert row(answer) == {"Date Created": "01/12/2026 06:08 AM UTC", "Date Closed": ""}


def test_a_close_sets_its_fields(client):
    client.d3_close("n1", Username="analyst", Conclusion="done")
    names = ["Status", "Closed by", "Conclusion", "Date Closed", "Date Modified"]
    found = row(client.d3_read([("IR Number", "=", "n1")], Static_Fields=names))
    assert found.pop("Date Closed") == found.pop("Date Modified") != ""
    assert found == {"Status": "Closed", "Closed by": "analyst", "Conclusion": "done"}


def test_read_sorts_by_the_creation_date(sim, client):
    sim.d3.add_incident("old", created="2021-01-27 06:08:00")
    sim.d3.add_incident("older", created="2021-01-27 06:07:59")
    times = {"Start_Time": "2021-01-27 06:08:00", "End_Time": "2021-01-27 06:08:00"}
    assert client.d3_numbers(**times, Output_Format=2) == ["old"]


@pytest.mark.parametrize(["index", "numbers"], [(0, ["n1", "n2"]), (1, ["n3"]), (2, [])])
def test_read_returns_pages(client, index, numbers):
    assert client.d3_numbers(Page_Size=2, Page_Index=index) == numbers


def test_a_page_has_100_incidents_by_default(sim, client):
    sim.d3.add(f"p{number:03}" for number in range(100))
    assert len(client.d3_numbers()) == 100


def test_read_can_begin_with_the_newest(sim, client):
    sim.configure(d3={"newest_first": True})
    assert client.d3_numbers(Page_Size=2) == ["n3", "n2"]


def test_read_can_return_smaller_pages_and_their_number(sim, client):
    sim.configure(d3={"page_limit": 1})
    answer = client.d3_read([("IR Number", "=", "n1")], [("IR Number", "=", "n2")], Page_Index=1).json()
    assert answer["outputData"] == {"TotalPages": 2}
    assert [row["IR Number"] for row in answer["rawData"]["incidents"]] == ["n2"]


@pytest.mark.parametrize("under", ["contextData", "returnData"])
def test_read_can_return_rows_in_another_object(sim, client, under):
    sim.configure(d3={"rows_under": under})
    body = client.d3_read([("IR Number", "=", "n1")]).json()
    assert body[under] == [{"IR Number": "n1", "Status": "Open"}]
    assert body["rawData"] == {}


@pytest.mark.parametrize(
    ["rows_as", "rows"],
    [
        ("data", {"Status": "Successful", "Data": [{"IncidentNo": "n1", "Status": "Open"}]}),
        ("list", [{"Status": "Successful", "Data": [{"IncidentNo": "n1", "Status": "Open"}]}]),
    ],
)
def test_read_can_wrap_rows(sim, client, rows_as, rows):
    sim.configure(d3={"rows_under": "returnData", "rows_as": rows_as, "number_key": "IncidentNo"})
    assert client.d3_read([("IR Number", "=", "n1")]).json()["returnData"] == rows


GOOD = {"Start Time": "2000-01-01 00:00:00", "End Time": "2100-01-01 00:00:00"}
CONDITION = {"field": "Status", "operator": "=", "value": "Open"}


def test_read_needs_times_only(client):
    assert client.d3("GetIncidents", GOOD).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"Start Time": None},
        {"End Time": "2026-01-01"},
        {"End Time": "2026-1-1 00:00:00"},
        {"Start Time": "2026-02-30 00:00:00"},
        {"Page Size": 0},
        {"Page Size": 1001},
        {"Page Size": True},
        {"Page Index": -1},
        {"Page Index": "0"},
        {"Output Format": 3},
        {"Static Fields": "Status"},
        {"Static Fields": ["Color"]},
        {"Static Fields": [{}]},
        {"Dynamic Fields": {}},
        {"Dynamic Fields": ["Hostname"]},
        {"Dynamic Fields": {"Asset": []}},
        {"Dynamic Fields": {"Asset": "Hostname"}},
        {"Dynamic Fields": {"Asset": ["Color"]}},
        {"Dynamic Fields": {"Elsewhere": ["Hostname"]}},
        {"Filter": {}},
        {"Filter": [CONDITION]},
        {"Filter": [[{**CONDITION, "operator": "=="}]]},
        {"Filter": [[{**CONDITION, "value": 1}]]},
        {"Filter": [[{**CONDITION, "field": "Color"}]]},
        {"Filter": [[{**CONDITION, "section": "Asset"}]]},
        {"Filter": [[{**CONDITION, "section": ""}]]},
        {"Filter": [[{**CONDITION, "colour": ""}]]},
        {"Filter": [[{"field": "Status", "operator": "="}]]},
        {"Fields": []},
    ],
)
def test_read_rejects_wrong_parameters(client, fields, change):
    assert client.d3("GetIncidents", {**GOOD, **change}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"color": "red"},
        {"number": "n9"},
        {"order": 1},
        {"status": "Lost"},
        {"fields": {"Title": "twice"}},
        {"dynamic_fields": {"Asset": "web01"}},
    ],
)
def test_an_incident_has_no_other_fields(sim, wrong):
    with pytest.raises((ValueError, TypeError)):
        sim.d3.add_incident("n9", **wrong)
    assert "n9" not in sim.d3.incidents


def test_many_incidents_are_looked_up_fast(sim, client):
    numbers = [f"2026{i:06}-{i}" for i in range(10000)]
    sim.d3.add(numbers)
    started = time.monotonic()
    assert (
        client.d3_numbers(*([("IR Number", "=", number)] for number in numbers[-1000:]), Page_Size=1000)
        == (numbers[-1000:])
    )
    assert time.monotonic() - started < 1
