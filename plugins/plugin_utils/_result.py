# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collect the outcome of each incident of ``close_incidents``. This file is private to the collection and may change in any release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils._closure import OUTCOMES
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS
from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_steps import describe_steps
from ansible_collections.secops.incident_closure.plugins.plugin_utils._task_failure import read_failure

OUTCOMES_OF_ROLE: dict[Any, str] = {**OUTCOMES, "held_back": "held back"}  # with their words
NOT_ATTEMPTED, NOT_ATTEMPTED_REASON = ClientError.untried
# The outcomes with which the comment was, would be, or may have been written.
COMMENTED = ("closed", "would_close", "unknown")
# of an incident in the result of a module
MODULE_FIELDS = ("title", "severity", "status_before", "outcome", "reason", "message")
LISTS = ("closed", "already_closed", "would_close", "held_back", "failed")
NAMED_HOSTS = 10  # in a message or an artifact
TEMPLATE = re.compile(r"\{(?=[{%#])")  # the beginning of one
NAMED_INCIDENTS = 10  # in a message

Key = tuple[str, str]  # the product and the id of an incident


def make_result(plan: Mapping[str, Any], answers: Any, held_back: Any) -> dict[str, Any]:
    """Join the plan with the results of the modules. Every incident of the plan is in the result.

    :param plan: ``incidents``, ``evidence`` of their hosts, ``unread`` (messages about incidents with unreadable
        devices), ``began`` (the time of the run), and ``check_mode``.
    :param answers: the registered result of the loop that closes the chunks.
    :param held_back: the registered result of the loop that reads the states of incidents that are held back.
    :returns: the ``result`` of the role, its short form for later jobs as ``artifact``, the ``steps`` on each host as
        a string, the words of all ``outcomes``, the ``labels`` of the products, and the messages that the role shows.
    """
    closing = _read_loop(answers)
    found = dict(_find_states(closing, _read_loop(held_back)))
    found.update(pair for answer in closing for pair in _read_answer(answer, check_mode=plan["check_mode"]))
    obstacles = {_find_product(answer): _find_obstacle(answer) for answer in closing}
    rows = [_make_row(incident, found, obstacles, plan["began"]) for incident in plan["incidents"]]
    lists: dict[str, list[str]] = {name: [] for name in LISTS}
    for row in rows:
        lists["failed" if row["outcome"] == "unknown" else row["outcome"]].append(row["id"])
    return {
        "result": {**lists, "incidents": rows, "evidence": plan["evidence"]},
        "artifact": {**lists, "incidents": [_shorten(row) for row in rows]},
        "steps": {host: describe_steps(host, entries) for host, entries in plan["evidence"].items()},
        "outcomes": OUTCOMES_OF_ROLE,
        "labels": {product.name: product.label for product in PRODUCTS.values()},
        **_make_messages(rows, lists, sum(1 for incident in plan["incidents"] if incident["closable"])),
        "unread_failure": _join_messages(
            f"incidents held back because their devices cannot be read: {len(plan['unread'])}", plan["unread"]
        ),
    }


def _make_row(
    incident: Mapping[str, Any],
    found: Mapping[Key, Mapping[str, Any]],
    obstacles: Mapping[str, str],
    time: str,
) -> dict[str, Any]:
    """Return the row of an incident of the plan.

    :param found: the fields that the results of the modules contain, by incident.
    :param obstacles: the failure that stopped the last task of a product, by product.
    """
    row = {
        "product": incident["product"],
        "id": incident["id"],
        "title": "",
        "severity": "",
        "status_before": None,
        "outcome": "failed",
        "hosts": list(incident["hosts"]),
        "held_back_by": [dict(host) for host in incident["held_back_by"]],
        "reason": NOT_ATTEMPTED_REASON,
        "message": NOT_ATTEMPTED,
        "comment": "",
        "time": time,
    }
    if not incident["closable"]:
        row.update(outcome="held_back", reason="", message=_join_reasons(row["held_back_by"]))
    row.update(found.get((incident["product"], incident["id"]), {}))
    if row["reason"] == NOT_ATTEMPTED_REASON and obstacles.get(row["product"]):
        row["message"] += ": " + obstacles[row["product"]]
    return row


def _make_messages(rows: list[dict[str, Any]], lists: Mapping[str, list[str]], closable: int) -> dict[str, Any]:
    """Return the messages that the role shows. Without a failure, its messages are empty."""
    failures = [f"{row['id']}: {row['message']}" for row in rows if row["outcome"] in ("failed", "unknown")]
    blocked = [f"{row['id']}: {row['message']}" for row in rows if row["outcome"] == "held_back"]
    explained = {**lists, "held_back": blocked, "failed": failures}
    shown = {OUTCOMES_OF_ROLE[name]: explained[name] for name in LISTS}
    given = " or ".join(product.ids_option for product in PRODUCTS.values())
    return {
        "shown": {name: entries for name, entries in shown.items() if entries} or "There is no incident to close.",
        "failure": _join_messages(
            f"{len(failures)} of {closable} incidents that may be closed are not closed", failures
        ),
        "held_back_failure": _join_messages(f"incidents held back: {len(blocked)}", blocked),
        "nothing_to_close": ""
        if len(rows) > len(blocked)
        else f"there is no incident that may be closed: name some in {given}",
    }


def _read_loop(registered: Any) -> list[Mapping[str, Any]]:
    """Return the results of the loop's items that ran."""
    results = registered.get("results") if isinstance(registered, Mapping) else None
    return [result for result in results or [] if not result.get("skipped")]


def _find_product(answer: Mapping[str, Any]) -> str:
    """Return the product of a task."""
    return str(answer["_close_incidents_chunk"]["product"])


def _read_incidents(answer: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of incidents in the result of a module. A module that ended early has none."""
    incidents = answer.get(name)
    return incidents if isinstance(incidents, (list, tuple)) else []


def _find_states(
    closing: list[Mapping[str, Any]], reading: list[Mapping[str, Any]]
) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Yield each held-back incident that a task has read, with the fields of its row.

    :param closing: the results of tasks that close other incidents and read these.
    :param reading: the results of tasks that only read them.
    """
    for answer in closing:
        for incident in _read_incidents(answer, "held_back"):
            yield (
                (_find_product(answer), incident["id"]),
                _describe(incident, status=incident["status"], closed=incident["closed"]),
            )
    for answer in reading:
        for incident in _read_incidents(answer, "incidents"):
            closed = incident["outcome"] == "already_closed"
            yield (
                (_find_product(answer), incident["id"]),
                _describe(incident, status=incident["status_before"], closed=closed),
            )


def _describe(incident: Mapping[str, Any], *, status: str | None, closed: bool) -> dict[str, Any]:
    """Return the fields of the row of a held-back incident. If somebody has closed it, it is not held back."""
    fields = {"title": incident["title"], "severity": incident["severity"], "status_before": status}
    return {**fields, "outcome": "already_closed", "message": "", "held_back_by": []} if closed else fields


def _read_answer(answer: Mapping[str, Any], *, check_mode: bool) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Yield each incident of a task that closes a chunk, with the fields of its row."""
    chunk = answer["_close_incidents_chunk"]
    named = {incident["id"]: incident for incident in _read_incidents(answer, "incidents")}
    missing = _explain_missing(answer, check_mode=check_mode)
    for wanted in chunk["ids"]:
        incident = named.get(wanted, missing)
        fields = {name: incident[name] for name in MODULE_FIELDS if name in incident}
        fields["comment"] = chunk["comment"] if incident["outcome"] in COMMENTED else ""
        yield (chunk["product"], wanted), fields


def _explain_missing(answer: Mapping[str, Any], *, check_mode: bool) -> dict[str, str]:
    """Return the outcome and the message of an incident that the result of its task does not name."""
    obstacle = _find_obstacle(answer)
    if check_mode or answer.get("unreachable") or "gave_up" in answer:
        message = obstacle or "the module did not name it"
        return {"outcome": "failed", "reason": "no_result", "message": message}
    # The module's process ended early, and may have sent the close request before.
    label = PRODUCTS[_find_product(answer)].label
    return {
        "outcome": "unknown",
        "reason": "no_result",
        "message": f"the task ended without a result ({obstacle or 'no reason given'}): look at the incident in {label}",
    }


def _find_obstacle(answer: Mapping[str, Any]) -> str:
    """Return the failure that stopped a task. Empty if there was none, or if the result does not show it."""
    return str(answer["stopped_by"]) if "stopped_by" in answer else read_failure(answer).rstrip(".")


def _join_reasons(held_back_by: list[dict[str, str]]) -> str:
    named = [f"{host['host']}: {host['reason']}" for host in held_back_by[:NAMED_HOSTS]]
    if len(held_back_by) > NAMED_HOSTS:
        named.append(f"and {len(held_back_by) - NAMED_HOSTS} more hosts")
    return "; ".join(named)


def _join_messages(count: str, messages: list[str]) -> str:
    """Return a message for people, or an empty string."""
    if not messages:
        return ""
    more = ["and more"] if len(messages) > NAMED_INCIDENTS else []
    return "; ".join([count, *messages[:NAMED_INCIDENTS], *more])


def _shorten(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for an artifact, which AWX keeps in its database: with some hosts, and the count of the rest.

    AWX passes it to the next job as variables, in which Ansible would run a template in a title or the name of a device.
    """
    short = {name: _disarm(value) for name, value in row.items()}
    for name in ("hosts", "held_back_by"):
        short[name] = [_disarm(host) for host in row[name][:NAMED_HOSTS]]
        short[f"more_{name}"] = max(len(row[name]) - NAMED_HOSTS, 0)
    return short


def _disarm(value: Any) -> Any:
    """Return a value in which no string, including those in dictionaries, is a template."""
    if isinstance(value, dict):
        return {name: _disarm(item) for name, item in value.items()}
    return TEMPLATE.sub("{ ", value) if isinstance(value, str) else value
