# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was done on the hosts of a plan. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _gathered_evidence
short_description: "[INTERNAL] Gather what was done on the hosts of a plan"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Returns the evidence that came with the mark of each host, from this run or from an earlier job of the workflow.
positional: plan
options:
  _input:
    description: The variables of all hosts, which is the variable C(hostvars).
    type: raw
    required: true
  plan:
    description: The incidents, as P(secops.incident_closure.closable_incidents#filter) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what was done on the hosts that list incidents
  ansible.builtin.debug:
    msg: "{{ hostvars | secops.incident_closure._gathered_evidence(hostvars | secops.incident_closure.closable_incidents) }}"
"""

RETURN = r"""
_value:
  description: For each host with evidence, its entries, each with C(action), C(target), C(result), and perhaps C(sha256).
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import Mark


def gathered_evidence(hostvars: Mapping[str, Any], plan: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Return what DOCUMENTATION says, each host once, however many incidents it lists."""
    hosts = dict.fromkeys(host for incident in plan for host in incident["hosts"])
    evidence = {host: Mark(hostvars[host], host, check_mode=True).evidence() for host in hosts}
    return wrap_var({host: entries for host, entries in evidence.items() if entries})


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return it by its name."""
        return {"_gathered_evidence": gathered_evidence}
