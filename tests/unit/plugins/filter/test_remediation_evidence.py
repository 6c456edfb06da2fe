# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._remediation_evidence import (
    FilterModule,
    remediation_evidence,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_steps import STEPS

DONE, ABSENT = {"changed": True}, {"changed": False}


def results(*answers):
    return [{"results": list(answers)}]


def evidence(step, entries, answers):
    """Return each entry of a step with its result, after checking the action."""
    rows = remediation_evidence({step: entries}, {step: answers})
    assert {row["action"] for row in rows} <= {STEPS[step].action}
    return [(row["target"], row["result"]) for row in rows]


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_remediation_evidence": remediation_evidence}


@pytest.mark.parametrize("step", ["kill_processes", "absent_packages"])
def test_a_change_is_done(step):
    assert evidence(step, ["a", "b"], results(DONE, ABSENT)) == [("a", "done"), ("b", "already_absent")]


def test_an_address_that_was_not_blocked_is_done():
    found = evidence("block_addresses", ["192.0.2.1", "192.0.2.2"], results({"rc": 1}, {"rc": 0}))
    assert found == [("192.0.2.1", "done"), ("192.0.2.2", "already_absent")]


def test_a_locked_user_or_an_ended_session_is_done():
    def account(entry, **answer):
        return {"_remediate_host_account": {"entry": entry}, **answer}

    locked = {"results": [account("a", changed=True), account("b", changed=False), account("c", changed=False)]}
    ended = {"results": [account("a", changed=False), account("b", changed=True), account("c", changed=False)]}
    assert evidence("lock_users", ["no", "a", "b", "c"], [locked, ended]) == [
        *(("no", "already_absent"), ("a", "done")),
        *(("b", "done"), ("c", "already_absent")),
    ]
    assert evidence("lock_users", ["no"], [{"skipped": True, "results": []}] * 2) == [("no", "already_absent")]


def test_a_service_that_any_task_stopped_is_done():
    def service(entry, **answer):
        return {"_remediate_host_service": entry, **answer}

    by_systemd = {"results": [service("a", changed=True), service("b", changed=False)]}
    by_other = {"results": [service("a", skipped=True, changed=False), service("b", skipped=True, changed=False)]}
    for answers in ([by_systemd, by_other], [by_other, by_systemd]):
        assert evidence("stop_services", ["a", "b"], answers) == [("a", "done"), ("b", "already_absent")]


def test_a_file_has_its_checksum():
    answers = results({"stat": {"exists": True, "checksum": "12"}}, {"stat": {"exists": False}})
    assert remediation_evidence({"quarantine_files": ["/a", "/b"]}, {"quarantine_files": answers}) == [
        {"action": "quarantine_file", "target": "/a", "result": "done", "sha256": "12"},
        {"action": "quarantine_file", "target": "/b", "result": "already_absent"},
    ]


def test_results_that_another_use_of_the_role_left_do_not_count():
    lists = dict.fromkeys(STEPS, [])
    assert remediation_evidence(lists, {step: results(DONE) for step in STEPS}) == []
