# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and validate the variables of the role remediate_host. This file is private to the collection."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _remediation_request
short_description: "[INTERNAL] Read and validate the variables of the role remediate_host"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - B(This filter is internal to the roles of this collection.) It may change in any release.
  - Reads the variables of the role P(secops.incident_closure.remediate_host#role), and reports every value that cannot be right.
positional: names, facts
options:
  _input:
    description: The variables of the role, by name.
    type: dict
    required: true
  names:
    description: The names of all variables of the host that begin with C(remediate_host_).
    type: list
    elements: str
    required: true
  facts:
    description: The facts of the host, of which only the names are read.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the processes that the role would kill
  ansible.builtin.debug:
    msg: "{{ ({'remediate_host_kill_processes': 'kinsing, xmrig'} | secops.incident_closure._remediation_request([], {})).lists.kill_processes }}"
"""

RETURN = r"""
_value:
  description:
    - RV(ignore:problems) is a message for each value that cannot be right, RV(ignore:lists) has the entries of each list,
      RV(ignore:steps) names the lists that have entries, in the order in which the role works on them, and
      RV(ignore:quarantine_dir) is the quarantine directory.
  type: dict
  sample:
    problems: []
    lists: {kill_processes: [kinsing]}
    steps: [kill_processes]
    quarantine_dir: /var/lib/incident_closure/quarantine
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import is_deceptive
from ansible_collections.secops.incident_closure.plugins.plugin_utils._lists import (
    contains_vaulted,
    describe_type,
    is_unset,
    plain_string,
    read_list,
)

PREFIX = "remediate_host_"
DEFAULT_QUARANTINE_DIR = "/var/lib/incident_closure/quarantine"
SETTINGS = (f"{PREFIX}quarantine_dir", f"{PREFIX}allow_nothing")

NUMBER = re.compile(r"[\s+]*\d[\d\s+]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_RANGE = r"(?:\d-\d|[a-z]-[a-z]|[A-Z]-[A-Z])"
# "[kworker]" is a name, although a shell would take it for a pattern. A range or a negation in brackets is a pattern.
PATTERN = re.compile(
    r"[*?]|\[[!^][^]]*\]|\[\[:"
    rf"|\[[_.-]*{_RANGE}(?:{_RANGE}|[_.-])*\]|\[[^]/]*(?:0-9|[aA]-[zZfF])[^]/]*\]"
    r"|\{[^{}]*(?:,|\.\.)[^{}]*\}|[@!+]\(|\w\[\w{2,}\]"
)
REGEX = re.compile(r"[|]|^\^|\.\+")
QUOTED = re.compile(r"""^["']|["']$|^\[["']""")
PROCESS_ID = re.compile(r"(?:pid|process)[\s:=#]*\d+|0x[0-9a-f]+|[\W\d_]*[\d\u00b2\u00b3\u00b9][\W\d_]*", re.IGNORECASE)
VARIABLE = re.compile(r"(?:^|/)\$\w|\$[{(]|\$[A-Z_]{2,}(?!\w)|\{\{|\{%")
PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[^/]+)+")
# Names with a slash that kernel threads have, and malware takes: kworker/0:1, kworker/u8:2-ev, kworker/R-xfs, xfs-buf/sda
KERNEL_THREAD = re.compile(
    r"\[?(?!(?:bin|boot|dev|etc|home|lib\d*|media|mnt|opt|proc|root|run|s?bin|srv|sys|tmp|usr|var)/)"
    r"[A-Za-z][\w-]*/(?:[^/]*\d[^/]*|R-[^/]*|(?:[hsv]d|xvd|dm-|md|nvme)[^/]*)"
)
USER = re.compile(r"(?:\w[\w.-]*[\\+])?\w[\w.-]*\$?(?:@\w[\w.-]*)?")
SERVICE = re.compile(r"(?![-.@:])(?:[A-Za-z0-9_:.@-]|\\x[0-9A-Fa-f]{2})+")
PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9+._~:-]*[A-Za-z0-9+~])?")


class InvalidEntryError(ValueError):
    """An entry of a list cannot be a name of its kind."""


def read_address(entry: str) -> str:
    """Return an address or a network in the form in which nftables takes it.

    :raises InvalidEntryError: the entry is not an address or a network, or blocks every address.
    """
    try:
        network = ipaddress.ip_network(entry, strict=False)
        given = ipaddress.ip_interface(entry)
    except ValueError:
        raise InvalidEntryError("is not an IP address or network") from None
    if getattr(given, "scope_id", None):
        raise InvalidEntryError("has a zone: remove what follows the address")
    if network.prefixlen < network.max_prefixlen and given.ip != network.network_address:
        raise InvalidEntryError(f"is not a network: write {network}")
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        # The kernel sends packets to such an address by IPv4.
        network = ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}")
    if network.prefixlen == 0:
        raise InvalidEntryError("would block every address")
    if network.network_address.is_unspecified and network.num_addresses == 1:
        raise InvalidEntryError("is not the address of a host")
    return str(network.network_address if network.num_addresses == 1 else network)


def read_process(entry: str) -> str:
    """Return the name of a process.

    :raises InvalidEntryError: the kernel never has this name for a process.
    """
    _check_characters(entry)
    if PATTERN.search(entry) or REGEX.search(entry) or VARIABLE.search(entry) or entry.count("{") != entry.count("}"):
        raise InvalidEntryError("is a pattern: give each name in full")
    if PROCESS_ID.fullmatch(entry):
        raise InvalidEntryError("is a number: give the name of the process, not its id")
    if any(char != " " and is_deceptive(char) for char in entry):
        raise InvalidEntryError("contains an invisible or typographic character: write the name again")
    if QUOTED.search(entry) or entry.count("[") != entry.count("]") or entry.count("(") != entry.count(")"):
        raise InvalidEntryError("contains parts of a list in a string: write a list with one name per entry")
    if " -" in entry:
        raise InvalidEntryError("is a command line: give the name of the process, as ps -e -o comm shows it")
    if ("/" in entry and not KERNEL_THREAD.fullmatch(entry)) or "\\" in entry:
        raise InvalidEntryError("is a path: give the name of the process, as ps -e -o comm shows it")
    if "," in entry:
        raise InvalidEntryError("contains a separator: write a list with one name per entry")
    if len(entry.encode()) > 15:
        raise InvalidEntryError("is not the name of a process: the kernel keeps the first 15 bytes")
    return entry


def read_file(entry: str) -> str:
    """Return the path of a file.

    :raises InvalidEntryError: the entry is not the absolute path of one file.
    """
    if "\n" in entry or "\r" in entry or re.search(r",\s*/", entry):
        raise InvalidEntryError("contains a separator: write a list with one name per entry")
    _check_characters(entry)
    if PATTERN.search(entry) or VARIABLE.search(entry):
        raise InvalidEntryError("is a pattern: give each name in full")
    if entry.endswith(" (deleted)"):
        raise InvalidEntryError("is the path of a deleted file: give the path of a file that exists")
    if not _is_path(entry):
        raise InvalidEntryError("is not the absolute path of a file: begin with /, and leave out ., .., and //")
    return entry


def read_user(entry: str) -> str:
    """Return the name of a user.

    :raises InvalidEntryError: the entry is not a user name, or it is root.
    """
    _check_name(entry, USER, "user")
    if entry == "root":
        raise InvalidEntryError("is never locked")
    return entry


def read_service(entry: str) -> str:
    """Return the name of a service.

    :raises InvalidEntryError: the entry is not a service name.
    """
    _check_name(entry, SERVICE, "service")
    return entry


def read_package(entry: str) -> str:
    """Return the name of a package.

    :raises InvalidEntryError: the entry is not a package name.
    """
    _check_name(entry, PACKAGE, "package")
    return entry


def _check_name(entry: str, form: re.Pattern[str], kind: str) -> None:
    """Raise InvalidEntryError unless an entry has the form of a name of its kind."""
    _check_characters(entry)
    if NUMBER.fullmatch(entry):
        raise InvalidEntryError(f"is a number: give the name of the {kind}")
    if re.search(r"[\s,;]", entry):
        raise InvalidEntryError("contains a separator: write a list with one name per entry")
    if PATTERN.search(entry) or re.search(r"[][{}]", entry):
        raise InvalidEntryError("is a pattern: give each name in full")
    if not form.fullmatch(entry) or len(entry.encode()) > 255:
        raise InvalidEntryError(f"is not a valid {kind} name")


def _check_characters(entry: str) -> None:
    """Raise InvalidEntryError if an entry has a character that no name is accepted with."""
    if CONTROL.search(entry):
        raise InvalidEntryError("contains a control character")
    if entry.startswith("-"):
        raise InvalidEntryError("begins with a hyphen")
    try:
        entry.encode()
    except UnicodeEncodeError:
        raise InvalidEntryError("is not valid UTF-8") from None


def _is_path(text: str) -> bool:
    """Return whether a string is an absolute path that names one place, and that the kernel takes."""
    parts = text.encode().split(b"/")
    return bool(PATH.fullmatch(text)) and max(map(len, parts)) <= 255 and len(text.encode()) < 4096


# The lists, in the order of the steps: what brings a thing back goes before that thing. spaces: see read_list.
LISTS = {
    "block_addresses": (False, read_address),
    "lock_users": (False, read_user),
    "stop_services": (False, read_service),
    "kill_processes": (True, read_process),
    "absent_packages": (False, read_package),
    "quarantine_files": (True, read_file),
}
VARIABLES = (*(PREFIX + step for step in LISTS), *SETTINGS)


def remediation_request(values: Mapping[str, Any], names: Iterable[str], facts: Iterable[str]) -> dict[str, Any]:
    """Return what the variables of the role ask for, and what is wrong with them.

    :param values: the variables of the role, by name.
    :param names: the names of all variables of the host that begin with the prefix of the role.
    :param facts: the names of the facts of the host.
    :returns: ``problems``, ``lists``, ``steps``, and ``quarantine_dir``, as DOCUMENTATION describes them.
    """
    problems = [
        f"{name} is not a variable of the role remediate_host: check its spelling"
        for name in sorted(set(names) - set(VARIABLES))
        if name.startswith(PREFIX)
    ]
    problems += [
        f"{name} comes from a fact cache, where it hides what the inventory says"
        for name in sorted(facts)
        if name.startswith(PREFIX)
    ]
    directory = _read(problems, read_directory, values.get(f"{PREFIX}quarantine_dir")) or DEFAULT_QUARANTINE_DIR
    lists = {step: _read_entries(step, values.get(PREFIX + step), problems) for step in LISTS}
    problems += [
        f"{PREFIX}quarantine_files: {show(path)} is in the quarantine directory"
        for path in lists["quarantine_files"]
        if path == directory or path.startswith(f"{directory}/")
    ]
    steps = [step for step in LISTS if lists[step]]
    allow_nothing = _read(problems, read_switch, values.get(f"{PREFIX}allow_nothing"))
    if not steps and not allow_nothing and not problems:
        problems.append(
            f"there is nothing to do: fill one of {', '.join(PREFIX + step for step in LISTS)}, "
            "or set remediate_host_allow_nothing to true"
        )
    return {"problems": problems, "lists": lists, "steps": steps, "quarantine_dir": directory}


def _read(problems: list[str], read: Any, value: Any) -> Any:
    """Return what a function reads from a value, or None after adding the problem to the list."""
    try:
        return read(value)
    except ValueError as error:
        problems.append(str(error))
        return None


def _read_entries(step: str, value: Any, problems: list[str]) -> list[str]:
    """Return the valid entries of a list, and add a problem for each other one."""
    spaces, read_entry = LISTS[step]
    entries = []
    try:
        given = read_list(value, PREFIX + step, spaces=spaces)
    except ValueError as error:
        problems.append(str(error))
        return []
    for entry in given:
        try:
            _check_typing(entry, in_list=plain_string(value) is None)
            entries.append(read_entry(entry))
        except InvalidEntryError as error:
            shown = "an entry from Ansible Vault" if contains_vaulted(value) else show(entry)
            problems.append(f"{PREFIX}{step}: {shown} {error}")
    return list(dict.fromkeys(entries))


def _check_typing(entry: str, *, in_list: bool) -> None:
    """Raise InvalidEntryError if an entry is not what it looks like.

    Entries of a list are taken literally, because malware has such names. Nobody types them into a string.
    """
    if not in_list and re.search(r";|[\s:|]/", entry):
        raise InvalidEntryError("contains a separator: write a list with one name per entry")
    if "\ufeff" in entry or (not in_list and any(char != " " and is_deceptive(char) for char in entry)):
        raise InvalidEntryError("contains an invisible or typographic character: write a list with literal names")


def read_directory(value: Any) -> str:
    """Return the quarantine directory.

    :raises ValueError: the value is not the absolute path of a directory.
    """
    if is_unset(value):
        return DEFAULT_QUARANTINE_DIR
    text = plain_string(value)
    if text is None:
        raise ValueError(f"remediate_host_quarantine_dir must be a string, not {describe_type(value)}")
    directory = text.rstrip("/")
    if CONTROL.search(text) or VARIABLE.search(text) or not _is_path(directory):
        raise InvalidEntryError(f"{PREFIX}quarantine_dir: {show(text)} is not the absolute path of a directory")
    return directory


def read_switch(value: Any) -> bool:
    """Return whether the role may have nothing to do.

    :raises ValueError: the value is not a boolean.
    """
    if is_unset(value):
        return False
    try:
        return boolean(value if plain_string(value) is None else plain_string(value))
    except TypeError:
        raise InvalidEntryError("remediate_host_allow_nothing must be true or false") from None


def show(entry: str) -> str:
    """Return an entry for a message: in quotation marks, with unusual characters as escapes, and not too long."""
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in entry)
    return f'"{shown if len(shown) <= 200 else shown[:200] + "…"}"'


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_remediation_request": remediation_request}
