#!/bin/sh
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sends a signal to the processes of a name or of a user id, and prints their process ids. Signal 0 only checks that they exist.
# GONE in place of a signal sends none, and fails with a message if there are such processes.
# Processes that have ended (zombies) do not count, and neither does this script.
# usage: signal_processes.sh SIGNAL|GONE name|uid VALUE
signal=$1 by=$2 wanted=$3
found=

# If /proc is missing, or hides the processes of other users, the script would find none.
[ -r /proc/1/comm ] || {
    echo 'the processes of all users cannot be seen in /proc: use become' >&2
    exit 1
}

for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [ "$pid" != $$ ] || continue
    # A process may end at any time, and then its files are missing.
    {
        IFS= read -r name <"$folder/comm"
        state='' uids=''
        while read -r key value; do
            case $key in
                State:) state=$value ;;
                Uid:) uids=$value ;;
            esac
        done <"$folder/status"
    } 2>/dev/null || continue
    case $state in
        '' | Z* | X*) continue ;;
    esac
    if [ "$by" = name ]; then
        [ "$name" = "$wanted" ] || continue
    else
        # The real and the effective user id, of four ids
        # shellcheck disable=SC2086
        set -- $uids
        [ "$1" = "$wanted" ] || [ "$2" = "$wanted" ] || continue
    fi
    found="$found $pid"
    [ "$signal" = GONE ] || kill -s "$signal" "$pid"
done 2>/dev/null
# shellcheck disable=SC2086
[ -z "$found" ] || printf '%s\n' $found
if [ -n "$found" ] && [ "$signal" = GONE ]; then
    case $by in
        name) echo "process $wanted is still running after it was killed, as process id$found: stop what starts it" >&2 ;;
        *) echo "the user with the id $wanted still has processes after they were killed, as process id$found: stop what starts them" >&2 ;;
    esac
    exit 1
fi
exit 0
