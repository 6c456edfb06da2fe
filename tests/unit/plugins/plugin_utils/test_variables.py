# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import jinja2
import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import is_unset, read_list


class AnsibleVaultEncryptedUnicode:
    """A stand-in for the class of inline Vault values before ansible-core 2.19, which is not a string."""

    def __init__(self, text):
        self._text = text

    def __str__(self):
        return self._text


class Omit:
    """A stand-in for the type of ``omit`` since ansible-core 2.19."""


UNSET = [None, "", " \n", "__omit_place_holder__d3adb33f", Omit(), AnsibleVaultEncryptedUnicode("\n")]


@pytest.mark.parametrize("value", UNSET)
def test_an_empty_value_counts_as_unset(value):
    assert is_unset(value)
    assert read_list(value, "x", spaces=False) == []
    assert read_list([value, "a"], "x", spaces=True) == ["a"]


@pytest.mark.parametrize("value", [[], (), "a", 0, False, {}])
def test_other_values_count_as_set(value):
    assert not is_unset(value)


@pytest.mark.parametrize(
    ("value", "names", "texts"),
    [
        ("mal\neve", ["mal", "eve"], ["mal", "eve"]),
        ("mal\r\neve\r\n", ["mal", "eve"], ["mal", "eve"]),
        (" a , b,,\n\nc ", ["a", "b", "c"], ["a", "b", "c"]),
        ("a b;c", ["a", "b", "c"], ["a b;c"]),
        ("a,a", ["a"], ["a"]),
        (4711, ["4711"], ["4711"]),
        (["a ", "b,c", 1], ["a ", "b,c", "1"], ["a ", "b,c", "1"]),
        (("a",), ["a"], ["a"]),
        (AnsibleVaultEncryptedUnicode("a\nb"), ["a", "b"], ["a", "b"]),
        ([AnsibleVaultEncryptedUnicode("a b")], ["a b"], ["a b"]),
    ],
)
def test_read_list(value, names, texts):
    assert read_list(value, "x", spaces=False) == names
    assert read_list(value, "x", spaces=True) == texts


@pytest.mark.parametrize("entry", [" ", "\t", "\u00a0 "])
def test_a_name_of_spaces_is_not_taken_for_an_empty_entry(entry):
    assert read_list([entry, "a"], "x", spaces=False) == ["a"]
    with pytest.raises(ValueError, match="^x contains an entry of spaces only: remove what has this name"):
        read_list([entry, "a"], "x", spaces=True)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (True, "must be a list, not a boolean"),
        (1.5, "must be a list, not a number"),
        ({"a": "secret"}, "must be a list, not a dictionary"),
        (jinja2.Undefined(name="nope"), "must be a list, not an undefined variable"),
        ([["secret"]], "must contain strings only, not a list"),
        ([True], "must contain strings only, not a boolean"),
        ([jinja2.StrictUndefined(name="nope")], "must contain strings only, not an undefined variable"),
        (object(), "must be a list, not a value of type object"),
    ],
)
def test_reject_another_type(value, problem):
    with pytest.raises(ValueError) as error:
        read_list(value, "x", spaces=False)
    assert str(error.value) == f"x {problem}"
