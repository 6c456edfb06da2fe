# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._device_hosts import assign_hosts

HOSTNAMES = ("displayName", "originalDisplayName", "uuid")


def assign(*devices, existing=None, hostnames=HOSTNAMES):
    warnings = []
    hosts = assign_hosts(devices, hostnames, existing or {}, warnings.append, device_variable="device_uuid")
    return hosts, warnings


def device(uuid, name="", original="", address="", seen=""):
    return {
        "uuid": uuid,
        "displayName": name,
        "originalDisplayName": original,
        "primaryLocalIpAddress": address,
        "lastSyncTime": seen,
    }


@pytest.mark.parametrize(
    ("found", "hostnames", "host"),
    [
        (device("u-1", "web01", "WEB-ORIGINAL"), HOSTNAMES, "web01"),
        (device("u-1", "web01", "WEB-ORIGINAL"), ("originalDisplayName", "displayName"), "WEB-ORIGINAL"),
        (device("u-1", "", "WEB-ORIGINAL"), HOSTNAMES, "WEB-ORIGINAL"),
        (device("u-1", "web01 (finance)", "WEB-ORIGINAL"), HOSTNAMES, "WEB-ORIGINAL"),
        (device("u-1", "Büro 3"), HOSTNAMES, "u-1"),
        (device("u-1", "localhost"), HOSTNAMES, "u-1"),
        (device("u-1", "web01"), ("originalDisplayName",), "u-1"),
        ({"uuid": "u-1"}, HOSTNAMES, "u-1"),
        (device("u-1", "web01", address="10.0.0.1"), ("primaryLocalIpAddress",), "10.0.0.1"),
    ],
)
def test_name_a_host_that_does_not_exist(found, hostnames, host):
    assert assign(found, hostnames=hostnames) == ({"u-1": host}, [])


@pytest.mark.parametrize(
    ("found", "existing", "host"),
    [
        (device("u-1", "WEB01"), {"web01": {}}, "web01"),
        (device("u-1", "web01"), {"web01.example.com": {}}, "web01.example.com"),
        (device("u-1", "note", "web01"), {"web01": {}}, "web01"),
        (device("u-1", "note", address="10.0.0.1"), {"web01": {"ansible_host": "10.0.0.1"}}, "web01"),
        (device("u-1", "other"), {"web01": {"device_uuid": "U-1"}, "other": {}}, "web01"),
    ],
)
def test_find_the_existing_host(found, existing, host):
    assert assign(found, existing=existing) == ({"u-1": host}, [])


def test_a_device_that_matches_several_hosts_stays_a_host_of_its_own():
    existing = {"web01.a.example": {}, "web01.b.example": {}}
    assert assign(device("u-1", "web01"), existing=existing) == (
        {"u-1": "web01"},
        [
            'the device u-1 ("web01") matches several hosts (web01.a.example, web01.b.example) and becomes a host of its own'
        ],
    )


def test_a_device_does_not_become_a_host_that_is_another_device():
    hosts, warnings = assign(device("u-1", "web01"), existing={"web01": {"device_uuid": "u-2"}})
    assert hosts == {"u-1": "u-1"}
    assert warnings == [
        'the device u-1 ("web01") matches the host web01, which is another device, and becomes a host of its own'
    ]


@pytest.mark.parametrize("existing", [{}, {"WEB01": {}}])
def test_the_last_seen_of_two_devices_gets_their_common_name(existing):
    hosts, warnings = assign(
        device("u-1", "web01", seen="2026-10-01"), device("u-2", "WEB01", seen="2026-11-01"), existing=existing
    )
    assert hosts == {"u-1": "u-1", "u-2": "WEB01"}
    assert len(warnings) == 1
    assert warnings[0].startswith('the device u-1 ("web01") ')


def test_two_devices_with_a_common_name_use_their_other_names():
    hosts, dummy = assign(device("u-1", "web01"), device("u-2", "web02", "web01"))
    assert hosts == {"u-1": "web01", "u-2": "web02"}
