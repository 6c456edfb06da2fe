# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests, their credentials, and their bodies."""

from __future__ import annotations

import json
from types import SimpleNamespace

from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import (
    Body,
    Call,
    Credential,
    HeaderCredential,
)

CALL = Call("POST", "https://x", "asking", safe=True, accepts=lambda data: True)


def test_a_body_of_json_names_its_type():
    assert CALL.with_json({}).headers == {"Content-Type": "application/json"}


def test_a_body_of_json_is_encoded():
    assert json.loads(CALL.with_json({"text": "sch\u00f6n"}).content) == {"text": "sch\u00f6n"}


def test_a_body_says_whether_sending_it_has_begun():
    body = Body(b"text")
    assert not body.sending
    assert body.read(2) == b"te"
    assert body.sending


def test_a_header_credential_signs_a_request():
    request = SimpleNamespace(headers={})
    assert HeaderCredential("d3key", "secret")(request) is request
    assert request.headers == {"d3key": "secret"}


def test_the_plain_credential_adds_nothing():
    request = SimpleNamespace(headers={})
    assert Credential()(request) is request
    assert request.headers == {}


def test_a_credential_that_stays_the_same_is_never_renewed():
    assert Credential().prepare() is False
