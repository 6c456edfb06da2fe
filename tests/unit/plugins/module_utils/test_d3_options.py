# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection to D3, from options."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _d3_options
from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import HINTS
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

PARAMS = {
    **dict.fromkeys(_d3_options.connection_spec()),
    "url": "https://soar",
    "api_key": "k1",
    "username": "me",
    "site": "here",
    "timeout": 75,
    "deadline": 0,
    "retries": 5,
    "rate_limit": 50,
    "validate_certs": True,
}


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def sign(key):
    """Return the headers of a request that a key signs."""
    return key.credential(SimpleNamespace(headers={})).headers


def connect(secrets=None, **params):
    return _d3_options.connect({**PARAMS, **params}, secrets or Secrets())


def read_close_key(**params):
    return _d3_options.read_close_key({**PARAMS, **params}, Secrets())


def refuse(**params):
    with pytest.raises(InvalidOptionError) as raised:
        connect(**params)
    return str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://soar", "https://soar/", "https://soar/api", "https://soar/API/", "https://soar/api/Command/"]
)
def test_the_address_of_the_commands_is_found(url):
    assert connect(url=url).url == "https://soar/api/Command/"


def test_a_part_of_the_address_that_looks_alike_is_kept():
    assert connect(url="https://soar/myapi").url == "https://soar/myapi/api/Command/"


def test_the_account_and_its_site_are_those_of_the_options():
    api = connect()
    assert (api._username, api._site) == ("me", "here")


def test_the_client_has_the_options_of_the_connection():
    api = connect(retries=3)
    assert (api.http.product, api.http.policy.retries) == ("D3", 3)


def test_messages_name_the_option_with_the_address():
    api = connect()
    assert (api.http._address, api.http._hints) == ("url", HINTS)


@pytest.mark.parametrize(
    ["command", "commands"],
    [(None, ["GetIncidents", "GetIncidentsWithNewParameters"]), ("My-Command_7", ["My-Command_7"])],
)
def test_the_command_that_reads_incidents(command, commands):
    assert connect(lookup_command=command)._lookup_commands == commands


@pytest.mark.parametrize("command", ["a b", "a/b", "a?b", "caf\u00e9"])
def test_what_is_not_the_name_of_a_command(command):
    assert refuse(lookup_command=command) == "lookup_command is not the name of a D3 command, such as GetIncidents"


@pytest.mark.parametrize(
    ["params", "message"],
    [
        ({"url": "soar"}, "url is not a URL such as https://soar.example.com"),
        ({"username": " "}, "username (D3_USERNAME) must not be empty"),
        ({"site": None}, "site (D3_SITE) must not be empty"),
        (
            {"api_key": None},
            "missing credentials: give api_key (D3_API_KEY), or jwt (D3_JWT), or, if you only read incidents, "
            "lookup_api_key (D3_LOOKUP_API_KEY), or lookup_jwt (D3_LOOKUP_JWT)",
        ),
        ({"jwt": "t"}, "give only one of api_key (D3_API_KEY), or jwt (D3_JWT)"),
        (
            {"lookup_api_key": "k", "lookup_jwt": "t"},
            "give only one of lookup_api_key (D3_LOOKUP_API_KEY), or lookup_jwt (D3_LOOKUP_JWT)",
        ),
        ({"auth_header": "a b"}, "auth_header is not a valid HTTP header name"),
        ({"auth_header": "caf\u00e9"}, "auth_header is not a valid HTTP header name"),
    ],
)
def test_an_invalid_option_is_named(params, message):
    assert refuse(**params) == message


def test_a_key_that_no_header_can_carry_is_named():
    assert refuse(api_key="a\nb").startswith("api_key contains a character")


@pytest.mark.parametrize(
    ["params", "option", "headers"],
    [
        ({}, "api_key", {"d3key": "k1"}),
        ({"api_key": None, "jwt": "t1"}, "jwt", {"d3jwt": "t1"}),
        ({"auth_header": "X-Key"}, "api_key", {"X-Key": "k1"}),
    ],
)
def test_the_key_of_the_close_command(params, option, headers):
    key = read_close_key(**params)
    assert (key.option, sign(key)) == (option, headers)


@pytest.mark.parametrize(
    ["params", "option", "headers"],
    [
        ({}, "lookup_api_key", {"d3key": "k1"}),
        ({"api_key": None, "jwt": "t1"}, "lookup_jwt", {"d3jwt": "t1"}),
        ({"lookup_api_key": "k2"}, "lookup_api_key", {"d3key": "k2"}),
        ({"lookup_jwt": "t2"}, "lookup_jwt", {"d3jwt": "t2"}),
        ({"api_key": None, "lookup_jwt": "t2"}, "lookup_jwt", {"d3jwt": "t2"}),
    ],
)
def test_the_key_of_the_command_that_reads_incidents(params, option, headers):
    key = connect(**params)._lookup_key
    assert (key.option, sign(key)) == (option, headers)


@pytest.mark.parametrize("params", [{}, {"lookup_api_key": "k1", "api_key": None}])
def test_the_key_of_the_command_that_reads_incidents_is_a_secret(params):
    secrets = Secrets()
    connect(secrets, **params)
    assert secrets.redact("k1") == "********"


def test_a_credential_in_the_address_is_a_secret():
    secrets = Secrets()
    with pytest.raises(InvalidOptionError, match="^url must not contain credentials"):
        connect(secrets, url="https://u:p1@soar")
    assert secrets.redact("p1") == "********"


def test_the_client_keeps_the_secrets_out_of_messages():
    secrets = Secrets()
    assert connect(secrets).http.secrets is secrets


def test_the_key_of_the_close_command_is_a_secret():
    secrets = Secrets()
    _d3_options.read_close_key(PARAMS, secrets)
    assert secrets.redact("k1") == "********"
