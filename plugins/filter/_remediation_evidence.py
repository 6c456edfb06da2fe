# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List what the role remediate_host did for each entry. This file is private to the collection."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _remediation_evidence
short_description: "[INTERNAL] List what the role remediate_host did for each entry"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - B(This filter is internal to the roles of this collection.) It may change in any release.
  - Returns for each entry of the lists of the role P(secops.incident_closure.remediate_host#role) whether the run changed something.
  - In check mode, returns what a run would do.
positional: results
options:
  _input:
    description: The lists of the role, as the action C(_plan_remediation) returns them.
    type: dict
    required: true
  results:
    description: The registered results of each step, by the name of its list.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the evidence of a killed process
  ansible.builtin.debug:
    msg: >-
      {{ {'kill_processes': ['kinsing']}
         | secops.incident_closure._remediation_evidence({'kill_processes': [{'results': [{'changed': true}]}]}) }}
"""

RETURN = r"""
_value:
  description:
    - One row for each entry. RV(ignore:result) is V(done) if the run changed something for the entry, and V(already_absent) if
      there was nothing to do.
  type: list
  elements: dict
  sample:
    - {action: kill_process, target: kinsing, result: done}
    - {action: quarantine_file, target: /tmp/kinsing, result: already_absent}
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_steps import STEPS

# The entry of a result, for the steps in which several tasks change something
READ_ENTRY: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "lock_users": lambda answer: answer["_remediate_host_account"]["entry"],
    "stop_services": lambda answer: answer["_remediate_host_service"],
}


def remediation_evidence(lists: Mapping[str, Any], results: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return one row for each entry, as DOCUMENTATION describes them.

    :param lists: the entries of each list.
    :param results: the registered results of each step. The filter ignores those of a list without entries, which
        may come from another use of the role.
    """
    evidence = []
    for name, step in STEPS.items():
        entries = lists.get(name) or []
        answers = [answer for result in (results[name] if entries else []) for answer in result.get("results", [])]
        if name in READ_ENTRY:
            changed = {READ_ENTRY[name](answer) for answer in answers if answer.get("changed")}
            rows = [{"done": entry in changed} for entry in entries]
        else:
            rows = [_read_answer(name, answer) for answer in answers]
        for entry, row in zip(entries, rows):
            result = "done" if row.pop("done") else "already_absent"
            evidence.append({"action": step.action, "target": entry, "result": result, **row})
    return evidence


def _read_answer(step: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether the result for an entry shows a change, and a file's checksum."""
    if step == "block_addresses":  # the result of the check whether the address is blocked already
        return {"done": answer.get("rc") != 0}
    if step == "quarantine_files":
        stat = answer["stat"]
        return {"done": True, "sha256": stat["checksum"]} if stat["exists"] else {"done": False}
    return {"done": bool(answer.get("changed"))}


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_remediation_evidence": remediation_evidence}
