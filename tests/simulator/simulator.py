# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator of both products."""

from __future__ import annotations

import fnmatch
import threading
import time

from . import control, d3, defaults, eset
from .checks import is_number
from .faults import Interrupted
from .messages import Answer
from .plan import Plan
from .server import Server


class Simulator:
    """Both products behind one address on the loopback interface.

    :param clock: an object with ``monotonic()``, for rate limits and expiry
    :param rate_limit: true for the vendors' limits, false for none, or a number of calls in any second
    :param latency: number of seconds before every response of a product
    :param tls: an ``ssl.SSLContext`` to serve HTTPS with
    :param port: the port to listen on; 0 selects a free one
    :param scenario: the scenario to begin with, to which ``reset`` returns
    """

    def __init__(self, clock=time, rate_limit=True, latency=0.0, tls=None, port=0, scenario=None):
        self.clock = clock
        self.tls = tls
        self.port = port
        self.d3 = d3.D3(clock, rate_limit)
        self.eset = eset.ESET(clock, rate_limit)
        self.faults = Plan()
        self.journal = []
        self._latency = latency
        self._scenario = scenario or {}
        self._released = threading.Event()
        self._server = None
        self._thread = None
        self.reset()

    # Running

    def start(self):
        """Start the server in a thread of its own."""
        self._released = threading.Event()
        self._server = Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Stop the server and close every connection, without the delayed responses."""
        if self._server is not None:
            self._released.set()
            self._server.shutdown()
            self._server.server_close()
            self._server.close_connections()
            self._thread.join()
            self._server = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *dummy):
        self.stop()

    @property
    def url(self):
        """Return the address."""
        if self._server is None:
            raise RuntimeError("the simulator is not running")
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def d3_url(self):
        """Return the site URL of D3."""
        return self.url + d3.BASE

    @property
    def eset_url(self):
        """Return the address of ESET's three hosts: for incidents, for devices, and for signing in."""
        return self.url + eset.BASE

    @property
    def environment(self):
        """Return environment variables that connect the collection to both products."""
        return {
            "D3_URL": self.d3_url,
            "D3_API_KEY": defaults.DEFAULT_D3_KEY,
            "D3_LOOKUP_API_KEY": defaults.DEFAULT_D3_LOOKUP_KEY,
            "D3_USERNAME": defaults.DEFAULT_D3_USERNAME,
            "D3_SITE": defaults.DEFAULT_D3_SITE,
            "ESET_API_URL": self.eset_url,
            "ESET_AUTH_URL": self.eset_url,
            "ESET_DEVICE_URL": self.eset_url,
            "ESET_USERNAME": defaults.DEFAULT_ESET_USERNAME,
            "ESET_PASSWORD": defaults.DEFAULT_ESET_PASSWORD,
        }

    # Control

    def reset(self, scenario=None):
        """Reset state, settings, faults, and journal.

        A scenario is a mapping with ``d3`` (``incidents``, ``changes``, ``keys``, ``jwts``, ``users``, ``sites``),
        ``eset`` (``incidents``, ``devices``, ``changes``, ``users``, ``access_tokens``) and ``settings`` (see
        ``configure``). Incidents and devices are ids, or mappings with ``id`` and the fields of ``Incident`` and
        ``Device``; changes are the parameters of ``Product.change``. A missing key has its default.
        """
        scenario = self._scenario if scenario is None else scenario
        unknown = set(scenario) - {"d3", "eset", "settings"}
        if unknown:
            raise ValueError(f"a scenario has no {sorted(unknown)}")
        released, self._released = self._released, threading.Event()
        released.set()
        self.latency = self._latency
        self.d3.load(scenario.get("d3", {}))
        self.eset.load(scenario.get("eset", {}))
        self.configure(**scenario.get("settings", {}))
        self.faults.clear()
        self.journal.clear()

    def add(self, d3=None, eset=None):
        """Add ``incidents``, ``changes``, and ESET's ``devices``, as in a scenario."""
        self.d3.add(**(d3 or {}))
        self.eset.add(**(eset or {}))

    def configure(self, latency=None, rate_limit=None, d3=None, eset=None):
        """Change settings: of both products, or of one (a mapping)."""
        if latency is not None:
            if not is_number(latency):
                raise ValueError(f"{latency!r} is not a number of seconds")
            self.latency = latency
        for product, settings in ((self.d3, d3), (self.eset, eset)):
            if rate_limit is not None:
                product.configure(rate_limit=rate_limit)
            product.configure(**(settings or {}))

    def fault(self, on, fault, times=1, skip=0, incident=None, poll=False, **params):
        """Plan a fault of ``faults.py``, and return the plan, whose ``fired`` counts.

        :param on: the call that it hits, such as ``eset.close``, or a pattern, such as ``d3.*``
        :param times: how often; None for always
        :param skip: number of matching calls that pass first
        :param incident: only for calls that name this incident, or this device
        :param poll: only for polls for a pending result, in place of first requests
        """
        return self.faults.add(on, fault, times, skip, incident, poll, **params)

    def calls(self, name="*", poll=False):
        """Return the requests of a call (or a pattern) in the journal: first requests, polls, or both (None)."""
        return [
            request
            for request in list(self.journal)
            if fnmatch.fnmatchcase(request.call, name) and poll in (None, request.poll)
        ]

    # Responses

    def answer(self, request):
        """Return the response to a request, or None to close the connection without one."""
        if request.path.startswith(control.BASE):
            return control.answer(self, request)
        self.journal.append(request)
        product = next((product for product in (self.d3, self.eset) if product.route(request)), None)
        try:
            answer = self._answer(request, product) if product else Answer(404, {"error": "there is nothing here"})
        except Interrupted:
            return None
        if answer is not None:
            request.status = answer.status
        return answer

    def _answer(self, request, product):
        released = self._released

        def hold(seconds):
            if released.wait(seconds):
                raise Interrupted

        answer = product.limited()
        if answer is None:
            planned = self.faults.take(request)
            if planned is None:
                answer = product.answer(request)
            else:
                request.fault = planned.fault
                answer = planned.apply(request, product, hold)
        if self.latency:
            hold(self.latency)
        if answer is not None and not answer.gateway:
            answer.headers.update(product.headers())
        return answer
