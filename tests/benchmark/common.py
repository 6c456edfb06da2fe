# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the simulator, time commands, and write the page of the results, for all scripts of the benchmark."""

from __future__ import annotations

import contextlib
import json
import operator
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.simulator_process import run_simulator

# A module reads a bundle of certificates to check it, which takes a tenth of its start. The simulator has no TLS.
for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(variable, None)

HERE = Path(__file__).resolve().parent
LIMIT = 10  # the requests per second that ESET allows
THREADS = (16, 32, 64, 100)  # the floor is the best result with these numbers of threads
TOKEN = "sim-eset-access-token"


class Server:
    """Control the simulator, which runs as a separate process.

    :ivar url: the address of the simulator.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, data: Any = None) -> Any:
        """Return the response of the simulator to a control request."""
        body = None if data is None else json.dumps(data).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/simulator/{path}", body)) as response:
            return json.load(response)

    def reset(self, scenario: dict[str, Any], *, latency: float, limit: int | None) -> None:
        """Reset the simulator to the given incidents, and clear its journal.

        :param latency: the seconds that each response takes.
        :param limit: the requests per second that the simulator allows; None for no limit.
        """
        rate = {"rate_limit": limit or False}
        self.ask("reset", {**scenario, "settings": {"latency": latency, "d3": rate, "eset": rate}})

    def check_closings(self, product: str, work: str) -> None:
        """Check that each incident of a product was closed by one close request.

        :param work: what closed them, for the message.
        :raises SystemExit: an incident was not closed, or was closed more than once.
        """
        incidents = self.ask("state")[product]["incidents"].values()
        if {incident["closings"] for incident in incidents} != {1}:
            raise SystemExit(f"not every incident was closed once: {work}")

    def read_journal(self, first: int = 0) -> list[dict[str, Any]]:
        """Return the requests that the simulator received, starting with the given number."""
        return self.ask("journal")["requests"][first:]


@contextlib.contextmanager
def run_server() -> Iterator[tuple[Server, Path]]:
    """Run the simulator, and yield it and a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with run_simulator(sys.executable, HERE.parents[1], folder) as url:
            yield Server(url), folder


def connection_options(url: str, product: str) -> dict[str, str]:
    """Return the options with which a module, an inventory plugin, or the event source connects to the simulator."""
    if product == "eset":
        return {"api_url": f"{url}/eset", "device_url": f"{url}/eset", "access_token": TOKEN}
    keys = {"api_key": "sim-d3-close-key", "lookup_api_key": "sim-d3-lookup-key"}
    return {"url": f"{url}/MainApp/VSOC", **keys, "username": "soar-automation", "site": "Security Operations"}


def wire_seconds(journal: Sequence[dict[str, Any]], latency: float = 0.0) -> float:
    """Return the seconds from the first request to the last one, plus the latency."""
    times = [request["time"] for request in journal]
    return max(times) - min(times) + latency


def count_limited(journal: Sequence[dict[str, Any]]) -> int:
    """Return how many requests were rate limited (HTTP 429)."""
    return sum(request["status"] == 429 for request in journal)


def run(command: Sequence[str], env: dict[str, str] | None = None) -> tuple[float, float, str]:
    """Run a command, and return its seconds, its peak memory in MB (of one process), and its output.

    :raises SystemExit: the command failed.
    """
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
        _pid, status, usage = os.wait4(process.pid, 0)
        if status:
            output.seek(0)
            raise SystemExit(output.read()[-4000:])
        output.seek(0)
        return time.monotonic() - start, usage.ru_maxrss / 1024, output.read()


def measured_on(words: str = "") -> str:
    """Return a sentence with the date, the host, and the command of a measurement."""
    where = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"Measured on {date.today()}, on {where}, by ``./dev bench{words}``.\n"


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table in RST."""
    lines = [" | ".join(map(str, row)).rstrip() for row in (header, *rows)]
    return "\n".join(
        [".. csv-table::", "   :delim: |", "   :header-rows: 1", "", *(f"   {line}" for line in lines), ""]
    )


def targets_table(rows: Iterable[tuple[str, Any, Any]]) -> str:
    """Return a table in RST with the work, its target, the measured value, and whether it meets the target."""
    return table(("work", "target", "measured", "met"), [(*row, judge(*row[1:])) for row in rows])


def judge(target: Any, measured: Any) -> str:
    """Return whether a value meets a target such as ``≤ 1.5`` or ``0``, or an empty string if the target is not a number."""
    sign, dummy, limit = str(target).rpartition(" ")
    if not limit.replace(".", "", 1).isdigit():
        return ""
    compare = {"": operator.eq, "≤": operator.le, "<": operator.lt, "≥": operator.ge}[sign]
    return "yes" if compare(float(measured), float(limit)) else "no"


def write_section(page: Path, heading: str, *blocks: str) -> None:
    """Replace the section of the page with this heading, and print the new section.

    :raises ValueError: the page has no such heading.
    """
    body = "\n".join(blocks)
    pattern = rf"(?<=\n){re.escape(heading)}\n-+\n.*?(?=\n[^\n]+\n-+\n|\Z)"
    text, found = re.subn(
        pattern,
        lambda _match: f"{heading}\n{'-' * len(heading)}\n\n{body}",
        page.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if not found:
        raise ValueError(f"{page.name} has no section {heading}")
    page.write_text(text, encoding="utf-8")
    print(f"{heading}\n\n{body}")
