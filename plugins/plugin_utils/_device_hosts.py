# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the host of the inventory for each device of a product. This file is private to the collection and may change in any release.

Two devices are never one host: the host could be remediated for one of them, and the incidents of both would be closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.incident_closure.plugins.plugin_utils._host_names import HostIndex, is_host_name

NAME_FIELDS = ("displayName", "originalDisplayName")
ADDRESS_FIELD = "primaryLocalIpAddress"


def assign_hosts(
    devices: Iterable[Mapping[str, Any]],
    hostnames: Sequence[str],
    existing: Mapping[str, Mapping[str, Any]],
    warn: Callable[[str], None],
    *,
    device_variable: str,
) -> dict[str, str]:
    """Return the name of the host of each device, by the uuid of the device.

    :param devices: the devices in the form of ESET; an unreadable device has only a ``uuid``.
    :param hostnames: fields of a device; the first one with a valid host name is the name of a new host.
    :param existing: the variables of the hosts that may match a device, by their names.
    :param warn: called with a message for each device that does not become the host that a user may expect.
    :param device_variable: the host variable that names the device of a host, if the inventory sets it.
    """
    index = HostIndex(existing)
    known = {
        str(variables[device_variable]).lower(): host
        for host, variables in existing.items()
        if variables.get(device_variable)
    }
    taken = {host.lower() for host in known.values()}
    hosts: dict[str, str] = {}
    # If two devices have one name, for example after a new installation, the one that ESET saw last gets the name.
    for device in sorted(devices, key=lambda device: str(device.get("lastSyncTime") or ""), reverse=True):
        uuid = device["uuid"]
        host = (
            known.get(uuid.lower())
            or _match(device, index, taken, warn)
            or _choose_name(device, hostnames, taken, existing, warn)
        )
        taken.add(host.lower())
        hosts[uuid] = host
    return hosts


def _match(device: Mapping[str, Any], index: HostIndex, taken: set[str], warn: Callable[[str], None]) -> str:
    """Return the only host that a device matches, or an empty string."""
    names = [device[field] for field in NAME_FIELDS if isinstance(device.get(field), str)]
    found = sorted(index.find(names, str(device.get(ADDRESS_FIELD) or "")))
    if len(found) > 1:
        warn(f"{_describe_device(device)} matches several hosts ({', '.join(found)}) and becomes a host of its own")
    elif found and found[0].lower() in taken:
        warn(
            f"{_describe_device(device)} matches the host {found[0]}, which is another device, and becomes a host of its own"
        )
    elif found:
        return found[0]
    return ""


def _choose_name(
    device: Mapping[str, Any],
    hostnames: Sequence[str],
    taken: set[str],
    existing: Mapping[str, Any],
    warn: Callable[[str], None],
) -> str:
    """Return a name for the host that a device becomes if it does not match an existing one."""
    uuid: str = device["uuid"]
    existing_names = {host.lower() for host in existing}
    valid = [name for name in (str(device.get(field) or "") for field in hostnames) if is_host_name(name)]
    if valid and valid[0].lower() in taken - existing_names:
        warn(f"{_describe_device(device)} has the name of another device and becomes the host {uuid}")
        return uuid
    free = [name for name in valid if name.lower() not in taken | existing_names]
    return free[0] if free else uuid


def _describe_device(device: Mapping[str, Any]) -> str:
    name = next((device[field] for field in NAME_FIELDS if device.get(field)), "")
    return f'the device {device["uuid"]} ("{name}")' if name else f"the device {device['uuid']}"
