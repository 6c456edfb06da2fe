# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import concurrent.futures
import threading

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _parallel as parallel
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import NotExecutedError, RejectedError

ERROR = RejectedError("no")
FATAL = NotExecutedError("wrong password", fatal=True)


@pytest.mark.parametrize("ids", ["", "a", "abc"])
def test_each_incident_has_one_outcome(ids):
    outcomes = list(parallel.run_for_each(str.upper, list(ids)))
    assert sorted(outcomes) == [(incident, incident.upper()) for incident in ids]


@pytest.mark.parametrize("ids", ["b", "abc"])
def test_an_error_is_the_outcome_of_one_incident(ids):
    def fail_b(incident):
        if incident == "b":
            raise ERROR
        return incident

    assert dict(parallel.run_for_each(fail_b, list(ids))) == {**{incident: incident for incident in ids}, "b": ERROR}


def test_nothing_starts_after_a_fatal_error(monkeypatch):
    monkeypatch.setattr(parallel, "MAX_CONNECTIONS", 1)
    seen = threading.Event()
    started = []

    def fail_first(incident):
        started.append(incident)
        if incident == "a":
            raise FATAL
        seen.wait(10)  # until the fatal error is known

    outcomes = {}
    for incident, outcome in parallel.run_for_each(fail_first, list("abcdef")):
        outcomes[incident] = outcome
        seen.set()
    assert outcomes["a"] is FATAL
    assert started == list(outcomes)
    assert len(started) <= 2


def test_what_had_started_before_a_fatal_error_has_an_outcome(monkeypatch):
    together = threading.Barrier(2, timeout=5)
    seen = threading.Event()

    def work(incident):
        if incident in "ab":
            together.wait()
        if incident == "a":
            raise FATAL
        seen.wait(5)
        return incident

    def complete(futures):
        """Yield the fatal error first, then what it cancels, and then the rest."""
        first, *others = futures
        first.result()
        yield first
        seen.set()
        concurrent.futures.wait(others)
        yield from sorted(others, key=lambda future: not future.cancelled())

    monkeypatch.setattr(parallel, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(concurrent.futures, "as_completed", complete)
    assert dict(parallel.run_for_each(work, list("abcdef")))["b"] == "b"


def test_as_many_threads_work_as_connections_are_kept(monkeypatch):
    monkeypatch.setattr(parallel, "MAX_CONNECTIONS", 2)
    together = threading.Barrier(2, timeout=5)
    assert len(list(parallel.run_for_each(lambda incident: together.wait(), list("abcd")))) == 4
