# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how many small changes of the code the unit tests notice."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from .workplace import StepError, Workplace

MUTATED = ("plugins/module_utils/*", "plugins/filter/closable_incidents.py")
TESTS = ("tests/unit/plugins",)
# Tests of whole histories take long, and quicker tests run most of the same code.
SLOW = ("tests/unit/plugins/modules/test_histories.py", "tests/unit/plugins/modules/test_fault_table.py")


def write_settings(at: Workplace, files: Sequence[str]) -> None:
    """Write the settings of mutmut to the folder that contains ``ansible_collections``.

    mutmut has to run there, because it derives the names of modules from their paths.
    """
    tree = at.tree.relative_to(at.root)
    settings = {
        "source_paths": [tree.parts[0]],
        "only_mutate": [f"{tree}/{file}" for file in files],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", *(f"--ignore={tree}/{test}" for test in SLOW)],
        "pytest_add_cli_args_test_selection": [f"{tree}/{test}" for test in TESTS],
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    (at.root / "pyproject.toml").write_text(f"[tool.mutmut]\n{''.join(lines)}", encoding="utf-8")


def describe_score(stats: dict[str, int]) -> str:
    """Return how many of the mutants the tests noticed, including those that timed out.

    :param stats: the statistics of mutmut.
    :raises StepError: there is no mutant.
    """
    total, noticed = stats["total"] - stats["skipped"], stats["killed"] + stats["timeout"]
    if not total:
        raise StepError("there is no mutant: name files of the collection, such as plugins/module_utils/_pacer.py")
    return f"{noticed} of {total} mutants were noticed, {100 * noticed / total:.1f} %"


def mutate(at: Workplace, *files: str) -> None:
    """Change the code in many small ways, run the tests with each change, and show the changes that none noticed.

    :param files: the files to change, by default ``MUTATED``.
    """
    write_settings(at, files or MUTATED)
    mutants = at.root / "mutants"
    mutants.mkdir()  # Python ignores a folder of PYTHONPATH that does not exist at its start

    def mutmut(*words: str) -> str:
        return at.run("python", "-m", "mutmut", *words, cwd=at.root, PYTHONPATH=str(mutants))

    mutmut("run")
    for name in re.findall(r"^ +(\S+): (?:survived|no tests)$", mutmut("results"), re.MULTILINE):
        mutmut("show", name)
    mutmut("export-cicd-stats")
    print(describe_score(json.loads((mutants / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))))
