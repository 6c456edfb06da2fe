# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare how fast the collection, loops of ansible.builtin.uri, and a bare script close the same incidents.

Usage: closing.py PAGE [--quick]. Contestants take turns, round by round, so that a slow minute affects all of them.
Each run is timed twice: for the whole command, and on the wire, which is from the first request that the simulator
receives to the last one. The time on the wire does not include the start of Ansible.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from common import (
    HERE,
    LIMIT,
    THREADS,
    connection_options,
    count_limited,
    measured_on,
    run,
    run_server,
    table,
    targets_table,
    wire_seconds,
    write_section,
)

ROUNDS = 3
STARTUP = "Ansible sends a module as an archive, so Python compiles the module's files in each process.\n"
URI_ROUNDS = 1  # for 100 incidents or more, because uri starts a process for each call
START_ROUNDS = 25


def reset(server, case):
    """Reset the simulator to the incidents of a case, and return their IDs."""
    ids = [f"incident-{number}" for number in range(case["count"])]
    incidents = {"incidents": ids}
    server.reset({"d3": incidents, "eset": incidents}, latency=case["latency"], limit=case["limit"])
    return ids


def seen(server, case):
    """Return the numbers of requests and of 429s, and the seconds on the wire.

    :raises SystemExit: an incident was not closed, or was closed more than once.
    """
    server.check_closings(case["product"], str(case))
    journal = server.read_journal()
    return {"calls": len(journal), "429": count_limited(journal), "wire": wire_seconds(journal, case["latency"])}


def playbook(name):
    def command(server, case, ids, folder):
        variables = Path(folder, "variables.json")
        rate = case["limit"] or 0
        facts = {"url": server.url, "product": case["product"], "incidents": ids, "batch": case["batch"], "rate": rate}
        variables.write_text(json.dumps(facts))
        return ["ansible-playbook", str(HERE / f"{name}.yml"), "-e", f"@{variables}"]

    return command


def floor(threads):
    def command(server, case, ids, folder):
        words = [case["product"], server.url, len(ids), case["batch"], threads, case["limit"] or 0]
        return [sys.executable, str(HERE / "floor.py"), *map(str, words)]

    return command


def connection(server, product, ids, **options):
    """Return the name of the module of a product, and the options with which it closes the incidents."""
    module, ids_option = {
        "eset": ("eset_incident_close", "incident_uuids"),
        "d3": ("d3_close_incidents_bulk", "incident_numbers"),
    }[product]
    connected = connection_options(server.url, product)
    return f"secops.incident_closure.{module}", {ids_option: ids, **connected, **options}


def payload(folder, module, options, check_mode=False):
    """Return the command of the program that Ansible builds from a module and its options, and runs on a host."""
    kept = Path(tempfile.mkdtemp(dir=folder))
    environment = {
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_REMOTE_TEMP": str(kept),
        "ANSIBLE_LIBRARY": str(HERE / "library"),
    }
    arguments = kept / "arguments.json"  # the options can be too long for a command line
    arguments.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [{module: options}]}]))
    run(["ansible-playbook", str(arguments), *(["--check"] if check_mode else [])], environment)
    return [sys.executable, str(next(kept.rglob("AnsiballZ_*.py")))]


def memory(server, case, folder):
    """Return the memory of the process of the module in MB.

    The playbook does not show it. The memory does not depend on latency or limits, so this runs without them.
    """
    case = {**case, "latency": 0, "limit": None}
    ids = reset(server, case)
    options = {"batch_size": case["batch"]} if case["product"] == "d3" else {}
    program = payload(folder, *connection(server, case["product"], ids, rate_limit=0, **options))
    reset(server, case)
    return run(program)[1]


def measure(server, case, folder, quick):
    """Return ``{contestant: {"whole": [...], "wire": [...], "calls": n, "429": n}}`` of a case."""
    contestants = {"collection": playbook("collection")}
    threads = THREADS if case["product"] == "eset" and case["count"] > 1 else (1,)
    threads = threads[:1] if case["limit"] else threads  # with a limit, more threads are not faster
    contestants.update({f"floor, {number} threads": floor(number) for number in threads})
    if case["count"] <= 100 and not (quick and case["count"] > 10):
        contestants["uri"] = playbook("uri")
    results = {name: {"whole": [], "wire": []} for name in contestants}
    rounds = 1 if quick or case["count"] * bool(case["limit"]) > 500 else ROUNDS
    for number in range(rounds):
        for name, command in contestants.items():
            if name == "uri" and case["count"] >= 100 and number >= URI_ROUNDS:
                continue
            ids = reset(server, case)
            seconds = run(command(server, case, ids, folder))[0]
            figures = seen(server, case)
            results[name]["whole"].append(seconds)
            results[name]["wire"].append(figures.pop("wire"))
            results[name].update(figures)
    floors = [name for name in results if name.startswith("floor")]
    best = min(floors, key=lambda name: statistics.median(results[name]["wire"]))
    results["floor"] = {**results[best], "threads": best.split()[1]}
    for name in floors:
        del results[name]
    results["collection"]["memory"] = memory(server, case, folder)
    return results


def starts(server, folder):
    """Return the seconds of an ad hoc command, of two uri calls, and of modules up to their first request."""
    case = {"product": "eset", "count": 1, "latency": 0, "limit": None, "batch": 1}
    state = f"url={server.url}/simulator/state"
    ids = reset(server, case)
    modules = {product: connection(server, product, ids) for product in ("eset", "d3")}
    modules["bare"] = ("bare_requests", {"url": f"{server.url}/eset/v2/incidents/incident-0"})
    programs = {name: payload(folder, *module, check_mode=True) for name, module in modules.items()}
    seconds = {name: [] for name in ("ad hoc", "two uri", *programs)}
    name, options = modules["eset"]
    for _round in range(START_ROUNDS):
        reset(server, case)
        seconds["ad hoc"].append(run(["ansible", "localhost", "-m", name, "-a", json.dumps(options)])[0])
        request = ["ansible", "localhost", "-m", "ansible.builtin.uri", "-a", state]
        seconds["two uri"].append(sum(run(request)[0] for _call in range(2)))
        for product, program in programs.items():
            reset(server, case)
            start = time.monotonic()  # the simulator uses the same clock, because it runs on the same host
            run(program)
            seconds[product].append(server.read_journal()[0]["time"] - start)
    return seconds


def spread(values, digits=2):
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def ratio(one, other):
    return f"{statistics.median(one) / statistics.median(other):.2f}"


def cases_table(cases):
    """Return the table of all cases."""
    header = (
        *("product", "incidents", "latency", "limit", "collection, whole s", "collection, wire s", "floor, wire s"),
        *("uri, wire s", "to the floor", "speedup over uri", "requests", "429", "MB"),
    )
    rows = []
    for case, results in cases:
        ours, least, uri = results["collection"], results["floor"], results.get("uri")
        row = [
            case["product"],
            case["count"],
            f"{case['latency'] * 1000:.0f} ms",
            f"{case['limit']}/s" if case["limit"] else "none",
            spread(ours["whole"]),
            spread(ours["wire"], 3),
            f"{spread(least['wire'], 3)}, {least['threads']} thr.",
            f"{spread(uri['wire'], 1)}" if uri else "–",
            ratio(ours["wire"], least["wire"]),
            ratio(uri["wire"], ours["wire"]) if uri else "–",
            ours["calls"],
            ours["429"],
            f"{ours['memory']:.0f}",
        ]
        rows.append(row)
    return table(header, rows)


def starts_tables(first):
    """Return the tables of the startup times."""
    two = f"one incident closed takes {ratio(first['ad hoc'], first['two uri'])} of it"
    commands = [
        ("one incident closed", spread(first["ad hoc"]), ""),
        ("two ``uri`` calls", spread(first["two uri"]), two),
    ]
    modules = [("a bare module that imports ``requests``", spread(first["bare"], 3), "")]
    for name, key in (("eset_incident_close", "eset"), ("d3_close_incidents_bulk", "d3")):
        modules.append((f"``{name}``", spread(first[key], 3), f"{ratio(first[key], first['bare'])} of the bare one"))
    return (
        table(("ad hoc, whole command", "seconds", "to"), commands),
        table(("a module's own process, up to its first request", "seconds", "to"), modules),
    )


def targets(cases, first):
    """Return the table of the targets and the measured values."""

    def found(**wanted):
        return next((results for case, results in cases if wanted.items() <= case.items()), None)

    def median(results, contestant="collection", what="wire"):
        return statistics.median(results[contestant][what])

    rows = []
    many = found(product="eset", count=100, latency=0.1, limit=None)
    if "uri" in many:
        faster = median(many, "uri") / median(many)
        rows.append(("100 ESET incidents, 100 ms, no limit: speedup over the ``uri`` loop", "≥ 40", f"{faster:.0f}"))
    rows.append(("the same, to the floor", "≤ 1.5", f"{median(many) / median(many, 'floor'):.2f}"))
    paced = found(product="eset", count=200, limit=LIMIT)
    calls = paced["collection"]["calls"]
    rows.append(
        (
            "200 ESET incidents at 10 requests per second: to requests / 10",
            "≤ 1.1",
            f"{median(paced) / (calls / 10):.2f}",
        )
    )
    rows.append(("the same, requests", "≤ 205", calls))
    rows.append(("the same, 429 received", "0", paced["collection"]["429"]))
    rows.append(("1 incident, ad hoc: to two ``uri`` calls", "≤ 1", ratio(first["ad hoc"], first["two uri"])))
    rows += [
        (f"start of the {name} module: to a bare one", "≤ 1.10", ratio(first[key], first["bare"]))
        for key, name in (("eset", "ESET"), ("d3", "D3"))
    ]
    bulk, tenth = found(product="d3", count=10000), found(product="d3", count=1000, batch=500)
    rows.append(
        ("10,000 D3 incidents, batches of 500: to the floor", "≤ 1.5", f"{median(bulk) / median(bulk, 'floor'):.2f}")
    )
    rows.append(("the same, requests", "≤ 42", bulk["collection"]["calls"]))
    rows.append(("the same, MB", "< 150", f"{bulk['collection']['memory']:.0f}"))
    whole = median(bulk, what="whole") / median(tenth, what="whole")
    rows.append(("the same, to 1,000 incidents: the whole command", "≤ 12", f"{whole:.1f}"))
    # The wire time is that between the first request and the last one.
    gaps = [median(results) / (results["collection"]["calls"] - 1) for results in (bulk, tenth)]
    rows.append(("the same, to 1,000 incidents: from one request to the next", "≤ 1.2", f"{gaps[0] / gaps[1]:.2f}"))
    return targets_table(rows)


def main():
    page, quick = Path(sys.argv[1]), "--quick" in sys.argv
    cases = [
        {"product": product, "count": count, "latency": latency, "limit": limit, "batch": 100}
        for product in ("eset", "d3")
        for limit in (None, LIMIT)
        for latency in (0, 0.1)
        for count in (1, 10, 100, 1000)
    ]
    cases += [{"product": "eset", "count": 200, "latency": 0.1, "limit": LIMIT, "batch": 1}]
    cases += [{"product": "d3", "count": count, "latency": 0, "limit": None, "batch": 500} for count in (1000, 10000)]
    if quick:
        cases = [case for case in cases if case["count"] * bool(case["limit"]) <= 200]
    measured = []
    with run_server() as (server, folder):
        for case in cases:
            results = measure(server, case, folder, quick)
            measured.append((case, results))
            medians = {name: round(statistics.median(result["wire"]), 3) for name, result in results.items()}
            print(case, medians, flush=True)
        first = starts(server, folder)
    write_section(page, "Closing incidents", measured_on(" -- --quick" * quick), cases_table(measured))
    write_section(page, "Startup", STARTUP, *starts_tables(first))
    write_section(page, "Targets", targets(measured, first))


if __name__ == "__main__":
    main()
