# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder in which Ansible runs with this collection, and without the settings of the host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COLLECTION = Path(__file__).absolute().parents[2]


class Sandbox:
    """A folder in which programs of Ansible run.

    :param folder: the folder, which is also the home directory.
    :ivar environment: the environment of each program.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        collections = folder / "collections" / "ansible_collections"
        (collections / "secops").mkdir(parents=True)
        (collections / "secops" / "incident_closure").symlink_to(COLLECTION)
        self.collections = collections
        self.write("ansible.cfg", "")
        self.environment = {
            # The programs of the test's own Python take precedence.
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHONPATH": str(COLLECTION / "tests" / "python"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections.parent),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        }

    def write(self, name: str, text: str) -> Path:
        """Write a file, and return its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *words: str | Path, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the folder, and return its result."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
