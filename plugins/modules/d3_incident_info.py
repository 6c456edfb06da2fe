#!/usr/bin/python
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: d3_incident_info
short_description: Read incidents from D3 SOAR
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Reads incidents of a D3 SOAR site with the command C(GetIncidents).
  - Returns particular incidents in the order that you ask for, or selected incidents with the newest first.
  - You need only one credential, O(lookup_api_key) or O(lookup_jwt), or else O(api_key) or O(jwt).
extends_documentation_fragment:
  - secops.incident_closure.d3
  - secops.incident_closure.http
  - secops.incident_closure.selection
  - secops.incident_closure.selection.of_d3
  - secops.incident_closure.attributes.info_module
  - secops.incident_closure.attributes.action_group_d3
options:
  incident_numbers:
    description:
      - Names the incidents that you want to read, by their numbers.
      - Mutually exclusive with O(status), O(severity), O(created_after), O(created_before), and O(filter).
    type: list
    elements: str
    aliases: [incident_number]
seealso:
  - module: secops.incident_closure.d3_close_incidents_bulk
"""

EXAMPLES = r"""
# The connection comes from the environment: D3_URL, D3_LOOKUP_API_KEY, D3_USERNAME, and D3_SITE.
- name: Read the incidents that are open or on hold, with a field that names their hosts
  secops.incident_closure.d3_incident_info:
    status: [Open, On Hold]
    static_fields: [Custom Field]
  register: open_incidents

- name: Show the incidents and their hosts
  ansible.builtin.debug:
    msg: "{{ item.title }}: {{ item.details['Custom Field'] }}"
  loop: "{{ open_incidents.incidents }}"
  loop_control:
    label: "{{ item.id }}"

- name: Read the ten newest incidents of this year whose title contains a word
  secops.incident_closure.d3_incident_info:
    created_after: "2026-01-01"
    filter:
      - - {field: Title, operator: LIKE, value: ransomware}
    limit: 10

- name: Read particular incidents
  secops.incident_closure.d3_incident_info:
    incident_numbers: [20210127-198, 20210127-197]
"""

RETURN = r"""
msg:
  description: The number of incidents that the module read and of those that are missing, or why the task failed.
  returned: always
  type: str
  sample: 2 read, 0 missing
incidents:
  description: The incidents, in the order of O(incident_numbers), or the newest first.
  returned: when the options were valid
  type: list
  elements: dict
  contains:
    id:
      description: The number of the incident.
      returned: always
      type: str
      sample: 20210127-198
    title:
      description: The title of the incident.
      returned: always
      type: str
      sample: Beaconing to a known address
    status:
      description: The status, in the words of D3. Empty if D3 returned none.
      returned: always
      type: str
      sample: Open
    closed:
      description: Whether the incident is closed.
      returned: always
      type: bool
      sample: false
    severity:
      description: The severity, in the words of D3.
      returned: always
      type: str
      sample: High
    created:
      description: The time of creation, in the format of D3.
      returned: always
      type: str
      sample: "2021-01-27 06:08:31"
    details:
      description: The row of the incident, as D3 returned it.
      returned: always
      type: dict
      sample:
        IR Number: 20210127-198
        Title: Beaconing to a known address
        Status: Open
        Severity: High
        Date Created: "2021-01-27 06:08:31"
missing:
  description:
    - Incidents that you asked for and that the module could not read.
    - The task does not fail only because D3 does not show an incident.
  returned: when the options were valid
  type: list
  elements: dict
  contains:
    id:
      description: The number of the incident.
      returned: always
      type: str
      sample: 20210127-197
    message:
      description: Why the module could not read the incident.
      returned: always
      type: str
      sample: "D3 does not name incident 20210127-197: check its number, the site, and that username may see it"
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.secops.incident_closure.plugins.module_utils import (
    _d3_options,
    _d3_reading,
    _d3_selection,
    _options,
    _selection,
    _task,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import Reading
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


def argument_spec() -> _options.ArgumentSpec:
    """Return the options."""
    return {
        "incident_numbers": {"type": "list", "elements": "str", "aliases": ["incident_number"]},
        **_d3_selection.selection_spec(),
        **_d3_options.connection_spec(),
    }


def make_read(params: Mapping[str, Any], secrets: Secrets) -> Callable[[], Reading]:
    """Return the function that reads the incidents."""
    parameters = _d3_selection.make_filter(params)
    api = _d3_options.connect(params, secrets)
    return lambda: _d3_reading.read(
        api,
        parameters,
        numbers=params["incident_numbers"],
        static_fields=params["static_fields"] or (),
        dynamic_fields=params["dynamic_fields"],
        limit=params["limit"],
    )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        mutually_exclusive=_selection.exclude("incident_numbers"),
        supports_check_mode=True,
    )
    _task.run_reading(module, "incident_numbers", make_read)


if __name__ == "__main__":
    main()
