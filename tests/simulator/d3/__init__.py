# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""D3 SOAR's Command API: GetIncidents and CloseIncidentInBulk.

Every command is a POST with a JSON body of ``Username``, ``Site`` and ``CommandParams`` ("Introduction to D3 Command
API"). A key opens one command only, and a JWT names the user and the site that the body must repeat ("JSON Web Token
Authentication"). HTTP 200 can also be a failure, which ``error`` and the rows report ("HTTP Status Codes").

D3's documentation does not show the words of a row for a failed incident, so the simulator uses words of its own. For
everything else that the documentation leaves open, or describes in two ways, ``D3`` has a setting with each way.
"""

from __future__ import annotations

from .commands import BASE, D3

__all__ = ["BASE", "D3"]
