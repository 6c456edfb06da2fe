# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configure Sphinx to build the documentation site from the pages that antsibull-docs writes. ``./dev docs`` runs both."""

from __future__ import annotations

import re

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

# Pages of Ansible's own documentation that the collection refers to. Sphinx does not fetch the index of that documentation, so that the site
# can be built without a network. Any other reference without a target is an error.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
ANSIBLE_PAGES = {
    "common_return_values": "reference_appendices/common_return_values.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
}


def refer_to_ansible(app, env, node, contnode):
    target = node.get("reftarget", "")
    module = re.fullmatch(r"ansible_collections\.(ansible\.builtin)\.(\w+_module)", target)
    if module:
        page = f"collections/{module[1].replace('.', '/')}/{module[2]}.html"
    elif node.get("reftype") == "envvar" and target.startswith("ANSIBLE_"):
        page = f"reference_appendices/config.html#envvar-{target}"
    else:
        page = ANSIBLE_PAGES.get(target)
    return nodes.reference("", "", contnode, refuri=ANSIBLE + page) if page else None


def setup(app):
    app.connect("missing-reference", refer_to_ansible)
