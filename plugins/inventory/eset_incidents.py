# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
name: eset_incidents
short_description: Turn the devices of ESET incidents into an inventory
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Reads the selected incidents of ESET PROTECT and ESET Inspect, and adds their devices as hosts.
    Mobile devices become hosts as well.
  - Lists the incidents of each host in C(incident_closure_eset_incidents), which the roles of the collection read.
  - The name of the inventory file must end in C(eset_incidents.yml) or C(eset_incidents.yaml).
  - If ESET does not show a device, the device becomes a host with its UUID as the name, so that its incidents stay open.
    If ESET lists an incident and does not show it, the incident becomes such a host.
  - If an incident has no devices, a warning names the incident, because no host stands for it.
  - With the cache, the plugin reads the details of an incident again only after an update of the incident.
    It always reads the list of incidents and the devices.
extends_documentation_fragment:
  - secops.incident_closure.eset
  - secops.incident_closure.eset.plugin
  - secops.incident_closure.http
  - secops.incident_closure.selection
  - secops.incident_closure.selection.of_eset
  - secops.incident_closure.selection.inventory
  - constructed
  - inventory_cache
options:
  plugin:
    description: Names this plugin.
    type: str
    required: true
    choices: [secops.incident_closure.eset_incidents]
  hostnames:
    description:
      - Selects the fields of a device that name the host. The plugin takes the first one with a valid host name.
      - A name is valid if it is an IP address, or has only letters, digits, dots, hyphens, and underscores.
    type: list
    elements: str
    choices: [displayName, originalDisplayName, primaryLocalIpAddress, publicIpAddress, uuid]
    default: [displayName, originalDisplayName, uuid]
notes:
  - Each host has the variables C(incident_closure_eset_incidents) (the UUIDs of its incidents),
    C(incident_closure_eset_device_uuid), C(eset_device) (the device as ESET returns it),
    and C(eset_incidents) (its incidents as M(secops.incident_closure.eset_incident_info) returns them, without C(details)).
  - If an earlier inventory source lists incidents of a host, the plugin adds to them.
    If a C(host_vars) folder sets C(incident_closure_eset_incidents), the plugin fails, because Ansible would use that list
    in place of the plugin's.
seealso:
  - module: secops.incident_closure.eset_incident_info
"""

EXAMPLES = r"""
# The connection comes from the environment: ESET_REGION, ESET_USERNAME, and ESET_PASSWORD.

# Read all incidents that are not closed
---
plugin: secops.incident_closure.eset_incidents

# Read incidents of high severity, with groups by operating system
---
plugin: secops.incident_closure.eset_incidents
severity: [high]
keyed_groups:
  - key: eset_device.operatingSystem.displayName
    prefix: os
compose:
  ansible_host: ansible_host | default(eset_device.primaryLocalIpAddress)
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils import (
    _eset_options,
    _eset_reading,
    _eset_selection,
    _options,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._eset import Eset
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import Row, RowAnswer
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.plugin_utils._device_hosts import assign_hosts
from ansible_collections.secops.incident_closure.plugins.plugin_utils._incident_inventory import (
    MATCHING_SPEC,
    IncidentHost,
    IncidentInventory,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS

HOSTNAMES = ("displayName", "originalDisplayName", "primaryLocalIpAddress", "publicIpAddress", "uuid")


class InventoryModule(IncidentInventory):
    """The plugin."""

    NAME = "secops.incident_closure.eset_incidents"
    product = PRODUCTS["eset"]
    incidents_variable = "eset_incidents"
    kept_keys = frozenset({"uuid", "status"})

    @classmethod
    def argument_spec(cls) -> _options.ArgumentSpec:
        """Return the options beside those of Ansible's own fragments."""
        return {
            "hostnames": {
                "type": "list",
                "elements": "str",
                "choices": list(HOSTNAMES),
                "default": ["displayName", "originalDisplayName", "uuid"],
            },
            **MATCHING_SPEC,
            **_eset_selection.selection_spec(),
            **_eset_options.connection_spec(),
        }

    def find_hosts(self, options: Mapping[str, Any], secrets: Secrets) -> list[IncidentHost]:
        """Return the devices of the selected incidents."""
        selection = _eset_selection.make_selection(options)
        api = _eset_options.connect(options, secrets)
        reader = _eset_options.connect_devices(options, api, secrets)
        rows = self._read_incidents(api, _eset_reading.list_incidents(api, selection, options["limit"]))
        reading = _eset_reading.describe(rows)
        if reading.failure:
            raise reading.failure
        shown = _eset_reading.show_devices(reader.read_devices(_eset_reading.find_devices(rows.values())))
        names = assign_hosts(
            shown.values(),
            options["hostnames"],
            self.existing_hosts(options),
            self.display.warning,
            device_variable=self.product.device_variable,
        )
        hosts = {
            uuid: IncidentHost(names[uuid], [], {self.product.device_variable: uuid, "eset_device": shown[uuid]})
            for uuid in shown
        }
        for incident in reading.incidents:
            uuids = _eset_reading.find_devices([incident["details"]])
            for uuid in uuids:
                hosts[uuid].incidents.append(incident)
            if not uuids:
                self.display.warning(f"incident {incident['id']} has no devices, so that no host stands for it")
        unread = [IncidentHost(missing["id"], [{"id": missing["id"]}]) for missing in reading.missing]
        return [*hosts.values(), *unread]

    def _read_incidents(self, api: Eset, listed: Mapping[str, Row]) -> dict[str, RowAnswer]:
        """Return the listed incidents with their devices. The cache contains the incidents without an update since."""
        known = _eset_reading.find_unchanged(listed, self.read_cache())
        read = _eset_reading.read_incidents(api, [uuid for uuid in listed if uuid not in known])
        rows = {uuid: known.get(uuid) or read[uuid] for uuid in listed}
        self.write_cache({uuid: row for uuid, row in rows.items() if isinstance(row, dict)})
        return rows
