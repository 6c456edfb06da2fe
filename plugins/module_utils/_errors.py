# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of requests. This file is private to the collection and may change in any release.

ClientError
  + NotExecutedError          The server surely did not execute the request.
  |   + DeadlineReachedError  The time for the whole task is over.
  + RejectedError             The API received the request and rejected it.
  + OutcomeUnknownError       It is not known whether the request was executed.
  |   + StillPendingError     The server has the request and may execute it at any time.
  + BrokenContractError       A client broke the contract of ``_product_client.ProductClient``, which is a bug.

The client repeats a request only if the server did not execute it. An unknown outcome of a close request goes up to
``_closure.py``, which reads the state before it repeats the request.
"""

from __future__ import annotations

from typing import Literal

# The reasons of failed and unknown outcomes. RETURN of both modules describes each of them.
Reason = Literal[
    "connection",
    "deadline",
    "internal",
    "no_response",
    "not_attempted",
    "not_found",
    "pending",
    "rate_limited",
    "rejected",
    "server_error",
    "sign_in",
    "still_open",
    "unreadable",
]


class ClientError(Exception):
    """A request that failed. The message is for people and contains no secret.

    :param message: the error and the change that fixes it.
    :param reason: the reason for programs; by default that of the class.
    :param fatal: no other request of this task can succeed.
    :param status: the HTTP status of the response, if there was one.
    :param retry_after: number of seconds that the server asked to wait.
    :param persistent: the server is likely to respond in the same way again, so that one retry is enough.
    """

    reason: Reason = "internal"
    # for incidents that the task gives up because of this error
    untried: tuple[str, Reason] = ("not attempted", "not_attempted")

    def __init__(self, message: str, *, reason: Reason | None = None, fatal: bool = False, status: int | None = None,
                 retry_after: float = 0, persistent: bool = False) -> None:  # fmt: skip
        super().__init__(message)
        self.reason = reason or self.reason
        self.fatal = fatal
        self.status = status
        self.retry_after = retry_after
        self.persistent = persistent


class NotExecutedError(ClientError):
    """The server surely did not execute the request."""

    reason: Reason = "connection"


class RejectedError(ClientError):
    """The API received the request and rejected it."""

    reason: Reason = "rejected"


class OutcomeUnknownError(ClientError):
    """It is not known whether the request was executed."""

    reason: Reason = "no_response"


class StillPendingError(OutcomeUnknownError):
    """The server has the request and may execute it at any time."""

    reason: Reason = "pending"


class DeadlineReachedError(NotExecutedError):
    """The time for the whole task is over."""

    reason: Reason = "deadline"
    untried: tuple[str, Reason] = ("not done by the deadline", "deadline")

    def __init__(self) -> None:
        super().__init__("the deadline of the task was reached before this was done", fatal=True)


class BrokenContractError(ClientError):
    """A client broke the contract of ``_product_client.ProductClient``, which is a bug."""
