# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with a request. This file is private to the collection and may change in any release.

ClientError
  + NotExecutedError          The server surely did not execute the request.
  |   + DeadlineReachedError  The time for the whole task is over.
  + RejectedError             The API received the request and rejected it.
  + OutcomeUnknownError       It is not known whether the request was executed.
      + StillPendingError     The server has the request and may execute it at any time.

Only a request that was not executed is sent again where it failed. An unknown outcome of a close request goes up to
``_closure.py``, which reads the state before it sends anything again.
"""

from __future__ import annotations


class ClientError(Exception):
    """A request that failed; its text is for a person and holds no secret.

    :param message: what happened and what to change.
    :param fatal: no other request of this task can work either.
    :param status: the HTTP status of the answer, where there was one.
    :param retry_after: seconds that the server asked to wait.
    :param persistent: the server is likely to respond in the same way again, so that one retry is enough.
    """

    untried = "not attempted"  # the message of whatever was given up because of this error

    def __init__(self, message: str, fatal: bool = False, status: int | None = None, retry_after: float = 0,
                 persistent: bool = False):  # fmt: skip
        super().__init__(message)
        self.fatal = fatal
        self.status = status
        self.retry_after = retry_after
        self.persistent = persistent

    def allows_retry(self, tries: int, retries: int) -> bool:
        """Return whether a request that failed with this error may be sent once more.

        :param tries: the retries that were made already.
        :param retries: the retries that the task allows.
        """
        return tries < (min(retries, 1) if self.persistent else retries)


class NotExecutedError(ClientError):
    """The request was surely not carried out."""


class RejectedError(ClientError):
    """The API took the request and said no."""


class OutcomeUnknownError(ClientError):
    """Nobody knows whether the request was carried out."""


class StillPendingError(OutcomeUnknownError):
    """The server has the request, and may carry it out at any time."""


class DeadlineReachedError(NotExecutedError):
    """The time that the whole task may take is over."""

    untried = "not done by the deadline"

    def __init__(self):
        super().__init__("the deadline of the task was reached before this was done", fatal=True)
