# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read values of variables. This file is private to the collection and may change in any release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jinja2 import Undefined

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import normalize_id

try:
    from ansible.parsing.vault import VaultHelper
except ImportError:  # before ansible-core 2.19
    VaultHelper = None

SEPARATORS = re.compile(r"[,\r\n]+")
NAME_SEPARATORS = re.compile(r"[,;\s]+")


def is_unset(value: Any) -> bool:
    """Return whether a value counts as unset: null, a string of whitespace (an empty survey answer), or ``omit``."""
    text = plain_string(value)
    return value is None or is_omitted(value) or (text is not None and not text.strip())


def is_omitted(value: Any) -> bool:
    """Return whether a value is ``omit``."""
    # Before ansible-core 2.19, omit is a string, which a variable outside a task's arguments keeps.
    text = plain_string(value) or ""
    return text.startswith("__omit_place_holder__") or type(value).__name__ in ("Omit", "_OmitType")


def plain_string(value: Any) -> str | None:
    """Return a plain string, decrypted if it is an inline Vault value, or None if the value is not a string."""
    if (
        isinstance(value, str) or type(value).__name__ == "AnsibleVaultEncryptedUnicode"
    ):  # the latter before ansible-core 2.19
        return str(value)
    return None


def contains_vaulted(value: Any) -> bool:
    """Return whether a string, or an entry of a list, is known to come from Ansible Vault."""
    if isinstance(value, (list, tuple)):
        return any(map(contains_vaulted, value))
    if VaultHelper is not None:
        return VaultHelper.get_ciphertext(value, with_tags=False) is not None
    return type(value).__name__ == "AnsibleVaultEncryptedUnicode"


def read_variables(templar: Any, variables: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the values of those variables that are set, by their names.

    :param templar: the templar of an action.
    :param variables: all variables of its task.
    :raises ValueError: Ansible cut an extra variable. It cuts the value of ``-e name=value`` at a space, and puts the rest
        into the variable ``_raw_params``.
    """
    if str(variables.get("_raw_params", "")).strip():
        raise ValueError(
            'Ansible cut an extra variable at a space: give it in JSON, such as -e \'{"name": "a value"}\''
        )
    # Ansible allows omit only within a dictionary, so template all variables at once.
    values: dict[str, Any] = templar.template({name: variables[name] for name in names if name in variables})
    return values


def read_list(value: Any, name: str, *, spaces: bool) -> list[str]:
    """Return the entries of a variable that is a list or a string, without empty and repeated ones.

    A string is split at commas and line breaks, and its entries are trimmed. Entries of a list are taken literally, so
    the caller rejects an entry that still contains a separator.

    :param value: the value of the variable; an empty one counts as unset.
    :param name: the variable, for messages.
    :param spaces: whether an entry may contain spaces and semicolons. If not, a string is split at them as well.
    :raises ValueError: the value or an entry is of another type, or an entry that may contain spaces consists of them.
    """
    if is_unset(value):
        return []
    text = _read_entry(value)
    if text is not None:
        separators = SEPARATORS if spaces else NAME_SEPARATORS
        entries = [entry.strip() for entry in separators.split(text)]
    elif isinstance(value, (list, tuple)):
        entries = []
        for entry in value:
            text = "" if is_unset(entry) else _read_entry(entry)
            if text is None:
                raise ValueError(f"{name} must contain strings only, not {describe_type(entry)}")
            literal = plain_string(entry) or ""
            if spaces and literal.isspace() and "\n" not in literal:
                raise ValueError(
                    f"{name} contains an entry of spaces only: remove what has this name in a task of your own"
                )
            entries.append(text)
    else:
        raise ValueError(f"{name} must be a list, not {describe_type(value)}")
    return list(dict.fromkeys(entry for entry in entries if entry))


def _read_entry(value: Any) -> str | None:
    """Return a string or a whole number as a string, or None for another type."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return plain_string(value)


def read_by_incident(value: Any, name: str) -> dict[str, Any]:
    """Return a dictionary whose keys are incident ids, with each id as ``normalize_id`` spells it.

    :param value: the value of the variable; an empty one counts as unset.
    :param name: the variable, for messages.
    :raises ValueError: the value is not a dictionary, or a key is not an incident id or is another spelling of one.
    """
    if is_unset(value):
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a dictionary by incident ids, not {describe_type(value)}")
    entries: dict[str, Any] = {}
    for key, entry in value.items():
        try:
            incident = normalize_id(str(key))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if incident in entries:
            raise ValueError(f"{name} names incident {incident} twice")
        entries[incident] = entry
    return entries


def read_string(value: Any, name: str) -> str:
    """Return a string, or a number as a string. A value that counts as unset is an empty string.

    :param value: the value of the variable.
    :param name: the variable, for messages.
    :raises ValueError: the value is of another type.
    """
    if is_unset(value):
        return ""
    text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else plain_string(value)
    if text is None:
        raise ValueError(f"{name} must be a string, not {describe_type(value)}")
    return text


def read_bool(value: Any, name: str) -> bool:
    """Return a boolean. A value that counts as unset is false.

    :param value: the value of the variable.
    :param name: the variable, for messages.
    :raises ValueError: the value is not a boolean, nor a string or a number that Ansible takes for one.
    """
    if is_unset(value):
        return False
    try:
        return bool(boolean(value if plain_string(value) is None else plain_string(value)))
    except TypeError:
        raise ValueError(f"{name} must be a boolean, not {describe_type(value)}") from None


@contextmanager
def filter_errors() -> Iterator[None]:
    """Turn every ``ValueError`` into an error of the filter, without its cause, which may quote a value from Vault.

    :raises AnsibleFilterError: the function raised a ``ValueError``.
    """
    try:
        yield
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from None


def describe_type(value: Any) -> str:
    """Return the type of a value in words, never the value, which may come from Ansible Vault."""
    if isinstance(value, Undefined):
        return "an undefined variable"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, (list, tuple)):
        return "a list"
    if plain_string(value) is not None:
        return "a string"
    return f"a value of type {type(value).__name__}"
