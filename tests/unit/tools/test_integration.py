# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from tools import integration
from tools.workplace import StepError, Workplace


@pytest.fixture
def tree(tmp_path):
    """Return a function that makes a tree with targets: name=(aliases, number of cases)."""
    (tmp_path / "roles" / "a_role").mkdir(parents=True)

    def make(**targets):
        for name, (aliases, cases) in targets.items():
            folder = tmp_path / "tests/integration/targets" / name
            (folder / "tasks").mkdir(parents=True)
            (folder / "tasks/main.yml").write_text("playbook_case:\n" * cases, encoding="utf-8")
            if aliases:
                (folder / "aliases").write_text(f"# a comment\n\n{aliases}\n", encoding="utf-8")
        return tmp_path

    return make


def test_targets_with_many_cases_run_first(tree):
    targets = integration.list_targets(tree(few=("", 1), many=("", 3), some=("", 2)))
    assert targets == ["many", "some", "few"]


def test_hidden_and_destructive_targets_are_left_out(tree):
    targets = {"setup_x": ("hidden", 1), "harm": ("needs/root\ndestructive", 1), "usual": ("context/controller", 1)}
    assert integration.list_targets(tree(**targets)) == ["usual"]


def test_a_target_with_the_name_of_a_role_is_an_error(tree):
    with pytest.raises(StepError, match="a_role: rename the target"):
        integration.list_targets(tree(a_role=("", 1)))


@pytest.fixture
def at(environment, checkout):
    return Workplace(environment, "integration", checkout(file="1"))


def test_targets_run_side_by_side_each_in_a_copy_of_its_own(at, monkeypatch):
    both, used = threading.Barrier(2), set()

    def run(place, target, options):
        both.wait(timeout=10)  # raises an error unless the other target runs at the same time
        used.add(place.tree)
        assert (place.tree / "file").exists()
        assert options == ["--coverage"]
        return target

    monkeypatch.setattr(integration, "_run_target", run)
    integration.run_integration(at, "--coverage", "one", "two", copies=2)
    assert len(used) == 2


def test_a_target_that_fails_does_not_stop_the_others(at, monkeypatch, capsys):
    def run(dummy_place, target, dummy_options):
        if target == "two":
            raise StepError("two said no")
        return f"{target} said yes"

    monkeypatch.setattr(integration, "_run_target", run)
    with pytest.raises(StepError, match="^failed: two$"):
        integration.run_integration(at, "one", "two", "three", copies=1)
    output = capsys.readouterr().out
    assert "one said yes" in output
    assert "two said no" in output
    assert "three said yes" in output
