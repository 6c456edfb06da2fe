# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each command that names the archive or the image contains the version in galaxy.yml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

COLLECTION = Path(__file__).absolute().parents[3]
PAGES = [
    COLLECTION / "README.md",
    COLLECTION / "extensions/ee/incident-closure-ee.yml",
    COLLECTION / "docs/docsite/antsibull-docs.cfg",
    COLLECTION / "docs/docsite/rst/awx.rst",
    COLLECTION / "docs/docsite/rst/getting_started.rst",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_version_is_that_of_galaxy_yml(page):
    (version,) = re.findall(r"^version: (\S+)$", (COLLECTION / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(
        r"(?:incident_closure-|\{name\}-|incident-closure-ee:)(\d+\.\d+\.\d+)", page.read_text(encoding="utf-8")
    )
    assert named
    assert set(named) == {version}
