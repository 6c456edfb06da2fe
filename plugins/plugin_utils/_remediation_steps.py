# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the role ``remediate_host``, and the valid entries of each. This file is private to the collection and may change in any release."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import is_deceptive

NUMBER = re.compile(r"[\s+]*\d[\d\s+]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_RANGE = r"(?:\d-\d|[a-z]-[a-z]|[A-Z]-[A-Z])"
# "[kworker]" is a name, although it is a pattern for a shell. A range or a negation in brackets is a pattern.
PATTERN = re.compile(
    r"[*?]|\[[!^][^]]*\]|\[\[:"
    rf"|\[[_.-]*{_RANGE}(?:{_RANGE}|[_.-])*\]|\[[^]/]*(?:0-9|[aA]-[zZfF])[^]/]*\]"
    r"|\{[^{}]*(?:,|\.\.)[^{}]*\}|[@!+]\(|\w\[\w{2,}\]"
)
REGEX = re.compile(r"[|]|^\^|\.\+")
QUOTED = re.compile(r"""^["']|["']$|^\[["']""")
PROCESS_ID = re.compile(r"(?:pid|process)[\s:=#]*\d+|0x[0-9a-f]+|[\W\d_]*[\d\u00b2\u00b3\u00b9][\W\d_]*", re.IGNORECASE)
VARIABLE = re.compile(r"(?:^|/)\$\w|\$[{(]|\$[A-Z_]{2,}(?!\w)|\{[{%#]")
# Modules replace this in a path. They would not find the file, and the role would mark the host.
REPLACED = re.compile(r"\$\w", re.ASCII)
PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[^/]+)+")
# Names of kernel threads with a slash, which malware imitates: kworker/0:1, kworker/u8:2-ev, kworker/R-xfs, xfs-buf/sda
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
    """Return an address or a network in the form of nftables.

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
    if entry.endswith(" <defunct>"):
        raise InvalidEntryError("is the name of a process that has ended: give it without the word defunct")
    if " -" in entry:
        raise InvalidEntryError("is a command line: give the name of the process, as ps -e -o comm shows it")
    if ("/" in entry and not KERNEL_THREAD.fullmatch(entry)) or "\\" in entry:
        raise InvalidEntryError("is a path: give the name of the process, as ps -e -o comm shows it")
    if "," in entry:
        raise InvalidEntryError("contains a separator: write a list with one name per entry")
    # ps shows the whole command line of a process that imitates a thread of the kernel.
    if len(entry.encode()) > 15 and not (entry.startswith("[") and entry.endswith("]")):
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
    if REPLACED.search(entry):
        raise InvalidEntryError(
            "contains a variable, which Ansible would replace: remove the file in a task of your own"
        )
    if re.search(r"\\[^\w\\]", entry):
        raise InvalidEntryError("contains an escape of a shell: write the path without backslashes")
    if entry.endswith(" (deleted)"):
        raise InvalidEntryError("is the path of a deleted file: give the path of a file that exists")
    if not is_path(entry):
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
    """Raise InvalidEntryError if an entry has a character that is not valid in any name."""
    if CONTROL.search(entry):
        raise InvalidEntryError("contains a control character")
    if entry.startswith("-"):
        raise InvalidEntryError("begins with a hyphen")
    try:
        entry.encode()
    except UnicodeEncodeError:
        raise InvalidEntryError("is not valid UTF-8") from None


def is_path(text: str) -> bool:
    """Return whether a string is an absolute path without ``.`` and ``..`` that the kernel accepts."""
    parts = text.encode().split(b"/")
    return bool(PATH.fullmatch(text)) and max(map(len, parts)) <= 255 and len(text.encode()) < 4096


class Words(NamedTuple):
    """The words of the comment for a step.

    :param one: the noun for one entry.
    :param many: the noun for several entries.
    :param done: the participle of the action.
    :param before: the state of entries that needed no action.
    """

    one: str
    many: str
    done: str
    before: str


class Step(NamedTuple):
    """A step of the role, which works on one of its lists.

    :param action: the name of the action on an entry, for the evidence.
    :param words: for the comment.
    :param spaces: whether an entry may contain spaces and semicolons, as for ``read_list``.
    :param read_entry: returns an entry in the form of the step, or raises ``InvalidEntryError``.
    """

    action: str
    words: Words
    spaces: bool
    read_entry: Callable[[str], str]


# By the names of the lists, in the order of the steps: a cause comes before the things that it could bring back.
STEPS = {
    "block_addresses": Step(
        "block_address", Words("address", "addresses", "blocked", "already blocked"), False, read_address
    ),
    "lock_users": Step("lock_user", Words("user", "users", "locked", "already locked or absent"), False, read_user),
    "stop_services": Step(
        "stop_service", Words("service", "services", "stopped", "already stopped or absent"), False, read_service
    ),
    "kill_processes": Step(
        "kill_process", Words("process", "processes", "killed", "already absent"), True, read_process
    ),
    "absent_packages": Step(
        "remove_package", Words("package", "packages", "removed", "already absent"), False, read_package
    ),
    "quarantine_files": Step(
        "quarantine_file", Words("file", "files", "quarantined", "already absent"), True, read_file
    ),
}

OTHER = Words("other action", "other actions", "done", "already done")  # of tasks of the user


def describe_steps(host: str, entries: Iterable[Mapping[str, str]]) -> str:
    """Return the actions on a host on one line.

    :param entries: each with ``action``, ``target``, ``result``, ``time``, and perhaps ``sha256``.
    """
    steps = []
    for entry in entries:
        subject = " ".join(filter(None, (entry["action"], entry["target"])))
        checksum = f"sha256 {entry['sha256']}" if "sha256" in entry else ""
        details = ", ".join(filter(None, (entry["result"].replace("_", " "), checksum, entry["time"])))
        steps.append(f"{host}: {subject} ({details})")
    return "; ".join(steps)


def summarize(evidence: Iterable[Mapping[str, str]]) -> str:
    """Return the actions on a host in plain words, such as ``1 process killed, 2 files quarantined``.

    The summary has no targets and no words of the user, because a firewall in front of ESET rejects paths and commands.

    :param evidence: the entries of the host.
    """
    by_action = {step.action: step.words for step in STEPS.values()}
    counts: Counter[tuple[str, str, str]] = Counter()
    for entry in evidence:
        words = by_action.get(entry["action"], OTHER)
        counts[words.one, words.many, words.done if entry["result"] == "done" else words.before] += 1
    return ", ".join(f"{count} {one if count == 1 else many} {result}" for (one, many, result), count in counts.items())
