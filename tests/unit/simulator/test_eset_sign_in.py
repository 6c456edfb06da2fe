# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in to the simulated ESET, and its tokens."""

from __future__ import annotations

import pytest

from simulator import DEFAULT_ESET_ACCESS_TOKEN, DEFAULT_ESET_PASSWORD, DEFAULT_ESET_USERNAME

FORM = {"grant_type": "password", "username": DEFAULT_ESET_USERNAME, "password": DEFAULT_ESET_PASSWORD}


def bearer(answer):
    return {"Authorization": "Bearer " + answer.json()["access_token"]}


def test_sign_in_issues_tokens(client):
    answer = client.sign_in()
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert client.eset_read("u1", headers=bearer(answer)).status_code == 200
    assert client.worked("eset.sign_in") == [True]


def test_a_refresh_token_issues_another_token(client):
    first = client.sign_in()
    second = client.sign_in(grant_type="refresh_token", refresh_token=first.json()["refresh_token"])
    assert second.json()["access_token"] != first.json()["access_token"]
    for answer in (first, second):
        assert client.eset_read("u1", headers=bearer(answer)).status_code == 200


@pytest.mark.parametrize(
    ["form", "status"],
    [
        ({**FORM, "password": "wrong"}, 401),
        ({**FORM, "username": "nobody"}, 401),
        ({**FORM, "password": ""}, 400),
        ({"grant_type": "password", "username": DEFAULT_ESET_USERNAME}, 400),
        ({"username": DEFAULT_ESET_USERNAME, "password": DEFAULT_ESET_PASSWORD}, 400),
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, 400),
        ({"grant_type": "client_credentials"}, 400),
        ({**FORM, "scope": "all"}, 400),
    ],
)
def test_wrong_credentials_are_rejected(client, form, status):
    assert client.sign_in(**form).status_code == status


def test_sign_in_takes_a_form_only(sim, client):
    assert client.request("POST", sim.eset_url + "/oauth/token", json=FORM).status_code == 415


def test_sign_in_is_a_post(sim, client):
    assert client.request("GET", sim.eset_url + "/oauth/token").status_code == 405


def test_a_token_expires(sim, client):
    headers = bearer(client.sign_in())
    sim.clock.now += 3599
    assert client.eset_read("u1", headers=headers).status_code == 200
    sim.clock.now += 1
    assert client.eset_read("u1", headers=headers).status_code == 401
    assert client.eset_read("u1").status_code == 200  # the fixed token does not expire


@pytest.mark.parametrize("status", [400, 401])
def test_all_tokens_can_expire_at_once(sim, client, status):
    sim.configure(eset={"expired_status": status})
    sim.eset.expire_tokens()
    assert client.eset_read("u1").status_code == status


@pytest.mark.parametrize(["expires_in", "expected"], [(True, 3600), ("soon", "soon"), (None, None)])
def test_the_lifetime_can_have_other_forms(sim, client, expires_in, expected):
    sim.configure(eset={"expires_in": expires_in})
    assert client.sign_in().json().get("expires_in") == expected


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer wrong", "Basic " + DEFAULT_ESET_ACCESS_TOKEN])
@pytest.mark.parametrize(
    ["method", "path"],
    [
        ("GET", "/v2/incidents"),
        ("GET", "/v2/incidents/u1"),
        ("POST", "/v2/incidents/u1:close"),
        ("GET", "/v1/devices"),
        ("GET", "/v1/devices/d1"),
        ("GET", "/v1/devices:batchGet?devicesUuids=d1"),
    ],
)
def test_every_call_demands_a_token(sim, client, method, path, value):
    headers = {} if value is None else {"Authorization": value}
    answer = client.request(method, sim.eset_url + path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == 16
