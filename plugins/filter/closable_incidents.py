# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: which incidents may be closed because all of their hosts are remediated, and which hosts hold back the others."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: closable_incidents
short_description: Return which incidents may be closed
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Gathers the incidents that hosts list in their variables C(incident_closure_d3_incidents) and C(incident_closure_eset_incidents),
    and those that are given directly, and returns which of them may be closed.
  - An incident may be closed when every host that lists it is remediated. An incident that no host lists may be closed.
  - A host is remediated when its variable C(incident_closure_remediated) is true, or when an earlier job of the same workflow marked it
    with C(ansible.builtin.set_stats). The entry point C(mark_remediated) of the role P(secops.incident_closure.close_incidents#role)
    does both.
  - A mark from a fact cache does not count, because an earlier job left it there. A list of incidents from a fact cache, or from the
    facts of a module, is an error.
  - A mark that was set in check mode counts in check mode only.
  - A host whose variable C(incident_closure_remediated) is set and not true is not remediated, whatever an earlier job reported.
  - Every list can also be a string with commas, semicolons, or whitespace between the entries.
  - Incident ids are compared after they are trimmed, UUIDs in lower case. An id with an invisible character, a typographic dash,
    or a separator is an error.
positional: hosts, incident_numbers, incident_uuids, check_mode, only_given
options:
  _input:
    description: The variables of all hosts, which is the variable C(hostvars).
    type: dict
    required: true
  hosts:
    description:
      - Names of the hosts that count.
      - When not set or empty, every host of the inventory counts.
    type: raw
  incident_numbers:
    description: Incidents in D3 beside those that the hosts list.
    type: raw
  incident_uuids:
    description: Incidents in ESET beside those that the hosts list.
    type: raw
  check_mode:
    description: Whether a host whose remediation ran in check mode counts as remediated.
    type: bool
    default: false
  only_given:
    description: Whether to return only the incidents that are given directly. The hosts that list them still hold them back.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show which incidents may be closed now
  ansible.builtin.debug:
    msg: "{{ hostvars | secops.incident_closure.closable_incidents | selectattr('closable') | map(attribute='id') }}"

- name: Show what holds back the other incidents of the web servers
  ansible.builtin.debug:
    msg: "{{ hostvars | secops.incident_closure.closable_incidents(groups['web']) | rejectattr('closable') }}"
"""

RETURN = r"""
_value:
  description: The incidents, each once, those in D3 first. Incidents of the same hosts are next to each other.
  type: list
  elements: dict
  contains:
    product:
      description: V(d3) or V(eset).
      type: str
    id:
      description: The incident number (D3), or the UUID in lower case (ESET).
      type: str
    hosts:
      description: The hosts that list it, in the order of the inventory.
      type: list
      elements: str
    held_back_by:
      description: The hosts that list it and are not remediated, each as C(host) and C(reason).
      type: list
      elements: dict
    closable:
      description: Whether it may be closed.
      type: bool
  sample:
    - product: d3
      id: 20210127-198
      hosts: [web01, web02]
      held_back_by:
        - host: web02
          reason: it was not remediated
      closable: false
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import normalize_id
from ansible_collections.secops.incident_closure.plugins.plugin_utils._lists import contains_vaulted, read_list
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import Mark, read_facts, read_variable
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS


def closable_incidents(
    hostvars: Any,
    hosts: Any = None,
    incident_numbers: Any = None,
    incident_uuids: Any = None,
    check_mode: bool = False,
    only_given: bool = False,
) -> list[dict[str, Any]]:
    """Return what DOCUMENTATION says.

    :raises AnsibleFilterError: a variable has a wrong value, or a host is not in the inventory.
    """
    if not isinstance(hostvars, Mapping):
        raise AnsibleFilterError(
            "closable_incidents filters the variables of all hosts, as in: hostvars | closable_incidents"
        )
    counting = {host: hostvars[host] for host in counting_hosts(hostvars, hosts)}  # once: reading them takes time
    listed_by: dict[tuple[str, str], list[str]] = {}  # (product, id): hosts
    for product, given in (("d3", incident_numbers), ("eset", incident_uuids)):
        for incident in _read_incidents(given, PRODUCTS[product].given_variable):
            listed_by[product, incident] = []
    for host, variables in counting.items():
        for product, properties in PRODUCTS.items():
            for incident in _read_listed(variables, host, properties.host_variable):
                if only_given and (product, incident) not in listed_by:
                    continue
                listed_by.setdefault((product, incident), []).append(host)
    listing = {host for listed in listed_by.values() for host in listed}
    marks = {host: Mark(counting[host], host, check_mode=check_mode) for host in listing}
    place = {host: number for number, host in enumerate(counting)}
    plan = [
        {
            "product": product,
            "id": incident,
            "hosts": listed,
            "held_back_by": [{"host": host, "reason": marks[host].obstacle} for host in listed if marks[host].obstacle],
            "closable": not any(marks[host].obstacle for host in listed),
        }
        for (product, incident), listed in sorted(
            listed_by.items(), key=lambda item: (item[0][0], [place[host] for host in item[1]])
        )
    ]
    return wrap_var(plan)  # ids and names of hosts are data, even where they look like templates


def counting_hosts(hostvars: Mapping[str, Any], hosts: Any) -> list[str]:
    """Return the hosts that count in the order of the inventory, each once.

    :raises AnsibleFilterError: one is not in the inventory.
    """
    wanted = {host.strip() for host in _read_list(hosts, "close_incidents_hosts")}
    if not wanted:  # an empty list, as of a group that does not exist, takes no host out
        return [str(host) for host in hostvars]
    in_order = dict.fromkeys(str(host) for host in hostvars if host in wanted)
    for host in sorted(wanted):
        if host not in in_order and host not in hostvars:
            raise AnsibleFilterError(f"close_incidents_hosts names {host}, which is not in the inventory")
        in_order.setdefault(host)  # localhost, when the inventory does not name it
    return list(in_order)


def _read_listed(variables: Mapping[str, Any], host: str, variable: str) -> list[str]:
    """Return the incidents that a host lists in one of its variables."""
    listed = read_variable(variables, host, variable)
    facts = read_facts(variables, host)
    if variable in facts and facts[variable] == listed:
        raise AnsibleFilterError(
            f"{variable} of the host {host} comes from a fact cache or from a module, and may hide what the inventory "
            "says: remove it there, and set it with set_fact, without cacheable"
        )
    return _read_incidents(listed, f"{variable} of the host {host}")


def _read_incidents(given: Any, origin: str) -> list[str]:
    try:
        return list(dict.fromkeys(map(normalize_id, _read_list(given, origin))))
    except ValueError as error:
        problem = "a value from Ansible Vault is not an incident id" if contains_vaulted(given) else error
        raise AnsibleFilterError(f"{origin}: {problem}") from None  # the cause may quote a value from Ansible Vault


def _read_list(given: Any, origin: str) -> list[str]:
    try:
        return read_list(given, origin, spaces=False)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return it by its name."""
        return {"closable_incidents": closable_incidents}
