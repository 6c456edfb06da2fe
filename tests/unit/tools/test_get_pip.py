# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tools import get_pip
from tools.workplace import Workplace


@pytest.fixture
def at(environment, checkout, tmp_path, monkeypatch):
    """Return a workplace whose ansible-test installs pip 24.2, in an empty home directory."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    package = environment / "lib/python3.99/site-packages/ansible_test"
    for name, text in {
        "_internal/python_requirements.py": "versions = dict(pip='24.2')",
        "_util/target/setup/requirements.py": "url = 'https://example.com/get-pip-%s.py' % version",
    }.items():
        (package / name).parent.mkdir(parents=True)
        (package / name).write_text(text, encoding="utf-8")
    return Workplace(environment, "sanity", checkout(file="1"))


@pytest.fixture
def script(tmp_path):
    return tmp_path / "home/.ansible/test/cache/get_pip_24_2.py"


def test_the_version_and_the_address_are_those_of_ansible_test(at):
    assert get_pip.find_script(at.packages) == ("24.2", "https://example.com/get-pip-24.2.py")


def test_an_unknown_ansible_test_is_not_changed(at):
    (at.packages / "ansible_test/_internal/python_requirements.py").write_text("", encoding="utf-8")
    assert get_pip.find_script(at.packages) is None
    get_pip.provide_pip(at)


def test_no_script_is_written_if_the_download_works(at, script, monkeypatch):
    monkeypatch.setattr(urllib.request, "urlopen", lambda url, timeout: io.BytesIO())
    get_pip.provide_pip(at)
    assert not script.exists()


def test_the_stand_in_runs_pip_from_its_wheel(at, script, monkeypatch):
    def refuse(url, timeout):
        raise OSError("no network")

    def download(*words, **dummy):
        """Write a wheel whose pip shows its arguments."""
        folder = Path(words[words.index("--dest") + 1])
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "pip-24.2-py3-none-any.whl", "w") as wheel:
            wheel.writestr("pip/__init__.py", "")
            wheel.writestr("pip/_internal/__init__.py", "")
            wheel.writestr("pip/_internal/cli/__init__.py", "")
            wheel.writestr("pip/_internal/cli/main.py", "def main(words):\n    print(words)\n    return 7\n")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setattr(at, "run", download)
    get_pip.provide_pip(at)
    words = [sys.executable, script, "pip==24.2", "--no-setuptools", "--no-wheel"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (7, "['install', 'pip==24.2']\n")


def test_an_existing_script_is_kept(at, script):
    script.parent.mkdir(parents=True)
    script.write_text("mine", encoding="utf-8")
    get_pip.provide_pip(at)
    assert script.read_text(encoding="utf-8") == "mine"
