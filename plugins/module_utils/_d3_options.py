# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the connection to D3 from options. This file is private to the collection and may change in any release."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils import _options
from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import D3, HINTS, CommandKey
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import HeaderCredential
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._options import (
    InvalidOptionError,
    read_environment,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

CREDENTIALS = {
    "api_key": "D3_API_KEY",
    "jwt": "D3_JWT",
    "lookup_api_key": "D3_LOOKUP_API_KEY",
    "lookup_jwt": "D3_LOOKUP_JWT",
}
MISSING_CREDENTIALS = (
    "missing credentials: give api_key (D3_API_KEY), or jwt (D3_JWT), or, if you only read incidents, "
    "lookup_api_key (D3_LOOKUP_API_KEY), or lookup_jwt (D3_LOOKUP_JWT)"
)


def connection_spec() -> _options.ArgumentSpec:
    """Return the argument spec of the connection."""
    return {
        "url": {"type": "str", "required": True, "fallback": (read_environment, ["D3_URL"])},
        **{name: {"type": "str", "no_log": True} for name in CREDENTIALS},
        "lookup_command": {"type": "str", "fallback": (read_environment, ["D3_LOOKUP_COMMAND"])},
        "auth_header": {"type": "str", "fallback": (read_environment, ["D3_AUTH_HEADER"])},
        "username": {"type": "str", "required": True, "fallback": (read_environment, ["D3_USERNAME"])},
        "site": {"type": "str", "required": True, "fallback": (read_environment, ["D3_SITE"])},
        **_options.http_spec("D3", rate_limit=50),
    }


def connect(params: Mapping[str, Any], secrets: Secrets) -> D3:
    """Return the commands of the site. Reading needs only one credential.

    :param params: the options of connection_spec.
    :param secrets: receives the credentials.
    :raises InvalidOptionError: an option is not valid.
    """
    # The URL comes first, because it may contain a password, which becomes a secret here.
    url = re.sub(r"(/api(/command)?)?/*$", "", _options.parse_url(params, "url", secrets), flags=re.IGNORECASE)
    if params["lookup_command"] and not re.fullmatch(r"[\w-]+", params["lookup_command"], re.ASCII):
        raise InvalidOptionError("lookup_command is not the name of a D3 command, such as GetIncidents")
    return D3(
        HttpClient("D3", "url", HINTS, secrets, **_options.client_options(params)),
        url=url,
        username=_options.check_not_blank(params, "username", "D3_USERNAME"),
        site=_options.check_not_blank(params, "site", "D3_SITE"),
        lookup_key=_read_lookup_key(params, secrets),
        lookup_command=params["lookup_command"],
    )


def read_close_key(params: Mapping[str, Any], secrets: Secrets) -> CommandKey:
    """Return the key or token of the close command.

    :raises InvalidOptionError: there is none, there are two, or the credential cannot be sent.
    """
    given = _options.read_credentials(params, secrets, CREDENTIALS, ("api_key",), ("jwt",))
    return _make_key(params, given)


def _read_lookup_key(params: Mapping[str, Any], secrets: Secrets) -> CommandKey:
    """Return the key or token of the command that reads incidents, by default that of the close command."""
    kinds = (("lookup_api_key",), ("lookup_jwt",))
    given = _options.read_credentials(params, secrets, CREDENTIALS, *kinds, required=False)
    if given:
        return _make_key(params, given)
    given = _options.read_credentials(params, secrets, CREDENTIALS, ("api_key",), ("jwt",), required=False)
    if not given:
        raise InvalidOptionError(MISSING_CREDENTIALS)
    key = _make_key(params, given)
    return key._replace(option=f"lookup_{key.option}")


def _make_key(params: Mapping[str, Any], given: Mapping[str, str]) -> CommandKey:
    ((option, secret),) = given.items()
    header = params["auth_header"] or ("d3jwt" if option.endswith("jwt") else "d3key")
    if not re.fullmatch(r"[!#$%&'*+.^_`|~\w-]+", header, re.ASCII):
        raise InvalidOptionError("auth_header is not a valid HTTP header name")
    return CommandKey(HeaderCredential(header, _options.check_header_value(secret, option)), option)
