# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and listing devices in the simulated ESET."""

from __future__ import annotations

import pytest

from simulator import DEFAULT_ESET_DEVICES, DEFAULT_ESET_INCIDENTS


def uuids(answer):
    assert answer.status_code == 200, answer.text
    return [device["uuid"] for device in answer.json()["devices"]]


def test_read_shows_the_whole_device(sim, client):
    sim.eset.add_device(
        "d4",
        display_name="web01 (lent to Ann)",
        original_display_name="web01.example.com",
        primary_local_ip_address="192.0.2.1",
        public_ip_address="198.51.100.1",
        operating_system="Debian GNU/Linux 13",
        functionality_status="FUNCTIONALITY_STATUS_ATTENTION_REQUIRED",
        last_sync_time="2026-01-12T06:08:31Z",
        tags=["dmz"],
        parent_group_uuid="g1",
        mac_addresses=["02-00-00-00-00-01"],
        is_muted=True,
    )
    assert client.device_read("d4").json() == {
        "device": {
            "uuid": "d4",
            "displayName": "web01 (lent to Ann)",
            "originalDisplayName": "web01.example.com",
            "primaryLocalIpAddress": "192.0.2.1",
            "publicIpAddress": "198.51.100.1",
            "operatingSystem": {"displayName": "Debian GNU/Linux 13"},
            "isMobile": False,
            "isMuted": True,
            "functionalityStatus": "FUNCTIONALITY_STATUS_ATTENTION_REQUIRED",
            "lastSyncTime": "2026-01-12T06:08:31Z",
            "tags": ["dmz"],
            "parentGroupUuid": "g1",
            "hardwareProfiles": [{"networkAdapters": [{"macAddress": "02-00-00-00-00-01"}]}],
        }
    }


def test_a_device_can_leave_out_what_is_empty(sim, client):
    sim.configure(eset={"leave_out_empty": True})
    sim.eset.add_device("d4", original_display_name="web01")
    for device in (client.device_read("d4").json()["device"], client.device_batch("d4").json()["devices"][0]):
        assert device["originalDisplayName"] == "web01"
        assert "displayName" not in device
        assert "isMobile" not in device


@pytest.mark.parametrize("status", [404, 403, 400])
def test_a_missing_device_is_an_error(sim, client, status):
    sim.configure(eset={"missing_device": status})
    assert client.device_read("nowhere").status_code == status


def test_a_forbidden_device_is_an_error(sim, client):
    sim.eset.add_device("d4", forbidden=True)
    assert client.device_read("d4").status_code == 403


def test_a_batch_is_in_the_order_requested(client):
    answer = client.device_batch("d3", "d1")
    assert uuids(answer) == ["d3", "d1"]
    assert list(answer.json()) == ["devices"]


def test_a_batch_shows_what_a_read_shows(client):
    assert client.device_batch("d1").json()["devices"] == [client.device_read("d1").json()["device"]]


def test_a_batch_names_its_devices_in_the_journal(sim, client):
    client.device_batch("d3", "d1")
    assert sim.journal[-1].call == "eset.device_batch"
    assert sim.journal[-1].devices == ("d3", "d1")


@pytest.mark.parametrize(["bad", "status"], [("nowhere", 404), ("forbidden", 403)])
def test_one_bad_device_fails_the_whole_batch(sim, client, bad, status):
    sim.eset.add_device("forbidden", forbidden=True)
    answer = client.device_batch("d1", bad, "d2")
    assert answer.status_code == status
    assert "devices" not in answer.json()


def test_a_batch_has_100_devices_at_most(sim, client):
    names = [f"b{number}" for number in range(101)]
    sim.eset.add(devices=names)
    assert uuids(client.device_batch(*names[:100])) == names[:100]
    assert client.device_batch(*names).status_code == 414


def test_a_batch_can_be_smaller(sim, client):
    sim.configure(eset={"batch_limit": 2})
    assert client.device_batch("d1", "d2").status_code == 200
    assert client.device_batch("d1", "d2", "d3").status_code == 414


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?devicesUuids=",
        "?devicesUuids=d1&devicesUuids=",
        "?devicesUuids=d1&devicesUuids=d1",
        "?devicesUuids=d1&pageSize=5",
        "?deviceUuids=d1",
        "?devicesUuids",
        "?devicesUuids=%ff",
    ],
)
def test_a_batch_rejects_wrong_queries(client, query):
    assert client.eset("GET", "/v1/devices:batchGet" + query).status_code == 400


def test_a_batch_joined_by_commas_is_one_unknown_device(client):
    assert client.eset("GET", "/v1/devices:batchGet?devicesUuids=d1,d2").status_code == 404


def test_list_shows_all_devices_but_forbidden_ones(sim, client):
    sim.eset.add_device("d4", forbidden=True)
    answer = client.device_list()
    assert uuids(answer) == ["d1", "d2", "d3"]
    assert answer.json()["nextPageToken"] == ""


@pytest.mark.parametrize(
    ["names", "found"],
    [
        (["web01"], ["w1", "w2"]),
        (["web01", "web02"], ["w1", "w2", "w3"]),
        (["WEB01"], []),
        (["web"], []),
        (["w3"], []),
        (["web01.example.com"], []),
    ],
)
def test_list_finds_devices_by_their_exact_name(sim, client, names, found):
    sim.eset.add_device("w1", display_name="web01")
    sim.eset.add_device("w2", display_name="web01", original_display_name="web01.example.com")
    sim.eset.add_device("w3", display_name="web02")
    assert uuids(client.device_list(displayNames=names)) == found


def test_list_returns_pages(client):
    first = client.device_list(pageSize="2")
    assert uuids(first) == ["d1", "d2"]
    second = client.device_list(pageSize="2", pageToken=first.json()["nextPageToken"])
    assert uuids(second) == ["d3"]
    assert second.json()["nextPageToken"] == ""


def test_a_page_has_50_devices_by_default_and_1000_at_most(sim, client):
    sim.eset.add(devices=[f"p{number}" for number in range(1000)])
    assert len(uuids(client.device_list())) == 50
    assert len(uuids(client.device_list(pageSize="2000"))) == 1000


def test_a_page_token_is_valid_for_its_names_only(client):
    token = client.device_list(pageSize="1").json()["nextPageToken"]
    assert client.device_list(displayNames="web01", pageToken=token).status_code == 400


@pytest.mark.parametrize("query", ["displayName=web01", "pageSize=1&pageSize=2", "filter=x"])
def test_list_rejects_wrong_queries(client, query):
    assert client.eset("GET", "/v1/devices?" + query).status_code == 400


def test_a_device_has_no_other_fields(sim):
    with pytest.raises(TypeError):
        sim.eset.add_device("d9", color="red")
    assert "d9" not in sim.eset.devices


def test_the_devices_of_the_default_incidents_exist():
    named = {device for incident in DEFAULT_ESET_INCIDENTS for device in incident["device_uuids"]}
    assert named == {device["id"] for device in DEFAULT_ESET_DEVICES}
