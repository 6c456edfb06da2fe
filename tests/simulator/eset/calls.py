# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state and the settings of ESET, and the steps from a request to a call."""

from __future__ import annotations

import dataclasses
import itertools
import uuid

from .. import defaults
from ..checks import is_count, is_number, is_rate_limit, is_string, one_of
from ..messages import Answer, Refusal, phrase
from ..product import Product
from ..times import now
from . import devices, incidents
from .incidents import CLOSED, OPEN, Incident
from .pending import Pending
from .queries import id_in
from .sign_in import authenticate, sign_in

BASE = "/eset"
FOREIGN_INCIDENT = "ffffffff-ffff-4fff-bfff-ffffffffffff"
CALLS = {  # the method and the function of each call
    "eset.sign_in": ("POST", sign_in),
    "eset.read": ("GET", incidents.read_incident),
    "eset.list": ("GET", incidents.list_incidents),
    "eset.close": ("POST", incidents.close_incident),
    "eset.device_read": ("GET", devices.read_device),
    "eset.device_list": ("GET", devices.list_devices),
    "eset.device_batch": ("GET", devices.batch_get_devices),
}
PATHS = {
    "/oauth/token": "eset.sign_in",
    "/v2/incidents": "eset.list",
    "/v1/devices": "eset.device_list",
    "/v1/devices:batchGet": "eset.device_batch",
}

ERROR_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 429: 8, 500: 13, 503: 14, 504: 4}
ERRORS = {
    400: "Invalid argument provided.",
    401: "Token has expired or is invalid.",
    403: "Access denied. Check permissions.",
    404: "Requested resource not found.",
    429: "Rate limit reached. Try again later.",
    500: "Internal server failure. Try again later.",
    502: "Internal server failure. Try again later.",
    503: "Environment under maintenance. Try again later.",
    504: "Action took too long; timeout reached",
}


class ESET(Product):
    """The state and the calls of ESET. ``users`` maps names to passwords, ``tokens`` access tokens to expiry times."""

    name = "eset"
    calls = tuple(CALLS)
    vendor_rate_limit = 10  # for all calls together, including those for devices
    settings = {
        "rate_limit": (True, is_rate_limit),
        "closed_again": ("error", one_of("error", "success")),
        "refuse_filters": (False, one_of(True, False)),
        "whole_filters": (False, one_of(True, False)),  # || and parentheses in a filter
        "retry_after": ("", is_string),
        "refuse_unspecified": (False, one_of(True, False)),  # as a closure reason
        "empty_errors": (False, one_of(True, False)),  # errors without a body
        "expired_status": (401, one_of(400, 401)),  # for an expired token
        "expires_in": (True, lambda value: True),  # true: the lifetime; null: no such field; other values as they are
        "list_ids": ("none", one_of("none", "empty", "full")),  # of devices and detections, in the rows of a list
        "device_count": (True, one_of(True, False)),  # in the metrics of an incident
        "leave_out_empty": (False, one_of(True, False)),  # fields that are empty: of pages, incidents, and devices
        "batch_limit": (100, lambda value: is_count(value) and value > 0),  # devices in one request; more fail with 414
        "missing_device": (404, one_of(400, 403, 404)),  # the status for a device that does not exist
        "token_lifetime": (3600, lambda value: is_number(value) and value > 0),
    }

    def __init__(self, clock, rate_limit=True):
        super().__init__(clock, rate_limit)
        self.devices = {}
        self._pending = Pending(clock, lambda request: self.refusals_answered(self.perform, request))

    def load(self, scenario):
        unknown = set(scenario) - {"incidents", "devices", "changes", "users", "access_tokens"}
        if unknown:
            raise ValueError(f"a scenario of eset has no {sorted(unknown)}")
        with self.lock:
            super().load(scenario)
            self._order = itertools.count(1)
            self._pending.clear()
            self.devices = {}
            self.users = dict(scenario.get("users", {defaults.DEFAULT_ESET_USERNAME: defaults.DEFAULT_ESET_PASSWORD}))
            self.tokens = dict.fromkeys(scenario.get("access_tokens", [defaults.DEFAULT_ESET_ACCESS_TOKEN]))
            self.refresh_tokens = set()
            self.add(
                scenario.get("incidents", defaults.DEFAULT_ESET_INCIDENTS),
                scenario.get("changes", ()),
                scenario.get("devices", defaults.DEFAULT_ESET_DEVICES),
            )

    def add(self, incidents=(), changes=(), devices=()):
        """Add devices (ids, or mappings with ``id`` and further fields), incidents, and changes."""
        with self.lock:
            for device in devices:
                fields = {"id": device} if isinstance(device, str) else dict(device)
                self.add_device(fields.pop("id"), **fields)
            super().add(incidents, changes)

    def add_incident(self, uuid, status=OPEN, **fields):
        """Add (or replace) an incident; further fields are those of ``Incident``."""
        fields.setdefault("create_time", now()[:19] + "Z")
        fields.setdefault("update_time", fields["create_time"])
        incidents.check_fields({"status": status, **fields})
        with self.lock:
            self.incidents.pop(uuid, None)
            incident = self.incidents[uuid] = Incident(uuid, status, order=next(self._order), **fields)
        return incident

    def add_device(self, uuid, **fields):
        """Add (or replace) a device; further fields are those of ``Device``."""
        with self.lock:
            self.devices.pop(uuid, None)
            device = self.devices[uuid] = devices.Device(uuid, order=next(self._order), **fields)
        return device

    def check_change(self, fields):
        """Check the fields of a change; ``join`` lists devices that join the incident."""
        known = dict(fields)
        if not isinstance(known.pop("join", []), list):
            raise ValueError("join must be a list of devices")
        incidents.check_fields(known)

    def apply_change(self, incident, fields):
        """Change an incident, and the time of its update, and add the devices that ``join`` it."""
        incident.update_time = now()
        for name, value in fields.items():
            if name == "join":
                incident.device_uuids = list(dict.fromkeys([*incident.device_uuids, *value]))
            else:
                setattr(incident, name, value)

    def expire_tokens(self, refresh_tokens=False):
        """Make all access tokens invalid, including the fixed ones, and on request also the refresh tokens."""
        with self.lock:
            self.tokens.clear()
            if refresh_tokens:
                self.refresh_tokens.clear()

    def state(self):
        with self.lock:
            known = {key: dataclasses.asdict(device) for key, device in self.devices.items()}
            return {**super().state(), "devices": known}

    def settle(self):
        """Make the changes and do the work that are due, and drop expired responses."""
        super().settle()
        self._pending.settle()

    def route(self, request):
        """Set the call of a request to ESET, and return whether it is one."""
        path = request.path[len(BASE) :] if request.path.startswith(BASE + "/") else ""
        call = PATHS.get(path)
        if path.startswith("/v2/incidents/"):
            segment = path[len("/v2/incidents/") :]
            call = "eset.close" if segment.endswith(":close") else "eset.read"
            request.incidents = id_in(segment[: -len(":close")] if call == "eset.close" else segment)
            call = call if request.incidents else None
        elif path.startswith("/v1/devices/"):
            request.devices = id_in(path[len("/v1/devices/") :])
            call = "eset.device_read" if request.devices else None
        elif call == "eset.device_batch":
            request.devices = devices.named_in_batch(request)
        if call is None:
            return False
        request.call, request.product, request.poll = call, self.name, "response-id" in request.headers
        return True

    def error(self, status, message=None):
        """Return an error in the words of a gateway of ESET."""
        message = message or ERRORS.get(status) or phrase(status)
        if self.empty_errors:
            return Answer(status, {}, body=b"")
        return Answer(status, {"code": ERROR_CODES.get(status, 2), "message": message, "details": []})

    def headers(self):
        """Return the headers that ESET adds to every response: an id for support requests."""
        return {"request-id": str(uuid.uuid4())}

    def respond(self, request):
        """Run a call, or return the response to an earlier one."""
        self._authenticate(request)
        return self._pending.poll(request) if request.poll else self.perform(request)

    def postpone(self, request, polls=1, seconds=0, later=False, lost=False):
        """Respond with 202, and with the result after so many polls and so many seconds.

        The call runs at once, or only when its result is due (``later``). A ``lost`` result never arrives.
        """
        with self.lock:
            self.settle()
            try:
                self._authenticate(request)
            except Refusal as refusal:
                return self.error(refusal.status, refusal.message)
            return self._pending.postpone(request, polls, seconds, later, lost)

    def carry_out(self, request):
        """Run a call after the check of its token."""
        method, function = CALLS[request.call]
        if request.method != method:
            raise Refusal(405)
        return function(self, request)

    def rows(self, call, payload):
        """Return the rows of a response, which faults change, and the name of the field with the id."""
        return payload.get("devices" if "device" in call else "incidents", []), "uuid"

    def foreign_row(self, call):
        """Return a row of an incident, or of a device, that the request does not contain."""
        if "device" in call:
            return devices.Device(devices.FOREIGN_DEVICE, "foreign").full()
        return Incident(FOREIGN_INCIDENT, CLOSED).row()

    def _authenticate(self, request):
        if request.call != "eset.sign_in":
            authenticate(self, request)
