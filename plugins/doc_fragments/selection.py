# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The selection of incidents, which ``_d3_selection.py`` and ``_eset_selection.py`` translate."""

    DOCUMENTATION = r"""
options:
  created_after:
    description:
      - Selects incidents from this time or later, by the time of their creation, as an ISO 8601 date or date-time.
      - The time is in UTC unless you add an offset.
    type: str
  created_before:
    description:
      - Selects incidents from before this time, by the time of their creation, as an ISO 8601 date or date-time.
      - The time is in UTC unless you add an offset.
    type: str
  limit:
    description:
      - Limits the number of selected incidents to the newest ones.
      - V(0) sets no limit.
    type: int
    default: 0
"""

    INVENTORY = r"""
options:
  match_existing:
    description:
      - Turns a device or a name that matches exactly one host of earlier inventory sources into that host.
      - A match is by name, by short name, or by C(ansible_host), in upper or lower case, or by local IP address.
      - With several matches, it becomes a host of its own, with a warning.
    type: bool
    default: true
notes:
  - If an inventory source fails, Ansible only warns you and continues with the hosts of the other sources.
    Set E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) to end the run instead.
"""

    # A variant must not have the name of a file in this folder: Ansible would load that file.
    OF_ESET = r"""
options:
  status:
    description:
      - Selects incidents with one of these statuses.
      - If you do not set it, the plugin selects all incidents that are not closed.
    type: list
    elements: str
    choices: [open, in_progress, waiting_for_input, closed]
  severity:
    description:
      - Selects incidents with one of these severities.
      - If you do not set it, the plugin selects incidents of any severity.
    type: list
    elements: str
    choices: [low, medium, high]
  filter:
    description:
      - Selects incidents that match a condition in the Common Expression Language (CEL), such as
        V(incident.update_time >= timestamp("2026-10-01T12:00:00+00:00"\)).
      - An incident must match it in addition to the other options.
      - ESET accepts filters of up to 200 characters. If you set this option, the conditions of all options count together.
        If you do not, the plugin leaves out the severities and statuses that do not fit, and checks them in what ESET returns.
    type: str
"""

    OF_D3 = r"""
options:
  status:
    description:
      - Selects incidents with one of these statuses, in the words of your site.
      - If you do not set it, the plugin selects incidents that are V(Open), V(In Progress), or V(On Hold).
    type: list
    elements: str
  severity:
    description:
      - Selects incidents with one of these severities, in the words of your site.
      - If you do not set it, the plugin selects incidents of any severity.
    type: list
    elements: str
  filter:
    description:
      - Selects incidents that match lists of conditions, as the D3 command C(GetIncidents) takes them.
      - An incident must match all conditions of at least one list, in addition to the other options.
    type: list
    elements: list
  static_fields:
    description:
      - Adds static fields to C(details) of each incident, by the names of your site, such as V(Custom Field).
    type: list
    elements: str
  dynamic_fields:
    description:
      - Adds dynamic fields to C(details) of each incident.
      - Each key is a section, and its value is a list of the names of fields.
    type: dict
"""
