# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web server of the simulator."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import sys
import threading

from .messages import Request


class Server(socketserver.ThreadingTCPServer):
    """A server with a thread for each connection.

    It does not look up the name of the host, as ``http.server.HTTPServer`` does.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, simulator):
        super().__init__(("127.0.0.1", simulator.port), _Handler)
        self.simulator = simulator
        self._connections = set()
        self._lock = threading.Lock()
        if simulator.tls is not None:
            # The thread of the connection does the handshake, at its first read.
            self.socket = simulator.tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request, client_address):
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self):
        """Close the open connections, which ends their threads."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _cut(connection)

    def handle_error(self, request, client_address):
        """Show an error, which is a bug of the simulator, unless a client has closed the connection."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _cut(connection):
    with contextlib.suppress(OSError):  # the client may have closed it already
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(http.server.BaseHTTPRequestHandler):
    """A handler for HTTP/1.1 with persistent connections."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # sends the head and the body together

    def _handle(self):
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.send_error(411)
            return
        length = int(length)
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        request = Request(
            method=self.command,
            target=self.requestline.split()[1],  # self.path differs from it if it begins with //
            headers=_headers(self.headers),
            body=body.decode(errors="surrogateescape"),
            time=self.server.simulator.clock.monotonic(),
        )
        answer = self.server.simulator.answer(request)
        if answer is None:
            self.close_connection = True
            _cut(self.connection)
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle

    def _send(self, answer):
        body = answer.encoded()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + answer.missing))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if answer.missing:
            self.close_connection = True

    def version_string(self):
        """Return the Server header."""
        return "simulator"

    def log_message(self, format, *args):
        """Do not log, because the journal contains every request."""


def _headers(message):
    headers = {}
    for header, value in message.items():
        name = header.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
