# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read JSON that a server has sent. This file is private to the collection and may change in any release."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

# Half a surrogate pair, as in a title that was cut in the middle of an emoji, or a key that has a meaning for Ansible
DANGEROUS = re.compile(r"\\u[dD]|[\ud800-\udfff]|_ansible")


def read_json(text: bytes | str) -> Any:
    """Return the data in a JSON text, without what would make Ansible lose the result of a module.

    Half a surrogate pair becomes ``?``. Keys that begin with ``_ansible`` or ``__ansible`` are left out.

    :raises ValueError: the text is not JSON.
    :raises RecursionError: it has too many levels.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    data = json.loads(text)
    if DANGEROUS.search(text):
        harmless = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
        data = json.loads(harmless, object_pairs_hook=_leave_out)
    return data


def _leave_out(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in pairs if not key.startswith(("_ansible", "__ansible"))}
