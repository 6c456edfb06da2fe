# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebooks in ansible-rulebook. It exits with 0 even if a playbook fails, so the tests ask the simulator for the closed incidents."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from sandbox import COLLECTION, Sandbox

from simulator import DEFAULT_D3_KEY, DEFAULT_ESET_PASSWORD, Simulator

TOKEN = "token-of-the-test"
D3_INCIDENT, OTHER_D3_INCIDENT = "20260112-101", "20260112-102"
ESET_INCIDENT = "5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21"

pytestmark = [
    pytest.mark.skipif(not shutil.which("java"), reason="there is no Java on the PATH"),
    pytest.mark.skipif(not importlib.util.find_spec("ansible_rulebook"), reason="ansible-rulebook is not installed"),
]


class Rulebook:
    """A running rulebook, with hosts. The remediation of the host bad fails.

    :param name: of the rulebook.
    :param variables: of the rulebook.
    :param devices: the devices that hosts are, by their names.
    """

    def __init__(self, folder, sim, name="remediate_and_close", variables=(), devices=()):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        hosts = {name: {"remediate_host_quarantine_files": [str(folder / name)]} for name in ("good", "other", "bad")}
        for host, uuid in dict(devices).items():
            hosts[host]["incident_closure_eset_device_uuid"] = uuid
        for host in ("good", "other"):
            (folder / host).write_text("", encoding="utf-8")
        (folder / "bad").mkdir()
        shared = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "remediate_host_quarantine_dir": str(folder / "quarantine"),
            # The incidents in the inventory do not count, because the notification names the incident of its hosts.
            "incident_closure_d3_incidents": [OTHER_D3_INCIDENT],
        }
        self._write("inventory.yml", {"all": {"children": {"servers": {"hosts": hosts}}, "vars": shared}})
        self._write("vars.yml", {"webhook_token": TOKEN, "webhook_port": self.port, **dict(variables)})
        sandbox = Sandbox(folder)
        environment = {
            **sandbox.environment,
            **sim.environment,
            "PATH": f"{sandbox.environment['PATH']}:{Path(shutil.which('java')).parent}",
        }
        words = f"-m ansible_rulebook --rulebook secops.incident_closure.{name} -i inventory.yml --vars vars.yml"
        self._log = (folder / "log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, *words.split()], cwd=folder, env=environment, stdout=self._log, stderr=subprocess.STDOUT
        )

    def _write(self, name, data):
        (self.folder / name).write_text(json.dumps(data), encoding="utf-8")

    @property
    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8")

    def stop(self):
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def post(self, token=TOKEN, **notification):
        """Post a notification until the server responds, and return the status."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/",
            json.dumps(notification).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        patience = time.monotonic() + 60
        while True:
            try:
                return opener.open(request, timeout=10).status
            except urllib.error.HTTPError as error:
                return error.code
            except OSError:
                assert self._process.poll() is None, self.log
                assert time.monotonic() < patience, self.log
                time.sleep(0.2)

    def wait_for(self, condition):
        patience = time.monotonic() + 120
        while not condition():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < patience, self.log
            time.sleep(0.2)

    def wait_for_closing(self, incident):
        self.wait_for(lambda: incident.closings)

    def wait_for_log(self, text):
        self.wait_for(lambda: text in self.log)


def test_two_events_of_the_guide_close_an_incident_once(tmp_path):
    guide = (COLLECTION / "docs/docsite/rst/events.rst").read_text(encoding="utf-8")
    header, posted = re.search(r"curl -H '(.*?)' -d '(.*?)' http://127\.0\.0\.1:(?:\d+)/", guide).groups()
    shown = re.search(r"example-file: notification\.json\n\n.*\n\n +(.*)\n", guide)[1]
    assert json.loads(posted) == json.loads(shown)
    token = re.search("webhook_token: (.*)", guide)[1]
    assert header == f"Authorization: Bearer {token}"
    notification = {**json.loads(posted), "incident": D3_INCIDENT, "hosts": ["good"]}
    with Simulator() as sim:
        rulebook = Rulebook(tmp_path, sim)
        try:
            for _event in range(2):
                assert rulebook.post(**notification) == 200
            rulebook.wait_for(lambda: rulebook.log.count("PLAY RECAP") == 2)
        finally:
            rulebook.stop()
        assert len(sim.calls("d3.close")) == 1
        assert "already closed" in rulebook.log


def test_an_incident_is_closed_when_its_hosts_are_remediated(tmp_path):
    with Simulator() as sim:
        rulebook = Rulebook(tmp_path, sim)
        try:
            evil = "x{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % (tmp_path / "evil")
            assert rulebook.post("wrong", product="d3", incident=D3_INCIDENT, hosts=["good"]) == 401
            for notification in (
                {"incident": evil, "hosts": ["good"]},
                {"incident": {"number": evil}, "hosts": ["good"]},
                {"incident": D3_INCIDENT, "hosts": [evil]},
                {"incident": D3_INCIDENT, "hosts": ["all:!bad"]},
                {"incident": D3_INCIDENT, "hosts": "good"},
                {"incident": D3_INCIDENT, "hosts": []},
                {"incident": D3_INCIDENT},
            ):
                assert rulebook.post(product="d3", **notification) == 200
            # The notifications so far start nothing. These two fail before they touch a host.
            assert rulebook.post(product="other", incident=D3_INCIDENT, hosts=["good"]) == 200
            assert rulebook.post(product="d3", incident=D3_INCIDENT, hosts=["good", {"name": evil}]) == 200
            # One host of this incident is not remediated.
            assert rulebook.post(product="d3", incident=D3_INCIDENT, hosts=["good", "bad"]) == 200
            # The rulebook handles them one after the other, so all of them are done once this incident is closed.
            assert rulebook.post(product="eset", incident=ESET_INCIDENT, hosts=["good"]) == 200
            rulebook.wait_for_closing(sim.eset.incidents[ESET_INCIDENT])
        finally:
            rulebook.stop()
        closed = [incident for product in (sim.d3, sim.eset) for incident in product.incidents.values()]
        assert sum(incident.closings for incident in closed) == 1
        assert not (tmp_path / "evil").exists()
        assert not (tmp_path / "good").exists()
        assert "a host of the incident, is not a host of the inventory" in rulebook.log
        assert "bad is not remediated" in rulebook.log
        assert "close_incidents_event must name a product, d3 or eset, not other" in rulebook.log
        assert DEFAULT_D3_KEY not in rulebook.log
        assert TOKEN not in rulebook.log


def test_incidents_of_eset_are_closed_without_a_webhook(tmp_path):
    evil = "x{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % (tmp_path / "evil")
    devices = {"good": "d-good", "other": "d-other"}
    named = [*devices.items(), ("servers", "d-group"), (evil, "d-evil")]
    shown = [{"id": uuid, "display_name": name} for name, uuid in named]
    with Simulator(scenario={"eset": {"incidents": [], "devices": shown}}) as sim:
        incidents = sim.eset.incidents
        rulebook = Rulebook(tmp_path, sim, "respond_to_eset_incidents", {"eset_interval": 1}, devices)
        try:
            rulebook.wait_for(lambda: sim.calls("eset.list"))
            # Of these, only the last one starts a playbook. It fails, because these are not hosts of the inventory.
            sim.add(eset={"incidents": [{"id": evil, "device_uuids": ["d-good"]}, "without-devices"]})
            sim.add(eset={"incidents": [{"id": "elsewhere", "device_uuids": ["d-good", "d-group", "d-evil"]}]})
            for name in ("servers", "d-evil"):
                rulebook.wait_for_log(f"{name}, a host of the incident, is not a host of the inventory")
            assert (tmp_path / "good").exists()
            sim.add(eset={"incidents": [{"id": "appears", "display_name": evil, "device_uuids": ["d-good"]}]})
            rulebook.wait_for_closing(incidents["appears"])
            assert not (tmp_path / "good").exists()
            # This incident spreads as soon as the source has read it, so the first playbook does not have the other device.
            spread = {"incident": "spreads", "join": ["d-other"], "after": 1}
            sim.add(eset={"incidents": [{"id": "spreads", "device_uuids": ["d-good"]}], "changes": [spread]})
            rulebook.wait_for_log(
                "other: device d-other is not the incident_closure_eset_device_uuid of a remediated host"
            )
            rulebook.wait_for_closing(incidents["spreads"])
            assert not (tmp_path / "other").exists()
        finally:
            rulebook.stop()
        assert sum(incident.closings for incident in incidents.values()) == 2
        assert not (tmp_path / "evil").exists()
        assert DEFAULT_ESET_PASSWORD not in rulebook.log
