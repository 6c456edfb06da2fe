#!/bin/sh
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Stops and disables a service of systemd, and prints its name if it was running or enabled. LOOK only prints it.
# STOPPED fails with a message unless the service is stopped and disabled, and no active unit, such as a timer, starts it again.
# In place of this script, the module service would not stop a service whose unit file is gone or that is reloading, would not
# disable one that is enabled until the next boot, and would report a change for each one that nobody can enable (static).
# usage: systemd_service.sh LOOK|STOP|STOPPED SERVICE
do=$1 name=$2
unset SYSTEMD_OFFLINE

fail() {
    echo "$1" >&2
    exit 1
}

# Prints a property of a unit.
show() {
    systemctl show --property="$2" -- "$1" | sed "s/^$2=//"
}

is_active() {
    case $(show "$1" ActiveState) in
        inactive | failed) return 1 ;;
    esac
}

# Prints enabled, or enabled-runtime if that ends with the next boot, or nothing.
enabled() {
    systemctl is-enabled -- "$name" 2>/dev/null | grep '^enabled'
}

disable() {
    case $(enabled) in
        enabled) systemctl disable -- "$name" || exit 1 ;;
        enabled-runtime) systemctl disable --runtime -- "$name" || exit 1 ;;
    esac
}

unit=$(show "$name" Id)
case $unit in
    "$name" | "$name.service") ;;
    '') fail "systemd knows nothing about the service $name: check its name" ;;
    # Without the service, its alias may no longer exist, and would count as a service that is stopped.
    *) fail "service $name is an alias: give the name $unit in its place" ;;
esac

if [ "$do" = STOPPED ]; then
    ! is_active "$name" || fail "service $name is still running after it was stopped: stop what keeps it running"
    [ -z "$(enabled)" ] || fail "service $name is enabled again after it was disabled: stop what enables it"
    for other in $(show "$name" TriggeredBy); do
        ! is_active "$other" || fail "service $name is stopped, but $other starts it again: stop $other as well"
    done
    exit 0
fi

if is_active "$name" || [ -n "$(enabled)" ]; then
    echo "$name"
    [ "$do" = STOP ] || exit 0
    systemctl --no-ask-password stop -- "$name" || exit 1
    disable
    disable # it may be enabled in both ways
fi
