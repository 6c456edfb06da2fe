# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe why a step of the role remediate_host failed. This file is private to the collection."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _failure_message
short_description: "[INTERNAL] Describe why a step of the role remediate_host failed"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - B(This filter is internal to the roles of this collection.) It may change in any release.
  - Collects the reasons of a failed task, for one item or for several items of a loop, with every version of ansible-core.
positional: task
options:
  _input:
    description: The result of the failed task, or an empty dictionary if no task of this host failed.
    type: dict
    required: true
  task:
    description: The failed task, or an empty dictionary.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the reason of a failure
  ansible.builtin.debug:
    msg: "{{ {'failed': true, 'msg': 'no space left'} | secops.incident_closure._failure_message({'name': 'Move the files'}) }}"
"""

RETURN = r"""
_value:
  description: The name of the task, and its reasons.
  type: str
  sample: '"Move the files" failed: no space left'
"""

import re
from collections.abc import Mapping
from typing import Any

# Messages of some versions of Ansible that do not name the reason
GENERIC = re.compile(
    r"non-zero return code|The command exited with a non-zero return code\.|Unknown error\.?|One or more items failed|All items completed"
    r"|A 'failed_when' expression evaluated to .*|Failed as requested from task|(?:Task|Module|Action) failed\.?"
    r"|\(traceback unavailable\)|Error executing command\.?|MODULE FAILURE.*|Module result deserialization failed.*",
    re.DOTALL,
)
# Words at the beginning of messages of newer versions
PREFIX = re.compile(r"(?:(?:Task|Module|Action) failed: )+")
SHOWN_REASONS = 20


def failure_message(result: Mapping[str, Any], task: Mapping[str, Any]) -> str:
    """Return the name of a failed task with its reasons, as DOCUMENTATION describes it.

    :param result: the result of the failed task; empty if no task of this host failed.
    :param task: the failed task; empty if there is none.
    """
    if not result:
        return "the play ended because another host failed"
    answers = [answer for answer in result.get("results") or [] if answer.get("failed")] or [result]
    reasons = list(dict.fromkeys(map(find_reason, answers)))
    if len(reasons) > SHOWN_REASONS:
        reasons[SHOWN_REASONS:] = [f"and {len(reasons) - SHOWN_REASONS} more"]
    name = task.get("name") or task.get("action") or "a task"
    return f'"{name}" failed: {"; ".join(reasons)}'


def find_reason(result: Mapping[str, Any]) -> str:
    """Return why one item, or a task without a loop, failed."""
    for key in ("msg", "stderr", "module_stderr", "module_stdout", "exception"):
        text = PREFIX.sub("", str(result.get(key) or "").strip(), count=1)
        if "Traceback (most recent call last)" in text:
            text = text.splitlines()[-1].strip()  # the exception itself
        if text and not GENERIC.fullmatch(text):
            return " ".join(text.split())
    code = result.get("rc")
    return "the step did not take effect" if code in (None, 0) else f"the command ended with return code {code}"


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_failure_message": failure_message}
