# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of each incident of ``close_incidents``. This filter is private to the collection and may change in any release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _close_incidents_result
short_description: "[INTERNAL] Return the outcome of each incident"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - This filter is private to the roles and playbooks of the collection and may change in any release.
  - Joins the plan of the gate with the results of the two modules. Every incident of the plan is in the result.
positional: results, held_back, time, check_mode, evidence
options:
  _input:
    description: The incidents, as P(secops.incident_closure.closable_incidents#filter) returns them.
    type: raw
    required: true
  results:
    description: The registered result of the loop of close tasks, for each product.
    type: dict
    required: true
  held_back:
    description: The registered result of the task that reads the states of incidents that are held back, for each product.
    type: dict
    required: true
  time:
    description: The time of the run.
    type: str
    required: true
  check_mode:
    description: Whether the close tasks ran in check mode.
    type: bool
    default: false
  evidence:
    description: What was done on each host.
    type: dict
"""

EXAMPLES = r"""
- name: Show the result before anything is closed
  ansible.builtin.debug:
    msg: "{{ (plan | secops.incident_closure._close_incidents_result({}, {}, '2026-01-12T06:08:31Z')).shown }}"
  vars:
    plan: "{{ hostvars | secops.incident_closure.closable_incidents }}"
"""

RETURN = r"""
_value:
  description: The result of the role as C(result), its short form for later jobs as C(artifact), and the messages that the role shows.
  type: dict
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS

NOT_ATTEMPTED = "not attempted"  # the modules' message for an incident that they gave up
COMMENTED = ("closed", "would_close", "unknown")  # the comment was written, would be, or may have been
LISTS = ("closed", "already_closed", "would_close", "held_back", "failed")
NAMED_HOSTS = 10  # in a message or an artifact
NAMED_INCIDENTS = 10  # in a message


def close_incidents_result(
    plan: list[dict[str, Any]],
    results: Mapping[str, Any],
    held_back: Mapping[str, Any],
    time: str,
    check_mode: bool = False,
    evidence: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what DOCUMENTATION says."""
    outcomes: dict[tuple[str, str], dict[str, str]] = {}
    obstacles = {}
    closed_before: set[tuple[str, str]] = set()  # although hosts hold them back
    for product in PRODUCTS:
        for answer in _read_loop(results.get(product)):
            obstacles[product] = _find_reason(answer)
            outcomes.update({(product, key): fields for key, fields in _read_answer(answer, product, check_mode)})
            closed_before.update(
                (product, incident["id"]) for incident in answer.get("held_back") or [] if incident["closed"]
            )
        closed_before.update(
            (product, incident["id"])
            for incident in _read_incidents(held_back.get(product))
            if incident["outcome"] == "already_closed"
        )
    rows = []
    for incident in plan:
        key = incident["product"], incident["id"]
        row: dict[str, Any] = {
            "product": incident["product"],
            "id": incident["id"],
            "outcome": "failed",
            "hosts": list(incident["hosts"]),
            "held_back_by": [dict(host) for host in incident["held_back_by"]],
            "message": NOT_ATTEMPTED,
            "comment": "",
            "time": time,
        }
        if not incident["closable"]:
            row.update(outcome="held_back", message=_join_reasons(row["held_back_by"]))
            if key in closed_before:
                row.update(outcome="already_closed", message="", held_back_by=[])
        row.update(outcomes.get(key, {}))
        if row["message"] == NOT_ATTEMPTED and obstacles.get(row["product"]):
            row["message"] += ": " + obstacles[row["product"]]
        rows.append(row)
    lists: dict[str, list[str]] = {name: [] for name in LISTS}
    for row in rows:
        lists["failed" if row["outcome"] == "unknown" else row["outcome"]].append(row["id"])
    failures = [f"{row['id']}: {row['message']}" for row in rows if row["outcome"] in ("failed", "unknown")]
    blocked = [f"{row['id']}: {row['message']}" for row in rows if row["outcome"] == "held_back"]
    closable = sum(1 for incident in plan if incident["closable"])
    shown = {
        "closed": lists["closed"],
        "already closed": lists["already_closed"],
        "would be closed": lists["would_close"],
        "held back": blocked,
        "failed": failures,
    }
    # ids, names of hosts, and messages are data, even where they look like templates
    return wrap_var(
        {
            "result": {**lists, "incidents": rows, "evidence": _copy_evidence(evidence or {})},
            "artifact": {**lists, "incidents": [_shorten(row) for row in rows]},
            "shown": {name: entries for name, entries in shown.items() if entries} or "There is no incident to close.",
            "failure": _join_messages(
                f"{len(failures)} of {closable} incidents that may be closed are not closed", failures
            ),
            "held_back_failure": _join_messages(f"incidents held back: {len(blocked)}", blocked),
        }
    )


def _copy_evidence(evidence: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Return plain containers: what templates hand over since ansible-core 2.19 cannot be wrapped."""
    return {host: [{**entry} for entry in entries] for host, entries in evidence.items()}


def _read_loop(registered: Any) -> list[Mapping[str, Any]]:
    """Return the results of the loop's items that ran."""
    results = registered.get("results") if isinstance(registered, Mapping) else None
    return [result for result in results or [] if not result.get("skipped")]


def _read_incidents(result: Any) -> Sequence[Mapping[str, Any]]:
    """Return the incidents in a module's result. A module that ended early has none."""
    incidents = result.get("incidents") if isinstance(result, Mapping) else None
    return incidents if isinstance(incidents, (list, tuple)) else []


def _read_answer(answer: Mapping[str, Any], product: str, check_mode: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (id, fields of its row) for each incident of one close task."""
    chunk = answer.get("close_incidents_chunk") or {}
    named = {incident["id"]: incident for incident in _read_incidents(answer)}
    reason = _find_reason(answer)
    if check_mode or answer.get("unreachable") or "gave_up" in answer:
        missing = {"outcome": "failed", "message": reason or "the module did not name it"}
    else:
        # The module's process was killed, so it may have sent the close request.
        label = PRODUCTS[product].label
        missing = {
            "outcome": "unknown",
            "message": f"the task ended without a result ({reason or 'no reason given'}): look at the incident in {label}",
        }
    for wanted in chunk.get("ids", []):
        incident = named.get(wanted, missing)
        yield (
            wanted,
            {
                "outcome": incident["outcome"],
                "message": incident["message"],
                "comment": chunk.get("comment") or "" if incident["outcome"] in COMMENTED else "",
            },
        )


def _find_reason(result: Mapping[str, Any]) -> str:
    """Return why a task failed, on one line and without the counts before it."""
    reason = re.sub(r"^\d+ [a-z ]+(, \d+ [a-z ]+)*(: |$)", "", str(result.get("msg") or ""))
    return " ".join(reason.split()).rstrip(".")


def _join_reasons(held_back_by: list[dict[str, str]]) -> str:
    named = [f"{host['host']}: {host['reason']}" for host in held_back_by[:NAMED_HOSTS]]
    if len(held_back_by) > NAMED_HOSTS:
        named.append(f"and {len(held_back_by) - NAMED_HOSTS} more hosts")
    return "; ".join(named)


def _join_messages(count: str, messages: list[str]) -> str:
    """Return a message for a person, or an empty string if there is nothing to say."""
    if not messages:
        return ""
    more = ["and more"] if len(messages) > NAMED_INCIDENTS else []
    return "; ".join([count, *messages[:NAMED_INCIDENTS], *more])


def _shorten(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for an artifact, which AWX keeps in its database: with some hosts, and the count of the rest."""
    short = dict(row)
    for name in ("hosts", "held_back_by"):
        short[name] = row[name][:NAMED_HOSTS]
        short[f"more_{name}"] = max(len(row[name]) - NAMED_HOSTS, 0)
    return short


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return it by its name."""
        return {"_close_incidents_result": close_incidents_result}
