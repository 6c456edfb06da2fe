# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugins of both products share. The tests of the plugins cover how they read incidents."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.inventory.d3_incidents import InventoryModule as D3Incidents
from ansible_collections.secops.incident_closure.plugins.inventory.eset_incidents import (
    InventoryModule as EsetIncidents,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils import _incident_inventory
from ansible_collections.secops.incident_closure.plugins.plugin_utils._incident_inventory import make_unsafe


@pytest.mark.parametrize("text", ["{{ x }}", "{% x %}", "{# x #}", "}"])
def test_only_a_string_that_may_be_a_template_becomes_unsafe(text, monkeypatch):
    monkeypatch.setattr(_incident_inventory, "wrap_var", lambda value: ("unsafe", value))
    unsafe = ("unsafe", text)
    made = make_unsafe({"title": text, "devices": [{text: "d1"}], "name": "web01", "closed": False})
    assert made == {"title": unsafe, "devices": [{unsafe: "d1"}], "name": "web01", "closed": False}


@pytest.mark.parametrize(
    ("plugin", "name", "mine"),
    [
        (D3Incidents, "d3_incidents.yml", True),
        (D3Incidents, "open.d3_incidents.yaml", True),
        (D3Incidents, "eset_incidents.yml", False),
        (D3Incidents, "d3_incidents.json", False),
        (EsetIncidents, "eset_incidents.yml", True),
        (EsetIncidents, "hosts.yml", False),
    ],
)
def test_the_end_of_its_name_says_for_which_plugin_a_file_is(tmp_path, plugin, name, mine):
    path = tmp_path / name
    assert not plugin().verify_file(str(path))
    path.write_text("", encoding="utf-8")
    assert plugin().verify_file(str(path)) == mine


def test_selections_have_caches_of_their_own_and_secrets_do_not_matter():
    digest = EsetIncidents()._make_digest
    options = {"region": "eu", "password": "p", "severity": ["high"]}
    assert digest(options) == digest({**options, "password": "q"})
    assert digest(options) != digest({**options, "severity": ["low"]})
    assert digest(options) != digest({**options, "region": "us"})
