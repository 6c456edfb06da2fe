# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the pattern of the hosts of a play. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _host_pattern
short_description: "[INTERNAL] Return a host pattern"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Reads the variable C(target_hosts) of the playbooks, which is a pattern or a list of patterns.
options:
  _input:
    description: The variable, or none.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show the hosts that a playbook would remediate
  ansible.builtin.debug:
    msg: "{{ 'web01, web02' | secops.incident_closure._host_pattern }}"
"""

RETURN = r"""
_value:
  description: The pattern. Without a value, every host but localhost.
  type: str
"""

from typing import Any

from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import filter_errors, read_list


@filter_errors()
def host_pattern(given: Any) -> str:
    """Return the value that DOCUMENTATION describes.

    :raises AnsibleFilterError: the variable is of a wrong type.
    """
    patterns = [pattern.strip() for pattern in read_list(given, "target_hosts", spaces=False)]
    return ",".join(patterns) or "all:!localhost"


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_host_pattern": host_pattern}
