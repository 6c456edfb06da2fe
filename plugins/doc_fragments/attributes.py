# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of the modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would change without changing anything.
    support: full
    details:
      - The module reads states and sends no close request.
      - An incident that a run would close has the outcome V(would_close).
  diff_mode:
    description: Returns what has changed, or would change, when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run does not change anything.
    support: full
    details:
      - The module does not close an incident again that is already closed, and adds no comment or conclusion to it.
  platform:
    description: The platforms that the module runs on.
    support: full
    platforms: posix
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    description: Returns what has changed, or would change, when in diff mode.
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run does not change anything.
    support: full
    details:
      - This action does not modify state.
  platform:
    description: The platforms that the module runs on.
    support: full
    platforms: posix
"""

    ACTION_GROUP_D3 = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/secops.incident_closure.d3) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - secops.incident_closure.d3
"""

    ACTION_GROUP_ESET = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/secops.incident_closure.eset) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - secops.incident_closure.eset
"""
