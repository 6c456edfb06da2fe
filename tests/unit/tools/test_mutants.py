# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

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


def test_each_mutant_that_survived_is_shown(at, monkeypatch, capsys):
    shown = []

    def run(*words, cwd, PYTHONPATH, **dummy):  # noqa: N803 (the variable of the environment)
        assert (cwd, PYTHONPATH) == (at.root, str(at.root / "mutants"))
        if words[3] == "results":
            return f"    {NAME}__mutmut_1: survived\n    {NAME}__mutmut_2: timeout\n    {NAME}__mutmut_3: no tests\n"
        if words[3] == "show":
            shown.append(words[4])
        if words[3] == "export-cicd-stats":
            (at.root / "mutants" / "mutmut-cicd-stats.json").write_text(json.dumps(STATS), encoding="utf-8")
        return ""

    monkeypatch.setattr(at, "run", run)
    mutants.mutate(at, "plugins/module_utils/_pacer.py")
    assert shown == [f"{NAME}__mutmut_1", f"{NAME}__mutmut_3"]
    assert capsys.readouterr().out == "63 of 71 mutants were noticed, 88.7 %\n"
