# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the floor of the benchmark: a bare script that reads and closes N incidents with as few requests as possible.

The script does not check states or handle faults. It prints the seconds that it took, without the start of Python.
Usage: floor.py PRODUCT URL N BATCH THREADS RATE.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests


def main():
    product, url, count, batch, threads, rate = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
    ids = [f"incident-{number}" for number in range(count)]
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=threads))
    turn = threading.Lock()
    ready = [time.monotonic()]

    def post(path, **request):
        method = request.pop("method", "POST")
        while True:
            if rate:  # space the requests evenly, with a margin because the gaps can shrink on the way
                with turn:
                    time.sleep(max(0, ready[0] - time.monotonic()))
                    ready[0] = max(ready[0], time.monotonic()) + 1.02 / rate
            response = session.request(method, url + path, **request)
            if response.status_code != 429:
                response.raise_for_status()
                return response

    start = time.monotonic()
    if product == "eset":
        credentials = {"grant_type": "password", "username": "api-user@example.com", "password": "sim-eset-password"}
        token = post("/eset/oauth/token", data=credentials).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        status = "incident.status in [INCIDENT_STATUS_OPEN]"
        for _page in range(0, count, 1000):
            post("/eset/v2/incidents", method="GET", params={"filter": status, "pageSize": 1000})

        def close(incident):
            post(f"/eset/v2/incidents/{incident}:close", json={"closureReason": "INCIDENT_RESOLVE_REASON_UNSPECIFIED"})

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(close, ids))
    else:
        base = {"Username": "soar-automation", "Site": "Security Operations"}
        path = "/MainApp/VSOC/api/Command/"
        for first in range(0, count, batch):
            some = ids[first : first + batch]
            query = {
                "Filter": [[{"field": "IR Number", "operator": "=", "value": incident}] for incident in some],
                "Static Fields": ["IR Number", "Title", "Status", "Severity"],
                "Start Time": "2000-01-01 00:00:00",
                "End Time": "2099-12-31 23:59:59",
                "Output Format": 2,
                "Page Index": 0,
                "Page Size": 1000,
            }
            key = {"d3key": "sim-d3-lookup-key"}
            post(path + "GetIncidents", json={**base, "CommandParams": query}, headers=key).json()
        for first in range(0, count, batch):
            some = {"Incident Numbers": ids[first : first + batch], "Bypass Required Pending Tasks": "No"}
            key = {"d3key": "sim-d3-close-key"}
            post(path + "CloseIncidentInBulk", json={**base, "CommandParams": some}, headers=key).json()
    print(json.dumps(time.monotonic() - start))


if __name__ == "__main__":
    main()
