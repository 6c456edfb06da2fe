# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.filter.closure_result import FilterModule, closure_result

COMMENT = "Closed by Ansible."


def planned(*ids, product="d3", **fields):
    return [
        {"product": product, "id": each, "hosts": ["web1"], "held_back_by": [], "closable": True, **fields}
        for each in ids
    ]


def answer(*outcomes, product="d3", msg="", **fields):
    """The answer of a module, of (id, outcome) or (id, outcome, message) for each incident."""
    incidents = [{"id": each[0], "outcome": each[1], "message": "".join(each[2:])} for each in outcomes]
    return {
        "product": product,
        "ids": [each[0] for each in outcomes],
        "result": {"incidents": incidents, "msg": msg},
        "comment": COMMENT,
        "time": "noon",
        **fields,
    }


def lists(result):
    return {name: ids for name, ids in result.items() if name != "incidents" and ids}


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"closure_result": closure_result}


def test_nothing():
    assert closure_result([], []) == {
        "closed": [], "already_closed": [], "would_close": [], "held_back": [], "failed": [], "incidents": [],
    }  # fmt: skip


def test_a_row():
    (row,) = closure_result(planned("1"), [answer(("1", "closed"))])["incidents"]
    assert row == {
        "product": "d3",
        "id": "1",
        "outcome": "closed",
        "hosts": ["web1"],
        "held_back_by": [],
        "message": "",
        "comment": COMMENT,
        "time": "noon",
    }


@pytest.mark.parametrize(
    ("outcome", "where", "commented"),
    [
        ("closed", "closed", True),
        ("already_closed", "already_closed", False),
        ("would_close", "would_close", True),
        ("failed", "failed", False),
        ("unknown", "failed", True),
    ],
)
def test_outcomes(outcome, where, commented):
    result = closure_result(planned("1"), [answer(("1", outcome, "why"))])
    assert lists(result) == {where: ["1"]}
    (row,) = result["incidents"]
    assert (row["outcome"], row["message"], row["comment"]) == (outcome, "why", COMMENT if commented else "")


def test_held_back():
    reasons = [{"host": "web2", "reason": "it was not remediated"}, {"host": "web3", "reason": "it is gone"}]
    result = closure_result(planned("1", closable=False, held_back_by=reasons), [], now="morning")
    assert lists(result) == {"held_back": ["1"]}
    (row,) = result["incidents"]
    assert row["message"] == "web2: it was not remediated; web3: it is gone"
    assert (row["outcome"], row["held_back_by"], row["time"]) == ("held_back", reasons, "morning")


def test_the_same_id_under_both_products():
    plan = planned("1") + planned("1", product="eset")
    result = closure_result(plan, [answer(("1", "closed")), answer(("1", "failed"), product="eset")])
    assert [row["outcome"] for row in result["incidents"]] == ["closed", "failed"]


@pytest.mark.parametrize(
    ("msg", "reason"),
    [
        ("1 closed, 2 already closed, 1 failed: HTTP 401: no", "HTTP 401: no"),
        ("missing region (ESET_REGION)", "missing region (ESET_REGION)"),
    ],
)
def test_what_was_not_attempted_says_why(msg, reason):
    """Also in the chunks after that, whose module was not called any more."""
    told = answer(("1", "closed"), ("2", "failed", "not attempted"), msg=msg)
    result = closure_result(planned("1", "2", "3"), [told])
    assert [row["message"] for row in result["incidents"]] == [
        "",
        f"not attempted: {reason}",
        f"not attempted: {reason}",
    ]
    assert lists(result) == {"closed": ["1"], "failed": ["2", "3"]}


def test_the_reason_is_that_of_the_product():
    plan = planned("1") + planned("2", product="eset")
    result = closure_result(plan, [answer(("1", "failed", "not attempted"), msg="1 failed: no")])
    assert [row["message"] for row in result["incidents"]] == ["not attempted: no", "not attempted"]


@pytest.mark.parametrize(
    "result",
    [{"msg": "missing url"}, {"msg": "missing url", "incidents": []}, {"msg": "missing url", "incidents": None}],
)
def test_a_task_that_failed_as_a_whole(result):
    rows = closure_result(planned("1", "2"), [answer(result=result, ids=["1", "2"])])["incidents"]
    assert [(row["outcome"], row["message"]) for row in rows] == [("failed", "missing url")] * 2


def test_an_incident_that_the_answer_leaves_out():
    (row,) = closure_result(planned("1"), [answer(("2", "closed"), ids=["1"])])["incidents"]
    assert row["outcome"] == "failed"
    assert row["message"]
