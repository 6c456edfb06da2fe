# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._task_failure import read_failure

TRACEBACK = (
    'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nOSError: [Errno 28] No space left\n'
)


class Message(str):
    """The message of an exception in an action, since ansible-core 2.19."""

    event = SimpleNamespace(msg="no space")


@pytest.mark.parametrize(
    "msg",
    [
        None,
        "",
        "non-zero return code",
        "The command exited with a non-zero return code.",
        "Unknown error.",
        "A 'failed_when' expression evaluated to 'True'.",
        "MODULE FAILURE\nSee stdout/stderr for the exact error",
        "Error executing command.",
        "Task failed: Module failed.",
    ],
)
def test_a_message_without_a_reason_is_left_out(msg):
    assert read_failure({"msg": msg}) == ""
    assert read_failure({"msg": msg, "stderr": "mv: no space\n"}) == "mv: no space"
    assert read_failure({"msg": msg, "module_stderr": TRACEBACK}) == "OSError: [Errno 28] No space left"


@pytest.mark.parametrize(
    "result",
    [
        {"msg": "no\n  space"},
        {"msg": "Task failed: Action failed: no space"},
        {"msg": Message("other")},
        {"module_stdout": "no space"},
        {"exception": "no space"},
    ],
)
def test_a_reason_is_shown_in_one_line(result):
    assert read_failure(result) == "no space"


@pytest.mark.parametrize("key", ["msg", "stderr", "exception"])
def test_a_traceback_is_not_shown(key):
    assert read_failure({key: TRACEBACK}) == "OSError: [Errno 28] No space left"
