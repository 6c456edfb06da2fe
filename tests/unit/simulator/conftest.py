# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the simulator over real HTTP, and a clock that moves only when a test sets it."""

from __future__ import annotations

import http.client
import urllib.parse

import pytest
import requests

from simulator import (
    DEFAULT_D3_KEY,
    DEFAULT_D3_LOOKUP_KEY,
    DEFAULT_D3_SITE,
    DEFAULT_D3_USERNAME,
    DEFAULT_ESET_ACCESS_TOKEN,
    DEFAULT_ESET_PASSWORD,
    DEFAULT_ESET_USERNAME,
    Simulator,
)

TRUE_POSITIVE = "INCIDENT_RESOLVE_REASON_TRUE_POSITIVE"


class Clock:
    """A clock that moves only when a test sets it."""

    now = 1000.0

    def monotonic(self):
        return self.now


class Client:
    """A minimal client of both products."""

    def __init__(self, sim):
        self.sim = sim
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method, url, **options):
        options.setdefault("timeout", 10)
        options.setdefault("allow_redirects", False)
        return self.session.request(method, url, **options)

    def control(self, method, path, expected=200, **options):
        """Send a control request, and return the response of the simulator."""
        answer = self.request(method, f"{self.sim.url}/simulator/{path}", **options)
        assert answer.status_code == expected, answer.text
        return answer.json()

    def d3(self, command, parameters, headers=None, **body):
        body = {
            "Username": DEFAULT_D3_USERNAME,
            "Site": DEFAULT_D3_SITE,
            "CommandParams": parameters,
            **body,
        }
        key = DEFAULT_D3_KEY if command == "CloseIncidentInBulk" else DEFAULT_D3_LOOKUP_KEY
        url = f"{self.sim.d3_url}/api/Command/{command}"
        return self.request("POST", url, json=body, headers={"d3key": key} if headers is None else headers)

    def d3_close(self, *numbers, headers=None, body=None, **parameters):
        parameters = {name.replace("_", " "): value for name, value in parameters.items()}
        parameters = {"Incident Numbers": list(numbers), "Bypass Required Pending Tasks": "No", **parameters}
        return self.d3("CloseIncidentInBulk", parameters, headers=headers, **(body or {}))

    def d3_read(self, *alternatives, **parameters):
        """Read incidents. A condition is a field (or a pair of a section and a field), an operator, and a value."""
        parameters = {name.replace("_", " "): value for name, value in parameters.items()}
        parameters = {
            "Filter": [[_condition(*condition) for condition in conditions] for conditions in alternatives],
            "Static Fields": ["IR Number", "Status"],
            "Start Time": "2000-01-01 00:00:00",
            "End Time": "2100-01-01 00:00:00",
            **parameters,
        }
        return self.d3("GetIncidents", parameters)

    def d3_numbers(self, *alternatives, **parameters):
        """Read incidents, and return their numbers."""
        answer = self.d3_read(*alternatives, **parameters)
        assert answer.status_code == 200, answer.text
        return [row["IR Number"] for row in answer.json()["rawData"]["incidents"]]

    def eset(self, method, path, headers=None, **options):
        headers = {"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}", **(headers or {})}
        return self.request(method, self.sim.eset_url + path, headers=headers, **options)

    def sign_in(self, **form):
        form = form or {
            "grant_type": "password",
            "username": DEFAULT_ESET_USERNAME,
            "password": DEFAULT_ESET_PASSWORD,
        }
        return self.request("POST", self.sim.eset_url + "/oauth/token", data=form)

    def eset_read(self, incident, **options):
        return self.eset("GET", "/v2/incidents/" + urllib.parse.quote(incident, safe=""), **options)

    def eset_list(self, **parameters):
        return self.eset("GET", "/v2/incidents", params=parameters)

    def eset_uuids(self, **parameters):
        """List incidents, and return their ids."""
        answer = self.eset_list(**parameters)
        assert answer.status_code == 200, answer.text
        return [row["uuid"] for row in answer.json()["incidents"]]

    def eset_close(self, incident, comment=None, body=None, **options):
        if body is None:
            body = {"closureReason": TRUE_POSITIVE}
            if comment:
                body["finalComment"] = {"text": comment, "isFinalComment": True, "incidentUuid": incident}
        path = "/v2/incidents/" + urllib.parse.quote(incident, safe="") + ":close"
        return self.eset("POST", path, json=body, **options)

    def device_read(self, device, **options):
        return self.eset("GET", "/v1/devices/" + urllib.parse.quote(device, safe=""), **options)

    def device_list(self, **parameters):
        return self.eset("GET", "/v1/devices", params=parameters)

    def device_batch(self, *devices, **options):
        return self.eset("GET", "/v1/devices:batchGet", params={"devicesUuids": devices}, **options)

    def call(self, name):
        """Send a call by its name, with valid parameters that do not depend on earlier calls."""
        return {
            "d3.read": lambda: self.d3_read([("IR Number", "=", "n1")]),
            "d3.close": lambda: self.d3_close("n1"),
            "eset.sign_in": self.sign_in,
            "eset.read": lambda: self.eset_read("u1"),
            "eset.list": self.eset_list,
            "eset.close": lambda: self.eset_close("u1"),
            "eset.device_read": lambda: self.device_read("d1"),
            "eset.device_list": self.device_list,
            "eset.device_batch": lambda: self.device_batch("d1", "d2"),
        }[name]()

    def worked(self, name):
        """Return, for each of the calls, whether it changed something."""
        return [request.worked for request in self.sim.calls(name)]

    def send_target(self, method, path, headers=None, body=b""):
        """Send a request target without changes, and return the status and the body of the response."""
        headers = {"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}"} if headers is None else headers
        connection = http.client.HTTPConnection("127.0.0.1", int(self.sim.url.rpartition(":")[2]), timeout=10)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _condition(field, operator, value):
    condition = {"operator": operator, "value": value}
    if isinstance(field, tuple):
        return {**condition, "section": field[0], "field": field[1]}
    return {**condition, "field": field}


@pytest.fixture(scope="session")
def running():
    with Simulator(clock=Clock(), rate_limit=False) as sim:
        yield sim


@pytest.fixture
def sim(running):
    running.reset(
        {
            "d3": {"incidents": ["n1", "n2", "n3"]},
            "eset": {"incidents": ["u1", "u2", "u3"], "devices": ["d1", "d2", "d3"]},
        }
    )
    running.clock.now = 1000.0
    return running


@pytest.fixture
def make_client():
    """Return a function that makes a client of a simulator."""
    clients = []

    def make(sim):
        clients.append(Client(sim))
        return clients[-1]

    yield make
    for client in clients:
        client.session.close()


@pytest.fixture
def client(sim, make_client):
    return make_client(sim)
