# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import lower_uuid, normalize_id

UUID = "5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21"


@pytest.mark.parametrize(
    ("typed", "normalized"),
    [
        ("20210127-198", "20210127-198"),
        (" 20210127-198\n", "20210127-198"),
        ("\u00a020210127-198\u00a0", "20210127-198"),  # spaces of a web page around it
        (UUID.upper(), UUID),
        (UUID.upper().replace("-", ""), UUID.replace("-", "")),
        ("INC-Ab", "INC-Ab"),
        ("a/b:c.d_e", "a/b:c.d_e"),
        ("Vorfall-7ü", "Vorfall-7ü"),
        ("\U00017000", "\U00017000"),  # a letter for which Python has no name
    ],
)
def test_normalize(typed, normalized):
    assert normalize_id(typed) == normalized


@pytest.mark.parametrize(("incident", "lowered"), [(UUID.upper(), UUID), ("INC-7", "INC-7")])
def test_only_a_uuid_is_changed_to_lower_case(incident, lowered):
    assert lower_uuid(incident) == lowered


@pytest.mark.parametrize("typed", ["", "  ", ".", "..", "None", "none", "null", "urn:uuid:" + UUID])
def test_reject_what_names_nothing(typed):
    with pytest.raises(ValueError, match="is not an incident id$"):
        normalize_id(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "a b",
        "a,b",
        "a;b",
        "a\tb",
        "a\nb",
        "a\u00a0b",
        "a|b",
        "#a",
        "a.",
        "a/",
        "[a",
        "b]",
        "'a'",
        '"a"',
        "{" + UUID + "}",
        "(a)",
    ],
)
def test_reject_several_ids_in_one(typed):
    with pytest.raises(ValueError, match="is not a single incident id: give a list of ids$"):
        normalize_id(typed)


@pytest.mark.parametrize("typed", ["{{ nope }}", "{{", "x{{nope}}y", "x{%nope%}y"])
def test_reject_a_template(typed):
    with pytest.raises(ValueError, match="is a template that was not rendered"):
        normalize_id(typed)


@pytest.mark.parametrize(
    "char",
    # a byte order mark, other invisible characters, controls, dashes, spaces, fillers, and another script's digits
    "\ufeff\u200b\u200c\u200d\u200e\u202e\u2060\u00ad\u0000\u0007\u007f\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"
    "\u02d7\u2043\ufe0f\u034f\u3164\u2800\U000e0041\ue000\uff11\u0661\u00b2",
)
@pytest.mark.parametrize("place", ["20210127{}-198", "{}20210127-198", "20210127-198{}"])
def test_reject_a_character_that_makes_a_second_spelling(char, place):
    typed = place.format(char)
    with pytest.raises(ValueError) as error:
        normalize_id(typed)
    assert str(error.value).startswith(f'"{ascii(typed)[1:-1]}" ')
    assert str(error.value).isascii()
