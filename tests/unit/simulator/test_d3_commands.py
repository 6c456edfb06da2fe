# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body, the key, and the account of every command of the simulated D3."""

from __future__ import annotations

import pytest

from simulator import (
    DEFAULT_D3_JWT,
    DEFAULT_D3_KEY,
    DEFAULT_D3_LOOKUP_KEY,
    DEFAULT_D3_SITE,
    DEFAULT_D3_USERNAME,
    d3_jwt,
)

TIMES = {"Start Time": "2000-01-01 00:00:00", "End Time": "2100-01-01 00:00:00"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b"[" * 20000, b'{"Username": "a", "Username": "b", "Site": "s"}', b'{"Site": NaN}'],
)
def test_a_body_is_a_json_object(sim, client, body):
    headers = {"d3key": DEFAULT_D3_KEY, "Content-Type": "application/json"}
    answer = client.request("POST", sim.d3_url + "/api/Command/CloseIncidentInBulk", data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json() == {"Error": "The body of the request must be a valid JSON object"}


@pytest.mark.parametrize("body", [{"Site": [DEFAULT_D3_SITE]}, {"Extra": 1}, {"CommandParams": []}])
def test_a_body_has_its_three_fields_only(client, body):
    assert client.d3_close("n1", body=body).status_code == 400


def test_a_command_is_a_post(sim, client):
    url = sim.d3_url + "/api/Command/CloseIncidentInBulk"
    assert client.request("GET", url, headers={"d3key": DEFAULT_D3_KEY}).status_code == 405


def test_a_body_is_declared_as_json(sim, client):
    url = sim.d3_url + "/api/Command/CloseIncidentInBulk"
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
def test_wrong_keys_are_rejected(client, headers):
    answer = client.d3_close("n1", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"Error": "Invalid authentication key."}


def test_a_key_opens_its_commands_only(sim, client):
    sim.d3.keys["both"] = {"GetIncidents", "CloseIncidentInBulk"}
    assert client.d3("GetIncidents", TIMES, headers={"d3key": DEFAULT_D3_KEY}).status_code == 401
    assert client.d3("GetIncidents", TIMES, headers={"d3key": "both"}).status_code == 200


def test_a_jwt_opens_a_command(client):
    assert client.d3_close("n1", headers={"d3jwt": DEFAULT_D3_JWT}).status_code == 200


def test_a_jwt_names_the_user_and_the_site(sim, client):
    sim.d3.users.add("soar-Automation")
    answer = client.d3_close("n1", headers={"d3jwt": DEFAULT_D3_JWT}, body={"Username": "soar-Automation"})
    assert answer.status_code == 401


def test_a_jwt_with_another_signature_is_rejected(client):
    forged = d3_jwt(DEFAULT_D3_USERNAME, DEFAULT_D3_SITE, secret="another")
    assert client.d3_close("n1", headers={"d3jwt": forged}).status_code == 401


def test_a_token_that_is_not_a_jwt_names_nobody(sim, client):
    sim.d3.jwts["opaque"] = {"CloseIncidentInBulk"}
    assert client.d3_close("n1", headers={"d3jwt": "opaque"}).status_code == 200


def test_the_header_of_the_key_can_have_another_name(sim, client):
    sim.configure(d3={"key_header": "X-Key"})
    assert client.d3_close("n1", headers={"d3key": DEFAULT_D3_KEY}).status_code == 401
    assert client.d3_close("n1", headers={"x-key": DEFAULT_D3_KEY}).status_code == 200


@pytest.mark.parametrize("change", [{"Username": "Soar-Automation"}, {"Site": "elsewhere"}])
def test_a_wrong_account_is_an_error_with_status_200(sim, client, change):
    answer = client.d3_close("n1", body=change)
    assert answer.status_code == 200
    assert answer.json()["error"]
    assert answer.json()["contextData"] == []
    assert sim.d3.incidents["n1"].status == "Open"


@pytest.mark.parametrize("command", ["GetIncidents", "GetIncidentsWithNewParameters"])
def test_the_lookup_command_has_one_name(sim, client, command):
    sim.configure(d3={"lookup_command": command})
    names = ("GetIncidents", "GetIncidentsWithNewParameters")
    statuses = {name: client.d3(name, TIMES).status_code for name in names}
    assert statuses == {**dict.fromkeys(names, 404), command: 200}
