# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both products have in common: requests, answers, refusals and the counting of a rate."""

from __future__ import annotations

import collections
import dataclasses
import http
import json
import threading


class Refusal(Exception):
    """A request is turned down; the product puts this into the words of its own errors."""

    def __init__(self, status, message=None):
        super().__init__(status, message)
        self.status = status
        self.message = message


@dataclasses.dataclass
class Request:
    """One request, and what became of it: the entry of the journal."""

    method: str
    target: str  # exactly as it stood in the request line: nothing decoded, nothing tidied
    headers: dict  # names in lower case
    body: str
    time: float  # of the simulator's clock
    product: str = ""  # "d3" or "eset"; empty for what is neither
    call: str = "unknown"  # "d3.read", "eset.close", ...
    incidents: tuple = ()  # the ids of incidents that it names
    devices: tuple = ()  # the ids of devices that it names
    poll: bool = False  # asks for the answer to an earlier request (ESET's response-id)
    fault: str = ""  # the planned fault that hit it
    worked: bool = False  # it changed something: an incident was closed, a token was issued
    status: int = 0  # as answered; 0 where no answer was given

    @property
    def path(self):
        """The path of the target, still percent-encoded. A proxy is asked for a whole URL, a server for a path."""
        path = self.target.partition("?")[0]
        if path.startswith(("http://", "https://")):
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        return path

    @property
    def query(self):
        """The query of the target, still percent-encoded."""
        return self.target.partition("?")[2]

    @property
    def content_type(self):
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self):
        """The body as JSON; a ValueError where it is none, is not UTF-8, names something twice or holds a NaN."""
        self.body.encode()  # what could not be decoded stands in it as lone surrogates, which this refuses
        try:
            return json.loads(self.body, object_pairs_hook=_object, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None

    def json_body(self):
        """Return the JSON of a request that says that it is JSON.

        :raises Refusal: if it does not say so, or is not valid JSON.
        """
        if self.content_type != "application/json":
            raise Refusal(400)
        try:
            return self.json()
        except ValueError:
            raise Refusal(400) from None


def _object(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


@dataclasses.dataclass
class Answer:
    """One answer. ``payload`` is sent as JSON unless ``body`` is given; ``missing`` bytes are promised but not sent.

    A ``gateway`` in front of the product sent it: it lacks the headers that the product puts on every answer.
    """

    status: int
    payload: object = None
    body: bytes | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    missing: int = 0
    gateway: bool = False

    def encoded(self):
        """The bytes of the body."""
        if self.body is not None:
            return self.body
        return json.dumps(self.payload, separators=(",", ":")).encode()


def phrase(status):
    """The usual words for a status."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


class RateLimit:
    """At most so many calls in any one second: a sliding window. Refused calls are not counted."""

    def __init__(self, clock):
        self._clock = clock
        self._times = collections.deque()
        self._lock = threading.Lock()

    def admits(self, limit):
        """Count one call, unless it is one too many. A limit of 0 is none."""
        with self._lock:
            now = self._clock.monotonic()
            while self._times and self._times[0] <= now - 1:
                self._times.popleft()
            if limit and len(self._times) >= limit:
                return False
            self._times.append(now)
            return True

    def reset(self):
        """Forget the calls so far."""
        with self._lock:
            self._times.clear()
