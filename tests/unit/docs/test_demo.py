# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo tells what README.md shows of it, and closes each incident once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import Simulator

COLLECTION = Path(__file__).absolute().parents[3]
DEMO = COLLECTION / "tests/demo"

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the demo needs Linux"),
    pytest.mark.skipif(
        "ansible_pytest" in os.environ.get("PYTEST_PLUGINS", ""),
        reason="one run is enough: it takes half a minute, and runs with pytest alone",
    ),
]


def plays(text):
    """Return the lines of each play, without what is around them."""
    _before, *parts = re.split(r"^PLAY \[(.*)\][ *]*$", text, flags=re.MULTILINE)
    return {
        name: [line.strip() for line in told.splitlines() if line.strip()]
        for name, told in zip(parts[::2], parts[1::2])
    }


def test_the_demo(tmp_path):
    readme = (COLLECTION / "README.md").read_text(encoding="utf-8")
    shown = re.search("<!-- demo output -->\n```text\n(.*?)```", readme, re.DOTALL)[1]
    installed = tmp_path / "ansible_collections" / "secops"
    installed.mkdir(parents=True)
    (installed / "incident_closure").symlink_to(COLLECTION)
    (tmp_path / "ansible.cfg").touch()
    with Simulator() as sim:
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(tmp_path),
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "SIMULATOR_URL": sim.url,
        }
        job = subprocess.run(
            ["ansible-playbook", "-i", DEMO / "eset_incidents.yml", "-i", DEMO / "d3_incidents.yml", DEMO / "demo.yml"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert job.returncode == 0, job.stdout + job.stderr
        incidents = [*sim.d3.incidents.values(), *sim.eset.incidents.values()]
        assert sorted(incident.closings for incident in incidents if incident.closings) == [1] * 6
    told = plays(job.stdout)
    for play, lines in plays(shown).items():
        left = iter(told[play])
        for line in lines:
            assert any(line == other for other in left), f"{play}: {line}"
