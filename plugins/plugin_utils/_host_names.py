# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check names of hosts, and find hosts of an inventory by their names. This file is private to the collection and may change in any release."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
# These names have a meaning in Ansible. A device that calls itself localhost must not become the controller.
RESERVED = ("all", "ungrouped", "localhost")


def is_host_name(name: str) -> bool:
    """Return whether a name is a valid host name: an IP address, or letters, digits, and ``. _ -``."""
    address = _parse_address(name)
    if address:
        return not (address.is_loopback or address.is_unspecified)
    return bool(NAME.fullmatch(name)) and name.lower().split(".", maxsplit=1)[0] not in RESERVED


class HostIndex:
    """The hosts of an inventory by their names, short names, and addresses, in lower case.

    The names of a host are its name in the inventory and ``ansible_host``.

    :param hosts: the variables of each host, by its name.
    """

    def __init__(self, hosts: Mapping[str, Mapping[str, Any]]) -> None:
        self._names: dict[str, set[str]] = {}
        self._short_names: dict[str, set[str]] = {}
        for host, variables in hosts.items():
            for name in dict.fromkeys((host, str(variables.get("ansible_host") or host))):
                if is_host_name(name):
                    self._names.setdefault(name.lower(), set()).add(host)
                    if not _parse_address(name):
                        self._short_names.setdefault(_shorten(name), set()).add(host)

    def find(self, names: Iterable[str], address: str = "") -> set[str]:
        """Return the hosts that have one of the names, or else a short name, or else the address.

        A short name counts only if one of the two names has no domain: ``web01`` and ``web01.example.com`` may be
        one host, and ``web01.example.com`` and ``web01.example.net`` are two.

        :param names: of one host, or of one device.
        :param address: its local IP address.
        """
        names = [name.lower() for name in names if is_host_name(name)]
        found = self._look_up(self._names, names)
        if not found:
            found = {
                host
                for name in names
                if not _parse_address(name)
                for host in self._short_names.get(_shorten(name), ())
                if "." not in name or self._goes_by(host, _shorten(name))
            }
        return found or self._look_up(
            self._names, [address] if _parse_address(address) and is_host_name(address) else []
        )

    def _goes_by(self, host: str, name: str) -> bool:
        return host in self._names.get(name, ())

    @staticmethod
    def _look_up(index: Mapping[str, set[str]], names: Iterable[str]) -> set[str]:
        return {host for name in names for host in index.get(name, ())}


def _shorten(name: str) -> str:
    return name.lower().split(".", maxsplit=1)[0]


def _parse_address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
