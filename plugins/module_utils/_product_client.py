# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface of a product's client, and the checks of its answers. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, Union

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import BrokenContractError, ClientError
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import RetryPolicy


class State(NamedTuple):
    """The state of an incident in the product.

    :ivar status: in the product's words.
    :ivar details: the product's own row.
    :ivar severity: in the product's words.
    """

    status: str
    closed: bool
    details: dict[str, Any]
    title: str = ""
    severity: str = ""


class NotRead:
    """The client may not read the state of an incident, so only the response to the close request decides."""


class Closed(NamedTuple):
    """The product confirmed that it closed an incident. Its row is empty if it returned none."""

    details: dict[str, Any]


StateAnswer = Union[State, NotRead, ClientError]
CloseAnswer = Union[Closed, ClientError]
STATE_ANSWERS = (State, NotRead, ClientError)
CLOSE_ANSWERS = (Closed, ClientError)
AnswerT = TypeVar("AnswerT", StateAnswer, CloseAnswer)


class ProductClient(Protocol):
    """Reads and closes incidents of one product.

    Each method yields exactly one pair of an id and an answer for each of its ids, in any order. If a client breaks this
    contract for an incident, that incident is failed or unknown, and the others are not affected.
    """

    closed_status: str  # in the product's words
    policy: RetryPolicy  # the policy of the client's retries
    url: str  # of the API, because two products or two sites may use the same id

    def read_states(self, ids: Sequence[str], also: Sequence[str] = ()) -> Iterator[tuple[str, StateAnswer]]:
        """Read states before the first close request.

        :param ids: the incidents to close.
        :param also: other incidents. The answers contain those that need no further request.
        :raises ClientError: no further incident can be read.
        """

    def read_again(self, ids: Sequence[str]) -> Iterator[tuple[str, StateAnswer]]:
        """Read states after close requests, always with new requests.

        :raises ClientError: no further incident can be read.
        """

    def close(self, ids: Sequence[str]) -> Iterator[tuple[str, CloseAnswer]]:
        """Send close requests.

        A client yields an error for each incident that it concerns. An error that is fatal ends the task: the ids without
        an answer were not attempted.
        """


def collect_answers(
    answers: Iterable[tuple[str, AnswerT]],
    ids: Sequence[str],
    *,
    kinds: tuple[type, ...],
    also: Sequence[str] = (),
) -> tuple[dict[str, AnswerT], ClientError | None]:
    """Return one answer for each id, or for those before a fatal error, and that error.

    If a client breaks its contract, the answer is a BrokenContractError.

    :param answers: pairs of an id and an answer from a client.
    :param ids: the incidents that it must answer for.
    :param kinds: the types of an answer.
    :param also: incidents that it may answer for as well.
    """
    allowed = {*ids, *also}
    collected: dict[str, AnswerT] = {}
    obstacle: ClientError | None = None
    try:
        for incident, answer in answers:
            if isinstance(answer, ClientError) and answer.fatal:
                obstacle = answer
            fault = ""
            if incident not in allowed:
                fault = "answered without being asked"
            elif incident in collected:
                fault = "answered more than once"
            elif not isinstance(answer, kinds):
                fault = "answered in an unknown form"
            collected[incident] = _break_contract(incident, fault) if fault else answer
    except ClientError as error:
        obstacle = error
    if not obstacle:
        unanswered = [incident for incident in ids if incident not in collected]
        collected.update((incident, _break_contract(incident, "did not answer")) for incident in unanswered)
    return collected, obstacle


def _break_contract(incident: str, fault: str) -> BrokenContractError:
    return BrokenContractError(f"incident {incident}: internal error, the client {fault}")
