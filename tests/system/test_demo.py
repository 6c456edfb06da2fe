# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo prints the lines in README.md, and closes each incident once."""

from __future__ import annotations

import re
import sys

import pytest
from sandbox import COLLECTION

from simulator import Simulator

DEMO = COLLECTION / "tests/demo"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the demo needs Linux")


def plays(text):
    """Return the lines of each play, without the lines before the first one."""
    _before, *parts = re.split(r"^PLAY \[(.*)\][ *]*$", text, flags=re.MULTILINE)
    return {
        name: [line.strip() for line in output.splitlines() if line.strip()]
        for name, output in zip(parts[::2], parts[1::2])
    }


def test_the_demo_prints_the_lines_of_the_readme(sandbox):
    readme = (COLLECTION / "README.md").read_text(encoding="utf-8")
    shown = re.search("<!-- demo output -->\n```text\n(.*?)```", readme, re.DOTALL)[1]
    with Simulator() as sim:
        environment = {
            "TMPDIR": str(sandbox.folder),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "SIMULATOR_URL": sim.url,
        }
        sources = ["-i", DEMO / "eset_incidents.yml", "-i", DEMO / "d3_incidents.yml"]
        job = sandbox.run("ansible-playbook", *sources, DEMO / "demo.yml", **environment)
        assert job.returncode == 0, job.stdout + job.stderr
        incidents = [*sim.d3.incidents.values(), *sim.eset.incidents.values()]
        assert sorted(incident.closings for incident in incidents if incident.closings) == [1] * 6
    printed = plays(job.stdout)
    for play, lines in plays(shown).items():
        left = iter(printed[play])
        for line in lines:
            assert any(line == other for other in left), f"{play}: {line}"
