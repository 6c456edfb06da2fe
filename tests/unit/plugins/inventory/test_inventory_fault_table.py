# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault, at every call of both inventory plugins: the table in docs/docsite/rst/reliability.rst contains the expected results.

A cell describes the inventory if the fault happens once, and if it happens every time. An inventory that does not fail
has a host for every incident, and a failure is one line without a secret.
"""

from __future__ import annotations

import pytest
from fault_table import FAULTS, UNREACHED, cause, cells

from ansible_collections.secops.incident_closure.plugins.inventory import d3_incidents, eset_incidents
from ansible_collections.secops.incident_closure.plugins.module_utils import _options
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from simulator import DEFAULT_D3_LOOKUP_KEY, DEFAULT_ESET_PASSWORD

HEADING = "While an inventory is read"
CALLS = {
    "ESET sign-in": "eset.sign_in",
    "ESET list": "eset.list",
    "ESET read": "eset.read",
    "ESET devices": "eset.device_batch",
    "D3 list": "d3.read",
}
HOSTS = {"web1": {"i1"}, "web2": {"i1", "i2"}, "web3": {"i2"}}
SCENARIO = {
    "eset": {
        "devices": [{"id": f"d{number}", "display_name": f"web{number}"} for number in (1, 2, 3)],
        "incidents": [{"id": "i1", "device_uuids": ["d1", "d2"]}, {"id": "i2", "device_uuids": ["d2", "d3"]}],
    },
    "d3": {
        "incidents": [
            {"id": "i1", "fields": {"Custom Field": "web1, web2"}},
            {"id": "i2", "fields": {"Custom Field": "web2, web3"}},
        ]
    },
}


@pytest.fixture
def read(sim, source, eset_options, d3_options):
    """Return a function that reads the inventory of the product that a call belongs to."""
    sim.reset({**SCENARIO, "settings": {"rate_limit": False}})

    def read_source(call, **options):
        if call.startswith("D3"):
            return source(d3_incidents.InventoryModule, d3_options).read(host_fields=["Custom Field"], **options)
        return source(eset_incidents.InventoryModule, eset_options).read(rate_limit=0, **options)

    return read_source


def describe(sim, call, read, **options):
    """Return the cell of the table for an inventory, after the checks that apply to every inventory."""
    variable = f"incident_closure_{'d3' if call.startswith('D3') else 'eset'}_incidents"
    try:
        hosts = {host: set(variables[variable]) for host, variables in read(call, **options).items()}
    except (ClientError, InvalidOptionError) as error:
        message = str(error)
        assert "\n" not in message
        for secret in (DEFAULT_D3_LOOKUP_KEY, DEFAULT_ESET_PASSWORD, *sim.eset.tokens):
            assert secret not in message
        return "fails"
    if hosts == HOSTS:
        return "complete"
    lost = {
        incident
        for host, incidents in HOSTS.items()
        for incident in incidents - hosts.get(host, set())
        if not any(incident in listed for other, listed in hosts.items() if other not in HOSTS)
    }
    return "short" if lost else "held back"


def test_no_inventory_is_short_unless_the_product_leaves_incidents_out_of_its_list():
    short = {(fault, call) for fault, call, expected in cells(HEADING) if "short" in expected}
    faults, calls = ("a row left out", "only rows nobody asked for"), ("ESET list", "D3 list")
    assert short <= {(fault, call) for fault in faults for call in calls}


def test_the_table_is_complete():
    assert {(fault, call) for fault, call, _expected in cells(HEADING)} == {
        (fault, call) for fault in (*UNREACHED, *FAULTS) for call in CALLS
    }


@pytest.mark.parametrize(["fault", "call", "expected"], [*cells(HEADING)])
def test_a_fault_while_an_inventory_is_read(sim, read, monkeypatch, fault, call, expected):
    if fault.startswith("time-out"):
        client_options = _options.client_options
        monkeypatch.setattr(_options, "client_options", lambda params: {**client_options(params), "timeout": 0.5})
    found = []
    for times in (1, None):
        if not cause(sim, monkeypatch, fault, CALLS[call], times):
            found = ["–"]
            break
        found.append(describe(sim, call, read, retries=2))
    assert " · ".join(found) == expected
