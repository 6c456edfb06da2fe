# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files import each other as the page on the architecture says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

COLLECTION = Path(__file__).absolute().parents[3]
MODULE_UTILS = COLLECTION / "plugins" / "module_utils"
PAGE = (COLLECTION / "docs/docsite/rst/architecture.rst").read_text(encoding="utf-8")


def read_layers():
    """Return the layer of each file, counted from the bottom."""
    diagram = re.search(r"imports point downward::\n\n(.*?)\n\n\S", PAGE, re.DOTALL)[1]
    groups = re.split(r"^ +-+$", diagram, flags=re.MULTILINE)
    names = (re.findall(r"^ +((?:_\w+(?:, )?)+)", group, re.MULTILINE) for group in reversed(groups))
    return {name: layer for layer, lines in enumerate(names) for line in lines for name in line.split(", ")}


LAYERS = read_layers()


def list_imports(path):
    """Return the files of module_utils that a file imports."""
    package = "ansible_collections.secops.incident_closure.plugins.module_utils"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module.startswith(f"{package}."):
            yield node.module.removeprefix(f"{package}.")


def test_the_page_has_every_file():
    assert set(LAYERS) == {path.stem for path in MODULE_UTILS.glob("_*.py")} - {"__init__"}


@pytest.mark.parametrize("path", sorted(MODULE_UTILS.glob("_[a-z]*.py")), ids=lambda path: path.stem)
def test_a_file_imports_only_files_in_the_rows_below(path):
    assert [name for name in list_imports(path) if LAYERS[name] >= LAYERS[path.stem]] == []


ON_CONTROLLER = set(re.findall(r"``(_\w+)``", re.search(r"from ``module_utils`` only (.*)", PAGE)[1]))
CONTROLLER = [
    path for folder in ("action", "filter", "plugin_utils") for path in COLLECTION.glob(f"plugins/{folder}/*.py")
]


@pytest.mark.parametrize("path", sorted(CONTROLLER), ids=lambda path: path.stem)
def test_a_file_on_the_controller_imports_only_what_the_page_names(path):
    setup_of_awx = {"_d3_options", "_eset_options"} if path.stem == "_awx_settings" else set()
    assert set(list_imports(path)) - ON_CONTROLLER <= setup_of_awx


@pytest.mark.parametrize("path", sorted(MODULE_UTILS.parent.glob("module*/*.py")), ids=lambda path: path.stem)
def test_modules_import_nothing_of_the_controller(path):
    assert "plugin_utils" not in path.read_text(encoding="utf-8")
