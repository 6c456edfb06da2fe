# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugins in ansible-inventory and ansible-playbook."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from simulator import DEFAULT_ESET_PASSWORD, DEFAULT_ESET_USERNAME, Simulator

PLUGIN = "plugin: secops.incident_closure.eset_incidents\n"
TITLE = "{{ lookup('pipe', 'touch proof') }}"


@pytest.fixture
def sim():
    incident = {"id": "i1", "display_name": TITLE, "device_uuids": ["d1"]}
    devices = [{"id": "d1", "display_name": "web01"}]
    with Simulator(scenario={"eset": {"incidents": [incident], "devices": devices}}) as simulator:
        yield simulator


@pytest.fixture
def inventory(sim, sandbox):
    """Return a function that writes an inventory file and lists the inventory."""

    def run(text, *words, earlier=(), **environment):
        sandbox.write("eset_incidents.yml", PLUGIN + text)
        sources = [word for source in (*earlier, "eset_incidents.yml") for word in ("-i", source)]
        words = ["ansible-inventory", *sources, *(words or ["--list"])]
        failing = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
        return sandbox.run(*words, **{**failing, **sim.environment, **environment})

    return run


def variables(job):
    assert job.returncode == 0, job.stderr
    return json.loads(job.stdout)["_meta"]["hostvars"]["web01"]


def plain(value):
    """Return a string, which ansible-inventory may show as an unsafe one."""
    return value["__ansible_unsafe"] if isinstance(value, dict) else value


def test_names_from_the_products_are_never_templates(inventory, tmp_path):
    composed = variables(inventory("compose:\n  title: eset_incidents[0].title\n"))
    assert plain(composed["title"]) == TITLE
    assert not (tmp_path / "proof").exists()


def test_an_option_may_be_a_template_or_a_date(inventory):
    text = """
password: "{{ lookup('ansible.builtin.env', 'MY_PASSWORD') }}"
severity: "{{ lookup('ansible.builtin.env', 'MY_SEVERITY') | default('medium', true) }}"
limit: "{{ 2 - 1 }}"
created_after: 2026-01-01
created_before: 2100-01-01 12:00:00
"""
    found = variables(inventory(text, ESET_PASSWORD="", MY_PASSWORD=DEFAULT_ESET_PASSWORD))
    assert plain(found["incident_closure_eset_device_uuid"]) == "d1"


@pytest.mark.parametrize("earlier", [[], ["hosts.yml"]])
def test_a_list_of_incidents_that_would_replace_that_of_the_plugin_fails_the_source(inventory, sandbox, earlier):
    (sandbox.folder / "host_vars").mkdir()
    sandbox.write("host_vars/web01.yml", json.dumps({"incident_closure_eset_incidents": ["other"]}))
    sandbox.write("hosts.yml", json.dumps({"all": {"hosts": {"web01": {}}}}))
    job = inventory("", earlier=earlier)
    assert job.returncode != 0
    assert "host web01: incident_closure_eset_incidents in host_vars would replace" in " ".join(job.stderr.split())


@pytest.mark.parametrize("folder", [None, "group_vars", "host_vars"])
def test_a_host_of_an_earlier_source_keeps_its_address(inventory, sandbox, folder):
    address = {"ansible_host": "web01.corp.example.com"}
    name = "server" if folder == "host_vars" else "web"
    web = {"hosts": {"server": {}}, "vars": {} if folder else address}
    sandbox.write("hosts.yml", json.dumps({"all": {"children": {"web": web}}}))
    if folder:
        (sandbox.folder / folder).mkdir()
        sandbox.write(f"{folder}/{name}.yml", json.dumps(address))
    text = "compose:\n  ansible_host: ansible_host | default('192.0.2.7')\n"
    hosts = json.loads(inventory(text, earlier=["hosts.yml"]).stdout)["_meta"]["hostvars"]
    assert list(hosts) == ["server"]
    assert plain(hosts["server"]["ansible_host"]) == "web01.corp.example.com"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("severty: [high]\n", "severty is not an option of secops.incident_closure.eset_incidents"),
        ("password: '{{ not_there }}'\n", "password cannot be read"),
        ("limit: -1\n", "limit must be from 0"),
        ("password: wrong\n", "check username, password and region"),
    ],
)
def test_an_unreadable_source_fails_with_a_message(inventory, text, message):
    job = inventory(text)
    assert job.returncode != 0
    assert message in " ".join(job.stderr.split())
    assert "Traceback" not in job.stderr


@pytest.mark.parametrize("words", [["--list"], ["--list", "--export"], ["--graph", "--vars", "-vvvv"]])
def test_secrets_are_neither_shown_nor_cached(inventory, sim, tmp_path, words):
    cache = tmp_path / "cache"
    text = f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {cache}\n"
    job = inventory(text, *words)
    assert job.returncode == 0, job.stderr
    kept = "".join(file.read_text(encoding="utf-8") for file in cache.iterdir())
    assert "i1" in kept
    tokens = [call.headers["authorization"].split()[1] for call in sim.calls("eset.read")]
    for secret in (DEFAULT_ESET_PASSWORD, quote(DEFAULT_ESET_PASSWORD, safe=""), *tokens):
        assert secret not in job.stdout + job.stderr + kept
    assert DEFAULT_ESET_USERNAME not in kept
