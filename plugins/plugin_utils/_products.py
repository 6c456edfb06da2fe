# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of products. This file is private to the collection and may change in any release.

The code of the gate, the roles, the reports, and the rulebooks depends only on the entry of a product.

Both modules of a product have a function ``argument_spec()`` and the options of the connection. The closing module takes
``held_back`` and returns ``gave_up`` and ``stopped_by``. The reading module takes ``devices`` if the product has a device
variable. Append a new product, because the filter ``closable_incidents`` takes ids by position in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

from ansible_collections.secops.incident_closure.plugins.module_utils._closure_reasons import CLOSURE_REASONS
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import describe_type, is_unset

COLLECTION = "secops.incident_closure"


def argument_spec(module: str) -> dict[str, Any]:
    """Return the argument spec of a module of the collection."""
    spec: dict[str, Any] = import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}").argument_spec()
    return spec


class Product(NamedTuple):
    """A product whose incidents the collection closes.

    :param name: its name in variables and results, and the name of its action group.
    :param label: its name in messages and reports.
    :param module: the module that closes its incidents.
    :param reading_module: the module that reads its incidents.
    :param ids_option: the module option that takes the ids, and the variable that names incidents beside those that hosts list.
    :param comment_option: the module option that takes the comment.
    :param reason_option: the module option that takes the closure reason, or an empty string if there is none.
    :param closure_reasons: the choices of that option.
    :param chunk_size: default number of incidents in one task of the role.
    :param device_variable: the host variable with the UUID of a host's device, or an empty string if the
        product does not show devices.
    """

    name: str
    label: str
    module: str
    reading_module: str
    ids_option: str
    comment_option: str
    reason_option: str
    closure_reasons: tuple[str, ...]
    chunk_size: int
    device_variable: str

    @property
    def host_variable(self) -> str:
        """Return the host variable that lists its incidents."""
        return f"incident_closure_{self.name}_incidents"

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the host variables of the product."""
        return tuple(filter(None, (self.host_variable, self.device_variable)))

    @property
    def options_variable(self) -> str:
        """Return the variable of the role that takes further options of the module."""
        return f"close_incidents_{self.name}_options"

    def read_options(self, given: Any) -> dict[str, Any]:
        """Return the further options of the closing module without empty ones.

        :param given: the value of the options variable.
        :raises ValueError: it is not a dictionary, or the module does not have an option. The message contains no value.
        """
        if is_unset(given):
            return {}
        if not isinstance(given, Mapping):
            raise ValueError(f"{self.options_variable} must be a dictionary, not {describe_type(given)}")
        options = {str(option): value for option, value in given.items() if not is_unset(value)}
        # The module would not keep the value of a misspelled credential secret.
        unknown = sorted(set(options) - set(argument_spec(self.module))) if options else []
        if unknown:
            raise ValueError(f"{self.options_variable}: {unknown[0]} is not an option of {self.module}")
        return options

    def make_arguments(self, chunk: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of the module for a chunk.

        :param chunk: ``ids``, and perhaps ``comment``, ``closure_reason``, and ``held_back`` (other ids to read with them).
        """
        arguments = {
            self.ids_option: chunk["ids"],
            self.comment_option: chunk.get("comment"),
            self.reason_option: chunk.get("closure_reason"),
            "held_back": chunk.get("held_back") or [],
        }
        return {option: value for option, value in arguments.items() if option and value is not None}


PRODUCTS = {
    product.name: product
    for product in (
        Product(
            name="d3",
            label="D3",
            module="d3_close_incidents_bulk",
            reading_module="d3_incident_info",
            ids_option="incident_numbers",
            comment_option="conclusion",
            reason_option="",
            closure_reasons=(),
            chunk_size=1000,
            device_variable="",
        ),
        Product(
            name="eset",
            label="ESET",
            module="eset_incident_close",
            reading_module="eset_incident_info",
            ids_option="incident_uuids",
            comment_option="final_comment",
            reason_option="closure_reason",
            closure_reasons=CLOSURE_REASONS,
            chunk_size=100,
            device_variable="incident_closure_eset_device_uuid",
        ),
    )
}
