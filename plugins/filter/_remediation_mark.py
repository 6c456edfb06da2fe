# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mark of a host as an artifact. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _remediation_mark
short_description: "[INTERNAL] Return the mark of a host"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Returns what a job hands to later jobs of a workflow about one host.
positional: remediated, evidence
options:
  _input:
    description: The name of the host.
    type: raw
    required: true
  remediated:
    description: Whether the host is remediated.
    type: bool
    required: true
  evidence:
    description: What was done on the host.
    type: raw
"""

EXAMPLES = r"""
- name: Show the mark of a host
  ansible.builtin.debug:
    msg: "{{ 'web01' | secops.incident_closure._remediation_mark(true, 'Reimaged.') }}"
"""

RETURN = r"""
_value:
  description: What was done as C(evidence), and the artifact by its name as C(artifact), for C(ansible.builtin.set_stats).
  type: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import (
    artifact_key,
    read_evidence,
    shorten_evidence,
)


def remediation_mark(host: str, remediated: bool, evidence: Any = None) -> dict[str, Any]:
    """Return what DOCUMENTATION says.

    :raises AnsibleFilterError: ``evidence`` is not a string or a list.
    """
    try:
        entries = read_evidence(evidence)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error
    artifact = {"host": host, "remediated": bool(remediated), "evidence": shorten_evidence(entries)}
    return wrap_var({"evidence": entries, "artifact": {artifact_key(host): artifact}})


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return it by its name."""
        return {"_remediation_mark": remediation_mark}
