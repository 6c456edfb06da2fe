# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices, with a scripted client in the place of the network."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import NotExecutedError, RejectedError
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_devices import DEVICE_HINTS, EsetDevices

REJECTED = RejectedError("no", status=404)
DENIED = RejectedError("denied", status=403, fatal=True)


@pytest.fixture
def connect(script):
    """Return a function that makes the devices of a host that plays responses."""

    def make(*answers):
        http = script("ESET", *answers)
        return http, EsetDevices(http, "https://eset")

    return make


def some(*uuids):
    return {"devices": [{"uuid": uuid} for uuid in uuids]}


def read_batches(http):
    return [call.params.get("devicesUuids") for call in http.calls]


def test_a_batch_is_read_with_one_safe_call(connect):
    http, devices = connect(some("a", "b"))
    assert devices.read_devices(["a", "b"]) == {"a": {"uuid": "a"}, "b": {"uuid": "b"}}
    (call,) = http.stopping
    assert (call.method, call.url) == ("GET", "https://eset/v1/devices:batchGet")
    assert (call.what, call.safe, call.hints) == ("reading 2 devices", True, DEVICE_HINTS)
    assert call.params == {"devicesUuids": ["a", "b"]}


def test_one_device_is_named(connect):
    http, devices = connect(some("a"))
    devices.read_devices(["a"])
    assert http.calls[0].what == "reading device a"


def test_nothing_is_read_without_devices(connect):
    dummy, devices = connect()
    assert devices.read_devices([]) == {}


def test_each_device_is_read_once(connect):
    http, devices = connect(some("a", "b"))
    devices.read_devices(["a", "b", "a"])
    assert read_batches(http) == [["a", "b"]]


def test_a_hundred_devices_are_a_batch(connect):
    uuids = [str(number) for number in range(201)]
    http, devices = connect(some(*uuids[:100]), some(*uuids[100:200]), some(uuids[200]))
    assert list(devices.read_devices(uuids)) == uuids
    assert [len(batch) for batch in read_batches(http)] == [100, 100, 1]


@pytest.mark.parametrize(["asked", "shown"], [("A", "a"), ("a", "A")])
def test_the_case_of_a_uuid_does_not_matter(connect, asked, shown):
    dummy, devices = connect(some(shown))
    assert devices.read_devices([asked]) == {asked: {"uuid": shown}}


def test_a_device_that_the_response_does_not_contain_is_missing(connect):
    dummy, devices = connect(some("a"))
    answer = devices.read_devices(["a", "b"])["b"]
    assert isinstance(answer, RejectedError)
    assert str(answer) == "reading 2 devices: ESET: the response does not contain it"


def test_a_response_may_be_empty(connect):
    dummy, devices = connect({})
    assert isinstance(devices.read_devices(["a"])["a"], RejectedError)


def test_a_rejected_batch_is_halved_until_the_device_is_alone(connect):
    http, devices = connect(REJECTED, REJECTED, some("a"), REJECTED, some("c"))
    assert devices.read_devices(["a", "b", "c"]) == {"a": {"uuid": "a"}, "b": REJECTED, "c": {"uuid": "c"}}
    assert read_batches(http) == [["a", "b", "c"], ["a", "b"], ["a"], ["b"], ["c"]]


def test_a_fatal_error_is_not_that_of_one_device(connect):
    http, devices = connect(DENIED)
    with pytest.raises(RejectedError, match="denied"):
        devices.read_devices(["a", "b"])
    assert len(http.calls) == 1


def test_another_error_goes_up(connect):
    dummy, devices = connect(NotExecutedError("no route"))
    with pytest.raises(NotExecutedError, match="no route"):
        devices.read_devices(["a", "b"])


@pytest.mark.parametrize("uuids", [["a"], ["a", "b"]])
def test_devices_that_are_all_rejected_raise_the_suspicion_of_a_missing_permission(connect, uuids):
    http, devices = connect(*[REJECTED] * (2 * len(uuids) - 1), DENIED)
    with pytest.raises(RejectedError, match="denied"):
        devices.read_devices(uuids)
    assert http.calls[-1].url == "https://eset/v1/devices"


def test_the_suspicion_arises_once(connect):
    http, devices = connect(*[REJECTED] * 4, {}, REJECTED)
    assert devices.read_devices(["a", "b", "c"]) == dict.fromkeys("abc", REJECTED)
    assert [call.url for call in http.calls].count("https://eset/v1/devices") == 1


def test_one_device_that_can_be_read_lifts_the_suspicion(connect):
    dummy, devices = connect(REJECTED, some("a"), REJECTED)
    assert devices.read_devices(["a", "b"])["b"] is REJECTED


def test_a_missing_permission_is_found_with_one_small_safe_call(connect):
    http, devices = connect(REJECTED, some("b"))
    devices.read_devices(["a"])
    call = http.stopping[-1]
    assert (call.method, call.what, call.safe) == ("GET", "listing the devices", True)
    assert (call.params, call.fatal, call.hints) == ({"pageSize": 1}, (400, 403, 404), DEVICE_HINTS)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    ["data", "accepted"],
    [
        ({}, True),
        (some(), True),
        (some("a"), True),
        (some(7), False),
        ({"devices": ["a"]}, False),
        ({"devices": None}, False),
        ({"devices": {}}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_response_is_a_list_of_devices(connect, number, data, accepted):
    http, devices = connect(REJECTED, some("b"))
    devices.read_devices(["a"])
    assert http.calls[number].accepts(data) is accepted
