#!/bin/sh
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Checks with systemd that a service is stopped and disabled, and that no active unit, such as a timer, starts it again.
# The module service does not see a service whose unit file is gone, stops no service that is reloading, and takes a
# service that nobody can enable (static) for an enabled one.
# usage: check_service.sh SERVICE
[ -d /run/systemd/system ] || exit 0 # another init system, which the module asks for the state
unset SYSTEMD_OFFLINE

# Prints a property of a unit.
show() {
    systemctl show --property="$2" -- "$1" | sed "s/^$2=//"
}

is_active() {
    case $(show "$1" ActiveState) in
        inactive | failed) return 1 ;;
    esac
}

if is_active "$1"; then
    echo "service $1 is still running after it was stopped: stop what keeps it running" >&2
    exit 1
fi
case $(systemctl is-enabled -- "$1" 2>/dev/null) in
    enabled | enabled-runtime)
        echo "service $1 is enabled again after it was disabled: stop what enables it" >&2
        exit 1
        ;;
esac
for unit in $(show "$1" TriggeredBy); do
    if is_active "$unit"; then
        echo "service $1 is stopped, but $unit starts it again: stop $unit as well" >&2
        exit 1
    fi
done
