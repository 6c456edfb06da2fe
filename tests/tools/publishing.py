# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive and the documentation site: each function is a session of noxfile.py."""

from __future__ import annotations

import hashlib
import re
import shutil
import zlib
from pathlib import Path

from .archives import list_archive
from .workplace import COLLECTION, StepError, Workplace

ANSIBLE = "https://docs.ansible.com/ansible/latest/"
ANSIBLE_PAGES = {  # pages of Ansible's own documentation that the collection refers to
    ("label", "common_return_values"): "reference_appendices/common_return_values.html",
    ("label", "ansible_configuration_settings"): "reference_appendices/config.html",
    **{
        ("envvar", f"ANSIBLE_{name}"): f"reference_appendices/config.html#envvar-ANSIBLE_{name}"
        for name in (
            *("CACHE_PLUGIN", "CACHE_PLUGIN_CONNECTION", "CACHE_PLUGIN_PREFIX", "CACHE_PLUGIN_TIMEOUT"),
            "INVENTORY_ANY_UNPARSED_IS_FAILED",
        )
    },
    **{
        (
            "label",
            f"ansible_collections.ansible.builtin.{name}_module",
        ): f"collections/ansible/builtin/{name}_module.html"
        for name in ("getent", "stat")
    },
}


def release(at: Workplace) -> None:
    """Check, build, and list the archive of the version in galaxy.yml."""
    hint = "run antsibull-changelog as CONTRIBUTING.md says"
    (version,) = re.findall(r"^version: (\S+)$", (at.tree / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    if f"  {version}:" not in (at.tree / "changelogs/changelog.yaml").read_text(encoding="utf-8"):
        raise StepError(f"the changelog does not contain {version}: {hint}")
    if left := [path.name for path in (at.tree / "changelogs/fragments").glob("[!.]*")]:
        raise StepError(f"the changelog of {version} lacks {', '.join(left)}: {hint}")
    for name, sign in {
        "galaxy.yml": "example.com",
        "SECURITY.md": "Placeholder",
        "docs/docsite/links.yml": "placeholder",
    }.items():
        if sign in (at.tree / name).read_text(encoding="utf-8"):
            print(f"WARNING: {name} contains placeholders, which the owner has to replace before this is published")
    built = Path(shutil.copy(at.build_archive(), "."))
    print("\n".join(list_archive(built)))
    print(f"{built.name}: sha256 {hashlib.sha256(built.read_bytes()).hexdigest()}")


def docs(at: Workplace) -> None:
    """Build the documentation as a site, in site/build/html, as antsibull-docs does it for every collection."""
    site = Path("site").resolve()
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    names = ("--project", COLLECTION, "--title", COLLECTION, "--copyright", f"the {COLLECTION} contributors")
    options = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", site)
    at.run("antsibull-docs", "sphinx-init", *names, *options, COLLECTION)
    shutil.copy(at.tree / "docs/docsite/antsibull-docs.cfg", site)
    write_inventory(site / "ansible.inv")
    with (site / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write(f'intersphinx_mapping = {{"ansible": ("{ANSIBLE}", "../ansible.inv")}}\n')
    at.run(site / "build.sh")  # a warning is an error there
    print(f"the site begins at {site / 'build/html/index.html'}")


def write_inventory(path: Path) -> None:
    """Write an index of ``ANSIBLE_PAGES`` for Sphinx, so that it does not fetch Ansible's own.

    A reference to any other page of Ansible is a warning.
    """
    lines = "".join(f"{name} std:{role} -1 {page} -\n" for (role, name), page in ANSIBLE_PAGES.items())
    header = "# Sphinx inventory version 2\n# Project: Ansible\n# Version:\n# The rest is compressed using zlib.\n"
    path.write_bytes(header.encode() + zlib.compress(lines.encode()))
