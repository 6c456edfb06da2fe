# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of a run, and how they are kept out of texts. This file is private to the collection and may change in any release."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

# What stays as it is in a percent-encoded text: nothing; as by quote(); as by JavaScript's encodeURIComponent() and encodeURI()
LEFT_BARE = ("", "/", "!*'()", "!*'();,/?:@&=+$#")


class Secrets:
    """The one place that knows every secret of a run.

    :param register: called with each form that a secret may take in a text, such as ``module.no_log_values.add``.
    """

    def __init__(self, register: Callable[[str], object] = lambda form: None) -> None:
        self._register = register
        self._forms: set[str] = set()

    def add(self, secret: str, username: str | None = None) -> None:
        """Hold a secret: as it is, percent-encoded, escaped as in JSON, and in base64 (with a user name: as in Basic)."""
        encoded = {quote_plus(secret), *(quote(secret, safe=bare) for bare in LEFT_BARE)}
        encoded |= {re.sub("%..", lambda octet: octet[0].lower(), form) for form in encoded}
        forms = {secret, *encoded, json.dumps(secret)[1:-1], _base64(secret)}
        if username:
            forms.add(_base64(f"{username}:{secret}"))
        for form in forms:
            self._register(form)
        self._forms |= forms

    def redact(self, text: str) -> str:
        """Return the text without any secret, whichever form it takes."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, "********")
        return text

    def tell(self, text: Any) -> str:
        """Return a text of the server on one line, without any secret and without the full stop; empty where it is no text."""
        return " ".join(self.redact(text).split()).rstrip(".") if isinstance(text, str) else ""

    def in_keys_of(self, value: Any) -> bool:
        """Return whether a secret is in a key of nested lists and dicts, where Ansible does not look for it."""
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


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
