# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the role close_incidents agree with each other and with the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._settings import (
    OTHER_VARIABLES,
    PREFIX,
    VARIABLES,
)

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

ROLE = Path(__file__).absolute().parents[3] / "roles" / "close_incidents"


def read(name):
    return yaml.safe_load((ROLE / name).read_text(encoding="utf-8"))


def list_options():
    """Return the options of all entry points by their names."""
    specs = read("meta/argument_specs.yml")["argument_specs"].values()
    return {name: option for spec in specs for name, option in spec.get("options", {}).items()}


def test_the_documentation_describes_the_variables_that_the_code_reads():
    read_by_code = {name for name in (*VARIABLES, *OTHER_VARIABLES) if name.startswith(PREFIX)}
    assert set(list_options()) == read_by_code - {"close_incidents_result"}


def test_the_documentation_has_the_defaults_of_the_role():
    options = list_options()
    defaults = read("defaults/main.yml")
    assert {name: options[name].get("default") for name in defaults} == defaults
