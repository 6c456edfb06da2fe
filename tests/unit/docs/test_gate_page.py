# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page about the gate names a test for each way in which a host or an incident could escape."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

COLLECTION = Path(__file__).absolute().parents[3]
PAGE = (COLLECTION / "docs/docsite/rst/gate.rst").read_text(encoding="utf-8")
ROWS = re.findall(r"^   \* - (.*)\n     - (.*)\n     - (.*)$", PAGE, re.MULTILINE)
WAYS = [row for row in ROWS if row[0] != "way"]


def test_the_page_lists_many_ways():
    assert len(WAYS) > 25
    assert len(ROWS) == len(WAYS) + 2
    assert len({way for way, _result, _test in WAYS}) == len(WAYS)


@pytest.mark.parametrize("row", WAYS, ids=lambda row: row[0])
def test_the_named_test_exists(row):
    file, name = re.fullmatch(r"``(tests/[^`]+)``: ``([^`]+)``", row[2]).groups()
    text = (COLLECTION / file).read_text(encoding="utf-8")
    if file.endswith(".yml"):
        assert re.search(rf"^ *- name: {re.escape(name)}$", text, re.MULTILINE)
    elif name.startswith("test_"):
        assert re.search(rf"^ *def {name}\(", text, re.MULTILINE)
    else:  # a history, or a choice of the random histories
        assert f'    "{name}": ' in text
