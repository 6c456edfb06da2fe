# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator as a process of its own: ``python tests/simulator --port 0 --port-file FILE``.

People start it with ``./dev simulator``, which passes ``--guide``.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shlex
import signal
import ssl
import sys
import threading

FOLDER = pathlib.Path(__file__).resolve().parent


def arguments():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="simulator", description="Play D3 SOAR and ESET Connect on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 (the default) is any free one")
    parser.add_argument("--port-file", type=pathlib.Path, help="write the port to this file once it is listened on")
    parser.add_argument(
        "--rate-limit",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="keep to the vendors' rate limits (the default)",
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument(
        "--scenario",
        type=pathlib.Path,
        help="a JSON file with incidents, devices, credentials and settings (see control.py)",
    )
    parser.add_argument("--certificate", type=pathlib.Path, help="serve HTTPS with this certificate (PEM)")
    parser.add_argument("--private-key", type=pathlib.Path, help="its key, where it is not in the same file")
    parser.add_argument("--guide", action="store_true", help="print the incidents, the credentials, and how to reset")
    return parser.parse_args()


def guide(simulator):
    """Return an introduction for people: the incidents, the credentials, and the control requests.

    :param simulator: a running ``Simulator``.
    :returns: lines of text, without a line break at the end.
    """
    rows = [("D3", incident.number, incident.status, incident.title) for incident in simulator.d3.incidents.values()]
    rows += [
        ("ESET", incident.uuid, incident.status, incident.display_name)
        for incident in simulator.eset.incidents.values()
    ]
    widths = [max(map(len, column), default=0) for column in zip(*rows)]
    lines = ["", "Incidents:"]
    lines += ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    fields = list(dict.fromkeys(name for incident in simulator.d3.incidents.values() for name in incident.fields))
    lines += ["", f"Fields of the incidents in D3: {', '.join(fields) or 'none'}"]
    lines += ["", "Run these lines in the shell in which you use Ansible:"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in simulator.environment.items()]
    lines += [
        "",
        "Open all incidents again:    " + f"curl -X POST {simulator.url}/simulator/reset",
        "Show what happened to them:  " + f"curl {simulator.url}/simulator/state",
        "Stop the simulator:          Ctrl-C",
    ]
    return "\n".join(lines)


def main():
    """Serve until SIGTERM or SIGINT.

    :returns: the exit code.
    """
    # Python puts the folder that it runs on the path, but the imports start from the folder above.
    sys.path[:] = [str(FOLDER.parent)] + [entry for entry in sys.path if pathlib.Path(entry).resolve() != FOLDER]
    from simulator import Simulator  # pylint: disable=import-outside-toplevel

    args = arguments()
    tls = None
    if args.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(args.certificate, args.private_key)
    scenario = json.loads(args.scenario.read_text(encoding="utf-8")) if args.scenario else None

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *dummy: ended.set())
    simulator = Simulator(rate_limit=args.rate_limit, latency=args.latency, tls=tls, port=args.port, scenario=scenario)
    try:
        simulator.start()
    except (OSError, OverflowError) as error:  # OverflowError: the number is not a port
        reason = error.strerror if isinstance(error, OSError) else "it is not between 0 and 65535"
        print(f"The simulator cannot listen on port {args.port}: {reason}. Set --port.", file=sys.stderr)
        return 1
    try:
        if args.port_file:
            temporary = args.port_file.with_name(f"{args.port_file.name}.{os.getpid()}")
            temporary.write_text(simulator.url.rpartition(":")[2] + "\n", encoding="utf-8")
            temporary.replace(args.port_file)
        print(f"The simulator listens: D3 at {simulator.d3_url}, ESET at {simulator.eset_url}", flush=True)
        if args.guide:
            print(guide(simulator), flush=True)
        ended.wait()
    finally:
        simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
