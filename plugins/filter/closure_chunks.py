# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which incidents one task closes together."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: closure_chunks
short_description: Tell which incidents one task closes
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Divides the incidents that may be closed among tasks, each of which closes some in one product and writes one comment to all of them.
positional: size, named_hosts
options:
  _input:
    description: The incidents, as P(secops.incident_closure.closable_incidents#filter) returns them.
    type: list
    elements: dict
    required: true
  size:
    description: Incidents in one task. With V(0) there is no bound.
    type: int
    default: 100
  named_hosts:
    description:
      - How many hosts the comment can name. Incidents of different hosts are in one task only as long as the comment can name them all, so
        that it never names others than those of an incident in their place.
      - With V(0) the comment names none, and there is no bound.
    type: int
    default: 0
seealso:
  - plugin: secops.incident_closure.closable_incidents
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show which incidents the role close_incidents closes in one task
  ansible.builtin.debug:
    msg: "{{ hostvars | secops.incident_closure.closable_incidents | secops.incident_closure.closure_chunks(100, 20) }}"
"""

RETURN = r"""
_value:
  description: The tasks, each a list of incidents as they were given, in their order.
  type: list
  elements: list
  sample:
    - - product: d3
        id: 20210127-198
        hosts: [web01, web02]
        held_back_by: []
        closable: true
"""


def closure_chunks(plan, size=100, named_hosts=0):
    """Return what DOCUMENTATION says."""
    chunks = []
    for incident in plan:
        if incident["closable"]:
            if not chunks or not _fits(chunks[-1], incident, int(size), int(named_hosts)):
                chunks.append([])
            chunks[-1].append(incident)
    return chunks


def _fits(chunk, incident, size, named_hosts):
    last = chunk[-1]
    if incident["product"] != last["product"] or 0 < size <= len(chunk):
        return False
    if named_hosts <= 0 or incident["hosts"] == last["hosts"]:  # incidents of the same hosts stand together
        return True
    if not incident["hosts"] or not last["hosts"]:
        return False
    return len({host for each in (*chunk, incident) for host in each["hosts"]}) <= named_hosts


class FilterModule:
    """The filter."""

    def filters(self):
        """Return it by its name."""
        return {"closure_chunks": closure_chunks}
