# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from a response that is not a success."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from requests.structures import CaseInsensitiveDict

from ansible_collections.secops.incident_closure.plugins.module_utils._http_failures import (
    read_retry_after,
    read_server_words,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ["header", "seconds"],
    [
        (None, 0),
        ("7", 7),
        ("0", 0),
        ("999999999999", MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 2100 23:59:59 GMT", MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("-3", 0),
        ("soon", 0),
        ("Fri, 99 Foo 99999 23:59:59 GMT", 0),
    ],
)
def test_retry_after(header, seconds):
    headers = CaseInsensitiveDict({"retry-after": header} if header else {})
    assert read_retry_after(SimpleNamespace(headers=headers)) == seconds


@pytest.mark.parametrize(
    ["body", "words"],
    [
        (b'{"Error": "Invalid authentication key."}', "Invalid authentication key."),
        (b'{"error": "", "message": "not\\n found "}', "not\n found "),
        (b'{"error": {"code": 7}}', {"code": 7}),
        (b"<html>secret</html>", None),
        (b"[1]", None),
        (b"[" * 100000, None),
    ],
)
def test_only_words_of_an_error_body_are_told(body, words):
    assert read_server_words(body) == words
