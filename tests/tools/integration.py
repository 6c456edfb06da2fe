# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the integration targets, one on each core, each with a simulator of its own."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .simulator_process import run_simulator
from .workplace import StepError, Workplace

# Targets with one of these aliases run only if an argument names them.
NOT_BY_DEFAULT = {"destructive", "disabled", "hidden", "unsupported"}


def list_targets(tree: Path) -> list[str]:
    """Return the targets that run by default, those with the most cases first, so that the last ones to run are short.

    :raises StepError: a target has the name of a role; ansible-test would run the role in place of the target.
    """
    folders = sorted((tree / "tests/integration/targets").iterdir())
    if hidden := {role.name for role in (tree / "roles").iterdir()} & {folder.name for folder in folders}:
        raise StepError(
            f"ansible-test would run the role in place of the target {', '.join(hidden)}: rename the target"
        )
    return [
        folder.name
        for folder in sorted(folders, key=_count_cases, reverse=True)
        if not NOT_BY_DEFAULT.intersection(_aliases(folder))
    ]


def run_integration(at: Workplace, *arguments: str, copies: int = os.cpu_count() or 1) -> None:
    """Run integration targets, each in one of several copies of a workplace.

    :param arguments: names of targets, by default those of ``list_targets``, and options of ansible-test.
    :param copies: the number of targets that run at the same time.
    :raises StepError: a target failed.
    """
    options = [argument for argument in arguments if argument.startswith("-")]
    targets = [argument for argument in arguments if argument not in options] or list_targets(at.tree)
    free: queue.Queue[Workplace] = queue.Queue()
    for number in range(copies):
        free.put(Workplace(at.environment, f"{at.root.name}/copy{number}", at.tree))
    printing = threading.Lock()

    def run(target: str) -> bool:
        place = free.get()
        started = time.monotonic()
        try:
            text, verdict = _run_target(place, target, options), "ok"
        except StepError as error:
            text, verdict = str(error), "FAILED"
        finally:
            free.put(place)
        with printing:
            print(f"{text}\n{target:<36}{verdict:<8}{time.monotonic() - started:6.1f} s\n", flush=True)
        return verdict == "ok"

    with ThreadPoolExecutor(copies) as pool:
        passed = list(pool.map(run, targets))
    if failed := [target for target, ok in zip(targets, passed) if not ok]:
        raise StepError(f"failed: {', '.join(failed)}")


def _run_target(place: Workplace, target: str, options: Sequence[str]) -> str:
    with run_simulator(place.python, place.tree, place.root) as url:
        config = place.tree / "tests/integration/integration_config.yml"
        config.write_text(json.dumps({"simulator_url": url}), encoding="utf-8")
        words = ("integration", "--python", place.python_version, *options, target)
        return place.ansible_test(*words, quiet=True)


def _aliases(target: Path) -> list[str]:
    aliases = target / "aliases"
    return aliases.read_text(encoding="utf-8").split() if aliases.exists() else []


def _count_cases(target: Path) -> int:
    return sum(path.read_text(encoding="utf-8").count("playbook_case:") for path in target.glob("tasks/*.yml"))
