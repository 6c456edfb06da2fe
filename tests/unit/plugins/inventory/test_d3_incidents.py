# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin d3_incidents against the simulator."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.inventory.d3_incidents import InventoryModule
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError


@pytest.fixture
def d3(source, d3_options):
    return source(InventoryModule, {**d3_options, "host_fields": ["Custom Field"]})


def incident(number, hosts, **fields):
    return {"id": number, "fields": {"Custom Field": hosts}, **fields}


def reset(sim, *incidents):
    sim.reset({"d3": {"incidents": list(incidents)}})


def listed(hosts):
    return {host: variables["incident_closure_d3_incidents"] for host, variables in hosts.items()}


def test_the_hosts_that_a_field_names_become_hosts(sim, d3):
    reset(sim, incident("1", "web01, web02"), incident("2", "WEB02"), incident("3", "web03", status="Closed"))
    assert listed(d3.read()) == {"WEB02": ["2", "1"], "web01": ["1"]}


@pytest.mark.parametrize("dynamic_as", ["flat", "nested"])
def test_the_hosts_in_a_dynamic_field_become_hosts(sim, d3, dynamic_as):
    reset(sim, {"id": "1", "dynamic_fields": {"Asset": {"Hostname": ["web01", "web02"]}}})
    sim.configure(d3={"dynamic_as": dynamic_as})
    hosts = d3.read(host_fields=[{"section": "Asset", "field": "Hostname"}])
    assert listed(hosts) == {"web01": ["1"], "web02": ["1"]}


def test_a_name_becomes_the_host_that_it_matches(sim, d3):
    reset(sim, incident("1", "web01, 192.0.2.7"))
    existing = {"web01.example.com": {"incident_closure_d3_incidents": [7]}, "db": {"ansible_host": "192.0.2.7"}}
    assert listed(d3.read(existing)) == {"web01.example.com": ["7", "1"], "db": ["1"]}


def test_a_name_that_matches_several_hosts_becomes_a_host_of_its_own(sim, d3):
    reset(sim, incident("1", "web01"))
    hosts = d3.read({"web01.example.com": {}, "web01.example.net": {}})
    assert hosts["web01"]["incident_closure_d3_incidents"] == ["1"]
    assert "matches several hosts" in d3.warnings[0]


@pytest.mark.parametrize("name", ["web(01)", "localhost", "{{x}}", "b\u00fcro"])
def test_an_incident_with_an_invalid_host_name_becomes_a_host(sim, d3, name):
    reset(sim, incident("1", f"{name},web02"))
    assert listed(d3.read()) == {"1": ["1"], "web02": ["1"]}
    assert "is not a valid host name" in d3.warnings[0]


def test_an_incident_without_a_host_causes_a_warning(sim, d3):
    reset(sim, incident("1", ""), incident("2", "web02"))
    assert listed(d3.read()) == {"web02": ["2"]}
    assert d3.warnings == ["incident 1 names no host, so that no host stands for it"]


def test_an_unknown_field_fails_the_source(sim, d3):
    sim.fault(
        "d3.read", "json_value", value={"rawData": {"incidents": [{"IR Number": "1", "Status": "Open"}]}},
        when="before", times=None,
    )  # fmt: skip
    with pytest.raises(InvalidOptionError, match="D3 returned no field Custom Field"):
        d3.read()


@pytest.mark.parametrize(("status", "message"), [(503, "HTTP 503"), (403, "check lookup_api_key")])
def test_a_failure_fails_the_source(sim, d3, status, message):
    sim.fault("d3.read", "status", status=status, times=None)
    with pytest.raises(ClientError, match=message):
        d3.read()


def test_the_cache_saves_requests(sim, d3):
    reset(sim, incident("1", "web01"))
    first = d3.read(cache=True)
    requests = len(sim.calls())
    assert d3.read(cache=True) == first
    assert len(sim.calls()) == requests


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host_fields": []}, "host_fields is empty"),
        ({"host_fields": [" "]}, "an entry must be the name of a field"),
        ({"filter": [{"field": "x"}]}, "filter"),
        ({"site": ""}, "site"),
    ],
)
def test_reject_invalid_options_before_the_first_request(sim, d3, options, message):
    with pytest.raises(InvalidOptionError, match=message):
        d3.read(**options)
    assert sim.calls() == []
