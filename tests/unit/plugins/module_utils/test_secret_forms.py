# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of a run, in every form that a text may contain."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


def test_secrets_are_known_in_every_form_and_reported():
    registered = set()
    secrets = Secrets(registered.add)
    secrets.add('p&ss/ w"rd', username="api")
    forms = [
        'p&ss/ w"rd',
        "p%26ss%2F%20w%22rd",
        "p%26ss%2f%20w%22rd",
        "p%26ss%2F+w%22rd",
        "p%26ss%2f+w%22rd",
        "p%26ss/%20w%22rd",
        "p&ss/%20w%22rd",  # JavaScript's encodeURI
        *('p&ss/ w\\"rd', 'p&ss\\/ w\\"rd'),  # most servers, PHP
        *('p\\u0026ss/ w\\"rd', 'p\\u0026ss\\/ w\\"rd'),  # Go
        *("p\\u0026ss/ w\\u0022rd", "p\\u0026ss\\/ w\\u0022rd"),  # .NET
        *("cCZzcy8gdyJyZA==", "cCZzcy8gdyJyZA"),
        *("YXBpOnAmc3MvIHcicmQ=", "YXBpOnAmc3MvIHcicmQ"),
    ]
    assert registered == set(forms)
    for form in forms:
        assert secrets.redact(f"said {form}.") == "said ********."


@pytest.mark.parametrize(
    ["text", "told"],
    [
        ("not\n found. ", "not found"),
        ("of two  words", "of ********"),
        ("of two words", "of two words"),
        ("of\tone\nspace", "of ********"),
        ("x" * 400, "x" * 300),
        ("unknown field X.", "unknown field X"),
        ({"code": 7}, ""),
        (None, ""),
    ],
)
def test_a_text_of_the_server_is_told_on_one_line_and_without_secrets(text, told):
    secrets = Secrets()
    secrets.add("two  words")
    secrets.add("one space")
    assert secrets.show(text) == told


@pytest.mark.parametrize(
    ("secret", "form"),
    [
        ("p\u00e4", "p\\u00e4"),
        ("p\u00e4", "p\\u00E4"),
        ('p\u00e4"', 'p\u00e4\\"'),
        ("a<b", "a\\u003cb"),
        ("a+b", "a\\u002Bb"),
        ("p?>", "cD8-"),
    ],
)
def test_forms_of_other_characters(secret, form):
    secrets = Secrets()
    secrets.add(secret)
    assert secrets.redact(form) == "********"


@pytest.mark.parametrize("order", [["z9", "az9b"], ["az9b", "z9"]])
def test_a_secret_that_contains_another_is_replaced_as_a_whole(order):
    secrets = Secrets()
    for secret in order:
        secrets.add(secret)
    assert secrets.redact("said az9b and z9") == "said ******** and ********"


@pytest.mark.parametrize(
    ["value", "found"],
    [
        ({"k1": "x"}, True),
        ({"a-k1-b": "x"}, True),
        ({"a": {"k1": "x"}}, True),
        ({"a": [7, {"k1": "x"}]}, True),
        ([{"a": 1}, [{"k1": "x"}]], True),
        ({"a": 1, "b": {}, "k1": "x"}, True),
        ([{"k1": "x"}, {"a": 1}, "text"], True),
        ({"a": "k1"}, False),
        ({"a": ["k1"]}, False),
        ({7: "x"}, False),
        ({}, False),
        ("k1", False),
        (None, False),
    ],
)
def test_a_secret_is_found_in_the_keys_of_nested_values(value, found):
    secrets = Secrets()
    secrets.add("k1")
    assert secrets.in_keys_of(value) is found
