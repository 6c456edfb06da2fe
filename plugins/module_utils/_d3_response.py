# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the rows in a response of D3, in all forms of its commands.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

PLACES = ("rawData", "contextData", "returnData")  # keys of a response that may contain rows
FAILURE = ("failed", "fail", "failure", "error", "unsuccessful")
# The keys of a row, without spaces, underscores, and case: the commands of D3 spell them in several ways.
NUMBER_KEYS = ("irnumber", "incidentnumber", "incidentno", "casenumber")
REASON_KEYS = ("message", "error", "errormessage", "reason")


def find_rows(value: Any) -> list[dict[str, Any]]:
    """Return the incidents in part of a response: objects with a number, alone or in an object under ``incidents`` or ``Data``."""
    rows = []
    for item in find_objects(value):
        if read_number(item):
            rows.append(item)
        else:
            rows += [
                row for key in ("incidents", "data") for row in find_objects(read_field(item, key)) if read_number(row)
            ]
    return rows


def find_objects(value: Any, depth: int = 0) -> list[dict[str, Any]]:
    """Return the objects in part of a response: it may be one, a list of them, or either as a string."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or depth > 1:
        return []
    return [found for item in value for found in find_objects(item, depth + 1)]


def read_field(row: dict[str, Any], *keys: str) -> Any:
    """Return the value of the first of these keys with a value in a row, in any spelling of the key.

    :param keys: without spaces, underscores, and upper case.
    """
    spelled: dict[str, Any] = {}
    for key, value in row.items():
        if value not in (None, ""):
            spelled.setdefault(_simplify(key), value)
    return next((spelled[key] for key in keys if key in spelled), None)


@lru_cache(maxsize=1024)  # thousands of rows have the same keys
def _simplify(key: str) -> str:
    """Return a key without spaces, underscores, and upper case."""
    return re.sub(r"[\s_]", "", key).lower()


def read_number(row: dict[str, Any]) -> str:
    """Return the number of an incident, or an empty string for an object without one."""
    number = read_field(row, *NUMBER_KEYS)
    return str(number).strip() if isinstance(number, (str, int)) and not isinstance(number, bool) else ""


def read_status(row: dict[str, Any]) -> str:
    """Return the status of an incident, or an empty string for a row without one."""
    status = read_field(row, "status")
    return status if isinstance(status, str) and status.strip() else ""


def is_closed(status: str) -> bool:
    """Return whether a status means that the incident is closed."""
    return status.strip().casefold() == "closed"


def find_errors(data: dict[str, Any]) -> Iterable[Any]:
    """Yield values that may be D3's own words for an error in a response with the status 200."""
    yield read_field(data, "error")
    for wrapper in (wrapper for place in PLACES for wrapper in find_objects(data.get(place))):
        if not read_number(wrapper) and str(read_field(wrapper, "status")).casefold() in FAILURE:
            yield read_field(wrapper, *REASON_KEYS)


def count_pages(data: dict[str, Any]) -> int:
    """Return the number of pages in a response, or 0 (D3's connector for Azure Sentinel: ``outputData.TotalPages``)."""
    pages = [read_field(item, "totalpages") for item in find_objects(data.get("outputData"))]
    return next((int(page) for page in pages if re.fullmatch("[0-9]{1,9}", str(page))), 0)
