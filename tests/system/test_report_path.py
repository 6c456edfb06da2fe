# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report paths of the guides: each run writes one report, and none overwrites the report of another run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sandbox import COLLECTION, Sandbox

from simulator import Simulator


def report_path(page: str) -> str:
    """Return the value of close_incidents_report that a guide shows."""
    text = (COLLECTION / "docs/docsite/rst" / page).read_text(encoding="utf-8")
    (path,) = re.findall(r'^   close_incidents_report: "(/\S.*)"$', text, re.MULTILINE)
    return path


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("getting_started.rst", r"incidents-20\d\d-\d\d-\d\dT\d{6}Z\.html"),
        ("awx.rst", r"incidents-4711\.html"),
    ],
)
def test_the_report_path_of_a_guide_is_one_file(page: str, name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    path = f"{reports}/{report_path(page).rpartition('/')[2]}"
    sandbox.write("report.yml", f'close_incidents_report: "{path}"\nawx_job_id: 4711\n')
    with Simulator() as simulator:
        words = ["ansible-playbook", "secops.incident_closure.close_incidents"]
        words += ["-e", "incident_numbers=20260112-101", "-e", "@report.yml"]
        job = sandbox.run(*words, **simulator.environment)
        assert job.returncode == 0, job.stdout + job.stderr
    (written,) = reports.iterdir()
    assert re.fullmatch(name, written.name)
    assert "20260112-101" in written.read_text(encoding="utf-8")
