# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request over real HTTP."""

from __future__ import annotations

import http.server
import socketserver
import threading
import time

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _http_client as http_client
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import OutcomeUnknownError
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Call
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


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
        url = f"http://127.0.0.1:{self.server_address[1]}/"
        return client.request(Call("GET", url, "reading", safe=True, accepts=lambda data: data == {}))


def test_a_connection_is_kept():
    client = HttpClient("X", "url", {}, Secrets(), timeout=5)
    with Server() as server:
        assert [server.get(client).data for number in range(5)] == [{}] * 5
        assert server.connections == 1


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
