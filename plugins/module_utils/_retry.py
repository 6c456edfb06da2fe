# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide on retries: which requests, how long to wait, and until when. This file is private to the collection and may change in any release.

Requests, polls for a pending response, and the loop that closes incidents share one ``RetryPolicy``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)

MAX_BACKOFF_SECONDS = 30
MAX_RETRY_AFTER_SECONDS = 60  # if a server asks for more, the client retries earlier, and then gives up
RATE_LIMIT_SECONDS = 1  # limits are per second, and other jobs of the account wait for them too
SETTLE_SECONDS = 1  # a server may still execute a close request after a lost response
PENDING_SECONDS = 600  # ESET keeps a pending response for ten minutes ("How the API works")
MAX_POLL_SECONDS = 5


class Clock(Protocol):
    """The part of the module ``time`` that tests replace."""

    def monotonic(self) -> float:
        """Return the seconds since a fixed time."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class RetryPolicy:
    """The retries of one task.

    :param retries: retries of a request that was rate limited or failed temporarily.
    :param deadline: seconds that the whole task may take; 0 for no limit.
    :param clock: the module ``time``, or a replacement.
    :param jitter: returns a number between its two arguments.
    """

    def __init__(
        self,
        retries: int = 5,
        deadline: float = 0,
        *,
        clock: Clock = time,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.retries = retries
        self.clock = clock
        self._deadline = deadline
        self._jitter = jitter
        self.start()

    def start(self) -> None:
        """Start the time of the deadline."""
        self.until = self.clock.monotonic() + self._deadline if self._deadline else float("inf")

    def stop(self) -> None:
        """Prevent all further requests."""
        self._deadline = self.until = float("-inf")

    def allows(self, error: ClientError, tries: int, *, safe: bool) -> bool:
        """Return whether a failed request may be sent again.

        :param error: its error.
        :param tries: the number of retries so far.
        :param safe: repeating the request does no harm, because it changes nothing or certainly did not take effect.
        """
        if error.fatal or isinstance(error, StillPendingError):
            return False
        if not isinstance(error, (NotExecutedError, OutcomeUnknownError) if safe else NotExecutedError):
            return False
        return tries < (min(self.retries, 1) if error.persistent else self.retries)

    def allows_new_token(self, tries: int) -> bool:
        """Return whether a request whose new token was rejected may be sent with another one.

        :param tries: the number of rejected tokens so far.
        """
        return tries <= self.retries

    def wait_before_retry(self, error: ClientError, tries: int) -> None:
        """Wait before a retry, longer after each one, and at least as long as the server asked for.

        :raises DeadlineReachedError: the wait would exceed the deadline.
        """
        if error.status == 429:
            self._back_off(tries + 2, max(error.retry_after, RATE_LIMIT_SECONDS))
        else:
            self._back_off(tries, error.retry_after)

    def wait_before_reading_again(self, tries: int) -> None:
        """Wait before reading the state of an incident after a close request that may have taken effect.

        :raises DeadlineReachedError: the wait would exceed the deadline.
        """
        self._back_off(tries, SETTLE_SECONDS)

    def wait(self, seconds: float) -> None:
        """Wait.

        :raises DeadlineReachedError: the wait would exceed the deadline.
        """
        if self.clock.monotonic() + seconds >= self.until:
            raise DeadlineReachedError()
        self.clock.sleep(seconds)

    def _back_off(self, tries: int, at_least: float) -> None:
        """Wait for a fixed time and a random one that grows with the retries, so that jobs do not retry together."""
        self.wait(at_least + self._jitter(0, min(2**tries, MAX_BACKOFF_SECONDS)))


class Polling:
    """The polls for one pending response.

    :param policy: the policy of the task.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._until = policy.clock.monotonic() + PENDING_SECONDS
        self._seconds = 1.0
        self._failures = 0  # consecutive failures

    def wait(self) -> bool:
        """Wait before the next poll, or return ``False`` at once if the server drops the response before that.

        :raises DeadlineReachedError: the wait would exceed the deadline.
        """
        if self._policy.clock.monotonic() + self._seconds > self._until:
            return False
        self._policy.wait(self._seconds)
        self._seconds = min(self._seconds * 2, MAX_POLL_SECONDS)
        return True

    def succeed(self) -> None:
        """Record that the server responded to a poll."""
        self._failures = 0

    def allows(self, error: ClientError) -> bool:
        """Return whether another poll may follow a failed one.

        :param error: the error of the poll, not of the request that it polls for.
        """
        if error.fatal or isinstance(error, RejectedError):
            return False
        if isinstance(error, NotExecutedError):
            self._seconds = max(self._seconds, error.retry_after)
            return True
        self._failures += 1
        return self._failures <= self._policy.retries
