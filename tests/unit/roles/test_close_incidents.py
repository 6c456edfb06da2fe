# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role knows every option of the modules, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.secops.incident_closure.plugins.modules import d3_close_incidents_bulk, eset_incident_close

ROLE = Path(__file__).resolve().parents[3] / "roles/close_incidents"


@pytest.mark.parametrize(
    ("product", "module", "ids"),
    [("d3", d3_close_incidents_bulk, "incident_numbers"), ("eset", eset_incident_close, "incident_uuids")],
)
def test_options(product, module, ids):
    options = set(module.argument_spec()) - {ids}
    specs = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    spec = specs[f"close_incidents_{product}_options"]["options"]
    assert set(spec) == options
    for option, expected in module.argument_spec().items():
        if option != ids:
            assert spec[option]["type"] == expected["type"]
            assert spec[option].get("choices") == expected.get("choices")
