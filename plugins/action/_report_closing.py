# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report the outcome of each incident. This action is private to the collection and may change in any release.

It is not a filter because Ansible templates each of thousands of incidents whenever they are part of an expression. The
result of the role is JSON because Ansible copies each of them several times whenever they are part of a result.
"""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.secops.incident_closure.plugins.plugin_utils._result import make_result


class ActionModule(ActionBase):
    """The action."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the outcomes, and pass their short form to later jobs of the workflow like ``set_stats``."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        # The results of the modules are missing if their tasks could not start.
        answers, held_back = variables.get("_close_incidents_answers"), variables.get("_close_incidents_held_back")
        plan = variables["_close_incidents_plan"]
        outcome = make_result({**plan, "incidents": json.loads(plan["incidents"])}, answers, held_back)
        data = {"close_incidents_result": outcome.pop("artifact")}
        stats = {"data": data, "per_host": False, "aggregate": False}
        # No string is a template: all of them come from the results of other actions, or from this collection.
        return {**result, **outcome, "result": json.dumps(outcome["result"]), "ansible_stats": stats}
