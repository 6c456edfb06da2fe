# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which incidents one task of ``close_incidents`` closes. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _close_incidents_chunks
short_description: "[INTERNAL] Divide incidents among tasks"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Divides the incidents that may be closed among tasks. Each task closes some incidents in one product with one comment.
positional: settings, play, time
options:
  _input:
    description: The incidents, as P(secops.incident_closure.closable_incidents#filter) returns them.
    type: raw
    required: true
  settings:
    description: The variables of the role, as the filter C(_close_incidents_settings) returns them.
    type: dict
    required: true
  play:
    description: The name of the play, for the default comment.
    type: str
    required: true
  time:
    description: The time of the run, for the default comment.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show how the incidents would be divided among tasks
  ansible.builtin.debug:
    msg: >-
      {{ hostvars | secops.incident_closure.closable_incidents
         | secops.incident_closure._close_incidents_chunks(settings, ansible_play_name, '2026-01-12T06:08:31Z') }}
  vars:
    settings: "{{ {} | secops.incident_closure._close_incidents_settings }}"
"""

RETURN = r"""
_value:
  description:
    - For each product, the tasks as C(chunks), each with C(ids), C(comment), C(held_back) (other ids to read with them), and C(label).
    - The ids that no task reads as C(held_back), and one id as C(first).
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS

NAMED_HOSTS = 20  # that the default comment names


def close_incidents_chunks(
    plan: list[dict[str, Any]], settings: Mapping[str, Any], play: str, time: str
) -> dict[str, dict[str, list[Any]]]:
    """Return what DOCUMENTATION says.

    Incidents of different hosts are in one task only as long as the default comment can name all of their hosts, so
    that it never names others in place of those of an incident.
    """
    chunks = {}
    for product, properties in PRODUCTS.items():
        comment = settings["options"][product].get(properties.comment_option) or settings["comment"]
        size = properties.chunk_size if settings["chunk_size"] is None else settings["chunk_size"]
        planned = [incident for incident in plan if incident["product"] == product]
        divided = _divide(
            [incident for incident in planned if incident["closable"]], size, NAMED_HOSTS if not comment else 0
        )
        held_back = [incident["id"] for incident in planned if not incident["closable"]]
        chunks[product] = {
            "chunks": [
                {
                    "ids": [incident["id"] for incident in chunk],
                    "comment": comment or _default_comment(chunk, play, time),
                    "held_back": held_back if number == 1 else [],
                    "label": f"chunk {number} of {len(divided)}: {len(chunk)} in {properties.label}",
                }
                for number, chunk in enumerate(divided, start=1)
            ],
            "first": [incident["id"] for incident in planned[:1]],
            "held_back": [] if divided else held_back,
        }
    return wrap_var(chunks)  # ids and names of hosts are data, even where they look like templates


def _divide(incidents: list[dict[str, Any]], size: int, named_hosts: int) -> list[list[dict[str, Any]]]:
    chunks: list[list[dict[str, Any]]] = []
    hosts: set[str] = set()  # of the last chunk
    for incident in incidents:
        if not chunks or not _fits(chunks[-1], hosts, incident, size, named_hosts):
            chunks.append([])
            hosts = set()
        chunks[-1].append(incident)
        hosts.update(incident["hosts"])
    return chunks


def _fits(chunk: list[dict[str, Any]], hosts: set[str], incident: dict[str, Any], size: int, named_hosts: int) -> bool:
    if 0 < size <= len(chunk):
        return False
    if not named_hosts or incident["hosts"] == chunk[-1]["hosts"]:  # incidents of the same hosts are next to each other
        return True
    if not incident["hosts"] or not chunk[-1]["hosts"]:
        return False
    return len(hosts.union(incident["hosts"])) <= named_hosts


def _default_comment(chunk: list[dict[str, Any]], play: str, time: str) -> str:
    hosts = list(dict.fromkeys(host for incident in chunk for host in incident["hosts"]))
    words = ["Closed by Ansible"]
    if any(incident["hosts"] != chunk[0]["hosts"] for incident in chunk):
        words.append(", in one batch,")
    if hosts:
        words.append(f" after the remediation of {', '.join(hosts[:NAMED_HOSTS])}")
    if len(hosts) > NAMED_HOSTS:
        words.append(f" and {len(hosts) - NAMED_HOSTS} more")
    return "".join(words) + f' (play "{play}", {time}).'


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return it by its name."""
        return {"_close_incidents_chunks": close_incidents_chunks}
