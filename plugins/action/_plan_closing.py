# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide which incidents to close, and in which tasks. This action is private to the collection and may change in any release.

It is not a filter because Ansible templates each of thousands of incidents whenever they are part of an expression. The
incidents in the plan are JSON because Ansible copies each of them several times whenever they are part of a result.
"""

from __future__ import annotations

import json
import os
import stat
from functools import partial
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.filter.closable_incidents import decide_incidents
from ansible_collections.secops.incident_closure.plugins.plugin_utils._chunks import divide_incidents
from ansible_collections.secops.incident_closure.plugins.plugin_utils._device_check import (
    check_devices,
    try_to_read_devices,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import gather_evidence, now
from ansible_collections.secops.incident_closure.plugins.plugin_utils._product_action import ProductAction
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import Product
from ansible_collections.secops.incident_closure.plugins.plugin_utils._settings import (
    VARIABLES,
    check_names,
    check_option_names,
    read_settings,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import read_variables

UNKNOWN = "close_incidents_per_incident or close_incidents_required_hosts names incidents that are not in this run: "


class ActionModule(ProductAction):
    """The action."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan, or a failure that names the variable with a wrong value."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            check_names(variables)
            settings = read_settings(read_variables(self._templar, variables, VARIABLES))
            check_option_names(variables, settings)
            check_report(settings["report"])
            incidents = decide_incidents(
                variables["hostvars"],
                check_mode=self._task.check_mode,
                only_given=settings["only_given"],
                **settings["gate"],
            )
            devices = variables["hostvars"], settings["device_check"], partial(self._read, variables)
            unread: list[str] = []
            if self._task.args.get("only_connections"):
                try_to_read_devices(incidents, *devices)
            else:
                incidents, unread = check_devices(incidents, *devices)
        except (ValueError, AnsibleFilterError) as error:
            return {**result, "failed": True, "msg": str(error)}
        began = now()
        evidence = gather_evidence(variables["hostvars"], incidents)
        named = {*settings["per_incident"], *settings["gate"]["required_hosts"]}
        unknown = sorted(named - {incident["id"] for incident in incidents})
        plan = {
            "incidents": json.dumps(incidents),
            "chunks": divide_incidents(incidents, settings, evidence, variables["ansible_play_name"], began),
            "evidence": evidence,
            "unread": unread,
            "began": began,
            "check_mode": self._task.check_mode,
            **{name: settings[name] for name in ("report", "report_form", "run_by", "fail_when_held_back")},
        }
        if unknown:
            result["warnings"] = [UNKNOWN + ", ".join(unknown)]
        return wrap_var({**result, **plan})  # ids and host names are data, even if they look like templates

    def _read(self, variables: dict[str, Any], product: Product, ids: list[str]) -> dict[str, Any]:
        """Return the result of the module that reads incidents and their devices."""
        return self.read_incidents(product, {product.ids_option: ids, "devices": True}, variables)


def check_report(path: str) -> None:
    """Check that a report can be written, because after the close requests it would be too late to fail.

    :raises ValueError: the folder does not exist or is not writable, or the path is a folder or too long.
    """
    folder = os.path.dirname(path)
    try:
        writable = os.path.isdir(folder) and os.access(folder, os.W_OK) and not stat.S_ISDIR(os.stat(path).st_mode)
    except FileNotFoundError:
        writable = True
    except OSError:  # such as a name that is too long
        writable = False
    if path and not writable:
        raise ValueError(
            f'close_incidents_report is "{path}": it must be the path of a file in a folder that exists and is writable'
        )
