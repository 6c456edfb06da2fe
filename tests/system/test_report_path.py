# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report paths of the guides: each run writes one report, and none overwrites the report of another run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import Simulator

COLLECTION = Path(__file__).absolute().parents[2]


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
def test_the_report_path_of_a_guide_is_one_file(page: str, name: str, tmp_path: Path) -> None:
    installed = tmp_path / "collections" / "ansible_collections" / "secops"
    installed.mkdir(parents=True)
    (installed / "incident_closure").symlink_to(COLLECTION)
    reports = tmp_path / "reports"
    reports.mkdir()
    path = f"{reports}/{report_path(page).rpartition('/')[2]}"
    (tmp_path / "report.yml").write_text(f'close_incidents_report: "{path}"\nawx_job_id: 4711\n', encoding="utf-8")
    (tmp_path / "ansible.cfg").touch()
    with Simulator() as simulator:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"),
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            **simulator.environment,
        }
        words = [sys.executable, "-m", "ansible", "playbook", "secops.incident_closure.close_incidents"]
        words += ["-e", "incident_numbers=20260112-101", "-e", f"@{tmp_path / 'report.yml'}"]
        job = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert job.returncode == 0, job.stdout + job.stderr
    (written,) = reports.iterdir()
    assert re.fullmatch(name, written.name)
    assert "20260112-101" in written.read_text(encoding="utf-8")
