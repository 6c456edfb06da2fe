# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why there is no response, and what is read from one that is not a success."""

from __future__ import annotations

import socket
import ssl
from types import SimpleNamespace

import pytest
import urllib3
from requests import exceptions
from requests.structures import CaseInsensitiveDict

from ansible_collections.secops.incident_closure.plugins.module_utils._http_failures import (
    find_failure,
    is_page,
    read_retry_after,
    read_server_words,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ["header", "seconds"],
    [
        (None, 0),
        ("7", 7),
        ("0", 0),
        ("999999999999", MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 2100 23:59:59 GMT", MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("-3", 0),
        ("soon", 0),
        ("Fri, 99 Foo 99999 23:59:59 GMT", 0),
    ],
)
def test_retry_after(header, seconds):
    headers = CaseInsensitiveDict({"retry-after": header} if header else {})
    assert read_retry_after(SimpleNamespace(headers=headers)) == seconds


@pytest.mark.parametrize(
    ["body", "words"],
    [
        (b'{"Error": "Invalid authentication key."}', "Invalid authentication key."),
        (b'{"error": "", "message": "not\\n found "}', "not\n found "),
        (b'{"error": {"code": 7}}', {"code": 7}),
        (b'{"Error": "1", "error_description": "2", "error": "3", "message": "4"}', "1"),
        (b'{"error_description": "2", "error": "3", "message": "4"}', "2"),
        (b'{"error": "3", "message": "4"}', "3"),
        (b'{"other": "5"}', None),
        (b"<html>secret</html>", None),
        (b"[1]", None),
        (b"[" * 100000, None),
    ],
)
def test_only_words_of_an_error_body_are_told(body, words):
    assert read_server_words(body) == words


@pytest.mark.parametrize(
    ["kind", "content", "page"],
    [
        ("text/html", b"", True),
        ("TEXT/HTML; charset=utf-8", b"{}", True),
        ("application/xhtml+xml", b"", True),
        ("application/json", b"{}", False),
        ("", b"<html>", True),
        ("", b"\r\n <!DOCTYPE html>", True),
        ("", b"<HTML lang=en>", True),
        ("text/plain", b"see <html>", False),
        ("", b" " * 95 + b"<html>", True),
        ("", b" " * 96 + b"<html>", False),
        ("", b"", False),
    ],
)
def test_a_page_is_recognized_by_its_type_or_its_beginning(kind, content, page):
    assert is_page(kind, content) is page


def certificate_error():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = 10, "certificate has expired"
    return exceptions.SSLError(error)


def no_connection(reason=None):
    """Return the error of a connection that cannot be made, as requests and urllib3 wrap it."""
    error = urllib3.exceptions.NewConnectionError(None, "failed")
    error.__cause__ = reason
    return exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", error))


def wrap(error, *, cause=None, context=None, reason=None):
    error.__cause__, error.__context__ = cause, context
    if reason:
        error.reason = reason
    return error


PROXY_ERROR = exceptions.ProxyError(OSError("Tunnel connection failed: 407 Proxy Authentication Required"))
DATES = "renew it, or correct the clock of the host that runs the module"


@pytest.mark.parametrize(
    ["error", "words", "connection"],
    [
        (
            certificate_error(),
            f"the certificate of host was not accepted (certificate has expired): {DATES}",
            "impossible",
        ),
        (socket.gaierror(), "the name host cannot be resolved: correct {address}", "not made"),
        (
            urllib3.exceptions.LocationParseError("host"),
            "the name host cannot be resolved: correct {address}",
            "not made",
        ),
        (
            UnicodeEncodeError("idna", "", 0, 0, ""),
            "the name host cannot be resolved: correct {address}",
            "not made",
        ),
        (
            exceptions.SSLError(),
            "TLS with host failed: check that {address} is an https address, with its port",
            "not made",
        ),
        (
            ssl.SSLError(),
            "TLS with host failed: check that {address} is an https address, with its port",
            "not made",
        ),
        (exceptions.ConnectTimeout(), "host did not respond: check {address} and your firewall", "not made"),
        (
            no_connection(),
            "host cannot be reached: correct {address}, or start what listens there",
            "not made",
        ),
        (
            no_connection(ConnectionRefusedError()),
            "host refuses connections: correct {address}, or start what listens there",
            "not made",
        ),
        (exceptions.ReadTimeout(), "no response in time", "lost"),
        (urllib3.exceptions.ReadTimeoutError(None, "/", ""), "no response in time", "lost"),
        (socket.timeout(), "no response in time", "lost"),
        (exceptions.InvalidURL(), "the request cannot be made: correct {address} or the credential", "impossible"),
        (exceptions.InvalidSchema(), "the request cannot be made: correct {address} or the credential", "impossible"),
        (exceptions.InvalidHeader(), "the request cannot be made: correct {address} or the credential", "impossible"),
        (exceptions.ConnectionError(), "the connection broke before the response was complete", "lost"),
        (PROXY_ERROR, "the connection broke before the response was complete", "lost"),
        (ValueError(), "the connection broke before the response was complete", "lost"),
    ],
)
def test_the_reason_for_a_failure_is_found(error, words, connection):
    assert find_failure(error, "host", None) == (words, connection)


REFUSED = "the proxy did not let the connection through{}: correct HTTPS_PROXY or NO_PROXY"


@pytest.mark.parametrize(
    ["error", "words", "connection"],
    [
        (
            exceptions.ProxyError(certificate_error()),
            f"the certificate of the proxy in HTTPS_PROXY was not accepted (certificate has expired): {DATES}",
            "impossible",
        ),
        (
            certificate_error(),
            f"the certificate of host was not accepted (certificate has expired): {DATES}",
            "impossible",
        ),
        (PROXY_ERROR, REFUSED.format(" (HTTP 407)"), "not made"),
        (exceptions.ProxyError(), REFUSED.format(""), "not made"),
        (
            wrap(OSError("Tunnel connection failed: 403"), cause=exceptions.ProxyError()),
            REFUSED.format(" (HTTP 403)"),
            "not made",
        ),
        (socket.gaierror(), REFUSED.format(""), "not made"),
        (exceptions.ConnectTimeout(), REFUSED.format(""), "not made"),
        (no_connection(), REFUSED.format(""), "not made"),
        (exceptions.ReadTimeout(), "no response in time", "lost"),
        (
            exceptions.InvalidURL(),
            "the proxy setting in HTTPS_PROXY is wrong: it must look like http://proxy.example.com:3128",
            "impossible",
        ),
        (
            exceptions.InvalidSchema(),
            "the proxy setting in HTTPS_PROXY is wrong: it must look like http://proxy.example.com:3128",
            "impossible",
        ),
        (exceptions.InvalidHeader(), "the request cannot be made: correct {address} or the credential", "impossible"),
    ],
)
def test_the_reason_for_a_failure_at_a_proxy_is_found(error, words, connection):
    assert find_failure(error, "host", "HTTPS_PROXY") == (words, connection)


INNER = exceptions.ReadTimeout()


@pytest.mark.parametrize(
    "error",
    [
        ValueError(INNER),
        ValueError("text", ValueError(INNER)),
        wrap(ValueError(), cause=INNER),
        wrap(ValueError(), context=INNER),
        wrap(ValueError(), reason=INNER),
    ],
)
def test_the_reason_is_found_in_what_an_error_wraps(error):
    assert find_failure(error, "host", None).words == "no response in time"


@pytest.mark.parametrize(["depth", "found"], [(5, True), (6, False)])
def test_errors_are_unwrapped_to_a_limit(depth, found):
    error = INNER
    for dummy in range(depth):
        error = ValueError(error)
    assert (find_failure(error, "host", None).words == "no response in time") is found
