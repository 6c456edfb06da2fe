# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write and read the mark of a remediated host. This file is private to the collection and may change in any release.

A mark is a set of facts of the host in this run, and an artifact of the job for later jobs of a workflow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import is_unset, plain_string

REMEDIATED = "incident_closure_remediated"
REMEDIATED_AT = "incident_closure_remediated_at"
IN_CHECK_MODE = "incident_closure_remediated_in_check_mode"
EVIDENCE = "incident_closure_evidence"
MARK_VARIABLES = (REMEDIATED, REMEDIATED_AT, IN_CHECK_MODE, EVIDENCE)
MAX_EVIDENCE = 100  # entries of one host in an artifact, which AWX keeps in its database
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
FIELDS = ("action", "target", "result", "sha256")  # of an entry; the last one may be missing

NOT_REMEDIATED = "it was not remediated"
NOT_COMPLETED = "its remediation was not completed"


def make_artifact_key(host: str) -> str:
    """Return the name of a host's artifact, which is a valid variable name, and differs for each host.

    When AWX merges the artifacts of several slices, equal names override each other.
    """
    return f"{REMEDIATED}_{hashlib.sha256(host.encode()).hexdigest()}"


def is_artifact(name: str) -> bool:
    """Return whether a variable is the artifact of a host."""
    return name.startswith(f"{REMEDIATED}_")


def read_evidence(given: Any) -> list[dict[str, str]]:
    """Return the actions on a host: entries with ``action``, ``target``, ``result``, and perhaps ``sha256``.

    :param given: such entries, or a string or strings from remediation tasks of the user, which become ``action``.
    :raises ValueError: it is something else.
    """
    if is_unset(given):
        return []
    entries = []
    for entry in given if isinstance(given, (list, tuple)) else [given]:
        text = plain_string(entry)
        if text is not None and text.strip():
            entries.append({"action": text.strip(), "target": "", "result": "done"})
        elif isinstance(entry, Mapping) and set(FIELDS[:3]) <= set(entry) <= set(FIELDS):
            entries.append({field: str(entry[field]) for field in FIELDS if field in entry})
        elif not is_unset(entry):
            raise ValueError("close_incidents_evidence must be a string or a list of strings")
    return entries


def read_parts(variables: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the actions on a host in the parts of a remediation that is not complete yet.

    :param variables: the variables of the host. Only in the middle of a remediation, a host that is not remediated has evidence.
    """
    mark = variables.get(REMEDIATED)
    return [] if mark is None or _is_true(mark) else _read_recorded(variables.get(EVIDENCE))


def gather_evidence(
    hostvars: Mapping[str, Any], incidents: Iterable[Mapping[str, Any]]
) -> dict[str, list[dict[str, str]]]:
    """Return the actions on the hosts of incidents, with their times, from this run or an earlier job of the workflow.

    :param incidents: as the filter ``closable_incidents`` returns them. A host may not be in the inventory.
    :returns: the entries by host, without hosts that have none.
    """
    hosts = dict.fromkeys(host for incident in incidents for host in incident["hosts"] if host in hostvars)
    evidence = {host: Mark(hostvars[host], host, check_mode=True).list_evidence() for host in hosts}
    return {host: entries for host, entries in evidence.items() if entries}


def make_artifact(host: str, *, remediated: bool, evidence: list[dict[str, str]], time: str) -> dict[str, Any]:
    """Return the artifact of one host, by its name. A job passes it to later jobs of a workflow."""
    mark = {"host": host, "remediated": remediated, "evidence": shorten_evidence(evidence), "at": time}
    return {make_artifact_key(host): mark}


def now() -> str:
    """Return the time in the form of marks and reports."""
    return datetime.now(timezone.utc).strftime(TIME_FORMAT)


def shorten_evidence(entries: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return entries for an artifact: the first ones, and the count of the rest."""
    if len(entries) <= MAX_EVIDENCE:
        return entries
    rest = {"action": f"and {len(entries) - MAX_EVIDENCE} more", "target": "", "result": "done"}
    return [*entries[:MAX_EVIDENCE], rest]


def read_variable(variables: Mapping[str, Any], host: str, name: str) -> Any:
    """Return a variable of a host, or None.

    :raises AnsibleFilterError: a template in it cannot be rendered.
    """
    try:
        return variables.get(name)
    except Exception as error:  # a template in an inventory can raise any exception
        raise AnsibleFilterError(f"{name} of the host {host} cannot be read: {error}") from error


def read_facts(variables: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """Return the facts from modules or a fact cache, without the values that ``set_fact`` sets in this run."""
    return read_variable(variables, host, "ansible_facts") or {}


def read_own_variable(variables: Mapping[str, Any], host: str, name: str) -> Any:
    """Return a variable that the inventory or ``set_fact`` sets, or None.

    :raises ValueError: it comes from a fact cache or from a module.
    :raises AnsibleFilterError: a template in it cannot be rendered.
    """
    value, facts = read_variable(variables, host, name), read_facts(variables, host)
    if name in facts and facts[name] == value:
        raise ValueError(
            f"{name} of the host {host} comes from a fact cache or from a module, and may hide what the "
            "inventory says: remove it there, and set it with set_fact, without cacheable"
        )
    return value


class Mark:
    """The mark of one host.

    :param variables: the variables of the host.
    :param host: its name.
    :param check_mode: whether a mark from check mode counts.
    """

    def __init__(self, variables: Mapping[str, Any], host: str, *, check_mode: bool) -> None:
        self._variables = variables
        self._host = host
        self._facts = read_facts(variables, host)
        self._artifact = self._read_artifact()
        self.obstacle = self._find_obstacle(check_mode=check_mode)

    def list_evidence(self) -> list[dict[str, str]]:
        """Return the actions on the host, with their times, from this run or else from an earlier job."""
        given, time = self._of_this_run(EVIDENCE), self._of_this_run(REMEDIATED_AT)
        if given is None:
            given, time = self._artifact.get("evidence"), self._artifact.get("at")
        return [{**entry, "time": str(time or "")} for entry in _read_recorded(given)]

    def _find_obstacle(self, *, check_mode: bool) -> str:
        """Return the reason for which the host does not count as remediated, or an empty string."""
        mark = read_variable(self._variables, self._host, REMEDIATED)
        if mark is not None and not _is_true(mark):
            return NOT_COMPLETED
        if mark is not None and not check_mode and _is_true(read_variable(self._variables, self._host, IN_CHECK_MODE)):
            return "it was remediated in check mode only"
        # A mark of this run looks like a mark from the cache, but their times differ.
        if mark is not None and (
            self._of_this_run(REMEDIATED) is not None or self._of_this_run(REMEDIATED_AT) is not None
        ):
            return ""
        if self._artifact:
            return "" if _is_true(self._artifact.get("remediated")) else NOT_COMPLETED
        if mark is not None:
            return "only a fact cache says that it is remediated, which an earlier job has left there"
        return NOT_REMEDIATED

    def _read_artifact(self) -> Mapping[str, Any]:
        artifact = self._of_this_run(make_artifact_key(self._host))
        return artifact if isinstance(artifact, Mapping) and artifact.get("host") == self._host else {}

    def _of_this_run(self, name: str) -> Any:
        value = read_variable(self._variables, self._host, name)
        return None if name in self._facts and self._facts[name] == value else value


def _read_recorded(given: Any) -> list[dict[str, str]]:
    """Return recorded evidence, or none if another program uses its variable: evidence never keeps an incident open."""
    try:
        return read_evidence(given)
    except ValueError:
        return []


def _is_true(value: Any) -> bool:
    return isinstance(value, (bool, int, str)) and boolean(value, strict=False)
