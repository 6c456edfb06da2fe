# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fixture that runs an inventory plugin against the simulator over real HTTP, without a process of Ansible."""

from __future__ import annotations

import pytest

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.secops.incident_closure.plugins.module_utils import _options
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


class Source:
    """An inventory source that a test reads repeatedly, with hosts of earlier sources and a cache.

    :param plugin: the class of the plugin.
    :param connection: the connection options.
    """

    def __init__(self, plugin, connection):
        self._plugin = plugin
        self._connection = connection
        self.cache = {}
        self.warnings = []

    def read(self, existing=None, cache=False, settings=None, **options):
        """Return the variables of each host.

        :param existing: the variables of hosts and groups of earlier sources.
        """
        plugin = self._plugin()
        plugin.inventory, plugin.loader = InventoryData(), DataLoader()
        for host, variables in (existing or {}).items():
            if host not in plugin.inventory.groups:
                plugin.inventory.add_host(host)
            for name, value in variables.items():
                plugin.inventory.set_variable(host, name, value)
        plugin.get_option = {"cache": cache, "strict": True, **(settings or {})}.get
        plugin.display = type("Display", (), {"warning": lambda dummy, text: self.warnings.append(text)})()
        plugin._key, plugin._cache_is_readable, plugin._cache = "key", cache, self.cache
        plugin.update_cache_if_changed = lambda: None
        validated = _options.validate_options({**self._connection, **options}, plugin.argument_spec())
        for host in plugin.find_hosts(validated, Secrets()):
            plugin._add(host)
        return {name: host.vars for name, host in plugin.inventory.hosts.items()}


@pytest.fixture
def source(clock, monkeypatch):
    """Return a function that makes a source of a plugin, with the clock of the test."""
    client_options = _options.client_options
    monkeypatch.setattr(_options, "client_options", lambda params: {**client_options(params), "clock": clock})
    return Source
