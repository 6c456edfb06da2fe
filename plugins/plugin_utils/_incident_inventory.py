# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of the inventory plugins of both products. This file is private to the collection and may change in any release."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.helpers import get_group_vars, sort_groups
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HAS_REQUESTS
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import normalize_id
from ansible_collections.secops.incident_closure.plugins.module_utils._options import (
    ArgumentSpec,
    InvalidOptionError,
    check_key_log,
    validate_options,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import Product
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import read_list

TEMPLATE_MARKS = re.compile("[{}]")
MATCHING_SPEC: ArgumentSpec = {"match_existing": {"type": "bool", "default": True}}
CACHE_FORMAT = 1  # of the data in the cache
DAMAGED_CACHE = "the cache is not of this version of the plugin: run ansible-inventory with --flush-cache once"


def make_unsafe(value: Any) -> Any:
    """Return a value from outside in which no string is a template.

    Other strings stay as they are, because ``ansible-inventory --list`` shows an unsafe one as a dictionary, which
    AWX would store.
    """
    if isinstance(value, Mapping):
        return {make_unsafe(key): make_unsafe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [make_unsafe(item) for item in value]
    return wrap_var(value) if isinstance(value, str) and TEMPLATE_MARKS.search(value) else value


class IncidentHost(NamedTuple):
    """A host, and its incidents.

    :ivar incidents: the incidents that the host is part of, as the reading modules return them.
    :ivar variables: further host variables.
    """

    name: str
    incidents: list[dict[str, Any]]
    variables: Mapping[str, Any] = {}


class IncidentInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """An inventory source whose hosts are those of the selected incidents."""

    product: Product
    incidents_variable: str  # the host variable with the incidents as the reading modules return them
    kept_keys: frozenset[str]  # the keys of each incident in the cache

    @classmethod
    @abstractmethod
    def argument_spec(cls) -> ArgumentSpec:
        """Return the options beside those of Ansible's own fragments."""

    @abstractmethod
    def find_hosts(self, options: Mapping[str, Any], secrets: Secrets) -> list[IncidentHost]:
        """Return the hosts of the selected incidents.

        :param options: of the argument spec.
        :raises InvalidOptionError: an option is not valid.
        :raises ClientError: the incidents cannot be read.
        """

    def verify_file(self, path: str) -> bool:
        """Return whether a file is for this plugin, by the last part of its name."""
        name = self.NAME.rpartition(".")[2]
        return super().verify_file(path) and path.endswith((f"{name}.yml", f"{name}.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts to the inventory.

        :param path: of the inventory file.
        :param cache: whether the cache may be read.
        :raises AnsibleParserError: the file is not valid, or the incidents cannot be read.
        """
        super().parse(inventory, loader, path, cache)
        if not HAS_REQUESTS:
            raise AnsibleParserError(missing_required_lib("requests"))
        try:
            check_key_log()
            options = self._read_options(self._read_config_data(path))
            self._key = f"{self.get_cache_key(path)}_{self._make_digest(options)}"
            self._cache_is_readable = cache and self.get_option("cache")
            for host in self.find_hosts(options, Secrets()):
                self._add(host)
        except (InvalidOptionError, ClientError) as error:
            raise AnsibleParserError(str(error)) from None

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Set the options of Ansible's own fragments.

        Ansible would check the type of a template before it is evaluated, and reject a date without quotes. Those of the
        argument spec are checked in ``parse``.
        """
        spec = self.argument_spec()
        checked = {
            name: value for name, value in (direct or {}).items() if name not in spec or spec[name].get("required")
        }
        super().set_options(task_keys, var_options, checked)

    def existing_hosts(self, options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the variables of the hosts from earlier sources that a host may match."""
        if not options["match_existing"]:
            return {}
        return {name: self._read_variables(name) for name in self.inventory.hosts}

    def read_cache(self) -> dict[str, Any]:
        """Return the data in the cache, by the ids of incidents.

        :raises InvalidOptionError: the cache is damaged, or another version of the plugin wrote it.
        """
        cached = self._cache.get(self._key) if self._cache_is_readable else None
        if cached is None:
            return {}
        kept = cached.get("incidents") if isinstance(cached, Mapping) and cached.get("format") == CACHE_FORMAT else None
        if isinstance(kept, Mapping) and all(
            isinstance(row, Mapping) and set(row) >= self.kept_keys for row in kept.values()
        ):
            return dict(kept)
        raise InvalidOptionError(DAMAGED_CACHE)

    def write_cache(self, kept: Mapping[str, Any]) -> None:
        """Write data to the cache, by the ids of incidents."""
        if self.get_option("cache"):
            self._cache[self._key] = {"format": CACHE_FORMAT, "incidents": dict(kept)}
            self.update_cache_if_changed()

    def _make_digest(self, options: Mapping[str, Any]) -> str:
        """Return a digest that differs between selections."""
        secret = {name for name, option in self.argument_spec().items() if option.get("no_log")}
        selection = {name: options[name] for name in sorted(options) if name not in secret}
        return sha256(json.dumps(selection).encode()).hexdigest()[:8]

    def _read_options(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of the argument spec, with their types, and with values of the environment.

        :raises InvalidOptionError: an option is unknown or not valid.
        """
        spec = self.argument_spec()
        documented = constants.config.get_configuration_definitions("inventory", self._load_name)
        unknown = sorted(str(name) for name in config if name != "plugin" and name not in documented)
        if unknown:
            raise InvalidOptionError(f"{unknown[0]} is not an option of {self.NAME}")
        given = {}
        for name in set(config).intersection(spec):
            try:
                given[name] = self.templar.template(config[name])
            except AnsibleError as error:
                raise InvalidOptionError(f"{name} cannot be read: {error}") from None
        return validate_options(given, spec)

    def _add(self, host: IncidentHost) -> None:
        """Add a host, or add incidents to a host that an earlier source has."""
        name = self.inventory.add_host(host.name)
        listed = self._read_listed(name)
        ids = [incident["id"] for incident in host.incidents]
        incidents = [{key: incident[key] for key in incident if key != "details"} for incident in host.incidents]
        variables = {
            **host.variables,
            self.product.host_variable: list(dict.fromkeys([*listed, *ids])),
            self.incidents_variable: incidents,
        }
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, make_unsafe(value))
        variables = self._read_variables(name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _read_variables(self, name: str) -> dict[str, Any]:
        """Return the variables of a host and of its groups from this and from earlier sources, and from the folders beside them."""
        host = self.inventory.hosts[name]
        groups = sort_groups({self.inventory.groups["all"], *host.get_groups()})  # Ansible adds a host to "all" later
        variables: dict[str, Any] = {}
        for layer in (
            get_group_vars(groups),
            self._read_folders(groups),
            host.get_vars(),
            self._read_folders([host]),
        ):
            variables = combine_vars(variables, layer)
        return variables

    def _read_folders(self, entities: list[Any]) -> dict[str, Any]:
        """Return the variables of hosts or groups in folders such as group_vars."""
        sources = [*self.inventory.processed_sources, self.inventory.current_source]
        found: dict[str, Any] = get_vars_from_inventory_sources(self.loader, sources, entities, "all")
        return found

    def _read_listed(self, name: str) -> list[str]:
        """Return the incidents that a host lists already.

        :raises InvalidOptionError: the list is not valid, or Ansible would use it in place of that of this plugin.
        """
        variable = self.product.host_variable
        if variable in self._read_folders([self.inventory.hosts[name]]):
            raise InvalidOptionError(
                f"host {name}: {variable} in host_vars would replace the incidents of this source: move it to the inventory file"
            )
        try:
            listed = read_list(self._read_variables(name).get(variable), variable, spaces=False)
            return [normalize_id(incident) for incident in listed]
        except ValueError as error:
            raise InvalidOptionError(f"host {name}: {error}") from None
