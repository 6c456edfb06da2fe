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

    def run(text, *words, **environment):
        sandbox.write("eset_incidents.yml", PLUGIN + text)
        words = ["ansible-inventory", "-i", "eset_incidents.yml", *(words or ["--list"])]
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


def test_a_connection_option_may_be_a_template(inventory):
    text = "password: \"{{ lookup('ansible.builtin.env', 'MY_PASSWORD') }}\"\n"
    found = variables(inventory(text, ESET_PASSWORD="", MY_PASSWORD=DEFAULT_ESET_PASSWORD))
    assert plain(found["incident_closure_eset_device_uuid"]) == "d1"


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
