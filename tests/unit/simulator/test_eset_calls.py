# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets, methods, and responses of all calls to the simulated ESET."""

from __future__ import annotations

import json
import urllib.parse

import pytest


@pytest.mark.parametrize("incident", ["a/b", "a:reopen", "a:close", "50%", "a b", "a?b#c", "\xe4", "..x", "a+b"])
def test_ids_are_read_from_the_raw_path(sim, client, incident):
    sim.eset.add_incident(incident)
    assert client.eset_read(incident).json()["incident"]["uuid"] == incident
    assert client.eset_close(incident).status_code == 200
    assert sim.eset.incidents[incident].closings == 1
    assert sim.journal[-1].target == f"/eset/v2/incidents/{urllib.parse.quote(incident, safe='')}:close"
    assert sim.journal[-1].incidents == (incident,)


@pytest.mark.parametrize("device", ["a/b", "a:batchGet", "50%", "a b", "\xe4"])
def test_ids_of_devices_are_read_from_the_raw_path(sim, client, device):
    sim.eset.add_device(device)
    assert client.device_read(device).json()["device"]["uuid"] == device
    assert sim.journal[-1].devices == (device,)
    assert sim.journal[-1].incidents == ()


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
        "/eset/v2/incidents:batchGet",
        "/eset/v2/devices",
        "/eset/v1/devices/",
        "/eset/v1/devices/..",
        "/eset/v1/devices/d1:rename",
        "/eset/v1/devices:batchget",
        "/eset/v1/devices%3AbatchGet",
        "//eset/v2/incidents/u1",
        "/eset//v2/incidents/u1",
        "/v2/incidents/u1",
        "/v1/devices",
        "/eset",
        "/MainApp/VSOC/api/Command/GetIncident",
        "/MainApp/VSOC/api/Command/GetIncidents?x=1",
        "/MainApp/VSOC/api/api/Command/GetIncidents",
        "/",
        "*",
    ],
)
def test_unknown_targets_are_not_found(sim, client, path):
    assert client.send_target("GET", path)[0] == 404
    entry = sim.journal[-1]
    assert entry.status == 404
    assert entry.call == "unknown"
    assert entry.product == ""
    assert entry.target == path


def test_an_encoded_close_is_part_of_the_id(sim, client):
    sim.eset.add_incident("u1:close")
    status, body = client.send_target("GET", "/eset/v2/incidents/u1%3Aclose")
    assert status == 200
    assert json.loads(body)["incident"]["uuid"] == "u1:close"


def test_a_proxy_is_asked_for_a_whole_url(sim, client):
    path = "http://eset.invalid/eset/v2/incidents/u1"
    assert client.send_target("GET", path)[0] == 200
    assert sim.journal[-1].target == path


@pytest.mark.parametrize(
    ["method", "path"],
    [
        ("POST", "/v2/incidents"),
        ("POST", "/v2/incidents/u1"),
        ("GET", "/v2/incidents/u1:close"),
        ("POST", "/v1/devices"),
        ("DELETE", "/v1/devices/d1"),
        ("POST", "/v1/devices:batchGet?devicesUuids=d1"),
    ],
)
def test_a_call_has_one_method(client, method, path):
    assert client.eset(method, path).status_code == 405


@pytest.mark.parametrize("path", ["/v2/incidents/u1", "/v1/devices/d1"])
def test_a_single_read_has_no_query(client, path):
    assert client.eset("GET", path).status_code == 200
    assert client.eset("GET", path + "?view=full").status_code == 400


def test_every_answer_has_an_id_of_its_own(client):
    answers = [client.eset_read("u1"), client.eset_read("nowhere"), client.eset_close("u1"), client.sign_in()]
    assert len({answer.headers["request-id"] for answer in answers}) == 4


def test_errors_can_be_empty(sim, client):
    sim.configure(eset={"empty_errors": True})
    answer = client.eset_read("nowhere")
    assert answer.status_code == 404
    assert answer.content == b""
    assert answer.headers["request-id"]


@pytest.mark.parametrize("path", ["/v2/incidents", "/v1/devices"])
@pytest.mark.parametrize("query", ["pageSize=-1", "pageSize=many", "pageToken=wrong", "pageToken=%E4", "page=1"])
def test_a_list_rejects_wrong_queries(client, path, query):
    assert client.eset("GET", f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/v2/incidents", "/v1/devices"])
def test_a_list_can_leave_out_what_is_empty(sim, client, path):
    sim.reset({"eset": {"incidents": [], "devices": []}})
    sim.configure(eset={"leave_out_empty": True})
    assert client.eset("GET", path).json() == {}
