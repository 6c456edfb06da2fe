# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Return the hosts without a mark. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _unremediated_hosts
short_description: "[INTERNAL] Return the hosts that are not remediated"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Returns which of some hosts are not remediated, or which of the hosts that list incidents.
positional: hosts
options:
  _input:
    description: The variables of all hosts, which is the variable C(hostvars).
    type: raw
    required: true
  hosts:
    description: The hosts to look at. When empty, the hosts that list incidents.
    type: list
"""

EXAMPLES = r"""
- name: Show the hosts that hold incidents back
  ansible.builtin.debug:
    msg: "{{ hostvars | secops.incident_closure._unremediated_hosts }}"
"""

RETURN = r"""
_value:
  description: The hosts, each with its reason, as strings.
  type: list
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.filter.closable_incidents import closable_incidents
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import Mark


def unremediated_hosts(hostvars: Mapping[str, Any], hosts: Sequence[str] = ()) -> list[str]:
    """Return the value that DOCUMENTATION describes.

    :raises AnsibleFilterError: a variable of a host cannot be read.
    """
    if not hosts:
        listing = (host for incident in closable_incidents(hostvars) for host in incident["hosts"])
        hosts = list(dict.fromkeys(listing))
    obstacles = {host: Mark(hostvars[host], host, check_mode=False).obstacle for host in hosts}
    return wrap_var([f"{host}: {obstacle}" for host, obstacle in obstacles.items() if obstacle])


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_unremediated_hosts": unremediated_hosts}
