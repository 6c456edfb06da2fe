# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the file of ``remediation_tasks``. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _task_file
short_description: "[INTERNAL] Check the task file of a playbook"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Reads the variable C(remediation_tasks) of the playbooks.
options:
  _input:
    description: The variable, or none.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show that no task file is given
  ansible.builtin.debug:
    msg: "{{ '' | secops.incident_closure._task_file }}"
"""

RETURN = r"""
_value:
  description: The absolute path as C(path), empty without a value, and an error in it as C(problem).
  type: dict
"""

import os.path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import is_unset, plain_string

ENCRYPTED = "$ANSIBLE_VAULT;"


def task_file(given: Any) -> dict[str, str]:
    """Return the value that DOCUMENTATION describes."""
    if is_unset(given):
        return {"path": "", "problem": ""}
    text = plain_string(given)
    path = os.path.realpath(os.path.expanduser(text.strip())) if text else ""
    if not os.path.isfile(path):
        problem = (
            "remediation_tasks must be the path of a task file, absolute or from the folder where you call Ansible"
        )
        return {"path": path, "problem": problem}
    try:
        with open(path, encoding="utf-8") as file:
            content = file.read()
    except (OSError, UnicodeDecodeError):
        return {"path": path, "problem": "remediation_tasks names a file that cannot be read"}
    return {"path": path, "problem": "" if content.startswith(ENCRYPTED) else _find_problem(content)}


def _find_problem(content: str) -> str:
    """Return why a file is not a task file, or an empty string."""
    try:
        tasks = DataLoader().load(content)
    except AnsibleError:
        return "remediation_tasks names a file that is not valid YAML: correct it"
    if not isinstance(tasks, list) or not tasks:
        return "remediation_tasks names a file without tasks, which would mark hosts without remediation"
    if any(isinstance(task, dict) and "hosts" in task for task in tasks):
        return "remediation_tasks names a playbook: give a file that contains only tasks"
    return ""


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_task_file": task_file}
