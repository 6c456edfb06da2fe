# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the closing module of any product. This action is private to the collection and may change in any release.

``_run_closing_module.yml`` in ``plugins/modules`` documents the options.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.secops.incident_closure.plugins.plugin_utils._product_action import ProductAction
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS


class ActionModule(ProductAction):
    """The action."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the module, without the product's own rows, which AWX would keep with each event."""
        super().run(tmp, task_vars)
        chunk = self._task.args["chunk"]
        product = PRODUCTS[chunk["product"]]
        result = self.close_incidents(product, product.make_arguments(chunk), task_vars or {})
        for incident in result.get("incidents", ()):
            incident.pop("details", None)
        return result
