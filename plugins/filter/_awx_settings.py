# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the settings of ``extensions/awx/setup.yml``. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _awx_settings
short_description: "[INTERNAL] Check the settings of the setup of AWX"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the setup playbook of the collection and may change in any release.
  - Reads the variables that begin with C(setup_), before the playbook creates the first object.
options:
  _input:
    description: The variables by their names.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is missing
  ansible.builtin.debug:
    msg: "{{ ({'setup_organization': 'Default'} | secops.incident_closure._awx_settings).problem }}"
"""

RETURN = r"""
_value:
  description:
    - An error in the settings as C(problem), or an empty string.
    - The settings without the prefix as C(settings), with an empty value for each missing one.
    - The configured products as C(products).
    - The existing objects that the settings name as C(named), each a dictionary of C(setting), C(endpoint), and C(name).
  type: dict
"""

import importlib
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils import _options
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import (
    describe_type,
    is_unset,
    plain_string,
    read_string,
)

PREFIX = "setup_"
COLLECTIONS = ("awx.awx", "ansible.controller")
STRINGS = (
    "collection",
    "organization",
    "name",
    "project_url",
    "project_branch",
    "project_credential",
    "image",
    "image_credential",
    "inventory",
    "inventory_path",
    "inventory_product",
    "schedule",
)
REQUIRED = ("collection", "organization", "name", "project_url")
NUMBERS = {"slices": 1, "inventory_cache_timeout": 0}  # with the lowest value
PRODUCTS = ("d3", "eset")
SETTINGS = {*STRINGS, *NUMBERS, *PRODUCTS, "machine_credentials"}
ENDPOINTS = {  # the settings that name an existing object
    "organization": "organizations",
    "project_credential": "credentials",
    "image_credential": "credentials",
    "machine_credentials": "credentials",
    "inventory": "inventories",
}

# Inputs of the credential types that are not options of a connection by the same name.
CA_BUNDLE = "ca_bundle"
DO_NOT_VERIFY = "do_not_verify_certs"
HTTP_OPTIONS = set(_options.http_spec("", rate_limit=0))
# The address. Credentials in it would bypass the encryption of AWX.
PROJECT_URL = re.compile(r"(https?|ssh|git|file)://\S+|[\w.-]+@[\w.-]+:\S+")
URL_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")
SCHEDULE = re.compile(r"DTSTART\S*[ \n]RRULE:\S+", re.ASCII)


def awx_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value that DOCUMENTATION describes."""
    try:
        settings = _read_settings(given)
        products = [product for product in PRODUCTS if settings[product]]
        _check_settings(settings, products)
        _check_inventory(settings, products)
        for product in products:
            _check_inputs(product, settings[product])
    except ValueError as error:
        return {"problem": str(error), "settings": {}, "products": [], "named": []}
    named = [
        {"setting": PREFIX + setting, "endpoint": endpoint, "name": name}
        for setting, endpoint in ENDPOINTS.items()
        for name in (settings[setting] if isinstance(settings[setting], list) else [settings[setting]])
        if name
    ]
    return {"problem": "", "settings": settings, "products": products, "named": named}


def input_names(product: str) -> list[str]:
    """Return the inputs of the credential type of a product."""
    spec = _connection_options(product).connection_spec()
    return [*(name for name in spec if name not in HTTP_OPTIONS), CA_BUNDLE, DO_NOT_VERIFY]


def _connection_options(product: str) -> ModuleType:
    # Imported late: Ansible imports every filter of the collection to find one, and this takes longer than all of them.
    return importlib.import_module(
        f"ansible_collections.secops.incident_closure.plugins.module_utils._{product}_options"
    )


def _read_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings, with the right types.

    :raises ValueError: a setting is unknown or of a wrong type.
    """
    values = {name.removeprefix(PREFIX): None if is_unset(value) else value for name, value in given.items()}
    for setting in values:
        if setting not in SETTINGS:
            raise ValueError(f"{PREFIX}{setting} is not a setting: check its spelling")
    settings: dict[str, Any] = {name: read_string(values.get(name), PREFIX + name).strip() for name in STRINGS}
    for setting, lowest in NUMBERS.items():
        text = str(values.get(setting)).strip()
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or int(text) < lowest:
            raise ValueError(f"{PREFIX}{setting} must be a whole number from {lowest} to 999999")
        settings[setting] = int(text)
    for product in PRODUCTS:
        inputs = values.get(product) or {}
        if not isinstance(inputs, Mapping):
            raise ValueError(
                f"{PREFIX}{product} must be a dictionary of credential inputs, not {describe_type(inputs)}"
            )
        settings[product] = {name: value for name, value in inputs.items() if not is_unset(value)}
    names = values.get("machine_credentials") or []
    if not isinstance(names, list) or not all(plain_string(name) for name in names):
        raise ValueError("setup_machine_credentials must be a list of names of credentials")
    settings["machine_credentials"] = list(names)
    return settings


def _check_settings(settings: Mapping[str, Any], products: list[str]) -> None:
    """Check the settings beside the inputs of the credentials and the inventory.

    :raises ValueError: a setting is missing or not valid.
    """
    for setting in REQUIRED:
        if not settings[setting]:
            raise ValueError(f"{PREFIX}{setting} is not set")
    if settings["collection"] not in COLLECTIONS:
        raise ValueError(f"setup_collection must be one of {', '.join(COLLECTIONS)}")
    if not products:
        raise ValueError("set setup_d3 or setup_eset, or both, to the inputs of the credentials")
    if URL_PASSWORD.search(settings["project_url"]):
        raise ValueError(
            "setup_project_url must not contain a password: create a credential, and name it in setup_project_credential"
        )
    if not PROJECT_URL.fullmatch(settings["project_url"]):
        raise ValueError(
            "setup_project_url is not the URL of a git repository, such as https://git.example.com/soc.git"
        )
    if settings["schedule"] and not SCHEDULE.fullmatch(settings["schedule"]):
        raise ValueError(
            "setup_schedule must be a rule such as DTSTART;TZID=Europe/Berlin:20260101T000000 RRULE:FREQ=HOURLY;INTERVAL=1"
        )


def _check_inventory(settings: Mapping[str, Any], products: list[str]) -> None:
    """Check the settings of the inventory.

    :raises ValueError: a setting is missing or not valid.
    """
    if settings["inventory"] and (settings["inventory_path"] or settings["inventory_product"]):
        raise ValueError(
            "setup_inventory is an existing inventory, so leave setup_inventory_path and setup_inventory_product empty"
        )
    path = settings["inventory_path"]
    if not settings["inventory"] and (not path or path.startswith("/") or ".." in path.split("/")):
        raise ValueError("setup_inventory_path must be the path of a file or a folder in the project")
    product = settings["inventory_product"]
    if product and product not in products:
        raise ValueError(
            f"setup_inventory_product must be one of {', '.join(products)}, because it selects the credential"
        )
    for name in PRODUCTS:
        if re.search(rf"{name}_incidents\.ya?ml$", path) and product != name:
            raise ValueError(f"setup_inventory_path names a file for {name}: set setup_inventory_product to {name}")


def _check_inputs(product: str, inputs: Mapping[str, Any]) -> None:
    """Check the inputs of a credential as far as that is possible without a connection.

    :raises ValueError: an input is unknown, missing, or not valid. The message contains no value, which may be secret.
    """
    setting, names = PREFIX + product, input_names(product)
    for name, value in inputs.items():
        if name not in names:
            raise ValueError(f"{setting}: {name} is not an input of the credential, which are {', '.join(names)}")
        if isinstance(value, bool) if name == DO_NOT_VERIFY else plain_string(value) is not None:
            continue
        wanted = "a boolean" if name == DO_NOT_VERIFY else "a string"
        raise ValueError(f"{setting}: {name} must be {wanted}, not {describe_type(value)}")
    params = {name: plain_string(inputs.get(name)) for name in names}
    try:
        _CHECKS[product](params)
    except InvalidOptionError as error:
        raise ValueError(f"{setting}: {error}") from None


def _check_d3(params: Mapping[str, Any]) -> None:
    """Check the inputs for D3.

    :raises InvalidOptionError: an input is missing or not valid.
    """
    for name in ("url", "username", "site"):
        if not params[name]:
            raise InvalidOptionError(f"{name} is missing")
    _options.parse_url(params, "url", Secrets())
    if bool(params["api_key"]) == bool(params["jwt"]):
        raise InvalidOptionError("give either api_key or jwt")
    if params["lookup_api_key"] and params["lookup_jwt"]:
        raise InvalidOptionError("give only one of lookup_api_key and lookup_jwt")


def _check_eset(params: Mapping[str, Any]) -> None:
    """Check the inputs for ESET.

    :raises InvalidOptionError: an input is missing or not valid.
    """
    signs_in = bool(params["username"] and params["password"])
    if bool(params["access_token"]) == bool(params["username"] or params["password"]) or (
        not params["access_token"] and not signs_in
    ):
        raise InvalidOptionError("give either username and password, or access_token")
    eset = _connection_options("eset")
    if params["region"] and params["region"] not in eset.REGIONS:
        raise InvalidOptionError(f"region must be one of {', '.join(eset.REGIONS)}")
    for name in ("api_url", "auth_url", "device_url"):
        if params[name] or name == "api_url" or (name == "auth_url" and signs_in):
            eset.find_url(params, name, Secrets())


_CHECKS = {"d3": _check_d3, "eset": _check_eset}


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_awx_settings": awx_settings}
