# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One module run: the options that both modules share, their values from the environment, and the result.

This file is private to the collection and may change in any release.
"""

from __future__ import annotations

import ipaddress
import os
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import sanitize_keys
from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible_collections.secops.incident_closure.plugins.module_utils._closure import close_incidents
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HAS_REQUESTS
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import normalize_id
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_locks import IncidentLocks
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets
from ansible_collections.secops.incident_closure.plugins.module_utils._tls import can_log_keys, is_bundle

BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # those that requests reads, in its order


class InvalidOptionError(Exception):
    """An option that cannot be right; the text names it and says what to change."""


def environment(variable: str) -> str:
    """Return a variable of the environment, as a fallback of the argument spec; an empty one counts as unset."""
    if os.environ.get(variable):
        return os.environ[variable]
    raise AnsibleFallbackNotFound


def http_options(prefix: str, rate_limit: int) -> dict[str, Any]:
    """Return the part of the argument spec that both modules share.

    :param prefix: of the environment variables.
    :param rate_limit: the default of that option.
    """
    return {
        "held_back": {"type": "list", "elements": "str"},
        "timeout": {"type": "int", "default": 75},
        "deadline": {"type": "int", "default": 0},
        "retries": {"type": "int", "default": 5},
        "rate_limit": {"type": "int", "default": rate_limit},
        "validate_certs": {
            "type": "bool",
            "default": True,
            "fallback": (environment, [prefix + "_VALIDATE_CERTS"]),
        },
        "ca_path": {"type": "path", "fallback": (environment, [prefix + "_CA_PATH"])},
    }


def client_options(params: dict[str, Any]) -> dict[str, Any]:
    """Return what an HttpClient takes, from the options of http_options.

    :raises InvalidOptionError: a number is out of range, or a CA bundle is not there or not readable.
    """
    for name, lowest, highest in (
        ("timeout", 1, 3600),
        ("deadline", 0, 10**6),
        ("retries", 0, 100),
        ("rate_limit", 0, 1000),
    ):
        within(params, name, lowest, highest)
    options = {name: params[name] for name in ("timeout", "deadline", "retries", "rate_limit")}
    if not params["validate_certs"]:
        return {**options, "verify": False}
    bundles = {"ca_path": params["ca_path"], **{name: os.environ.get(name) for name in BUNDLE_VARIABLES}}
    source, path = next(((source, path) for source, path in bundles.items() if path), (None, None))
    if path and not os.path.exists(path):
        raise InvalidOptionError(f"{source}: there is no file or directory {path}")
    if path and not is_bundle(path):
        raise InvalidOptionError(f"{source}: {path} is not a readable CA bundle in PEM format")
    return {**options, "verify": path or True}


def within(params: dict[str, Any], name: str, lowest: int, highest: int) -> None:
    """Check the range of a number.

    :raises InvalidOptionError: it is out of range.
    """
    if not lowest <= params[name] <= highest:
        raise InvalidOptionError(f"{name} must be from {lowest} to {highest}, not {params[name]}")


def check_text(value: Any, name: str) -> None:
    """Check that a value of an option, if it is a text or a list of them, is one that can be sent.

    :raises InvalidOptionError: it is not, as a variable of the environment that is not in UTF-8.
    """
    for text in value if isinstance(value, list) else [value]:
        try:
            str(text).encode()
        except UnicodeEncodeError:
            raise InvalidOptionError(f"{name} holds what is not UTF-8") from None


def credentials(
    params, secrets: Secrets, variables: dict[str, str], *alternatives: tuple[str, ...], required=True
) -> None:
    """Take the credentials that the task does not give from the environment, and check that they are of one kind.

    What the task gives of one alternative shuts out what the environment has of the others.

    :param params: the options; they are filled in.
    :param secrets: where all of them but the user name are held.
    :param variables: the environment variable of each option.
    :param alternatives: the options of each kind of credentials; a kind is complete with all of its options.
    :param required: one of the alternatives has to be given.
    :raises InvalidOptionError: none, several, or half of one are given, or one cannot be sent.
    """
    explicit = [kind for kind in alternatives if any(params[option] for option in kind)]
    for kind in explicit or alternatives:
        for option in kind:
            params[option] = params[option] or os.environ.get(variables[option]) or None
            check_text(params[option], f"{option} ({variables[option]})")
            if params[option] and option != "username":
                secrets.add(params[option], params["username"])
    given = [kind for kind in alternatives if any(params[option] for option in kind)]
    choice = ", or ".join(" and ".join(f"{option} ({variables[option]})" for option in kind) for kind in alternatives)
    if len(given) > 1:
        raise InvalidOptionError(f"give only one of {choice}")
    if not given and required:
        raise InvalidOptionError(f"missing credentials: give {choice}")
    for option in given[0] if given else ():
        if not params[option]:
            raise InvalidOptionError(f"missing {option} ({variables[option]})")


def header_value(params: dict[str, Any], name: str) -> str | None:
    """Return an option that is sent in a header.

    :raises InvalidOptionError: it holds what no header can.
    """
    value = params[name]
    if value and not (value.isascii() and value.isprintable() and value.strip() == value):
        raise InvalidOptionError(
            f"{name} holds a character that cannot be sent in a header: a line break, a space at an end, or one beyond ASCII"
        )
    return value


def text(params: dict[str, Any], name: str, variable: str) -> str:
    """Return a text that must not be blank.

    :raises InvalidOptionError: it is.
    """
    if not (params[name] or "").strip():
        raise InvalidOptionError(f"{name} ({variable}) must not be blank")
    return params[name]


def base_url(params: dict[str, Any], name: str, secrets: Secrets) -> str:
    """Return the address of an API, without a slash at its end.

    :raises InvalidOptionError: it is no URL, holds credentials, or would carry them in the clear.
    """
    url = params[name] or ""
    try:
        parts = urlsplit(url)
        host, dummy_port = parts.hostname, parts.port  # either may be what is no URL
        if parts.password or parts.username:  # alone, the user name may be a token
            secrets.add(unquote(parts.password or parts.username))
        loopback = host == "localhost" or _is_loopback(host)
    except ValueError:
        raise InvalidOptionError(f"{name} is not a URL such as https://soar.example.com") from None
    if "@" in parts.netloc:
        raise InvalidOptionError(f"{name} must not hold credentials: give them in the options made for them")
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


def incident_ids(params: dict[str, Any], name: str) -> list[str]:
    """Return the normalized ids of the incidents, each once, in their order.

    :param params: the options.
    :param name: the option that lists the incidents.
    :raises InvalidOptionError: the list is empty, or an entry cannot be an incident id.
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


def check_key_log() -> None:
    """Check the environment variable that makes every TLS connection fail if it is wrong.

    :raises InvalidOptionError: it is wrong.
    """
    if not can_log_keys():
        raise InvalidOptionError(
            "SSLKEYLOGFILE names a file that cannot be written: correct or unset this environment variable"
        )


class Module(AnsibleModule):
    """A module whose result says whether it gave up, even when it ends because of a wrong option.

    A result without ``gave_up`` is therefore that of a module process that was killed.
    """

    def fail_json(self, msg, **kwargs):
        """End the module with a failure.

        :param msg: what happened and what to change.
        :param kwargs: the rest of the result.
        """
        super().fail_json(msg, **{"gave_up": True, **kwargs})


def run(module: Module, ids_option: str, make_client) -> None:
    """Close the incidents that a module was asked for, and end the module.

    :param module: the module.
    :param ids_option: the name of the option that lists the incidents.
    :param make_client: called with the options and Secrets; returns a client as _closure.py describes it, with its
        HttpClient as ``http`` and the address of its API as ``url``.
    """
    secrets = Secrets(module.no_log_values.add)
    params = dict(module.params)  # a copy: what is taken from the environment must not show as an argument of the task
    try:
        check_key_log()
        if not HAS_REQUESTS:
            module.fail_json(msg=missing_required_lib("requests"))
        for name, value in params.items():
            check_text(value, name)
        ids = incident_ids(params, ids_option)
        held_back = incident_ids(params, "held_back") if params["held_back"] else []
        if contradictory := sorted(set(ids).intersection(held_back)):
            raise InvalidOptionError(f"incident {contradictory[0]} is both in {ids_option} and in held_back")
        client = make_client(params, secrets)
    except InvalidOptionError as error:
        module.fail_json(msg=str(error))
    with IncidentLocks(client.url) as locks:
        result = close_incidents(
            client,
            ids,
            check_mode=module.check_mode,
            retries=params["retries"],
            held_back=held_back,
            back_off=lambda tries: client.http.back_off(tries, at_least=1),  # the server may need a moment
            lock=lambda: locks.acquire(ids, client.http.wait),
        )
    for incident in result["incidents"]:
        if secrets.in_keys_of(incident["details"]):
            incident["details"] = sanitize_keys(incident["details"], module.no_log_values)
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
