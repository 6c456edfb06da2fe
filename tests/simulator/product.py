# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the simulated products: incidents, settings, planned changes, and responses."""

from __future__ import annotations

import dataclasses
import fnmatch
import threading

from .checks import is_count, is_number
from .messages import RateLimit, Refusal


@dataclasses.dataclass
class Change:
    """A planned change of an incident. It is due after so many calls and so many seconds from the plan on."""

    incident: str
    fields: dict
    on: str  # the calls that count: a call, or a pattern such as "eset.device*"
    after: int
    seconds: float
    since: float
    seen: int = 0

    def counts(self, request):
        """Return whether a call matches, and names this incident or no incident."""
        named = not request.incidents or self.incident in request.incidents
        return named and fnmatch.fnmatchcase(request.call, self.on)

    def is_due(self, now):
        """Return whether it is time for the change."""
        return self.seen >= self.after and now - self.since >= self.seconds


class Product:
    """The base of D3 and ESET.

    A product has an ``apply_change`` and a ``carry_out``, which checks a request, runs it, and returns the response.
    """

    name = ""
    calls = ()
    vendor_rate_limit = 0  # calls in any second
    settings = {}  # name: (default, check); every product has "rate_limit" and "retry_after"

    def __init__(self, clock, rate_limit=True):
        self.clock = clock
        self.lock = threading.RLock()  # for every change of the state; no thread waits while it has the lock
        self.incidents = {}
        self._changes = []
        self._rate_limit = rate_limit
        self._rate = RateLimit(clock)

    def load(self, scenario):
        """Load a scenario, with the defaults for missing keys."""
        with self.lock:
            self._rate.reset()
            self.incidents = {}
            self._changes = []
            for name, setting in self.settings.items():
                setattr(self, name, setting[0])
            self.configure(rate_limit=self._rate_limit)

    def configure(self, **settings):
        """Change settings.

        :raises ValueError: a setting does not exist, or its value is not valid.
        """
        for name, value in settings.items():
            if name not in self.settings:
                raise ValueError(f"{self.name} has no setting {name!r}")
            if not self.settings[name][1](value):
                raise ValueError(f"{value!r} is not a value of {self.name}'s setting {name!r}")
            setattr(self, name, value)

    def add(self, incidents=(), changes=()):
        """Add incidents (ids, or mappings with ``id`` and further fields), and plan changes (see ``change``)."""
        with self.lock:
            for incident in incidents:
                fields = {"id": incident} if isinstance(incident, str) else dict(incident)
                self.add_incident(fields.pop("id"), **fields)
            for change in changes:
                self.change(**change)

    def change(self, incident, on=None, after=0, seconds=0, **fields):
        """Change fields of an incident: at once, or after so many calls and so many seconds.

        :param incident: the id of the incident.
        :param on: the calls that count if they name this incident or none: a call, or a pattern. By default,
            the calls that read single incidents.
        :param after: the number of successful calls before the change.
        :param seconds: the number of seconds before the change.
        :param fields: the fields of the incident, with their new values.
        :raises ValueError: the incident, the call, or a field does not exist.
        """
        on = f"{self.name}.read" if on is None else on
        with self.lock:
            if incident not in self.incidents:
                raise ValueError(f"{self.name} has no incident {incident!r}")
            if not fnmatch.filter(self.calls, on):
                raise ValueError(f"{self.name} has no call {on!r}")
            if not is_count(after) or not is_number(seconds):
                raise ValueError("after must be a number of calls, and seconds a number of seconds")
            self.check_change(fields)
            self._changes.append(Change(incident, fields, on, after, seconds, self.clock.monotonic()))
            self._make_changes()

    def settle(self):
        """Make the changes and do the work that are due."""
        self._make_changes()

    def _make_changes(self):
        """Make the changes that are due."""
        now = self.clock.monotonic()
        due = [change for change in self._changes if change.is_due(now)]
        self._changes = [change for change in self._changes if change not in due]
        for change in due:
            self.apply_change(self.incidents[change.incident], change.fields)

    def state(self):
        """Return the incidents and the pending changes as plain data."""
        with self.lock:
            self.settle()
            return {
                "incidents": {key: dataclasses.asdict(value) for key, value in self.incidents.items()},
                "changes": [dataclasses.asdict(change) for change in self._changes],
            }

    def limited(self):
        """Return the response to a call that exceeds the rate limit, or None."""
        limit = self.vendor_rate_limit if self.rate_limit is True else self.rate_limit
        if self._rate.admits(limit):
            return None
        answer = self.error(429)
        if self.retry_after:
            answer.headers["Retry-After"] = self.retry_after
        return answer

    def answer(self, request):
        """Check a request, run it, and return the response."""
        with self.lock:
            self.settle()
            return self.refusals_answered(self.respond, request)

    def respond(self, request):
        """Return the response to a request. A product with pending results overrides this."""
        return self.perform(request)

    def perform(self, request):
        """Run a request, and count it for the planned changes."""
        answer = self.carry_out(request)
        for change in self._changes:
            change.seen += change.counts(request)
        self._make_changes()
        return answer

    def refusals_answered(self, function, request):
        """Return the response of a function to a request, or its rejection in the product's words."""
        try:
            return function(request)
        except Refusal as refusal:
            return self.error(refusal.status, refusal.message)
