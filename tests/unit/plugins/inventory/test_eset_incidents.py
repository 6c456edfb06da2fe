# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin eset_incidents against the simulator."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.inventory.eset_incidents import InventoryModule
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError

CLOSED = "INCIDENT_STATUS_CLOSED"


@pytest.fixture
def eset(sim, source, eset_options):
    sim.configure(rate_limit=False)
    return source(InventoryModule, {**eset_options, "rate_limit": 0})


def listed(hosts):
    return {host: variables["incident_closure_eset_incidents"] for host, variables in hosts.items()}


def reset(sim, incidents, devices):
    settings = {"rate_limit": False}
    sim.reset({"eset": {"incidents": incidents, "devices": devices}, "settings": settings})


def test_the_devices_of_incidents_become_hosts(sim, eset):
    incidents = [
        {"id": "old", "device_uuids": ["d1", "d2"], "create_time": "2026-01-01T00:00:00Z", "display_name": "Web shell"},
        {"id": "new", "device_uuids": ["d2"], "create_time": "2026-01-02T00:00:00Z"},
        {"id": "done", "device_uuids": ["d3"], "status": CLOSED},
    ]
    devices = [{"id": f"d{n}", "display_name": f"web0{n}"} for n in (1, 2, 3)]
    reset(sim, incidents, devices)
    hosts = eset.read()
    assert listed(hosts) == {"web01": ["old"], "web02": ["new", "old"]}
    assert hosts["web01"]["incident_closure_eset_device_uuid"] == "d1"
    assert hosts["web01"]["eset_device"]["displayName"] == "web01"
    assert hosts["web01"]["eset_incidents"] == [
        {
            "id": "old",
            "title": "Web shell",
            "status": "INCIDENT_STATUS_OPEN",
            "closed": False,
            "severity": "INCIDENT_SEVERITY_LEVEL_MEDIUM",
            "created": "2026-01-01T00:00:00Z",
        }
    ]
    assert eset.warnings == []


@pytest.mark.parametrize("where", ["web01", "all"])
def test_incidents_of_earlier_sources_are_kept(sim, eset, where):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], [{"id": "d1", "display_name": "web01"}])
    hosts = eset.read({"web01": {}, where: {"incident_closure_eset_incidents": ["I0"]}})
    assert listed(hosts) == {"web01": ["I0", "i1"]}


def test_a_device_becomes_the_host_that_it_matches(sim, eset):
    existing = {"WEB01.example.com": {"incident_closure_eset_incidents": "I0, i1"}, "db": {"ansible_host": "192.0.2.7"}}
    incidents = [{"id": "i1", "device_uuids": ["d1", "d2"]}]
    devices = [
        {"id": "d1", "display_name": "web01"},
        {"id": "d2", "display_name": "a note", "primary_local_ip_address": "192.0.2.7"},
    ]
    reset(sim, incidents, devices)
    assert listed(eset.read(existing)) == {"WEB01.example.com": ["I0", "i1"], "db": ["i1"]}


def test_a_device_that_matches_several_hosts_becomes_a_host_of_its_own(sim, eset):
    existing = {"web01.example.com": {}, "web01.example.net": {}}
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], [{"id": "d1", "display_name": "web01"}])
    hosts = eset.read(existing)
    assert hosts["web01"]["incident_closure_eset_incidents"] == ["i1"]
    assert "incident_closure_eset_incidents" not in hosts["web01.example.com"]
    assert "matches several hosts (web01.example.com, web01.example.net)" in eset.warnings[0]


def test_matching_can_be_turned_off(sim, eset):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], [{"id": "d1", "display_name": "web01"}])
    hosts = eset.read({"web01.example.com": {}}, match_existing=False)
    assert hosts["web01"]["incident_closure_eset_incidents"] == ["i1"]


@pytest.mark.parametrize("device", [{"id": "d1", "forbidden": True}, None])
def test_a_device_that_eset_does_not_show_becomes_a_host(sim, eset, device):
    devices = [{"id": "d2", "display_name": "web02"}, *([device] if device else [])]
    reset(sim, [{"id": "i1", "device_uuids": ["d1", "d2"]}], devices)
    assert listed(eset.read()) == {"d1": ["i1"], "web02": ["i1"]}


def test_an_incident_that_eset_does_not_show_becomes_a_host(sim, eset):
    incidents = [{"id": "i1", "device_uuids": ["d1"]}, {"id": "i2", "device_uuids": ["d1"]}]
    reset(sim, incidents, [{"id": "d1", "display_name": "web01"}])
    sim.fault("eset.read", "status", status=404, incident="i1", times=None)
    assert listed(eset.read()) == {"i1": ["i1"], "web01": ["i2"]}


def test_an_incident_without_devices_causes_a_warning(sim, eset):
    reset(sim, [{"id": "i1"}], [])
    assert eset.read() == {}
    assert eset.warnings == ["incident i1 has no devices, so that no host stands for it"]


@pytest.mark.parametrize("call", ["eset.list", "eset.read", "eset.device_*"])
def test_an_outage_fails_the_source(sim, eset, call):
    sim.fault(call, "status", status=503, times=None)
    with pytest.raises(ClientError, match="HTTP 503"):
        eset.read()


@pytest.mark.parametrize("call", ["eset.sign_in", "eset.list", "eset.read", "eset.device_*"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_temporary_failure_is_retried(sim, eset, call, status):
    expected = eset.read()
    sim.fault(call, "status", status=status, times=2)
    assert eset.read() == expected


@pytest.mark.parametrize("status", [403, 501])
def test_a_missing_permission_fails_the_source(sim, eset, status):
    sim.fault("eset.list", "status", status=status, times=None)
    with pytest.raises(ClientError, match=f"HTTP {status}"):
        eset.read()


def test_an_inventory_takes_a_request_per_incident_and_per_hundred_devices(sim, eset):
    incidents = [{"id": f"i{n}", "device_uuids": [f"d{n % 60}"]} for n in range(150)]
    reset(sim, incidents, [{"id": f"d{n}", "display_name": f"web{n}"} for n in range(60)])
    assert len(eset.read()) == 60
    assert len(sim.calls()) <= 150 + 1 + 3


def test_the_cache_saves_requests_for_details_without_changes(sim, eset):
    incidents = [{"id": f"i{n}", "device_uuids": [f"d{n}"]} for n in range(3)]
    reset(sim, incidents, [{"id": f"d{n}", "display_name": f"web{n}"} for n in range(4)])
    first = eset.read(cache=True)
    assert len(sim.calls("eset.read")) == 3
    assert eset.read(cache=True) == first
    assert len(sim.calls("eset.read")) == 3
    sim.add(eset={"changes": [{"incident": "i1", "join": ["d3"], "update_time": "2030-01-01T00:00:00Z"}]})
    assert listed(eset.read(cache=True))["web3"] == ["i1"]
    assert len(sim.calls("eset.read")) == 4


def test_an_incident_that_was_closed_leaves_the_cache(sim, eset):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], [{"id": "d1", "display_name": "web01"}])
    eset.read(cache=True)
    sim.add(eset={"changes": [{"incident": "i1", "status": CLOSED}]})
    assert eset.read(cache=True) == {}
    assert eset.cache["key"]["incidents"] == {}


@pytest.mark.parametrize(
    "cached", [[], {}, {"format": 0, "incidents": {}}, {"format": 1}, {"format": 1, "incidents": {"i1": {"x": 1}}}]
)
def test_a_cache_of_another_version_fails_the_source(eset, cached):
    eset.cache["key"] = cached
    with pytest.raises(InvalidOptionError, match="--flush-cache"):
        eset.read(cache=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hostnames": ["fqdn"]}, "hostnames must be one or more of"),
        ({"status": ["done"]}, "status must be one or more of"),
        ({"created_after": "soon"}, "created_after is not"),
        ({"filter": "x" * 200}, "ESET accepts 200"),
        ({"device_url": ""}, "missing region .*, or device_url"),
        ({"password": ""}, "missing password"),
        ({"api_url": "http://example.com"}, "api_url must be https"),
    ],
)
def test_reject_invalid_options_before_the_first_request(sim, eset, options, message):
    with pytest.raises(InvalidOptionError, match=message):
        eset.read(**options)
    assert sim.calls() == []


def test_a_host_that_lists_a_template_is_rejected(sim, eset):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], [{"id": "d1", "display_name": "web01"}])
    with pytest.raises(InvalidOptionError, match="host web01: .* is a template"):
        eset.read({"web01": {"incident_closure_eset_incidents": "{{incidents}}"}})
