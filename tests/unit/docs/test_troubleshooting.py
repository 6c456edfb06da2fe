# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on error messages explains every message in the code, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.messages import PLUGINS, ROLES, find_files, join_lines, plugin_messages, role_messages, script_messages

COLLECTION = Path(__file__).absolute().parents[3]
PAGE = (COLLECTION / "docs/docsite/rst/troubleshooting.rst").read_text(encoding="utf-8")
# The messages of the page: a line at the margin that begins with a literal, and others on the line after it.
ON_PAGE = [
    literal
    for line in re.findall(r"^``.*$", PAGE, re.MULTILINE)
    for literal in re.findall("``(.+?)``", line.split(" is the same")[0])
]
SOURCES = [
    *find_files(COLLECTION, PLUGINS),
    *find_files(COLLECTION, ROLES),
    *COLLECTION.glob("roles/*/files/*"),
]
OF_ANSIBLE = (
    "missing required arguments: url",
    "parameters are mutually exclusive: <…>",
    "Failed to import the required Python library (requests)",
    "couldn't resolve module/action 'secops.incident_closure.<…>'",
    "inventory source '<…>' could not be verified by inventory plugin 'secops.incident_closure.<…>'",
    "value of region must be one of: <…>",
)
# Messages about mistakes that only a change of the code can make.
NOT_ON_PAGE = ("closable_incidents filters the variables",)


@pytest.mark.parametrize("message", ON_PAGE)
def test_each_message_of_the_page_is_in_the_code(message):
    if message in OF_ANSIBLE:
        return
    # A string that continues on the next line of the source counts as one string here.
    source = join_lines(re.sub(r'"\s*\n\s*f?"', "", "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)))
    for part in re.split("<.*?>", message):
        if len(part.strip(" ,:;()\"'")) > 3:
            assert join_lines(part) in source


@pytest.mark.parametrize(
    "parts",
    [
        parts
        for _path, _line, parts in (
            *plugin_messages(COLLECTION),
            *role_messages(COLLECTION),
            *script_messages(COLLECTION),
        )
        if max(map(len, parts), default=0) > 11
    ],
    ids="".join,
)
def test_each_message_of_the_code_is_on_the_page(parts):
    part = max(parts, key=len)
    page = join_lines(re.sub("<.*?>", "\0", PAGE))
    pieces = [piece for piece in re.split(r"\{.*?\}|%[sd]", part) if len(piece) > 11]
    for piece in pieces:
        if not piece.startswith(NOT_ON_PAGE):
            assert join_lines(piece).strip(" ,:;(") in page
