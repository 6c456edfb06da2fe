# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import mutants
from tools.workplace import StepError, Workplace

NAME = "ansible_collections.secops.incident_closure.plugins.module_utils._pacer.x_wait"
STATS = {"killed": 60, "timeout": 3, "survived": 7, "no_tests": 1, "skipped": 9, "total": 80}


@pytest.fixture
def at(environment, checkout):
    return Workplace(environment, "mutation", checkout(file="1"))


def test_the_paths_of_the_settings_begin_with_the_folder_of_collections(at):
    tomllib = pytest.importorskip("tomllib", reason="Python has it from 3.11 on")
    mutants.write_settings(at, ["plugins/module_utils/_pacer.py"])
    settings = tomllib.loads((at.root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    assert settings["source_paths"] == ["ansible_collections"]
    assert settings["only_mutate"] == ["ansible_collections/secops/incident_closure/plugins/module_utils/_pacer.py"]


def test_a_mutant_that_times_out_counts_as_noticed():
    assert mutants.describe_score(STATS) == "63 of 71 mutants were noticed, 88.7 %"


def test_files_without_a_mutant_are_an_error():
    with pytest.raises(StepError, match="there is no mutant"):
        mutants.describe_score({**STATS, "total": 9})


def test_the_score_names_the_changes_that_do_the_same():
    assert mutants.describe_score(STATS, 2).endswith("88.7 %; equivalent: 2")


@pytest.mark.parametrize(
    ["files", "folders"],
    [
        (["plugins/module_utils/_pacer.py", "plugins/module_utils/_retry.py"], ["tests/unit/plugins/module_utils"]),
        (
            mutants.MUTATED,
            ["tests/unit/plugins/filter", "tests/unit/plugins/module_utils", "tests/unit/plugins/plugin_utils"],
        ),
    ],
)
def test_the_tests_are_in_the_folders_of_the_same_names(files, folders):
    assert mutants.find_tests(files) == folders


def diff(line):
    return f"# {NAME}__mutmut_1: survived\n--- a.py\n+++ a.py\n@@ -1 +1 @@\n def wait():\n-    old\n+    {line}\n"


@pytest.mark.parametrize(
    ["file", "line", "reason"],
    [
        ("_pacer", "a = None", "why"),
        ("_pacer", "a = None  # none", "why"),
        ("_pacer", "a = 1", None),
        ("_retry", "a = None", None),
    ],
)
def test_a_change_that_does_the_same_is_recognized_by_its_file_and_line(monkeypatch, file, line, reason):
    monkeypatch.setattr(mutants, "EQUIVALENT", {"why": {"_pacer.py": ("a = None",)}})
    assert mutants.find_reason(NAME.replace("_pacer", file), diff(line)) == reason


def test_every_change_that_does_the_same_is_in_a_file_of_the_collection():
    plugins = Path(mutants.__file__).parents[2] / "plugins"
    there = {
        path.name for folder in ("filter", "module_utils", "plugin_utils") for path in (plugins / folder).iterdir()
    }
    assert {file for files in mutants.EQUIVALENT.values() for file in files} <= there


@pytest.mark.parametrize("least", [90, 91])
def test_each_mutant_that_survived_is_shown_unless_it_does_the_same(at, monkeypatch, capsys, least):
    monkeypatch.setattr(mutants, "LEAST", least)
    monkeypatch.setattr(mutants, "EQUIVALENT", {"why": {"_pacer.py": ("a = None",)}})
    diffs = {f"{NAME}__mutmut_{number}": diff(line) for number, line in ((1, "a = 1"), (3, "a = 2"), (4, "a = None"))}

    def run(*words, cwd, PYTHONPATH, **dummy):  # noqa: N803 (the variable of the environment)
        assert (cwd, PYTHONPATH) == (at.root, str(at.root / "mutants"))
        if words[3] == "results":
            lines = [f"    {name}: survived\n" for name in diffs]
            return "".join([*lines, f"    {NAME}__mutmut_2: timeout\n"]).replace("3: survived", "3: no tests")
        if words[3] == "export-cicd-stats":
            (at.root / "mutants" / "mutmut-cicd-stats.json").write_text(json.dumps(STATS), encoding="utf-8")
        return diffs[words[4]] if words[3] == "show" else ""

    monkeypatch.setattr(at, "run", run)
    first, second, dummy = diffs.values()
    score = "63 of 71 mutants were noticed, 88.7 %; equivalent: 1"
    if least == 91:
        with pytest.raises(StepError, match=f"^{score}; at least 91 % required$"):
            mutants.mutate(at, "plugins/module_utils/_pacer.py")
    else:
        mutants.mutate(at, "plugins/module_utils/_pacer.py")
    assert capsys.readouterr().out == f"{first}\n{second}\n" + (f"{score}\n" if least == 90 else "")
