# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults of the fault tables in docs/docsite/rst/reliability.rst, and functions that cause them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import requests

from ansible_collections.secops.incident_closure.plugins.module_utils import _http_client as http_client

DOCUMENT = Path(__file__).resolve().parents[1] / "docs/docsite/rst/reliability.rst"
PATHS = {  # patterns of the requests of each call, for the faults that keep them from a server
    "eset.sign_in": r"/oauth/token$",
    "eset.read": r"^GET .*/v2/incidents/[^?]+$",
    "eset.list": r"^GET .*/v2/incidents\?",
    "eset.close": r":close$",
    "eset.device_batch": r"/v1/devices:batchGet",
    "d3.read": r"/GetIncidents$",
    "d3.close": r"/CloseIncidentInBulk$",
}


def _status(status, when="before", **headers):
    return "status", {
        "status": status,
        "when": when,
        "headers": {name.replace("_", "-"): headers[name] for name in headers},
    }


def _date():
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=20), usegmt=True)


FAULTS = {  # row: the simulator's fault and its parameters
    "dropped before the work": ("drop_before", {}),
    "dropped after the work": ("drop_after", {}),
    "time-out before the work": ("timeout_before", {}),
    "time-out after the work": ("timeout_after", {}),
    "400": _status(400),
    "401": _status(401),
    "403": _status(403),
    "404": _status(404),
    "415": _status(415),
    "501": _status(501),
    "400 of a gateway": ("gateway", {"status": 400}),
    "403 with HTML": ("html", {"status": 403, "when": "before"}),
    "429": _status(429),
    "429, Retry-After: 7": _status(429, Retry_After="7"),
    "429, Retry-After: a date": _status(429, Retry_After=_date()),
    "429, Retry-After: a year": _status(429, Retry_After="31536000"),
    **{
        f"{status} {when} the work": _status(status, when)
        for status in (500, 502, 503, 504)
        for when in ("before", "after")
    },
    "202 that comes true": ("pending", {"polls": 2}),
    "202 whose answer is lost": ("pending_lost", {}),
    "200 with HTML": ("html", {}),
    "200 with truncated JSON": ("truncated", {}),
    "200, connection cut in the body": ("short_body", {}),
    "200 with a JSON list": ("json_list", {}),
    "200 with an empty body": ("empty", {}),
    "a row left out": ("rows_left_out", {}),
    "a row nobody asked for": ("foreign_rows", {}),
    "only rows nobody asked for": ("foreign_rows", {"instead": True}),
    "redirect": ("redirect", {}),
}
UNREACHED = {  # row: the address that the request goes to instead
    "connection refused": lambda sim: "http://127.0.0.1:9",
    "name not found": lambda sim: "http://host.invalid",
    "TLS failure": lambda sim: sim.url.replace("http:", "https:"),
}


def cells(heading):
    """Yield (fault, call, expected) from the table under a heading of the document."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n{heading}\n^^^", 1)[1].split(":header-rows: 1\n\n", 1)[1]
    header, *lines = ([cell.strip() for cell in line.split("|")] for line in section.split("\n\n", 1)[0].splitlines())
    for fault, *row in lines:
        for call, expected in zip(header[1:], row):
            yield fault, call, expected


def cause(sim, monkeypatch, fault, call, times):
    """Let a fault happen to a call, and return whether it can.

    :param fault: a row of the tables.
    :param call: the simulator's name of the call.
    :param times: how often it happens; None for always.
    """
    if fault in UNREACHED:
        _misdirect(monkeypatch, PATHS[call], UNREACHED[fault](sim), times)
        return True
    kind, params = FAULTS[fault]
    try:
        sim.fault(call, kind, times=times, **params)
    except ValueError:
        return False
    return True


def _misdirect(monkeypatch, pattern, address, times):
    """Send requests to another address, through the real network code."""

    class Adapter(requests.adapters.HTTPAdapter):
        left = times or 10**6

        def send(self, request, *args, **kwargs):
            if Adapter.left and re.search(pattern, f"{request.method} {request.url}"):
                Adapter.left -= 1
                request = request.copy()
                request.url = re.sub("^http://[^/]*", address, request.url)
            return super().send(request, *args, **kwargs)

    monkeypatch.setattr(http_client, "HTTPAdapter", Adapter)
