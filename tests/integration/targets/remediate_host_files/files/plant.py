# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create files in a folder, and processes that run as long as the folder exists: NAME, NAME-b, and NAME-r, which restarts."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

LIVE = """
import os, time
open("/proc/self/comm", "w").write({name!r})
while os.path.exists({folder!r}):
    time.sleep(0.1)
"""
RESPAWN = """
import os, subprocess, sys
while os.path.exists({folder!r}):
    subprocess.run([sys.executable, "-c", {program!r}])
"""


def start(program):
    """Start a Python program that keeps running after this one ends, and print its process ID."""
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=silent, stdout=silent, stderr=silent, start_new_session=True
    )
    print(process.pid)


def main(folder, name):
    """Create the files and start the processes."""
    odd = ("x" * 250, "ж" * 125, "挖" * 83, "[kworker]", "evil.sh ")
    for file in ("dropped", "twin/dropped", "target", "hard", "kept", "changing", "returning", "occupied", *odd):
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("bad")
        (folder / file).chmod(0o755)
    (folder / "link").symlink_to(folder / "target")
    os.link(folder / "hard", folder / "hard2")
    (folder / "folder").mkdir()
    digest = hashlib.sha256(b"bad").hexdigest()
    (folder / "other-quarantine" / f"{digest}_occupied").mkdir(parents=True)
    start(LIVE.format(name=name, folder=str(folder)))
    start(LIVE.format(name=name + "-b", folder=str(folder)))
    start(RESPAWN.format(folder=str(folder), program=LIVE.format(name=name + "-r", folder=str(folder))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
