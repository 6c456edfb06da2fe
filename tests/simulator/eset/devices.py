# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate the device management: "List devices", "Get device", "Batch get devices"."""

from __future__ import annotations

import dataclasses

from ..messages import Answer, Refusal
from .queries import fields, page, pairs, without_empty

FOREIGN_DEVICE = "ffffffff-ffff-4fff-bfff-fffffffffffd"


@dataclasses.dataclass
class Device:
    """A device of ESET. A ``forbidden`` device exists, but the account may not see it.

    Its names and addresses may be empty, or None, which becomes null in the responses.
    """

    uuid: str
    display_name: str = ""
    original_display_name: str = ""
    primary_local_ip_address: str = ""
    public_ip_address: str = ""
    operating_system: str = "Ubuntu"  # its displayName
    is_mobile: bool = False
    is_muted: bool = False
    functionality_status: str = "FUNCTIONALITY_STATUS_OK"
    last_sync_time: str = "2026-01-13T10:00:00Z"
    tags: list = dataclasses.field(default_factory=list)
    parent_group_uuid: str = "00000000-0000-0000-7001-000000000001"
    mac_addresses: list = dataclasses.field(default_factory=list)
    forbidden: bool = False
    order: int = 0

    def full(self):
        """Return the fields of a device in every response."""
        adapters = [{"macAddress": address} for address in self.mac_addresses]
        return {
            "uuid": self.uuid,
            "displayName": self.display_name,
            "originalDisplayName": self.original_display_name,
            "primaryLocalIpAddress": self.primary_local_ip_address,
            "publicIpAddress": self.public_ip_address,
            "operatingSystem": {"displayName": self.operating_system},
            "isMobile": self.is_mobile,
            "isMuted": self.is_muted,
            "functionalityStatus": self.functionality_status,
            "lastSyncTime": self.last_sync_time,
            "tags": list(self.tags),
            "parentGroupUuid": self.parent_group_uuid,
            "hardwareProfiles": [{"networkAdapters": adapters}] if adapters else [],
        }


def read_device(eset, request):
    """ "Get device"."""
    fields(request.query, ())
    return Answer(200, {"device": _shown(eset, _visible(eset, request.devices[0]))})


def list_devices(eset, request):
    """ "List devices": those with one of the names, exactly; all without a name. Forbidden ones are not listed."""
    sent = pairs(request.query)
    names = [value for name, value in sent if name == "displayNames"]
    query = dict(pair for pair in sent if pair[0] != "displayNames")
    if len(query) + len(names) != len(sent) or not set(query) <= {"pageSize", "pageToken"}:
        raise Refusal(400)
    found = [
        device
        for device in eset.devices.values()
        if not device.forbidden and (not names or device.display_name in names)
    ]
    devices, token = page(found, lambda device: [device.order], query, names)
    payload = {"devices": [_shown(eset, device) for device in devices], "nextPageToken": token}
    return Answer(200, without_empty(payload) if eset.leave_out_empty else payload)


def batch_get_devices(eset, request):
    """ "Batch get devices": all of them in the order requested, or none."""
    if {name for name, dummy in pairs(request.query)} != {"devicesUuids"}:
        raise Refusal(400)
    if not all(request.devices) or len(set(request.devices)) != len(request.devices):
        raise Refusal(400)
    if len(request.devices) > eset.batch_limit:
        raise Refusal(414)
    found = [_visible(eset, name) for name in request.devices]
    return Answer(200, {"devices": [_shown(eset, device) for device in found]})


def named_in_batch(request):
    """Return the devices that the query of a batch names, whether or not it is well formed."""
    try:
        return tuple(value for name, value in pairs(request.query) if name == "devicesUuids")
    except Refusal:
        return ()


def _visible(eset, name):
    device = eset.devices.get(name)
    if device is None:
        raise Refusal(eset.missing_device)
    if device.forbidden:
        raise Refusal(403)
    return device


def _shown(eset, device):
    return without_empty(device.full()) if eset.leave_out_empty else device.full()
