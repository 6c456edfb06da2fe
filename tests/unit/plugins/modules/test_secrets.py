# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results, warnings, and the log contain no secret, whatever the fault, and even if a server repeats the secret."""

from __future__ import annotations

import json
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from ansible.module_utils import basic
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import MAX_SERVER_WORDS

PASSWORD = 'pa$$ w/rd&+"x%'
KEY = "key/with+odd=characters&more"


@pytest.fixture
def log(monkeypatch):
    """Return what the module writes to the log of the system."""
    lines = []
    syslog = SimpleNamespace(
        openlog=lambda *args: None, syslog=lambda level, line: lines.append(line), LOG_INFO=6, LOG_USER=8
    )
    monkeypatch.setattr(basic, "syslog", syslog)
    monkeypatch.setattr(basic, "has_journal", False)
    return lines


FAULTS = [
    ("*", None, {}),
    ("*.close", "status", {"status": 400}),
    ("*.close", "status", {"status": 401}),
    ("*.close", "status", {"status": 403}),
    ("*.close", "status", {"status": 500}),
    ("*.close", "status", {"status": 429}),
    ("*.close", "drop_after", {}),
    ("*.close", "html", {}),
    ("*.close", "redirect", {}),
    ("*.read", "status", {"status": 401}),
    ("*.read", "status", {"status": 503}),
    ("eset.sign_in", "status", {"status": 400}),
    ("eset.sign_in", "status", {"status": 503}),
    ("eset.sign_in", "empty", {}),
]


def plan(sim, call, fault, params, said):
    """Plan a fault, whose response repeats a string if it can."""
    if fault == "status":
        params = {**params, "body": {"Error": said, "message": said, said: said}}
    if fault:
        sim.fault(call, fault, times=None, **params)


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("by_environment", [False, True])
@pytest.mark.parametrize(["call", "fault", "params"], FAULTS)
def test_eset_results_contain_no_secret(
    sim, close_eset, log, monkeypatch, forms, leaks, call, fault, params, by_environment, check_mode
):
    sim.reset({"eset": {"incidents": ["1"], "users": {"api-user": PASSWORD}}})
    plan(sim, call, fault, params, " ".join(forms(PASSWORD, "api-user")))
    credentials = {"username": "api-user", "password": PASSWORD}
    if by_environment:
        monkeypatch.setenv("ESET_USERNAME", "api-user")
        monkeypatch.setenv("ESET_PASSWORD", PASSWORD)
        credentials = {"username": None, "password": None}
    result = close_eset("1", retries=1, check_mode=check_mode, **credentials)
    shown = json.dumps(result, ensure_ascii=False) + json.dumps(result) + "".join(log)
    secrets = [PASSWORD, *sim.eset.tokens, *sim.eset.refresh_tokens]
    assert log
    assert len(secrets) >= (2 if call == "*" else 1)
    assert leaks(shown, secrets, "api-user") == []


@pytest.mark.parametrize("by_environment", [False, True])
@pytest.mark.parametrize(["call", "fault", "params"], [fault for fault in FAULTS if fault[0] != "eset.sign_in"])
def test_d3_results_contain_no_secret(
    sim, close_d3, log, monkeypatch, forms, leaks, call, fault, params, by_environment
):
    lookup = KEY + "-lookup"
    sim.reset({"d3": {"incidents": ["1"], "keys": {KEY: ["CloseIncidentInBulk"], lookup: ["GetIncidents"]}}})
    plan(sim, call, fault, params, " ".join(forms(KEY, "api-user") + forms(lookup, "api-user")))
    credentials = {"api_key": KEY, "lookup_api_key": lookup}
    if by_environment:
        monkeypatch.setenv("D3_API_KEY", KEY)
        monkeypatch.setenv("D3_LOOKUP_API_KEY", lookup)
        credentials = {"api_key": None, "lookup_api_key": None}
    result = close_d3("1", retries=1, **credentials)
    shown = json.dumps(result, ensure_ascii=False) + json.dumps(result) + "".join(log)
    assert log
    assert leaks(shown, [KEY, lookup], "soar-automation") == []


def test_a_row_that_repeats_a_secret_is_shown_without_it(sim, close_d3):
    row = {
        "Incident Number": "1",
        "Status": "Closed",
        "Result": "Successful",
        "note": f"by {KEY}",
        f"k {quote(KEY, safe='')}": "x",
    }
    sim.fault("d3.close", "json_value", value={"error": "", "contextData": [row]}, when="before")
    result = close_d3("1", state_lookup="skip", api_key=KEY, lookup_api_key=None)
    assert result["summary"]["closed"] == 1
    assert KEY not in json.dumps(result)
    assert quote(KEY, safe="") not in json.dumps(result)


@pytest.mark.parametrize("url", ["https://api:0pen-5esame@soar.example.com", "https://0pen-5esame@soar.example.com"])
def test_an_address_with_credentials_is_rejected_without_showing_them(close_d3, log, url):
    result = close_d3("1", url=url)
    assert result["msg"] == "url must not contain credentials: use the options for credentials"
    assert "0pen-5esame" not in json.dumps(result)
    assert "0pen-5esame" not in "".join(log)


@pytest.mark.parametrize("before", range(MAX_SERVER_WORDS - 40, MAX_SERVER_WORDS + 2, 3))
def test_a_truncated_secret_is_not_shown_in_part(sim, close_d3, before):
    sim.reset({"d3": {"incidents": ["1"], "keys": {KEY: ["CloseIncidentInBulk", "GetIncidents"]}}})
    sim.fault("d3.close", "status", status=400, body={"Error": "x" * before + KEY})
    message = close_d3("1", api_key=KEY, lookup_api_key=None)["msg"]
    assert "xxx" in message
    assert KEY[:4] not in message
