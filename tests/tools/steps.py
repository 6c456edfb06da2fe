# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run sessions of noxfile.py as steps, on all cores, and print a table: ``python -m tools.steps ENVDIR STEP ...``.

Every step works on the same state of the checkout, so you can edit it while they run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from .workplace import StepError, copy_checkout

# Steps that run after all others, one after the other: the integration targets use all cores, and coverage needs the data of pytest.
LAST = ("integration", "coverage")
SUMMARY = re.compile(r"^=+ .* in [\d.]+s.* =+$", re.MULTILINE)


def in_groups(names: Sequence[str]) -> list[list[str]]:
    """Return groups of steps; those of one group may run at the same time, the groups run one after the other."""
    groups = [[name for name in names if name not in LAST], *([name] for name in LAST if name in names)]
    return [group for group in groups if group]


def run_steps(names: Sequence[str], run: Callable[[str], tuple[bool, str]], cores: int) -> list[str]:
    """Run steps, print the whole output of each one and a table, and return the steps that failed.

    :param run: runs one step and returns whether it succeeded, and its output.
    """
    rows: dict[str, str] = {}
    failed = []

    def run_one(name: str) -> tuple[str, bool, str, float]:
        print(f"--- {name} started\n", end="", flush=True)  # in one piece, because other steps print as well
        started = time.monotonic()
        succeeded, output = run(name)
        return name, succeeded, output, time.monotonic() - started

    with ThreadPoolExecutor(cores) as pool:
        for group in in_groups(names):
            for job in as_completed([pool.submit(run_one, name) for name in group]):
                name, succeeded, output, seconds = job.result()
                rows[name] = f"{name:<24}{'ok' if succeeded else 'FAILED':<8}{seconds:6.1f} s"
                failed += [] if succeeded else [name]
                print(f"\n{output}--- {rows[name]}\n", flush=True)
    print("\n".join(rows[name] for name in names), flush=True)
    return failed


def last_summary(output: str) -> str:
    """Return the last line that pytest prints, or an empty string."""
    return "".join(SUMMARY.findall(output)[-1:])


def main(envdir: str, names: Sequence[str]) -> int:
    """Run steps, and leave pytest's last line in a file.

    :param envdir: the folder of the environments of nox.
    :returns: the exit code.
    """
    snapshot, summary = Path(envdir, "test", "snapshot").absolute(), Path(envdir, "test", "summary")
    try:
        copy_checkout(Path(), snapshot)
    except StepError as error:
        print(error, flush=True)
        return 1
    nox = [sys.executable, "-m", "nox", "--noxfile", snapshot / "noxfile.py", "--envdir", Path(envdir).absolute()]

    def run(name: str) -> tuple[bool, str]:
        job = subprocess.run(
            [*nox, "--sessions", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if name == "pytest":
            summary.write_text(last_summary(job.stdout), encoding="utf-8")
        return job.returncode == 0, job.stdout

    failed = run_steps(names, run, os.cpu_count() or 1)
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
