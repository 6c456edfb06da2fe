# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the two products that the collection talks to: D3 SOAR and ESET Connect.

It is a small web server on the loopback address, for tests, the demo, and benchmarks. It is strict (it rejects every
request that a vendor would reject), it has a state (closing an incident closes it), it keeps to the vendors' rate
limits, and it fails on demand. It uses only the standard library, because the threaded servers of the usual web
frameworks either close the connection after every response or hide the socket, and the simulator needs both.

In a test::

    with Simulator() as sim:
        sim.eset.add_device("d1", display_name="web01")
        sim.eset.add_incident("4f0e", device_uuids=["d1"])
        sim.eset.change("4f0e", join=["d2"], after=1)   # the attack spreads once the incident was read
        sim.fault("eset.close", "drop_after")       # the incident is closed, the response is lost
        ...                                         # talk to sim.d3_url and sim.eset_url
        assert sim.eset.incidents["4f0e"].closings == 1
        assert len(sim.calls("eset.close")) == 1

As a process: ``python tests/simulator --port 0 --port-file FILE``; you then control it over HTTP (see ``control.py``).

The responses follow the vendors' documentation: D3's "Close Incidents in Bulk", "Get Incidents", "JSON Web Token
Authentication" and "HTTP Status Codes"; ESET's "Close incident", "Get incident", "List incidents", "Get device", "List
devices", "Batch get devices", "/oauth/token", "Rate limits", "How the API works" and "Error codes".
"""

from __future__ import annotations

from .defaults import (
    DEFAULT_D3_INCIDENTS,
    DEFAULT_D3_JWT,
    DEFAULT_D3_KEY,
    DEFAULT_D3_LOOKUP_JWT,
    DEFAULT_D3_LOOKUP_KEY,
    DEFAULT_D3_SITE,
    DEFAULT_D3_USERNAME,
    DEFAULT_ESET_ACCESS_TOKEN,
    DEFAULT_ESET_DEVICES,
    DEFAULT_ESET_INCIDENTS,
    DEFAULT_ESET_PASSWORD,
    DEFAULT_ESET_USERNAME,
    d3_jwt,
)
from .simulator import Simulator

__all__ = [
    "DEFAULT_D3_INCIDENTS",
    "DEFAULT_D3_JWT",
    "DEFAULT_D3_KEY",
    "DEFAULT_D3_LOOKUP_JWT",
    "DEFAULT_D3_LOOKUP_KEY",
    "DEFAULT_D3_SITE",
    "DEFAULT_D3_USERNAME",
    "DEFAULT_ESET_ACCESS_TOKEN",
    "DEFAULT_ESET_DEVICES",
    "DEFAULT_ESET_INCIDENTS",
    "DEFAULT_ESET_PASSWORD",
    "DEFAULT_ESET_USERNAME",
    "Simulator",
    "d3_jwt",
]
