# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the incidents and errors in a response of D3, in all forms of its commands.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._json import read_json

PLACES = ("rawData", "contextData", "returnData")  # keys of a response that may contain rows
FAILURE = ("failed", "fail", "failure", "error", "unsuccessful")
# The keys of a row, without spaces, underscores, and case: the commands of D3 spell them in several ways.
NUMBER_KEYS = ("irnumber", "incidentnumber", "incidentno", "casenumber")
REASON_KEYS = ("message", "error", "errormessage", "reason")


class Row:
    """An object in a response, for example an incident.

    :ivar details: the object as D3 sent it.
    :ivar number: the number of the incident, or an empty string if the object has none.
    :ivar status: the status in D3's words, or an empty string if the object has none.
    """

    def __init__(self, details: dict[str, Any]) -> None:
        self.details = details
        self._spellings = _find_spellings(tuple(details))
        number, status = self.read(*NUMBER_KEYS), self.read("status")
        self.number = str(number).strip() if isinstance(number, (str, int)) and not isinstance(number, bool) else ""
        self.status = status if isinstance(status, str) and status.strip() else ""

    def read(self, *keys: str) -> Any:
        """Return the value of the first of these keys with a value, in any spelling of the key.

        :param keys: without spaces, underscores, and upper case.
        """
        for key in keys:
            for spelling in self._spellings.get(key, ()):
                value = self.details[spelling]
                if value not in (None, ""):
                    return value
        return None


class Response:
    """The response to a command with the status 200.

    :param data: the JSON object.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._objects = {place: _find_objects(data.get(place)) for place in PLACES}

    def find_rows(self, places: Sequence[str] = PLACES) -> list[Row]:
        """Return the incidents: objects with a number, alone or in an object under ``incidents`` or ``Data``.

        :param places: keys of the response.
        """
        return [row for place in places for item in self._objects[place] for row in _find_incidents(item)]

    def find_errors(self) -> Iterator[Any]:
        """Yield values that may be D3's own words for an error."""
        yield Row(self._data).read("error")
        for item in (item for place in PLACES for item in self._objects[place]):
            if not item.number and str(item.read("status")).casefold() in FAILURE:
                yield item.read(*REASON_KEYS)

    def count_pages(self) -> int:
        """Return the number of pages, or 0 if there is none (D3's connector for Azure Sentinel: ``outputData.TotalPages``)."""
        pages = [item.read("totalpages") for item in _find_objects(self._data.get("outputData"))]
        return next((int(page) for page in pages if re.fullmatch("[0-9]{1,9}", str(page))), 0)


def is_closed(status: str) -> bool:
    """Return whether a status means that the incident is closed."""
    return status.strip().casefold() == "closed"


def _find_incidents(item: Row) -> list[Row]:
    if item.number:
        return [item]
    return [row for key in ("incidents", "data") for row in _find_objects(item.read(key)) if row.number]


def _find_objects(value: Any, depth: int = 0) -> list[Row]:
    """Return the objects in part of a response: it may be one, a list of them, or either as a string."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            return []
    if isinstance(value, dict):
        return [Row(value)]
    if not isinstance(value, list) or depth > 1:
        return []
    return [found for item in value for found in _find_objects(item, depth + 1)]


@lru_cache(maxsize=64)  # thousands of rows have the same keys
def _find_spellings(keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the keys of an object by the key without spaces, underscores, and upper case."""
    spellings: dict[str, list[str]] = {}
    for key in keys:
        spellings.setdefault(re.sub(r"[\s_]", "", key).lower(), []).append(key)
    return spellings
