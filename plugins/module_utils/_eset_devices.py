# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the devices of ESET Connect.

This file is private to the collection and may change in any release.

The docstrings name the pages of the ESET Connect help that describe the API.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError, RejectedError
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import HINTS, ConnectClient
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import RowAnswer

BATCH_SIZE = 100  # the number of uuids that fit in one URL
DEVICE_HINTS = {
    **HINTS,
    400: "check device_url and region",
    403: "give the API user the permission to read devices (Devices: Read)",
    404: "there is no such device, or the API user may not see it: check device_url and region",
}


class EsetDevices:
    """The device management of ESET Connect.

    :param http: the session, whose token and rate limit the calls share with those for incidents.
    :param url: the address of the device management.
    """

    def __init__(self, http: ConnectClient, url: str) -> None:
        self._http = http
        self._url = url + "/v1/devices"

    def read_devices(self, uuids: Iterable[str]) -> dict[str, RowAnswer]:
        """Return each device, or the error of reading it ("Batch get devices").

        ESET rejects a whole batch because of one device, so this halves a rejected batch until that device is alone.

        :param uuids: the devices.
        :raises ClientError: no device can be read.
        """
        wanted = list(dict.fromkeys(uuids))
        devices: dict[str, RowAnswer] = {}
        for start in range(0, len(wanted), BATCH_SIZE):
            self._read_halves(wanted[start : start + BATCH_SIZE], devices, suspicious=min(2, len(wanted)))
        return devices

    def _read_halves(self, batch: Sequence[str], devices: dict[str, RowAnswer], *, suspicious: int) -> None:
        """Read a batch, and its halves if it is rejected.

        :param devices: receives the answers.
        :param suspicious: with this number of rejected devices and no others, the function checks the permission.
        """
        try:
            devices.update(self._read_batch(batch))
        except RejectedError as error:
            if error.fatal:
                raise
            if len(batch) > 1:
                middle = (len(batch) + 1) // 2
                self._read_halves(batch[:middle], devices, suspicious=suspicious)
                self._read_halves(batch[middle:], devices, suspicious=suspicious)
                return
            devices[batch[0]] = error
            if len(devices) == suspicious and all(isinstance(device, ClientError) for device in devices.values()):
                self._check_access()

    def _check_access(self) -> None:
        """Read any device, so that a missing permission costs a few requests and not two for each device.

        :raises RejectedError: the API user may not read devices.
        """
        call = Call("GET", self._url, "listing the devices", safe=True, accepts=_is_list, hints=DEVICE_HINTS)
        self._http.request_or_stop(call._replace(params={"pageSize": 1}, fatal=(400, 403, 404)))

    def _read_batch(self, batch: Sequence[str]) -> dict[str, RowAnswer]:
        what = f"reading device {batch[0]}" if len(batch) == 1 else f"reading {len(batch)} devices"
        call = Call("GET", self._url + ":batchGet", what, safe=True, accepts=_is_list, hints=DEVICE_HINTS)
        rows = self._http.request_or_stop(call._replace(params={"devicesUuids": list(batch)})).data.get("devices", [])
        named = {row["uuid"].lower(): row for row in rows}
        absent = RejectedError(self._http.describe(what, "the response does not contain it"))
        return {uuid: named.get(uuid.lower(), absent) for uuid in batch}


def _is_list(data: Any) -> bool:
    """Return whether JSON is a list of devices. JSON from protocol buffers leaves out empty fields."""
    devices = data.get("devices", []) if isinstance(data, dict) else None
    return isinstance(devices, list) and all(
        isinstance(row, dict) and isinstance(row.get("uuid"), str) for row in devices
    )
