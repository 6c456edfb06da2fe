# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role ``close_incidents``, checked. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _close_incidents_settings
short_description: "[INTERNAL] Check the variables of the role close_incidents"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Returns the variables of the role with their defaults. An empty value counts as unset.
positional: task_timeout
options:
  _input:
    description: The variables of the role, by their names without the prefix C(close_incidents_).
    type: raw
    required: true
  task_timeout:
    description: Ansible's C(TASK_TIMEOUT) in seconds, which becomes the deadline of the modules. V(0) stands for none.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Show the variables of the role with their defaults
  ansible.builtin.debug:
    msg: "{{ {'chunk_size': '50'} | secops.incident_closure._close_incidents_settings }}"
"""

RETURN = r"""
_value:
  description: The variables of the role, checked, or C(problem), which says which one has a wrong value.
  type: dict
"""

import os.path
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.secops.incident_closure.plugins.module_utils._closure_reasons import CLOSURE_REASONS
from ansible_collections.secops.incident_closure.plugins.plugin_utils._lists import (
    describe_type,
    is_unset,
    plain_string,
    read_list,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS

REPORT_FORMS = ("json", "csv", "md", "html")


def close_incidents_settings(given: Mapping[str, Any], task_timeout: int = 0) -> dict[str, Any]:
    """Return what DOCUMENTATION says. A wrong value is in ``problem``, so that the role can fail with that line alone."""
    try:
        return {"problem": "", **_read_settings(given, task_timeout)}
    except ValueError as error:
        return {"problem": str(error)}


def _read_settings(given: Mapping[str, Any], task_timeout: int) -> dict[str, Any]:
    """Return the variables, checked.

    :raises ValueError: a variable has a wrong value. The message names the variable.
    """
    lists = {  # for the gate
        name: read_list(given.get(name), f"close_incidents_{name}", spaces=False)
        for name in ("hosts", "incident_numbers", "incident_uuids")
    }
    options = {product: _read_options(given, product, int(task_timeout or 0)) for product in PRODUCTS}
    report = _read_string(given, "report")
    # The playbook close_incidents outside of a workflow, with named incidents
    by_hand = _read_bool(given, "by_hand") and bool(lists["incident_numbers"] or lists["incident_uuids"])
    return {
        "hosts": None if is_unset(given.get("hosts")) else given["hosts"],
        "incident_numbers": given.get("incident_numbers"),
        "incident_uuids": given.get("incident_uuids"),
        "only_given": by_hand or _read_bool(given, "only_given"),
        "closure_reason": options["eset"].get("closure_reason") or _read_reason(given),
        "comment": _read_string(given, "comment"),
        "options": options,
        "chunk_size": _read_chunk_size(given),
        "fail_when_held_back": by_hand or _read_bool(given, "fail_when_held_back"),
        # A relative path begins in the folder that Ansible was called in, not in that of the playbook.
        "report": os.path.realpath(os.path.expanduser(report)) if report else "",
        "report_form": _read_report_form(report),
    }


def _read_options(given: Mapping[str, Any], product: str, task_timeout: int) -> dict[str, Any]:
    name = f"{product}_options"
    options = given.get(name)
    if is_unset(options):
        options = {}
    if not isinstance(options, Mapping):
        raise ValueError(f"close_incidents_{name} must be a dictionary, not {describe_type(options)}")
    options = {str(option): value for option, value in options.items() if not is_unset(value)}
    known = _list_options(PRODUCTS[product].module) if options else set()
    for option in options:
        # A misspelled credential would be an argument that the module does not keep secret.
        if option not in known:
            raise ValueError(f"close_incidents_{name}: {option} is not an option of {PRODUCTS[product].module}")
    if task_timeout > 0:
        # Ansible would end the task without a result, which leaves open whether a close request took effect.
        options.setdefault("deadline", task_timeout)
    return options


def _list_options(module: str) -> set[str]:
    """Return the names of a module's options."""
    collection = "ansible_collections.secops.incident_closure.plugins.modules"
    return set(import_module(f"{collection}.{module}").argument_spec())


def _read_string(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if is_unset(value):
        return ""
    text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else plain_string(value)
    if text is None:
        raise ValueError(f"close_incidents_{name} must be a string, not {describe_type(value)}")
    return text


def _read_reason(given: Mapping[str, Any]) -> str:
    reason = _read_string(given, "closure_reason").strip() or "true_positive"
    if reason not in CLOSURE_REASONS:
        raise ValueError(f"close_incidents_closure_reason must be one of {', '.join(CLOSURE_REASONS)}")
    return reason


def _read_chunk_size(given: Mapping[str, Any]) -> int | None:
    text = _read_string(given, "chunk_size").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError("close_incidents_chunk_size must be a whole number from 0 up")
    return int(text)


def _read_bool(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name)
    if is_unset(value):
        return False
    try:
        return boolean(value)
    except TypeError:
        raise ValueError(f"close_incidents_{name} must be a boolean, not {describe_type(value)}") from None


def _read_report_form(report: str) -> str:
    form = os.path.splitext(report)[1][1:]
    if report and form not in REPORT_FORMS:
        raise ValueError("close_incidents_report must have the file extension .json, .csv, .md, or .html")
    return form


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return it by its name."""
        return {"_close_incidents_settings": close_incidents_settings}
