# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the variables of the role remediate_host. This action is private to the collection and may change in any release.

The role reads them once, because a step can change the facts from which a user computes a list.
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_request import (
    VARIABLES,
    read_request,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import read_variables


class ActionModule(ActionBase):
    """The action."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the lists of the role, or a failure that names each value that is not valid."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            given = read_variables(self._templar, variables, VARIABLES)
        except ValueError as error:
            return {**result, "failed": True, "msg": str(error)}
        request = read_request(given, variables, variables.get("ansible_facts") or ())
        if problems := request.pop("problems"):
            return wrap_var({**result, "failed": True, "msg": "; ".join(problems)})
        return wrap_var({**result, **request})
