# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explain why an exchange failed. This file is private to the collection and may change in any release."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from ansible_collections.secops.incident_closure.plugins.module_utils._json import read_json
from ansible_collections.secops.incident_closure.plugins.module_utils._proxies import PROXY_HINTS
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import MAX_RETRY_AFTER_SECONDS
from ansible_collections.secops.incident_closure.plugins.module_utils._tls import explain_certificate

try:
    import requests
    import urllib3
    from urllib3.util.retry import Retry
except (ImportError, OSError):
    pass  # _http_client.HAS_REQUESTS is False then


class Failure(NamedTuple):
    """The reason for a missing response.

    :ivar words: the reason, in which ``{address}`` stands for the options with the address.
    :ivar connection: the state of the connection. If it is impossible, a retry cannot succeed.
    """

    words: str
    connection: Literal["impossible", "not made", "lost"] = "lost"


def find_failure(error: Exception, host: str | None, proxy: str | None) -> Failure:
    """Return the reason for a missing response.

    The reason contains only words from this file, the TLS library, and the system, because the messages of requests and
    urllib3 quote addresses, which may contain the password of a proxy.

    :param error: the exception of requests, urllib3, or Python.
    :param host: the host of the request.
    :param proxy: the environment variable that contains the proxy of the request, if it uses one.
    """
    causes = list(_find_causes(error))

    def find_first(*kinds: type[BaseException]) -> Any:
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    at_proxy = proxy and find_first(requests.exceptions.ProxyError)
    certificate = find_first(ssl.SSLCertVerificationError)
    if certificate:
        owner = f"the proxy in {proxy}" if at_proxy else host
        why, hint = explain_certificate(certificate)
        return Failure(f"the certificate of {owner} was not accepted ({why}): {hint}", "impossible")
    # With a proxy, the only connection is the one to the proxy.
    unreached = (socket.gaierror, requests.exceptions.ConnectTimeout, urllib3.exceptions.NewConnectionError)
    if at_proxy or (proxy and find_first(*unreached)):
        said = _find_status(causes)
        return Failure(f"the proxy did not let the connection through{said}: correct {proxy} or NO_PROXY", "not made")
    if find_first(socket.gaierror, urllib3.exceptions.LocationParseError, UnicodeError):
        return Failure(f"the name {host} cannot be resolved: correct {{address}}", "not made")
    if find_first(requests.exceptions.SSLError, ssl.SSLError):
        return Failure(f"TLS with {host} failed: check that {{address}} is an https address, with its port", "not made")
    if find_first(requests.exceptions.ConnectTimeout):
        return Failure(f"{host} did not respond: check {{address}} and your firewall", "not made")
    if find_first(urllib3.exceptions.NewConnectionError):
        why = "refuses connections" if find_first(ConnectionRefusedError) else "cannot be reached"
        return Failure(f"{host} {why}: correct {{address}}, or start what listens there", "not made")
    if find_first(requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, socket.timeout):
        return Failure("no response in time")
    if proxy and find_first(requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
        return Failure(f"the proxy setting in {proxy} is wrong: {PROXY_HINTS['form']}", "impossible")
    if find_first(requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader):
        return Failure("the request cannot be made: correct {address} or the credential", "impossible")
    return Failure("the connection broke before the response was complete")


def _find_causes(error: Any, depth: int = 0) -> Iterator[BaseException]:
    """Yield an exception and the exceptions in it, from args (requests), reason (urllib3), and __cause__ (Python)."""
    if isinstance(error, BaseException) and depth < 6:
        yield error
        for inner in (getattr(error, "reason", None), error.__cause__, error.__context__, *error.args):
            yield from _find_causes(inner, depth + 1)


def _find_status(causes: list[BaseException]) -> str:
    """Return the HTTP status with which a proxy rejected a connection, in brackets, or an empty string."""
    status = re.search(r"Tunnel connection failed: (\d{3})\b", " ".join(map(str, causes)))
    return f" (HTTP {status[1]})" if status else ""


def is_page(kind: str, content: bytes) -> bool:
    """Return whether a body is an HTML page, which no API call returns.

    :param kind: its media type.
    :param content: the body.
    """
    return "html" in kind.lower() or content[:100].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def read_retry_after(response: requests.Response) -> float:
    """Return the seconds of a Retry-After header, a number or a date, at most MAX_RETRY_AFTER_SECONDS; 0 without one."""
    value = response.headers.get("Retry-After")
    if not value:
        return 0
    try:
        return min(max(Retry().parse_retry_after(value), 0), MAX_RETRY_AFTER_SECONDS)
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return 0


def read_server_words(content: bytes) -> Any:
    """Return the words of an error body, including secrets, or ``None`` for a body that is not a JSON object."""
    try:
        data = read_json(content)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    return next((data[key] for key in ("Error", "error_description", "error", "message") if data.get(key)), None)
