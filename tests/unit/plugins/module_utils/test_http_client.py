# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the HTTP helper decides without a server: pacing, waiting, holding secrets."""

from __future__ import annotations

import http.server
import socketserver
import threading
import time
from types import SimpleNamespace

import pytest
from requests.structures import CaseInsensitiveDict

from ansible_collections.secops.incident_closure.plugins.module_utils import _http_client as http_client
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    DeadlineReachedError,
    OutcomeUnknownError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import Call, HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._pacer import Pacer
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

FOREVER = float("inf")


def starts(pacer, calls):
    return [pacer.wait_turn(FOREVER) for call in range(calls)]


def most_in_any_second(times):
    return max(sum(1 for other in times if time <= other < time + 1) for time in times)


def test_no_more_calls_start_in_any_second_than_the_rate(clock):
    times = starts(Pacer(10, clock), 100)
    assert most_in_any_second(times) == 10
    assert times[-1] <= 9 * Pacer.WINDOW


def test_a_window_slides(clock):
    pacer = Pacer(2, clock)
    starts(pacer, 1)
    clock.sleep(0.9)
    assert most_in_any_second([clock.monotonic(), *starts(pacer, 3)]) <= 3
    assert clock.monotonic() >= 0.9 + Pacer.WINDOW


def test_a_rate_of_zero_does_not_wait(clock):
    starts(Pacer(0, clock), 1000)
    assert clock.monotonic() == 0


def test_one_call_too_many_slows_all_of_them_down_and_the_pace_comes_back(clock):
    pacer = Pacer(10, clock)
    for start in starts(pacer, 10):  # ten refusals of one burst tell one thing
        pacer.slow_down(start, 3)
    slow = starts(pacer, 20)
    assert slow[0] >= 3
    assert 1.5 <= slow[-1] - slow[9] <= 2 * Pacer.WINDOW  # ten calls in nearly two seconds, instead of in one
    clock.sleep(60)
    times = starts(pacer, 100)
    assert times[-1] - times[0] <= 9 * Pacer.WINDOW + 0.1


def test_the_pace_has_a_floor(clock):
    pacer = Pacer(1, clock)
    for dummy in range(50):
        pacer.slow_down(pacer.wait_turn(FOREVER), 0)
    before = clock.monotonic()
    pacer.wait_turn(FOREVER)
    assert clock.monotonic() - before <= Pacer.WINDOW + Pacer.MAX_WIDENING


def test_a_turn_after_the_deadline_is_not_waited_for(clock):
    pacer = Pacer(1, clock)
    pacer.wait_turn(0.5)
    with pytest.raises(DeadlineReachedError):
        pacer.wait_turn(0.5)
    assert clock.monotonic() == 0


def test_an_urgent_call_overtakes_the_calls_that_wait(clock):
    pacer = Pacer(10, clock)
    with pacer._queue:  # as while others wait for their turn
        assert pacer.wait_turn(FOREVER, urgent=True) == 0


def client(clock, **options):
    return HttpClient(
        "X", "url", {}, Secrets(), clock=clock, jitter=lambda low, high: high, **{"timeout": 5, **options}
    )


def test_waits_grow_up_to_a_bound_and_add_to_what_the_server_asks_for(clock):
    waits = client(clock)
    times = []
    for tries in range(8):
        waits.back_off(tries)
        times.append(clock.monotonic())
    assert [after - before for before, after in zip([0, *times], times)] == [1, 2, 4, 8, 16, 30, 30, 30]
    before = clock.monotonic()
    waits.back_off(0, at_least=7)
    assert clock.monotonic() - before == 8


def test_a_wait_that_would_outlast_the_task_is_not_begun(clock):
    with pytest.raises(DeadlineReachedError):
        client(clock, deadline=3).wait(3)
    assert clock.monotonic() == 0


@pytest.mark.parametrize(
    ["header", "seconds"],
    [
        (None, 0),
        ("7", 7),
        ("0", 0),
        ("999999999999", http_client.MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 2100 23:59:59 GMT", http_client.MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("-3", 0),
        ("soon", 0),
        ("Fri, 99 Foo 99999 23:59:59 GMT", 0),
    ],
)
def test_retry_after(header, seconds):
    headers = CaseInsensitiveDict({"retry-after": header} if header else {})
    assert http_client._retry_after(SimpleNamespace(headers=headers)) == seconds


def test_secrets_are_known_in_every_form_and_reported():
    registered = set()
    secrets = Secrets(registered.add)
    secrets.add('p&ss/ w"rd', username="api")
    forms = [
        'p&ss/ w"rd',
        "p%26ss%2F%20w%22rd",
        "p%26ss%2f%20w%22rd",
        "p%26ss%2F+w%22rd",
        "p%26ss%2f+w%22rd",
        "p%26ss/%20w%22rd",
        "p&ss/%20w%22rd",  # JavaScript's encodeURI
        'p&ss/ w\\"rd',
        "cCZzcy8gdyJyZA==",
        "YXBpOnAmc3MvIHcicmQ=",
    ]
    assert registered == set(forms)
    for form in forms:
        assert secrets.redact(f"said {form}.") == "said ********."


@pytest.mark.parametrize(
    ["body", "words"],
    [
        (b'{"Error": "Invalid authentication key."}', "Invalid authentication key."),
        (b'{"error": "", "message": "not\\n found "}', "not\n found "),
        (b'{"error": {"code": 7}}', {"code": 7}),
        (b"<html>secret</html>", None),
        (b"[1]", None),
        (b"[" * 100000, None),
    ],
)
def test_only_words_of_an_error_body_are_told(body, words):
    assert http_client._server_words(body) == words


@pytest.mark.parametrize(
    ["text", "told"],
    [
        ("not\n found. ", "not found"),
        ("of two  words", "of ********"),
        ({"code": 7}, ""),
        (None, ""),
    ],
)
def test_a_text_of_the_server_is_told_on_one_line_and_without_secrets(text, told):
    secrets = Secrets()
    secrets.add("two  words")
    assert secrets.tell(text) == told


class Server(socketserver.ThreadingTCPServer):
    """Answers each GET with C({}), a byte at a time where there is a pause between them (seconds); counts both."""

    daemon_threads = True

    def __init__(self, pause=0.0, size=2):
        self.connections = self.sent = 0
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                server.connections += 1

            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(size))
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
        call = Call("GET", f"http://127.0.0.1:{self.server_address[1]}/", "reading", True, lambda data: data == {})
        return client.request(call)


def test_a_connection_is_kept():
    client = HttpClient("X", "url", {}, Secrets(), timeout=5)
    with Server() as server:
        assert [server.get(client).data for number in range(5)] == [{}] * 5
        assert server.connections == 1


def test_a_body_that_drips_is_not_waited_for_longer_than_the_timeout():
    client = HttpClient("X", "url", {}, Secrets(), timeout=0.3, retries=0)
    with Server(pause=0.02, size=1000) as server:
        with pytest.raises(OutcomeUnknownError, match="no answer in time"):
            server.get(client)
        assert 1 < server.sent < 200  # of a thousand


def test_a_body_without_end_is_unreadable(monkeypatch):
    monkeypatch.setattr(http_client, "MAX_ANSWER_BYTES", 100_000)
    client = HttpClient("X", "url", {}, Secrets(), timeout=5, retries=0)
    with Server(size=10_000_000) as server:
        with pytest.raises(OutcomeUnknownError, match="the answer cannot be read"):
            server.get(client)
