# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._json import read_json


@pytest.mark.parametrize("text", ['{"a": [1, "b", null, 1.5]}', '"\\ud83d\\ude00"', '"\u00e4 \U0001f600"', "[]", "7"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_stays_as_it_is(text, encoding):
    assert read_json(text) == read_json(text.encode(encoding)) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (r'{"title": "mail \ud83d"}', {"title": "mail ?"}),
        ('"mail \ud83d"', "mail ?"),
        (r'{"\uDE00 x": ["\uDE00", "\ud83d\ude00"]}', {"? x": ["?", "\U0001f600"]}),
        (b'"mail \xed\xa0\xbd"', "mail ?"),
        ('"mail \\ud83d"'.encode("utf-16"), "mail ?"),
    ],
)
def test_half_a_surrogate_pair_is_replaced(text, data):
    assert read_json(text) == data


def nest(levels):
    """Return a text with an odd number of lists and objects in each other."""
    return '[{"a": ' * (levels // 2) + "[]" + "}]" * (levels // 2)


def test_a_hundred_levels_stay_as_they_are():
    assert read_json(nest(99)) == json.loads(nest(99))
    assert read_json(f"[{nest(99)}, {nest(99)}]") == [json.loads(nest(99))] * 2


@pytest.mark.parametrize("levels", [101, 301, 100_001])
def test_more_levels_are_rejected(levels):
    with pytest.raises(ValueError):
        read_json(nest(levels))


def test_keys_that_mean_something_to_ansible_are_left_out():
    text = '{"_ansible_no_log": 1, "a": [{"__ansible_type": "x", "b": "_ansible"}], "ansible": 2}'
    assert read_json(text) == {"a": [{"b": "_ansible"}], "ansible": 2}


@pytest.mark.parametrize("text", ["", "{", b"\xff", b'"\xff"', "\ufeff"])
def test_other_texts_are_rejected(text):
    with pytest.raises(ValueError):
        read_json(text)
