# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Divide the incidents of ``close_incidents`` among tasks. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS, Product
from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_steps import summarize

COMMENT_HOSTS = 20  # number of hosts that the default comment names


def divide_incidents(
    plan: list[dict[str, Any]],
    settings: Mapping[str, Any],
    evidence: Mapping[str, list[dict[str, str]]],
    play: str,
    time: str,
) -> dict[str, list[dict[str, Any]]]:
    """Divide incidents among tasks, each of which reads or closes some incidents in one product.

    Incidents with different comments or closure reasons are in different tasks. Incidents of different hosts are in one
    task only as long as the default comment can name all of their hosts, so that it never names others in place of those
    of an incident.

    :param plan: the incidents, as the filter ``closable_incidents`` returns them.
    :param settings: the variables of the role, as ``read_settings`` returns them.
    :param evidence: the actions on each host, for the default comment.
    :param play: the name of the play, for the default comment.
    :param time: the time of the run, for the default comment.
    :returns: ``closing``, the tasks that close incidents, those of each product next to each other, each with
        ``product``, ``number`` within the product, ``label``, ``ids``, ``comment``, ``closure_reason``, and
        ``held_back`` (other ids to read with them); ``first``, a task for each product that reads one of its incidents;
        and ``held_back``, a task for each product whose incidents are all held back that reads them.
    """
    tasks: dict[str, list[dict[str, Any]]] = {"first": [], "closing": [], "held_back": []}
    for product in PRODUCTS.values():
        planned = [incident for incident in plan if incident["product"] == product.name]
        held_back = [incident["id"] for incident in planned if not incident["closable"]]
        chunks = _chunk(planned, product, settings)
        for number, (texts, chunk) in enumerate(chunks, start=1):
            tasks["closing"].append(
                {
                    "product": product.name,
                    "number": number,
                    "label": f"chunk {number} of {len(chunks)}: {len(chunk)} in {product.label}",
                    "ids": [incident["id"] for incident in chunk],
                    "comment": texts.comment or _make_default_comment(chunk, evidence, play, time),
                    "closure_reason": texts.closure_reason,
                    "held_back": held_back if number == 1 else [],
                }
            )
        if planned:
            tasks["first"].append(_read(product, settings, [planned[0]["id"]]))
        if held_back and not chunks:
            tasks["held_back"].append(_read(product, settings, held_back))
    return tasks


class Texts(NamedTuple):
    """The comment and the closure reason of an incident. An empty comment stands for the default one."""

    comment: str
    closure_reason: str


def _chunk(
    planned: list[dict[str, Any]], product: Product, settings: Mapping[str, Any]
) -> list[tuple[Texts, list[dict[str, Any]]]]:
    """Return the incidents of each close task, with their comment and closure reason."""
    size = product.chunk_size if settings["chunk_size"] is None else settings["chunk_size"]
    return [
        (texts, chunk)
        for texts, incidents in _group(planned, product, settings).items()
        for chunk in _divide(incidents, size, 0 if texts.comment else COMMENT_HOSTS)
    ]


def _read(product: Product, settings: Mapping[str, Any], ids: list[str]) -> dict[str, Any]:
    """Return a task that only reads incidents. It has the closure reason of the role, because ESET warns of its default."""
    reason = settings["products"][product.name]["closure_reason"]
    return {"product": product.name, "closure_reason": reason, "label": product.label, "ids": ids}


def _group(
    planned: list[dict[str, Any]], product: Product, settings: Mapping[str, Any]
) -> dict[Texts, list[dict[str, Any]]]:
    """Return the closable incidents, by their comment and closure reason."""
    groups: dict[Texts, list[dict[str, Any]]] = {}
    for incident in planned:
        if incident["closable"]:
            texts = {**settings["products"][product.name], **settings["per_incident"].get(incident["id"], {})}
            reason = texts["closure_reason"] if product.reason_option else ""
            groups.setdefault(Texts(texts["comment"], reason), []).append(incident)
    return groups


def _divide(incidents: list[dict[str, Any]], size: int, named_hosts: int) -> list[list[dict[str, Any]]]:
    chunks: list[list[dict[str, Any]]] = []
    hosts: set[str] = set()  # of the last chunk
    for incident in incidents:
        if not chunks or not _fits(chunks[-1], hosts, incident, size, named_hosts):
            chunks.append([])
            hosts = set()
        chunks[-1].append(incident)
        hosts.update(incident["hosts"])
    return chunks


def _fits(chunk: list[dict[str, Any]], hosts: set[str], incident: dict[str, Any], size: int, named_hosts: int) -> bool:
    if 0 < size <= len(chunk):
        return False
    if not named_hosts or incident["hosts"] == chunk[-1]["hosts"]:  # incidents of the same hosts are next to each other
        return True
    if not incident["hosts"] or not chunk[-1]["hosts"]:
        return False
    return len(hosts.union(incident["hosts"])) <= named_hosts


def _make_default_comment(
    chunk: list[dict[str, Any]], evidence: Mapping[str, list[dict[str, str]]], play: str, time: str
) -> str:
    hosts = list(dict.fromkeys(host for incident in chunk for host in incident["hosts"]))
    words = ["Closed by Ansible"]
    if any(incident["hosts"] != chunk[0]["hosts"] for incident in chunk):
        words.append(", in one batch,")
    if hosts:
        words.append(f" after the remediation of {', '.join(hosts[:COMMENT_HOSTS])}")
    if len(hosts) > COMMENT_HOSTS:
        words.append(f" and {len(hosts) - COMMENT_HOSTS} more")
    words.append(f' (play "{play}", {time}).')
    done = [f"{host}: {summarize(evidence[host])}" for host in hosts[:COMMENT_HOSTS] if evidence.get(host)]
    if done:
        words.append(f" {'; '.join(done)}.")
    return "".join(words)
