# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections of the modules: TLS with real certificates, proxies, redirects, and .netrc, on the loopback interface."""

from __future__ import annotations

import ssl
from datetime import datetime, timezone

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _task as task
from ansible_collections.secops.incident_closure.plugins.modules import d3_close_incidents_bulk, eset_incident_close
from simulator import DEFAULT_D3_KEY, DEFAULT_ESET_ACCESS_TOKEN, Simulator

trustme = pytest.importorskip("trustme", reason="trustme makes the certificates of these tests")

MODULES = [d3_close_incidents_bulk, eset_incident_close]
SCENARIO = {"d3": {"incidents": ["1"]}, "eset": {"incidents": ["1"]}}


def options_for(module, sim):
    if module is eset_incident_close:
        return {"api_url": sim.eset_url, "access_token": DEFAULT_ESET_ACCESS_TOKEN, "incident_uuids": ["1"]}
    return {
        "url": sim.d3_url,
        "api_key": DEFAULT_D3_KEY,
        "username": "soar-automation",
        "site": "Security Operations",
        "state_lookup": "skip",
        "incident_numbers": ["1"],
    }


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def served(authority, request, tmp_path):
    """Run a simulator with HTTPS and the certificate that the test names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if request.param == "self-signed":
        itself = tmp_path / "itself.pem"
        authority.cert_pem.write_to_path(itself)
        authority.private_key_pem.write_to_path(itself, append=True)
        context.load_cert_chain(itself)
    else:
        terms = {
            "good": ("127.0.0.1", {}),
            "of another host": ("soar.example.com", {}),
            "expired": ("127.0.0.1", {"not_after": datetime(2020, 1, 1, tzinfo=timezone.utc)}),
        }
        name, dates = terms[request.param]
        if dates:
            dates["not_before"] = datetime(2019, 1, 1, tzinfo=timezone.utc)
        authority.issue_cert(name, **dates).configure_cert(context)
    with Simulator(tls=context, scenario=SCENARIO) as sim:
        yield sim


def closed(result):
    return [row["outcome"] for row in result["incidents"]] == ["closed"]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("served", ["good"], indirect=True)
class TestGoodCertificate:
    def test_is_rejected_without_its_ca(self, module, served, run_module):
        result = run_module(module, options_for(module, served))
        assert result["failed"]
        assert "certificate" in result["msg"]
        assert "set ca_path" in result["msg"]
        assert served.journal == []

    def test_is_accepted_with_ca_path(self, module, served, run_module, bundle):
        assert closed(run_module(module, {**options_for(module, served), "ca_path": bundle}))

    def test_an_invalid_bundle_is_an_error(self, module, served, run_module, tmp_path):
        (tmp_path / "notes.txt").write_text("not a certificate")
        result = run_module(module, {**options_for(module, served), "ca_path": str(tmp_path / "notes.txt")})
        assert "notes.txt is not a readable CA bundle in PEM format" in result["msg"]
        assert "ca_path" in result["msg"]
        assert result["gave_up"]

    def test_is_accepted_with_a_bundle_in_the_environment(self, module, served, run_module, bundle, monkeypatch):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        assert closed(run_module(module, options_for(module, served)))

    def test_is_accepted_with_the_variable_of_the_product(self, module, served, run_module, bundle, monkeypatch):
        monkeypatch.setenv("D3_CA_PATH" if module is d3_close_incidents_bulk else "ESET_CA_PATH", bundle)
        assert closed(run_module(module, options_for(module, served)))


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ["served", "reason", "hint"],
    [
        ("self-signed", "self", "set ca_path"),
        ("of another host", "mismatch", "use a name from the certificate in"),
        ("expired", "expired", "renew it"),
    ],
    indirect=["served"],
)
class TestBadCertificate:
    def test_is_rejected_even_with_its_ca(self, module, served, reason, hint, run_module, bundle, monkeypatch):
        if reason != "self":
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        result = run_module(module, options_for(module, served))
        assert result["failed"]
        assert "certificate of 127.0.0.1 was not accepted" in result["msg"]
        assert reason in result["msg"]
        assert hint in result["msg"]
        assert served.journal == []

    def test_is_accepted_without_verification(
        self, module, served, reason, hint, run_module, bundle, monkeypatch, recwarn
    ):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)  # must not turn the verification on again
        assert closed(run_module(module, {**options_for(module, served), "validate_certs": False}))
        assert not recwarn.list

    def test_is_accepted_with_the_value_that_awx_sets(self, module, served, reason, hint, run_module, monkeypatch):
        monkeypatch.setenv("D3_VALIDATE_CERTS" if module is d3_close_incidents_bulk else "ESET_VALIDATE_CERTS", "False")
        assert closed(run_module(module, options_for(module, served)))


@pytest.fixture
def plain():
    with Simulator(scenario=SCENARIO) as sim:
        yield sim


@pytest.mark.parametrize("module", MODULES)
class TestPlainHttp:
    def test_https_to_a_port_with_http_is_an_error(self, module, plain, run_module):
        options = options_for(module, plain)
        name = "url" if "url" in options else "api_url"
        result = run_module(module, {**options, name: options[name].replace("http:", "https:")})
        assert "TLS with 127.0.0.1 failed" in result["msg"]
        assert name in result["msg"]

    def test_a_proxy_of_the_environment_is_used(self, module, plain, run_module, monkeypatch):
        with Simulator(
            scenario=SCENARIO
        ) as proxy:  # the simulator accepts whole addresses, which requests to a proxy contain
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", "")
            monkeypatch.setenv("no_proxy", "")
            assert closed(run_module(module, options_for(module, plain)))
            assert plain.journal == []
            assert all(call.target.startswith(plain.url) for call in proxy.journal)

    def test_an_unreachable_proxy_is_named_without_its_password(self, module, plain, run_module, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://user:pr0xy-pa55@127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        result = run_module(module, options_for(module, plain))
        assert "the proxy did not let the connection through: correct HTTP_PROXY or NO_PROXY" in result["msg"]
        assert "pr0xy-pa55" not in str(result)

    @pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
    @pytest.mark.parametrize("wrong", ["127.0.0.1:9 ", "127.0.0.1:port", "127.0.0.1:9\n"])
    def test_a_wrong_proxy_setting_is_named_before_the_first_request(
        self, module, plain, run_module, monkeypatch, variable, wrong
    ):
        monkeypatch.setenv(variable, "http://user:pr0xy-pa55@" + wrong)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        result = run_module(module, options_for(module, plain))
        assert f"the proxy setting in {variable} is wrong" in result["msg"]
        assert result["gave_up"]
        assert "pr0xy-pa55" not in str(result)
        assert plain.journal == []

    def test_a_key_log_that_cannot_be_written_is_named(self, module, plain, run_module, monkeypatch):
        monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys.log")
        monkeypatch.setattr(task, "HAS_REQUESTS", False)  # some versions of requests open it during their import
        result = run_module(module, options_for(module, plain))
        assert "SSLKEYLOGFILE names a file that cannot be written" in result["msg"]
        assert result["gave_up"]

    def test_no_proxy_takes_effect(self, module, plain, run_module, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert closed(run_module(module, options_for(module, plain)))

    def test_a_redirect_does_not_send_credentials_to_another_address(self, module, plain, run_module):
        with Simulator() as elsewhere:
            plain.fault("*", "redirect", times=None, location=elsewhere.url + "/x?key=k")
            result = run_module(module, options_for(module, plain))
            assert "redirects are not followed" in result["msg"]
            assert "Location" not in str(result)
            assert elsewhere.url not in str(result)
            assert elsewhere.journal == []

    def test_netrc_is_not_read(self, module, plain, run_module, monkeypatch, tmp_path):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password n3trc-pa55\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        assert closed(run_module(module, options_for(module, plain)))
        assert not any("basic" in call.headers.get("authorization", "").lower() for call in plain.journal)

    def test_cookies_are_not_kept(self, module, plain, run_module):
        plain.fault("*", "status", status=429, times=1, headers={"Set-Cookie": "session=1; Path=/"})
        assert closed(run_module(module, options_for(module, plain)))
        assert not any("cookie" in call.headers for call in plain.journal)


@pytest.mark.parametrize("module", MODULES)
def test_a_missing_requests_library_is_named_in_one_line(module, plain, run_module, monkeypatch):
    monkeypatch.setattr(task, "HAS_REQUESTS", False)
    result = run_module(module, options_for(module, plain))
    assert "Failed to import the required Python library (requests)" in result["msg"]
    assert len(result["msg"].splitlines()) == 1
    assert result["gave_up"]
    assert plain.journal == []


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    "wrong", [{"retries": -1}, {"retries": "many"}, {"timout": 1}, {"incident_numbers": [], "incident_uuids": []}]
)
def test_a_wrong_option_ends_the_module_with_gave_up(module, plain, run_module, wrong):
    result = run_module(module, {**options_for(module, plain), **wrong})
    assert result["failed"]
    assert result["gave_up"] is True
    assert "incidents" not in result
