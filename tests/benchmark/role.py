# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the role close_incidents with one task of a module, and measure it at the rate limit of ESET.

Usage: role.py PAGE. The role runs in the playbook of the same name, with its default settings.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from common import (
    HERE,
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

ROUNDS = 3
D3_RATE = 50  # the default of rate_limit


def reset(server, product, count):
    """Reset the simulator to a number of open incidents, and return their IDs."""
    ids = [f"incident-{number}" for number in range(count)]
    server.reset({product: {"incidents": ids}}, latency=0, limit=LIMIT if product == "eset" else None)
    return ids


def play(server, folder, product, playbook, variables):
    """Run a playbook with variables, and return the seconds of the whole command.

    :raises SystemExit: the command failed, or an incident was not closed once.
    """
    path = folder / "variables.json"
    path.write_text(json.dumps(variables), encoding="utf-8")
    seconds, _memory, _output = run(["ansible-playbook", playbook, "-e", f"@{path}"])
    server.check_closings(product, playbook)
    return seconds


def run_role(server, folder, product, count):
    """Close incidents with the role, and return the seconds of the whole command."""
    variable = {"d3": "incident_numbers", "eset": "incident_uuids"}[product]
    variables = {
        variable: reset(server, product, count),
        f"close_incidents_{product}_options": connection_options(server.url, product),
    }
    return play(server, folder, product, "secops.incident_closure.close_incidents", variables)


def run_module(server, folder, count):
    """Close D3 incidents with one task of the module, and return the seconds of the whole command."""
    ids = reset(server, "d3", count)
    variables = {"url": server.url, "product": "d3", "incidents": ids, "batch": 1000, "rate": D3_RATE}
    return play(server, folder, "d3", str(HERE / "collection.yml"), variables)


def measure(server, folder):
    """Yield the rows of the table: the work, the target, and the measured value."""
    seconds = {"module": [], "role": [], "tenth": []}
    for _round in range(ROUNDS):
        seconds["module"].append(run_module(server, folder, 10000))
        seconds["role"].append(run_role(server, folder, "d3", 10000))
        seconds["tenth"].append(run_role(server, folder, "d3", 1000))
    module, role, tenth = (statistics.median(seconds[name]) for name in ("module", "role", "tenth"))
    yield "10,000 D3 incidents: seconds of the whole command", "–", f"{role:.1f}"
    yield "the same, to one task of the module with ``batch_size: 1000``", "≤ 3", f"{role / module:.2f}"
    yield "the same, to 1,000 incidents", "≤ 10", f"{role / tenth:.1f}"

    run_role(server, folder, "eset", 1000)
    journal = server.read_journal()
    yield "1,000 ESET incidents at 10 requests per second: requests", "–", len(journal)
    yield "the same, HTTP 429 received", "0", count_limited(journal)
    yield (
        "the same, seconds on the wire to requests / 10",
        "≤ 1.1",
        f"{wire_seconds(journal) / (len(journal) / LIMIT):.2f}",
    )


def main():
    """Run the measurements, and write the section."""
    with run_server() as (server, folder):
        rows = list(measure(server, folder))
    write_section(Path(sys.argv[1]), "The role", measured_on(), targets_table(rows))


if __name__ == "__main__":
    main()
