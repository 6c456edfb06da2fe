# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fixture that runs an action like a task runs it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible.plugins.loader import action_loader

VARIABLES = {"inventory_hostname": "web1", "ansible_play_name": "Close", "hostvars": {"localhost": {}}}


class Templar:
    """A templar for variables without templates."""

    def template(self, value):
        return value


@pytest.fixture
def act():
    """Return a function that runs an action and returns its result."""

    def run(action, check_mode=False, module_defaults=(), variables=None, **args):
        task = SimpleNamespace(args=args, check_mode=check_mode, module_defaults=list(module_defaults), async_val=0)
        task.diff, task.environment = False, None
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
        plugin = action(task, connection, None, None, Templar(), action_loader)
        return plugin.run(task_vars={**VARIABLES, **(variables or {})})

    return run
