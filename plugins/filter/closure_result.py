# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each incident, from what the gate said and what the two modules answered."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: closure_result
short_description: Tell what became of each incident
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Puts together what the filter P(secops.incident_closure.closable_incidents#filter) said and what the modules
    M(secops.incident_closure.d3_close_incidents_bulk) and M(secops.incident_closure.eset_incident_close) answered.
    Every incident is accounted for.
positional: answers
options:
  _input:
    description: The incidents, as P(secops.incident_closure.closable_incidents#filter) returns them.
    type: list
    elements: dict
    required: true
  answers:
    description:
      - The answers of the modules, one for each task, as C(product), C(ids) (the incidents it was asked to close), C(result) (what
        it returned), C(comment) (what it was told to write to the incidents) and C(time).
    type: list
    elements: dict
    required: true
  now:
    description: The time that stands in the rows of incidents that no module was asked to close.
    type: str
    default: ""
seealso:
  - plugin: secops.incident_closure.closable_incidents
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Close an incident
  secops.incident_closure.d3_close_incidents_bulk:
    incident_numbers: ["20210127-198"]
  register: closing

- name: Show what became of the incidents
  ansible.builtin.debug:
    msg: "{{ plan | secops.incident_closure.closure_result([{'product': 'd3', 'ids': ['20210127-198'], 'result': closing}]) }}"
  vars:
    plan: "{{ hostvars | secops.incident_closure.closable_incidents(incident_numbers=['20210127-198']) }}"
"""

RETURN = r"""
_value:
  description: What became of the incidents.
  type: dict
  contains:
    closed:
      description: Ids of the incidents that were closed.
      type: list
      elements: str
    already_closed:
      description: Ids of the incidents that were closed before.
      type: list
      elements: str
    would_close:
      description: Ids of the incidents that a run without check mode would close.
      type: list
      elements: str
    held_back:
      description: Ids of the incidents that a host holds back.
      type: list
      elements: str
    failed:
      description: Ids of the incidents that were not closed, or of which nobody knows.
      type: list
      elements: str
    incidents:
      description:
        - A row for each incident, with C(product), C(id), C(outcome), C(hosts), C(held_back_by), C(message), C(comment) and C(time).
        - C(outcome) is that of the modules, or V(held_back).
      type: list
      elements: dict
  sample:
    closed: [20210127-198]
    already_closed: []
    would_close: []
    held_back: [20210127-197]
    failed: []
    incidents:
      - product: d3
        id: 20210127-198
        outcome: closed
        hosts: [web01]
        held_back_by: []
        message: ""
        comment: Reimaged.
        time: "2026-01-12T06:08:31Z"
      - product: d3
        id: 20210127-197
        outcome: held_back
        hosts: [web01, web02]
        held_back_by:
          - host: web02
            reason: it was not remediated
        message: "web02: it was not remediated"
        comment: ""
        time: "2026-01-12T06:08:31Z"
"""

import re

from ansible.utils.unsafe_proxy import wrap_var

NOT_ATTEMPTED = "not attempted"  # as the modules say of what they gave up
COMMENTED = ("closed", "would_close", "unknown")  # in these cases the comment was written, would be, or may have been
LISTS = ("closed", "already_closed", "would_close", "held_back", "failed")


def closure_result(plan, answers, now=""):
    """Return what DOCUMENTATION says."""
    told, obstacles = {}, {}
    for answer in answers:
        obstacles[answer["product"]] = _reason(answer["result"])
        told.update(_told(answer))
    rows = []
    for incident in plan:
        row = {
            "product": incident["product"],
            "id": incident["id"],
            "outcome": "failed",
            "hosts": list(incident["hosts"]),
            "held_back_by": [dict(unclean) for unclean in incident["held_back_by"]],
            "message": NOT_ATTEMPTED,
            "comment": "",
            "time": now,
        }
        if not incident["closable"]:
            reasons = (f"{unclean['host']}: {unclean['reason']}" for unclean in row["held_back_by"])
            row.update(outcome="held_back", message="; ".join(reasons))
        row.update(told.get((incident["product"], incident["id"]), {}))
        if row["message"] == NOT_ATTEMPTED and obstacles.get(row["product"]):
            row["message"] += ": " + obstacles[row["product"]]
        rows.append(row)
    ids = {name: [] for name in LISTS}
    for row in rows:
        ids["failed" if row["outcome"] == "unknown" else row["outcome"]].append(row["id"])
    return wrap_var({**ids, "incidents": rows})  # what it holds is data, even where it looks like a template


def _told(answer):
    """Yield ((product, id), what is told of that incident) for each incident of one task."""
    incidents = {incident["id"]: incident for incident in answer["result"].get("incidents") or []}
    for wanted in answer["ids"]:
        # Without incidents the task failed as a whole, and its message says why.
        incident = incidents.get(wanted) or {
            "outcome": "failed",
            "message": _reason(answer["result"]) or "the module did not name it",
        }
        yield (
            (answer["product"], wanted),
            {
                "outcome": incident["outcome"],
                "message": incident["message"],
                "comment": answer.get("comment") or "" if incident["outcome"] in COMMENTED else "",
                "time": answer.get("time") or "",
            },
        )


def _reason(result):
    """Return why a task failed, without the counts before it."""
    return re.sub(r"^\d+ [a-z ]+(, \d+ [a-z ]+)*: ", "", result.get("msg") or "")


class FilterModule:
    """The filter."""

    def filters(self):
        """Return it by its name."""
        return {"closure_result": closure_result}
