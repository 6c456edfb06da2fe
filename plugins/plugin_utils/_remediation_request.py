# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the variables of the role remediate_host. This file is private to the collection and may change in any release."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import is_deceptive
from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_steps import (
    CONTROL,
    REPLACED,
    STEPS,
    VARIABLE,
    InvalidEntryError,
    is_path,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import (
    contains_vaulted,
    describe_type,
    is_unset,
    plain_string,
    read_bool,
    read_list,
)

PREFIX = "remediate_host_"
DEFAULT_QUARANTINE_DIR = "/var/lib/incident_closure/quarantine"
SETTINGS = (f"{PREFIX}quarantine_dir", f"{PREFIX}allow_nothing")

VARIABLES = (*(PREFIX + step for step in STEPS), *SETTINGS)


def read_request(values: Mapping[str, Any], names: Iterable[str], facts: Iterable[str]) -> dict[str, Any]:
    """Return the request of the role's variables.

    :param values: the variables of the role, by name.
    :param names: the names of all variables of the host.
    :param facts: the names of the facts of the host.
    :returns: ``problems`` (a message for each value that is not valid), ``lists`` with the entries of each list, ``steps``
        (the lists that have entries, in the order in which the role works on them), and ``quarantine_dir``.
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
    lists = {step: _read_entries(step, values.get(PREFIX + step), problems) for step in STEPS}
    problems += [
        f"{PREFIX}quarantine_files: {show(path)} is in the quarantine directory"
        for path in lists["quarantine_files"]
        if path == directory or path.startswith(f"{directory}/")
    ]
    steps = [step for step in STEPS if lists[step]]
    switch = f"{PREFIX}allow_nothing"
    allow_nothing = _read(problems, partial(read_bool, name=switch), values.get(switch))
    if not steps and not allow_nothing and not problems:
        problems.append(
            f"there is nothing to do: fill one of {', '.join(PREFIX + step for step in STEPS)}, "
            "or set remediate_host_allow_nothing to true"
        )
    return {"problems": problems, "lists": lists, "steps": steps, "quarantine_dir": directory}


def _read(problems: list[str], read: Callable[[Any], Any], value: Any) -> Any:
    """Return the result of a function for a value, or None after adding the problem to the list."""
    try:
        return read(value)
    except ValueError as error:
        problems.append(str(error))
        return None


def _read_entries(step: str, value: Any, problems: list[str]) -> list[str]:
    """Return the valid entries of a list, and add a problem for each invalid one."""
    entries = []
    try:
        given = read_list(value, PREFIX + step, spaces=STEPS[step].spaces)
    except ValueError as error:
        problems.append(str(error))
        return []
    for entry in given:
        try:
            _check_typing(entry, in_list=plain_string(value) is None)
            entries.append(STEPS[step].read_entry(entry))
        except InvalidEntryError as error:
            shown = "an entry from Ansible Vault" if contains_vaulted(value) else show(entry)
            problems.append(f"{PREFIX}{step}: {shown} {error}")
    return list(dict.fromkeys(entries))


def _check_typing(entry: str, *, in_list: bool) -> None:
    """Raise InvalidEntryError if an entry contains a separator, or a character that looks like another one.

    A list may contain them, because malware has such names. In a string, they are a mistake.
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
    if CONTROL.search(text) or VARIABLE.search(text) or REPLACED.search(text) or not is_path(directory):
        raise InvalidEntryError(f"{PREFIX}quarantine_dir: {show(text)} is not the absolute path of a directory")
    return directory


def show(entry: str) -> str:
    """Return an entry for a message: in quotation marks, with unusual characters as escapes, and shortened."""
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in entry)
    return f'"{shown if len(shown) <= 200 else shown[:200] + "…"}"'
