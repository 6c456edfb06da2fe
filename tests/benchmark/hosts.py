# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the inventory plugins and the device check with a play of ``uri`` tasks and a bare script.

Usage: hosts.py PAGE.
"""

from __future__ import annotations

import json
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from common import (
    HERE,
    LIMIT,
    THREADS,
    TOKEN,
    connection_options,
    count_limited,
    measured_on,
    run,
    run_server,
    targets_table,
    wire_seconds,
    write_section,
)

QUIET = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true", "ANSIBLE_LOCALHOST_WARNING": "false"}


class Work:
    """Put incidents into the simulator, and run the commands to measure.

    :param server: the simulator.
    :param folder: the folder for inventory files and caches.
    """

    def __init__(self, server, folder):
        self._server = server
        self._folder = Path(folder)

    def reset(self, *, eset=0, devices=0, d3=0, latency=0.0, limit=None):
        """Reset the simulator to incidents that have two devices or name two hosts each."""
        incidents = [
            {"id": f"i{number}", "device_uuids": [f"d{number % devices}", f"d{(number + 1) % devices}"]}
            for number in range(eset)
        ]
        known = [{"id": f"d{number}", "display_name": f"host{number}"} for number in range(devices)]
        cases = [{"id": f"n{n}", "fields": {"Custom Field": f"host{n % 300}, host{n % 299}"}} for n in range(d3)]
        scenario = {"eset": {"incidents": incidents, "devices": known}, "d3": {"incidents": cases}}
        self._server.reset(scenario, latency=latency, limit=limit)
        self._seen = 0

    def seen(self, latency=0.0):
        """Return the number of requests since the last call, the number of 429s, and the seconds on the wire."""
        journal = self._server.read_journal(self._seen)
        self._seen += len(journal)
        return len(journal), count_limited(journal), wire_seconds(journal, latency)

    def list_inventory(self, product, **options):
        """Run ``ansible-inventory``, and return its seconds and its memory in MB."""
        source = self._folder / f"{product}_incidents.yml"
        plugin = {"plugin": f"secops.incident_closure.{product}_incidents"}
        source.write_text(json.dumps({**plugin, **connection_options(self._server.url, product), **options}))
        return run(["ansible-inventory", "-i", str(source), "--list"], QUIET)[:2]

    def run_uri_play(self):
        """Run the play that uses ``uri`` and ``add_host``."""
        variables = ["-e", f"url={self._server.url}", "-e", f"token={TOKEN}"]
        run(["ansible-playbook", str(HERE / "uri_hosts.yml"), *variables])

    def close(self, incidents, hosts, check):
        """Run the role in check mode, with hosts that have the UUIDs of their devices."""
        inventory = {
            "all": {
                "hosts": {
                    f"host{number}": {
                        "incident_closure_eset_incidents": [
                            f"i{n}" for n in range(incidents) if number in (n % hosts, (n + 1) % hosts)
                        ],
                        "incident_closure_eset_device_uuid": f"d{number}",
                    }
                    for number in range(hosts)
                }
            }
        }
        path = self._folder / "inventory.yml"
        path.write_text(json.dumps(inventory))
        options = {**connection_options(self._server.url, "eset"), "rate_limit": 0}
        variables = {"close_incidents_device_check": check, "close_incidents_eset_options": options}
        words = ["--check", "-e", json.dumps(variables), "-c", "local"]
        run(["ansible-playbook", "-i", str(path), str(HERE / "device_check.yml"), *words])


def floor(url, threads):
    """Read the incidents and devices with bare requests, and print the seconds that it took."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=threads))
    session.headers["Authorization"] = f"Bearer {TOKEN}"

    def get(path, **params):
        response = session.get(f"{url}/eset{path}", params=params)
        response.raise_for_status()
        return response.json()

    start = time.monotonic()
    listed = get("/v2/incidents", pageSize=1000)["incidents"]
    with ThreadPoolExecutor(threads) as pool:
        incidents = pool.map(lambda row: get(f"/v2/incidents/{row['uuid']}")["incident"], listed)
        uuids = sorted({uuid for incident in incidents for uuid in incident["deviceUuids"]})
        batches = [uuids[first : first + 100] for first in range(0, len(uuids), 100)]
        list(pool.map(lambda batch: get("/v1/devices:batchGet", devicesUuids=batch), batches))
    print(time.monotonic() - start)


def measure(server, folder):
    """Yield the rows of the table: the work, the target, and the measured value."""
    work = Work(server, folder)
    work.reset(eset=150, devices=60, limit=LIMIT)
    work.list_inventory("eset")
    calls, limited, seconds = work.seen()
    yield "150 ESET incidents on 60 devices at 10 requests per second: requests", "≤ 154", calls
    yield "the same, HTTP 429 received", "0", limited
    yield "the same, seconds to requests / 10", "≤ 1.1", f"{seconds / (calls / 10):.2f}"
    work.run_uri_play()
    _calls, _limited, slow = work.seen()
    yield "the same, speedup over ``uri`` and ``add_host``", "–", f"{slow / seconds:.1f}"

    work.reset(eset=1000, devices=300, latency=0.1)
    floors = [float(run([sys.executable, __file__, "--floor", server.url, str(threads)])[2]) for threads in THREADS]
    work.seen()
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": f"{folder}/cache"}
    work.list_inventory("eset", rate_limit=0, **cache)
    _calls, _limited, seconds = work.seen(0.1)
    yield "1,000 ESET incidents on 300 devices, 100 ms, no limit: to the floor", "≤ 1.5", f"{seconds / min(floors):.2f}"
    work.list_inventory("eset", rate_limit=0, **cache)
    yield "the same from the cache, requests", "≤ 6", work.seen()[0]

    work.reset(eset=100, devices=60)
    work.list_inventory("eset", rate_limit=0)
    _calls, _limited, seconds = work.seen()
    work.run_uri_play()
    _calls, _limited, slow = work.seen()
    yield (
        "100 ESET incidents on 60 devices, no limit: speedup over ``uri`` and ``add_host``",
        "–",
        f"{slow / seconds:.0f}",
    )

    times = {}
    for count in (1000, 10000):
        work.reset(d3=count)
        times[count], memory = work.list_inventory("d3", host_fields=["Custom Field"], rate_limit=0)
        calls = work.seen()[0]
    yield "10,000 D3 incidents: requests", "≤ 12", calls
    yield "the same, MB of ``ansible-inventory``", "< 200", f"{memory:.0f}"
    yield "the same, seconds of the whole command to those of 1,000", "≤ 10", f"{times[10000] / times[1000]:.1f}"

    work.reset(eset=100, devices=10)
    counts = {}
    for check in ("skip", "require"):
        work.close(100, 10, check)
        counts[check] = work.seen()[0]
    most = 100 + math.ceil(10 / 100) + 1
    yield "device check of 100 incidents on 10 hosts: further requests", f"≤ {most}", counts["require"] - counts["skip"]


def main():
    """Run the measurements, and write the section."""
    with run_server() as (server, folder):
        rows = list(measure(server, folder))
    floor_is = (
        "The floor is a bare script on ``requests`` that sends the same requests, with the best number of threads.\n"
    )
    write_section(
        Path(sys.argv[1]),
        "From incidents to hosts",
        measured_on() + floor_is,
        targets_table(rows),
    )


if __name__ == "__main__":
    if sys.argv[1] == "--floor":
        floor(sys.argv[2], int(sys.argv[3]))
    else:
        main()
