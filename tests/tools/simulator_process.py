# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the simulator of both products as a process for a test."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from .workplace import StepError


@contextlib.contextmanager
def run_simulator(python: Path | str, tree: Path, folder: Path) -> Iterator[str]:
    """Run the simulator of a tree on a free port and yield its URL.

    :param folder: the folder of its log.
    :raises StepError: it does not start.
    """
    port_file, log = folder / "simulator.port", folder / "simulator.log"
    port_file.unlink(missing_ok=True)
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [python, "tests/simulator", "--port", "0", "--port-file", port_file],
            cwd=tree,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        port, patience = "", time.monotonic() + 30
        while not port and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.05)
            port = port_file.read_text(encoding="utf-8").strip() if port_file.exists() else ""
        if not port:
            raise StepError(f"the simulator did not start:\n{log.read_text(encoding='utf-8')}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
