# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx makes the documentation site from the pages that antsibull-docs writes; ./dev docs runs both."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from docutils import nodes

project = "secops.incident_closure"
author = "the secops.incident_closure contributors"
copyright = f"2026, {author}"
title = html_title = html_short_title = "secops.incident_closure"

extensions = ["sphinx_antsibull_ext"]
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_theme_options = {"topbar_links": {}, "documentation_home_url": "#"}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_use_modindex = False

# Pages of Ansible's own documentation that antsibull-docs refers to. Its index of labels is not fetched: the site can be built without a
# network, and any other reference that leads nowhere is an error.
ANSIBLE = "https://docs.ansible.com/ansible/latest/reference_appendices/"
ANSIBLE_PAGES = {"common_return_values": "common_return_values.html", "ansible_configuration_settings": "config.html"}


def refer_to_ansible(app, env, node, contnode):
    if node.get("reftarget") in ANSIBLE_PAGES:
        return nodes.reference("", "", contnode, refuri=ANSIBLE + ANSIBLE_PAGES[node["reftarget"]])
    return None


def read_markdown(app, docname, source):
    """Put docs/reliability.md and docs/benchmarks.md into their pages: antsibull-docs takes no Markdown."""
    docs, folder = Path(__file__).parents[1], Path(app.srcdir, "docsite")
    if docname in ("docsite/reliability", "docsite/benchmarks"):
        path = os.path.relpath(docs / f"{Path(docname).name}.md", folder)
        source[0] += f"\n.. include:: {path}\n   :parser: myst_parser.docutils_\n"
    if docname == "docsite/benchmarks":
        shutil.copy(docs / "benchmarks.svg", folder)


def setup(app):
    app.connect("missing-reference", refer_to_ansible)
    app.connect("source-read", read_markdown)
