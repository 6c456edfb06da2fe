# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the first poll of the event source at the rate limit of ESET, and the cost of many polls without news.

Usage: events.py PAGE. The source runs in a separate process, so that its memory can be measured.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from pathlib import Path

from common import (
    LIMIT,
    connection_options,
    count_limited,
    measured_on,
    run,
    run_server,
    targets_table,
    wire_seconds,
    write_section,
)

from ansible_collections.secops.incident_closure.extensions.eda.plugins.event_source import eset_incidents

INCIDENTS = 1000
DEVICES = 300
POLLS = 1000


def resident_memory():
    """Return the memory of this process in MB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def poll(url, polls, rate_limit):
    """Run the source without pauses, and print the events and the memory after the first and the last poll."""
    poller = eset_incidents.Poller({**connection_options(url, "eset"), "rate_limit": rate_limit})
    events, memory = 0, []

    class Queue:
        async def put(self, event):
            nonlocal events
            events += 1

    async def sleep(_seconds):
        memory.append(resident_memory())
        if len(memory) == polls:
            raise asyncio.CancelledError

    try:
        asyncio.run(eset_incidents.run(Queue(), poller, sleep))
    except asyncio.CancelledError:
        print(json.dumps({"events": events, "first": memory[0], "last": memory[-1]}))


def measure(server):
    """Yield the rows of the table: the work, the target, and the measured value."""
    incidents = [
        {"id": f"i{number}", "device_uuids": [f"d{number % DEVICES}", f"d{(number + 1) % DEVICES}"]}
        for number in range(INCIDENTS)
    ]
    devices = [{"id": f"d{number}", "display_name": f"host{number}"} for number in range(DEVICES)]
    scenario = {"eset": {"incidents": incidents, "devices": devices}}

    def run_source(polls, rate_limit):
        output = run([sys.executable, __file__, "--poll", server.url, str(polls), str(rate_limit)])[2]
        return json.loads(output.splitlines()[-1]), server.read_journal()

    server.reset(scenario, latency=0, limit=LIMIT)
    source, first = run_source(1, LIMIT)
    seconds = wire_seconds(first)
    yield "first poll of 1,000 incidents at 10 requests per second: events", INCIDENTS, source["events"]
    yield "the same, requests", "–", len(first)
    yield "the same, HTTP 429 received", "0", count_limited(first)
    yield "the same, seconds to requests / 10", "≤ 1.1", f"{seconds / (len(first) / LIMIT):.2f}"

    server.reset(scenario, latency=0, limit=None)
    source, journal = run_source(POLLS + 1, 0)
    begin = max(number for number, request in enumerate(journal) if "/devices" in request["target"])
    later = (len(journal) - begin - 1) / POLLS
    yield "a later poll without news, requests", f"≤ {math.ceil(INCIDENTS / 1000)}", f"{later:g}"
    yield "the same, memory after the first poll, MB", "–", f"{source['first']:.1f}"
    yield "the same, memory after 1,000 further polls, MB", "flat", f"{source['last']:.1f}"


def main():
    """Run the measurements, and write the section."""
    with run_server() as (server, _folder):
        rows = list(measure(server))
    write_section(Path(sys.argv[1]), "Events", measured_on(), targets_table(rows))


if __name__ == "__main__":
    if sys.argv[1] == "--poll":
        poll(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
