# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how much of plugins/ the tests run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .workplace import StepError, Workplace, work_folder

# Percent of plugins/ that all tests together must reach.
LINE_COVERAGE = 95
BRANCH_COVERAGE = 90

DATA = Path("tests/output/coverage")
# The sessions whose data counts. The second one measures only on request (./dev integration -- --coverage), because it
# adds little to the first one, and slows down every run of Ansible.
MEASURED = ("pytest", "integration")


def data_file(python_version: str) -> Path:
    """Return a path at which ``ansible-test coverage combine`` finds data that it did not collect itself."""
    return DATA / f"units=pytest=host=python-{python_version}=coverage.all"


def find_problems(measured: dict[str, Any], files: Iterable[str]) -> list[str]:
    """Return the problems in a report of the program coverage, and print its totals.

    :param measured: the report, as ``coverage json`` writes it.
    :param files: the files that the report must contain; it lacks files that no test loads.
    """
    problems = [f"no test loads {name}" for name in sorted(set(files) - set(measured["files"]))]
    total = measured["totals"]
    for kind, covered, of, least in (
        ("lines", total["covered_lines"], total["num_statements"], LINE_COVERAGE),
        ("branches", total["covered_branches"], total["num_branches"], BRANCH_COVERAGE),
    ):
        percent = 100 * covered / of if of else 100
        print(f"{kind}: {covered} of {of}, {percent:.1f} %, at least {least} % required")
        if percent < least:
            problems.append(f"coverage of {kind} is {percent:.1f} %, below {least} %")
    return problems


def check_coverage(at: Workplace) -> None:
    """Combine the data of the sessions, and check the coverage.

    :raises StepError: there is no data, or the coverage is too low.
    """
    work = work_folder(at.environment)
    (at.tree / DATA).mkdir(parents=True)
    found = [path for name in MEASURED for path in (work / name).rglob("*=coverage.*") if path.is_file()]
    if not found:
        raise StepError("there is no data: run the session pytest before coverage")
    for number, path in enumerate(found):
        shutil.copy(path, at.tree / DATA / f"{path.name}.{number}")
    at.run("ansible-test", "coverage", "combine", "--color", "no")
    report = at.root / "coverage.json"
    options = (f"--data-file={DATA / 'coverage'}", "--include=plugins/*")
    at.run("coverage", "report", *options, "--show-missing", "--skip-covered")
    at.run("coverage", "json", *options, "-o", report, "--quiet")
    # Documentation fragments contain no code to run.
    files = {str(path.relative_to(at.tree)) for path in at.tree.glob("plugins/**/*.py") if path.stat().st_size}
    loadable = {name for name in files if "doc_fragments" not in name}
    if problems := find_problems(json.loads(report.read_text(encoding="utf-8")), loadable):
        raise StepError("\n".join(problems))
