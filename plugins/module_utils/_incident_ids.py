# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one spelling of an incident id. This file is private to the collection and may change in any release.

Two spellings of one id would be two incidents: one could be closed while a host that lists the other one is not
remediated. Modules and filters therefore compare ids only after ``normalize_id``.
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
# A list that was turned into a string, or a sentence, leaves these around an id.
LIST_MARKS = re.compile(r"""^[\[{(\"'#]|[\])}\"']$|\w[./:\\]$""")
# Characters that print as nothing although Unicode does not class them as invisible.
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# Characters that look like a hyphen although Unicode does not class them as dashes.
HYPHEN_LOOKALIKES = "\u02d7\u2043\u2212"


def normalize_id(incident: str) -> str:
    """Return the spelling of an incident id that is compared and sent: trimmed, and a UUID in lower case.

    :param incident: a D3 incident number or an ESET incident UUID, as a user typed it.
    :raises ValueError: it cannot be an incident id. The message begins with the id, with unusual characters as escapes.
    """
    incident = incident.strip()
    shown = f'"{ascii(incident)[1:-1]}"'
    if incident.lower() in NOTHING or incident.lower().startswith("urn:"):
        raise ValueError(f"{shown} is not an incident id")
    if "{{" in incident or "{%" in incident:  # before ansible-core 2.19, a host variable keeps a template that fails
        raise ValueError(f"{shown} is a template that was not rendered: a variable in it is not defined")
    if SEPARATORS.search(incident) or LIST_MARKS.search(incident):
        raise ValueError(f"{shown} is not a single incident id: give a list of ids")
    if any(is_deceptive(char) for char in incident) or unicodedata.normalize("NFKC", incident) != incident:
        raise ValueError(f"{shown} contains an invisible or typographic character: type the id again")
    return incident.lower() if UUID.fullmatch(incident) else incident


def is_deceptive(char: str) -> bool:
    """Return whether a character prints as nothing or as a space, or as a hyphen or a digit that is not one.

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
