# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reading incidents returns, whatever the product."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    DeadlineReachedError,
    NotExecutedError,
    RejectedError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import State
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import (
    complete,
    describe_incident,
    list_missing,
)

ROW = {"a": 1}
GONE = RejectedError("gone")


@pytest.mark.parametrize(["created", "shown"], [("2026", "2026"), (None, ""), ("", "")])
def test_an_incident_is_described_by_its_state(created, shown):
    assert describe_incident("7", State("Open", False, ROW, "Beacon", "High"), created) == {
        "id": "7",
        "title": "Beacon",
        "status": "Open",
        "closed": False,
        "severity": "High",
        "created": shown,
        "details": ROW,
    }


def test_what_was_not_read_is_listed_with_a_message():
    assert list_missing({"a": ROW, "b": GONE}) == [{"id": "b", "message": "gone"}]


def test_answers_are_returned_in_the_order_of_the_ids():
    assert list(complete({"b": ROW, "a": GONE}, ["a", "b"]).items()) == [("a", GONE), ("b", ROW)]


@pytest.mark.parametrize(
    ["error", "message", "reason"],
    [
        (NotExecutedError("no route", fatal=True), "not attempted", "not_attempted"),
        (DeadlineReachedError(), "not done by the deadline", "deadline"),
    ],
)
def test_what_was_not_attempted_after_a_fatal_error_is_an_error(error, message, reason):
    answers = complete({"a": ROW, "b": error}, ["c", "b", "a"])
    assert list(answers) == ["c", "b", "a"]
    assert (answers["a"], answers["b"]) == (ROW, error)
    assert (str(answers["c"]), answers["c"].reason) == (message, reason)
