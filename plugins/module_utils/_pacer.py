# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start requests within the rate limit of an API. This file is private to the collection and may change in any release."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import DeadlineReachedError
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import Clock


class Pacer:
    """Delays calls so that at most ``rate`` of them start in any one second.

    The first ones start at once. The others start at equal distances, so that a process that starts when another one has
    ended, such as the next task of a role, does not exceed the limit either.

    After a 429, the window doubles (from one second), and it narrows again with time, so that jobs that share one limit
    slow down until all of them stay within it.

    :param rate: calls in any one second; 0 lets every call start at once.
    :param clock: the module ``time``, or a replacement.
    """

    WINDOW = 1.05  # seconds, because two calls that start one second apart may arrive closer to each other
    MAX_WIDENING = 30  # seconds
    BURST = 0.4  # of the rate; a process needs more than the rest of the second to start
    HALF_LIFE = 5  # seconds in which the additional width halves

    def __init__(self, rate: int, clock: Clock = time) -> None:
        self._rate = rate
        self._burst = max(int(rate * self.BURST), 1)
        self._clock = clock
        self._starts: deque[float] = deque(maxlen=rate or 1)
        self._widening = 0.0
        self._slowed_at = float("-inf")
        self._not_before = float("-inf")
        self._turn = threading.Lock()
        self._queue = threading.Lock()

    def wait_turn(self, until: float, *, urgent: bool = False, prepare: Callable[[], bool] = lambda: False) -> float:
        """Wait until a call may start, and return the time of its start.

        :param urgent: overtake the waiting calls, which need the result of this one.
        :param prepare: renews the credential of the call if necessary, and returns whether it did. It runs when the
            call is the first of the queue, and again after the wait, which may be long. It may make urgent calls.
        :raises DeadlineReachedError: the call may start only after ``until``.
        """
        # The first call of the queue has this lock while it waits, and competes only with urgent calls.
        with contextlib.nullcontext() if urgent else self._queue:
            prepare()
            started = self._take_turn(until)
            if prepare():  # this took time, so the call has to wait again
                started = self._take_turn(until)
            return started

    def _take_turn(self, until: float) -> float:
        with self._turn:
            while True:
                now = self._clock.monotonic()
                ready = self._not_before
                if self._rate and len(self._starts) == self._rate:
                    ready = max(ready, self._starts[0] + self._compute_window(now))
                if self._rate and len(self._starts) >= self._burst:
                    ready = max(ready, self._starts[-1] + self._compute_window(now) / self._rate)
                if max(now, ready) >= until:
                    raise DeadlineReachedError()
                if now >= ready:
                    self._starts.append(now)
                    return now
                self._clock.sleep(ready - now)

    def slow_down(self, started: float, seconds: float) -> None:
        """Delay every call for some seconds, because the call from ``started`` exceeded the limit."""
        now = self._clock.monotonic()
        self._not_before = max(self._not_before, now + seconds)
        if started > self._slowed_at:  # a call from before says nothing about the slower pace
            self._widening = min(2 * self._compute_window(now) - self.WINDOW, self.MAX_WIDENING)
            self._slowed_at = now

    def _compute_window(self, now: float) -> float:
        """Return the seconds in which at most ``rate`` calls start."""
        return self.WINDOW + self._widening * 0.5 ** ((now - self._slowed_at) / self.HALF_LIFE)
