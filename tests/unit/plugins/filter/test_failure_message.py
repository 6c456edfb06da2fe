# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._failure_message import FilterModule, failure_message


def reason(**result):
    """Return the reason of a failed task without a loop."""
    message = failure_message({"failed": True, **result}, {"name": "Move", "no_log": False}, "web1")
    beginning = 'web1 is not remediated: "Move" failed: '
    assert message.startswith(beginning)
    return message.removeprefix(beginning)


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_failure_message": failure_message}


@pytest.mark.parametrize("msg", ["", "non-zero return code"])
def test_an_empty_message_is_replaced(msg):
    assert reason(msg=msg, stderr="mv: no space\n") == "mv: no space"
    assert reason(msg=msg, rc=3) == "the command ended with return code 3"
    assert reason(msg=msg) == reason(msg=msg, rc=0) == "the step did not take effect"


def test_the_failed_items_of_a_loop_are_shown_once_each():
    results = [{"failed": True, "msg": "a"}, {"msg": "no"}, {"failed": False, "msg": "no"}]
    results += [{"failed": True, "msg": "b"}, {"failed": True, "msg": "a"}]
    assert reason(msg="One or more items failed", results=results) == "a; b"


def test_many_reasons_are_counted():
    results = [{"failed": True, "msg": str(number)} for number in range(50)]
    assert reason(results=results).endswith("; 19; and 30 more")


def test_a_host_without_a_failed_task_ended_with_another_host():
    assert failure_message({}, {}, "web1") == "web1 is not remediated: the play ended because another host failed"


@pytest.mark.parametrize(
    ("task", "name"),
    [({"action": "command"}, "command"), ({"action": "command", "name": "Move"}, "Move"), ({}, "a task")],
)
def test_a_task_without_a_name_is_named_by_its_action(task, name):
    assert failure_message({"msg": "a"}, task, "web1") == f'web1 is not remediated: "{name}" failed: a'


@pytest.mark.parametrize("before", ["", "Task failed: Action failed: "])
def test_the_message_of_the_role_stays_as_it_is(before):
    message = 'web1 is not remediated: "Move" failed: a'
    assert failure_message({"msg": before + message}, {"name": "Fail the host"}, "web1") == message


@pytest.mark.parametrize(
    ("result", "task"),
    [
        ({"msg": "a secret"}, {"no_log": True}),
        ({"msg": "a secret"}, {"no_log": "{{ hide }}"}),
        ({"msg": "a secret", "_ansible_no_log": True}, {}),
        ({"results": [{"failed": True, "msg": "a secret", "_ansible_no_log": True}]}, {}),
    ],
)
def test_a_hidden_reason_is_not_shown(result, task):
    message = failure_message({"failed": True, **result}, {"name": "Log in", **task}, "web1")
    assert message == 'web1 is not remediated: "Log in" failed: no_log hides the reason'
