# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator of D3 and ESET, asked over real HTTP."""

from __future__ import annotations

import http.client
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest
import requests

import simulator as package
from simulator import (
    DEFAULT_D3_JWT,
    DEFAULT_D3_KEY,
    DEFAULT_D3_LOOKUP_KEY,
    DEFAULT_D3_SITE,
    DEFAULT_D3_USERNAME,
    DEFAULT_ESET_ACCESS_TOKEN,
    DEFAULT_ESET_PASSWORD,
    DEFAULT_ESET_USERNAME,
    Simulator,
    d3_jwt,
)

OPEN, CLOSED = "INCIDENT_STATUS_OPEN", "INCIDENT_STATUS_CLOSED"
TRUE_POSITIVE = "INCIDENT_RESOLVE_REASON_TRUE_POSITIVE"


class Clock:
    """A clock that stands still until it is told otherwise."""

    now = 1000.0

    def monotonic(self):
        return self.now


class Client:
    """The plainest client of both products; it knows their words and nothing else."""

    def __init__(self, sim):
        self.sim = sim
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method, url, **options):
        options.setdefault("timeout", 10)
        options.setdefault("allow_redirects", False)
        return self.session.request(method, url, **options)

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

    def d3_close(self, *numbers, **parameters):
        parameters = {name.replace("_", " "): value for name, value in parameters.items()}
        parameters = {"Incident Numbers": list(numbers), "Bypass Required Pending Tasks": "No", **parameters}
        return self.d3("CloseIncidentInBulk", parameters)

    def d3_read(self, *alternatives, **parameters):
        parameters = {name.replace("_", " "): value for name, value in parameters.items()}
        parameters = {
            "Filter": [
                [{"field": field, "operator": operator, "value": value} for field, operator, value in conditions]
                for conditions in alternatives
            ],
            "Static Fields": ["IR Number", "Status"],
            "Start Time": "2000-01-01 00:00:00",
            "End Time": "2100-01-01 00:00:00",
            **parameters,
        }
        return self.d3("GetIncidents", parameters)

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

    def eset_close(self, incident, comment=None, body=None, **options):
        if body is None:
            body = {"closureReason": TRUE_POSITIVE}
            if comment:
                body["finalComment"] = {"text": comment, "isFinalComment": True, "incidentUuid": incident}
        path = "/v2/incidents/" + urllib.parse.quote(incident, safe="") + ":close"
        return self.eset("POST", path, json=body, **options)

    def call(self, name):
        """Any call by its name, of a kind that does not depend on what was called before."""
        return {
            "d3.read": lambda: self.d3_read([("IR Number", "=", "n1")]),
            "d3.close": lambda: self.d3_close("n1"),
            "eset.sign_in": self.sign_in,
            "eset.read": lambda: self.eset_read("u1"),
            "eset.list": self.eset_list,
            "eset.close": lambda: self.eset_close("u1"),
        }[name]()


CALLS = ["d3.read", "d3.close", "eset.sign_in", "eset.read", "eset.list", "eset.close"]
CHANGING = ["d3.close", "eset.sign_in", "eset.close"]


@pytest.fixture(scope="module")
def running():
    with Simulator(clock=Clock(), rate_limit=False) as sim:
        yield sim


@pytest.fixture
def sim(running):
    running.reset({"d3": {"incidents": ["n1", "n2", "n3"]}, "eset": {"incidents": ["u1", "u2", "u3"]}})
    running.clock.now = 1000.0
    return running


@pytest.fixture
def client(sim):
    client = Client(sim)
    yield client
    client.session.close()


def target(sim, method, path, headers=None, body=None):
    """Ask for a request target exactly as it is written: nothing on the way may tidy it up."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sim.url.rpartition(":")[2]), timeout=10)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders(body or b"")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# D3


def test_d3_close(sim, client):
    answer = client.d3_close("n2", "n1", Username="analyst", Conclusion="done")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert (body["error"], body["returnData"]) == ("", "Successful")
    assert [row["Incident Number"] for row in body["contextData"]] == ["n2", "n1"]
    for row in body["contextData"]:
        assert set(row) == {"Incident Number", "Status", "Close Date", "Result", "Closed By"}
        assert (row["Status"], row["Result"], row["Closed By"]) == ("Closed", "Successful", "analyst")
    closed = sim.d3.incidents["n1"]
    assert (closed.status, closed.closings, closed.conclusions) == ("Closed", 1, ["done"])
    assert sim.d3.incidents["n3"].status == "Open"


def test_d3_close_records_the_account_by_default(sim, client):
    client.d3_close("n1")
    assert sim.d3.incidents["n1"].closed_by == DEFAULT_D3_USERNAME
    assert sim.d3.incidents["n1"].conclusions == []


def test_d3_close_tells_each_failure(sim, client):
    sim.d3.add_incident("closed", status="Closed")
    sim.d3.add_incident("tasks", pending_tasks=True)
    sim.d3.add_incident("fields", status="In Progress", missing_fields=True)
    body = client.d3_close("n1", "nowhere", "closed", "tasks", "fields").json()
    rows = {row["Incident Number"]: row for row in body["contextData"]}
    assert {number: (row["Result"], row["Status"]) for number, row in rows.items()} == {
        "n1": ("Successful", "Closed"),
        "nowhere": ("Failed", ""),
        "closed": ("Failed", "Closed"),
        "tasks": ("Failed", "Open"),
        "fields": ("Failed", "In Progress"),
    }
    assert all(row["Message"] for number, row in rows.items() if number != "n1")
    assert sim.d3.incidents["closed"].closings == 0


def test_d3_bypass(sim, client):
    sim.d3.add_incident("tasks", pending_tasks=True)
    sim.d3.add_incident("fields", missing_fields=True)
    bypass = {"Bypass_Required_Pending_Tasks": "Yes", "Bypass_All_Required_Fields": "Yes"}
    rows = client.d3_close("tasks", "fields", **bypass).json()["contextData"]
    assert [row["Result"] for row in rows] == ["Successful", "Successful"]


def test_d3_closed_again(sim, client):
    client.d3_close("n1", Conclusion="once")
    assert client.d3_close("n1", Conclusion="twice").json()["contextData"][0]["Result"] == "Failed"
    assert sim.d3.incidents["n1"].conclusions == ["once"]
    sim.configure(d3={"closed_again": "success"})
    assert client.d3_close("n1", Conclusion="twice").json()["contextData"][0]["Result"] == "Successful"
    assert (sim.d3.incidents["n1"].closings, sim.d3.incidents["n1"].conclusions) == (2, ["once", "twice"])


@pytest.mark.parametrize(
    "change",
    [
        {"Incident Numbers": []},
        {"Incident Numbers": "n1"},
        {"Incident Numbers": [1]},
        {"Bypass Required Pending Tasks": True},
        {"Bypass Required Pending Tasks": "yes"},
        {"Bypass All Required Fields": False},
        {"Username": None},
        {"Conclusion": 1},
        {"Comment": "unknown"},
    ],
)
def test_d3_refuses_wrong_parameters(sim, client, change):
    good = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}
    answer = client.d3("CloseIncidentInBulk", {**good, **change})
    assert (answer.status_code, list(answer.json())) == (400, ["Error"])
    assert sim.d3.incidents["n1"].status == "Open"


@pytest.mark.parametrize("missing", ["Incident Numbers", "Bypass Required Pending Tasks"])
def test_d3_refuses_missing_parameters(client, missing):
    parameters = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}
    del parameters[missing]
    assert missing in client.d3("CloseIncidentInBulk", parameters).json()["Error"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b"[" * 20000, b'{"Username": "a", "Username": "b", "Site": "s"}', b'{"Site": NaN}'],
)
def test_d3_refuses_what_is_no_json_object(sim, client, body):
    headers = {"d3key": DEFAULT_D3_KEY, "Content-Type": "application/json"}
    answer = client.request("POST", sim.d3_url + "/api/Command/CloseIncidentInBulk", data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json() == {"Error": "The body of the request must be a valid JSON object"}


def test_d3_refuses_other_bodies_and_methods(sim, client):
    parameters = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}
    assert client.d3("CloseIncidentInBulk", parameters, Site=[DEFAULT_D3_SITE]).status_code == 400
    assert client.d3("CloseIncidentInBulk", parameters, Extra=1).status_code == 400
    url = sim.d3_url + "/api/Command/CloseIncidentInBulk"
    assert client.request("GET", url, headers={"d3key": DEFAULT_D3_KEY}).status_code == 405
    assert client.request("POST", url, data="{}", headers={"d3key": DEFAULT_D3_KEY}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"d3key": "wrong"},
        {"d3key": DEFAULT_D3_LOOKUP_KEY},
        {"d3jwt": DEFAULT_D3_KEY},
        {"d3jwt": "wrong"},
        {"d3key": DEFAULT_D3_KEY, "d3jwt": DEFAULT_D3_JWT},
        {"Authorization": f"Bearer {DEFAULT_D3_KEY}"},
    ],
)
def test_d3_refuses_wrong_keys(client, headers):
    parameters = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}
    answer = client.d3("CloseIncidentInBulk", parameters, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"Error": "Invalid authentication key."})


def test_d3_key_opens_its_commands_only(sim, client):
    assert client.d3("GetIncidents", {}, headers={"d3key": DEFAULT_D3_KEY}).status_code == 401
    sim.d3.keys["both"] = {"GetIncidents", "CloseIncidentInBulk"}
    assert client.d3("GetIncidents", {}, headers={"d3key": "both"}).status_code == 400


def test_d3_jwt_names_user_and_site(sim, client):
    parameters = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}
    sim.d3.users.add("soar-Automation")
    other = client.d3("CloseIncidentInBulk", parameters, headers={"d3jwt": DEFAULT_D3_JWT}, Username="soar-Automation")
    assert other.status_code == 401
    assert client.d3("CloseIncidentInBulk", parameters, headers={"d3jwt": DEFAULT_D3_JWT}).status_code == 200
    forged = d3_jwt(DEFAULT_D3_USERNAME, DEFAULT_D3_SITE, secret="another")
    assert client.d3("CloseIncidentInBulk", parameters, headers={"d3jwt": forged}).status_code == 401
    sim.d3.jwts["opaque"] = {"CloseIncidentInBulk"}
    assert client.d3("CloseIncidentInBulk", parameters, headers={"d3jwt": "opaque"}).status_code == 200


def test_d3_other_header_names(sim, client):
    sim.configure(d3={"key_header": "X-Key"})
    parameters = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}
    assert client.d3("CloseIncidentInBulk", parameters, headers={"x-key": DEFAULT_D3_KEY}).status_code == 200
    assert client.d3("CloseIncidentInBulk", parameters).status_code == 401


@pytest.mark.parametrize("change", [{"Username": "Soar-Automation"}, {"Site": "elsewhere"}])
def test_d3_wrong_account_is_a_200(sim, client, change):
    parameters = {"Incident Numbers": ["n1"], "Bypass Required Pending Tasks": "Yes"}
    answer = client.d3("CloseIncidentInBulk", parameters, **change)
    assert answer.status_code == 200
    assert answer.json()["error"]
    assert answer.json()["contextData"] == []
    assert sim.d3.incidents["n1"].status == "Open"


def rows(answer):
    assert answer.status_code == 200, answer.text
    return [row["IR Number"] for row in answer.json()["rawData"]["incidents"]]


def test_d3_read(sim, client):
    sim.d3.incidents["n2"].status = "On Hold"
    answer = client.d3_read([("IR Number", "=", "n2")])
    assert answer.json() == {
        "error": "",
        "returnData": "Successful",
        "contextData": [],
        "rawData": {"incidents": [{"IR Number": "n2", "Status": "On Hold"}]},
    }
    assert rows(client.d3_read()) == ["n1", "n2", "n3"]
    assert rows(client.d3_read([("IR Number", "=", "n3")], [("IR Number", "=", "n1")])) == ["n1", "n3"]
    assert rows(client.d3_read([("Status", "=", "Open"), ("IR Number", "!=", "n1")])) == ["n3"]
    assert rows(client.d3_read([("IR Number", "=", "n1"), ("IR Number", "=", "n2")])) == []
    assert rows(client.d3_read([("IR Number", "LIKE", "%2")], [("Status", "LIKE", "Op_n")])) == ["n1", "n2", "n3"]
    assert rows(client.d3_read([("IR Number", ">=", "n2"), ("Owner", "IS EMPTY", "")])) == ["n2", "n3"]
    assert rows(client.d3_read([("IR Number", "=", "nowhere")])) == []


def test_d3_read_fields_times_and_pages(sim, client):
    sim.d3.add_incident("old", created="2021-01-27 06:08:00", title="Old")
    sim.d3.add_incident("older", created="2021-01-27 06:07:59")
    times = {"Start_Time": "2021-01-27 06:08:00", "End_Time": "2021-01-27 06:08:00"}
    answer = client.d3_read(**times, Static_Fields=["Title"], Output_Format=2)
    assert answer.json()["rawData"]["incidents"] == [{"Title": "Old"}]
    assert rows(client.d3_read(Page_Size=2)) == ["n1", "n2"]
    assert rows(client.d3_read(Page_Size=2, Page_Index=1)) == ["n3", "old"]
    assert rows(client.d3_read(Page_Size=2, Page_Index=3)) == []


@pytest.mark.parametrize("under", ["contextData", "returnData"])
def test_d3_read_rows_elsewhere(sim, client, under):
    sim.configure(d3={"rows_under": under})
    body = client.d3_read([("IR Number", "=", "n1")]).json()
    assert body[under] == [{"IR Number": "n1", "Status": "Open"}]
    assert body["rawData"] == {}


@pytest.mark.parametrize(
    "change",
    [
        {"Start Time": None},
        {"End Time": "2026-01-01"},
        {"End Time": "2026-1-1 00:00:00"},
        {"Start Time": "2026-02-30 00:00:00"},
        {"Page Size": 0},
        {"Page Size": 1001},
        {"Page Size": True},
        {"Page Index": -1},
        {"Page Index": "0"},
        {"Output Format": 3},
        {"Static Fields": "Status"},
        {"Static Fields": ["Colour"]},
        {"Filter": {}},
        {"Filter": [{"field": "Status", "operator": "=", "value": "Open"}]},
        {"Filter": [[{"field": "Status", "operator": "==", "value": "Open"}]]},
        {"Filter": [[{"field": "Status", "operator": "=", "value": 1}]]},
        {"Filter": [[{"field": "Colour", "operator": "=", "value": "red"}]]},
        {"Filter": [[{"field": "Status", "operator": "="}]]},
        {"Fields": []},
    ],
)
def test_d3_refuses_wrong_questions(client, change):
    good = {"Start Time": "2000-01-01 00:00:00", "End Time": "2100-01-01 00:00:00"}
    assert client.d3("GetIncidents", good).status_code == 200
    assert client.d3("GetIncidents", {**good, **change}).status_code == 400


def test_d3_read_is_fast_where_it_matters(sim, client):
    numbers = [f"2026{i:06}-{i}" for i in range(10000)]
    sim.d3.add_incidents(numbers)
    started = time.monotonic()
    answer = client.d3_read(*([("IR Number", "=", number)] for number in numbers[-1000:]), Page_Size=1000)
    assert rows(answer) == numbers[-1000:]
    assert time.monotonic() - started < 1


# ESET


def test_eset_sign_in_and_refresh(sim, client):
    first = client.sign_in()
    assert first.status_code == 200
    body = first.json()
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    second = client.sign_in(grant_type="refresh_token", refresh_token=body["refresh_token"]).json()
    assert second["access_token"] != body["access_token"]
    for token in (body["access_token"], second["access_token"]):
        assert client.eset_read("u1", headers={"Authorization": "Bearer " + token}).status_code == 200
    assert [request.worked for request in sim.calls("eset.sign_in")] == [True, True]


@pytest.mark.parametrize(
    "form, status",
    [
        ({"grant_type": "password", "username": DEFAULT_ESET_USERNAME, "password": "wrong"}, 401),
        ({"grant_type": "password", "username": "nobody", "password": DEFAULT_ESET_PASSWORD}, 401),
        ({"grant_type": "password", "username": DEFAULT_ESET_USERNAME, "password": ""}, 400),
        ({"grant_type": "password", "username": DEFAULT_ESET_USERNAME}, 400),
        ({"username": DEFAULT_ESET_USERNAME, "password": DEFAULT_ESET_PASSWORD}, 400),
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, 400),
        ({"grant_type": "client_credentials"}, 400),
    ],
)
def test_eset_refuses_to_sign_in(client, form, status):
    assert client.sign_in(**form).status_code == status


def test_eset_sign_in_takes_a_form_only(sim, client):
    form = {"grant_type": "password", "username": DEFAULT_ESET_USERNAME, "password": DEFAULT_ESET_PASSWORD}
    assert client.request("POST", sim.eset_url + "/oauth/token", json=form).status_code == 415
    assert client.request("GET", sim.eset_url + "/oauth/token").status_code == 405


def test_eset_tokens_run_out(sim, client):
    headers = {"Authorization": "Bearer " + client.sign_in().json()["access_token"]}
    sim.clock.now += 3599
    assert client.eset_read("u1", headers=headers).status_code == 200
    sim.clock.now += 1
    assert client.eset_read("u1", headers=headers).status_code == 401
    assert client.eset_read("u1").status_code == 200
    sim.eset.expire_tokens()
    assert client.eset_read("u1").status_code == 401


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer wrong", "Basic " + DEFAULT_ESET_ACCESS_TOKEN])
@pytest.mark.parametrize("method, path", [("GET", ""), ("GET", "/u1"), ("POST", "/u1:close")])
def test_eset_wants_a_token(sim, client, method, path, value):
    headers = {} if value is None else {"Authorization": value}
    answer = client.request(method, sim.eset_url + "/v2/incidents" + path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == 16


def test_eset_read(sim, client):
    sim.eset.add_incident("u4", display_name="Four", device_uuids=["d1", "d2"])
    answer = client.eset_read("u4")
    incident = answer.json()["incident"]
    assert incident["uuid"] == "u4"
    assert (incident["displayName"], incident["status"], incident["deviceUuids"]) == ("Four", OPEN, ["d1", "d2"])
    assert incident["resolveReason"] == "INCIDENT_RESOLVE_REASON_UNSPECIFIED"
    assert client.eset_read("nowhere").status_code == 404
    assert client.eset("POST", "/v2/incidents/u1").status_code == 405
    assert client.eset("GET", "/v2/incidents/u1?view=full").status_code == 400


def test_eset_every_answer_has_an_id_of_its_own(client):
    answers = [client.eset_read("u1"), client.eset_read("nowhere"), client.eset_close("u1"), client.sign_in()]
    assert len({answer.headers["request-id"] for answer in answers}) == 4


def test_eset_list(sim, client):
    sim.eset.incidents["u2"].status = CLOSED
    body = client.eset_list().json()
    assert [row["uuid"] for row in body["incidents"]] == ["u1", "u2", "u3"]
    assert body["nextPageToken"] == ""
    assert not {"deviceUuids", "detectionUuids"} & set(body["incidents"][0])
    for text, wanted in (
        (f"incident.status == {OPEN}", ["u1", "u3"]),
        (f"incident.status in [{CLOSED}, INCIDENT_STATUS_IN_PROGRESS]", ["u2"]),
        (f"incident.status in [{CLOSED},{OPEN}]", ["u1", "u2", "u3"]),
    ):
        assert [row["uuid"] for row in client.eset_list(filter=text).json()["incidents"]] == wanted


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": f'incident.status == "{OPEN}"'},
        {"filter": "incident.status == OPEN"},
        {"filter": f"incident.status != {OPEN}"},
        {"filter": f"status == {OPEN}"},
        {"filter": 'incident.uuid == "u1"'},
        {"filter": f"incident.status in [{', '.join([OPEN] * 9)}]"},
        {"pageSize": "-1"},
        {"pageSize": "many"},
        {"pageToken": "wrong"},
        {"pageToken": "\xe4"},
        {"page": "1"},
    ],
)
def test_eset_refuses_wrong_questions(client, parameters):
    assert client.eset_list(**parameters).status_code == 400


def test_eset_can_refuse_every_filter(sim, client):
    sim.configure(eset={"refuse_filters": True})
    assert client.eset_list(filter=f"incident.status == {OPEN}").status_code == 400
    assert client.eset_list().status_code == 200


def test_eset_pages(sim, client):
    sim.eset.add_incidents(f"p{number:04}" for number in range(2000))
    assert len(client.eset_list().json()["incidents"]) == 50
    query = {"filter": f"incident.status == {OPEN}", "pageSize": "5000"}
    seen, token = [], ""
    while True:
        body = client.eset_list(**query, **({"pageToken": token} if token else {})).json()
        seen.append([row["uuid"] for row in body["incidents"]])
        # What is closed in between moves no other incident to another page.
        sim.eset.incidents[seen[-1][0]].status = CLOSED
        token = body["nextPageToken"]
        if not token:
            break
        assert client.eset_list(pageToken=token).status_code == 400
    assert list(map(len, seen)) == [1000, 1000, 3]
    assert len(set(sum(seen, []))) == 2003


def test_eset_close(sim, client):
    answer = client.eset_close("u1", "Cleaned.")
    assert (answer.status_code, answer.json()) == (200, {})
    closed = sim.eset.incidents["u1"]
    assert (closed.status, closed.resolve_reason, closed.comments) == (CLOSED, TRUE_POSITIVE, ["Cleaned."])
    assert client.eset_read("u1").json()["incident"]["status"] == CLOSED
    assert client.eset_close("nowhere").status_code == 404
    assert client.eset("GET", "/v2/incidents/u1:close").status_code == 405


def test_eset_closed_again(sim, client):
    client.eset_close("u1", "Cleaned.")
    assert client.eset_close("u1", "Cleaned.").status_code == 400
    sim.configure(eset={"closed_again": "success"})
    assert client.eset_close("u1", "Cleaned.").status_code == 200
    assert (sim.eset.incidents["u1"].closings, sim.eset.incidents["u1"].comments) == (2, ["Cleaned.", "Cleaned."])


COMMENT = {"text": "Cleaned.", "isFinalComment": True, "incidentUuid": "u1"}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"closureReason": "true_positive"},
        {"closureReason": None},
        {"closureReason": TRUE_POSITIVE, "finalComment": "Cleaned."},
        {"closureReason": TRUE_POSITIVE, "finalComment": {}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "text": " "}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "isFinalComment": False}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "isFinalComment": 1}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "incidentUuid": "u2"}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "author": "me"}},
        {"closureReason": TRUE_POSITIVE, "finalComment": {**COMMENT, "uuid": 1}},
        {"closureReason": TRUE_POSITIVE, "comment": "Cleaned."},
    ],
)
def test_eset_refuses_wrong_bodies(sim, client, body):
    assert client.eset_close("u1", body=body).status_code == 400
    assert sim.eset.incidents["u1"].status == OPEN


def test_eset_close_wants_json(sim, client):
    body = json.dumps({"closureReason": TRUE_POSITIVE})
    for headers in ({}, {"Content-Type": "text/plain"}):
        assert client.eset("POST", "/v2/incidents/u1:close", data=body, headers=headers).status_code == 400
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert client.eset("POST", "/v2/incidents/u1:close", data=body, headers=headers).status_code == 200


# The request target


@pytest.mark.parametrize("incident", ["a/b", "a:reopen", "a:close", "50%", "a b", "a?b#c", "\xe4", "..x", "a+b"])
def test_ids_are_read_from_the_raw_path(sim, client, incident):
    sim.eset.add_incident(incident)
    assert client.eset_read(incident).json()["incident"]["uuid"] == incident
    assert client.eset_close(incident).status_code == 200
    assert sim.eset.incidents[incident].closings == 1
    assert sim.journal[-1].target == f"/eset/v2/incidents/{urllib.parse.quote(incident, safe='')}:close"
    assert sim.journal[-1].incidents == (incident,)


@pytest.mark.parametrize(
    "path",
    [
        "/eset/v2/incidents/a/b",
        "/eset/v2/incidents/a:reopen",
        "/eset/v2/incidents/a:close:close",
        "/eset/v2/incidents/..",
        "/eset/v2/incidents/.:close",
        "/eset/v2/incidents/",
        "/eset/v2/incidents/:close",
        "/eset/v2/incidents/a%zz",
        "/eset/v2/incidents/a%ff",
        "//eset/v2/incidents/u1",
        "/eset//v2/incidents/u1",
        "/v2/incidents/u1",
        "/eset",
        "/MainApp/VSOC/api/Command/GetIncident",
        "/MainApp/VSOC/api/Command/GetIncidents?x=1",
        "/MainApp/VSOC/api/api/Command/GetIncidents",
        "/",
        "*",
    ],
)
def test_unknown_targets(sim, path):
    status, dummy = target(sim, "GET", path, {"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}"})
    entry = sim.journal[-1]
    assert (status, entry.status, entry.call, entry.product, entry.target) == (404, 404, "unknown", "", path)


def test_encoded_close_is_part_of_the_id(sim):
    sim.eset.add_incident("u1:close")
    headers = {"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}"}
    status, body = target(sim, "GET", "/eset/v2/incidents/u1%3Aclose", headers)
    assert (status, json.loads(body)["incident"]["uuid"]) == (200, "u1:close")


def test_asked_as_a_proxy(sim):
    headers = {"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}"}
    path = "http://eset.invalid/eset/v2/incidents/u1"
    assert target(sim, "GET", path, headers)[0] == 200
    assert sim.journal[-1].target == path


# Rates


@pytest.mark.parametrize("product, limit", [("d3", 50), ("eset", 10)])
def test_rate_limits(sim, client, product, limit):
    calls = [name for name in CALLS if name.startswith(product)]
    sim.configure(**{product: {"rate_limit": True}})
    for number in range(limit):
        sim.clock.now = 1000 + number / 1000
        assert client.call(calls[number % len(calls)]).status_code != 429
    sim.clock.now = 1000.999
    for name in calls:
        answer = client.call(name)
        assert answer.status_code == 429
        assert "Retry-After" not in answer.headers
    # The refused ones were not counted: a second after the first call there is room for one, not more.
    sim.clock.now = 1001
    assert client.call(calls[0]).status_code != 429
    assert client.call(calls[0]).status_code == 429
    sim.clock.now = 1001.001
    assert client.call(calls[0]).status_code != 429


def test_rate_limit_settings(sim, client):
    sim.configure(rate_limit=1, eset={"retry_after": "7"})
    client.eset_read("u1")
    assert client.eset_read("u1").headers["Retry-After"] == "7"
    client.d3_close("n1")
    refused = client.d3_close("n1")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, False)
    assert "rate limits" in refused.json()["Error"]
    sim.configure(rate_limit=False)
    assert {client.eset_read("u1").status_code for dummy in range(30)} == {200}


# Faults


def worked(sim, name):
    return [request.worked for request in sim.calls(name)]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_dropped(sim, client, name, fault):
    sim.fault(name, fault)
    with pytest.raises(requests.ConnectionError):
        client.call(name)
    assert worked(sim, name) == [fault == "drop_after" and name in CHANGING]
    assert (sim.journal[-1].status, sim.journal[-1].fault) == (0, fault)
    assert client.call(name).status_code in (200, 400)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
def test_held_back(sim, client, name, fault):
    planned = sim.fault(name, fault, seconds=0.05)
    answer = client.call(name)
    assert answer.elapsed.total_seconds() >= 0.05
    assert answer.status_code == (504 if fault == "timeout_before" else 200)
    assert worked(sim, name) == [fault == "timeout_after" and name in CHANGING]
    assert planned.fired == 1


def test_held_back_until_the_client_gives_up(sim, client):
    sim.fault("eset.close", "timeout_after", incident="u1")
    sim.fault("eset.close", "timeout_before", incident="u2")
    for incident in ("u1", "u2"):
        with pytest.raises(requests.ReadTimeout):
            client.eset_close(incident, timeout=0.3)
    assert [sim.eset.incidents[incident].closings for incident in ("u1", "u2")] == [1, 0]


def test_slow_work_is_done_in_the_end(sim, client):
    sim.fault("d3.close", "slow", seconds=0.2)
    thread = threading.Thread(target=client.d3_close, args=("n1",))
    thread.start()
    time.sleep(0.05)
    assert sim.d3.incidents["n1"].closings == 0
    thread.join()
    assert sim.d3.incidents["n1"].closings == 1


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_status(sim, client, name, when):
    sim.fault(name, "status", status=429, when=when, headers={"Retry-After": "3"})
    answer = client.call(name)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert ("Error" if name.startswith("d3") else "message") in answer.json()
    assert ("request-id" in answer.headers) == name.startswith("eset")
    assert worked(sim, name) == [when == "after" and name in CHANGING]


@pytest.mark.parametrize("status", [204, 307, 400, 401, 403, 404, 415, 500, 502, 503, 504, 599])
def test_status_of_any_kind(sim, client, status):
    sim.fault("*", "status", status=status, body="broken", times=2)
    for name in ("d3.close", "eset.close"):
        assert client.call(name).status_code == status


@pytest.mark.parametrize(
    "body, text, kind", [("plain", "plain", "text/plain"), ({"a": 1}, '{"a":1}', "application/json")]
)
def test_status_with_a_body(sim, client, body, text, kind):
    sim.fault("eset.read", "status", body=body)
    answer = client.call("eset.read")
    assert (answer.status_code, answer.text) == (503, text)
    assert answer.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault, params", [("html", {}), ("json_list", {}), ("json_value", {"value": 7}), ("empty", {}), ("truncated", {})]
)
def test_unreadable(sim, client, name, fault, params, when):
    sim.fault(name, fault, when=when, **params)
    answer = client.call(name)
    assert answer.status_code == 200
    if fault == "html":
        assert answer.headers["Content-Type"].startswith("text/html")
    if fault in ("json_list", "json_value"):
        assert answer.json() == {"json_list": [], "json_value": 7}[fault]
    else:
        with pytest.raises(ValueError):
            answer.json()
    assert worked(sim, name) == [when == "after" and name in CHANGING]


@pytest.mark.parametrize("name", CALLS)
def test_short_body(sim, client, name):
    sim.fault(name, "short_body")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.call(name)
    assert worked(sim, name) == [name in CHANGING]


@pytest.mark.parametrize("name", CALLS)
def test_redirect(sim, client, name):
    sim.fault(name, "redirect")
    answer = client.call(name)
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:1/elsewhere")
    assert worked(sim, name) == [False]


def test_rows_left_out(sim, client):
    sim.fault("d3.close", "rows_left_out", incident="n2")
    left = [row["Incident Number"] for row in client.d3_close("n1", "n2", "n3").json()["contextData"]]
    assert left == ["n1", "n3"]
    assert sim.d3.incidents["n2"].closings == 1
    sim.fault("d3.read", "rows_left_out", count=2)
    assert rows(client.d3_read()) == ["n3"]
    sim.fault("eset.list", "rows_left_out", incident="u2")
    assert [row["uuid"] for row in client.eset_list().json()["incidents"]] == ["u1", "u3"]


def test_foreign_rows(sim, client):
    sim.fault("*", "foreign_rows", times=4)
    assert [row["Incident Number"] for row in client.d3_close("n1").json()["contextData"]][0::2] == ["n1"]
    assert len(rows(client.d3_read())) == 4
    assert len(client.eset_list().json()["incidents"]) == 4
    assert client.eset_read("u1").json()["incident"]["uuid"] != "u1"
    sim.fault("d3.close", "foreign_rows", instead=True)
    (row,) = client.d3_close("n2").json()["contextData"]
    assert (row["Incident Number"] != "n2", row["Result"]) == (True, "Successful")
    assert sim.d3.incidents["n2"].closings == 1


@pytest.mark.parametrize("under", ["rawData", "contextData", "returnData"])
def test_rows_left_out_wherever_they_stand(sim, client, under):
    sim.configure(d3={"rows_under": under})
    sim.fault("d3.read", "rows_left_out", count=3)
    body = client.d3_read().json()
    assert body[under] in ([], {"incidents": []})


def test_expired_token(sim, client):
    issued = {"Authorization": "Bearer " + client.sign_in().json()["access_token"]}
    sim.fault("eset.close", "expired_token")
    assert client.eset_close("u1", headers=issued).status_code == 401
    assert client.eset_close("u1", headers=issued).status_code == 401
    issued = {"Authorization": "Bearer " + client.sign_in().json()["access_token"]}
    assert client.eset_close("u1", headers=issued).status_code == 200
    assert sim.eset.incidents["u1"].closings == 1


def test_which_calls_a_fault_hits(sim, client):
    sim.fault("eset.read", "status", status=500, incident="u2", skip=1, times=2)
    statuses = [client.eset_read(incident).status_code for incident in ("u1", "u2", "u2", "u1", "u2", "u2")]
    assert statuses == [200, 200, 500, 200, 500, 200]
    always = sim.fault("d3.*", "status", times=None)
    assert {client.call(name).status_code for name in ("d3.read", "d3.close") * 3} == {503}
    assert always.fired == 6


def test_faults_come_in_the_order_planned(sim, client):
    sim.fault("eset.read", "status", status=500)
    sim.fault("eset.*", "status", status=502)
    sim.fault("eset.read", "status", status=503, skip=3)
    assert [client.eset_read("u1").status_code for dummy in range(5)] == [500, 502, 200, 503, 200]


def test_a_refused_rate_uses_no_fault_up(sim, client):
    sim.configure(rate_limit=1)
    planned = sim.fault("eset.read", "status", skip=1)
    client.eset_read("u1")
    assert client.eset_read("u1").status_code == 429
    assert planned.seen == 1


@pytest.mark.parametrize(
    "on, fault, params",
    [
        ("eset.close", "explode", {}),
        ("eset.open", "drop_before", {}),
        ("eset.close", "drop_before", {"seconds": 1}),
        ("eset.close", "json_value", {}),
        ("eset.close", "slow", {"seconds": "1"}),
        ("eset.close", "status", {"status": "503"}),
        ("eset.close", "status", {"status": 99}),
        ("eset.close", "status", {"when": "during"}),
        ("eset.close", "status", {"headers": {"Retry-After": 1}}),
        ("eset.close", "status", {"times": -1}),
        ("eset.close", "status", {"skip": None}),
        ("eset.close", "status", {"incident": 1}),
        ("eset.close", "status", {"poll": 1}),
        ("eset.close", "pending", {"work": "never"}),
        ("eset.close", "rows_left_out", {}),
        ("eset.close", "foreign_rows", {}),
        ("eset.list", "status", {"incident": "u1"}),
        ("d3.close", "pending", {}),
        ("d3.*", "expired_token", {}),
    ],
)
def test_faults_that_make_no_sense(sim, on, fault, params):
    with pytest.raises(ValueError):
        sim.fault(on, fault, **params)
    answer = requests.post(f"{sim.url}/simulator/faults", json={"on": on, "fault": fault, **params}, timeout=10)
    assert answer.status_code == 400
    assert not sim.faults.planned


# Answers that take long


def test_pending(sim, client):
    sim.fault("eset.close", "pending", polls=2)
    first = client.eset_close("u1", "Cleaned.")
    assert (first.status_code, first.content) == (202, b"")
    assert sim.eset.incidents["u1"].closings == 1
    ask = {"headers": {"response-id": first.headers["response-id"]}}
    statuses = [client.eset_close("u1", "Cleaned.", **ask) for dummy in range(4)]
    assert [answer.status_code for answer in statuses] == [202, 202, 200, 404]
    assert statuses[2].json() == {}
    assert statuses[0].headers["response-id"] == first.headers["response-id"]
    assert sim.eset.incidents["u1"].closings == 1
    assert (len(sim.calls("eset.close")), len(sim.calls("eset.close", poll=True))) == (1, 4)


def test_pending_for_a_time(sim, client):
    sim.fault("eset.read", "pending", seconds=60)
    ask = {"headers": {"response-id": client.eset_read("u1").headers["response-id"]}}
    sim.clock.now += 59
    assert client.eset_read("u1", **ask).status_code == 202
    sim.clock.now += 1
    assert client.eset_read("u1", **ask).json()["incident"]["uuid"] == "u1"
    assert client.eset_read("u1", **ask).status_code == 404


def test_pending_work_later(sim, client):
    sim.fault("eset.close", "pending", seconds=60, work="later", times=2)
    ask = {"headers": {"response-id": client.eset_close("u1").headers["response-id"]}}
    client.eset_close("u2")
    assert client.eset_close("u1", **ask).status_code == 202
    assert client.eset_read("u2").json()["incident"]["status"] == OPEN
    sim.clock.now += 60
    assert client.eset_close("u1", **ask).status_code == 200
    assert client.eset_read("u2").json()["incident"]["status"] == CLOSED  # nobody has to ask for it
    assert [sim.eset.incidents[incident].closings for incident in ("u1", "u2")] == [1, 1]
    assert worked(sim, "eset.close") == [True, True]


def test_pending_work_later_by_polls(sim, client):
    sim.fault("eset.close", "pending", polls=1, work="later")
    ask = {"headers": {"response-id": client.eset_close("u1").headers["response-id"]}}
    assert sim.eset.incidents["u1"].closings == 0
    assert [client.eset_close("u1", **ask).status_code for dummy in range(2)] == [202, 200]
    assert sim.eset.incidents["u1"].closings == 1


def test_pending_refusals_come_later_too(sim, client):
    sim.fault("eset.*", "pending", polls=0, times=2)
    ask = {"headers": {"response-id": client.eset_read("nowhere").headers["response-id"]}}
    assert client.eset_read("nowhere", **ask).status_code == 404
    # ... but a token is looked at first.
    assert client.eset_read("u1", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_poll_repeats_the_request(sim, client):
    sim.fault("eset.close", "pending", polls=0)
    ask = {"headers": {"response-id": client.eset_close("u1", "Cleaned.").headers["response-id"]}}
    assert client.eset_close("u1", "Cleaned!", **ask).status_code == 400
    assert client.eset_close("u2", "Cleaned.", **ask).status_code == 400
    issued = "Bearer " + client.sign_in().json()["access_token"]
    assert client.eset_close("u1", "Cleaned.", headers={**ask["headers"], "Authorization": "wrong"}).status_code == 401
    assert client.eset_close("u1", "Cleaned.", headers={**ask["headers"], "Authorization": issued}).status_code == 200


def test_pending_is_forgotten_and_given_up(sim, client):
    sim.fault("eset.close", "pending", polls=0, incident="u1")
    sim.fault("eset.close", "pending", seconds=200, work="later", incident="u2")
    first, second = (client.eset_close(incident).headers["response-id"] for incident in ("u1", "u2"))
    sim.clock.now += 120
    assert client.eset_close("u2", headers={"response-id": second}).status_code == 504
    assert client.eset_close("u2", headers={"response-id": second}).status_code == 404
    sim.clock.now += 480
    assert client.eset_close("u1", headers={"response-id": first}).status_code == 404
    assert [sim.eset.incidents[incident].closings for incident in ("u1", "u2")] == [1, 0]


def test_pending_lost(sim, client):
    sim.fault("eset.close", "pending_lost")
    first = client.eset_close("u1")
    assert first.status_code == 202
    assert client.eset_close("u1", headers={"response-id": first.headers["response-id"]}).status_code == 404
    assert sim.eset.incidents["u1"].closings == 1


def test_pending_sign_in(sim, client):
    sim.fault("eset.sign_in", "pending", polls=0)
    form = {"grant_type": "password", "username": DEFAULT_ESET_USERNAME, "password": DEFAULT_ESET_PASSWORD}
    headers = {"response-id": client.sign_in().headers["response-id"]}
    answer = client.request("POST", sim.eset_url + "/oauth/token", data=form, headers=headers)
    assert answer.json()["access_token"]


def test_faults_of_polls(sim, client):
    sim.fault("eset.close", "pending", polls=0)
    sim.fault("eset.close", "status", status=503, poll=True)
    sim.fault("eset.close", "drop_after", poll=True)
    ask = {"headers": {"response-id": client.eset_close("u1").headers["response-id"]}}
    assert client.eset_close("u1", **ask).status_code == 503
    with pytest.raises(requests.ConnectionError):
        client.eset_close("u1", **ask)
    assert client.eset_close("u1", **ask).status_code == 404  # the answer was given once, and was lost


# The simulator itself


def test_journal(sim, client):
    sim.clock.now = 1234.5
    client.eset_close("u1", "Gr\xfc\xdfe", headers={"X-Two": "2"})
    entry = sim.journal[-1]
    assert (entry.product, entry.call, entry.method, entry.status, entry.time) == (
        "eset",
        "eset.close",
        "POST",
        200,
        1234.5,
    )
    assert entry.headers["x-two"] == "2"
    assert json.loads(entry.body)["closureReason"] == TRUE_POSITIVE
    assert (entry.poll, entry.worked, entry.fault) == (False, True, "")
    client.d3_close("n1", "n2")
    assert sim.journal[-1].incidents == ("n1", "n2")
    client.d3_read([("IR Number", "=", "n1")], [("Status", "=", "Open")])
    assert sim.journal[-1].incidents == ("n1",)
    assert [len(sim.calls(name)) for name in ("eset.close", "d3.*", "eset.read")] == [1, 2, 0]


def test_control(sim, client):
    def control(method, path, expected=200, **options):
        answer = client.request(method, f"{sim.url}/simulator/{path}", **options)
        assert answer.status_code == expected, answer.text
        return answer.json()

    scenario = {
        "d3": {
            "incidents": [{"id": "x1", "status": "On Hold", "pending_tasks": True}],
            "keys": {"k": ["GetIncidents"]},
        },
        "eset": {"incidents": ["y1"], "access_tokens": [DEFAULT_ESET_ACCESS_TOKEN]},
        "settings": {"rate_limit": True, "d3": {"closed_again": "success"}},
    }
    control("POST", "reset", json=scenario)
    assert (list(sim.d3.incidents), list(sim.eset.incidents), set(sim.d3.keys)) == (["x1"], ["y1"], {"k"})
    assert sim.d3.closed_again == "success"
    control("PUT", "settings", json={"latency": 0.01, "rate_limit": False, "eset": {"token_lifetime": 5}})
    assert (sim.latency, sim.eset.token_lifetime) == (0.01, 5)
    control("POST", "settings", json={"latency": 0})
    planned = [{"on": "eset.close", "fault": "status", "status": 500}, {"on": "d3.*", "fault": "empty", "times": None}]
    assert control("POST", "faults", json=planned) == {"planned": 2}
    assert client.eset_close("y1").status_code == 500
    assert client.eset_close("y1", "Cleaned.").status_code == 200
    state = control("GET", "state")
    assert (state["d3"]["incidents"]["x1"]["status"], state["d3"]["incidents"]["x1"]["closings"]) == ("On Hold", 0)
    assert state["eset"]["incidents"]["y1"]["comments"] == ["Cleaned."]
    assert state["calls"] == {"eset.close": 2}
    assert [fault["fired"] for fault in state["faults"]] == [1, 0]
    journal = control("GET", "journal")["requests"]
    assert [(entry["call"], entry["status"], entry["worked"]) for entry in journal] == [
        ("eset.close", 500, False),
        ("eset.close", 200, True),
    ]
    assert control("DELETE", "faults") == {}
    assert client.d3_close("x1").status_code == 401
    control("POST", "expire_tokens")
    assert client.eset_read("y1").status_code == 401
    control("POST", "reset")
    assert "20260112-101" in sim.d3.incidents
    assert not sim.journal


@pytest.mark.parametrize(
    "path, body",
    [
        ("settings", {"speed": 1}),
        ("settings", {"latency": "fast"}),
        ("settings", {"rate_limit": -1}),
        ("settings", {"d3": {"refuse_filters": True}}),
        ("settings", {"eset": {"closed_again": "maybe"}}),
        ("reset", {"d3": {"incidents": [{"id": "n1", "status": "Lost"}]}}),
        ("reset", {"d3": {"incidents": [{"id": "n1", "colour": "red"}]}}),
        ("reset", {"eset": {"incidents": [{"status": OPEN}]}}),
        ("reset", {"incidents": []}),
        ("faults", {"fault": "empty"}),
        ("faults", 1),
    ],
)
def test_control_refuses_nonsense(sim, path, body):
    assert requests.post(f"{sim.url}/simulator/{path}", json=body, timeout=10).status_code == 400


def test_control_is_never_in_the_way(sim, client):
    sim.configure(rate_limit=1)
    sim.fault("*", "drop_before", times=None)
    for dummy in range(5):
        assert requests.get(f"{sim.url}/simulator/state", timeout=10).status_code == 200
    assert requests.get(f"{sim.url}/simulator/elsewhere", timeout=10).status_code == 404
    assert sim.journal == []


def test_connections_are_kept_and_not_delayed(sim):
    connection = http.client.HTTPConnection("127.0.0.1", int(sim.url.rpartition(":")[2]), timeout=10)
    headers = {"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}", "Content-Type": "application/json"}
    connection.connect()
    first = connection.sock
    started = time.monotonic()
    for dummy in range(50):
        connection.request("POST", "/eset/v2/incidents/u1:close", b"{" + b" " * 2000, headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read() != b"") == (400, True)
        assert connection.sock is first
    connection.close()
    assert time.monotonic() - started < 1  # 50 delayed acknowledgements would take 2 seconds


def test_many_at_once(sim, client):
    sim.eset.add_incidents(f"m{number}" for number in range(40))

    def close(number):
        with requests.Session() as session:
            session.trust_env = False
            session.post(
                f"{sim.eset_url}/v2/incidents/m{number % 40}:close",
                json={"closureReason": TRUE_POSITIVE},
                headers={"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}"},
                timeout=10,
            )

    threads = [threading.Thread(target=close, args=(number,)) for number in range(80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(request.status for request in sim.calls("eset.close")) == [200] * 40 + [400] * 40
    assert {sim.eset.incidents[f"m{number}"].closings for number in range(40)} == {1}


def test_latency(sim, client):
    sim.configure(latency=0.05)
    assert client.eset_read("u1").elapsed.total_seconds() >= 0.05
    sim.reset()
    assert sim.latency == 0


def test_stops_promptly_and_can_start_again():
    sim = Simulator(rate_limit=False)
    with sim:
        client = Client(sim)
        sim.fault("eset.close", "timeout_before", seconds=30)
        incident = next(iter(sim.eset.incidents))
        failures = []

        def close():
            try:
                client.eset_close(incident)
            except requests.ConnectionError as error:
                failures.append(error)

        thread = threading.Thread(target=close)
        thread.start()
        while not sim.calls("eset.close"):
            time.sleep(0.01)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    thread.join(timeout=5)
    assert len(failures) == 1
    assert sim.eset.incidents[incident].closings == 0
    with pytest.raises(RuntimeError):
        sim.url  # pylint: disable=pointless-statement # noqa: B018
    with sim:
        assert Client(sim).eset_read(incident).status_code == 200


def test_listens_on_the_loopback_address_only(sim):
    port = int(sim.url.rpartition(":")[2])
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=1):
        pass


def test_https(tmp_path):
    trustme = pytest.importorskip("trustme")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    with Simulator(tls=context, rate_limit=False) as sim:
        client = Client(sim)
        assert sim.url.startswith("https://")
        with socket.create_connection(("127.0.0.1", int(sim.url.rpartition(":")[2]))):  # says nothing, blocks nobody
            with pytest.raises(requests.exceptions.SSLError):
                client.eset_list()
            client.session.verify = str(bundle)
            assert client.eset_list().status_code == 200
        sim.fault("eset.list", "drop_after")
        with pytest.raises(requests.ConnectionError):
            client.eset_list()
        client.session.close()


def test_as_a_process(tmp_path):
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps({"eset": {"incidents": ["p1"]}}), encoding="utf-8")
    port_file = tmp_path / "port"
    folder = pathlib.Path(package.__file__).parent
    command = [
        sys.executable,
        str(folder),
        "--port-file",
        str(port_file),
        "--scenario",
        str(scenario),
        "--no-rate-limit",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            until = time.monotonic() + 20
            while not port_file.exists() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            url = f"http://127.0.0.1:{int(port_file.read_text(encoding='utf-8'))}"
            state = requests.get(f"{url}/simulator/state", timeout=10).json()
            assert list(state["eset"]["incidents"]) == ["p1"]
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert output.splitlines() == [f"The simulator listens: D3 at {url}/MainApp/VSOC, ESET at {url}/eset"]
    assert errors == ""


# The two sides of what the vendors leave open.


@pytest.mark.parametrize("command", ["GetIncidents", "GetIncidentsWithNewParameters"])
def test_d3_has_the_lookup_under_one_name(sim, client, command):
    sim.configure(d3={"lookup_command": command})
    parameters = {"Start Time": "2000-01-01 00:00:00", "End Time": "2100-01-01 00:00:00"}
    statuses = {
        name: client.d3(name, parameters).status_code for name in ("GetIncidents", "GetIncidentsWithNewParameters")
    }
    assert statuses == {**dict.fromkeys(statuses, 404), command: 200}


@pytest.mark.parametrize(
    ["rows_as", "rows"],
    [
        ("data", {"Status": "Successful", "Data": [{"IncidentNo": "n1", "Status": "Open"}]}),
        ("list", [{"Status": "Successful", "Data": [{"IncidentNo": "n1", "Status": "Open"}]}]),
    ],
)
def test_d3_wraps_rows(sim, client, rows_as, rows):
    sim.configure(d3={"rows_under": "returnData", "rows_as": rows_as, "number_key": "IncidentNo"})
    assert client.d3_read([("IR Number", "=", "n1")]).json()["returnData"] == rows


def test_d3_gives_smaller_pages_and_says_how_many(sim, client):
    sim.configure(d3={"page_limit": 1})
    answer = client.d3_read([("IR Number", "=", "n1")], [("IR Number", "=", "n2")], Page_Index=1).json()
    assert answer["outputData"] == {"TotalPages": 2}
    assert [row["IR Number"] for row in answer["rawData"]["incidents"]] == ["n2"]


def test_d3_answers_with_the_keys_of_the_single_close(sim, client):
    sim.configure(d3={"close_keys": "single"})
    (row,) = client.d3_close("n1").json()["contextData"]
    assert set(row) == {"incidentNumber", "closeType", "closeNote", "closeDate", "result", "closedBy"}
    assert (row["incidentNumber"], row["result"]) == ("n1", "Succeed")


def test_d3_demands_a_user(sim, client):
    sim.configure(d3={"require_username": True})
    assert client.d3_close("n1").status_code == 400
    assert client.d3_close("n1", Username="analyst").status_code == 200


def test_eset_refuses_the_unspecified_reason(sim, client):
    sim.configure(eset={"refuse_unspecified": True, "empty_errors": True})
    answer = client.eset_close("u1", body={"closureReason": "INCIDENT_RESOLVE_REASON_UNSPECIFIED"})
    assert (answer.status_code, answer.content) == (400, b"") and answer.headers["request-id"]
    assert client.eset_close("u1").status_code == 200


@pytest.mark.parametrize(["expires_in", "told"], [(True, 3600), ("soon", "soon"), (None, None)])
def test_eset_tells_a_lifetime(sim, client, expires_in, told):
    sim.configure(eset={"expires_in": expires_in})
    assert client.sign_in().json().get("expires_in") == told


def test_eset_answers_400_to_an_expired_token(sim, client):
    sim.configure(eset={"expired_status": 400})
    sim.eset.expire_tokens()
    assert client.eset_read("u1").status_code == 400


@pytest.mark.parametrize(["list_ids", "devices"], [("none", None), ("empty", []), ("full", ["d1"])])
def test_eset_lists_devices_or_not(sim, client, list_ids, devices):
    sim.eset.add_incident("u9", device_uuids=["d1"])
    sim.configure(eset={"list_ids": list_ids})
    row = next(row for row in client.eset_list().json()["incidents"] if row["uuid"] == "u9")
    assert row.get("deviceUuids") == devices


def test_eset_leaves_out_what_is_empty(sim, client):
    sim.reset({"eset": {"incidents": []}})
    sim.configure(eset={"leave_out_empty": True})
    assert client.eset_list().json() == {}


def test_eset_knows_a_uuid_in_either_case(sim, client):
    name = "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"
    sim.eset.add_incident(name)
    assert client.eset_close(name.lower()).status_code == 200
    assert sim.eset.incidents[name].closings == 1


@pytest.mark.parametrize("call", CALLS)
def test_a_gateway_gives_no_header_of_the_product(sim, client, call):
    sim.fault(call, "gateway", status=403)
    sim.fault(call, "html", status=403)
    for kind in ("text/plain", "text/html"):
        answer = client.call(call)
        assert answer.status_code == 403 and answer.headers["Content-Type"].startswith(kind)
        assert "request-id" not in answer.headers
