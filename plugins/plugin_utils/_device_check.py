# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The device check: an incident stays open if one of its devices is not one of its remediated hosts.

This file is private to the collection and may change in any release.

The inventory contains the hosts that an incident had at some time. The product has its current devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import read_own_variable
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS, Product
from ansible_collections.secops.incident_closure.plugins.plugin_utils._task_failure import read_failure

Incident = dict[str, Any]  # in the form of the filter closable_incidents
Obstacle = dict[str, str]  # in the form of its held_back_by


def check_devices(
    incidents: list[Incident],
    hostvars: Mapping[str, Any],
    mode: str,
    read: Callable[[Product, list[str]], Mapping[str, Any]],
) -> tuple[list[Incident], list[str]]:
    """Return the incidents, and hold back those that fail the device check.

    :param incidents: as the filter ``closable_incidents`` returns them.
    :param hostvars: the variables of the hosts.
    :param mode: ``auto`` checks an incident if one of its hosts names its device, ``require`` checks every incident of a
        product that shows devices, and ``skip`` none.
    :param read: called with a product and ids; returns the result of its reading module for them, with their devices.
    :returns: the incidents, and a message for each unreadable incident.
    :raises ValueError: a host's device comes from a fact cache or from a module.
    """
    obstacles: dict[tuple[str, str], list[Obstacle]] = {}
    unread: list[str] = []
    for product in PRODUCTS.values():
        devices = _Devices(product, hostvars)
        checked = [row for row in incidents if row["closable"] and devices.applies_to(row, mode)]
        answer = read(product, [row["id"] for row in checked]) if checked else {}
        found = {row["id"]: row for row in answer.get("incidents") or ()}
        messages = {row["id"]: row["message"] for row in answer.get("missing") or ()}
        message = read_failure(answer) or "the task ended without a result"
        for row in checked:
            if row["id"] in found:
                obstacles[product.name, row["id"]] = list(devices.find_obstacles(row, found[row["id"]]))
            else:
                reason = f"the devices of the incident cannot be read: {messages.get(row['id']) or message}"
                obstacles[product.name, row["id"]] = [{"host": product.label, "reason": reason}]
                unread.append(f"{row['id']}: {reason}")
    return [_hold_back(row, obstacles.get((row["product"], row["id"]), [])) for row in incidents], unread


def try_to_read_devices(
    incidents: list[Incident],
    hostvars: Mapping[str, Any],
    mode: str,
    read: Callable[[Product, list[str]], Mapping[str, Any]],
) -> None:
    """Read the devices of one incident of each product, with the parameters of ``check_devices``.

    :raises ValueError: no devices can be read.
    """
    for product in PRODUCTS.values():
        devices = _Devices(product, hostvars)
        first = next((row["id"] for row in incidents if devices.applies_to(row, mode)), None)
        answer = read(product, [first]) if first else {}
        if answer.get("failed"):
            raise ValueError(f"the devices of incidents cannot be read: {read_failure(answer)}")


class _Devices:
    """The devices of one product that hosts name in their variables."""

    def __init__(self, product: Product, hostvars: Mapping[str, Any]) -> None:
        self._product = product
        self._hostvars = hostvars
        self._by_host: dict[str, str] = {}  # in lower case; empty if a host does not name one

    def applies_to(self, incident: Incident, mode: str) -> bool:
        """Return whether the device check applies to an incident."""
        if incident["product"] != self._product.name or not self._product.device_variable or mode == "skip":
            return False
        return mode == "require" or any(self._read(host) for host in incident["hosts"] if host in self._hostvars)

    def find_obstacles(self, incident: Incident, shown: Mapping[str, Any]) -> Iterator[Obstacle]:
        """Yield the devices that hold an incident back. A closed incident has none.

        :param shown: the incident as the reading module returns it.
        """
        remediated = {self._read(host) for host in incident["hosts"]}
        for device in () if shown["closed"] else shown["devices"]:
            uuid, name = device["uuid"], device["name"] or device["original_name"]
            if not name:
                yield {"host": uuid, "reason": f"{self._product.label} does not show this device"}
            elif uuid.lower() not in remediated:
                variable = self._product.device_variable
                yield {"host": name, "reason": f"device {uuid} is not the {variable} of a remediated host"}

    def _read(self, host: str) -> str:
        if host not in self._by_host:
            uuid = read_own_variable(self._hostvars[host], host, self._product.device_variable)
            self._by_host[host] = str(uuid or "").strip().lower()
        return self._by_host[host]


def _hold_back(incident: Incident, obstacles: list[Obstacle]) -> Incident:
    return {**incident, "held_back_by": obstacles, "closable": False} if obstacles else incident
