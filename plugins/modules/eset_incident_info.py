#!/usr/bin/python
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: eset_incident_info
short_description: Read incidents from ESET Connect
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Reads incidents of ESET PROTECT and ESET Inspect over ESET Connect, and their devices.
  - Returns particular incidents in the order that you ask for, or selected incidents with the newest first.
extends_documentation_fragment:
  - secops.incident_closure.eset
  - secops.incident_closure.http
  - secops.incident_closure.selection
  - secops.incident_closure.selection.of_eset
  - secops.incident_closure.attributes.info_module
  - secops.incident_closure.attributes.action_group_eset
options:
  incident_uuids:
    description:
      - Names the incidents that you want to read, by their UUIDs.
      - The module reads them one by one.
      - Mutually exclusive with O(status), O(severity), O(created_after), O(created_before), and O(filter).
    type: list
    elements: str
    aliases: [incident_uuid]
  devices:
    description:
      - Adds the devices of each incident.
      - This takes one request for each incident and one for every 100 devices.
      - The API user needs permission to read devices.
    type: bool
    default: false
seealso:
  - module: secops.incident_closure.eset_incident_close
  - name: ESET Connect help, List incidents
    description: The documentation of the request.
    link: https://help.eset.com/eset_connect/en-US/incident_management_v2_incidents_get.html
"""

EXAMPLES = r"""
# The connection comes from the environment: ESET_REGION, ESET_USERNAME, and ESET_PASSWORD.
- name: Read the newest incidents of medium and high severity that are not closed, with their devices
  secops.incident_closure.eset_incident_info:
    severity: [medium, high]
    limit: 20
    devices: true
  register: open_incidents

- name: Show the incidents and their devices
  ansible.builtin.debug:
    msg: "{{ item.title }}: {{ item.devices | map(attribute='name') | join(', ') }}"
  loop: "{{ open_incidents.incidents }}"
  loop_control:
    label: "{{ item.id }}"

- name: Read the closed incidents of a quarter
  secops.incident_closure.eset_incident_info:
    status: [closed]
    created_after: "2026-07-01"
    created_before: "2026-10-01"

- name: Read one incident
  secops.incident_closure.eset_incident_info:
    incident_uuid: 123e4567-e89b-12d3-a456-426614174000
"""

RETURN = r"""
msg:
  description: The number of incidents that the module read and of those that are missing, or why the task failed.
  returned: always
  type: str
  sample: 2 read, 0 missing
incidents:
  description: The incidents, in the order of O(incident_uuids), or the newest first.
  returned: when the options were valid
  type: list
  elements: dict
  contains:
    id:
      description: The UUID of the incident.
      returned: always
      type: str
      sample: 123e4567-e89b-12d3-a456-426614174000
    title:
      description: The display name of the incident.
      returned: always
      type: str
      sample: Suspicious process
    status:
      description: The status, in the words of ESET.
      returned: always
      type: str
      sample: INCIDENT_STATUS_OPEN
    closed:
      description: Whether the incident is closed.
      returned: always
      type: bool
      sample: false
    severity:
      description: The severity, in the words of ESET.
      returned: always
      type: str
      sample: INCIDENT_SEVERITY_LEVEL_HIGH
    created:
      description: The time of creation, in the format of ESET.
      returned: always
      type: str
      sample: "2026-10-01T12:41:39Z"
    devices:
      description:
        - The devices of the incident.
        - A device that ESET does not show has only a C(uuid). Its other values are empty strings.
      returned: when O(devices=true)
      type: list
      elements: dict
      contains:
        uuid:
          description: The UUID of the device.
          returned: always
          type: str
          sample: 223e4567-e89b-12d3-a456-426614174000
        name:
          description: The display name, which people can change.
          returned: always
          type: str
          sample: web01
        original_name:
          description: The name that the device reports.
          returned: always
          type: str
          sample: web01.example.com
        ip:
          description: The primary local IP address.
          returned: always
          type: str
          sample: 192.0.2.10
        os:
          description: The name of the operating system.
          returned: always
          type: str
          sample: Microsoft Windows Server 2022
    details:
      description:
        - The incident, as ESET returned it.
        - An incident from a list lacks C(deviceUuids) and C(detectionUuids).
          ESET returns them only if you name the incidents, or with O(devices=true).
      returned: always
      type: dict
      sample:
        uuid: 123e4567-e89b-12d3-a456-426614174000
        displayName: Suspicious process
        status: INCIDENT_STATUS_OPEN
        severity: INCIDENT_SEVERITY_LEVEL_HIGH
missing:
  description:
    - Incidents that you asked for and that the module could not read.
    - The task does not fail only because ESET does not show an incident.
  returned: when the options were valid
  type: list
  elements: dict
  contains:
    id:
      description: The UUID of the incident.
      returned: always
      type: str
      sample: 123e4567-e89b-12d3-a456-426614174001
    message:
      description: Why the module could not read the incident.
      returned: always
      type: str
      sample: "reading incident 123e4567-e89b-12d3-a456-426614174001: ESET: HTTP 404; there is no such incident, or the API user
        may not see it: check the uuid and the region"
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.secops.incident_closure.plugins.module_utils import (
    _eset_options,
    _eset_reading,
    _eset_selection,
    _options,
    _selection,
    _task,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import Reading
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


def argument_spec() -> _options.ArgumentSpec:
    """Return the options."""
    return {
        "incident_uuids": {"type": "list", "elements": "str", "aliases": ["incident_uuid"]},
        "devices": {"type": "bool", "default": False},
        **_eset_selection.selection_spec(),
        **_eset_options.connection_spec(),
    }


def make_read(params: Mapping[str, Any], secrets: Secrets) -> Callable[[], Reading]:
    """Return the function that reads the incidents."""
    selection = _eset_selection.make_selection(params)
    api = _eset_options.connect(params, secrets)
    devices = _eset_options.connect_devices(params, api, secrets) if params["devices"] else None
    return lambda: _eset_reading.read(api, devices, selection, uuids=params["incident_uuids"], limit=params["limit"])


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        mutually_exclusive=_selection.exclude("incident_uuids"),
        supports_check_mode=True,
    )
    _task.run_reading(module, "incident_uuids", make_read)


if __name__ == "__main__":
    main()
