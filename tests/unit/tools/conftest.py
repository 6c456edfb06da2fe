# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for a small checkout, and for an environment with this Python."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.fixture
def checkout(tmp_path):
    """Return a function that makes a git repository with files."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", folder], check=True)

    def make(**files):
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def environment(tmp_path):
    """Return a folder that looks like a virtual environment."""
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "lib" / "python3.99" / "site-packages").mkdir(parents=True)
    return folder
