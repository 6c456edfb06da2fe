# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that both products share, their values from the environment, and checks of values.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import normalize_id
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.module_utils._tls import can_log_keys, is_bundle

BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the variables that requests reads, in its order
RANGES = {"timeout": (1, 3600), "deadline": (0, 10**6), "retries": (0, 100), "rate_limit": (0, 1000)}

ArgumentSpec = dict[str, dict[str, Any]]


class InvalidOptionError(Exception):
    """An option that is not valid. The message names it and the change that fixes it."""


def read_environment(variable: str) -> str:
    """Return a variable of the environment, for a fallback in the argument spec. An empty one counts as unset."""
    if os.environ.get(variable):
        return os.environ[variable]
    raise AnsibleFallbackNotFound


def http_spec(prefix: str, *, rate_limit: int) -> ArgumentSpec:
    """Return the argument spec of the requests that a task makes.

    :param prefix: of the environment variables.
    :param rate_limit: the default of that option.
    """
    return {
        "timeout": {"type": "int", "default": 75},
        "deadline": {"type": "int", "default": 0},
        "retries": {"type": "int", "default": 5},
        "rate_limit": {"type": "int", "default": rate_limit},
        "validate_certs": {
            "type": "bool",
            "default": True,
            "fallback": (read_environment, [prefix + "_VALIDATE_CERTS"]),
        },
        "ca_path": {"type": "path", "fallback": (read_environment, [prefix + "_CA_PATH"])},
    }


def validate_options(options: Mapping[str, Any], spec: ArgumentSpec) -> dict[str, Any]:
    """Return the options of a plugin that is not a module, with types, defaults, and values of the environment.

    :param options: the options of the user; an empty string counts as unset.
    :raises InvalidOptionError: an option is missing, unknown, or of the wrong type.
    """
    given = {name: value for name, value in options.items() if value not in (None, "")}
    result = ArgumentSpecValidator(spec).validate(given)
    for name in sorted(result.unsupported_parameters):
        raise InvalidOptionError(f"{name} is not an option: check its spelling")
    if result.error_messages:
        raise InvalidOptionError("; ".join(result.error_messages))
    validated: dict[str, Any] = result.validated_parameters
    for name, value in validated.items():
        check_text(value, name)
    return validated


def client_options(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of an HttpClient, from the options of http_spec.

    :raises InvalidOptionError: a number is out of range, or a CA bundle does not exist or is not readable.
    """
    for name, (lowest, highest) in RANGES.items():
        check_range(params, name, lowest, highest)
    options = {name: params[name] for name in RANGES}
    if not params["validate_certs"]:
        return {**options, "verify": False}
    bundles = {"ca_path": params["ca_path"], **{name: os.environ.get(name) for name in BUNDLE_VARIABLES}}
    source, path = next(((source, path) for source, path in bundles.items() if path), ("", ""))
    if path and not os.path.exists(path):
        raise InvalidOptionError(f"{source}: there is no file or directory {path}")
    if path and not is_bundle(path):
        raise InvalidOptionError(f"{source}: {path} is not a readable CA bundle in PEM format")
    return {**options, "verify": path or True}


def check_range(params: Mapping[str, Any], name: str, lowest: int, highest: int) -> None:
    """Check the range of a number.

    :raises InvalidOptionError: the number is out of range.
    """
    if not lowest <= params[name] <= highest:
        raise InvalidOptionError(f"{name} must be from {lowest} to {highest}, not {params[name]}")


def check_text(value: Any, name: str) -> None:
    """Check that a value of an option, if it is a string or a list of strings, can be sent.

    :raises InvalidOptionError: a string is not valid UTF-8, for example from the environment.
    """
    for text in value if isinstance(value, list) else [value]:
        try:
            str(text).encode()
        except UnicodeEncodeError:
            raise InvalidOptionError(f"{name} is not valid UTF-8") from None


def check_key_log() -> None:
    """Check the environment variable that makes every TLS connection fail if it is wrong.

    :raises InvalidOptionError: TLS cannot write to the file.
    """
    if not can_log_keys():
        raise InvalidOptionError(
            "SSLKEYLOGFILE names a file that cannot be written: correct or unset this environment variable"
        )


def read_credentials(
    params: Mapping[str, Any],
    secrets: Secrets,
    variables: Mapping[str, str],
    *alternatives: tuple[str, ...],
    required: bool = True,
) -> dict[str, str]:
    """Return the credentials of the task or else of the environment, after checking that they are of one kind.

    Credentials of one kind in the task override those of other kinds in the environment.

    :param params: the options.
    :param secrets: receives all of them but the user name.
    :param variables: the environment variable of each option.
    :param alternatives: the options of each kind of credentials; a kind is complete with all of its options.
    :param required: whether the user must give one of the alternatives.
    :returns: the value of each option of the given kind, or an empty dictionary.
    :raises InvalidOptionError: the user gave none, several, or half of one, or a credential cannot be sent.
    """
    values = {}
    explicit = [kind for kind in alternatives if any(params[option] for option in kind)]
    for option in (option for kind in explicit or alternatives for option in kind):
        value = params[option] or os.environ.get(variables[option])
        check_text(value, f"{option} ({variables[option]})")
        if value:
            values[option] = value
            if option != "username":
                secrets.add(value, values.get("username") or params.get("username"))
    given = [kind for kind in alternatives if any(option in values for option in kind)]
    choice = ", or ".join(" and ".join(f"{option} ({variables[option]})" for option in kind) for kind in alternatives)
    if len(given) > 1:
        raise InvalidOptionError(f"give only one of {choice}")
    if not given and required:
        raise InvalidOptionError(f"missing credentials: give {choice}")
    for option in given[0] if given else ():
        if option not in values:
            raise InvalidOptionError(f"missing {option} ({variables[option]})")
    return values


def check_header_value(value: str, name: str) -> str:
    """Return a value for a header.

    :raises InvalidOptionError: it contains a character that a header cannot contain.
    """
    if not (value.isascii() and value.isprintable() and value.strip() == value):
        raise InvalidOptionError(
            f"{name} contains a character that cannot be sent in a header: a line break, a space at the beginning or end, or a non-ASCII character"
        )
    return value


def check_not_blank(params: Mapping[str, Any], name: str, variable: str) -> str:
    """Return a string that must not be empty or whitespace.

    :raises InvalidOptionError: it is empty or whitespace.
    """
    value: str = params[name] or ""
    if not value.strip():
        raise InvalidOptionError(f"{name} ({variable}) must not be empty")
    return value


def parse_url(params: Mapping[str, Any], name: str, secrets: Secrets) -> str:
    """Return the address of an API, without a slash at its end.

    :raises InvalidOptionError: the value is not a URL, contains credentials, or would send them in plain text.
    """
    url: str = params[name] or ""
    try:
        parts = urlsplit(url)
        host, dummy_port = parts.hostname, parts.port  # both raise a ValueError for a value that is not a URL
        if secret := parts.password or parts.username:  # a user name without a password may be a token
            secrets.add(unquote(secret))
        loopback = host == "localhost" or _is_loopback(host)
    except ValueError:
        raise InvalidOptionError(f"{name} is not a URL such as https://soar.example.com") from None
    if "@" in parts.netloc:
        raise InvalidOptionError(f"{name} must not contain credentials: use the options for credentials")
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or set(url) & set(" \\"):
        raise InvalidOptionError(f"{name} is not a URL such as https://soar.example.com")
    if parts.query or parts.fragment:
        raise InvalidOptionError(f"{name} must end before any ? or #")
    if parts.scheme == "http" and not loopback:
        raise InvalidOptionError(
            f"{name} must be https: over plain http everybody on the way could read the credentials"
        )
    return url.rstrip("/")


def _is_loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def read_ids(params: Mapping[str, Any], name: str) -> list[str]:
    """Return the normalized ids of the incidents, each once, in their order.

    :param params: the options.
    :param name: the option that lists the incidents.
    :raises InvalidOptionError: the list is empty, or an entry is not a valid incident id.
    """
    ids = []
    for position, incident in enumerate(params[name] or [], start=1):
        try:
            ids.append(normalize_id(incident))
        except ValueError as error:
            raise InvalidOptionError(f"{name}, entry {position}: {error}") from None
    if not ids:
        raise InvalidOptionError(f"{name} is empty: name at least one incident")
    return list(dict.fromkeys(ids))
