# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures that run a module's main() in this process, with a clock of its own, against the simulator over real HTTP."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
from unittest import mock

import pytest

from ansible.module_utils import basic
from ansible_collections.secops.incident_closure.plugins.module_utils import (
    _d3_options,
    _eset_options,
    _options,
)
from ansible_collections.secops.incident_closure.plugins.modules import (
    d3_close_incidents_bulk,
    d3_incident_info,
    eset_incident_close,
    eset_incident_info,
)
from simulator import (
    DEFAULT_D3_KEY,
    DEFAULT_D3_LOOKUP_KEY,
    DEFAULT_D3_SITE,
    DEFAULT_D3_USERNAME,
    DEFAULT_ESET_PASSWORD,
    DEFAULT_ESET_USERNAME,
    Simulator,
)

ENVIRONMENT = (
    *_d3_options.CREDENTIALS.values(),
    *_eset_options.CREDENTIALS.values(),
    *_options.BUNDLE_VARIABLES,
    *(
        f"D3_{name}"
        for name in ("URL", "LOOKUP_COMMAND", "AUTH_HEADER", "USERNAME", "SITE", "VALIDATE_CERTS", "CA_PATH")
    ),
    *(f"ESET_{name}" for name in ("REGION", "API_URL", "AUTH_URL", "DEVICE_URL", "VALIDATE_CERTS", "CA_PATH")),
    "SSLKEYLOGFILE",
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
)


class Clock:
    """A stand-in for the time module: only a sleep moves the time, and it does not wait."""

    def __init__(self):
        self._now = 0.0
        self._lock = threading.Lock()

    def monotonic(self):
        return self._now

    def sleep(self, seconds):
        with self._lock:
            self._now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sim(clock):
    with Simulator(clock=clock) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """Remove the settings of the shell from the environment of each test."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def d3_options(sim):
    """Return the options of a connection to D3."""
    return {
        "url": sim.d3_url,
        "api_key": DEFAULT_D3_KEY,
        "lookup_api_key": DEFAULT_D3_LOOKUP_KEY,
        "username": DEFAULT_D3_USERNAME,
        "site": DEFAULT_D3_SITE,
    }


@pytest.fixture
def eset_options(sim):
    """Return the options of a connection to ESET."""
    return {
        "api_url": sim.eset_url,
        "auth_url": sim.eset_url,
        "device_url": sim.eset_url,
        "username": DEFAULT_ESET_USERNAME,
        "password": DEFAULT_ESET_PASSWORD,
    }


@pytest.fixture
def run_module(clock, monkeypatch):
    """Return a function that runs a module and returns its result in the form that Ansible receives."""
    client_options = _options.client_options
    patches = {"clock": clock}
    monkeypatch.setattr(_options, "client_options", lambda params: {**client_options(params), **patches})

    def run(module, options, check_mode=False, **client):
        """Run a module. ``client`` replaces arguments of its HttpClient, such as a timeout below a second."""
        patches.update(client)
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_check_mode": check_mode}}).encode()
        warnings = []
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(basic, "_ANSIBLE_ARGS", arguments))
            if hasattr(basic, "_ANSIBLE_PROFILE"):  # from ansible-core 2.19 on
                stack.enter_context(mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy"))
            # Ansible collects warnings in ways that depend on its version, and on whether its controller is loaded.
            stack.enter_context(
                mock.patch.object(basic.AnsibleModule, "warn", lambda module, text: warnings.append(text))
            )
            output = stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            stack.enter_context(pytest.raises(SystemExit))
            module.main()
        return {**json.loads(output.getvalue()), "warnings": warnings}

    return run


@pytest.fixture
def close_d3(d3_options, run_module):
    """Return a function that closes incidents in D3."""

    def close(*numbers, check_mode=False, client=None, **options):
        options = {**d3_options, "incident_numbers": list(numbers), **options}
        return run_module(d3_close_incidents_bulk, options, check_mode, **(client or {}))

    return close


@pytest.fixture
def close_eset(eset_options, run_module):
    """Return a function that closes incidents in ESET."""

    def close(*uuids, check_mode=False, client=None, **options):
        options = {**eset_options, "incident_uuids": list(uuids), **options}
        return run_module(eset_incident_close, options, check_mode, **(client or {}))

    return close


@pytest.fixture
def read_d3(d3_options, run_module):
    """Return a function that reads incidents of D3."""
    return lambda check_mode=False, **options: run_module(d3_incident_info, {**d3_options, **options}, check_mode)


@pytest.fixture
def read_eset(eset_options, run_module):
    """Return a function that reads incidents of ESET."""
    return lambda check_mode=False, **options: run_module(eset_incident_info, {**eset_options, **options}, check_mode)


@pytest.fixture
def far_from_utc(monkeypatch):
    """Let the time of this host be nine hours ahead of UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()
