# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closure reasons that ESET accepts. This file is private to the collection and may change in any release.

It imports nothing, because Ansible loads a filter again in the process of every task, and each import of requests
would take a quarter of a second.
"""

from __future__ import annotations

CLOSURE_REASONS = ("unspecified", "true_positive", "false_positive", "suspicious")
