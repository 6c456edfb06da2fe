# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate responses that come later ("How the API works")."""

from __future__ import annotations

import dataclasses
import uuid

from ..messages import Answer, Refusal, Request

GIVEN_UP_AFTER = 120  # seconds; the response to a longer request is 504 ("Error codes")
FORGOTTEN_AFTER = 600  # seconds; ESET drops a response that no poll fetches ("How the API works")


@dataclasses.dataclass
class Postponed:
    """A request with the response 202, and the time until its result is due."""

    request: Request
    since: float
    polls: int  # number of polls with the response 202
    seconds: float
    answer: Answer | None  # None until the call has run

    def is_due(self, now):
        """Return whether the result is due."""
        return self.polls <= 0 and now - self.since >= self.seconds


class Pending:
    """The requests whose results are still pending.

    :param clock: an object with ``monotonic()``.
    :param work: the function that runs a request and returns its response.
    """

    def __init__(self, clock, work):
        self._clock = clock
        self._work = work
        self._postponed = {}

    def clear(self):
        """Forget all requests."""
        self._postponed.clear()

    def postpone(self, request, polls, seconds, later, lost):
        """Return a 202, and keep the request unless its result is ``lost``."""
        answer = None if later else self._work(request)
        response_id = str(uuid.uuid4())
        if not lost:
            self._postponed[response_id] = Postponed(request, self._clock.monotonic(), polls, seconds, answer)
        return _accepted(response_id)

    def poll(self, request):
        """Return 202 until the result is due, then the result, once. Only the token of the poll may differ."""
        response_id = request.headers["response-id"]
        postponed = self._postponed.get(response_id)
        if postponed is None:
            raise Refusal(404)
        first = postponed.request
        if (request.method, request.target, request.body) != (first.method, first.target, first.body):
            raise Refusal(400, "The request differs from the one that the response-id belongs to.")
        if not postponed.is_due(self._clock.monotonic()):
            if self._clock.monotonic() - postponed.since >= GIVEN_UP_AFTER:
                del self._postponed[response_id]
                raise Refusal(504)
            postponed.polls -= 1
            return _accepted(response_id)
        del self._postponed[response_id]
        return postponed.answer or self._work(first)

    def settle(self):
        """Run the requests that are due, and drop expired results."""
        now = self._clock.monotonic()
        for response_id, postponed in list(self._postponed.items()):
            if postponed.answer is None and postponed.seconds < GIVEN_UP_AFTER and postponed.is_due(now):
                postponed.answer = self._work(postponed.request)
            if now - postponed.since >= FORGOTTEN_AFTER:
                del self._postponed[response_id]


def _accepted(response_id):
    return Answer(202, body=b"", headers={"response-id": response_id})
