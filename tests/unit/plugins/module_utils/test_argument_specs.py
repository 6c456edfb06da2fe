# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The argument specs say what the documentation says."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.secops.incident_closure.plugins.doc_fragments import closing, d3, eset, http, selection
from ansible_collections.secops.incident_closure.plugins.module_utils import (
    _d3_options,
    _d3_selection,
    _eset_options,
    _eset_selection,
    _options,
    _selection,
    _task,
)

HTTP = http.ModuleDocFragment.DOCUMENTATION
SELECTION = selection.ModuleDocFragment.DOCUMENTATION
# how each spec is made, which of its options are read from the environment by read_credentials(), and the documentation
SPECS = {
    "D3": (_d3_options.connection_spec, _d3_options.CREDENTIALS, d3.ModuleDocFragment.DOCUMENTATION, HTTP),
    "ESET": (_eset_options.connection_spec, _eset_options.CREDENTIALS, eset.ModuleDocFragment.DOCUMENTATION, HTTP),
    "selection in D3": (_d3_selection.selection_spec, (), selection.ModuleDocFragment.OF_D3, SELECTION),
    "selection in ESET": (_eset_selection.selection_spec, (), selection.ModuleDocFragment.OF_ESET, SELECTION),
}
SECRETS = {"api_key", "jwt", "lookup_api_key", "lookup_jwt", "access_token", "password"}


def read_documentation(credentials, *fragments):
    """Return each option as an argument spec would describe it."""
    documented = {}
    for fragment in fragments:
        for name, option in yaml.safe_load(fragment)["options"].items():
            text = " ".join(option.pop("description"))
            variable = None if name in credentials else re.search(r"E\((\w+)\)", text)
            documented[name] = {**option, "variable": variable and variable[1]}
    return documented


def read_spec(spec):
    described = {}
    for name, option in spec.items():
        dummy, variables = option.get("fallback", (_options.read_environment, [None]))
        rest = {key: value for key, value in option.items() if key not in ("fallback", "no_log")}
        described[name] = {**rest, "variable": variables[0]}
    return described


@pytest.mark.parametrize("name", SPECS)
def test_an_option_is_what_the_documentation_says(name):
    make, *documentation = SPECS[name]
    assert read_spec(make()) == read_documentation(*documentation)


@pytest.mark.parametrize("name", SPECS)
def test_a_value_from_the_environment_is_read_by_one_function(name):
    readers = {option["fallback"][0] for option in SPECS[name][0]().values() if "fallback" in option}
    assert readers <= {_options.read_environment}


@pytest.mark.parametrize("name", SPECS)
def test_exactly_the_secrets_are_hidden(name):
    spec = SPECS[name][0]()
    assert {option for option in spec if spec[option].get("no_log")} == SECRETS & set(spec)


def test_the_option_with_the_incidents_is_required_and_has_a_name_for_one_of_them():
    spec = _task.closing_spec("incident_numbers", "incident_number")
    assert spec.pop("incident_numbers") == {
        "type": "list",
        "elements": "str",
        "required": True,
        "aliases": ["incident_number"],
    }
    assert read_spec(spec) == read_documentation((), closing.ModuleDocFragment.DOCUMENTATION)


def test_particular_incidents_exclude_every_condition_of_a_selection():
    conditions = ("status", "severity", "created_after", "created_before", "filter")
    assert _selection.exclude("incident_numbers") == [("incident_numbers", name) for name in conditions]
