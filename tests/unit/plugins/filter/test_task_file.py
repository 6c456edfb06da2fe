# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._task_file import FilterModule, task_file


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_task_file": task_file}


@pytest.mark.parametrize("given", [None, "", " "])
def test_an_empty_value_counts_as_unset(given):
    assert task_file(given) == {"path": "", "problem": ""}


@pytest.mark.parametrize(
    "content",
    [
        "- name: x\n",
        "---\n# tasks\n  - debug:\n",
        "[{debug: {}}]\n",
        "- debug: {msg: !unsafe '{{'}\n",
        "$ANSIBLE_VAULT;1.1;AES256\n6162",
    ],
)
def test_accept_a_file_with_tasks(tmp_path, monkeypatch, content):
    file = tmp_path / "own.yml"
    file.write_text(content)
    monkeypatch.chdir(tmp_path)
    assert task_file("own.yml") == task_file(str(file)) == {"path": str(file), "problem": ""}


@pytest.mark.parametrize("content", ["", "---\n", "[]\n", "# - name: x\n", "name: x\n"])
def test_reject_a_file_without_tasks(tmp_path, content):
    file = tmp_path / "own.yml"
    file.write_text(content)
    assert task_file(str(file))["problem"].startswith("remediation_tasks names a file without tasks")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- hosts: all\n  tasks: []\n", "names a playbook: give a file that contains only tasks"),
        ("- debug:\n    msg: {{ x }}\n", "names a file that is not valid YAML: correct it"),
        ("- debug: x: y\n", "names a file that is not valid YAML: correct it"),
    ],
)
def test_reject_a_file_of_another_kind(tmp_path, content, problem):
    file = tmp_path / "own.yml"
    file.write_text(content)
    assert task_file(str(file))["problem"] == f"remediation_tasks {problem}"


@pytest.mark.parametrize("given", ["nowhere.yml", "/", 5, ["own.yml"], {"a": 1}, True])
def test_reject_a_value_that_is_not_a_file(given):
    assert task_file(given)["problem"].startswith("remediation_tasks must be the path of a task file")


def test_reject_a_file_that_is_not_utf_8(tmp_path):
    (tmp_path / "own.yml").write_bytes(b"\xff\xfe- x")
    assert task_file(str(tmp_path / "own.yml"))["problem"] == "remediation_tasks names a file that cannot be read"
