# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the role remediate_host agree with each other and with its filters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils import _remediation_request

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

ROLE = Path(__file__).absolute().parents[3] / "roles" / "remediate_host"


def read(name):
    return yaml.safe_load((ROLE / name).read_text(encoding="utf-8"))


def test_every_file_has_the_same_variables():
    options = read("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(options) == set(_remediation_request.VARIABLES)
    assert {name: option["default"] for name, option in options.items()} == read("defaults/main.yml")


def test_the_code_has_the_default_of_the_quarantine_directory():
    assert read("defaults/main.yml")["remediate_host_quarantine_dir"] == _remediation_request.DEFAULT_QUARANTINE_DIR


def test_every_list_has_a_step():
    for step in _remediation_request.STEPS:
        assert read(f"tasks/{step}.yml")


@pytest.mark.parametrize("path", sorted(ROLE.glob("tasks/*.yml")), ids=lambda path: path.stem)
def test_internal_names_do_not_have_the_prefix_of_the_role(path):
    """Users may set variables with the prefix of the role, and the role rejects unknown ones."""
    internal = re.findall(r"(?:register|loop_var): (\S+)", path.read_text(encoding="utf-8"))
    assert [name for name in internal if not name.startswith("_remediate_host_")] == []


def test_module_defaults_of_a_play_do_not_reach_the_modules():
    (block,) = read("tasks/main.yml")
    shielded = block["module_defaults"]
    own = {name: defaults for name, defaults in shielded.items() if defaults}
    assert own == {"ansible.builtin.command": {"expand_argument_vars": False}}
    text = "".join(path.read_text(encoding="utf-8") for path in ROLE.glob("tasks/*.yml"))
    text += "".join(path.read_text(encoding="utf-8") for path in ROLE.parent.glob("close_incidents/tasks/*mark*.yml"))
    used = set(re.findall(r"^ *(ansible\.builtin\.\w+):(?: &\w+| \*\w+)?$", text, re.MULTILINE))
    assert used - {"ansible.builtin.import_role", "ansible.builtin.import_tasks"} <= set(shielded)
