# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of Markdown pages to files and headings of the repository. Sphinx checks those of the guides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

COLLECTION = Path(__file__).absolute().parents[3]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


def list_links():
    for page in sorted(COLLECTION.rglob("*.md")):
        if not {".nox", ".venv", "site"}.intersection(page.relative_to(COLLECTION).parts):
            for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
                yield pytest.param(page, target, anchor, id=f"{page.name}: {target}#{anchor}")


def headings(text):
    """Return the anchors that the host of the repository makes of headings in Markdown and RST."""
    titles = re.findall(r"^#+ (.*)$|^(\S.*)\n(?:=+|-+|\^+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", "".join(title)).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize(["page", "target", "anchor"], list(list_links()))
def test_a_link_leads_to_a_file_and_a_heading(page, target, anchor):
    path = (page.parent / target) if target else page
    assert path.exists()
    if anchor:
        assert anchor in headings(path.read_text(encoding="utf-8"))
