# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the objects that the settings of ``extensions/awx/setup.yml`` name. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _awx_objects
short_description: "[INTERNAL] Find the existing objects for the setup of AWX"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the setup playbook of the collection and may change in any release.
  - Selects the objects that AWX returned for each name. An object of the organization takes precedence over others of the same name.
options:
  _input:
    description:
      - The results of a loop over C(named) of P(secops.incident_closure._awx_settings#filter), each with the objects as C(ansible_facts.awx_found).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show that the organization does not exist
  ansible.builtin.debug:
    msg: "{{ (found | secops.incident_closure._awx_objects).problem }}"
  vars:
    found:
      - item: {setting: setup_organization, endpoint: organizations, name: SOC}
        ansible_facts: {awx_found: []}
"""

RETURN = r"""
_value:
  description: The ids of the objects by setting as C(ids), and an error as C(problem), or an empty string.
  type: dict
"""

from collections.abc import Sequence
from typing import Any

KINDS = {"organizations": "organization", "credentials": "credential", "inventories": "inventory"}  # by endpoint


def awx_objects(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the value that DOCUMENTATION describes."""
    ids: dict[str, list[str]] = {}
    organization = None
    for result in results:
        setting, name = result["item"]["setting"], result["item"]["name"]
        found = result["ansible_facts"]["awx_found"]
        found = [row for row in found if row.get("organization") == organization] or found
        if not found:
            kind = KINDS[result["item"]["endpoint"]]
            return {"ids": {}, "problem": f"{setting}: AWX has no {kind} named {name}, or your user may not see it"}
        if len(found) > 1:
            return {"ids": {}, "problem": f"{setting}: AWX has several objects of this kind named {name}: rename one"}
        if setting == "setup_organization":
            organization = found[0]["id"]
        # A string, because the modules accept names and numbers as strings.
        ids.setdefault(setting, []).append(str(found[0]["id"]))
    return {"ids": ids, "problem": ""}


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_awx_objects": awx_objects}
