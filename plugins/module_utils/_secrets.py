# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove the secrets of a run from strings. This file is private to the collection and may change in any release."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

# Characters that percent-encoding keeps: none; those of quote(); those of JavaScript's encodeURIComponent() and encodeURI()
LEFT_BARE = ("", "/", "!*'()", "!*'();,/?:@&=+$#")

MAX_SERVER_WORDS = 300  # characters of a server's string in a message


class Secrets:
    """All secrets of a run.

    :param register: called with each form that a secret may have in a string, such as ``module.no_log_values.add``.
    """

    def __init__(self, register: Callable[[str], object] = lambda form: None) -> None:
        self._register = register
        self._forms: list[str] = []  # the longest first, because one may contain another

    def add(self, secret: str, username: str | None = None) -> None:
        """Add a secret: as it is, percent-encoded, escaped as in JSON, and in base64 (with a user name: also as in Basic)."""
        encoded = {quote_plus(secret), *(quote(secret, safe=bare) for bare in LEFT_BARE)}
        encoded |= {re.sub("%..", lambda octet: octet[0].lower(), form) for form in encoded}
        forms = {secret, *encoded, *_escape(secret), *_encode(secret)}
        if username:
            forms |= _encode(f"{username}:{secret}")
        for form in forms:
            self._register(form)
        self._forms = sorted(forms.union(self._forms), key=len, reverse=True)

    def redact(self, text: str) -> str:
        """Return a string without secrets in any form."""
        for form in self._forms:
            text = text.replace(form, "********")
        return text

    def show(self, text: Any) -> str:
        """Return a string of a server for a message; empty for other values.

        :returns: the beginning of it, on one line, without secrets and final period.
        """
        if not isinstance(text, str):
            return ""
        # A secret may contain the spaces that replace line breaks.
        return self.redact(" ".join(self.redact(text).split()))[:MAX_SERVER_WORDS].rstrip(".")

    def in_keys_of(self, value: Any) -> bool:
        """Return whether a key in nested lists and dictionaries contains a secret, because Ansible checks only values."""
        inner = [value]
        while inner:
            value = inner.pop()
            if isinstance(value, dict):
                if any(form in str(key) for key in value for form in self._forms):
                    return True
                value = value.values()
            elif not isinstance(value, list):
                continue
            inner.extend(item for item in value if isinstance(item, (dict, list)))
        return False


def _escape(text: str) -> set[str]:
    """Return the forms of a string in JSON: with few escapes, and with those that Python, Go, .NET, and PHP add."""
    short, ascii_only = json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
    forms = {short, ascii_only}
    forms |= {re.sub("[&<>]", _escape_character, form) for form in forms}
    forms.add(re.sub("\\\\\"|[&'+<>`]", _escape_character, ascii_only))
    forms |= {re.sub(r"\\u....", lambda escape: "\\u" + escape[0][2:].upper(), form) for form in forms}
    return forms | {form.replace("/", "\\/") for form in forms}


def _escape_character(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0][-1]):04x}"


def _encode(text: str) -> set[str]:
    """Return the forms of a string in base64, of both alphabets, with and without padding."""
    padded = {encode(text.encode()).decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    return padded | {form.rstrip("=") for form in padded}
