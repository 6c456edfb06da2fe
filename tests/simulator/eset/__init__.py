# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate ESET Connect: signing in, reading and closing incidents, reading devices.

The paths are those of the vendor under ``BASE``; the three hosts (for incidents, for devices, and for signing in) are
one here. Errors have the usual form of such gateways, because ESET's documentation does not describe it. For everything
else that the documentation leaves open, or describes in two ways, ``ESET`` has a setting with each way.
"""

from __future__ import annotations

from .calls import BASE, ESET

__all__ = ["BASE", "ESET"]
