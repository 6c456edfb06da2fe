#!/bin/sh
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Stands for a Python interpreter whose process is killed after two seconds, as by the kernel when memory is short.
exec timeout --signal=KILL 2 "$REAL_PYTHON" "$@"
