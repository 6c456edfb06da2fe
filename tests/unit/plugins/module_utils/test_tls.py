# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and TLS settings: what is wrong, and what to change."""

from __future__ import annotations

import ssl

import certifi
import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _tls

HINTS = _tls.CERTIFICATE_HINTS


@pytest.mark.parametrize(
    ["code", "message", "hint"],
    [
        (18, "self-signed certificate", "authority"),
        (19, "self-signed certificate in certificate chain", "authority"),
        (20, "unable to get local issuer certificate", "authority"),
        (10, "certificate has expired", "dates"),
        (9, "certificate is not yet valid", "dates"),
        (62, "Hostname mismatch, certificate is not valid for 'soar.example.com'.", "name"),
        (64, "IP address mismatch, certificate is not valid for '127.0.0.1'.", "name"),
        (23, "certificate revoked", "revoked"),
        # Python 3.13 and newer
        (85, "Missing Authority Key Identifier", "form"),
        (86, "Missing Subject Key Identifier", "form"),
        (89, "Basic Constraints of CA cert not marked critical", "form"),
        (92, "CA cert does not include key usage extension", "form"),
        (66, "EE certificate key too weak", "form"),
        (24, "invalid CA certificate", "form"),
    ],
)
def test_the_cause_of_a_rejected_certificate_is_named(code, message, hint):
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    assert _tls.explain_certificate(error) == (message.rstrip("."), HINTS[hint])


def test_an_error_without_a_code_is_explained():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    assert _tls.explain_certificate(error) == ("it could not be verified", HINTS["form"])


def test_a_reason_that_ends_with_a_letter_is_kept():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = 23, "revoked by X."
    assert _tls.explain_certificate(error) == ("revoked by X", HINTS["revoked"])


def test_a_bundle_is_a_pem_file_or_a_directory(tmp_path):
    assert _tls.is_bundle(certifi.where())
    assert _tls.is_bundle(str(tmp_path))


@pytest.mark.parametrize(
    "content", [b"", b"not a certificate", b"\x30\x82\x03\x00", b"-----BEGIN CERTIFICATE-----\nx\n"]
)
def test_a_file_that_is_not_a_bundle_is_found(figures, tmp_path, content):
    figures["bad inputs"] += 1
    (tmp_path / "ca.pem").write_bytes(content)
    assert not _tls.is_bundle(str(tmp_path / "ca.pem"))


def test_a_key_log_that_cannot_be_written_is_found(monkeypatch, tmp_path):
    for path, can in (("", True), (tmp_path / "keys.log", True), (tmp_path, False), (tmp_path / "no" / "keys", False)):
        monkeypatch.setenv("SSLKEYLOGFILE", str(path))
        assert _tls.can_log_keys() is can


@pytest.mark.parametrize("check", [lambda: _tls.is_bundle(certifi.where()), _tls.can_log_keys])
def test_a_setting_is_tried_in_the_way_in_which_clients_verify_servers(monkeypatch, tmp_path, check):
    protocols = []

    class Context(ssl.SSLContext):
        def __new__(cls, protocol):
            protocols.append(protocol)
            return super().__new__(cls, protocol)

    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    monkeypatch.setattr(ssl, "SSLContext", Context)
    assert check()
    assert protocols == [ssl.PROTOCOL_TLS_CLIENT]


def test_the_variable_of_a_key_log_may_contain_other_variables(monkeypatch, tmp_path):
    monkeypatch.setenv("FOLDER_OF_THE_TEST", str(tmp_path / "no"))
    monkeypatch.setenv("SSLKEYLOGFILE", "$FOLDER_OF_THE_TEST/keys")
    assert not _tls.can_log_keys()


def test_no_key_log_is_needed(monkeypatch, tmp_path):
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert _tls.can_log_keys()
    assert list(tmp_path.iterdir()) == []
