# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._gathered_evidence import (
    FilterModule,
    gathered_evidence,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import artifact_key

DONE = {"action": "kill_process", "target": "kinsing", "result": "done"}
PLAN = [{"hosts": ["web1"]}, {"hosts": ["web1"]}]


def gather(**variables):
    return gathered_evidence({"web1": variables, "bystander": {"incident_closure_evidence": [DONE]}}, PLAN)


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_gathered_evidence": gathered_evidence}


def test_evidence_of_this_run():
    assert gather(incident_closure_evidence=[DONE]) == {"web1": [DONE]}


def test_evidence_of_an_earlier_job():
    artifact = {"host": "web1", "remediated": True, "evidence": [DONE]}
    assert gather(**{artifact_key("web1"): artifact}) == {"web1": [DONE]}


@pytest.mark.parametrize("odd", [None, 7, {"a": 1}, [[1]], True])
def test_odd_evidence_is_left_out(odd):
    assert gather(incident_closure_evidence=odd) == {}
