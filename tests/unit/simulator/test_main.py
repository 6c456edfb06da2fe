# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process."""

from __future__ import annotations

import json
import pathlib
import signal
import subprocess
import sys
import time

import requests

import simulator as package


def test_the_simulator_runs_as_a_process(tmp_path):
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps({"eset": {"incidents": ["p1"]}}), encoding="utf-8")
    port_file = tmp_path / "port"
    folder = pathlib.Path(package.__file__).parent
    options = ["--port-file", str(port_file), "--scenario", str(scenario), "--no-rate-limit"]
    command = [sys.executable, str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            until = time.monotonic() + 20
            while not port_file.exists() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            url = f"http://127.0.0.1:{int(port_file.read_text(encoding='utf-8'))}"
            state = requests.get(f"{url}/simulator/state", timeout=10).json()
            assert list(state["eset"]["incidents"]) == ["p1"]
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert output.splitlines() == [f"The simulator listens: D3 at {url}/MainApp/VSOC, ESET at {url}/eset"]
    assert errors == ""
