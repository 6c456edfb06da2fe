# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the built archive, for Galaxy, users, and builders of execution environments."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from .workplace import COLLECTION, StepError, Workplace, list_files

# The files and folders that may be at the top of the archive.
SHIPPED = {
    *("CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "SECURITY.md"),
    *("changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles"),
}
HIDDEN = re.compile(r"(?:^|/)\.")
OF_CHANGELOG = re.compile(r"changelogs/(?:config\.yaml|fragments/)")  # only for those who write it
DOCUMENTED = {
    "module": "plugins/modules/*",
    "inventory": "plugins/inventory/*",
    "filter": "plugins/filter/*",
    "role": "roles/*",
}


def list_archive(built: Path) -> list[str]:
    """Return the names of the files in an archive."""
    with tarfile.open(built) as tar:
        return sorted(member.name for member in tar.getmembers() if member.isfile())


def is_shipped(name: str) -> bool:
    """Return whether a file of the checkout belongs into the archive."""
    return name.partition("/")[0] in SHIPPED and not HIDDEN.search(name) and not OF_CHANGELOG.match(name)


def find_undocumented(names: Iterable[str], shown: str) -> list[str]:
    """Return the names without a page in the output of ansible-doc, which warns about them and exits with 0."""
    return [name for name in names if not re.search(rf"^> .*{re.escape(name)}\b", shown, re.MULTILINE)]


def check_archive(at: Workplace) -> None:
    """Check that the archive contains only files for users, and that ansible-doc shows it after the installation.

    :raises StepError: the archive contains another file, or a page of documentation is missing.
    """
    built = at.build_archive()
    names = list_archive(built)
    extra = {name.split("/")[0] for name in names} - SHIPPED
    extra.update(filter(HIDDEN.search, names))
    if extra:
        raise StepError(f"the archive contains {', '.join(sorted(extra))}: see build_ignore in galaxy.yml")
    if missing := {name for name in list_files(at.tree) if is_shipped(name)}.difference(names):
        raise StepError(f"the archive lacks {', '.join(sorted(missing))}: see build_ignore in galaxy.yml")
    installed = {"ANSIBLE_COLLECTIONS_PATH": str(at.root / "installed")}
    at.run("ansible-galaxy", "collection", "install", "--offline", built, **installed)
    for kind, pattern in DOCUMENTED.items():
        names = sorted({f"{COLLECTION}.{path.stem}" for path in at.tree.glob(pattern) if path.stem[0] != "_"})
        shown = at.run("ansible-doc", "--type", kind, *names, quiet=True, **installed)
        if missing := find_undocumented(names, shown):
            raise StepError(f"ansible-doc does not show {kind} {', '.join(missing)}")


def import_archive(at: Workplace) -> None:
    """Run the import of Galaxy, and check its output, because it always exits with 0.

    :raises StepError: the import warns.
    """
    built = at.build_archive()
    words = ("python", "-m", "galaxy_importer.main", built)
    output = at.run(*words, cwd=built.parent, GALAXY_IMPORTER_CHECK_REQUIRED_TAGS="true")
    if re.search("^(WARNING|ERROR|CRITICAL)", output, re.MULTILINE):
        raise StepError("galaxy-importer complains, see above")


def check_execution_environment(at: Workplace, definition: str) -> None:
    """Check that ansible-builder finds the requirements of the collection, and accepts the definition of an image.

    :raises StepError: ansible-builder does not find a requirement, or the definition names a file that does not exist.
    """
    if "requests" not in at.run("ansible-builder", "introspect", "--sanitize", at.root):
        raise StepError("an execution environment would lack requests: see meta/execution-environment.yml")
    shutil.copy(at.build_archive(), (at.tree / definition).parent)
    output = at.run("ansible-builder", "create", "-f", definition, "-c", at.root / "context")
    if "No matches for" in output:
        raise StepError(f"{definition} names a file that does not exist")
