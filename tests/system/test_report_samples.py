# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The templates of the role create the sample reports in docs/samples from the incidents in report.json."""

from __future__ import annotations

import json

from sandbox import COLLECTION

from ansible_collections.secops.incident_closure.plugins.plugin_utils._result import make_result

SAMPLES = COLLECTION / "docs/samples"
TEMPLATES = COLLECTION / "roles/close_incidents/templates"


def test_the_samples_are_up_to_date(sandbox):
    sample = json.loads((SAMPLES / "report.json").read_text(encoding="utf-8"))
    plan = {"incidents": [], "evidence": sample["evidence"], "unread": [], "check_mode": False}
    plan.update(began=sample["time"], run_by=sample["run_by"])
    outcome = {**make_result(plan, None, None), "result": json.dumps(sample)}
    play = {
        "name": sample["play"],
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {
            "_close_incidents_outcome": outcome,
            "_close_incidents_plan": plan,
        },
        "tasks": [
            {
                "ansible.builtin.template": {
                    "src": f"{TEMPLATES}/report.{{{{ item }}}}.j2",
                    "dest": "report.{{ item }}",
                },
                "loop": ["csv", "html", "json", "md"],
            }
        ],
    }
    job = sandbox.run("ansible-playbook", sandbox.write("play.json", json.dumps([play])))
    assert job.returncode == 0, job.stdout
    for written in sandbox.folder.glob("report.*"):
        # If the templates changed on purpose, copy the written files to docs/samples.
        assert written.read_text(encoding="utf-8") == (SAMPLES / written.name).read_text(encoding="utf-8"), written
