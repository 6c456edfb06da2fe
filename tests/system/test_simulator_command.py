# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the simulator that ``./dev simulator`` runs."""

from __future__ import annotations

import contextlib
import shlex
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import DEFAULT_D3_INCIDENTS, DEFAULT_ESET_INCIDENTS

SIMULATOR = Path(__file__).resolve().parents[1] / "simulator"


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[list[str]]:
    """Start the simulator, and yield the lines that it prints before it waits for requests."""
    words = [sys.executable, str(SIMULATOR), "--guide", *arguments]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        yield lines
        process.terminate()


def test_the_guide_lists_incidents_credentials_and_the_reset() -> None:
    with running() as lines:
        listed = {tuple(line.split()[:2]): line for line in lines if line.startswith(("D3 ", "ESET "))}
        assert len(listed) == len(DEFAULT_D3_INCIDENTS) + len(DEFAULT_ESET_INCIDENTS)
        for product, incidents, title in (
            ("D3", DEFAULT_D3_INCIDENTS, "title"),
            ("ESET", DEFAULT_ESET_INCIDENTS, "display_name"),
        ):
            for incident in incidents:
                line = listed[product, incident["id"]]
                assert incident["status"] in line
                assert line.endswith(incident[title])
        exported = dict(shlex.split(line)[1].split("=", 1) for line in lines if line.startswith("export "))
        assert exported["D3_SITE"] == "Security Operations"
        assert exported["ESET_API_URL"] in lines[0]
        assert exported["D3_URL"] in lines[0]
        (reset,) = [line.split()[-1] for line in lines if line.endswith("/simulator/reset")]
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(reset, data=b"") as answer:
            assert answer.status == 200


@pytest.mark.parametrize("port", [None, "65536", "-1"], ids=["busy", "too high", "negative"])
def test_an_unusable_port_is_reported_in_one_line(port: str | None) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = port or str(busy.getsockname()[1])
        words = [sys.executable, str(SIMULATOR), "--port", port]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"The simulator cannot listen on port {port}: ")
    assert line.endswith(". Set --port.")
