# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tools import workplace
from tools.workplace import StepError, Workplace


@pytest.fixture
def at(environment, checkout, monkeypatch):
    monkeypatch.setenv("MINE", "as it was")
    return Workplace(environment, "name", checkout(committed="1"))


def test_files_that_git_ignores_are_left_out(checkout):
    folder = checkout(committed="1", untracked="2", ignored="3")
    (folder / ".gitignore").write_text("/ignored\n", encoding="utf-8")
    subprocess.run(["git", "add", "committed"], cwd=folder, check=True)
    assert sorted(workplace.list_files(folder)) == [".gitignore", "committed", "untracked"]


def test_deleted_files_are_left_out(checkout):
    folder = checkout(committed="1", deleted="2")
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    (folder / "deleted").unlink()
    assert workplace.list_files(folder) == ["committed"]


def test_a_folder_that_is_not_a_clone_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(
        StepError, match=f"^{tmp_path} must be a clone, because git lists its files: fatal: not a git repository"
    ):
        workplace.list_files(tmp_path)


def test_a_copy_replaces_an_earlier_one_and_can_be_copied_again(checkout, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    (first / "left over").touch()
    workplace.copy_checkout(checkout(file="1"), first)
    workplace.copy_checkout(first, second)
    assert workplace.list_files(second) == ["file"]


def test_the_tree_has_a_path_that_ansible_test_accepts(at):
    assert at.tree == at.root / "ansible_collections/secops/incident_closure"
    assert (at.tree / "committed").read_text(encoding="utf-8") == "1"


def test_no_path_has_two_folders_of_collections(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    clone = tmp_path / "ansible_collections/secops/incident_closure/.nox/test"
    other = tmp_path / "ansible_collections/secops/incident_closure/.nox/3.10"
    assert "ansible_collections" not in workplace.work_folder(clone).parts
    assert workplace.work_folder(clone) != workplace.work_folder(other)
    assert workplace.work_folder(tmp_path / "clone/.nox/test") == (tmp_path / "clone/.nox/test/work").resolve()


def test_settings_of_the_shell_are_removed(monkeypatch):
    monkeypatch.setattr(os, "environ", {"D3_API_KEY": "1", "ANSIBLE_CONFIG": "2", "PYTHONPATH": "3", "PATH": "4"})
    workplace.clear_settings()
    assert os.environ == {"PATH": "4"}


def test_the_version_of_python_is_that_of_the_environment(at):
    assert at.python_version == "3.99"


def test_a_program_runs_in_the_copy_with_its_environment(at, capsys):
    output = at.run("sh", "-c", "pwd; echo $MINE $YOURS $ANSIBLE_CONFIG; command -v python", YOURS="new")
    folder, settings, python = output.splitlines()
    assert Path(folder) == at.tree
    assert settings == f"as it was new {at.root / 'ansible.cfg'}"
    assert python == str(at.python)
    assert capsys.readouterr().out.endswith(output)


def test_a_program_that_fails_is_an_error(at, capsys):
    with pytest.raises(StepError, match="^sh -c 'echo no; exit 3' exited with status 3$"):
        at.run("sh", "-c", "echo no; exit 3")
    assert capsys.readouterr().out.endswith("\nno\n")


def test_a_quiet_program_that_fails_shows_its_output(at, capsys):
    with pytest.raises(StepError, match="(?s)status 3:\nno\n"):
        at.run("sh", "-c", "echo no; exit 3", quiet=True)
    assert capsys.readouterr().out == ""


@pytest.fixture
def ansible_test(environment):
    """Return a function that puts a stand-in for ansible-test in the environment."""

    def make(script):
        program = environment / "bin" / "ansible-test"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    return make


def test_ansible_test_that_finds_nothing_is_an_error(at, ansible_test):
    ansible_test("echo WARNING: All targets skipped.")
    with pytest.raises(StepError, match="nothing to test"):
        at.ansible_test("units")


def test_ansible_test_does_not_run_tests_in_a_path_with_a_space(at, ansible_test):
    ansible_test("true")
    at.python = at.python.parents[1] / "a folder" / "python"
    at.ansible_test("sanity")
    with pytest.raises(StepError, match="a path with a space"):
        at.ansible_test("units")


def test_ansible_test_receives_its_arguments(at, ansible_test):
    ansible_test('echo "$@"')
    assert at.ansible_test("units", "--coverage") == "units --coverage --color no\n"
