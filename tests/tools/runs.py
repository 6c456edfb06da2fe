# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runs of the tests and of the benchmark: each function is a session of noxfile.py."""

from __future__ import annotations

import datetime
import json
import re
import shutil
from pathlib import Path

from .coverage_report import check_coverage, data_file
from .integration import run_integration
from .mutants import mutate
from .sanity import run_sanity
from .workplace import Workplace


def sanity(at: Workplace, *arguments: str) -> None:
    """Run ansible-test sanity, on the modules with every Python of this host."""
    run_sanity(at, *arguments)


def units(at: Workplace, *arguments: str) -> None:
    """Run ansible-test units, which keeps the modules apart from what is for the controller."""
    at.ansible_test("units", "--python", at.python_version, *arguments)


def pytest(at: Workplace, *arguments: str) -> None:
    """Run the unit tests and the system tests, with coverage (./dev pytest -- tests/unit/plugins -k order)."""
    folders = ("tests/system", "tests/unit")  # the slow ones first, so that the last ones to run are short
    options = ("-n", "auto", "--dist", "worksteal", "--cov", "--cov-config=pyproject.toml", "--cov-report=")
    at.pytest(*options, *(arguments or folders), COVERAGE_FILE=str(data_file(at.python_version)))


def integration(at: Workplace, *arguments: str) -> None:
    """Run the integration targets (./dev integration -- d3_sample_request)."""
    run_integration(at, *arguments)


def coverage(at: Workplace) -> None:
    """Check how much of plugins/ the session pytest ran."""
    check_coverage(at)


def reliability(at: Workplace) -> None:
    """Play more faults, histories, and processes than ./dev test, and keep their figures in docs/reliability.md."""
    effort = {"HISTORIES": "500", "ANSWERS": "2000", "PROCESSES": "50", "GATE_HISTORIES": "400"}
    systems = ("tests/system/test_gate.py", "tests/system/test_processes.py")
    output = at.pytest("tests/unit/plugins", *systems, **effort)
    (line,) = re.findall("^figures: (.*)$", output, re.MULTILINE)
    rows = "".join(f"| {what} | {number} |\n" for what, number in json.loads(line).items())
    table = f"On {datetime.date.today()}, by `./dev reliability`:\n\n| what | number |\n| --- | --- |\n{rows}"
    page = Path("docs/reliability.md")
    before, heading, _old = page.read_text().partition("## Figures of the last run\n")
    page.write_text(f"{before}{heading}\n{table}")
    print(table)


def mutation(at: Workplace, *files: str) -> None:
    """Change the code in many small ways and show what the unit tests miss (./dev mutation -- plugins/module_utils/_pacer.py)."""
    mutate(at, *files)


def bench(at: Workplace, *arguments: str) -> None:
    """Measure against uri loops and a bare script, into docs/benchmarks.md (./dev bench -- --quick takes a few minutes)."""
    at.run("python", "tests/benchmark/bench.py", "docs/benchmarks.md", "docs/benchmarks.svg", *arguments)
    at.run("python", "tests/benchmark/hosts.py", "docs/benchmarks.md")
    for name in ("benchmarks.md", "benchmarks.svg"):
        shutil.copy(at.tree / "docs" / name, Path("docs", name))
