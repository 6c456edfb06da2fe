# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

from tools import steps

LINE = "===== 12 passed, 1 skipped in 3.45s ====="


def test_the_integration_targets_run_alone_and_coverage_last():
    groups = steps.in_groups(["coverage", "ruff", "pytest", "integration"])
    assert groups == [["ruff", "pytest"], ["integration"], ["coverage"]]


def test_a_group_without_steps_is_left_out():
    assert steps.in_groups(["coverage", "pytest"]) == [["pytest"], ["coverage"]]


def test_each_step_runs_once_and_the_table_has_the_order_of_the_names(capsys):
    done = []

    def run(name):
        done.append(name)
        return name != "ruff", f"this is {name}\n"

    failed = steps.run_steps(["license", "ruff", "pytest", "coverage"], run, 1)
    assert failed == ["ruff"]
    assert done == ["license", "ruff", "pytest", "coverage"]
    output = capsys.readouterr().out
    assert all(f"this is {name}\n" in output for name in done)
    table = [line.split()[:2] for line in output.splitlines()[-4:]]
    assert table == [["license", "ok"], ["ruff", "FAILED"], ["pytest", "ok"], ["coverage", "ok"]]


def test_two_steps_run_at_the_same_time():
    both = threading.Barrier(2)

    def run(dummy):
        both.wait(timeout=10)  # raises an error unless the other step runs at the same time
        return True, ""

    assert steps.run_steps(["ruff", "mypy"], run, 2) == []


def test_the_last_summary_of_pytest_is_found():
    assert steps.last_summary(f"nox > Running\n===== 1 passed in 1.00s =====\nfigures\n{LINE}\nnox > done\n") == LINE


def test_an_output_without_a_summary_returns_an_empty_string():
    assert steps.last_summary("ERROR: usage: pytest\n") == ""
