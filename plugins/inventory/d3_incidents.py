# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
name: d3_incidents
short_description: Turn the hosts of D3 incidents into an inventory
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Reads the selected incidents of a D3 SOAR site, and adds the hosts from the fields that you name.
  - Lists the incidents of each host in C(incident_closure_d3_incidents), which the roles of the collection read.
  - The name of the inventory file must end in C(d3_incidents.yml) or C(d3_incidents.yaml).
  - D3 does not know the hosts of an incident by itself.
    You get only the hosts that the fields name.
  - If a field contains a name that is not a valid host name, the incident becomes a host with its number as the name, with a warning.
    This way the incident stays open.
  - If the fields of an incident name no host, a warning names the incident, because no host stands for it.
  - With the cache, the plugin does not ask D3 again before the cache expires.
    Until then, you do not get hosts that joined an incident.
extends_documentation_fragment:
  - secops.incident_closure.d3
  - secops.incident_closure.d3.plugin
  - secops.incident_closure.http
  - secops.incident_closure.selection
  - secops.incident_closure.selection.of_d3
  - secops.incident_closure.selection.inventory
  - constructed
  - inventory_cache
options:
  plugin:
    description: Names this plugin.
    type: str
    required: true
    choices: [secops.incident_closure.d3_incidents]
  host_fields:
    description:
      - Selects the fields of an incident that name hosts.
      - An entry is the name of a static field, such as V(Custom Field), or a dictionary with the C(section) and the C(field) of a dynamic one.
      - The value of a field can be a list, a list in JSON, or a string with commas, semicolons, or whitespace.
    type: list
    elements: raw
    required: true
notes:
  - Each host has the variables C(incident_closure_d3_incidents) (the numbers of its incidents)
    and C(d3_incidents) (its incidents as M(secops.incident_closure.d3_incident_info) returns them, without C(details)).
  - If an earlier inventory source lists incidents of a host, the plugin adds to them.
    If a C(host_vars) folder sets C(incident_closure_d3_incidents), the plugin fails, because Ansible would use that list
    in place of the plugin's.
seealso:
  - module: secops.incident_closure.d3_incident_info
"""

EXAMPLES = r"""
# The connection comes from the environment: D3_URL, D3_LOOKUP_API_KEY, D3_USERNAME, and D3_SITE.

# Read all incidents that are not closed
---
plugin: secops.incident_closure.d3_incidents
host_fields:
  - Custom Field

# Read incidents of high severity, with the hosts from a dynamic field
---
plugin: secops.incident_closure.d3_incidents
severity: [High, Critical]
host_fields:
  - section: Asset
    field: Hostname
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils import (
    _d3_options,
    _d3_reading,
    _d3_selection,
    _options,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.plugin_utils._host_fields import (
    HostField,
    check_host_fields,
    read_host_fields,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._host_names import HostIndex, is_host_name
from ansible_collections.secops.incident_closure.plugins.plugin_utils._incident_inventory import (
    MATCHING_SPEC,
    IncidentHost,
    IncidentInventory,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS


class InventoryModule(IncidentInventory):
    """The plugin."""

    NAME = "secops.incident_closure.d3_incidents"
    product = PRODUCTS["d3"]
    incidents_variable = "d3_incidents"
    kept_keys = frozenset({"id", "details"})

    @classmethod
    def argument_spec(cls) -> _options.ArgumentSpec:
        """Return the options beside those of Ansible's own fragments."""
        return {
            "host_fields": {"type": "list", "elements": "raw", "required": True},
            **MATCHING_SPEC,
            **_d3_selection.selection_spec(),
            **_d3_options.connection_spec(),
        }

    def find_hosts(self, options: Mapping[str, Any], secrets: Secrets) -> list[IncidentHost]:
        """Return the hosts that the selected incidents name."""
        fields = read_host_fields(options["host_fields"])
        parameters = _d3_selection.make_filter(options)
        static_fields, dynamic_fields = _choose_fields(options, fields)
        api = _d3_options.connect(options, secrets)
        incidents = list(self.read_cache().values())
        if not incidents:
            reading = _d3_reading.read(
                api,
                parameters,
                static_fields=static_fields,
                dynamic_fields=dynamic_fields,
                limit=options["limit"],
            )
            incidents = list(reading.incidents)
            self.write_cache({incident["id"]: incident for incident in incidents})
        check_host_fields(fields, [incident["details"] for incident in incidents])
        index = HostIndex(self.existing_hosts(options))
        hosts: dict[str, IncidentHost] = {}
        for incident in incidents:
            for name in self._name_hosts(incident, fields, index):
                host = hosts.setdefault(name.lower(), IncidentHost(name, []))
                host.incidents.append(incident)
        return list(hosts.values())

    def _name_hosts(self, incident: Mapping[str, Any], fields: list[HostField], index: HostIndex) -> list[str]:
        """Return the hosts of an incident, each once."""
        number = incident["id"]
        names = list(dict.fromkeys(name for field in fields for name in field.read(incident["details"])))
        if not names:
            self.display.warning(f"incident {number} names no host, so that no host stands for it")
        hosts: dict[str, str] = {}
        for name in names:
            host = name
            if not is_host_name(name):
                self.display.warning(
                    f"incident {number} names {name!a}, which is not a valid host name, and becomes a host itself"
                )
                host = number
            found = sorted(index.find([name], name))
            if len(found) > 1:
                self.display.warning(
                    f"incident {number} names {name}, which matches several hosts ({', '.join(found)}) and becomes a host of its own"
                )
            elif found:
                host = found[0]
            hosts.setdefault(host.lower(), host)
        return list(hosts.values())


def _choose_fields(options: Mapping[str, Any], fields: list[HostField]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the static and the dynamic fields to read: the fields of the options, and the fields that name hosts."""
    static_fields = list(options["static_fields"] or [])
    dynamic_fields = {section: list(names) for section, names in (options["dynamic_fields"] or {}).items()}
    for field in fields:
        names = dynamic_fields.setdefault(field.section, []) if field.section else static_fields
        if field.name not in names:
            names.append(field.name)
    return static_fields, dynamic_fields
