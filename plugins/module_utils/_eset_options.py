# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the connection to ESET Connect from options. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils import _options
from ansible_collections.secops.incident_closure.plugins.module_utils._eset import Eset
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_devices import EsetDevices
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import ConnectClient
from ansible_collections.secops.incident_closure.plugins.module_utils._options import (
    InvalidOptionError,
    read_environment,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

REGIONS = ("eu", "de", "us", "ca", "jpn")
HOSTS = {  # by the option that overrides the host ("Close incident"; "/oauth/token"; "List devices")
    "api_url": "https://{region}.incident-management.eset.systems",
    "auth_url": "https://{region}.business-account.iam.eset.systems",
    "device_url": "https://{region}.device-management.eset.systems",
}
CREDENTIALS = {"access_token": "ESET_ACCESS_TOKEN", "username": "ESET_USERNAME", "password": "ESET_PASSWORD"}


def connection_spec() -> _options.ArgumentSpec:
    """Return the argument spec of the connection."""
    return {
        "region": {"type": "str", "choices": list(REGIONS), "fallback": (read_environment, ["ESET_REGION"])},
        "api_url": {"type": "str", "fallback": (read_environment, ["ESET_API_URL"])},
        "auth_url": {"type": "str", "fallback": (read_environment, ["ESET_AUTH_URL"])},
        "device_url": {"type": "str", "fallback": (read_environment, ["ESET_DEVICE_URL"])},
        "access_token": {"type": "str", "no_log": True},
        "username": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        **_options.http_spec("ESET", rate_limit=10),
    }


def connect(params: Mapping[str, Any], secrets: Secrets) -> Eset:
    """Return the incidents of ESET Connect. Their ``http`` is the session for other hosts, too.

    :param params: the options of connection_spec.
    :param secrets: receives the credentials.
    :raises InvalidOptionError: an option is not valid.
    """
    kinds = (("access_token",), ("username", "password"))
    given = _options.read_credentials(params, secrets, CREDENTIALS, *kinds)
    token = given.get("access_token")
    api_url = find_url(params, "api_url", secrets)
    session = ConnectClient(
        "region, api_url, auth_url, or device_url",
        secrets,
        auth_url="" if token else find_url(params, "auth_url", secrets),
        access_token=_options.check_header_value(token, "access_token") if token else None,
        username=given.get("username", ""),
        password=given.get("password", ""),
        **_options.client_options(params),
    )
    return Eset(session, api_url)


def connect_devices(params: Mapping[str, Any], api: Eset, secrets: Secrets) -> EsetDevices:
    """Return the devices of ESET Connect, over the session that ``connect`` opened.

    :raises InvalidOptionError: neither region nor device_url is set, or device_url is not a valid URL.
    """
    return EsetDevices(api.http, find_url(params, "device_url", secrets))


def find_url(params: Mapping[str, Any], name: str, secrets: Secrets) -> str:
    """Return the address of a host of ESET Connect.

    :param name: one of HOSTS, the option that overrides the address.
    :raises InvalidOptionError: neither that option nor the region is set, or the option is not a valid URL.
    """
    if params[name]:
        return _options.parse_url(params, name, secrets)
    if not params["region"]:
        raise InvalidOptionError(f"missing region (ESET_REGION), or {name} (ESET_{name.upper()}) in its place")
    return HOSTS[name].format(region=params["region"])
