# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that products share: what counts, and what is rejected before anything is sent."""

from __future__ import annotations

import base64
import shutil

import certifi
import pytest

from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible_collections.secops.incident_closure.plugins.module_utils import _options as options
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

VARIABLES = {"access_token": "ESET_ACCESS_TOKEN", "username": "ESET_USERNAME", "password": "ESET_PASSWORD"}
KINDS = (("access_token",), ("username", "password"))
HTTP = {"timeout": 75, "deadline": 0, "retries": 5, "rate_limit": 10, "validate_certs": True, "ca_path": None}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in (*VARIABLES.values(), *options.BUNDLE_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def chosen(monkeypatch, explicit, environment):
    for option, value in environment.items():
        monkeypatch.setenv(VARIABLES[option], value)
    return options.read_credentials({**dict.fromkeys(VARIABLES), **explicit}, Secrets(), VARIABLES, *KINDS)


@pytest.mark.parametrize(
    ["explicit", "environment", "result"],
    [
        ({"access_token": "t"}, {}, {"access_token": "t"}),
        ({}, {"access_token": "t"}, {"access_token": "t"}),
        ({}, {"username": "u", "password": "p"}, {"username": "u", "password": "p"}),
        ({"username": "u"}, {"password": "p", "access_token": "t"}, {"username": "u", "password": "p"}),
        ({"access_token": "t"}, {"username": "u", "password": "p"}, {"access_token": "t"}),
        ({"access_token": "t"}, {"access_token": "other"}, {"access_token": "t"}),
        ({"access_token": ""}, {"username": "u", "password": "p"}, {"username": "u", "password": "p"}),
        ({}, {"username": "u", "password": "p", "access_token": ""}, {"username": "u", "password": "p"}),
    ],
)
def test_credentials_of_the_task_shut_out_other_kinds_of_the_environment(monkeypatch, explicit, environment, result):
    assert chosen(monkeypatch, explicit, environment) == result


@pytest.mark.parametrize(
    ["explicit", "environment", "complaint"],
    [
        (
            {},
            {},
            "missing credentials: give access_token (ESET_ACCESS_TOKEN), "
            "or username (ESET_USERNAME) and password (ESET_PASSWORD)",
        ),
        ({}, {"access_token": ""}, "missing credentials"),
        ({"username": "u"}, {}, "missing password (ESET_PASSWORD)"),
        ({"password": "p"}, {}, "missing username (ESET_USERNAME)"),
        ({"access_token": "t", "password": "p"}, {}, "give only one of access_token"),
        ({}, {"access_token": "t", "username": "u", "password": "p"}, "give only one of access_token"),
    ],
)
def test_credentials_have_to_be_whole_and_of_one_kind(figures, monkeypatch, explicit, environment, complaint):
    figures["bad inputs"] += 1
    with pytest.raises(options.InvalidOptionError) as error:
        chosen(monkeypatch, explicit, environment)
    assert str(error.value).startswith(complaint)


def test_credentials_are_held_as_secrets_but_for_the_user_name():
    held = set()
    params = {"access_token": None, "username": "api", "password": "p w"}
    options.read_credentials(params, Secrets(held.add), VARIABLES, *KINDS)
    assert "p w" in held
    assert "p%20w" in held
    assert "api" not in held


@pytest.mark.parametrize(
    ["explicit", "environment"],
    [({"username": "api", "password": "p w"}, {}), ({}, {"username": "api", "password": "p w"})],
)
def test_a_password_is_held_in_the_form_of_a_basic_header(monkeypatch, explicit, environment):
    held = set()
    for option, value in environment.items():
        monkeypatch.setenv(VARIABLES[option], value)
    options.read_credentials({**dict.fromkeys(VARIABLES), **explicit}, Secrets(held.add), VARIABLES, *KINDS)
    assert base64.b64encode(b"api:p w").decode() in held


def test_a_key_is_held_in_the_form_of_a_basic_header_with_the_account():
    held = set()
    params = {"api_key": "k w", "username": "api"}
    options.read_credentials(params, Secrets(held.add), {"api_key": "D3_API_KEY"}, ("api_key",))
    assert base64.b64encode(b"api:k w").decode() in held


def test_no_credentials_are_needed_where_they_are_not_required():
    params = dict.fromkeys(VARIABLES)
    assert options.read_credentials(params, Secrets(), VARIABLES, *KINDS, required=False) == {}


SPEC = {"count": {"type": "int", "default": 7}, "name": {"type": "str"}, "url": {"type": "str", "required": True}}


@pytest.mark.parametrize("unset", [{}, {"count": None, "name": ""}])
def test_validated_options_have_their_types_and_defaults(unset):
    assert options.validate_options({"url": "x", **unset}, SPEC) == {"url": "x", "count": 7, "name": None}


def test_validated_options_are_those_that_are_given():
    given = {"url": "x", "count": "8", "name": "n"}
    assert options.validate_options(given, SPEC) == {"url": "x", "count": 8, "name": "n"}


def test_every_invalid_option_is_named():
    with pytest.raises(options.InvalidOptionError) as error:
        options.validate_options({"count": "many"}, SPEC)
    first, second = str(error.value).split("; ")
    assert first == "missing required arguments: url"
    assert "count" in second


def test_a_validated_option_can_be_sent():
    with pytest.raises(options.InvalidOptionError, match="^name is not valid UTF-8$"):
        options.validate_options({"url": "x", "name": "\udcfc"}, SPEC)


def test_an_unknown_option_is_named():
    with pytest.raises(options.InvalidOptionError, match="^cuont is not an option: check its spelling$"):
        options.validate_options({"url": "x", "cuont": 3}, SPEC)


def test_a_key_log_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
    with pytest.raises(options.InvalidOptionError) as error:
        options.check_key_log()
    assert str(error.value) == (
        "SSLKEYLOGFILE names a file that cannot be written: correct or unset this environment variable"
    )


@pytest.mark.parametrize(
    ["name", "value"], [("timeout", 1), ("timeout", 3600), ("deadline", 10**6), ("retries", 100), ("rate_limit", 1000)]
)
def test_a_number_at_the_end_of_its_range_is_taken(name, value):
    assert options.client_options({**HTTP, name: value})[name] == value


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("ESET_REGION", "")
    with pytest.raises(AnsibleFallbackNotFound):
        options.read_environment("ESET_REGION")
    monkeypatch.setenv("ESET_REGION", "eu")
    assert options.read_environment("ESET_REGION") == "eu"


@pytest.mark.parametrize(
    "url",
    [
        "https://soar.example.com/MainApp/VSOC",
        "https://soar.example.com:8443",
        "https://soar.example.com/X",
        "http://localhost:1",
        "http://127.8.9.1",
        "http://[::1]:8080/x",
    ],
)
def test_addresses_that_are_taken(url):
    assert options.parse_url({"url": url + "/"}, "url", Secrets()) == url


@pytest.mark.parametrize(
    ["url", "complaint"],
    [
        (None, "url is not a URL"),
        ("", "url is not a URL"),
        ("soar.example.com", "url is not a URL"),
        ("ftp://soar.example.com", "url is not a URL"),
        ("https://", "url is not a URL"),
        ("https://soar.example.com:port", "url is not a URL"),
        ("https://[::1", "url is not a URL"),
        ("https://soar.example.com\\@evil.example", "url must not contain credentials"),
        ("https://soar.example.com\\x", "url is not a URL"),
        ("https://soar.exa mple.com", "url is not a URL"),
        ("https://soar.example.com/\nx", "url is not a URL"),
        ("http://soar.example.com", "url must be https"),
        ("http://127.0.0.1.example.com", "url must be https"),
        ("http://localhost.example.com", "url must be https"),
        ("https://api:pa55@soar.example.com", "url must not contain credentials"),
        ("https://t0k3n@soar.example.com", "url must not contain credentials"),
        ("https://soar.example.com?key=1", "url must end before"),
        ("https://soar.example.com#x", "url must end before"),
    ],
)
def test_addresses_that_are_refused(figures, url, complaint):
    figures["bad inputs"] += 1
    with pytest.raises(options.InvalidOptionError) as error:
        options.parse_url({"url": url}, "url", Secrets())
    assert str(error.value).startswith(complaint)


def test_a_credential_in_an_address_is_held_as_a_secret():
    held = set()
    with pytest.raises(options.InvalidOptionError):
        options.parse_url({"url": "https://api:pa%2055@soar.example.com"}, "url", Secrets(held.add))
    assert {"pa 55", "pa%2055"} <= held


@pytest.mark.parametrize(
    ["asked", "ids"],
    [
        (["a", "b", "a"], ["a", "b"]),
        ([" a\r"], ["a"]),
        (["../x", "a/b", "x?y", "id:reopen"], ["../x", "a/b", "x?y", "id:reopen"]),
        (
            ["ABCDEF00-0000-4000-8000-00000000000A", "abcdef00-0000-4000-8000-00000000000a"],
            ["abcdef00-0000-4000-8000-00000000000a"],
        ),
        (["A", "a"], ["A", "a"]),
    ],
)
def test_incidents_that_are_taken(asked, ids):
    assert options.read_ids({"incident_numbers": asked}, "incident_numbers") == ids


@pytest.mark.parametrize(
    ["asked", "complaint"],
    [
        (None, "incident_numbers is empty: name at least one incident"),
        ([], "incident_numbers is empty: name at least one incident"),
        (["a", " "], 'incident_numbers, entry 2: "" is not an incident id'),
        (["None"], 'incident_numbers, entry 1: "None" is not an incident id'),
        (["a", ".."], 'incident_numbers, entry 2: ".." is not an incident id'),
        (["a;b"], 'incident_numbers, entry 1: "a;b" is not a single incident id: give a list of ids'),
        (
            ["a\u200b"],
            'incident_numbers, entry 1: "a\\u200b" contains an invisible or typographic character: type the id again',
        ),
        (
            ["2026\u20111"],
            'incident_numbers, entry 1: "2026\\u20111" contains an invisible or typographic character: type the id again',
        ),
    ],
)
def test_incidents_that_are_refused(figures, asked, complaint):
    figures["bad inputs"] += 1
    with pytest.raises(options.InvalidOptionError) as error:
        options.read_ids({"incident_numbers": asked}, "incident_numbers")
    assert str(error.value) == complaint


@pytest.mark.parametrize(
    ["wrong", "complaint"],
    [
        ({"timeout": 0}, "timeout must be from 1 to 3600, not 0"),
        ({"deadline": -1}, "deadline must be from 0 to 1000000, not -1"),
        ({"retries": -1}, "retries must be from 0 to 100, not -1"),
        ({"rate_limit": -1}, "rate_limit must be from 0 to 1000, not -1"),
        ({"ca_path": "/nowhere/ca.pem"}, "ca_path: there is no file or directory /nowhere/ca.pem"),
    ],
)
def test_options_of_the_connection_that_are_refused(figures, wrong, complaint):
    figures["bad inputs"] += 1
    with pytest.raises(options.InvalidOptionError) as error:
        options.client_options({**HTTP, **wrong})
    assert str(error.value) == complaint


def test_verification(monkeypatch, tmp_path):
    mine, theirs = (shutil.copy(certifi.where(), tmp_path / name) for name in ("mine.pem", "theirs.pem"))
    assert options.client_options(HTTP)["verify"] is True
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(theirs))
    assert options.client_options(HTTP)["verify"] == str(theirs)
    assert options.client_options({**HTTP, "ca_path": str(mine)})["verify"] == str(mine)
    assert options.client_options({**HTTP, "ca_path": str(mine), "validate_certs": False})["verify"] is False
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    with pytest.raises(options.InvalidOptionError, match="REQUESTS_CA_BUNDLE: there is no file"):
        options.client_options(HTTP)
    (tmp_path / "gone.pem").touch()
    with pytest.raises(
        options.InvalidOptionError, match=r"REQUESTS_CA_BUNDLE: .*gone.pem is not a readable CA bundle in PEM format"
    ):
        options.client_options(HTTP)


def test_what_is_not_utf_8_is_refused_without_being_told(monkeypatch):
    monkeypatch.setenv("D3_API_KEY", "schl\udcfcssel")
    with pytest.raises(options.InvalidOptionError, match=r"^api_key \(D3_API_KEY\) is not valid UTF-8$"):
        options.read_credentials({"api_key": None, "username": "x"}, Secrets(), {"api_key": "D3_API_KEY"}, ("api_key",))
    with pytest.raises(options.InvalidOptionError, match="^incident_numbers is not valid UTF-8$"):
        options.check_text(["1", "\udcfc"], "incident_numbers")


@pytest.mark.parametrize("value", ["line\nbreak", "trailing ", "schl\u00fcssel", "\x00"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_told(figures, value):
    figures["bad inputs"] += 1
    with pytest.raises(options.InvalidOptionError) as error:
        options.check_header_value(value, "api_key")
    assert str(error.value).startswith("api_key contains a character")
    assert value not in str(error.value)


def test_a_blank_text_is_refused():
    with pytest.raises(options.InvalidOptionError, match=r"site \(D3_SITE\) must not be empty"):
        options.check_not_blank({"site": " "}, "site", "D3_SITE")
