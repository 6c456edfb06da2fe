# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of reading incidents, for both products. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Union

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError, NotExecutedError
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import State

Row = dict[str, Any]  # an incident or a device, as the product returned it
RowAnswer = Union[Row, ClientError]


class Reading(NamedTuple):
    """The incidents in the form of the reading plugins, and the unread ones.

    :ivar incidents: in the requested order, or else newest first.
    :ivar missing: the unread ids, each with a message.
    :ivar failure: the reason for which other incidents are missing than those that the product does not show.
    """

    incidents: Sequence[dict[str, Any]]
    missing: Sequence[dict[str, str]] = ()
    failure: ClientError | None = None


def describe_incident(incident: str, state: State, created: Any) -> dict[str, Any]:
    """Return an incident in the form of the reading plugins.

    :param created: the time of its creation in the product's words, or an empty value.
    """
    return {
        "id": incident,
        "title": state.title,
        "status": state.status,
        "closed": state.closed,
        "severity": state.severity,
        "created": created or "",
        "details": state.details,
    }


def list_missing(answers: Mapping[str, RowAnswer]) -> list[dict[str, str]]:
    """Return the unread ids, each with a message."""
    return [
        {"id": incident, "message": str(answer)}
        for incident, answer in answers.items()
        if isinstance(answer, ClientError)
    ]


def complete(answers: Mapping[str, RowAnswer], ids: Sequence[str]) -> dict[str, RowAnswer]:
    """Return an answer for each id, in their order. Ids without one were not attempted after a fatal error."""
    fatal = next((answer for answer in answers.values() if isinstance(answer, ClientError) and answer.fatal), None)
    if fatal is None:
        return {incident: answers[incident] for incident in ids}
    message, reason = fatal.untried
    return {incident: answers.get(incident) or NotExecutedError(message, reason=reason) for incident in ids}
