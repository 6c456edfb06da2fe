# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of faults, and of the calls that they hit."""

from __future__ import annotations

import dataclasses
import fnmatch
import inspect
import threading

from .faults import CALLS, CHECKS, FAULTS, Turn

UNNAMED = ("eset.sign_in", "eset.list", "eset.device_list")  # the calls that name neither an incident nor a device


@dataclasses.dataclass
class Planned:
    """A planned fault, with the calls that it hits, and how often. ``fired`` counts how often it happened."""

    on: str  # a call, or a pattern such as "eset.*"
    fault: str
    times: int | None = 1  # None: always
    skip: int = 0  # number of matching calls that pass first
    incident: str | None = None  # only calls that name this incident, or this device
    poll: bool = False  # False: only first requests; True: only polls for a pending result
    params: dict = dataclasses.field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    def __post_init__(self):
        """Check that the fault can happen."""
        if self.fault not in FAULTS:
            raise ValueError(f"there is no fault {self.fault!r}, only {', '.join(sorted(FAULTS))}")
        function, patterns = FAULTS[self.fault]
        matched = fnmatch.filter(CALLS, self.on)
        self.calls = [call for call in matched if any(fnmatch.fnmatchcase(call, pattern) for pattern in patterns)]
        if not self.calls:
            raise ValueError(f"the fault {self.fault} can not happen to {self.on!r}")
        try:
            inspect.signature(function).bind(None, **self.params)
        except TypeError as error:
            raise ValueError(f"{self.fault}: {error}") from None
        selectors = {"times": self.times, "skip": self.skip, "incident": self.incident, "poll": self.poll}
        for name, value in {**self.params, **selectors}.items():
            if name in CHECKS and not CHECKS[name](value):
                raise ValueError(f"{value!r} is not a value of {name}")
        if self.incident is not None and self.fault != "rows_left_out":
            self.calls = [call for call in self.calls if call not in UNNAMED]
            if not self.calls:
                raise ValueError(f"{self.on} names no incident")

    def matches(self, request):
        """Return whether the fault hits the request."""
        if request.call not in self.calls or request.poll != self.poll:
            return False
        # A list does not name an incident; its incident only selects the row to leave out.
        named = (*request.incidents, *request.devices)
        return self.incident is None or request.call in UNNAMED or self.incident in named

    def apply(self, request, product, hold):
        """Return the faulty response to the request, or None for no response."""
        return FAULTS[self.fault][0](Turn(request, product, hold, self.incident), **self.params)


class Plan:
    """The planned faults, in the order of their plans."""

    def __init__(self):
        self._lock = threading.Lock()
        self.planned = []

    def add(self, on, fault, times=1, skip=0, incident=None, poll=False, **params):
        """Plan a fault."""
        planned = Planned(on, fault, times, skip, incident, poll, params)
        with self._lock:
            self.planned.append(planned)
        return planned

    def clear(self):
        """Drop all planned faults."""
        with self._lock:
            self.planned.clear()

    def take(self, request):
        """Return the first due fault that hits this request, or None. All matching faults count the request."""
        hit = None
        with self._lock:
            for planned in self.planned:
                if planned.matches(request):
                    planned.seen += 1
                    if hit is None and planned.seen > planned.skip and planned.times not in (planned.fired, 0):
                        planned.fired += 1
                        hit = planned
        return hit
