# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the sanity tests of ansible-test."""

from __future__ import annotations

import re

from .get_pip import provide_pip
from .workplace import StepError, Workplace


def find_skipped(output: str) -> list[str]:
    """Return the tests that ansible-test skipped, except for a Python that is not on this host.

    Without one of its tools, it warns and exits with 0.
    """
    skipped = re.findall("^WARNING: ((?:Skipping|Required program) .*)", output, re.MULTILINE)
    return [line for line in skipped if not re.search(r"on Python [\d.]+ because it could not be found", line)]


def run_sanity(at: Workplace, *arguments: str) -> None:
    """Run the sanity tests, and those of the modules on every Python of this host.

    :raises StepError: a test failed, or ansible-test skipped one.
    """
    provide_pip(at)
    if skipped := find_skipped(at.ansible_test("sanity", *arguments)):
        raise StepError("\n".join(skipped))
