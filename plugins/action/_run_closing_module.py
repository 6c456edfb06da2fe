# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the closing module of any product. This action is private to the collection and may change in any release.

A task cannot do this by itself: Ansible warns about a template for all options of a module, and the keys of
``module_defaults`` cannot be templates. ``_run_closing_module.yml`` in ``plugins/modules`` documents the options.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import COLLECTION, PRODUCTS, Product
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import is_omitted


class ActionModule(ActionBase):
    """The action."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the module."""
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        chunk = self._task.args["chunk"]
        product = PRODUCTS[chunk["product"]]
        options = product.read_options(self._templar.template(task_vars.get(product.options_variable)))
        timeout = constants.config.get_config_value("TASK_TIMEOUT")
        if timeout:
            # Ansible would end the task without a result, which leaves open whether a close request took effect.
            options.setdefault("deadline", timeout)
        arguments = {**self._read_defaults(product), **options, **product.arguments(chunk)}
        return self._execute_module(module_name=product.action, module_args=arguments, task_vars=task_vars)

    def _read_defaults(self, product: Product) -> Mapping[str, Any]:
        """Return the ``module_defaults`` of the product's action group, those of the innermost block or play that has some."""
        defaults: dict[str, Any] = {}
        for given in self._task.module_defaults or []:
            defaults.update(given)
        of_group = self._templar.template(defaults.get(f"group/{COLLECTION}.{product.name}") or {})
        return {option: value for option, value in of_group.items() if not is_omitted(value)}
