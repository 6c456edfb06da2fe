#!/bin/sh
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sends a signal to the processes of a name or of a user id, and prints their process ids. Signal 0 only checks that they exist.
# GONE in place of a signal sends none, and fails with a message if there are such processes.
# Processes that have ended (zombies) do not count unless other threads of them run, and neither does this script.
# usage: signal_processes.sh SIGNAL|GONE name|uid VALUE
signal=$1 by=$2 wanted=$3
found=

# If /proc is missing, or hides the processes of other users, the script would find none.
[ -r /proc/1/comm ] || {
    echo 'the processes of all users cannot be seen in /proc: use become' >&2
    exit 1
}

# A mount on the folder of a process hides it.
while read -r _ _ _ _ place _; do
    case $place in
        /proc/[0-9]*)
            echo "a mount on $place hides a process: find out who made it, and unmount it" >&2
            exit 1
            ;;
    esac
done </proc/self/mountinfo

# Whether a process runs, although its main thread has ended
has_other_threads() {
    for status in "$1"/task/*/status; do
        while read -r key value; do
            [ "$key" = State: ] || continue
            case $value in
                Z* | X*) ;;
                *) return 0 ;;
            esac
        done <"$status"
    done
    return 1
}

# Whether ps shows a process by the wanted name. It shows a name in brackets if the command line is empty, or is that name.
is_wanted() {
    [ "$name" != "$wanted" ] || return 0
    case $wanted in
        '['*']') ;;
        *) return 1 ;;
    esac
    # A thread of the kernel has no memory. A process whose main thread has ended shows none.
    [ -n "$memory" ] || [ "${state%% *}" = Z ] || return 1
    line=$(tr '\000' ' ' <"$1/cmdline")
    line=${line%"${line##*[! ]}"}
    [ "${line:-[$name]}" = "$wanted" ]
}

for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [ "$pid" != $$ ] || continue
    # A process may end at any time, and then its files are missing.
    {
        IFS= read -r name <"$folder/comm"
        state='' uids='' memory=''
        while read -r key value; do
            case $key in
                State:) state=$value ;;
                Uid:) uids=$value ;;
                VmSize:) memory=$value ;;
            esac
        done <"$folder/status"
    } 2>/dev/null || continue
    case $state in
        '' | X*) continue ;;
        Z*) has_other_threads "$folder" || continue ;;
    esac
    if [ "$by" = name ]; then
        is_wanted "$folder" || continue
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
