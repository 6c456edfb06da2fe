# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the mark of a host. This action is private to the collection and may change in any release."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import (
    make_artifact,
    now,
    read_evidence,
    read_parts,
)


class ActionModule(ActionBase):
    """The action."""

    _requires_connection = False  # the action does not connect to the host, so it can mark an unreachable one

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the mark for ``set_fact``, and pass it to later jobs of the workflow like ``set_stats``."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        wanted, later = boolean(self._task.args["remediated"]), boolean(self._task.args.get("later", False))
        remediated = wanted and not later
        try:
            parts = read_parts(variables) if wanted or later else []
            evidence = [*parts, *read_evidence(self._task.args.get("evidence"))]
        except ValueError as error:
            return {**result, "failed": True, "msg": str(error)}
        # ansible_check_mode reflects only --check, not check_mode of a play, a block, or a role.
        mark = {"remediated": remediated, "in_check_mode": self._task.check_mode, "at": now(), "evidence": evidence}
        if not self._task.check_mode:
            host = variables["inventory_hostname"]
            data = make_artifact(host, remediated=remediated, evidence=evidence, time=mark["at"])
            mark["ansible_stats"] = {"data": data, "per_host": False, "aggregate": False}
        return wrap_var({**result, **mark})
