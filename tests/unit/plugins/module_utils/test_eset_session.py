# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token of a session, with a scripted server in the place of the network."""

from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace

import pytest
from requests.structures import CaseInsensitiveDict

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import RejectedError
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import ConnectClient
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call
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
        password="p",
        timeout=5,
        clock=clock,
        **options,
    )
    client._session = server
    return client


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
