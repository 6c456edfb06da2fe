# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck shell=sh
# In a separate network namespace, block addresses with the playbook, and print before and after whether connections to them succeed.
python=$1 playbook=$2
set -eu

ip link set lo up
ip address add 192.0.2.7/32 dev lo
ip address add 203.0.113.9/32 dev lo
ip address add 2001:db8::7/128 dev lo nodad

talk() {
    said=$1
    shift
    for address; do
        said="$said $("$python" -c '
import socket, sys
try:
    socket.create_connection((sys.argv[1], 9), timeout=1)
except ConnectionRefusedError:
    print("refused")
except OSError:
    print("blocked")
' "$address")"
    done
    echo "$said"
}

run() { ansible-playbook "$@" "$playbook"; }

talk before 192.0.2.7 2001:db8::7
run --check
talk check 192.0.2.7 2001:db8::7
run
talk after 192.0.2.7 2001:db8::7
echo again
run
talk again 192.0.2.7 2001:db8::7
nft flush chain inet incident_closure output
nft flush chain inet incident_closure input
run
talk mended 192.0.2.7 2001:db8::7
talk neighbour 203.0.113.9
