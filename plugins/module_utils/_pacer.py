# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request may start, so that an API's rate limit is kept. This file is private to the collection and may change in any release."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import DeadlineReachedError
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import Clock


class Pacer:
    """Lets calls start so that no more than ``rate`` of them start in any one second.

    After a 429 the window, of a second at first, is twice as wide, and it narrows again with time: jobs that share
    one limit slow down until they fit beside each other.

    :param rate: calls in any one second; 0 lets every call start at once.
    :param clock: the module ``time``, or what replaces it.
    """

    WINDOW = 1.05  # seconds: two calls that leave a second apart may arrive closer to each other
    MAX_WIDENING = 30  # seconds
    HALF_LIFE = 5  # seconds: the time in which half of the widening is gone

    def __init__(self, rate: int, clock: Clock = time) -> None:
        self._rate = rate
        self._clock = clock
        self._starts: deque[float] = deque(maxlen=rate or 1)
        self._widening = 0.0
        self._slowed_at = float("-inf")
        self._not_before = float("-inf")
        self._turn = threading.Lock()
        self._queue = threading.Lock()

    def wait_turn(self, until: float, *, urgent: bool = False, prepare: Callable[[], bool] = lambda: False) -> float:
        """Wait until a call may start, and return when it did.

        :param urgent: overtake the calls that are waiting, which need the result of this one.
        :param prepare: makes what the call needs valid, and returns whether it had to. It runs when the call is the
            first of the queue, and again after the wait, because the wait may take long. It may make urgent calls.
        :raises DeadlineReachedError: it may start only after ``until``.
        """
        # Held while waiting. Only the first of the queue competes with an urgent call for the turn.
        with contextlib.nullcontext() if urgent else self._queue:
            prepare()
            started = self._take_turn(until)
            if prepare():  # that took time, so the turn is over
                started = self._take_turn(until)
            return started

    def _take_turn(self, until: float) -> float:
        with self._turn:
            while True:
                now = self._clock.monotonic()
                ready = self._not_before
                if self._rate and len(self._starts) == self._rate:
                    ready = max(ready, self._starts[0] + self._window(now))
                if max(now, ready) >= until:
                    raise DeadlineReachedError()
                if now >= ready:
                    self._starts.append(now)
                    return now
                self._clock.sleep(ready - now)

    def slow_down(self, started: float, seconds: float) -> None:
        """Hold back every call for some seconds, because one that started at ``started`` was one too many."""
        now = self._clock.monotonic()
        self._not_before = max(self._not_before, now + seconds)
        if started > self._slowed_at:  # one that started earlier tells nothing about the slower pace
            self._widening = min(2 * self._window(now) - self.WINDOW, self.MAX_WIDENING)
            self._slowed_at = now

    def _window(self, now: float) -> float:
        """Return the seconds in which no more than ``rate`` calls start."""
        return self.WINDOW + self._widening * 0.5 ** ((now - self._slowed_at) / self.HALF_LIFE)
