# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read JSON that a server has sent. This file is private to the collection and may change in any release."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

MAX_LEVELS = 100  # of lists and objects; ansible-core loses a result with 300
# The beginnings of half a surrogate pair (escaped, in UTF-8, and in UTF-16), and of a key that has a meaning for Ansible,
# each by a byte of it, because a text without this byte is searched very fast
DANGEROUS = {b"\\": (b"\\ud", b"\\uD"), b"\xed": (b"\xed",), b"\0": (b"\0",), b"_": (b"_ansible",)}


def read_json(text: bytes | str) -> Any:
    """Return the data in a JSON text, without what would make Ansible lose the result of a module.

    Half a surrogate pair, as in a title that was cut in the middle of an emoji, becomes ``?``. Keys that begin with
    ``_ansible`` or ``__ansible`` are left out.

    :raises ValueError: the text is not JSON, or has too many levels.
    """
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        data = json.loads(content)
    except RecursionError:
        raise ValueError from None
    # Each level has a bracket, so most texts need no look at their levels.
    if content.count(b"[") + content.count(b"{") > MAX_LEVELS and _has_too_many_levels(data):
        raise ValueError
    if any(byte in content and any(mark in content for mark in marks) for byte, marks in DANGEROUS.items()):
        harmless = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
        data = json.loads(harmless, object_pairs_hook=_leave_out)
    return data


def _has_too_many_levels(data: Any) -> bool:
    level = [data]
    for dummy in range(MAX_LEVELS):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def _leave_out(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in pairs if not key.startswith(("_ansible", "__ansible"))}
