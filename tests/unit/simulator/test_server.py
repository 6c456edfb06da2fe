# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web server of the simulator."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time

import pytest
import requests

from simulator import DEFAULT_ESET_ACCESS_TOKEN, Simulator

BEARER = {"Authorization": f"Bearer {DEFAULT_ESET_ACCESS_TOKEN}"}


def test_connections_are_kept_and_not_delayed(sim):
    connection = http.client.HTTPConnection("127.0.0.1", int(sim.url.rpartition(":")[2]), timeout=10)
    connection.connect()
    first = connection.sock
    started = time.monotonic()
    for dummy in range(50):
        body = b"{" + b" " * 2000
        connection.request("POST", "/eset/v2/incidents/u1:close", body, {**BEARER, "Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 400
        assert answer.read() != b""
        assert connection.sock is first
    connection.close()
    assert time.monotonic() - started < 1  # 50 delayed acknowledgements would take 2 seconds


def test_many_clients_are_served_at_once(sim):
    sim.eset.add(f"m{number}" for number in range(40))

    def close(number):
        with requests.Session() as session:
            session.trust_env = False
            session.post(
                f"{sim.eset_url}/v2/incidents/m{number % 40}:close",
                json={"closureReason": "INCIDENT_RESOLVE_REASON_TRUE_POSITIVE"},
                headers=BEARER,
                timeout=10,
            )

    threads = [threading.Thread(target=close, args=(number,)) for number in range(80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(request.status for request in sim.calls("eset.close")) == [200] * 40 + [400] * 40
    assert {sim.eset.incidents[f"m{number}"].closings for number in range(40)} == {1}


def test_the_server_listens_on_the_loopback_address_only(sim):
    port = int(sim.url.rpartition(":")[2])
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=1):
        pass


@pytest.fixture
def https(tmp_path, make_client):
    """Return a simulator with HTTPS, a client, and the CA bundle for it."""
    trustme = pytest.importorskip("trustme")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    with Simulator(tls=context, rate_limit=False) as sim:
        yield sim, make_client(sim), str(bundle)


def test_https_connections_work(https):
    sim, client, bundle = https
    assert sim.url.startswith("https://")
    with pytest.raises(requests.exceptions.SSLError):
        client.eset_list()
    client.session.verify = bundle
    assert client.eset_list().status_code == 200


def test_a_silent_connection_does_not_block_others(https):
    sim, client, bundle = https
    client.session.verify = bundle
    with socket.create_connection(("127.0.0.1", int(sim.url.rpartition(":")[2]))):
        assert client.eset_list().status_code == 200


def test_a_connection_with_tls_can_be_dropped(https):
    sim, client, bundle = https
    client.session.verify = bundle
    sim.fault("eset.list", "drop_after")
    with pytest.raises(requests.ConnectionError):
        client.eset_list()
