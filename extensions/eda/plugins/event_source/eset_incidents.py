# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source ``secops.incident_closure.eset_incidents`` of Event-Driven Ansible."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: eset_incidents
short_description: Incidents of ESET as events
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Polls ESET PROTECT and ESET Inspect, and sends one event for each of the selected incidents.
  - You get another event for an incident only if a device joins it that none of its events named.
    After a restart, you get events for all selected incidents again.
  - An event has the keys V(product) (always V(eset)), V(incident) (its UUID), V(title), V(severity) (as ESET words it),
    V(hosts) (the names of the hosts that its devices are), and V(devices).
    Each device has the keys V(uuid), V(name), V(original_name), V(ip), and V(os).
  - A host has the display name of its device, or else the name that the device gave itself, or else the UUID of the device.
    The source uses a name for one device only, and only if it is a valid host name.
  - A device that ESET does not show has its UUID in V(hosts), so that the incident stays open, and empty strings in V(devices).
    An incident without devices is an event without hosts.
  - If ESET lists an incident and does not show it, the source logs this, and sends the event as soon as it can read the incident.
  - A poll lists the selected incidents at one request per 1000, and reads only those with an update since.
  - The source logs a temporary failure. The next poll comes after O(interval), and later after each further failure, up to 10 minutes
    or O(interval) if that is longer.
  - Wrong credentials end the source, and so does a first poll that ESET rejects.
extends_documentation_fragment:
  - secops.incident_closure.eset
  - secops.incident_closure.http
  - secops.incident_closure.selection
  - secops.incident_closure.selection.of_eset
options:
  interval:
    description: Number of seconds between two polls, V(1) to V(86400).
    type: int
    default: 60
  only_new:
    description: Whether you get events for the incidents of the first poll only if a further device joins them.
    type: bool
    default: false
  deadline:
    description:
      - Number of seconds that one step of a poll may take, which is to list the incidents, or to read 100 of them and their devices.
      - V(0) sets no limit.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Show incidents of high severity
  hosts: all
  sources:
    # The connection comes from the environment: ESET_REGION, ESET_USERNAME, and ESET_PASSWORD.
    - secops.incident_closure.eset_incidents:
        severity: [high]
        interval: 300
  rules:
    - name: An incident, or one that spread
      condition: event.incident is defined
      action:
        print_event:
          pretty: true
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# ansible-rulebook runs this file by its path, so Python does not find the folder of the collections by itself.
sys.path.append(str(Path(__file__).absolute().parents[7]))

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.secops.incident_closure.plugins.module_utils import (
    _eset_options,
    _eset_reading,
    _eset_selection,
    _options,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError, RejectedError
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HAS_REQUESTS
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import Row, RowAnswer
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.plugin_utils._device_hosts import NAME_FIELDS, assign_hosts

LOGGER = logging.getLogger("secops.incident_closure.eset_incidents")
MAX_INTERVAL = 86400
MAX_DELAY = 600  # seconds between two polls after failures
CHUNK_SIZE = (
    100  # number of incidents that a step reads before it sends their events; as many devices fit in one request
)
SESSION_POLLS = 1000  # a session keeps all of its tokens, in order to redact them

Event = dict[str, Any]


class SourceError(Exception):
    """An error that ends the source. The message is for people and contains no secret."""


class Poller:
    """Finds the incidents that are events.

    Its memory is limited to the incidents that are selected now.

    :param args: the arguments of the source.
    :ivar interval: seconds between two polls.
    :ivar has_polled: whether a poll has succeeded.
    :raises InvalidOptionError: an argument is not valid.
    """

    def __init__(self, args: Mapping[str, Any]) -> None:
        if not HAS_REQUESTS:
            raise InvalidOptionError(missing_required_lib("requests"))
        _options.check_key_log()
        self._options = _options.validate_options(args, argument_spec())
        _options.check_range(self._options, "interval", 1, MAX_INTERVAL)
        self.interval: int = self._options["interval"]
        self.has_polled = False
        self._selection = _eset_selection.make_selection(self._options)
        statuses = self._options["status"] or _eset_selection.NOT_CLOSED
        self._statuses = {_eset_selection.STATUSES[status] for status in statuses}
        self._known: dict[str, Row] = {}  # the time of each incident's update, and the devices in its events
        self._names: dict[str, str] = {}  # the host of each of these devices
        self._unread: set[str] = set()  # incidents that the log names as unread
        self._old: set[str] | None = None  # incidents without a first event; None before the first poll
        self.connect()

    def connect(self) -> None:
        """Make a new session, because a session does not sign in again after a failed sign-in."""
        secrets = Secrets()
        self._polls = 0
        self._api = _eset_options.connect(self._options, secrets)
        self._reader = _eset_options.connect_devices(self._options, self._api, secrets)

    def stop(self) -> None:
        """End a poll in another thread at its next request."""
        self._api.http.policy.stop()

    def poll(self) -> Iterator[list[Event]]:
        """Yield new events step by step.

        :raises ClientError: the list of incidents cannot be read, or no further request can succeed.
        """
        if self._polls == SESSION_POLLS:
            self.connect()
        self._polls += 1
        self._api.http.policy.start()
        listed = _eset_reading.list_incidents(self._api, self._selection, self._options["limit"])
        self._forget(listed)
        if self._old is None:
            self._old = set(listed) if self._options["only_new"] else set()
        unchanged = _eset_reading.find_unchanged(listed, self._known)
        changed = [incident for incident in listed if incident not in unchanged]
        for start in range(0, len(changed), CHUNK_SIZE):
            self._api.http.policy.start()  # the rules may have taken long to receive the events before
            yield self._find_events(changed[start : start + CHUNK_SIZE])
        self.has_polled = True

    def _forget(self, listed: Mapping[str, Row]) -> None:
        """Drop the incidents that are not selected anymore, and their devices."""
        self._known = {incident: row for incident, row in self._known.items() if incident in listed}
        devices = set(_eset_reading.find_devices(self._known.values()))
        self._names = {device: name for device, name in self._names.items() if device in devices}
        self._unread.intersection_update(listed)
        if self._old:
            self._old.intersection_update(listed)

    def _find_events(self, incidents: Sequence[str]) -> list[Event]:
        """Return the events of new and updated incidents.

        :raises ClientError: no further request can succeed.
        """
        rows = _eset_reading.read_incidents(self._api, incidents)
        self._log_unread(rows)
        # Somebody may have closed an incident since the plugin read the list.
        read = {
            incident: row for incident, row in rows.items() if isinstance(row, dict) and row["status"] in self._statuses
        }
        grown = {incident: row for incident, row in read.items() if self._has_news(incident, row)}
        try:
            devices = self._reader.read_devices(_eset_reading.find_devices(grown.values()))
        except ClientError as error:
            if error.fatal:
                raise
            LOGGER.warning("%s; the incidents of these devices are read again in the next poll", error)
            return []
        names = self._assign_hosts(devices)
        events = [
            {
                "product": "eset",
                "incident": incident["id"],
                "title": incident["title"],
                "severity": incident["severity"],
                "hosts": [names[device["uuid"]] for device in incident["devices"]],
                "devices": incident["devices"],
            }
            for incident in _eset_reading.describe(grown, devices).incidents
            if incident["id"] in self._known or incident["id"] not in (self._old or ())
        ]
        for incident, row in read.items():
            named = _eset_reading.find_devices([self._known.get(incident, {}), row])
            self._known[incident] = {"updateTime": row.get("updateTime"), "deviceUuids": named}
        return events

    def _log_unread(self, rows: Mapping[str, RowAnswer]) -> None:
        """Log each unread incident, once.

        :raises ClientError: no further request can succeed.
        """
        reading = _eset_reading.describe(rows)
        if reading.failure and reading.failure.fatal:
            raise reading.failure
        self._unread.difference_update(incident["id"] for incident in reading.incidents)
        for missing in reading.missing:
            if missing["id"] not in self._unread:
                LOGGER.warning("%s; the incident becomes an event as soon as it can be read", missing["message"])
                self._unread.add(missing["id"])

    def _has_news(self, incident: str, row: Row) -> bool:
        """Return whether an incident is new, or has a device that no event of it named."""
        known = self._known.get(incident)
        return known is None or not set(_eset_reading.find_devices([row])).issubset(known["deviceUuids"])

    def _assign_hosts(self, devices: Mapping[str, RowAnswer]) -> dict[str, str]:
        """Return the host of each device. Each device of the selected incidents has a name of its own."""
        shown = _eset_reading.show_devices(devices).values()
        others = {name: {"uuid": device} for device, name in self._names.items() if device not in devices}
        names = assign_hosts(shown, (*NAME_FIELDS, "uuid"), others, LOGGER.warning, device_variable="uuid")
        self._names.update(names)
        return names


def argument_spec() -> _options.ArgumentSpec:
    """Return the arguments of the source."""
    return {
        "interval": {"type": "int", "default": 60},
        "only_new": {"type": "bool", "default": False},
        **_eset_selection.selection_spec(),
        **_eset_options.connection_spec(),
    }


async def run(
    queue: asyncio.Queue[Event], poller: Poller, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
) -> None:
    """Send events until the source is canceled.

    :param sleep: a function that waits for the next poll.
    :raises SourceError: the credentials are wrong, or ESET rejects the first poll.
    """
    failures = 0
    try:
        while True:
            delay = poller.interval
            try:
                polling = poller.poll()
                while (events := await asyncio.to_thread(next, polling, None)) is not None:
                    for event in events:
                        await queue.put(event)
                failures = 0
            except ClientError as error:
                if error.reason == "sign_in" or (isinstance(error, RejectedError) and not poller.has_polled):
                    raise SourceError(str(error)) from None
                delay = min(delay * 2**failures, max(delay, MAX_DELAY))
                failures += 1
                LOGGER.warning("%s; the next poll is in %d seconds", error, delay)
                poller.connect()
            await sleep(delay)
    finally:
        poller.stop()


async def main(queue: asyncio.Queue[Event], args: Mapping[str, Any]) -> None:
    """Run the source. ansible-rulebook calls this function.

    :param queue: receives the events.
    :param args: the arguments of the source.
    :raises SourceError: an argument is not valid, the credentials are wrong, or ESET rejects the first poll.
    """
    try:
        await run(queue, Poller(args))
    except InvalidOptionError as error:
        raise SourceError(str(error)) from None
