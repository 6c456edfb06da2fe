# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the hosts that fields of a D3 incident name. This file is private to the collection and may change in any release."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError

SEPARATORS = re.compile(r"[\s,;]+")
EXAMPLE = "such as Custom Field, or {section: Asset, field: Hostname}"


class HostField:
    """A field of an incident that names hosts.

    :param option: an entry of the option ``host_fields``.
    :raises InvalidOptionError: the entry is not a field.
    """

    def __init__(self, option: Any) -> None:
        self.section = ""
        self.name = option
        if isinstance(option, Mapping) and set(option) == {"section", "field"}:
            self.section, self.name = option["section"], option["field"]
        if not all(isinstance(name, str) for name in (self.section, self.name)) or not self.name.strip():
            raise InvalidOptionError(f"host_fields: an entry must be the name of a field, {EXAMPLE}")

    def __str__(self) -> str:
        return f"{self.section}/{self.name}" if self.section else self.name

    def is_in(self, row: Mapping[str, Any]) -> bool:
        """Return whether D3 returned the field with an incident, with or without a value."""
        return self.name in self._find_section(row)

    def read(self, row: Mapping[str, Any]) -> list[str]:
        """Return the names that the field of an incident contains."""
        return list(_find_names(self._find_section(row).get(self.name)))

    def _find_section(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        section = row.get(self.section) if self.section else None
        return section if isinstance(section, Mapping) else row


def read_host_fields(options: Sequence[Any]) -> list[HostField]:
    """Return the fields of the option ``host_fields``.

    :raises InvalidOptionError: the option is empty, or an entry is not a field.
    """
    fields = [HostField(option) for option in options]
    if not fields:
        raise InvalidOptionError(f"host_fields is empty: give the fields that name hosts, {EXAMPLE}")
    return fields


def check_host_fields(fields: Iterable[HostField], rows: Sequence[Mapping[str, Any]]) -> None:
    """Check that the fields exist. D3 leaves out an unknown field, and then every host would be missing.

    :raises InvalidOptionError: no incident has a field.
    """
    for field in fields:
        if rows and not any(field.is_in(row) for row in rows):
            raise InvalidOptionError(f"host_fields: D3 returned no field {field}: check its name")


def _find_names(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, list):
            value = parsed
        else:
            yield from filter(None, SEPARATORS.split(value))
            return
    if isinstance(value, list):
        for item in value:
            yield from _find_names(item) if isinstance(item, str) else ()
