# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: which incidents may be closed, because all of their hosts are remediated, and which hosts hold the others back."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: closable_incidents
short_description: Tell which incidents may be closed
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Gathers the incidents that hosts list in their variables C(incident_closure_d3_incidents) and C(incident_closure_eset_incidents),
    and those that are given directly, and tells which of them may be closed.
  - An incident may be closed when every host that lists it is remediated. One that no host lists may be closed.
  - A host is remediated when its variable C(incident_closure_remediated) is true, or when a job before this one in a workflow marked it
    so with C(ansible.builtin.set_stats). The entry point C(mark_remediated) of the role P(secops.incident_closure.close_incidents#role)
    does both.
  - A mark that was read from a fact cache does not count, as an earlier job has left it there. A list of incidents from there, or from the
    facts of a module, is refused.
  - A mark that was set in check mode counts in check mode only.
  - A host whose variable C(incident_closure_remediated) is there and not true is not remediated, whatever a job before said.
positional: hosts, incident_numbers, incident_uuids, check_mode
options:
  _input:
    description: The variables of all hosts, which is the variable C(hostvars).
    type: dict
    required: true
  hosts:
    description:
      - Names of the hosts that count, as a list, or as one text with commas or white space between them.
      - When it is not given, or names none, every host of the inventory counts. With an empty list none does.
    type: raw
  incident_numbers:
    description: Incidents in D3 beside those that the hosts list, as a list, or as one text with commas or white space between them.
    type: raw
  incident_uuids:
    description: Incidents in ESET beside those that the hosts list, as a list, or as one text with commas or white space between them.
    type: raw
  check_mode:
    description: Whether a host counts as well whose remediation was in check mode.
    type: bool
    default: false
seealso:
  - plugin: secops.incident_closure.closure_result
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show which incidents may be closed now
  ansible.builtin.debug:
    msg: "{{ hostvars | secops.incident_closure.closable_incidents | selectattr('closable') | map(attribute='id') }}"

- name: Show what holds the other incidents of the web servers back
  ansible.builtin.debug:
    msg: "{{ hostvars | secops.incident_closure.closable_incidents(groups['web']) | rejectattr('closable') }}"
"""

RETURN = r"""
_value:
  description: The incidents, each once, those in D3 first. Incidents of the same hosts stand together.
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

import hashlib
import re
from collections.abc import Mapping

from jinja2 import Undefined

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.unsafe_proxy import wrap_var

# product: the host variable that lists its incidents, the variable for those that are given directly
PRODUCTS = {
    "d3": ("incident_closure_d3_incidents", "incident_numbers"),
    "eset": ("incident_closure_eset_incidents", "incident_uuids"),
}
REMEDIATED = "incident_closure_remediated"
REMEDIATED_AT = "incident_closure_remediated_at"
IN_CHECK_MODE = "incident_closure_remediated_in_check_mode"
# In a text these are between incidents, or around a list that is none: no incident's name has them there.
NO_INCIDENT = re.compile(r"""[\s,;]|^[\[{(\"']|[\])}\"']$""")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def closable_incidents(hostvars, hosts=None, incident_numbers=None, incident_uuids=None, check_mode=False):
    """Return what DOCUMENTATION says.

    :raises AnsibleFilterError: a variable holds what it cannot hold, or a host is none of the inventory.
    """
    if not isinstance(hostvars, Mapping):
        raise AnsibleFilterError(
            "closable_incidents filters the variables of all hosts, as in: hostvars | closable_incidents"
        )
    counting = {host: hostvars[host] for host in _counting_hosts(hostvars, hosts)}  # once, as it takes its time
    listed_by = {}  # (product, id): hosts
    for product, given in (("d3", incident_numbers), ("eset", incident_uuids)):
        for incident in _incidents(product, given, PRODUCTS[product][1]):
            listed_by[product, incident] = []
    for host, variables in counting.items():
        for product, (variable, dummy) in PRODUCTS.items():
            listed = _variable(variables, host, variable)
            facts = _facts(variables, host)
            if variable in facts and facts[variable] == listed:
                raise AnsibleFilterError(
                    f"{variable} of the host {host} comes from a fact cache, or from a module's facts, and may hide what the "
                    "inventory says: remove it there, and set it with set_fact, without cacheable"
                )
            for incident in _incidents(product, listed, f"{variable} of the host {host}"):
                listed_by.setdefault((product, incident), []).append(host)
    listing = {host for listed in listed_by.values() for host in listed}
    reasons = {host: _why_unclean(counting[host], host, check_mode) for host in listing}
    place = {host: number for number, host in enumerate(counting)}
    plan = [
        {
            "product": product,
            "id": incident,
            "hosts": listed,
            "held_back_by": [{"host": host, "reason": reasons[host]} for host in listed if reasons[host]],
            "closable": not any(reasons[host] for host in listed),
        }
        for (product, incident), listed in sorted(
            listed_by.items(), key=lambda item: (item[0][0], [place[host] for host in item[1]])
        )
    ]
    return wrap_var(plan)  # ids and names of hosts are data, even where they look like templates


def artifact_key(host):
    """Return the name under which mark_remediated hands the mark of a host to later jobs: any host name makes a variable name."""
    return f"{REMEDIATED}_{hashlib.sha256(host.encode()).hexdigest()}"


def _counting_hosts(hostvars, hosts):
    """Return the hosts in the order of the inventory, each once."""
    wanted = set(_texts(hosts, "close_incidents_hosts"))
    if not wanted and hosts not in ([], ()):  # a survey's empty answer takes no host out
        return [str(host) for host in hostvars]
    in_order = dict.fromkeys(str(host) for host in hostvars if host in wanted)
    for host in sorted(wanted):
        if host not in in_order and host not in hostvars:
            raise AnsibleFilterError(f"close_incidents_hosts names {host}, which is not in the inventory")
        in_order.setdefault(host)  # localhost, when the inventory does not name it
    return list(in_order)


def _incidents(product, given, origin):
    incidents = {}
    for incident in _texts(given, origin):
        if incident in (".", "..", "None"):
            raise AnsibleFilterError(f'{origin} holds "{incident}", which names no incident')
        if "{{" in incident or "{%" in incident:  # as it comes from hostvars before ansible-core 2.19
            raise AnsibleFilterError(
                f"{origin} holds a template that could not be filled in: a variable in it is not defined"
            )
        if NO_INCIDENT.search(incident):
            raise AnsibleFilterError(f"{origin} holds {incident}, which is not one incident: write a list of incidents")
        if product == "eset" and UUID.fullmatch(incident):
            incident = incident.lower()  # or else one host's spelling would hide another host from the gate
        incidents[incident] = None
    return list(incidents)


def _texts(given, origin):
    """Return the entries of a list, or of a text such as a survey gives, without blank ones."""
    if given is None:
        return []
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if isinstance(given, str):
        return [str(text) for text in re.split(r"[,\s]+", given) if text]
    if not isinstance(given, (list, tuple)):
        raise AnsibleFilterError(f"{origin} must be a list, not {_kind(given)}")
    texts = []
    for entry in given:
        if isinstance(entry, bool) or not isinstance(entry, (str, int, type(None))):
            raise AnsibleFilterError(f"{origin} must hold texts only, not {_kind(entry)}")
        text = "" if entry is None else str(entry).strip()
        if text:
            texts.append(text)
    return texts


def _kind(value):
    if isinstance(value, Undefined):
        return "something undefined"
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, (list, tuple)):
        return "a list"
    return f"{value!r}"


def _variable(variables, host, name):
    """Return a variable of a host, or None."""
    try:
        return variables.get(name)
    except Exception as error:  # whatever a template in an inventory can raise
        raise AnsibleFilterError(f"{name} of the host {host} cannot be read: {error}") from error


def _facts(variables, host):
    """Return what came out of the modules of this run, or out of a fact cache; what set_fact sets in this run is not there."""
    return _variable(variables, host, "ansible_facts") or {}


def _why_unclean(variables, host, check_mode):
    """Return why a host does not count as remediated, or nothing when it does."""
    facts = _facts(variables, host)

    def of_this_run(name):
        value = _variable(variables, host, name)
        return None if name in facts and facts[name] == value else value

    mark = _variable(variables, host, REMEDIATED)
    if mark is not None and not _true(mark):
        return "its remediation was not completed"
    if mark is not None and not check_mode and _true(_variable(variables, host, IN_CHECK_MODE)):
        return "it was remediated in check mode only"
    # A mark that was set in spite of one in the cache looks like that one; the time, which is set with it, does not.
    if mark is not None and (of_this_run(REMEDIATED) is not None or of_this_run(REMEDIATED_AT) is not None):
        return ""
    artifact = of_this_run(artifact_key(host))
    if isinstance(artifact, Mapping) and artifact.get("host") == host:
        return "" if _true(artifact.get("remediated")) else "its remediation was not completed"
    if mark is not None:
        return "only a fact cache says that it is remediated, which an earlier job has left there"
    return "it was not remediated"


def _true(value):
    return isinstance(value, (bool, int, str)) and boolean(value, strict=False)


class FilterModule:
    """The filter."""

    def filters(self):
        """Return it by its name."""
        return {"closable_incidents": closable_incidents}
