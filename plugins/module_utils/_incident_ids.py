# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Normalize incident ids. This file is private to the collection and may change in any release.

Two spellings of one id would be two incidents, and the gate could close one while a host that lists the other one is
not remediated. Therefore, modules and filters compare ids only after ``normalize_id``.
"""

from __future__ import annotations

import re
import unicodedata

UUID = re.compile(r"[0-9a-f]{8}(-?)([0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
SEPARATORS = re.compile(r"[\s,;|]")
NOTHING = (
    "",
    ".",
    "..",
    "none",
    "null",
)  # a null in a list reaches a module as "None"; "." and ".." are directories in a URL
# A list that became a string, or a sentence, leaves these characters around an id.
LIST_MARKS = re.compile(r"""^[\[{(\"'#]|[\])}\"']$|\w[./:\\]$""")
# Invisible characters that Unicode does not class as invisible.
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# Characters that look like a hyphen, which Unicode does not class as dashes.
HYPHEN_LOOKALIKES = "\u02d7\u2043\u2212"


def normalize_id(incident: str) -> str:
    """Return the normalized form of an incident id: trimmed, and a UUID in lower case.

    :param incident: a D3 incident number or an ESET incident UUID from a user.
    :raises ValueError: it is not a valid incident id. The message begins with the id, with unusual characters as escapes.
    """
    incident = incident.strip()
    shown = f'"{ascii(incident)[1:-1]}"'
    if incident.lower() in NOTHING or incident.lower().startswith("urn:"):
        raise ValueError(f"{shown} is not an incident id")
    if (
        "{{" in incident or "{%" in incident
    ):  # before ansible-core 2.19, a host variable contains the source of a failed template
        raise ValueError(f"{shown} is a template that was not rendered: a variable in it is not defined")
    if SEPARATORS.search(incident) or LIST_MARKS.search(incident):
        raise ValueError(f"{shown} is not a single incident id: give a list of ids")
    if any(is_deceptive(char) for char in incident) or unicodedata.normalize("NFKC", incident) != incident:
        raise ValueError(f"{shown} contains an invisible or typographic character: type the id again")
    return lower_uuid(incident)


def lower_uuid(incident: str) -> str:
    """Return an incident id, in lower case if it is a UUID."""
    return incident.lower() if UUID.fullmatch(incident) else incident


def is_deceptive(char: str) -> bool:
    """Return whether a character is invisible, or looks like a space, a hyphen, or a digit without being one.

    :param char: one character. An ordinary space counts as well.
    """
    category = unicodedata.category(char)
    return (
        category[0] in "CZ"  # control, format, unassigned, and every kind of space
        or (category == "Pd" and char != "-")
        or char in BLANK_LETTERS
        or char in HYPHEN_LOOKALIKES
        or (category == "Nd" and not char.isascii())
        or "VARIATION SELECTOR" in unicodedata.name(char, "")
    )
