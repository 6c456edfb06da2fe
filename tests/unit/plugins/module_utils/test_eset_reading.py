# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading incidents of ESET and their devices, with a scripted client in the place of the network."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _eset_reading as reading
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._eset import Eset
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_devices import EsetDevices
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_selection import Selection

UUID = "5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21"
OPEN = "INCIDENT_STATUS_OPEN"
EVERY = Selection("", {})
CEL = Selection("cel", {})
HIGH = Selection("", {"severity": ("high",)})
REJECTED = RejectedError("gone", reason="not_found", status=404)
BUSY = OutcomeUnknownError("busy", reason="server_error")
FATAL = NotExecutedError("wrong password", fatal=True)


@pytest.fixture
def connect(script):
    """Return a function that makes the incidents of a host that plays responses."""
    return lambda *answers: Eset(script("ESET", *answers), "https://eset")


def row(uuid, **fields):
    return {"uuid": uuid, "status": OPEN, **fields}


def page(*uuids, more=""):
    return {"incidents": [row(uuid) for uuid in uuids], "nextPageToken": more}


class TestList:
    def test_the_newest_incidents_come_first(self, connect):
        api = connect(page("b", "a"))
        assert list(reading.list_incidents(api, CEL)) == ["b", "a"]
        (call,) = api.http.calls
        assert call.what == "listing the incidents"
        assert call.hints == reading.LIST_HINTS
        assert call.params == {"filter": "cel", "orderBy": "create_time desc", "pageSize": 1000}

    def test_every_page_is_read_without_a_limit(self, connect):
        api = connect(page("c", more="t"), page("b", more="u"), page("a"))
        assert list(reading.list_incidents(api, EVERY)) == ["c", "b", "a"]

    def test_an_incident_that_moves_to_the_next_page_is_listed_once(self, connect):
        first = {"incidents": [row("a", version=1)], "nextPageToken": "t"}
        api = connect(first, page("a", "b"))
        assert reading.list_incidents(api, EVERY) == {"a": row("a", version=1), "b": row("b")}

    @pytest.mark.parametrize(["limit", "page_size"], [(1, 1), (7, 7), (1000, 1000), (1001, 1000)])
    def test_a_page_is_no_larger_than_the_limit(self, connect, limit, page_size):
        api = connect(page())
        reading.list_incidents(api, EVERY, limit)
        assert api.http.calls[0].params["pageSize"] == page_size

    def test_no_page_is_read_once_the_limit_is_reached(self, connect):
        api = connect(page("a", "b", more="t"))
        assert list(reading.list_incidents(api, EVERY, 2)) == ["a", "b"]

    def test_pages_are_read_until_the_limit_is_reached(self, connect):
        api = connect(page("a", more="t"), page("b", "c", more="u"))
        assert list(reading.list_incidents(api, EVERY, 2)) == ["a", "b"]

    def test_an_incident_with_a_value_that_is_not_selected_is_left_out(self, connect):
        rows = [row("a", severity="low"), row("b", severity="high")]
        assert list(reading.list_incidents(connect({"incidents": rows, "nextPageToken": ""}), HIGH)) == ["b"]

    def test_whole_pages_are_read_until_the_limit_is_reached_if_the_filter_leaves_something_out(self, connect):
        api = connect(
            {"incidents": [row("a", severity="low")], "nextPageToken": "t"},
            {"incidents": [row("b", severity="high"), row("c", severity="high")], "nextPageToken": "u"},
        )
        assert list(reading.list_incidents(api, HIGH, 1)) == ["b"]
        assert [call.params["pageSize"] for call in api.http.calls] == [1000, 1000]

    def test_a_uuid_is_spelled_in_lower_case(self, connect):
        assert list(reading.list_incidents(connect(page(UUID.upper())), EVERY)) == [UUID]

    def test_an_entry_that_is_not_an_incident_makes_the_list_unreadable(self, connect):
        with pytest.raises(OutcomeUnknownError) as raised:
            reading.list_incidents(connect({"incidents": [{"uuid": "a"}]}), EVERY)
        assert raised.value.reason == "unreadable"
        assert str(raised.value) == "listing the incidents: ESET: an entry has no uuid or no status"


def test_incidents_are_read_one_by_one_in_their_order(connect):
    api = connect({"incident": row("b")})
    assert reading.read_incidents(api, ["b"]) == {"b": row("b")}


def test_incidents_after_a_fatal_error_were_not_attempted(connect, monkeypatch):
    monkeypatch.setattr(reading, "run_for_each", lambda function, ids: [("a", FATAL)])
    answers = reading.read_incidents(connect(), ["b", "a"])
    assert list(answers) == ["b", "a"]
    assert (str(answers["b"]), answers["b"].reason) == ("not attempted", "not_attempted")


@pytest.mark.parametrize(
    ["listed", "known", "unchanged"],
    [
        ({"updateTime": "1"}, {"updateTime": "1"}, True),
        ({"updateTime": "2"}, {"updateTime": "1"}, False),
        ({"updateTime": "1"}, {}, False),
        ({}, {"updateTime": "1"}, False),
        ({}, {}, False),
        ({"updateTime": ""}, {"updateTime": ""}, False),
    ],
)
def test_an_incident_is_unchanged_if_its_time_of_update_is(listed, known, unchanged):
    found = reading.find_unchanged({"a": row("a", **listed), "new": row("new")}, {"a": row("a", **known)})
    assert found == ({"a": row("a", **known)} if unchanged else {})


def test_the_devices_of_incidents_are_listed_once():
    incidents = [row("a", deviceUuids=["d", "e"]), REJECTED, row("b", deviceUuids=["e", "f"]), row("c")]
    assert reading.find_devices(incidents) == ["d", "e", "f"]


def test_a_device_that_cannot_be_read_is_shown_by_its_uuid():
    named = {"uuid": "a", "displayName": "web1"}
    assert reading.show_devices({"a": named, "b": REJECTED}) == {"a": named, "b": {"uuid": "b"}}


class TestDescribe:
    def test_an_incident(self):
        shown = row("a", displayName="Beacon", severity="high", createTime="2026")
        result = reading.describe({"a": shown})
        assert result.incidents == [
            {
                "id": "a",
                "title": "Beacon",
                "status": OPEN,
                "closed": False,
                "severity": "high",
                "created": "2026",
                "details": shown,
            }
        ]
        assert (result.missing, result.failure) == ([], None)

    def test_devices(self):
        shown = {
            "displayName": "web1",
            "originalDisplayName": "WEB1",
            "primaryLocalIpAddress": "192.0.2.1",
            "operatingSystem": {"displayName": "Windows"},
        }
        result = reading.describe({"a": row("a", deviceUuids=["d"])}, {"d": shown})
        assert result.incidents[0]["devices"] == [
            {"uuid": "d", "name": "web1", "original_name": "WEB1", "ip": "192.0.2.1", "os": "Windows"}
        ]

    @pytest.mark.parametrize("device", [REJECTED, {}, {"operatingSystem": "x"}, {"operatingSystem": {}}])
    def test_a_device_of_which_nothing_is_known(self, device):
        result = reading.describe({"a": row("a", deviceUuids=["d"])}, {"d": device})
        assert result.incidents[0]["devices"] == [{"uuid": "d", "name": "", "original_name": "", "ip": "", "os": ""}]

    def test_an_incident_without_devices(self):
        assert reading.describe({"a": row("a")}, {}).incidents[0]["devices"] == []

    def test_devices_are_left_out_if_they_were_not_read(self):
        assert "devices" not in reading.describe({"a": row("a", deviceUuids=["d"])}).incidents[0]

    def test_an_incident_that_was_not_read_is_missing(self):
        result = reading.describe({"a": REJECTED, "b": row("b")})
        assert [incident["id"] for incident in result.incidents] == ["b"]
        assert result.missing == [{"id": "a", "message": "gone"}]

    @pytest.mark.parametrize(
        ["answers", "failure"],
        [
            ([REJECTED], None),
            ([REJECTED, BUSY], BUSY),
            ([BUSY, FATAL], FATAL),
            ([BUSY, OutcomeUnknownError("later")], BUSY),
        ],
    )
    def test_the_reading_failed_if_more_is_missing_than_what_eset_does_not_show(self, answers, failure):
        assert reading.describe(dict(zip("abc", answers))).failure is failure


class TestRead:
    def test_the_incidents_that_a_filter_selects(self, connect):
        api = connect(page("a", "b"))
        assert [incident["id"] for incident in reading.read(api, None, CEL, limit=2).incidents] == ["a", "b"]
        (call,) = api.http.calls
        assert (call.params["filter"], call.params["pageSize"]) == ("cel", 2)

    def test_every_incident_is_read_without_a_limit(self, connect):
        api = connect(page("a"))
        reading.read(api, None, EVERY)
        assert api.http.calls[0].params == {"orderBy": "create_time desc", "pageSize": 1000}

    def test_particular_incidents_are_not_listed(self, connect):
        api = connect({"incident": row("a")})
        assert [incident["id"] for incident in reading.read(api, None, EVERY, uuids=["a"]).incidents] == ["a"]
        assert len(api.http.calls) == 1

    def test_the_devices_of_listed_incidents_are_known_from_single_reads(self, connect):
        api = connect(page("a"), {"incident": row("a", deviceUuids=["d"])}, {"devices": [{"uuid": "d"}]})
        result = reading.read(api, EsetDevices(api.http, "https://devices"), EVERY)
        assert [device["uuid"] for device in result.incidents[0]["devices"]] == ["d"]


@pytest.mark.parametrize(
    ["answer", "rejected"],
    [(REJECTED, True), (RejectedError("no", fatal=True), False), (BUSY, False), (row("a"), False)],
)
def test_only_a_refusal_of_one_incident_means_that_eset_does_not_show_it(answer, rejected):
    assert reading.is_rejected(answer) is rejected
