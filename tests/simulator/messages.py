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
    incidents: tuple = ()  # the ids that it names
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


# Checks of values that come from outside. To Python true is a number; to these it is not.


def is_text(value):
    """A string."""
    return isinstance(value, str)


def is_number(value):
    """A number that is not negative."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def is_count(value):
    """A whole number that is not negative."""
    return isinstance(value, int) and is_number(value)


def is_rate_limit(value):
    """True for the vendor's limit, false for none, or so many calls in any second."""
    return isinstance(value, bool) or is_count(value)


def one_of(*values):
    """One of these values, and of the same type."""
    return lambda value: any(type(value) is type(known) and value == known for known in values)


class Product:
    """What D3 and ESET share: incidents, settings, and the way from a request to an answer."""

    name = ""
    vendor_rate_limit = 0  # calls in any second
    settings = {}  # name: (default, check); every product has "rate_limit" and "retry_after"

    def __init__(self, clock, rate_limit=True):
        self.clock = clock
        self.lock = threading.RLock()  # around every change of the state; never held while waiting
        self.incidents = {}
        self._rate_limit = rate_limit
        self._rate = RateLimit(clock)

    def load(self, scenario):
        """Start anew from a scenario; what it leaves out is as by default."""
        with self.lock:
            self._rate.reset()
            self.incidents = {}
            for name, setting in self.settings.items():
                setattr(self, name, setting[0])
            self.configure(rate_limit=self._rate_limit)

    def configure(self, **settings):
        """Change settings; a name or a value that makes no sense is a ValueError."""
        for name, value in settings.items():
            if name not in self.settings:
                raise ValueError(f"{self.name} has no setting {name!r}")
            if not self.settings[name][1](value):
                raise ValueError(f"{value!r} is not a value of {self.name}'s setting {name!r}")
            setattr(self, name, value)

    def add_incidents(self, incidents):
        """Add incidents: ids, or mappings with ``id`` and further fields."""
        for incident in incidents:
            fields = {"id": incident} if isinstance(incident, str) else dict(incident)
            self.add_incident(fields.pop("id"), **fields)

    def state(self):
        """The incidents as plain data."""
        with self.lock:
            return {"incidents": {key: dataclasses.asdict(value) for key, value in self.incidents.items()}}

    def limited(self):
        """The answer to a call that is one too many, or None."""
        limit = self.vendor_rate_limit if self.rate_limit is True else self.rate_limit
        if self._rate.admits(limit):
            return None
        answer = self.error(429)
        if self.retry_after:
            answer.headers["Retry-After"] = self.retry_after
        return answer

    def answer(self, request):
        """Check a request, carry it out, and answer it."""
        with self.lock:
            try:
                return self.carry_out(request)
            except Refusal as refusal:
                return self.error(refusal.status, refusal.message)
