# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action that runs modules of any product. This file is private to the collection and may change in any release.

A task cannot do this, because Ansible warns about a template for all options of a module, and the keys of
``module_defaults`` cannot be templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import (
    COLLECTION,
    Product,
    argument_spec,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._task_failure import read_failure
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import is_omitted


class ProductAction(ActionBase):
    """An action that runs modules of a product with the options and defaults of the user."""

    def close_incidents(self, product: Product, arguments: Mapping[str, Any], task_vars: Any) -> dict[str, Any]:
        """Return the result of the module that closes incidents."""
        return self._run(product.module, {**self._read_options(product, task_vars), **arguments}, task_vars)

    def read_incidents(self, product: Product, arguments: Mapping[str, Any], task_vars: Any) -> dict[str, Any]:
        """Return the result of the module that reads incidents, with the connection of the one that closes them."""
        connection = set(argument_spec(product.module)) & set(argument_spec(product.reading_module))
        options = {name: value for name, value in self._read_options(product, task_vars).items() if name in connection}
        return self._run(product.reading_module, {**options, **arguments}, task_vars)

    def _run(self, module: str, arguments: Mapping[str, Any], task_vars: Any) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name=f"{COLLECTION}.{module}", module_args=arguments, task_vars=task_vars
        )
        if result.get("failed") and not result.get("msg"):
            # With failed_when, Ansible would drop the exception, which is all that a module that crashed returns.
            result["msg"] = read_failure(result)
        return result

    def _read_options(self, product: Product, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options in the role's variable, which override the ``module_defaults`` of the action group."""
        options = product.read_options(self._templar.template(task_vars.get(product.options_variable)))
        timeout = constants.config.get_config_value("TASK_TIMEOUT")
        if timeout:
            # Otherwise, Ansible would end the task without a result, and the outcome would be unknown.
            options.setdefault("deadline", timeout)
        return {**self._read_defaults(product), **options}

    def _read_defaults(self, product: Product) -> Mapping[str, Any]:
        """Return the defaults of the product's action group in the innermost block or play that has some."""
        defaults: dict[str, Any] = {}
        for given in self._task.module_defaults or []:
            defaults.update(given)
        of_group = self._templar.template(defaults.get(f"group/{COLLECTION}.{product.name}") or {})
        return {option: value for option, value in of_group.items() if not is_omitted(value)}
