# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection to ESET Connect, from options."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _eset_options
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

PARAMS = {
    **dict.fromkeys(_eset_options.connection_spec()),
    "region": "eu",
    "username": "me",
    "password": "p1",
    "timeout": 75,
    "deadline": 0,
    "retries": 5,
    "rate_limit": 10,
    "validate_certs": True,
}
TOKEN = {"username": None, "password": None, "access_token": "t1"}


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def connect(secrets=None, **params):
    return _eset_options.connect({**PARAMS, **params}, secrets or Secrets())


def refuse(**params):
    with pytest.raises(InvalidOptionError) as raised:
        connect(**params)
    return str(raised.value)


@pytest.mark.parametrize(
    ["params", "url"],
    [
        ({}, "https://eu.incident-management.eset.systems"),
        ({"region": "jpn"}, "https://jpn.incident-management.eset.systems"),
        ({"api_url": "https://gateway/"}, "https://gateway"),
    ],
)
def test_the_address_of_the_incidents(params, url):
    assert connect(**params).url == f"{url}/v2/incidents"


@pytest.mark.parametrize(
    ["params", "url"],
    [
        ({}, "https://eu.business-account.iam.eset.systems"),
        ({"auth_url": "https://gateway/"}, "https://gateway"),
        (TOKEN, ""),
    ],
)
def test_the_address_of_the_sign_in(params, url):
    assert connect(**params).http._auth_url == url


@pytest.mark.parametrize(
    ["params", "url"],
    [
        ({}, "https://eu.device-management.eset.systems"),
        ({"device_url": "https://gateway/"}, "https://gateway"),
    ],
)
def test_the_address_of_the_devices(params, url):
    params = {**PARAMS, **params}
    assert _eset_options.connect_devices(params, connect(), Secrets())._url == f"{url}/v1/devices"


def test_one_session_serves_all_hosts():
    api = connect()
    assert _eset_options.connect_devices(PARAMS, api, Secrets())._http is api.http


@pytest.mark.parametrize(
    ["params", "credentials"], [({}, (None, "me", "p1")), (TOKEN, ("t1", "", ""))], ids=["password", "token"]
)
def test_the_credentials_of_the_session(params, credentials):
    session = connect(**params).http
    assert (session._access_token, session._username, session._password) == credentials


def test_the_session_has_the_options_of_the_connection():
    session = connect(retries=3).http
    assert (session.product, session.policy.retries) == ("ESET", 3)


def test_messages_name_the_options_with_an_address():
    assert connect().http._address == "region, api_url, auth_url, or device_url"


@pytest.mark.parametrize(
    ["params", "message"],
    [
        ({"region": None}, "missing region (ESET_REGION), or api_url (ESET_API_URL) in its place"),
        (
            {"region": None, "api_url": "https://gateway"},
            "missing region (ESET_REGION), or auth_url (ESET_AUTH_URL) in its place",
        ),
        ({"api_url": "gateway"}, "api_url is not a URL such as https://soar.example.com"),
        ({"auth_url": "gateway"}, "auth_url is not a URL such as https://soar.example.com"),
        (
            {"username": None, "password": None},
            "missing credentials: give access_token (ESET_ACCESS_TOKEN), "
            "or username (ESET_USERNAME) and password (ESET_PASSWORD)",
        ),
        ({"password": None}, "missing password (ESET_PASSWORD)"),
    ],
)
def test_an_invalid_option_is_named(params, message):
    assert refuse(**params) == message


def test_a_token_that_no_header_can_carry_is_named():
    assert refuse(**{**TOKEN, "access_token": "a\nb"}).startswith("access_token contains a character")


def test_an_invalid_address_of_the_devices_is_named():
    with pytest.raises(InvalidOptionError, match="^device_url is not a URL"):
        _eset_options.connect_devices({**PARAMS, "device_url": "gateway"}, connect(), Secrets())


@pytest.mark.parametrize(["params", "secret"], [({}, "p1"), (TOKEN, "t1")], ids=["password", "token"])
def test_every_credential_is_a_secret(params, secret):
    secrets = Secrets()
    session = connect(secrets, **params).http
    assert session.secrets is secrets
    assert secrets.redact(secret) == "********"


@pytest.mark.parametrize("name", ["api_url", "auth_url"])
def test_a_credential_in_an_address_of_the_session_is_a_secret(name):
    secrets = Secrets()
    with pytest.raises(InvalidOptionError, match=f"^{name} must not contain credentials"):
        connect(secrets, **{name: "https://u:p2@gateway"})
    assert secrets.redact("p2") == "********"


def test_a_credential_in_the_address_of_the_devices_is_a_secret():
    secrets = Secrets()
    with pytest.raises(InvalidOptionError, match="^device_url must not contain credentials"):
        _eset_options.connect_devices({**PARAMS, "device_url": "https://u:p2@gateway"}, connect(), secrets)
    assert secrets.redact("p2") == "********"
