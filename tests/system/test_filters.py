# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

from sandbox import COLLECTION

PROGRAM = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(f"ansible_collections.secops.incident_closure.plugins.filter.{name}")
print("requests" in sys.modules)
"""


def test_filters_do_not_import_requests(sandbox):
    """Ansible imports every filter of the collection to find one of them, and requests takes longer than all of them."""
    names = [path.stem for path in COLLECTION.glob("plugins/filter/*.py")]
    job = sandbox.run(sys.executable, "-c", PROGRAM, *names, PYTHONPATH=str(sandbox.collections.parent))
    assert job.stdout == "False\n", job.stderr
