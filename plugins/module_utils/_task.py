# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import sanitize_keys
from ansible_collections.secops.incident_closure.plugins.module_utils._closure import Closure
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HAS_REQUESTS
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_locks import IncidentLocks
from ansible_collections.secops.incident_closure.plugins.module_utils._options import (
    ArgumentSpec,
    InvalidOptionError,
    check_key_log,
    check_text,
    read_ids,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import ProductClient
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import Reading, list_missing
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

T = TypeVar("T")


def closing_spec(ids_option: str, alias: str) -> ArgumentSpec:
    """Return the argument spec of the incidents that a module closes or only reads."""
    return {
        ids_option: {"type": "list", "elements": "str", "required": True, "aliases": [alias]},
        "held_back": {"type": "list", "elements": "str"},
    }


class Module(AnsibleModule):
    """A module whose result has ``gave_up``, even if it ends because of a wrong option.

    A result without ``gave_up`` therefore comes from a module process that did not end by itself.
    """

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """End the module with a failure.

        :param msg: the error and the change that fixes it.
        :param kwargs: the rest of the result.
        """
        super().fail_json(msg, **{"gave_up": True, **kwargs})


def run(module: Module, ids_option: str, make_client: Callable[[Mapping[str, Any], Secrets], ProductClient]) -> None:
    """Close the incidents in the options of a module, and end the module.

    :param module: the module.
    :param ids_option: the name of the option that lists the incidents.
    :param make_client: called with the options and Secrets.
    """

    def read_options(params: Mapping[str, Any], secrets: Secrets) -> tuple[list[str], list[str], ProductClient]:
        ids = read_ids(params, ids_option)
        held_back = read_ids(params, "held_back") if params["held_back"] else []
        if contradictory := sorted(set(ids).intersection(held_back)):
            raise InvalidOptionError(f"incident {contradictory[0]} is both in {ids_option} and in held_back")
        return ids, held_back, make_client(params, secrets)

    secrets = Secrets(module.no_log_values.add)
    ids, held_back, client = _prepare(module, secrets, read_options)
    with IncidentLocks(client.url) as locks:
        result = Closure(client, ids, held_back).run(
            check_mode=module.check_mode, lock=lambda: locks.acquire(ids, client.policy.wait)
        )
    _hide_keys(module, secrets, result["incidents"])
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def run_reading(
    module: AnsibleModule, ids_option: str, make_read: Callable[[Mapping[str, Any], Secrets], Callable[[], Reading]]
) -> None:
    """Read the incidents in the options of a module, and end the module.

    :param module: the module.
    :param ids_option: the name of the option that lists particular incidents.
    :param make_read: called with the options and Secrets; returns the function that reads the incidents.
    """

    def read_options(params: Mapping[str, Any], secrets: Secrets) -> tuple[list[str], Callable[[], Reading]]:
        ids = read_ids(params, ids_option) if params[ids_option] is not None else []
        return ids, make_read({**params, ids_option: ids}, secrets)

    secrets = Secrets(module.no_log_values.add)
    ids, read = _prepare(module, secrets, read_options)
    try:
        reading = read()
    except ClientError as error:
        reading = Reading([], list_missing(dict.fromkeys(ids, error)), error)
    _hide_keys(module, secrets, reading.incidents)
    result = {"changed": False, "incidents": reading.incidents, "missing": reading.missing}
    if reading.failure:
        module.fail_json(msg=str(reading.failure), **result)
    module.exit_json(msg=f"{len(reading.incidents)} read, {len(reading.missing)} missing", **result)


def _prepare(module: AnsibleModule, secrets: Secrets, make: Callable[[Mapping[str, Any], Secrets], T]) -> T:
    """Return the result of a function for the options, or end the module with an error in them."""
    try:
        check_key_log()
        if not HAS_REQUESTS:
            module.fail_json(msg=missing_required_lib("requests"))
        for name, value in module.params.items():
            check_text(value, name)
        return make(module.params, secrets)
    except InvalidOptionError as error:
        module.fail_json(msg=str(error))
        raise


def _hide_keys(module: AnsibleModule, secrets: Secrets, incidents: Iterable[dict[str, Any]]) -> None:
    """Hide secrets in the keys of the product's data, because Ansible hides only those in values."""
    for incident in incidents:
        if secrets.in_keys_of(incident["details"]):
            incident["details"] = sanitize_keys(incident["details"], module.no_log_values)
