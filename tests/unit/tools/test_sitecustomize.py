# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that keeps the compiled code of archives."""

from __future__ import annotations

import marshal
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

FILE = Path(__file__).absolute().parents[2] / "python" / "sitecustomize.py"


@pytest.fixture
def value(tmp_path):
    """Return a function that imports a file from a new archive, and returns its VALUE."""
    shutil.copy(FILE, tmp_path)

    def read(source, number):
        archive = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("archived.py", source)
        words = [sys.executable, "-c", "import archived; print(archived.VALUE)"]
        environment = {"PYTHONPATH": f"{tmp_path}:{archive}"}
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    return read


def test_a_file_in_an_archive_is_compiled_once(value, tmp_path):
    assert value("VALUE = 7", 1) == "7"
    (kept,) = [path for path in tmp_path.glob("__pycache__/*.pyc") if not path.name.startswith("sitecustomize")]
    kept.write_bytes(marshal.dumps(compile("VALUE = 8", "archived.py", "exec")))
    assert value("VALUE = 7", 2) == "8"


def test_another_content_is_compiled_again(value):
    assert [value(f"VALUE = {number}", number) for number in range(2)] == ["0", "1"]
