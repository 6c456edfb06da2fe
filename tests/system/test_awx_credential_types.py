# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two credential types: AWX accepts them, and a job works with the environment that they create.

The rules are those of AWX's CredentialTypeInputField and CredentialTypeInjectorField. The same function as in AWX
creates the environment.
"""

from __future__ import annotations

import json
import re
import ssl
import tempfile
import textwrap
from pathlib import Path

import pytest
from sandbox import COLLECTION

from ansible_collections.secops.incident_closure.plugins.doc_fragments import d3, eset
from ansible_collections.secops.incident_closure.plugins.modules import d3_close_incidents_bulk, eset_incident_close
from simulator import (
    DEFAULT_D3_KEY,
    DEFAULT_D3_LOOKUP_KEY,
    DEFAULT_D3_SITE,
    DEFAULT_D3_USERNAME,
    DEFAULT_ESET_PASSWORD,
    DEFAULT_ESET_USERNAME,
    Simulator,
)

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
jinja2 = pytest.importorskip("jinja2", reason="Jinja2 is not installed")
inject_api = pytest.importorskip(
    "awx_plugins.interfaces._temporary_private_inject_api", reason="awx_plugins.interfaces is not installed"
)
plugin_api = pytest.importorskip("awx_plugins.interfaces._temporary_private_api")

AWX = COLLECTION / "extensions" / "awx"
FRAGMENTS = {"d3": d3.ModuleDocFragment, "eset": eset.ModuleDocFragment}
MODULES = {"d3": d3_close_incidents_bulk, "eset": eset_incident_close}
KEYS = {
    "string": {"id", "label", "type", "help_text", "secret", "multiline", "format"},
    "boolean": {"id", "label", "type", "help_text"},
}


@pytest.fixture(params=sorted(MODULES))
def product(request):
    return request.param


def load(product):
    return yaml.safe_load((AWX / "credential_types" / f"{product}.yml").read_text(encoding="utf-8"))


@pytest.fixture
def definition(product):
    return load(product)


def fields(definition):
    return {field["id"]: field for field in definition["inputs"]["fields"]}


def inject(product, inputs, folder):
    """Return the environment that AWX creates for a credential, and the one that it shows to people."""
    definition = load(product)
    credential_type = plugin_api.ManagedCredentialType(
        namespace=product,
        name=definition["name"],
        kind=definition["kind"],
        inputs=definition["inputs"],
        injectors=definition["injectors"],
    )
    (folder / "env").mkdir(exist_ok=True)
    env, shown, arguments = {}, {}, []
    inject_api.inject_credential(credential_type, plugin_api.Credential(inputs), env, shown, arguments, str(folder))
    assert arguments == []  # no input becomes an extra variable
    # A container mounts the folder at /runner; here it keeps its path.
    return {name: re.sub("^/runner(?=/)", str(folder), value) for name, value in env.items()}, shown


# --- the rules -------------------------------------------------------------------------------------------------------


def test_the_form_and_the_module_accept_the_type(definition):
    assert set(definition) == {"name", "description", "kind", "inputs", "injectors"}
    assert definition["kind"] == "cloud"  # people may create types of the kinds cloud and net only
    assert set(definition["inputs"]) <= {"fields", "required"}
    assert set(definition["injectors"]) <= {"env", "file", "extra_vars"}


def test_awx_accepts_the_inputs(definition):
    declared = fields(definition)
    assert len(declared) == len(definition["inputs"]["fields"])
    assert set(definition["inputs"].get("required", [])) <= set(declared)
    for name, field in declared.items():
        assert re.fullmatch("[a-zA-Z_]+[a-zA-Z0-9_]*", name)
        assert name != "tower"
        assert field["label"]
        assert field.get("format") in (None, "url")
        # A default would not apply to credentials from the API, and the first of several choices would apply to all others.
        assert set(field) <= KEYS[field["type"]]


def test_optional_inputs_may_be_empty(definition):
    """AWX also checks the format of an empty input."""
    formatted = {name for name, field in fields(definition).items() if "format" in field}
    assert formatted <= set(definition["inputs"].get("required", []))


def test_awx_accepts_the_injectors(definition):
    class Exploding:
        def __str__(self):
            raise jinja2.UndefinedError("tower is reserved")

    class Tower(Exploding):
        filename = "EXAMPLE_FILENAME" if "template" in definition["injectors"].get("file", {}) else Exploding()

    assert set(definition["injectors"].get("file", {})) == {"template"}
    sandbox = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    namespace = {**dict.fromkeys(fields(definition), "EXAMPLE"), "tower": Tower()}
    for injector in definition["injectors"].values():
        for name, template in injector.items():
            assert isinstance(template, str)
            assert template.isascii()
            sandbox.from_string(template).render(namespace)  # an undeclared input raises UndefinedError
            assert re.fullmatch("[a-zA-Z_]+[a-zA-Z0-9_]*", name)
    for name in definition["injectors"]["env"]:
        assert not name.startswith("ANSIBLE_")
        assert name not in inject_api.ENV_BLOCKLIST


def test_the_environment_has_every_variable_of_the_connection(product, definition):
    documented = set(re.findall(rf"E\(({product.upper()}_\w+)\)", FRAGMENTS[product].DOCUMENTATION))
    assert set(definition["injectors"]["env"]) == documented


def test_secret_inputs_are_marked_as_secret(product, definition):
    secret = {name for name, field in fields(definition).items() if field.get("secret")}
    assert secret == {name for name, option in MODULES[product].argument_spec().items() if option.get("no_log")}


# --- the environment ------------------------------------------------------------------------------------------------


def test_missing_inputs_become_empty_variables(product, tmp_path):
    env, dummy = inject(product, {}, tmp_path)
    verify = f"{product.upper()}_VALIDATE_CERTS"
    assert env.pop(verify) == "True"  # without an input, the verification stays on
    assert set(env.values()) == {""}


def test_inputs_become_variables(product, definition, tmp_path):
    inputs = {name: f"value of {name}" for name, field in fields(definition).items() if field["type"] == "string"}
    env, dummy = inject(product, {**inputs, "do_not_verify_certs": True}, tmp_path)
    prefix = product.upper() + "_"
    assert env.pop(prefix + "VALIDATE_CERTS") == "False"
    assert Path(env.pop(prefix + "CA_PATH")).read_text(encoding="utf-8") == inputs.pop("ca_bundle")
    assert env == {prefix + name.upper(): value for name, value in inputs.items()}


def test_secrets_are_not_shown(product, definition, tmp_path):
    secrets = {name: f"secret {name}" for name, field in fields(definition).items() if field.get("secret")}
    dummy, shown = inject(product, secrets, tmp_path)
    assert not [value for value in shown.values() if "secret " in value]


# --- a job -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def run_job(sandbox):
    """Return a function that runs a playbook of the guide's project as a job, with only the environment of a credential."""
    pytest.importorskip("ansible_runner", reason="ansible-runner is not installed")
    project = sandbox.folder / "project"
    project.mkdir()
    guide = (COLLECTION / "docs/docsite/rst/awx.rst").read_text(encoding="utf-8")
    for name, text in re.findall(r"example-file: (\w+\.yml)\n\n.. code-block:: yaml\n\n((?: .*\n)+)", guide):
        (project / name).write_text(textwrap.dedent(text), encoding="utf-8")

    inventory = project / "inventory"
    inventory.mkdir()
    for file in project.glob("[0-9]_*.yml"):
        file.rename(inventory / file.name)

    def run(product, inputs, playbook, *arguments, **extra_vars):
        private = Path(tempfile.mkdtemp(dir=sandbox.folder))
        for name in ("env", "inventory"):
            (private / name).mkdir()
        env, dummy = inject(product, inputs, private)
        (private / "env" / "envvars").write_text(json.dumps(env), encoding="utf-8")
        (private / "env" / "extravars").write_text(json.dumps(extra_vars), encoding="utf-8")
        (private / "inventory" / "hosts").write_text("", encoding="utf-8")
        words = ["ansible-runner", "run", private, "-p", playbook, "--project-dir", project]
        if arguments:
            words.append("--cmdline=" + " ".join(arguments))
        job = sandbox.run(*words)
        assert job.returncode == 0, job.stdout + job.stderr
        return job.stdout

    run.project, run.sandbox = project, sandbox
    return run


def test_a_job_closes_in_d3(run_job):
    """The connection uses TLS with a private CA, which the job receives as a file."""
    trustme = pytest.importorskip("trustme", reason="trustme is not installed")
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with Simulator(tls=tls) as sim:
        inputs = {
            "url": sim.d3_url,
            "username": DEFAULT_D3_USERNAME,
            "site": DEFAULT_D3_SITE,
            "api_key": DEFAULT_D3_KEY,
            "lookup_api_key": DEFAULT_D3_LOOKUP_KEY,
            "ca_bundle": authority.cert_pem.bytes().decode(),
        }
        incident = "20260112-101"
        run_job("d3", inputs, "close_incidents.yml", "--check", incident_numbers=incident)  # job_type: check
        assert not sim.calls("d3.close")
        output = run_job("d3", inputs, "close_incidents.yml", incident_numbers=incident)
        assert sim.d3.incidents[incident].closings == 1
        assert len(sim.calls("d3.close")) == 1
        assert DEFAULT_D3_KEY not in output


def eset_inputs(sim):
    return {
        "api_url": sim.eset_url,
        "auth_url": sim.eset_url,
        "device_url": sim.eset_url,
        "username": DEFAULT_ESET_USERNAME,
        "password": DEFAULT_ESET_PASSWORD,
        "access_token": "",
    }


def test_a_job_closes_in_eset(run_job):
    with Simulator() as sim:
        inputs = eset_inputs(sim)
        incidents = (
            "5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21\n8e41c6d3-90ab-4f27-a1d5-72c0be94f612"  # in the form of a survey
        )
        output = run_job(
            "eset",
            inputs,
            "close_incidents.yml",
            incident_uuids=incidents,
            close_incidents_closure_reason="true_positive",
        )
        assert [sim.eset.incidents[incident].closings for incident in incidents.split()] == [1, 1]
        assert len(sim.calls("eset.close")) == 2
        assert DEFAULT_ESET_PASSWORD not in output


# --- an inventory source ---------------------------------------------------------------------------------------------


@pytest.fixture
def update_inventory(run_job, tmp_path):
    """Return a function that reads the folder of the guide as AWX's RunInventoryUpdate does."""
    setup = (AWX / "tasks" / "setup.yml").read_text(encoding="utf-8")
    (source,) = [task["args"] for task in yaml.safe_load(setup) if "source_vars" in task.get("args", {})]

    def update(inputs):
        (tmp_path / "env").mkdir(exist_ok=True)
        env, dummy = inject("eset", inputs, tmp_path)
        environment = {
            **env,
            **source["source_vars"],
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_INVENTORY_EXPORT": "True",
        }
        folder = run_job.project / "inventory"
        words = ["ansible-inventory", "--list", "--export", "-i", folder, "--playbook-dir", folder]
        return run_job.sandbox.run(*words, **environment)

    return update


def test_an_inventory_source_turns_incidents_into_hosts(update_inventory, run_job, tmp_path):
    with Simulator() as sim:
        update = update_inventory(eset_inputs(sim))
        assert update.returncode == 0, update.stderr
        assert DEFAULT_ESET_PASSWORD not in update.stdout + update.stderr
    inventory = json.loads(update.stdout)
    hosts = inventory["_meta"]["hostvars"]
    assert set(hosts) == {
        "fs01.example.com",
        "ws07",
        "ws08",
        "build02",
        "web03",
    }  # without the host of a closed incident
    assert set(inventory["managed"]["hosts"]) == set(hosts)
    # AWX passes its stored inventory to a job as a script.
    script = tmp_path / "hosts"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{update.stdout}\nEND\n", encoding="utf-8")
    script.chmod(0o700)
    text = "{{ ([ansible_host, incident_closure_eset_device_uuid] + incident_closure_eset_incidents) | join(' ') }}"
    words = ["ansible", "fs01.example.com", "-i", script, "-m", "debug", "-a", f'msg="{text}"']
    job = run_job.sandbox.run(*words)
    # With the second variable, the device check reads the devices before the job closes the incident.
    assert "192.0.2.1 c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a101 5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21" in job.stdout


def test_an_inventory_source_fails_if_the_incidents_cannot_be_read(update_inventory):
    """Otherwise, AWX would store an inventory in which no host is part of an incident."""
    with Simulator() as sim:
        update = update_inventory({**eset_inputs(sim), "password": "wrong"})
    assert update.returncode != 0
    assert "Traceback" not in update.stderr
