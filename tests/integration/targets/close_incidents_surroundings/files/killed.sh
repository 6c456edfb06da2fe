#!/bin/sh
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run Python and kill it after two seconds, as the kernel does when it runs out of memory.
exec timeout --signal=KILL 2 "$REAL_PYTHON" "$@"
