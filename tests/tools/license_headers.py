# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that each file names its license."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from .workplace import StepError, list_files

# Files that cannot contain comments, and files that tools write or delete.
NO_HEADER = (
    "CHANGELOG.md",
    "LICENSE",
    "*.json",
    "*.png",
    "*.svg",
    "changelogs/changelog.yaml",
    "changelogs/fragments/*",
    "docs/samples/*",
)
IDENTIFIER = "SPDX-License-Identifier: GPL-3.0-or-later"


def check_license_headers(tree: Path) -> None:
    """Check the first lines of each file that is not empty.

    :raises StepError: a file does not name its license.
    """
    bare = [
        name
        for name in list_files(tree)
        if not any(fnmatch(name, pattern) for pattern in NO_HEADER)
        and (tree / name).stat().st_size
        and IDENTIFIER not in (tree / name).read_text(encoding="utf-8", errors="replace")[:1000]
    ]
    if bare:
        raise StepError(f"no license header in {', '.join(bare)}")
