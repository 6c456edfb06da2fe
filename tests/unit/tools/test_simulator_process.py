# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tools.simulator_process import run_simulator
from tools.workplace import StepError

COLLECTION = Path(__file__).absolute().parents[3]


def test_the_simulator_responds_only_while_it_runs(tmp_path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with run_simulator(sys.executable, COLLECTION, tmp_path) as url:
        assert opener.open(f"{url}/simulator/state", timeout=10).status == 200
    with pytest.raises(urllib.error.URLError):
        opener.open(f"{url}/simulator/state", timeout=10)


def test_a_simulator_that_does_not_start_shows_its_log(tmp_path):
    with (
        pytest.raises(StepError, match="(?s)did not start:\n.*No such file"),
        run_simulator(sys.executable, tmp_path, tmp_path),
    ):
        pass
