# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same closings by the collection, by loops of ansible.builtin.uri and by a bare script, side by side.

Usage: bench.py REPORT.md PLOT.svg [--quick]; it runs in the environment of ./dev bench. Contestants take turns, round by
round, so that a slow minute of the machine meets them all. Two times are taken of each run: of the whole command, and on
the wire, from the first request to the last as the simulator sees them, which leaves out the start of Ansible.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROUNDS = 3
URI_ROUNDS = 1  # of a hundred and more: each call is a process of its own
THREADS = (16, 32, 64, 100)  # the floor is the best of these
LIMIT = 10  # ESET's calls in any second
START_ROUNDS = 25


class Server:
    """The simulator as a process of its own."""

    def __init__(self, folder):
        port = Path(folder, "port")
        command = [sys.executable, HERE.parent / "simulator", "--port", "0", "--port-file", port]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not port.exists():
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{port.read_text().strip()}"

    def ask(self, path, data=None):
        """Return the answer of the simulator to a control request."""
        body = None if data is None else json.dumps(data).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/simulator/{path}", body)) as answer:
            return json.load(answer)

    def reset(self, case):
        ids = [f"incident-{number}" for number in range(case["count"])]
        limit = {"rate_limit": case["limit"] or False}
        settings = {"latency": case["latency"], "d3": limit, "eset": limit}
        self.ask("reset", {"d3": {"incidents": ids}, "eset": {"incidents": ids}, "settings": settings})
        return ids

    def seen(self, case):
        """Return calls, 429s and seconds from the first request to the last, after checking that all is closed."""
        incidents = self.ask("state")[case["product"]]["incidents"].values()
        if {incident["closings"] for incident in incidents} != {1}:
            raise SystemExit(f"not every incident was closed once: {case}")
        journal = self.ask("journal")["requests"]
        times = [request["time"] for request in journal]
        return {
            "calls": len(journal),
            "429": sum(request["status"] == 429 for request in journal),
            "wire": max(times) - min(times) + case["latency"],
        }

    def first_request(self):
        """Return when the first request came, by time.monotonic()."""
        return self.ask("journal")["requests"][0]["time"]

    def stop(self):
        self._process.terminate()
        self._process.wait()


def run(command, env=None):
    """Run a command to its end; return seconds and the most memory that it or a child held, in MB."""
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
        _pid, status, usage = os.wait4(process.pid, 0)
        if status:
            output.seek(0)
            raise SystemExit(output.read()[-4000:])
        output.seek(0)
        return time.monotonic() - start, usage.ru_maxrss / 1024, output.read()


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
    """Return the name of a module, and options with which it closes incidents."""
    if product == "eset":
        address = {"api_url": f"{server.url}/eset", "access_token": "sim-eset-access-token"}
        return "secops.incident_closure.eset_incident_close", {"incident_uuids": ids, **address, **options}
    address = {
        "url": f"{server.url}/MainApp/VSOC",
        "api_key": "sim-d3-close-key",
        "lookup_api_key": "sim-d3-lookup-key",
    }
    account = {"username": "soar-automation", "site": "Security Operations"}
    return "secops.incident_closure.d3_close_incidents_bulk", {"incident_numbers": ids, **address, **account, **options}


def payload(folder, module, options, check_mode=False):
    """Return the program that Ansible makes of a module and its options, and runs on a host as a process of its own."""
    kept = Path(tempfile.mkdtemp(dir=folder))
    environment = {
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_REMOTE_TEMP": str(kept),
        "ANSIBLE_LIBRARY": str(HERE / "library"),
    }
    arguments = kept / "arguments.json"  # they can be too many for a command line
    arguments.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [{module: options}]}]))
    run(["ansible-playbook", str(arguments), *(["--check"] if check_mode else [])], environment)
    return [sys.executable, str(next(kept.rglob("AnsiballZ_*.py")))]


def memory(server, case, folder):
    """Return the MB of the module's own process, which no playbook shows; the pace does not matter for it."""
    case = {**case, "latency": 0, "limit": None}
    ids = server.reset(case)
    options = {"batch_size": case["batch"]} if case["product"] == "d3" else {}
    program = payload(folder, *connection(server, case["product"], ids, rate_limit=0, **options))
    server.reset(case)
    return run(program)[1]


def measure(server, case, folder, quick):
    """Return {contestant: {"whole": [...], "wire": [...], "calls": n, "429": n}}, the contestants taking turns."""
    contestants = {"collection": playbook("collection")}
    threads = THREADS if case["product"] == "eset" and case["count"] > 1 else (1,)
    threads = threads[:1] if case["limit"] else threads  # there the limit alone sets the pace
    contestants.update({f"floor, {number} threads": floor(number) for number in threads})
    if case["count"] <= 100 and not (quick and case["count"] > 10):
        contestants["uri"] = playbook("uri")
    results = {name: {"whole": [], "wire": []} for name in contestants}
    rounds = 1 if quick or case["count"] * bool(case["limit"]) > 500 else ROUNDS
    for number in range(rounds):
        for name, command in contestants.items():
            if name == "uri" and case["count"] >= 100 and number >= URI_ROUNDS:
                continue
            ids = server.reset(case)
            seconds = run(command(server, case, ids, folder))[0]
            seen = server.seen(case)
            results[name]["whole"].append(seconds)
            results[name]["wire"].append(seen.pop("wire"))
            results[name].update(seen)
    floors = [name for name in results if name.startswith("floor")]
    best = min(floors, key=lambda name: statistics.median(results[name]["wire"]))
    results["floor"] = {**results[best], "threads": best.split()[1]}
    for name in floors:
        del results[name]
    results["collection"]["memory"] = memory(server, case, folder)
    return results


def starts(server, folder):
    """Return the whole seconds of an ad-hoc close and of two uri calls, and those of modules up to their first request."""
    case = {"product": "eset", "count": 1, "latency": 0, "limit": None, "batch": 1}
    state = f"url={server.url}/simulator/state"
    ids = server.reset(case)
    modules = {product: connection(server, product, ids) for product in ("eset", "d3")}
    modules["bare"] = ("bare_requests", {"url": f"{server.url}/eset/v2/incidents/incident-0"})
    programs = {name: payload(folder, *module, check_mode=True) for name, module in modules.items()}
    seconds = {name: [] for name in ("ad hoc", "two uri", *programs)}
    name, options = modules["eset"]
    for _round in range(START_ROUNDS):
        server.reset(case)
        seconds["ad hoc"].append(run(["ansible", "localhost", "-m", name, "-a", json.dumps(options)])[0])
        request = ["ansible", "localhost", "-m", "ansible.builtin.uri", "-a", state]
        seconds["two uri"].append(sum(run(request)[0] for _call in range(2)))
        for product, program in programs.items():
            server.reset(case)
            start = time.monotonic()  # which the simulator, on the same machine, counts as well
            run(program)
            seconds[product].append(server.first_request() - start)
    return seconds


def spread(values, digits=2):
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def ratio(one, other):
    return f"{statistics.median(one) / statistics.median(other):.2f}"


def report(cases, first, quick):
    lines = [
        "<!--",
        "Copyright (c) 2026, the secops.incident_closure contributors",
        "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
        "SPDX-License-Identifier: GPL-3.0-or-later",
        "-->",
        "",
        "# Benchmarks",
        "",
        "**What you get:** how long the collection takes to close incidents, compared with a loop of `ansible.builtin.uri` tasks"
        " and with a bare script.",
        f"These figures are of {date.today()}, on {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()},"
        f" by `./dev bench{' -- --quick' * quick}`.",
        "",
        "**How it was measured:** all three do the same work against the same simulator on the same machine, in turns.",
        f"Times are medians of {ROUNDS} rounds with the lowest and the highest value.",
        "Cases that the rate limit makes long, and `uri` with a hundred incidents, have one round.",
        "*Wire* is the time from the first request to the last one, as the server sees them.",
        "It contains neither the start of Ansible nor the last response, which matters if there are few requests.",
        "*Floor* is a bare script on `requests` with the best number of threads, which checks nothing and does not handle faults.",
        "",
        "| product | incidents | latency | limit | collection, whole s | collection, wire s | floor, wire s | uri, wire s "
        "| to the floor | speedup over uri | requests | 429 | MB |",
        "|" + " --- |" * 13,
    ]
    for case, results in cases:
        ours, least, uri = results["collection"], results["floor"], results.get("uri")
        cells = [
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
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    lines += [
        "",
        "## The start",
        "",
        "| ad hoc, whole command | seconds | to |",
        "| --- | --- | --- |",
        f"| one incident closed | {spread(first['ad hoc'])} | |",
        f"| two `uri` calls | {spread(first['two uri'])} | one incident closed takes {ratio(first['ad hoc'], first['two uri'])} of it |",
        "",
        "| a module's own process, up to its first request | seconds | to |",
        "| --- | --- | --- |",
        f"| a bare module that imports `requests` | {spread(first['bare'], 3)} | |",
        f"| `eset_incident_close` | {spread(first['eset'], 3)} | {ratio(first['eset'], first['bare'])} of the bare one |",
        f"| `d3_close_incidents_bulk` | {spread(first['d3'], 3)} | {ratio(first['d3'], first['bare'])} of the bare one |",
        "",
    ]
    lines += targets(cases, first)
    lines += ["![Seconds against incidents, for the collection, the floor and a loop of uri](benchmarks.svg)", ""]
    return "\n".join(lines)


def targets(cases, first):
    """Return the targets beside what was measured, as lines of a table."""

    def found(**wanted):
        return next((results for case, results in cases if wanted.items() <= case.items()), None)

    def median(results, contestant="collection", what="wire"):
        return statistics.median(results[contestant][what])

    rows = []
    many = found(product="eset", count=100, latency=0.1, limit=None)
    if "uri" in many:
        faster = median(many, "uri") / median(many)
        rows.append(("100 ESET incidents, 100 ms, no limit: speedup over the `uri` loop", "≥ 40", f"{faster:.0f}"))
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
    rows.append(("1 incident, ad hoc: to two `uri` calls", "≤ 1", ratio(first["ad hoc"], first["two uri"])))
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
    for what, words in (("whole", "the whole command"), ("wire", "on the wire, without the last response")):
        rows.append(
            (
                f"the same, to 1,000 incidents: {words}",
                "≤ 12",
                f"{median(bulk, what=what) / median(tenth, what=what):.1f}",
            )
        )
    return [
        "## Targets",
        "",
        "| work | target | measured |",
        "| --- | --- | --- |",
        *(f"| {work} | {target} | {measured} |" for work, target, measured in rows),
        "",
    ]


def plot(cases):
    """Return an SVG of seconds on the wire against incidents: ESET, 100 ms latency, no limit; both axes logarithmic."""

    def x(count):
        return 70 + 150 * math.log10(count)

    def y(seconds):
        return 250 - 60 * math.log10(max(seconds, 0.05) / 0.1)

    colors = {"collection": "#1f77b4", "floor": "#2ca02c", "uri": "#d62728"}
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 330" font-family="sans-serif" font-size="12">',
        '<rect width="620" height="330" fill="white"/>',
        '<text x="70" y="20" font-size="14">Seconds on the wire to close incidents in ESET, 100 ms latency, no limit</text>',
    ]
    for exponent in range(4):
        count = 10**exponent
        parts.append(f'<line x1="{x(count)}" y1="40" x2="{x(count)}" y2="280" stroke="#ddd"/>')
        parts.append(f'<text x="{x(count)}" y="298" text-anchor="middle">{count}</text>')
    for seconds in (0.1, 1, 10, 100):
        parts.append(f'<line x1="70" y1="{y(seconds)}" x2="520" y2="{y(seconds)}" stroke="#ddd"/>')
        parts.append(f'<text x="62" y="{y(seconds) + 4}" text-anchor="end">{seconds:g} s</text>')
    parts.append('<text x="295" y="320" text-anchor="middle">incidents</text>')
    shown = [
        (case, results)
        for case, results in cases
        if (case["product"], case["latency"], case["limit"]) == ("eset", 0.1, None)
    ]
    for name, color in colors.items():
        points = [
            (case["count"], statistics.median(results[name]["wire"])) for case, results in shown if name in results
        ]
        path = " ".join(f"{x(count):.1f},{y(seconds):.1f}" for count, seconds in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(c):.1f}" cy="{y(s):.1f}" r="3.5" fill="{color}"/>' for c, s in points]
        label = {"uri": "uri loop"}.get(name, name)
        drop = 14 if name == "floor" else 0
        parts.append(
            f'<text x="{x(points[-1][0]) + 8:.1f}" y="{y(points[-1][1]) + drop:.1f}" fill="{color}">{label}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def main():
    target, picture, quick = Path(sys.argv[1]), Path(sys.argv[2]), "--quick" in sys.argv
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
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        try:
            measured = []
            for case in cases:
                results = measure(server, case, folder, quick)
                measured.append((case, results))
                medians = {name: round(statistics.median(result["wire"]), 3) for name, result in results.items()}
                print(
                    case,
                    medians,
                    f"{results['collection']['calls']} calls, {results['collection']['429']} of them 429",
                    flush=True,
                )
            first = starts(server, folder)
        finally:
            server.stop()
    target.write_text(report(measured, first, quick))
    picture.write_text(plot(measured))
    print(target.read_text())


if __name__ == "__main__":
    main()
