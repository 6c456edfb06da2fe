# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive and the documentation site: each function is a session of noxfile.py."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from .archives import list_archive
from .workplace import COLLECTION, StepError, Workplace


def release(at: Workplace) -> None:
    """Check, build, and list the archive of the version in galaxy.yml."""
    hint = "run antsibull-changelog as CONTRIBUTING.md says"
    (version,) = re.findall(r"^version: (\S+)$", (at.tree / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    if f"  {version}:" not in (at.tree / "changelogs/changelog.yaml").read_text(encoding="utf-8"):
        raise StepError(f"the changelog does not contain {version}: {hint}")
    if left := [path.name for path in (at.tree / "changelogs/fragments").glob("[!.]*")]:
        raise StepError(f"the changelog of {version} lacks {', '.join(left)}: {hint}")
    for name, sign in {"galaxy.yml": "example.com", "SECURITY.md": "Placeholder"}.items():
        if sign in (at.tree / name).read_text(encoding="utf-8"):
            print(f"WARNING: {name} contains placeholders, which the owner has to replace before this is published")
    built = Path(shutil.copy(at.build_archive(), "."))
    print("\n".join(list_archive(built)))
    print(f"{built.name}: sha256 {hashlib.sha256(built.read_bytes()).hexdigest()}")


def docs(at: Workplace) -> None:
    """Build the documentation as a site, in site/build/html."""
    site = Path("site").resolve()
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    (site / "rst").mkdir(mode=0o700)  # antsibull-docs requires that others cannot write to it
    words = ("antsibull-docs", "--config-file", "docs/docsite/antsibull-docs.cfg", "collection", "--use-current")
    options = ("--squash-hierarchy", "--cleanup", "everything", "--fail-on-error", "--dest-dir", site / "rst")
    at.run(*words, *options, COLLECTION)
    builder = ("sphinx-build", "-M", "html", site / "rst", site / "build", "-c", "docs/docsite")
    at.run(*builder, "--fail-on-warning", "--keep-going", "-q")
    print(f"the site begins at {site / 'build/html/index.html'}")
