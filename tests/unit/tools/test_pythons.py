# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tools.pythons import runnable_path


@pytest.fixture
def folder(tmp_path):
    """Return a function that makes a folder with a python3.N that exits with a status."""

    def make(name, status, version="3.10"):
        path = tmp_path / name
        path.mkdir(parents=True)
        python = path / f"python{version}"
        python.write_text(f"#!/bin/sh\nexit {status}\n", encoding="utf-8")
        python.chmod(0o755)
        return str(path)

    return make


def test_keep_a_path_on_which_every_python_runs(folder, tmp_path):
    path = f"{folder('good', 0)}:{tmp_path}"
    assert runnable_path(path, tmp_path / "pyenv") == path


def test_replace_shims_that_fail_with_the_next_interpreters(folder, tmp_path):
    good, shims = folder("good", 0), folder("shims", 127)
    behind = folder("pyenv/versions/3.10.1/bin", 0)
    assert runnable_path(f"{shims}:{good}", tmp_path / "pyenv") == f"{behind}:{good}"
