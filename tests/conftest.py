# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of all tests: the path of the simulator, a search for secrets, and the figures of ``./dev reliability``."""

from __future__ import annotations

import base64
import json
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))  # the folder of the simulator and of the tools

FIGURES = Counter()


@pytest.fixture(scope="session")
def figures():
    """Return a counter of what the reliability tests tried."""
    return FIGURES


def pytest_terminal_summary(terminalreporter):
    """Print the figures."""
    if FIGURES:
        terminalreporter.write_line(f"figures: {json.dumps(dict(sorted(FIGURES.items())))}")


@pytest.fixture
def forms():
    """Return a function that lists a secret as it is, percent-encoded, escaped as in JSON, in base64, and as in a Basic header."""
    return lambda secret, username: [
        *(secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]),
        *(base64.b64encode(text.encode()).decode() for text in (secret, f"{username}:{secret}")),
    ]


@pytest.fixture
def leaks(forms, figures):
    """Return a function that lists the forms of secrets that a text contains, and counts the forms that it looked for."""

    def search(text, secrets, username):
        searched = [form for secret in secrets for form in forms(secret, username)]
        figures["searches for a secret"] += len(searched)
        return [form for form in searched if form in text]

    return search
