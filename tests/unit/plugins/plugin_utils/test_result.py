# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._result import make_result

COMMENT = "Closed by Ansible."
LISTS = ("closed", "already_closed", "would_close", "held_back", "failed")


def planned(*ids, product="d3", **fields):
    row = {"hosts": ["web1"], "held_back_by": [], "closable": True}
    return [{"product": product, "id": each, **row, **fields} for each in ids]


def chunk(*ids, product="d3"):
    return {"product": product, "ids": list(ids), "comment": COMMENT}


def answer(*outcomes, stopped_by="", ids=None, product="d3", **fields):
    """Return the result of a close task, given as (id, outcome) or (id, outcome, message) for each incident."""
    reasons = {"not attempted": "not_attempted"}
    incidents = [
        {"id": name, "outcome": outcome, "reason": reasons.get("".join(message), ""), "message": "".join(message)}
        for name, outcome, *message in outcomes
    ]
    asked = chunk(*([each[0] for each in outcomes] if ids is None else ids), product=product)
    answered = {"incidents": incidents, "msg": "1 failed: other words", "gave_up": bool(stopped_by)}
    return {"_close_incidents_chunk": asked, **answered, "stopped_by": stopped_by, **fields}


def join(incidents, *answers, held_back=None, check_mode=False, evidence=None, unread=()):
    plan = {"incidents": incidents, "evidence": evidence or {}, "unread": unread}
    plan.update(began="noon", check_mode=check_mode)
    states = [{"_close_incidents_chunk": chunk(), **held_back}] if held_back else []
    return make_result(plan, {"results": list(answers)}, {"results": states})


def rows(*args, **kwargs):
    return join(*args, **kwargs)["result"]["incidents"]


def lists(joined):
    return {name: joined["result"][name] for name in LISTS if joined["result"][name]}


@pytest.mark.parametrize("registered", [{}, {"results": []}, {"skipped": True}])
def test_an_empty_plan_has_an_empty_result(registered):
    plan = {"incidents": [], "evidence": {}, "unread": [], "began": "noon", "check_mode": False}
    joined = make_result(plan, registered, registered)
    assert joined["result"] == {**dict.fromkeys(LISTS, []), "incidents": [], "evidence": {}}
    assert joined["shown"] == "There is no incident to close."
    assert joined["failure"] == joined["held_back_failure"] == joined["unread_failure"] == ""


@pytest.mark.parametrize(("incidents", "nothing"), [((), True), (({"closable": False},), True), (({},), False)])
def test_a_plan_without_closable_incidents_has_a_message(incidents, nothing):
    plan = [row for number, fields in enumerate(incidents) for row in planned(str(number), **fields)]
    message = "there is no incident that may be closed: name some in incident_numbers or incident_uuids"
    assert join(plan)["nothing_to_close"] == (message if nothing else "")


def test_return_a_row_for_each_incident():
    assert rows(planned("1"), answer(("1", "closed"))) == [
        {
            "product": "d3",
            "id": "1",
            "title": "",
            "severity": "",
            "status_before": None,
            "outcome": "closed",
            "hosts": ["web1"],
            "held_back_by": [],
            "reason": "",
            "message": "",
            "comment": COMMENT,
            "time": "noon",
        }
    ]


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
def test_list_an_incident_by_its_outcome(outcome, where, commented):
    joined = join(planned("1"), answer(("1", outcome, "why")))
    assert lists(joined) == {where: ["1"]}
    (row,) = joined["result"]["incidents"]
    assert (row["outcome"], row["message"], row["comment"]) == (outcome, "why", COMMENT if commented else "")


class TestHeldBack:
    reasons = [{"host": "web2", "reason": "it was not remediated"}, {"host": "web3", "reason": "it is gone"}]
    plan = planned("1", "2", closable=False, held_back_by=reasons)

    def read(self, incident, **fields):
        return {"id": incident, "title": "Beacon", "severity": "High", "status_before": "Open", **fields}

    def test_the_reasons_are_in_the_row(self):
        joined = join(self.plan)
        assert lists(joined) == {"held_back": ["1", "2"]}
        row = joined["result"]["incidents"][0]
        assert row["reason"] == ""
        assert row["message"] == "web2: it was not remediated; web3: it is gone"
        assert (row["outcome"], row["held_back_by"], row["time"]) == ("held_back", self.reasons, "noon")
        assert joined["held_back_failure"].startswith("incidents held back: 2; 1: web2: it was not remediated; ")

    def test_a_closed_incident_is_not_held_back(self):
        states = {"incidents": [self.read("1", outcome="already_closed"), self.read("2", outcome="would_close")]}
        joined = join(self.plan, held_back=states)
        assert lists(joined) == {"already_closed": ["1"], "held_back": ["2"]}
        assert joined["result"]["incidents"][0]["message"] == ""

    def test_the_results_of_the_close_tasks_contain_the_states(self):
        states = [self.read("1", status="Closed", closed=True), self.read("2", status="Open", closed=False)]
        joined = join(self.plan + planned("3"), answer(("3", "closed"), held_back=states))
        assert lists(joined) == {"closed": ["3"], "already_closed": ["1"], "held_back": ["2"]}

    def test_the_title_and_the_severity_are_in_the_row(self):
        states = [self.read("2", status="Open", closed=False)]
        row = rows(self.plan + planned("3"), answer(("3", "closed"), held_back=states))[1]
        assert (row["title"], row["severity"], row["status_before"]) == ("Beacon", "High", "Open")

    def test_unreadable_devices_are_a_failure(self):
        joined = join(self.plan, unread=["1: why"])
        assert joined["unread_failure"] == "incidents held back because their devices cannot be read: 1; 1: why"

    @pytest.mark.parametrize(
        "states",
        [
            {"skipped": True},
            {"failed": True, "msg": "x"},
            {
                "incidents": [
                    {"id": "1", "title": "", "severity": "", "status_before": None, "outcome": "failed"},
                ]
            },
        ],
    )
    def test_an_incident_without_a_state_stays_held_back(self, states):
        assert lists(join(self.plan, held_back=states)) == {"held_back": ["1", "2"]}


def test_a_row_has_the_title_and_the_severity():
    fields = {"title": "Beacon", "severity": "High", "status_before": "Open"}
    answered = answer(("1", "closed"))
    answered["incidents"][0].update(fields, details={"x": 1})
    (row,) = rows(planned("1"), answered)
    assert {name: row[name] for name in fields} == fields
    assert "details" not in row


def test_the_same_id_in_both_products_is_two_incidents():
    plan = planned("1") + planned("1", product="eset")
    answers = answer(("1", "closed")), answer(("1", "failed"), product="eset")
    assert [row["outcome"] for row in rows(plan, *answers)] == ["closed", "failed"]


def test_an_incident_that_was_not_attempted_says_why():
    """The same applies to later chunks, whose tasks Ansible skipped."""
    gave_up = answer(("1", "closed"), ("2", "failed", "not attempted"), stopped_by="HTTP 401: no")
    skipped = {"skipped": True, "_close_incidents_chunk": chunk("3")}
    joined = join(planned("1", "2", "3"), gave_up, skipped)
    messages = [row["message"] for row in joined["result"]["incidents"]]
    assert messages == ["", "not attempted: HTTP 401: no", "not attempted: HTTP 401: no"]
    assert lists(joined) == {"closed": ["1"], "failed": ["2", "3"]}
    assert joined["failure"] == (
        "2 of 3 incidents that may be closed are not closed"
        "; 2: not attempted: HTTP 401: no; 3: not attempted: HTTP 401: no"
    )


def test_each_product_has_a_reason_of_its_own():
    plan = planned("1") + planned("2", product="eset")
    messages = [row["message"] for row in rows(plan, answer(("1", "failed", "not attempted"), stopped_by="no"))]
    assert messages == ["not attempted: no", "not attempted"]


@pytest.mark.parametrize(
    "fields",
    [
        {"gave_up": True, "incidents": None},  # the module rejected an option
        {"unreachable": True},  # localhost has no temporary folder
    ],
)
def test_a_task_that_failed_before_its_requests_fails_its_incidents(fields):
    result = {"msg": "missing url.", "_close_incidents_chunk": chunk("1", "2"), **fields}
    assert [(row["outcome"], row["message"]) for row in rows(planned("1", "2"), result)] == [
        ("failed", "missing url")
    ] * 2


@pytest.mark.parametrize(
    ("msg", "reason"),
    [
        ("MODULE FAILURE\nSee stdout/stderr for the exact error", "no reason given"),
        ("Task failed: Timed out after 5 second(s).", "Timed out after 5 second(s)"),
        (None, "no reason given"),
    ],
)
def test_a_module_that_was_killed_leaves_its_incidents_unknown(msg, reason):
    killed = {"failed": True, "msg": msg, "_close_incidents_chunk": chunk("1")}
    (row,) = rows(planned("1"), killed)
    assert (row["outcome"], row["reason"]) == ("unknown", "no_result")
    assert row["message"] == f"the task ended without a result ({reason}): look at the incident in D3"
    assert row["comment"] == COMMENT  # the module may have written it
    (row,) = rows(planned("1"), killed, check_mode=True)
    assert row["outcome"] == "failed"


def test_an_incident_that_is_missing_from_the_result_fails():
    (row,) = rows(planned("1"), answer(("2", "closed"), ids=["1"]))
    assert (row["outcome"], row["message"]) == ("failed", "the module did not name it")


def test_the_outcomes_are_shown_by_name():
    joined = join(planned("1", "2"), answer(("1", "closed"), ("2", "failed", "why")))
    assert joined["shown"] == {"closed": ["1"], "failed": ["2: why"]}


class TestSize:
    """Lines and artifacts stay short with many hosts."""

    reasons = [{"host": f"host{number}", "reason": "it was not remediated"} for number in range(400)]
    hosts = [reason["host"] for reason in reasons]

    def test_a_message_names_some_hosts_and_counts_the_rest(self):
        (row,) = rows(planned("1", closable=False, hosts=self.hosts, held_back_by=self.reasons))
        assert row["message"].startswith("host0: it was not remediated; host1: ")
        assert row["message"].endswith("host9: it was not remediated; and 390 more hosts")

    def test_the_artifact_names_some_hosts_and_the_result_names_all(self):
        joined = join(planned("1", closable=False, hosts=self.hosts, held_back_by=self.reasons))
        (full,), (short,) = joined["result"]["incidents"], joined["artifact"]["incidents"]
        assert full["hosts"] == self.hosts
        assert full["held_back_by"] == self.reasons
        assert (short["hosts"], short["more_hosts"]) == (self.hosts[:10], 390)
        assert (short["held_back_by"], short["more_held_back_by"]) == (self.reasons[:10], 390)

    def test_the_artifact_has_no_templates(self):
        evil = "{{ lookup('pipe', 'id') }}"
        joined = join(planned("1", closable=False, held_back_by=[{"host": evil, "reason": "{% if x %}{{{# y"}]))
        (short,) = joined["artifact"]["incidents"]
        assert short["held_back_by"] == [{"host": "{ { lookup('pipe', 'id') }}", "reason": "{ % if x %}{ { { # y"}]
        assert "{{" not in short["message"]

    def test_the_evidence_is_in_the_result_once_and_not_in_the_artifact(self):
        evidence = {"web1": [{"action": "kill_process", "target": "x", "result": "done", "time": "noon"}]}
        joined = join(planned("1", "2"), evidence=evidence)
        assert joined["result"]["evidence"] == evidence
        assert "evidence" not in joined["artifact"]

    def test_the_failure_names_some_incidents(self):
        plan = planned(*map(str, range(12)), closable=False, held_back_by=self.reasons[:1])
        message = join(plan)["held_back_failure"]
        assert message.startswith("incidents held back: 12; 0: host0: it was not remediated; 1: ")
        assert message.endswith("; 9: host0: it was not remediated; and more")
