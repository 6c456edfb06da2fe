# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runs of the tests and of the benchmark: each function is a session of noxfile.py."""

from __future__ import annotations

import datetime
import json
import os
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
    """Run ansible-test units, which tests the modules separately from the code of the controller."""
    at.ansible_test("units", "--python", at.python_version, *arguments)


def pytest(at: Workplace, *arguments: str) -> None:
    """Run the unit tests and the system tests, with coverage (./dev pytest -- tests/unit/plugins -k order)."""
    folders = ("tests/system", "tests/unit")  # the slow tests first, so that the last ones are short
    workers = str((os.cpu_count() or 1) + 1)  # one more than cores, because some tests wait
    options = ("-n", workers, "--dist", "worksteal", "--cov", "--cov-config=pyproject.toml", "--cov-report=")
    at.pytest(*options, *(arguments or folders), COVERAGE_FILE=str(data_file(at.python_version)))


def integration(at: Workplace, *arguments: str) -> None:
    """Run the integration targets (./dev integration -- d3_sample_request)."""
    run_integration(at, *arguments)


def coverage(at: Workplace) -> None:
    """Check how much of plugins/ the session pytest ran."""
    check_coverage(at)


def reliability(at: Workplace) -> None:
    """Run more faults, histories, and processes than ./dev test, and keep their figures in docs/docsite/rst/reliability.rst."""
    effort = {"HISTORIES": "500", "ANSWERS": "2000", "PROCESSES": "50", "GATE_HISTORIES": "400"}
    systems = ("tests/system/test_gate.py", "tests/system/test_processes.py")
    output = at.pytest("tests/unit/plugins", *systems, **effort)
    (line,) = re.findall("^figures: (.*)$", output, re.MULTILINE)
    rows = "".join(f"   {what} | {number}\n" for what, number in json.loads(line).items())
    table = f".. csv-table::\n   :delim: |\n   :header-rows: 1\n\n   what | number\n{rows}"
    page, when = Path("docs/docsite/rst/reliability.rst"), f"On {datetime.date.today()}, by ``./dev reliability``:\n"
    text, heading, _old = page.read_text(encoding="utf-8").partition("\n.. figures\n\n")
    page.write_text(f"{text}{heading}{when}\n{table}", encoding="utf-8")
    print(table)


def mutation(at: Workplace, *files: str) -> None:
    """Change the code in many small ways and show what the unit tests miss (./dev mutation -- plugins/module_utils/_pacer.py)."""
    mutate(at, *files)


def bench(at: Workplace, *arguments: str) -> None:
    """Measure against uri loops and a bare script (./dev bench -- --quick leaves out the longest cases of closing)."""
    page = "docs/docsite/rst/benchmarks.rst"
    for script in ("closing", "role", "hosts", "events"):
        at.run("python", f"tests/benchmark/{script}.py", page, *arguments)
        shutil.copy(at.tree / page, page)
