# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read incidents of D3, for the reading module and the inventory plugin.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import (
    D3,
    LOOKUP_HINT,
    PAGE_SIZE,
    explain_missing,
    make_state,
    name_incidents,
    name_some,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._d3_response import Row
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError, RejectedError
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import (
    Reading,
    RowAnswer,
    complete,
    describe_incident,
    list_missing,
)

FIELDS = ("IR Number", "Title", "Status", "Severity", "Date Created")
LISTING = "listing the incidents"


def read(
    api: D3,
    parameters: Mapping[str, Any],
    *,
    numbers: Sequence[str] = (),
    static_fields: Sequence[str] = (),
    dynamic_fields: Mapping[str, Any] | None = None,
    limit: int = 0,
) -> Reading:
    """Return particular incidents, or those that a filter selects, newest first.

    :param parameters: the filter and the period of the command, if there are no particular incidents.
    :param numbers: the particular incidents.
    :param static_fields: further fields of a row, by D3's names.
    :param dynamic_fields: the fields of each section, by D3's names.
    :param limit: return only this number of the newest ones; 0 for all.
    :raises ClientError: the incidents that a filter selects cannot be read.
    """
    fields: dict[str, Any] = {"Static Fields": list(dict.fromkeys((*FIELDS, *static_fields)))}
    if dynamic_fields:
        fields["Dynamic Fields"] = dynamic_fields
    if not numbers:
        return Reading([_describe(row) for row in _list(api, {**parameters, **fields}, limit)])
    answers, failure = _read_particular(api, numbers, fields)
    found = [answer for answer in answers.values() if not isinstance(answer, ClientError)]
    return Reading(found, list_missing(answers), failure)


def _list(api: D3, parameters: Mapping[str, Any], limit: int) -> list[Row]:
    """Return the incidents that the parameters select, newest first.

    D3 does not document an order, so the function skips pages only while the newest incidents come first.
    """
    incidents: dict[str, Row] = {}
    for rows, error in _read_pages(api, parameters, LISTING):
        if error:
            raise RejectedError(api.http.describe(LISTING, f"{error}; {LOOKUP_HINT}"))
        known = len(incidents)
        for row in rows:
            incidents.setdefault(row.number, row)
        if len(incidents) == known or (
            limit and len(incidents) >= max(limit, 2) and list(incidents) == _sort(incidents)
        ):
            break
    return [incidents[number] for number in _sort(incidents)[: limit or None]]


def _read_particular(
    api: D3, numbers: Sequence[str], fields: Mapping[str, Any]
) -> tuple[dict[str, RowAnswer], ClientError | None]:
    """Return the description or the error of each incident, and the reason for which the result is incomplete."""
    answers: dict[str, RowAnswer] = {}
    failure: ClientError | None = None
    for start in range(0, len(numbers), PAGE_SIZE):
        batch = numbers[start : start + PAGE_SIZE]
        waiting = set(batch)
        what = f"reading {name_some(batch)}"
        said = ""  # what D3 said on an earlier page explains what the later ones do not contain either
        try:
            for rows, error in _read_pages(api, {"Filter": name_incidents(batch), **fields}, what):
                found = {row.number: _describe(row) for row in rows if row.number in waiting}
                answers.update(found)
                waiting.difference_update(found)
                if error and not rows:
                    raise RejectedError(api.http.describe(what, f"{error}; {LOOKUP_HINT}"))
                said = error or said
                answers.update((number, explain_missing(number, said)) for number in waiting)
                if not found or not waiting:
                    break
        except ClientError as problem:
            answers.update(dict.fromkeys(waiting, problem))
            failure = failure or problem
            if problem.fatal:
                break
    return complete(answers, numbers), failure


def _read_pages(api: D3, parameters: Mapping[str, Any], what: str) -> Iterator[tuple[list[Row], str]]:
    """Yield the rows of each page, and D3's own words for an error in it.

    :raises ClientError: a page cannot be read.
    """
    for response in api.read_pages(parameters, what, to_the_end=True):
        yield response.find_rows(), api.find_error(response)


def _describe(row: Row) -> dict[str, Any]:
    return describe_incident(row.number, make_state(row), row.read("datecreated"))


def _sort(numbers: Iterable[str]) -> list[str]:
    """Return incident numbers with the newest first, such as 20260112-10 before 20260112-9."""

    def read_parts(number: str) -> list[tuple[int, str]]:
        return [(len(digits), digits) for digits in re.findall("[0-9]+", number)]

    return sorted(numbers, key=read_parts, reverse=True)
