# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._awx_settings import (
    PREFIX,
    SETTINGS,
    FilterModule,
    awx_settings,
    input_names,
)

COLLECTION = Path(__file__).absolute().parents[4]
D3 = {"url": "https://soar.example.com/MainApp/VSOC", "username": "a", "site": "b", "api_key": "secret"}
ESET = {"region": "eu", "username": "c", "password": "secret"}
DEFAULTS = {
    "setup_collection": "awx.awx",
    "setup_organization": "Default",
    "setup_name": "Incident closure",
    "setup_project_url": "https://git.example.com/soc.git",
    "setup_inventory_path": "inventory.yml",
    "setup_inventory_cache_timeout": 300,
    "setup_slices": 2,
    "setup_eset": ESET,
}
SCHEDULE = "DTSTART;TZID=Europe/Berlin:20260101T000000 RRULE:FREQ=MINUTELY;INTERVAL=30"


def problem(**settings):
    return awx_settings({**DEFAULTS, **settings})["problem"]


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_awx_settings": awx_settings}


def test_the_filter_reads_the_settings_of_the_playbook():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    (play,) = yaml.safe_load((COLLECTION / "extensions/awx/setup.yml").read_text(encoding="utf-8"))
    assert {PREFIX + name for name in SETTINGS} == {name for name in play["vars"] if name.startswith(PREFIX)}


@pytest.mark.parametrize("product", ["d3", "eset"])
def test_the_filter_accepts_the_inputs_of_the_credential_types(product):
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    file = COLLECTION / "extensions/awx/credential_types" / f"{product}.yml"
    fields = yaml.safe_load(file.read_text(encoding="utf-8"))["inputs"]["fields"]
    assert {field["id"] for field in fields} == set(input_names(product))


def test_return_the_settings_and_the_named_objects():
    result = awx_settings(
        {**DEFAULTS, "setup_d3": D3, "setup_machine_credentials": ["ssh", "vault"], "setup_slices": "4"}
    )
    assert result["problem"] == ""
    assert result["products"] == ["d3", "eset"]
    assert result["settings"]["slices"] == 4
    assert result["settings"]["image"] == ""
    assert result["named"] == [
        {"setting": "setup_organization", "endpoint": "organizations", "name": "Default"},
        {"setting": "setup_machine_credentials", "endpoint": "credentials", "name": "ssh"},
        {"setting": "setup_machine_credentials", "endpoint": "credentials", "name": "vault"},
    ]


def test_an_empty_input_counts_as_unset():
    result = awx_settings({**DEFAULTS, "setup_eset": {**ESET, "access_token": "", "api_url": None}})
    assert result["settings"]["eset"] == ESET


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/soc.git",
        "http://git.example.com/soc.git",
        "ssh://git@git.example.com:2222/soc.git",
        "git@git.example.com:soc/closure.git",
        "file:///srv/git/soc.git",
    ],
)
def test_accept_the_url_of_a_repository(url):
    assert problem(setup_project_url=url) == ""


@pytest.mark.parametrize(
    "settings",
    [
        {"setup_d3": D3},
        {"setup_d3": {**D3, "api_key": "", "jwt": "a", "lookup_jwt": "b", "auth_header": "x"}},
        {"setup_eset": {"region": "us", "access_token": "a", "do_not_verify_certs": True, "ca_bundle": "b"}},
        {
            "setup_eset": {
                "api_url": "https://a.example.com",
                "auth_url": "https://b.example.com",
                "username": "c",
                "password": "d",
            }
        },
        {"setup_eset": {"api_url": "http://127.0.0.1:8080", "access_token": "d"}},
        {"setup_inventory_path": "inventory", "setup_inventory_product": "eset", "setup_schedule": SCHEDULE},
        {"setup_schedule": SCHEDULE.replace(" ", "\n")},
        {"setup_inventory_path": "hosts/eset_incidents.yml", "setup_inventory_product": "eset"},
        {"setup_inventory": "Servers", "setup_inventory_path": ""},
        {"setup_collection": "ansible.controller", "setup_inventory_cache_timeout": 0},
    ],
)
def test_accept_settings(settings):
    assert problem(**settings) == ""


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"setup_slice": 2}, "setup_slice is not a setting: check its spelling"),
        ({"setup_organization": " "}, "setup_organization is not set"),
        ({"setup_name": None}, "setup_name is not set"),
        ({"setup_name": ["a"]}, "setup_name must be a string, not a list"),
        ({"setup_collection": "awx"}, "setup_collection must be one of awx.awx, ansible.controller"),
        ({"setup_eset": {}}, "set setup_d3 or setup_eset, or both, to the inputs of the credentials"),
        ({"setup_eset": "eu"}, "setup_eset must be a dictionary of credential inputs, not a string"),
        ({"setup_project_url": ""}, "setup_project_url is not set"),
        ({"setup_project_url": "git.example.com/soc"}, "setup_project_url is not the URL of a git repository"),
        ({"setup_project_url": "https://a:b@git.example.com/soc"}, "setup_project_url must not contain a password"),
        ({"setup_slices": 0}, "setup_slices must be a whole number from 1 to 999999"),
        ({"setup_slices": True}, "setup_slices must be a whole number from 1 to 999999"),
        ({"setup_inventory_cache_timeout": "soon"}, "setup_inventory_cache_timeout must be a whole number from 0"),
        ({"setup_machine_credentials": "ssh"}, "setup_machine_credentials must be a list of names of credentials"),
        ({"setup_machine_credentials": ["ssh", 5]}, "setup_machine_credentials must be a list of names of credentials"),
        ({"setup_inventory": "Servers"}, "setup_inventory is an existing inventory, so leave setup_inventory_path"),
        (
            {"setup_inventory_path": "../x.yml"},
            "setup_inventory_path must be the path of a file or a folder in the project",
        ),
        (
            {"setup_inventory_path": "/x.yml"},
            "setup_inventory_path must be the path of a file or a folder in the project",
        ),
        ({"setup_inventory_path": ""}, "setup_inventory_path must be the path of a file or a folder in the project"),
        ({"setup_inventory_product": "d3"}, "setup_inventory_product must be one of eset"),
        (
            {"setup_inventory_path": "eset_incidents.yml"},
            "setup_inventory_path names a file for eset: set setup_inventory_product",
        ),
        ({"setup_schedule": "hourly"}, "setup_schedule must be a rule such as DTSTART"),
        ({"setup_schedule": "FREQ=HOURLY"}, "setup_schedule must be a rule such as DTSTART"),
    ],
)
def test_reject_settings(settings, message):
    assert problem(**settings).startswith(message)


@pytest.mark.parametrize(
    "setting, inputs, message",
    [
        ("setup_d3", {**D3, "apikey": "secret"}, "apikey is not an input of the credential, which are url,"),
        ("setup_d3", {**D3, "timeout": "5"}, "timeout is not an input of the credential"),
        ("setup_d3", {**D3, "site": ""}, "site is missing"),
        ("setup_d3", {**D3, "site": 5}, "site must be a string, not a number"),
        ("setup_d3", {**D3, "jwt": "secret"}, "give either api_key or jwt"),
        ("setup_d3", {**D3, "api_key": ""}, "give either api_key or jwt"),
        ("setup_d3", {**D3, "lookup_api_key": "secret", "lookup_jwt": "secret"}, "give only one of lookup_api_key"),
        ("setup_d3", {**D3, "url": "soar"}, "url is not a URL such as"),
        ("setup_d3", {**D3, "url": "http://soar.example.com"}, "url must be https"),
        ("setup_d3", {**D3, "do_not_verify_certs": "yes"}, "do_not_verify_certs must be a boolean, not a string"),
        ("setup_eset", {**ESET, "region": "europe"}, "region must be one of eu, de, us, ca, jpn"),
        ("setup_eset", {**ESET, "region": ""}, "missing region (ESET_REGION), or api_url"),
        (
            "setup_eset",
            {**ESET, "region": "", "api_url": "https://a.example.com"},
            "missing region (ESET_REGION), or auth_url",
        ),
        ("setup_eset", {**ESET, "device_url": "secret"}, "device_url is not a URL such as"),
        ("setup_eset", {**ESET, "password": ""}, "give either username and password, or access_token"),
        ("setup_eset", {**ESET, "access_token": "secret"}, "give either username and password, or access_token"),
    ],
)
def test_reject_inputs_without_showing_a_value(setting, inputs, message):
    text = problem(**{setting: inputs})
    assert text.startswith(f"{setting}: {message}")
    assert "secret" not in text
    assert "\n" not in text


def test_do_not_take_missing_inputs_from_the_environment(monkeypatch):
    """The jobs run in another environment."""
    for name in ("ESET_REGION", "ESET_USERNAME", "ESET_PASSWORD"):
        monkeypatch.setenv(name, "eu")
    assert problem(setup_eset={"ca_bundle": "x"}) != ""
