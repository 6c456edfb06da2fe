# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request, over real HTTP or with a scripted session in the place of the network."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import socket
import socketserver
import threading
import time
import warnings
from types import SimpleNamespace

import pytest
import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import InsecureRequestWarning

from ansible_collections.secops.incident_closure.plugins.module_utils import _http_client as http_client
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call, Credential
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._pacer import Pacer
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


class Server(socketserver.ThreadingTCPServer):
    """Answers each GET with C({}), a byte at a time where there is a pause between them (seconds); counts both, and notes cookies."""

    daemon_threads = True

    def __init__(self, pause=0.0, size=2):
        self.connections = self.sent = 0
        self.cookies = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                server.connections += 1

            def do_GET(self):
                server.cookies.append(self.headers["Cookie"])
                self.send_response(200)
                self.send_header("Content-Length", str(size))
                self.send_header("Set-Cookie", "a=b")
                self.end_headers()
                for piece in ["{", *[" "] * (size - 2), "}"] if pause else ["{" + " " * (size - 2) + "}"]:
                    try:
                        self.wfile.write(piece.encode())
                    except OSError:
                        return  # the client has had enough
                    server.sent += 1
                    time.sleep(pause)

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *dummy):
        self.shutdown()
        self.server_close()

    def get(self, client):
        url = f"http://127.0.0.1:{self.server_address[1]}/"
        return client.request(Call("GET", url, "reading", safe=True, accepts=lambda data: data == {}))


def test_a_connection_is_kept():
    client = HttpClient("X", "url", {}, Secrets(), timeout=5)
    with Server() as server:
        assert [server.get(client).data for number in range(5)] == [{}] * 5
        assert server.connections == 1


def test_cookies_are_not_kept():
    client = HttpClient("X", "url", {}, Secrets(), timeout=5)
    with Server() as server:
        for dummy in range(2):
            server.get(client)
        assert server.cookies == [None, None]


def test_a_body_that_drips_is_not_waited_for_longer_than_the_timeout():
    client = HttpClient("X", "url", {}, Secrets(), timeout=0.3, retries=0)
    with Server(pause=0.02, size=1000) as server:
        with pytest.raises(OutcomeUnknownError, match="no response in time"):
            server.get(client)
        assert 1 < server.sent < 200  # of a thousand


def test_a_body_without_end_is_unreadable(monkeypatch):
    monkeypatch.setattr(http_client, "MAX_ANSWER_BYTES", 100_000)
    client = HttpClient("X", "url", {}, Secrets(), timeout=5, retries=0)
    with Server(size=10_000_000) as server, pytest.raises(OutcomeUnknownError, match="the response cannot be read"):
        server.get(client)


class RawServer:
    """A server that sends bytes of a test for each request of a connection.

    :param answers: the bytes for each request, in parts.
    """

    def __init__(self, *answers):
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *dummy):
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):  # the test has ended
            while True:
                connection = self._listener.accept()[0]
                with connection, contextlib.suppress(OSError):  # the client has closed the connection
                    while self._answers and self._read(connection):
                        for part in self._answers.pop(0):
                            connection.sendall(part)

    def _read(self, connection):
        """Read a request with the body x, and return whether there was one."""
        request = b""
        while not request.endswith(b"\r\n\r\nx"):
            piece = connection.recv(65536)
            if not piece:
                return False
            request += piece
        return True


@pytest.mark.parametrize(("safe", "kind"), [(True, OutcomeUnknownError), (False, StillPendingError)])
def test_an_interim_response_does_not_become_that_of_the_next_call(safe, kind):
    late = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    client = HttpClient("X", "url", {}, Secrets(), timeout=5, retries=0)
    with RawServer(
        [b"HTTP/1.1 103 Early Hints\r\nrequest-id: 7\r\n\r\n", late], [late.replace(b"{}", b"[]")]
    ) as server:
        call = Call("POST", server.url, "closing", safe=safe, accepts=lambda data: True, content=b"x")
        message = r"^closing: X: HTTP 103, which is not a final response \(request-id 7\)$"
        with pytest.raises(kind, match=message) as raised:
            client.request(call)
        assert raised.value.status == 103
        assert client.request(call).data == []


@pytest.mark.parametrize("address", [b"/x", b"http://[::1", b"http://x:99999999/"])
def test_a_redirect_is_neither_followed_nor_read_without_end(monkeypatch, address):
    monkeypatch.setattr(http_client, "MAX_ANSWER_BYTES", 1000)
    client = HttpClient("X", "url", {}, Secrets(), timeout=5, retries=0)
    head = b"HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n" % address
    with RawServer([head, *[b"x" * 65536] * 100]) as server:
        call = Call("POST", server.url, "closing", safe=False, accepts=lambda data: True, content=b"x")
        with pytest.raises(http_client.ClientError, match="HTTP 302; redirects are not followed") as raised:
            client.request(call)
        assert raised.value.fatal


class Session:
    """Plays the responses that it is given, raises those that are exceptions, and notes the requests."""

    def __init__(self, *responses):
        self.responses = list(responses)
        self.requests = []

    def request(self, method, url, **options):
        self.requests.append(SimpleNamespace(method=method, url=url, **options))
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return contextlib.nullcontext(response)


class Lost(Session):
    """Reads the body of a request, and then loses the connection."""

    def request(self, method, url, *, data, **options):
        data.read()
        return super().request(method, url, data=data, **options)


CALL = Call("GET", "https://api.example.com/x", "asking", safe=True, accepts=lambda data: data == {"a": 1})
CLOSE = CALL._replace(method="POST", safe=False, content=b"text")
PAGE = {"Content-Type": "text/html; charset=utf-8"}


def respond(status=200, body=b'{"a": 1}', **headers):
    pieces = itertools.cycle([body, b""])  # the same response may be read by several tests
    raw = SimpleNamespace(read=lambda size, decode_content: next(pieces))
    return SimpleNamespace(status_code=status, headers=CaseInsensitiveDict(headers), raw=raw)


@pytest.fixture
def connect(clock):
    """Return a function that makes a client whose session plays responses."""

    def make(*responses, session=Session, secrets=None, **options):
        options = {"timeout": 75, "clock": clock, "jitter": lambda low, high: high, **options}
        client = HttpClient("X", "the_url", {404: "check the id", 500: "wait"}, secrets or Secrets(), **options)
        client._session = session(*responses)
        return client

    return make


@pytest.fixture
def fail(connect):
    """Return a function that makes a call that fails without a retry, and returns the error."""

    def request(response, call=CALL, **options):
        with pytest.raises(http_client.ClientError) as raised:
            connect(response, retries=0, **options).request(call)
        return raised.value

    return request


def test_a_request_is_what_the_call_says(connect):
    def sign(request):
        return request

    sign.prepare = lambda: False
    client = connect(respond())
    client.request(CLOSE._replace(params={"page": 1}, headers={"x": "y"}, credential=sign))
    (sent,) = client._session.requests
    assert (sent.method, sent.url, sent.params, sent.headers) == ("POST", CLOSE.url, {"page": 1}, {"x": "y"})
    assert sent.data.getvalue() == b"text"
    assert sent.auth is sign


def test_a_call_without_content_has_no_body(connect):
    client = connect(respond())
    client.request(CALL)
    assert client._session.requests[0].data is None


def test_a_call_without_a_credential_reads_no_netrc(connect):
    client = connect(respond())
    client.request(CALL)
    assert isinstance(client._session.requests[0].auth, Credential)


def test_certificates_are_verified_by_default(connect):
    client = connect(respond())
    client.request(CALL)
    assert client._session.requests[0].verify is True


@pytest.mark.parametrize("verify", [False, "ca.pem"])
def test_certificates_are_verified_as_the_options_say(connect, verify):
    client = connect(respond(), verify=verify)
    client.request(CALL)
    assert client._session.requests[0].verify == verify


def test_a_response_is_read_as_it_comes_and_redirects_are_not_followed(connect):
    client = connect(respond())
    client.request(CALL)
    (sent,) = client._session.requests
    assert (sent.stream, sent.allow_redirects) == (True, False)


@pytest.mark.parametrize(
    ["options", "seconds"],
    [
        ({}, (10, 75)),
        ({"timeout": 4}, (4, 4)),
        ({"deadline": 30}, (10, 30)),
        ({"deadline": 3}, (3, 3)),
    ],
)
def test_a_request_takes_no_longer_than_the_timeout_and_the_deadline(connect, options, seconds):
    client = connect(respond(), **options)
    client.request(CALL)
    assert client._session.requests[0].timeout == seconds


def test_a_request_takes_no_longer_than_what_is_left_of_the_deadline(connect, clock):
    client = connect(respond(), deadline=30)
    clock.sleep(24)
    client.request(CALL)
    assert client._session.requests[0].timeout == (6, 6)


def test_calls_keep_to_the_rate(connect, clock):
    client = connect(respond(), respond(), rate_limit=1)
    client.request(CALL)
    client.request(CALL)
    assert clock.monotonic() == pytest.approx(Pacer.WINDOW)


def test_calls_do_not_wait_without_a_rate(connect, clock):
    client = connect(*(respond() for dummy in range(5)))
    for dummy in range(5):
        client.request(CALL)
    assert clock.monotonic() == 0


def test_a_call_that_would_start_after_the_deadline_is_not_sent(connect, clock):
    client = connect(respond(), deadline=3)
    clock.sleep(3)
    with pytest.raises(DeadlineReachedError):
        client.request(CALL)
    assert client._session.requests == []


@pytest.mark.parametrize("status", [200, 299])
def test_a_success_has_its_status_headers_and_data(connect, status):
    assert connect(respond(status, etag="7")).request(CALL) == (status, {"etag": "7"}, {"a": 1})


def test_a_202_has_no_data(connect):
    assert connect(respond(202, b"later", etag="7")).request(CALL) == (202, {"etag": "7"}, None)


def test_the_pieces_of_a_body_are_joined(connect):
    pieces = iter([b'{"a"', b": 1}", b""])
    response = respond()
    response.raw = SimpleNamespace(read=lambda size, decode_content: next(pieces))
    assert connect(response).request(CALL).data == {"a": 1}


@pytest.mark.parametrize("seconds", [0, 6])
def test_a_body_may_take_as_long_as_the_timeout(connect, clock, seconds):
    pieces = iter([b'{"a": 1}', b""])

    def read(size, decode_content):
        clock.sleep(seconds / 2)
        return next(pieces)

    response = respond()
    response.raw = SimpleNamespace(read=read)
    assert connect(response, timeout=3).request(CALL).data == {"a": 1}


def test_a_compressed_body_is_decoded(connect):
    asked = []
    response = respond()
    response.raw = SimpleNamespace(read=lambda size, decode_content: asked.append((size > 0, decode_content)) or b"")
    with pytest.raises(OutcomeUnknownError):
        connect(response, retries=0).request(CALL)
    assert asked == [(True, True)]


def test_a_body_of_the_largest_size_is_read(connect, monkeypatch):
    monkeypatch.setattr(http_client, "MAX_ANSWER_BYTES", 8)
    assert connect(respond(body=b'{"a": 1}')).request(CALL).data == {"a": 1}


@pytest.mark.parametrize(["status", "retries"], [(503, 3), (400, 0)])
def test_a_safe_call_is_made_again_where_that_may_help(connect, status, retries):
    client = connect(*(respond(status) for dummy in range(4)), retries=3)
    with pytest.raises(http_client.ClientError):
        client.request(CALL)
    assert len(client._session.requests) == 1 + retries


def test_a_call_has_five_retries_by_default(connect):
    client = connect(*(respond(503) for dummy in range(9)))
    with pytest.raises(OutcomeUnknownError):
        client.request(CALL)
    assert len(client._session.requests) == 6


def test_a_call_that_may_have_changed_something_is_not_made_again(connect):
    client = connect(respond(503), respond())
    with pytest.raises(OutcomeUnknownError):
        client.request(CLOSE)
    assert len(client._session.requests) == 1


def test_waits_grow_with_the_retries(connect, clock):
    client = connect(*(respond(503) for dummy in range(3)), respond())
    client.request(CALL)
    assert clock.monotonic() == 1 + 2 + 4


def test_a_rate_limited_call_waits_as_long_as_the_server_asks(connect, clock):
    client = connect(respond(429, **{"Retry-After": "7"}), respond())
    client.request(CLOSE)
    assert clock.monotonic() == 7 + 4


def test_other_calls_wait_for_a_rate_limited_one(connect, clock):
    client = connect(respond(429, **{"Retry-After": "7"}), respond(), retries=0)
    with pytest.raises(NotExecutedError):
        client.request(CALL)
    client.request(CALL)
    assert clock.monotonic() == 7


@pytest.mark.parametrize(
    ["status", "kind", "reason", "fatal", "retry_after"],
    [
        (300, NotExecutedError, "connection", True, 0),
        (399, NotExecutedError, "connection", True, 0),
        (400, RejectedError, "rejected", False, 0),
        (401, RejectedError, "sign_in", True, 0),
        (404, RejectedError, "rejected", False, 0),
        (407, RejectedError, "connection", True, 0),
        (408, OutcomeUnknownError, "server_error", False, 7),
        (429, NotExecutedError, "rate_limited", False, 7),
        (499, RejectedError, "rejected", False, 0),
        (500, OutcomeUnknownError, "server_error", False, 7),
        (501, RejectedError, "rejected", False, 0),
        (503, OutcomeUnknownError, "server_error", False, 7),
        (505, RejectedError, "rejected", False, 0),
    ],
)
def test_what_a_refusal_means(fail, status, kind, reason, fatal, retry_after):
    error = fail(respond(status, **{"Retry-After": "7"}))
    assert isinstance(error, kind)
    assert (error.status, error.reason, error.fatal, error.retry_after) == (status, reason, fatal, retry_after)


def test_a_call_may_have_its_own_reasons_and_fatal_statuses(fail):
    error = fail(respond(404), CALL._replace(reasons={404: "not_found"}, fatal=(404,)))
    assert (error.reason, error.fatal) == ("not_found", True)


@pytest.mark.parametrize(
    ["response", "message"],
    [
        (respond(400), "asking: X: HTTP 400"),
        (respond(501), "asking: X: HTTP 501"),
        (respond(404, b""), "asking: X: HTTP 404; check the id"),
        (respond(400, b'{"Error": "no  such thing."}'), "asking: X: HTTP 400, no such thing"),
        (respond(404, b'{"Error": "no"}'), "asking: X: HTTP 404, no; check the id"),
        (respond(400, **{"request-id": "7-a"}), "asking: X: HTTP 400 (request-id 7-a)"),
        (respond(400, **{"request-id": "a b"}), "asking: X: HTTP 400"),
        (respond(400, **{"request-id": "x" * 65}), "asking: X: HTTP 400"),
        (respond(429, b'{"Error": "slow"}'), "asking: X: HTTP 429, slow"),
        (
            respond(302),
            "asking: X: HTTP 302; redirects are not followed, so that no credential travels to another address: "
            "give the API's own address in the_url",
        ),
        (
            respond(403, **PAGE),
            "asking: X: HTTP 403; an HTML page in place of a response of X: check the_url, "
            "and the proxy or firewall that sent it",
        ),
        (respond(404, **PAGE), "asking: X: HTTP 404; check the id"),
        (respond(500, **PAGE), "asking: X: HTTP 500; wait"),
        (
            respond(200, b"<html>", **PAGE),
            "asking: X: HTTP 200 with an HTML page in place of a response of X: check the_url, "
            "and the proxy or firewall that sent it",
        ),
        (
            respond(200, b"<html>", **{"request-id": "7"}),
            "asking: X: HTTP 200 with an HTML page in place of a response of X: check the_url, "
            "and the proxy or firewall that sent it (request-id 7)",
        ),
        (
            respond(201, b"text", **{"Content-Type": "text/plain; charset=utf-8"}),
            "asking: X: the response cannot be read (HTTP 201, text/plain, 4 bytes)",
        ),
        (respond(200, b"text"), "asking: X: the response cannot be read (HTTP 200, of no known type, 4 bytes)"),
        (
            respond(200, b"text", **{"Content-Type": "no type"}),
            "asking: X: the response cannot be read (HTTP 200, of no known type, 4 bytes)",
        ),
        (
            respond(200, b'{"a": 2}', **{"Content-Type": "application/json"}),
            "asking: X: the response cannot be read (HTTP 200, application/json, 8 bytes)",
        ),
    ],
)
def test_a_message_says_what_happened_and_what_to_change(fail, response, message):
    assert str(fail(response)) == message


def test_the_words_of_the_server_are_cut_off(fail):
    words = str(fail(respond(400, b'{"Error": "' + b"x" * 301 + b'"}'))).partition(", ")[2]
    assert words == "x" * 300


def test_a_secret_in_a_request_id_is_not_shown(fail):
    secrets = Secrets()
    secrets.add("0pen-5esame")
    assert str(fail(respond(400, **{"request-id": "0pen-5esame"}), secrets=secrets)) == "asking: X: HTTP 400"


def test_the_words_of_the_server_contain_no_secret(fail):
    secrets = Secrets()
    secrets.add("pa55")
    assert "pa55" not in str(fail(respond(400, b'{"Error": "wrong: pa55"}'), secrets=secrets))


def test_a_call_may_have_its_own_hints(fail):
    assert str(fail(respond(404), CALL._replace(hints={404: "look again"}))) == "asking: X: HTTP 404; look again"


@pytest.mark.parametrize(["headers", "persistent"], [({}, False), (PAGE, True)])
def test_an_unreadable_response_leaves_the_outcome_unknown(fail, headers, persistent):
    error = fail(respond(200, b"text", **headers))
    assert isinstance(error, OutcomeUnknownError)
    assert (error.reason, error.status, error.persistent) == ("unreadable", 200, persistent)


def test_json_that_is_nested_too_deeply_is_unreadable(fail):
    assert fail(respond(200, b"[" * 100_000)).reason == "unreadable"


def test_a_page_in_place_of_a_response_without_which_the_task_cannot_go_on_is_fatal(connect):
    with pytest.raises(NotExecutedError, match="an HTML page in place") as raised:
        connect(*(respond(203, b"<html>") for dummy in range(2))).request_or_stop(CALL)
    assert (raised.value.fatal, raised.value.reason, raised.value.status) == (True, "unreadable", 203)


def test_another_unreadable_response_is_not_fatal(connect):
    with pytest.raises(OutcomeUnknownError) as raised:
        connect(respond(200, b"text"), retries=0).request_or_stop(CALL)
    assert not raised.value.fatal


def test_a_success_without_which_the_task_cannot_go_on(connect):
    assert connect(respond()).request_or_stop(CALL).data == {"a": 1}


BROKEN = requests.ConnectionError("broken")
SLOW = requests.exceptions.ConnectTimeout()


@pytest.mark.parametrize(
    ["error", "call", "kind"],
    [
        (BROKEN, CALL, OutcomeUnknownError),
        (BROKEN, CLOSE, NotExecutedError),
        (SLOW, CALL, NotExecutedError),
        (SLOW, CLOSE, NotExecutedError),
    ],
)
def test_a_request_whose_body_was_not_sent_was_not_executed(fail, error, call, kind):
    assert isinstance(fail(error, call), kind)


@pytest.mark.parametrize("error", [BROKEN, SLOW])
def test_the_outcome_of_a_request_whose_body_was_sent_is_unknown(fail, error):
    failure = fail(error, CLOSE, session=Lost)
    assert isinstance(failure, OutcomeUnknownError)
    assert not failure.fatal


@pytest.mark.parametrize("call", [CALL, CLOSE])
def test_a_connection_that_breaks_is_named(fail, call):
    assert str(fail(BROKEN, call)) == "asking: X: the connection broke before the response was complete"


def test_a_connection_that_breaks_is_not_fatal(fail):
    assert not fail(BROKEN, CLOSE).fatal


def test_a_connection_that_cannot_be_made_is_fatal_before_the_first_response(fail):
    assert fail(SLOW).fatal


def test_a_connection_that_cannot_be_made_is_temporary_after_a_response_of_the_host(connect):
    client = connect(respond(), SLOW, retries=0)
    client.request(CALL)
    with pytest.raises(NotExecutedError) as raised:
        client.request(CALL)
    assert not raised.value.fatal


def test_a_response_of_one_host_says_nothing_about_another(connect):
    client = connect(respond(), SLOW, retries=0)
    client.request(CALL)
    with pytest.raises(NotExecutedError) as raised:
        client.request(CALL._replace(url="https://other.example.com/x"))
    assert raised.value.fatal


def test_a_request_that_can_never_be_made_is_fatal_even_after_a_response_of_the_host(connect):
    client = connect(respond(), requests.exceptions.InvalidHeader(), retries=0)
    client.request(CALL)
    with pytest.raises(NotExecutedError) as raised:
        client.request(CALL)
    assert raised.value.fatal


def test_a_failed_connection_names_the_host_and_the_options_with_its_address(fail):
    assert str(fail(SLOW)) == "asking: X: api.example.com did not respond: check the_url and your firewall"


def test_a_wrong_proxy_is_fatal_and_named(fail, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:port")
    error = fail(respond())
    assert isinstance(error, NotExecutedError)
    assert error.fatal
    assert str(error) == (
        "asking: X: the proxy setting in HTTPS_PROXY is wrong: its port must be a number from 1 to 65535"
    )


def test_a_failed_connection_to_a_proxy_names_its_variable(fail, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert "correct HTTPS_PROXY or NO_PROXY" in str(fail(requests.exceptions.ProxyError()))


def test_the_proxy_of_each_host_is_checked_once(connect, monkeypatch):
    checked = []
    monkeypatch.setattr(http_client, "find_proxy", checked.append)
    client = connect(respond(), respond(), respond())
    for url in (CALL.url, CALL.url, "https://other.example.com/x"):
        client.request(CALL._replace(url=url))
    assert checked == [CALL.url, "https://other.example.com/x"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_as_many_connections_are_kept_as_there_are_threads(scheme):
    client = HttpClient("X", "url", {}, Secrets(), timeout=5)
    adapter = client._session.get_adapter(f"{scheme}://api.example.com")
    pool = adapter.poolmanager.connection_from_url(f"{scheme}://api.example.com")
    assert pool.pool.maxsize == http_client.MAX_CONNECTIONS


@pytest.mark.parametrize(["verify", "warned"], [(False, 0), (True, 1)])
def test_only_a_connection_that_is_to_be_unverified_causes_no_warning(verify, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        HttpClient("X", "url", {}, Secrets(), timeout=5, verify=verify)
        warnings.warn("unverified", InsecureRequestWarning, stacklevel=1)
    assert len(caught) == warned
