# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check which hosts a playbook remediates, and how. This action is private to the collection and may change in any release.

It is one task, because each of several tasks would load the filters and the lookup plugin again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.plugins.action import ActionBase
from ansible.plugins.lookup.inventory_hostnames import LookupModule as InventoryHostnames
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.filter._host_pattern import host_pattern
from ansible_collections.secops.incident_closure.plugins.filter._task_file import task_file
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import is_unset, read_variables

VARIABLES = ("target_hosts", "remediation_tasks", "close_incidents_event", "ansible_limit")
PLAYBOOK_VARIABLES = ("target_hosts", "remediation_tasks", "incident_numbers", "incident_uuids")
SIMILARITY = 0.9  # of a misspelled name, such as the singular, to the name of a variable


class ActionModule(ActionBase):
    """The action."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return an empty result, or a failure that names the variable to change."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        lookup = InventoryHostnames(loader=self._loader, templar=self._templar)
        try:
            check_spelling(variables)
            given = read_variables(self._templar, variables, VARIABLES)
            check_targets(
                host_pattern(given.get("target_hosts")),
                lru_cache(lambda pattern: lookup.run([pattern], variables)),  # each call builds an inventory
                inventory=variables["groups"]["all"],
                from_event=not is_unset(given.get("close_incidents_event")),
                limit=given.get("ansible_limit"),
            )
            if problem := task_file(given.get("remediation_tasks"))["problem"]:
                raise ValueError(problem)
        except (ValueError, AnsibleFilterError) as error:
            return wrap_var({**result, "failed": True, "msg": str(error)})
        return result


def check_spelling(names: Iterable[str]) -> None:
    """Check the names of variables, because a run without ``target_hosts`` remediates every host.

    :raises ValueError: a name is almost one of the playbooks.
    """
    for name in names:
        for known in get_close_matches(name, PLAYBOOK_VARIABLES, 1, SIMILARITY):
            if name != known:
                raise ValueError(f"{name} is not a variable of the playbook: write {known}, or rename {name}")


def check_targets(
    pattern: str,
    select: Callable[[str], Collection[str]],
    *,
    inventory: Collection[str],
    from_event: bool,
    limit: str | None,
) -> None:
    """Check a pattern with which a run would succeed without doing anything.

    :param pattern: the value of ``target_hosts``.
    :param select: returns the hosts that a pattern matches.
    :param inventory: all hosts of the inventory.
    :param from_event: whether a rulebook names the hosts.
    :param limit: the value of ``--limit``, if there is one.
    :raises ValueError: a part of the pattern, or all of it, matches no host, or no host within the limit.
    """
    if pattern == host_pattern(None):
        return
    parts = pattern.split(",")
    # A name from outside could be the name of a group, whose hosts are not the hosts of the incident.
    strangers = [part for part in parts if part not in inventory] if from_event else []
    if strangers:
        raise ValueError(
            "; ".join(f"{part}, a host of the incident, is not a host of the inventory" for part in strangers)
        )
    # The name of a host matches the host, and a lookup takes time.
    patterns = [part for part in parts if part not in inventory and not part.startswith(("!", "&"))]
    empty = [part for part in patterns if not select(part)]
    if empty:
        raise ValueError(
            "; ".join(f"{part} in target_hosts matches no host of the inventory: correct the pattern" for part in empty)
        )
    matched = select(pattern)
    if not matched:
        raise ValueError("target_hosts matches no host of the inventory: correct the pattern")
    # A limit that is read from a file is left to Ansible.
    if limit and "@" not in limit and not set(matched).intersection(select(limit)):
        raise ValueError(f"target_hosts matches no host within the limit {limit}: correct one of them")
