# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say why a host is not remediated. This file is private to the collection."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _failure_message
short_description: "[INTERNAL] Say why a host is not remediated"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - B(This filter is internal to the roles and playbooks of this collection.) It may change in any release.
  - Collects the reasons of a failed task, for one item or for several items of a loop, with every version of ansible-core.
positional: task, host
options:
  _input:
    description: The result of the failed task, or an empty dictionary if no task of this host failed.
    type: dict
    required: true
  task:
    description: The failed task, or an empty dictionary.
    type: dict
    required: true
  host:
    description: The name of the host.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the reason of a failure
  ansible.builtin.debug:
    msg: "{{ {'failed': true, 'msg': 'no space left'} | secops.incident_closure._failure_message({'name': 'Move the files'}, 'web1') }}"
"""

RETURN = r"""
_value:
  description: The host, the name of the task, and its reasons. The message of the role remediate_host stays as it is.
  type: str
  sample: 'web1 is not remediated: "Move the files" failed: no space left'
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.plugin_utils._task_failure import read_failure

SHOWN_REASONS = 20


def failure_message(result: Mapping[str, Any], task: Mapping[str, Any], host: str) -> str:
    """Return why a host is not remediated, as DOCUMENTATION describes it.

    :param result: the result of the failed task; empty if no task of this host failed.
    :param task: the failed task; empty if there is none.
    :param host: the name of the host.
    """
    beginning = f"{host} is not remediated: "
    if not result:
        return f"{beginning}the play ended because another host failed"
    answers = [answer for answer in result.get("results") or [] if answer.get("failed")] or [result]
    # Ansible hides the result when it shows it, but not from the rescue section.
    hidden = task.get("no_log") or any(answer.get("_ansible_no_log") for answer in (result, *answers))
    reasons = ["no_log hides the reason"] if hidden else list(dict.fromkeys(map(_explain_failure, answers)))
    if reasons[0].startswith(beginning):
        return reasons[0]
    if len(reasons) > SHOWN_REASONS:
        reasons[SHOWN_REASONS:] = [f"and {len(reasons) - SHOWN_REASONS} more"]
    name = task.get("name") or task.get("action") or "a task"
    return f'{beginning}"{name}" failed: {"; ".join(reasons)}'


def _explain_failure(result: Mapping[str, Any]) -> str:
    code = result.get("rc")
    unnamed = "the step did not take effect" if code in (None, 0) else f"the command ended with return code {code}"
    return read_failure(result) or unnamed


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_failure_message": failure_message}
