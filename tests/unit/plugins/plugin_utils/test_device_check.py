# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._device_check import (
    check_devices,
    try_to_read_devices,
)

VARIABLE = "incident_closure_eset_device_uuid"
HOSTVARS = {
    "web1": {VARIABLE: "D1"},
    "web2": {VARIABLE: "d2"},
    "plain": {},
    "cached": {VARIABLE: "d9", "ansible_facts": {VARIABLE: "d9"}},
}


def planned(incident, *hosts, product="eset", closable=True):
    return {"product": product, "id": incident, "hosts": list(hosts), "held_back_by": [], "closable": closable}


def device(uuid, name="laptop", original_name=""):
    return {"uuid": uuid, "name": name, "original_name": original_name}


def shown(incident, *devices, closed=False):
    return {
        "id": incident,
        "closed": closed,
        "devices": [device(each) if isinstance(each, str) else each for each in devices],
    }


def check(incidents, *answered, mode="auto", **answer):
    """Return the reasons by incident, the ids that the check read, and the messages about unreadable devices."""
    asked = []

    def read(product, ids):
        asked.extend(ids)
        return {"incidents": list(answered), **answer}

    rows, unread = check_devices(incidents, HOSTVARS, mode, read)
    assert [row["id"] for row in rows] == [row["id"] for row in incidents]
    assert all(row["closable"] != bool(row["held_back_by"]) for row in rows if row["id"] in asked)
    return {row["id"]: {o["host"]: o["reason"] for o in row["held_back_by"]} for row in rows}, asked, unread


def test_an_incident_passes_if_its_devices_are_its_hosts():
    held_back, asked, unread = check([planned("a", "web1", "web2")], shown("a", "d1", "D2"))
    assert (held_back, asked, unread) == ({"a": {}}, ["a"], [])


def test_a_device_that_is_not_a_host_of_the_incident_holds_it_back():
    held_back, _asked, unread = check([planned("a", "web1")], shown("a", "d1", "d2"))
    reason = f"device d2 is not the {VARIABLE} of a remediated host"
    assert (held_back, unread) == ({"a": {"laptop": reason}}, [])


def test_the_original_name_replaces_an_empty_name():
    held_back, _asked, _unread = check([planned("a", "web1")], shown("a", device("d2", "", "LAPTOP-7")))
    assert list(held_back["a"]) == ["LAPTOP-7"]


def test_a_device_that_cannot_be_read_holds_it_back():
    held_back, _asked, unread = check([planned("a", "web1")], shown("a", device("d1", "")))
    assert (held_back, unread) == ({"a": {"d1": "ESET does not show this device"}}, [])


def test_an_incident_without_devices_passes():
    assert check([planned("a", "web1")], shown("a"))[0] == {"a": {}}


def test_a_closed_incident_passes():
    assert check([planned("a", "web1")], shown("a", "d2", closed=True))[0] == {"a": {}}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"missing": [{"id": "a", "message": "HTTP 404"}]}, "HTTP 404"),
        ({"failed": True, "msg": "missing region"}, "missing region"),
        ({}, "the task ended without a result"),
    ],
)
def test_an_incident_that_cannot_be_read_is_held_back(answer, reason):
    message = f"the devices of the incident cannot be read: {reason}"
    assert check([planned("a", "web1")], **answer) == ({"a": {"ESET": message}}, ["a"], [f"a: {message}"])


@pytest.mark.parametrize(
    ("mode", "asked"),
    [("auto", ["named", "one of two"]), ("require", ["named", "one of two", "plain", "given"]), ("skip", [])],
)
def test_the_mode_selects_the_incidents(mode, asked):
    incidents = [
        planned("named", "web1"),
        planned("one of two", "plain", "web2"),
        planned("plain", "plain"),
        planned("given"),
        planned("held back", "web1", closable=False),
        planned("of D3", "web1", product="d3"),
    ]
    assert check(incidents, *map(shown, asked), mode=mode)[1] == asked


@pytest.mark.parametrize(("mode", "asked"), [("auto", ["b"]), ("require", ["a"]), ("skip", [])])
def test_the_connection_check_reads_one_incident(mode, asked):
    incidents = [planned("a", "gone", closable=False), planned("b", "web1", closable=False), planned("c", "web1")]
    read = []
    try_to_read_devices(incidents, HOSTVARS, mode, lambda product, ids: read.extend(ids) or {"missing": []})
    assert read == asked


def test_a_connection_that_cannot_read_devices_is_an_error():
    with pytest.raises(ValueError, match="^the devices of incidents cannot be read: HTTP 403$"):
        try_to_read_devices([planned("a")], HOSTVARS, "require", lambda *_args: {"failed": True, "msg": "HTTP 403"})


def test_a_required_check_holds_back_an_incident_without_hosts():
    assert list(check([planned("a")], shown("a", "d1"), mode="require")[0]["a"]) == ["laptop"]


def test_a_device_from_a_fact_cache_is_an_error():
    with pytest.raises(ValueError, match=f"^{VARIABLE} of the host cached comes from a fact cache or from a module"):
        check([planned("a", "cached")])
