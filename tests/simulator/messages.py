# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that both products share: requests, responses, rejections, and rate limits."""

from __future__ import annotations

import collections
import dataclasses
import http
import json
import threading


class Refusal(Exception):
    """The rejection of a request, which a product reports in the words of its own errors."""

    def __init__(self, status, message=None):
        super().__init__(status, message)
        self.status = status
        self.message = message


@dataclasses.dataclass
class Request:
    """One request and its outcome: an entry of the journal."""

    method: str
    target: str  # exactly as in the request line, neither decoded nor normalized
    headers: dict  # names in lower case
    body: str
    time: float  # by the simulator's clock
    product: str = ""  # "d3", "eset", or empty
    call: str = "unknown"  # "d3.read", "eset.close", ...
    incidents: tuple = ()  # the ids of incidents that it names
    devices: tuple = ()  # the ids of devices that it names
    poll: bool = False  # asks for the result of an earlier request (ESET's response-id)
    fault: str = ""  # the planned fault that hit it
    worked: bool = False  # whether it changed something: closed an incident, issued a token
    status: int = 0  # of the response; 0 without a response

    @property
    def path(self):
        """Return the path of the target, still percent-encoded. A request to a proxy contains the whole URL."""
        path = self.target.partition("?")[0]
        if path.startswith(("http://", "https://")):
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        return path

    @property
    def query(self):
        """Return the query of the target, still percent-encoded."""
        return self.target.partition("?")[2]

    @property
    def content_type(self):
        """Return the media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self):
        """Return the body as JSON.

        :raises ValueError: the body is not valid JSON, is not valid UTF-8, or contains a duplicate name or a NaN.
        """
        self.body.encode()  # raises a UnicodeEncodeError for the surrogates of bytes that are not UTF-8
        try:
            return json.loads(self.body, object_pairs_hook=_object, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None

    def json_body(self):
        """Return the JSON of a request with the content type of JSON.

        :raises Refusal: the content type is another one, or the body is not valid JSON.
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
        raise ValueError("an object contains a name twice")
    return value


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


@dataclasses.dataclass
class Answer:
    """One response, with ``payload`` as JSON, or with ``body``, whose length includes ``missing`` bytes.

    The response of a ``gateway`` in front of the product lacks the headers that the product adds.
    """

    status: int
    payload: object = None
    body: bytes | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    missing: int = 0
    gateway: bool = False

    def encoded(self):
        """Return the bytes of the body."""
        if self.body is not None:
            return self.body
        return json.dumps(self.payload, separators=(",", ":")).encode()


def phrase(status):
    """Return the usual words for a status."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


class RateLimit:
    """A limit of calls in any one second, with a sliding window. Rejected calls do not count."""

    def __init__(self, clock):
        self._clock = clock
        self._times = collections.deque()
        self._lock = threading.Lock()

    def admits(self, limit):
        """Count one call and return True, unless it exceeds the limit. With 0, there is no limit."""
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
