# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token of a session, with a scripted server in the place of the network."""

from __future__ import annotations

import contextlib
import itertools
import json
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from requests.structures import CaseInsensitiveDict

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import (
    HINTS,
    ConnectClient,
    _is_token,
    _read_lifetime,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call, Credential
from ansible_collections.secops.incident_closure.plugins.module_utils._pacer import Pacer
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

LIFETIME = 100  # seconds of a token; it is renewed after half of that
CALL = Call("GET", "https://incidents.example.com", "asking", safe=True, accepts=lambda data: True)


class Server:
    """Issues the tokens t1, t2, … and notes the token of each call and when the server received it.

    :param rejects: the tokens that it does not accept.
    """

    def __init__(self, clock, rejects=()):
        self.clock = clock
        self.rejects = rejects
        self.tokens = 0
        self.calls = []

    def request(self, method, url, *, auth, **dummy):
        status, data = 200, {}
        sent = auth(SimpleNamespace(headers={})).headers.get("Authorization", "").replace("Bearer ", "")
        if url.endswith("/oauth/token"):
            self.tokens += 1
            data = {"access_token": f"t{self.tokens}", "expires_in": LIFETIME}
        else:
            self.calls.append((sent, self.clock.monotonic()))
            status = 401 if sent in self.rejects else 200
        body = iter([json.dumps(data).encode(), b""])
        raw = SimpleNamespace(read=lambda size, decode_content: next(body))
        return contextlib.nullcontext(SimpleNamespace(status_code=status, headers=CaseInsensitiveDict(), raw=raw))


def connect(clock, server, **options):
    client = ConnectClient(
        "region",
        Secrets(),
        auth_url="https://auth.example.com",
        username="u",
        **{"password": "p", "timeout": 5, "clock": clock, "jitter": lambda low, high: high, **options},
    )
    client._session = server
    return client


def respond(status=200, data=None, **headers):
    body = data if isinstance(data, bytes) else json.dumps(data or {}).encode()
    pieces = itertools.cycle([body, b""])  # the same response may be read by several tests
    raw = SimpleNamespace(read=lambda size, decode_content: next(pieces))
    return SimpleNamespace(status_code=status, headers=CaseInsensitiveDict(headers), raw=raw)


class Script:
    """Plays responses, raises those that are exceptions, and notes the requests.

    :param issues: the responses to sign-ins; after them, the tokens t1, t2, … are issued.
    """

    def __init__(self, *answers, issues=()):
        self.answers = list(answers)
        self.issues = list(issues)
        self.requests = []
        self.grants = []

    def request(self, method, url, *, auth, **options):
        header = auth(SimpleNamespace(headers={})).headers.get("Authorization", "")
        signing_in = url.endswith("/oauth/token")
        sent, answers = (self.grants, self.issues) if signing_in else (self.requests, self.answers)
        sent.append(SimpleNamespace(method=method, url=url, header=header, **options))
        if signing_in and not answers:
            return contextlib.nullcontext(issue(f"t{len(sent)}"))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return contextlib.nullcontext(answer)


def issue(token, lifetime=3600, **fields):
    return respond(data={"access_token": token, "expires_in": lifetime, **fields})


def read_grants(server):
    return [
        {name: value for name, (value,) in parse_qs(sent.data.getvalue().decode()).items()} for sent in server.grants
    ]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


def test_one_token_serves_many_calls(clock):
    server = Server(clock)
    client = connect(clock, server)
    for dummy in range(3):
        client.request(CALL)
    assert [token for token, time in server.calls] == ["t1"] * 3


def test_a_token_that_expires_while_a_call_waits_for_its_turn_is_renewed_before_it_is_sent(clock):
    server = Server(clock)
    client = connect(clock, server, rate_limit=10)
    client.request(CALL)
    client._pacer.slow_down(clock.monotonic(), LIFETIME)  # as after a 429 that asks for it
    client.request(CALL)
    (dummy, (token, time)) = server.calls
    assert (token, server.tokens) == ("t2", 2)
    assert time >= LIFETIME


def test_a_renewal_and_the_call_that_needs_it_keep_to_the_rate(clock):
    server = Server(clock)
    client = connect(clock, server, rate_limit=1)
    client.request(CALL)  # the sign-in and the call
    assert [time for token, time in server.calls] == [Pacer.WINDOW]
    clock.sleep(LIFETIME)
    start = clock.monotonic()
    client.request(CALL)
    assert server.calls[-1] == ("t2", start + Pacer.WINDOW)


def test_a_rejected_token_is_replaced_once(clock):
    server = Server(clock, rejects=["t1"])
    connect(clock, server).request(CALL)
    assert [token for token, time in server.calls] == ["t1", "t2"]


def test_a_new_token_that_is_rejected_is_fatal(clock):
    server = Server(clock, rejects=["t1", "t2"])
    with pytest.raises(RejectedError, match="the token that was just issued is not accepted") as raised:
        connect(clock, server).request(CALL)
    assert (raised.value.fatal, raised.value.reason) == (True, "sign_in")
    assert server.tokens == 2


def test_the_lifetime_of_a_token_counts_from_the_request_for_it(clock):
    """A server may take long to issue a token, during which the token already ages."""
    server = Server(clock)
    client = connect(clock, server)
    issue = server.request

    def slow(method, url, **options):
        response = issue(method, url, **options)
        if url.endswith("/oauth/token") and server.tokens == 1:
            clock.sleep(LIFETIME)
        return response

    server.request = slow
    client._timeout = 2 * LIFETIME
    client.request(CALL)
    assert [token for token, time in server.calls] == ["t2"]


CLOSE = CALL._replace(method="POST", safe=False, content=b"{}", what="closing")


class TestSignIn:
    def test_it_sends_the_password_as_a_form(self, clock):
        server = Script(respond())
        connect(clock, server).request(CALL)
        (sent,) = server.grants
        assert (sent.method, sent.url) == ("POST", "https://auth.example.com/oauth/token")
        assert sent.headers == {"Content-Type": "application/x-www-form-urlencoded"}
        assert read_grants(server) == [{"grant_type": "password", "username": "u", "password": "p"}]

    def test_it_is_not_signed(self, clock):
        server = Script(respond())
        connect(clock, server).request(CALL)
        assert server.grants[0].header == ""

    def test_a_call_is_signed_with_the_token(self, clock):
        server = Script(respond())
        connect(clock, server).request(CALL)
        assert server.requests[0].header == "Bearer t1"

    def test_a_call_with_a_credential_of_its_own_needs_no_token(self, clock):
        server = Script(respond())
        connect(clock, server).request(CALL._replace(credential=Credential()))
        assert (server.requests[0].header, server.grants) == ("", [])

    def test_a_given_token_is_used_without_it(self, clock):
        server = Script(respond())
        connect(clock, server, access_token="given").request(CALL)
        assert (server.requests[0].header, server.grants) == ("Bearer given", [])

    def test_a_given_token_never_expires_by_itself(self, clock):
        server = Script(respond())
        client = connect(clock, server, access_token="given")
        clock.sleep(10**6)
        client.request(CALL)
        assert server.grants == []

    def test_a_given_token_that_is_rejected_cannot_be_replaced_without_a_password(self, clock):
        client = ConnectClient("region", Secrets(), access_token="given", timeout=5, clock=clock)
        client._session = Script(respond(401))
        with pytest.raises(NotExecutedError) as raised:
            client.request(CALL)
        assert (raised.value.reason, raised.value.fatal, raised.value.status) == ("sign_in", True, 401)
        assert str(raised.value) == (
            "access_token was not accepted: it is wrong, expired or of another region; "
            "give a new one, or username and password instead"
        )

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 415])
    def test_wrong_credentials_are_fatal(self, clock, status):
        with pytest.raises(NotExecutedError) as raised:
            connect(clock, Script(issues=[respond(status, **{"request-id": "7"})])).request(CALL)
        assert (raised.value.reason, raised.value.fatal, raised.value.status) == ("sign_in", True, status)
        assert str(raised.value) == (
            f"signing in as u: ESET: HTTP {status}; check username, password and region (request-id 7)"
        )

    def test_wrong_credentials_are_sent_once(self, clock):
        server = Script(issues=[respond(401), respond(401)])
        client = connect(clock, server)
        for dummy in range(2):
            with pytest.raises(NotExecutedError, match="signing in as u"):
                client.request(CALL)
        assert len(server.grants) == 1

    @pytest.mark.parametrize(
        ["response", "reason"], [(respond(503), "server_error"), (respond(data={"access_token": " "}), "unreadable")]
    )
    def test_without_a_token_for_another_reason_nothing_can_be_done(self, clock, response, reason):
        with pytest.raises(NotExecutedError, match="signing in as u") as raised:
            connect(clock, Script(issues=[response]), retries=0).request(CALL)
        assert (raised.value.reason, raised.value.fatal) == (reason, True)
        assert raised.value.status == response.status_code

    def test_it_is_tried_again_after_a_temporary_failure(self, clock):
        server = Script(respond(), issues=[respond(503)])
        connect(clock, server).request(CLOSE)
        assert len(server.grants) == 2

    def test_it_keeps_to_the_deadline(self, clock):
        client = connect(clock, Script(issues=[respond(503)]), deadline=1)
        with pytest.raises(DeadlineReachedError):
            client.request(CALL)

    def test_no_token_is_shown(self, clock):
        words = {"error": "t1 and r1"}
        client = connect(clock, Script(respond(400, words), issues=[issue("t1", refresh_token="r1")]))
        with pytest.raises(RejectedError, match=r"HTTP 400, \*{8} and \*{8}"):
            client.request(CALL)


class TestRenewal:
    @pytest.mark.parametrize(["lifetime", "seconds"], [(3600, 3540), (100, 50)])
    def test_a_token_is_renewed_shortly_before_it_expires(self, clock, lifetime, seconds):
        server = Script(*(respond() for dummy in range(3)), issues=[issue("first", lifetime)])
        client = connect(clock, server)
        client.request(CALL)
        clock.sleep(seconds - 0.5)
        client.request(CALL)
        clock.sleep(0.5)
        client.request(CALL)
        assert [sent.header for sent in server.requests] == ["Bearer first", "Bearer first", "Bearer t2"]

    def test_a_refresh_token_takes_the_place_of_the_password(self, clock):
        server = Script(respond(), respond(), issues=[issue("t1", LIFETIME, refresh_token="r1")])
        client = connect(clock, server)
        client.request(CALL)
        clock.sleep(LIFETIME)
        client.request(CALL)
        assert read_grants(server)[1] == {"grant_type": "refresh_token", "refresh_token": "r1"}

    @pytest.mark.parametrize("refresh_token", [None, "", 7, "\u00fc"])
    def test_what_is_not_a_refresh_token_is_not_used(self, clock, refresh_token):
        server = Script(respond(), respond(), issues=[issue("t1", LIFETIME, refresh_token=refresh_token)])
        client = connect(clock, server)
        client.request(CALL)
        clock.sleep(LIFETIME)
        client.request(CALL)
        assert read_grants(server)[1]["grant_type"] == "password"

    def test_a_rejected_refresh_token_is_followed_by_the_password(self, clock):
        server = Script(respond(), respond(), issues=[issue("t1", LIFETIME, refresh_token="r1"), respond(400)])
        client = connect(clock, server)
        client.request(CALL)
        clock.sleep(LIFETIME)
        client.request(CALL)
        assert [grant["grant_type"] for grant in read_grants(server)] == ["password", "refresh_token", "password"]

    def test_a_token_that_cannot_be_renewed_is_used_until_it_is_rejected(self, clock):
        server = Script(respond(), respond(), respond(), issues=[issue("t1", LIFETIME), respond(503)])
        client = connect(clock, server, retries=0)
        client.request(CALL)
        clock.sleep(LIFETIME)
        client.request(CALL)
        client.request(CALL)
        assert [sent.header for sent in server.requests] == ["Bearer t1"] * 3
        assert len(server.grants) == 2

    def test_a_rejected_token_that_cannot_be_renewed_is_not_used(self, clock):
        server = Script(respond(401), issues=[issue("t1"), respond(503)])
        with pytest.raises(NotExecutedError, match="signing in as u: ESET: HTTP 503"):
            connect(clock, server, retries=0).request(CALL)

    def test_no_more_tokens_are_requested_than_retries_allow(self, clock):
        class Late(Script):
            def request(self, method, url, **options):
                clock.sleep(LIFETIME)  # each token expires on the way
                return super().request(method, url, **options)

        server = Late(*(respond(401) for dummy in range(9)), issues=[issue(f"t{n}", LIFETIME) for n in range(9)])
        with pytest.raises(RejectedError, match="the token that was just issued is not accepted"):
            connect(clock, server, retries=2, timeout=9 * LIFETIME).request(CALL)
        assert len(server.requests) == 4

    def test_the_error_of_a_rejected_new_token_says_what_to_check(self, clock):
        with pytest.raises(RejectedError) as raised:
            connect(clock, Script(respond(401), respond(401))).request(CALL)
        assert raised.value.status == 401
        assert str(raised.value) == (
            "asking: ESET: HTTP 401; the token that was just issued is not accepted: check region and api_url"
        )

    def test_another_refusal_is_no_reason_for_a_new_token(self, clock):
        server = Script(respond(404))
        with pytest.raises(RejectedError, match="HTTP 404"):
            connect(clock, server).request(CALL)
        assert len(server.grants) == 1


class TestPending:
    def await_response(self, clock, *answers, call=CLOSE, **options):
        server = Script(respond(202, **{"response-id": "7"}), *answers)
        client = connect(clock, server, **options)
        try:
            return server, client.request(call)
        except ClientError as error:
            return server, error

    def test_the_same_call_asks_for_the_response(self, clock):
        call = CLOSE._replace(headers={"a": "b"})
        server, answer = self.await_response(clock, respond(202), respond(data={"done": 1}), call=call)
        assert (answer.status, answer.data) == (200, {"done": 1})
        assert [sent.headers for sent in server.requests] == [{"a": "b"}, *[{"a": "b", "response-id": "7"}] * 2]
        assert {(sent.method, sent.url, sent.data.getvalue()) for sent in server.requests} == {
            ("POST", CALL.url, b"{}")
        }

    def test_polls_become_rarer(self, clock):
        self.await_response(clock, respond(202), respond())
        assert clock.monotonic() == 1 + 2

    def test_without_a_response_id_it_stays_pending(self, clock):
        with pytest.raises(StillPendingError) as raised:
            connect(clock, Script(respond(202))).request(CLOSE)
        assert str(raised.value) == "closing: ESET: HTTP 202 without a response-id"

    def test_it_stays_pending_when_the_server_drops_the_response(self, clock):
        dummy, error = self.await_response(clock, *(respond(202) for dummy in range(200)))
        assert isinstance(error, StillPendingError)
        assert str(error) == "closing: ESET: still pending after 10 minutes"

    def test_a_query_that_was_given_up_is_of_unknown_outcome(self, clock):
        server, error = self.await_response(clock, respond(504), respond())
        assert (type(error), error.status, len(server.requests)) == (OutcomeUnknownError, 504, 2)

    @pytest.mark.parametrize("answer", [respond(503), respond(429)])
    def test_a_poll_that_fails_temporarily_is_repeated(self, clock, answer):
        dummy, answer = self.await_response(clock, answer, respond(data={"done": 1}))
        assert answer.data == {"done": 1}

    def test_polls_that_fail_again_and_again_leave_it_pending(self, clock):
        server, error = self.await_response(clock, *(respond(503) for dummy in range(9)), retries=2)
        assert isinstance(error, StillPendingError)
        assert str(error) == "closing: ESET: HTTP 503"
        assert len(server.requests) == 1 + 3

    def test_a_poll_that_succeeds_forgets_the_failures_before(self, clock):
        answers = (respond(503), respond(202), respond(503), respond(data={"done": 1}))
        dummy, answer = self.await_response(clock, *answers, retries=1)
        assert answer.data == {"done": 1}

    def test_a_poll_that_is_not_accepted_leaves_it_pending(self, clock):
        dummy, error = self.await_response(clock, respond(401), respond(401))
        assert isinstance(error, StillPendingError)
        assert "the token that was just issued is not accepted" in str(error)

    @pytest.mark.parametrize("headers", [{}, {"request-id": "7"}])
    def test_a_close_request_whose_response_is_lost_stays_pending(self, clock, headers):
        server, error = self.await_response(clock, respond(404, **headers))
        assert isinstance(error, StillPendingError)
        assert str(error) == "closing: ESET: its response was pending and is lost"
        assert len(server.requests) == 2

    def test_a_safe_call_whose_response_is_lost_is_sent_again(self, clock):
        call = CLOSE._replace(safe=True)
        server, answer = self.await_response(clock, respond(404), respond(data={"done": 1}), call=call)
        assert answer.data == {"done": 1}
        assert ["response-id" in sent.headers for sent in server.requests] == [False, True, False]

    @pytest.mark.parametrize(
        "answer", [respond(400), respond(403), *(respond(status, **{"request-id": "7"}) for status in (415, 501, 505))]
    )
    def test_a_refusal_of_the_poll_leaves_it_pending(self, clock, answer):
        dummy, error = self.await_response(clock, answer)
        assert (type(error), error.status) == (StillPendingError, answer.status_code)
        assert str(error).startswith(f"closing: ESET: HTTP {answer.status_code}")

    def test_a_refusal_is_the_response(self, clock):
        dummy, error = self.await_response(clock, respond(400, **{"request-id": "7"}))
        assert (type(error), error.status) == (RejectedError, 400)


GATEWAY = "without a request-id, this response is from a gateway in front of ESET"
PAGE = {"Content-Type": "text/html"}


class TestHints:
    def explain(self, clock, response, call=CALL):
        with pytest.raises(ClientError) as raised:
            connect(clock, Script(response), retries=0).request(call)
        return str(raised.value)

    @pytest.mark.parametrize("status", [400, 403])
    def test_the_response_of_a_gateway_is_recognized_by_its_missing_request_id(self, clock, status):
        assert self.explain(clock, respond(status)) == (
            f"asking: ESET: HTTP {status}; {GATEWAY}: check your proxy and firewall"
        )

    @pytest.mark.parametrize("status", [400, 403])
    def test_a_gateway_may_object_to_the_comment(self, clock, status):
        assert self.explain(clock, respond(status), CLOSE) == (
            f"closing: ESET: HTTP {status}; {GATEWAY}, such as a web application firewall: "
            "use plain words in final_comment, and check your proxy and firewall"
        )

    @pytest.mark.parametrize("status", [400, 403, 404, 429])
    def test_a_response_of_eset_has_a_hint_of_its_own(self, clock, status):
        response = respond(status, **{"request-id": "7"})
        assert self.explain(clock, response) == f"asking: ESET: HTTP {status}; {HINTS[status]} (request-id 7)"

    @pytest.mark.parametrize(["body", "headers"], [(b"text", PAGE), (b"<html>", {})])
    def test_a_page_without_a_request_id_is_of_a_gateway(self, clock, body, headers):
        assert GATEWAY in self.explain(clock, respond(404, body, **headers))

    def test_a_404_without_a_request_id_may_be_of_eset(self, clock):
        assert self.explain(clock, respond(404)) == f"asking: ESET: HTTP 404; {HINTS[404]}"

    @pytest.mark.parametrize("status", [500, 502])
    def test_a_page_of_a_server_that_is_down_has_no_hint(self, clock, status):
        assert self.explain(clock, respond(status, b"<html>", **PAGE)) == f"asking: ESET: HTTP {status}"

    def test_a_page_of_eset_is_a_page(self, clock):
        response = respond(403, b"<html>", **PAGE, **{"request-id": "7"})
        assert "an HTML page in place of a response of ESET: check region" in self.explain(clock, response)

    def test_a_page_in_place_of_the_response_to_a_close_request_may_be_because_of_the_comment(self, clock):
        assert self.explain(clock, respond(200, b"<html>"), CLOSE) == (
            "closing: ESET: HTTP 200 with an HTML page in place of a response of ESET, "
            "such as of a web application firewall: "
            "use plain words in final_comment, and check region and your proxy"
        )

    def test_a_page_in_place_of_another_response_has_nothing_to_do_with_the_comment(self, clock):
        assert "final_comment" not in self.explain(clock, respond(200, b"<html>"))

    def test_a_sign_in_that_fails_may_be_because_of_the_credentials_or_of_a_gateway(self, clock):
        with pytest.raises(NotExecutedError) as raised:
            connect(clock, Script(issues=[respond(403)])).request(CALL)
        assert str(raised.value) == (
            f"signing in as u: ESET: HTTP 403; check username, password and region; {GATEWAY}: "
            "check your proxy and firewall"
        )


@pytest.mark.parametrize(
    ["value", "is_token"],
    [
        ("t", True),
        ("a b", True),
        ("", False),
        (" ", False),
        ("a\nb", False),
        ("\u00fc", False),
        (7, False),
        (None, False),
    ],
)
def test_a_token_can_be_sent_in_a_header(value, is_token):
    assert _is_token(value) is is_token


@pytest.mark.parametrize(
    ["expires_in", "seconds"],
    [
        (100, 100),
        ("100", 100),
        (1, 1),
        (0.9, 3600),
        (0, 3600),
        (-1, 3600),
        (True, 3600),
        (None, 3600),
        ("soon", 3600),
        ("nan", 3600),
        ("inf", 3600),
        (10**400, 3600),
    ],
)
def test_a_value_that_cannot_be_a_lifetime_counts_as_the_usual_one(expires_in, seconds):
    assert _read_lifetime(expires_in) == seconds
