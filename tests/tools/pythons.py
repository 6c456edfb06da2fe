# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set a PATH on which each Python runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def runnable_path(path: str, pyenv: Path) -> str:
    """Return a PATH without the folders that contain a ``python3.N`` that cannot run.

    Version managers put a shim for every Python on the PATH, and the shims of inactive versions fail. ansible-test
    mistakes such a shim for an interpreter and gives up. The interpreters of pyenv replace its shims, so that
    ansible-test checks the modules on all of them.
    """
    folders = [folder for folder in path.split(os.pathsep) if folder]
    good = [folder for folder in folders if all(map(_runs, Path(folder).glob("python3.*[0-9]")))]
    if good != folders:
        good = [str(folder) for folder in sorted(pyenv.glob("versions/3.*/bin"))] + good
    return os.pathsep.join(good)


def use_runnable_pythons() -> None:
    """Set the PATH of this process, on which nox looks for interpreters as well."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    os.environ["PATH"] = runnable_path(os.environ["PATH"], pyenv)


def _runs(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
