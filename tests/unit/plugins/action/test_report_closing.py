# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

from ansible_collections.secops.incident_closure.plugins.action._report_closing import ActionModule as ReportClosing


def test_return_the_result_and_its_artifact(act):
    plan = {"incidents": "[]", "evidence": {}, "unread": [], "began": "noon", "check_mode": False}
    result = act(ReportClosing, variables={"_close_incidents_plan": plan})
    assert json.loads(result["result"])["incidents"] == []
    assert result["ansible_stats"]["data"]["close_incidents_result"]["incidents"] == []
    assert "artifact" not in result
