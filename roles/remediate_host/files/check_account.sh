#!/bin/sh
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Checks that an account is locked: its password is locked and the account has expired, so that neither a password nor a key opens it.
# The script prints nothing of the password.
# usage: check_account.sh USER
getent shadow "$1" | {
    IFS=: read -r _ password _ _ _ _ _ expires _
    case $password in
        '!'* | '*'*) [ "${expires:-0}" -gt 0 ] && [ "$expires" -lt $(($(date +%s) / 86400)) ] && exit 0 ;;
    esac 2>/dev/null
    echo "user $1 is not locked after it was locked: stop what unlocks it" >&2
    exit 1
}
