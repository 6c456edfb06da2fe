# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: which incidents may be closed because all of their hosts are remediated, and which hosts hold back the others."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: closable_incidents
short_description: Return which incidents you may close
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Collects the incidents that hosts list in C(incident_closure_d3_incidents) and C(incident_closure_eset_incidents),
    and those that you give directly, and returns which of them you may close.
  - You may close an incident if every host that lists it is remediated, or if no host lists it.
  - A host is remediated if its variable C(incident_closure_remediated) is true, or if an earlier job of the same workflow marked it
    with C(ansible.builtin.set_stats).
    The entry point C(mark_remediated) of the role P(secops.incident_closure.close_incidents#role) does both.
  - A host whose variable C(incident_closure_remediated) has another value does not count as remediated, even if an earlier job marked it.
  - A mark from a fact cache does not count, because an earlier job left it there.
  - A list of incidents from a fact cache, or from the facts of a module, is an error.
  - A mark from check mode counts in check mode only.
  - Another host variable whose name begins with C(incident_closure_) is an error, because it could be a misspelled list.
  - Every list can also be a string with commas, semicolons, or whitespace between the entries.
  - The filter trims ids before it compares them, and compares UUIDs in lower case.
    An id with an invisible character, a typographic dash, or a separator is an error.
positional: hosts, incident_numbers, incident_uuids
options:
  _input:
    description: Takes the variables of all hosts, which is the variable C(hostvars).
    type: dict
    required: true
  hosts:
    description:
      - Names the hosts that count.
      - If you do not set it, every host of the inventory counts.
    type: raw
  incident_numbers:
    description: Adds incidents in D3 to those that the hosts list.
    type: raw
  incident_uuids:
    description: Adds incidents in ESET to those that the hosts list.
    type: raw
  check_mode:
    description: Counts a host as remediated if its remediation ran in check mode.
    type: bool
    default: false
  only_given:
    description:
      - Returns only the incidents that you give directly.
      - The hosts that list them still hold them back.
    type: bool
    default: false
  event:
    description:
      - Names one incident, as C(product) and C(incident).
      - Every host that counts lists this incident and no other, even if its variables list others.
    type: dict
  required_hosts:
    description:
      - Further hosts that incidents wait for, a dictionary of lists of host names by incident ids.
      - A host counts as if it listed the incident, even if O(hosts) leaves it out. One that is not in the inventory holds the incident back.
      - The filter ignores incidents that you do not give and that no host lists.
    type: dict
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
  description:
    - The incidents, each once, with those in D3 first.
    - Incidents of the same hosts are next to each other.
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
      description: The hosts that list the incident, in the order of the inventory.
      type: list
      elements: str
    held_back_by:
      description: The hosts that list the incident and are not remediated, each as C(host) and C(reason).
      type: list
      elements: dict
    closable:
      description: Whether you may close the incident.
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

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import normalize_id
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import (
    MARK_VARIABLES,
    Mark,
    is_artifact,
    read_own_variable,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import (
    contains_vaulted,
    filter_errors,
    plain_string,
    read_by_incident,
    read_list,
)

NOT_IN_INVENTORY = "it is not in the inventory"
PREFIX = "incident_closure_"  # of the collection's host variables


@filter_errors()
def closable_incidents(hostvars: Any, *given: Any, **options: Any) -> list[dict[str, Any]]:
    """Return the value that DOCUMENTATION describes.

    :raises AnsibleFilterError: a variable has a wrong value, or a host is not in the inventory.
    """
    # ids and host names are data, even if they look like templates
    return wrap_var(decide_incidents(hostvars, *given, **options))


def decide_incidents(
    hostvars: Any,
    hosts: Any = None,
    *given: Any,
    check_mode: bool = False,
    only_given: bool = False,
    event: Mapping[str, Any] | None = None,
    required_hosts: Mapping[str, Any] | None = None,
    **given_by_name: Any,
) -> list[dict[str, Any]]:
    """Return the value that DOCUMENTATION describes, without marking its strings as data.

    :raises ValueError: a variable has a wrong value, or a host is not in the inventory.
    :raises AnsibleFilterError: a template in a variable cannot be rendered.
    """
    if not isinstance(hostvars, Mapping):
        raise ValueError("closable_incidents filters the variables of all hosts, as in: hostvars | closable_incidents")
    listed_by = _read_given(given, given_by_name)
    of_event = None if event is None else _read_event(event)
    # Once, because reading them takes time.
    counting = {host: hostvars[host] for host in counting_hosts(hostvars, hosts)}
    if of_event is None:
        _check_names(counting)
    for host, variables in counting.items():
        for key in _read_listed(variables, host) if of_event is None else of_event:
            if not only_given or key in listed_by:
                listed_by.setdefault(key, []).append(host)
    required = _read_required_hosts(required_hosts)
    for key, listed in listed_by.items():
        listed += [host for host in required.get(key[1], ()) if host not in listed]
    listing = dict.fromkeys(host for listed in listed_by.values() for host in listed)
    counting.update({host: hostvars[host] for host in listing if host not in counting and host in hostvars})
    obstacles = {
        host: Mark(counting[host], host, check_mode=check_mode).obstacle if host in counting else NOT_IN_INVENTORY
        for host in listing
    }
    place = {host: number for number, host in enumerate({**counting, **listing})}
    rank = {name: number for number, name in enumerate(PRODUCTS)}
    order = sorted(listed_by.items(), key=lambda item: (rank[item[0][0]], [place[host] for host in item[1]]))
    return [_decide(*key, hosts, obstacles) for key, hosts in order]


def _check_names(hosts: Mapping[str, Mapping[str, Any]]) -> None:
    """Check the names of host variables, because a misspelled list could let an incident close too early.

    :param hosts: the variables of each host.
    """
    checked = {*MARK_VARIABLES, *(name for product in PRODUCTS.values() for name in product.variables)}
    for host, variables in hosts.items():
        for name in sorted(set(variables) - checked):
            if name.startswith(PREFIX) and not is_artifact(name):
                raise ValueError(f"{name} of the host {host} is not a variable of this collection: check its spelling")
        checked.update(variables)


def _decide(product: str, incident: str, hosts: list[str], obstacles: Mapping[str, str]) -> dict[str, Any]:
    """Return the row of an incident, from the hosts that list it and the obstacle of each host."""
    held_back_by = [{"host": host, "reason": obstacles[host]} for host in hosts if obstacles[host]]
    return {
        "product": product,
        "id": incident,
        "hosts": hosts,
        "held_back_by": held_back_by,
        "closable": not held_back_by,
    }


def counting_hosts(hostvars: Mapping[str, Any], hosts: Any) -> list[str]:
    """Return the hosts that count in the order of the inventory, each once.

    :raises ValueError: a host is not in the inventory.
    """
    wanted = {host.strip() for host in read_list(hosts, "close_incidents_hosts", spaces=False)}
    if not wanted:  # an empty list, such as that of a missing group, excludes no host
        return [str(host) for host in hostvars]
    in_order = dict.fromkeys(str(host) for host in hostvars if host in wanted)
    for host in sorted(wanted):
        if host not in in_order and host not in hostvars:
            raise ValueError(f"close_incidents_hosts names {host}, which is not in the inventory")
        in_order.setdefault(host)  # localhost, if the inventory does not name it
    return list(in_order)


def _read_given(given: tuple[Any, ...], given_by_name: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Return the incidents that are given directly, each as its product and id, without hosts."""
    names = {product.ids_option: name for name, product in PRODUCTS.items()}
    values = {**dict(zip(names, given)), **given_by_name}
    if len(given) > len(names) or not set(values) <= set(names):
        raise TypeError(f"closable_incidents takes incidents as {', '.join(names)}")
    return {
        (names[option], incident): [] for option in names for incident in _read_incidents(values.get(option), option)
    }


def _read_listed(variables: Mapping[str, Any], host: str) -> list[tuple[str, str]]:
    """Return the incidents that a host lists in its variables, each as its product and id."""
    keys = []
    for product in PRODUCTS.values():
        variable = product.host_variable
        listed = read_own_variable(variables, host, variable)
        keys += [(product.name, incident) for incident in _read_incidents(listed, f"{variable} of the host {host}")]
    return keys


def _read_event(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the incident of a notification as its product and id, which replaces the incidents of each host."""
    product = plain_string(event.get("product"))
    if product not in PRODUCTS:
        raise ValueError(f"close_incidents_event must name a product, {' or '.join(PRODUCTS)}, not {product}")
    incidents = _read_incidents(event.get("incident"), "close_incidents_event")
    if len(incidents) != 1:
        raise ValueError("close_incidents_event must name one incident")
    return [(product, incidents[0])]


def _read_required_hosts(given: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """Return further hosts that incidents wait for, by the ids of the incidents."""
    hosts: dict[str, list[str]] = {}
    for incident, names in read_by_incident(given, "close_incidents_required_hosts").items():
        origin = f"close_incidents_required_hosts of incident {incident}"
        hosts[incident] = [name.strip() for name in read_list(names, origin, spaces=False)]
        if not hosts[incident]:
            raise ValueError(f"{origin} must name a host")
    return hosts


def _read_incidents(given: Any, origin: str) -> list[str]:
    entries = read_list(given, origin, spaces=False)
    try:
        return list(dict.fromkeys(map(normalize_id, entries)))
    except ValueError as error:
        problem = "a value from Ansible Vault is not an incident id" if contains_vaulted(given) else error
        raise ValueError(f"{origin}: {problem}") from None


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"closable_incidents": closable_incidents}
