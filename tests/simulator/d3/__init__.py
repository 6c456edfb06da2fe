# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""D3 SOAR's Command API: GetIncidents and CloseIncidentInBulk.

Every command is a POST with a JSON body of ``Username``, ``Site`` and ``CommandParams`` ("Introduction to D3 Command
API"). A key opens one command only, and a JWT names the user and the site that the body must repeat ("JSON Web Token
Authentication"). A status of 200 is not a success yet: ``error`` and the rows tell ("HTTP Status Codes").

D3's pages do not show the words of a row that was not closed: they are played in one way here. What the pages leave
open otherwise, or describe in two ways, is a setting of ``D3`` and is played in each way.
"""

from __future__ import annotations

from .commands import BASE, D3

__all__ = ["BASE", "D3"]
