# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control requests, with which another process changes the simulator, in JSON over HTTP.

The journal does not contain them, and faults do not apply to them.

=======  ========================  ===================================================================================
method   path                      what it does
=======  ========================  ===================================================================================
POST     /simulator/reset          reset state, faults, journal, and settings. The body is a scenario; without a body,
                                   the simulator loads the scenario that it started with
POST     /simulator/add            add incidents, changes, and devices: ``d3`` and ``eset``, each an object with
                                   ``incidents`` and ``changes``, and for ESET ``devices``. An existing id is replaced
POST     /simulator/faults         plan a fault, or a list of them: the parameters of ``Simulator.fault``
DELETE   /simulator/faults         forget the planned faults
POST     /simulator/settings       change settings (PUT does the same): ``latency``, ``rate_limit`` (of both products),
                                   ``d3`` and ``eset`` (an object with settings of the product)
POST     /simulator/expire_tokens  make all of ESET's access tokens invalid
GET      /simulator/state          incidents, devices, planned changes, numbers of calls, planned faults
GET      /simulator/journal        every request, oldest first
=======  ========================  ===================================================================================

This is a scenario, and ``add`` takes a part of one. Incidents and devices are ids, or objects with ``id`` and any of
the fields of ``d3/incident.py``, ``eset/incidents.py``, and ``eset/devices.py``::

    {"d3": {"incidents": [{"id": "20260112-101", "status": "Open", "title": "Beaconing", "severity": "High",
                           "created": "2026-01-12 06:08:31",
                           "fields": {"Custom Field": "web01, web02"},
                           "dynamic_fields": {"Asset": {"Hostname": ["web01"]}}}]},
     "eset": {"devices": [{"id": "d1", "display_name": "web01", "primary_local_ip_address": "192.0.2.1"},
                          {"id": "d2", "forbidden": true}],
              "incidents": [{"id": "u1", "display_name": "Web shell", "severity": "INCIDENT_SEVERITY_LEVEL_HIGH",
                             "device_uuids": ["d1"], "create_time": "2026-01-12T06:08:31Z"}],
              "changes": [{"incident": "u1", "join": ["d2"], "after": 1}]}}

A change sets fields of an incident: ``{"incident": "u1", "status": "INCIDENT_STATUS_CLOSED"}``. In ESET, ``join`` adds
devices to an incident, like an attack that spreads. The change sets the time of the incident's update, unless it has
a time of its own. The change happens at once, or with ``after`` when so many calls that name the incident (or that
name no incident, such as a list) have succeeded, or with ``seconds`` after so many seconds. ``on`` selects the calls
that count: by default the single reads (``eset.read``, ``d3.read``), else a call or a pattern, such as
``eset.list`` or ``eset.device_*``.
"""

from __future__ import annotations

import dataclasses

from .messages import Answer

BASE = "/simulator/"


def answer(simulator, request):
    """Return the response to a control request."""
    action = ACTIONS.get((request.method, request.path[len(BASE) :]))
    if action is None:
        return Answer(404, {"error": f"there is no {request.method} {request.path}"})
    try:
        return Answer(200, action(simulator, request.json() if request.body else None))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Answer(400, {"error": str(error)})


def _reset(simulator, scenario):
    simulator.reset(scenario)
    return {}


def _add(simulator, additions):
    simulator.add(**additions)
    return {}


def _plan(simulator, faults):
    planned = [simulator.fault(**fault) for fault in (faults if isinstance(faults, list) else [faults])]
    return {"planned": len(planned)}


def _clear(simulator, dummy):
    simulator.faults.clear()
    return {}


def _configure(simulator, settings):
    simulator.configure(**settings)
    return {}


def _expire(simulator, dummy):
    simulator.eset.expire_tokens()
    return {}


def _state(simulator, dummy):
    calls = {}
    for request in simulator.calls():
        calls[request.call] = calls.get(request.call, 0) + 1
    return {
        "d3": simulator.d3.state(),
        "eset": simulator.eset.state(),
        "calls": calls,
        "faults": [dataclasses.asdict(planned) for planned in simulator.faults.planned],
    }


def _journal(simulator, dummy):
    return {"requests": [dataclasses.asdict(request) for request in list(simulator.journal)]}


ACTIONS = {
    ("POST", "reset"): _reset,
    ("POST", "add"): _add,
    ("POST", "faults"): _plan,
    ("DELETE", "faults"): _clear,
    ("POST", "settings"): _configure,
    ("PUT", "settings"): _configure,
    ("POST", "expire_tokens"): _expire,
    ("GET", "state"): _state,
    ("GET", "journal"): _journal,
}
