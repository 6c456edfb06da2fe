# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of the modules that close incidents, for both products."""

    DOCUMENTATION = r"""
options:
  held_back:
    description:
      - Names other incidents, whose states the module reads in the same requests and returns. It does not close them.
      - The role P(secops.incident_closure.close_incidents#role) passes the incidents that a host holds back.
    type: list
    elements: str
notes:
  - The module repeats requests by itself. Do not add C(until) to the task, because the result of its last attempt
    does not show what an earlier attempt closed.
  - Before the module repeats a close request that may have taken effect, it reads the state of the incident.
  - At the O(deadline), the module reports the incidents that it has not closed by then.
  - Two tasks of one user on one host do not close the same incident at the same time.
    The second task waits until the first one has ended.
    The tasks lock a file in the folder for temporary files. If they cannot lock it, they do not wait.
"""
