# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of "List incidents" in the simulated ESET."""

from __future__ import annotations

import pytest

from simulator.eset.filters import compiled
from simulator.eset.incidents import CLOSED, OPEN, Incident
from simulator.messages import Refusal

WAITING = "INCIDENT_STATUS_WAITING_FOR_INPUT"
LOW, HIGH = "INCIDENT_SEVERITY_LEVEL_LOW", "INCIDENT_SEVERITY_LEVEL_HIGH"
NOON = 'timestamp("2026-01-12T12:00:00Z")'
INCIDENTS = [
    Incident("before", OPEN, severity=LOW, create_time="2026-01-12T11:59:59.999Z", update_time="2026-01-13T00:00:00Z"),
    Incident("noon", WAITING, severity=HIGH, create_time="2026-01-12T12:00:00Z", update_time="2026-01-12T12:00:00Z"),
    Incident(
        "after", CLOSED, severity=HIGH, create_time="2026-01-12T11:30:00-01:00", update_time="2026-01-14T00:00:00Z"
    ),
]


def found(text, whole=False):
    matches = compiled(text, whole)
    return [incident.uuid for incident in INCIDENTS if matches(incident)]


@pytest.mark.parametrize(
    ["text", "uuids"],
    [
        ("", ["before", "noon", "after"]),
        (f"incident.status == {OPEN}", ["before"]),
        (f"incident.status in [{OPEN}]", ["before"]),
        (f"incident.status in [{OPEN}, {CLOSED}]", ["before", "after"]),
        (f"incident.status in [{OPEN},{CLOSED}]", ["before", "after"]),
        (f" incident.status=={CLOSED} ", ["after"]),
        (f"incident.severity == {HIGH}", ["noon", "after"]),
        (f"incident.severity in [{LOW}, {HIGH}]", ["before", "noon", "after"]),
        (f"incident.create_time >= {NOON}", ["noon", "after"]),
        (f"incident.create_time > {NOON}", ["after"]),
        (f"incident.create_time < {NOON}", ["before"]),
        (f"incident.create_time <= {NOON}", ["before", "noon"]),
        ('incident.create_time >= timestamp("2026-01-12T13:30:00+01:00")', ["after"]),
        (f"incident.update_time > {NOON}", ["before", "after"]),
        (f"incident.severity == {HIGH} && incident.create_time > {NOON}", ["after"]),
        (f"incident.severity == {HIGH} && incident.status == {OPEN}", []),
    ],
)
def test_a_filter_selects_incidents(text, uuids):
    assert found(text) == uuids


@pytest.mark.parametrize(
    "text",
    [
        " ",
        f'incident.status == "{OPEN}"',
        "incident.status == OPEN",
        f"incident.status != {OPEN}",
        f"incident.status >= {OPEN}",
        f"incident.status in {OPEN}",
        "incident.status in []",
        f"incident.status in [{OPEN}",
        f"incident.status in [{OPEN},]",
        f"incident.status in [{OPEN} {CLOSED}]",
        f"incident.status == {HIGH}",
        f"incident.severity == {OPEN}",
        f"status == {OPEN}",
        f"incident.Status == {OPEN}",
        'incident.uuid == "u1"',
        f"incident.status == {OPEN} &&",
        f"incident.status == {OPEN} & incident.severity == {HIGH}",
        f"incident.status == {OPEN} incident.severity == {HIGH}",
        f"incident.create_time == {NOON}",
        "incident.create_time >= 2026-01-12T12:00:00Z",
        'incident.create_time >= "2026-01-12T12:00:00Z"',
        "incident.create_time >= timestamp('2026-01-12T12:00:00Z')",
        'incident.create_time >= timestamp("2026-01-12")',
        'incident.create_time >= timestamp("2026-02-30T12:00:00Z")',
        'incident.create_time >= timestamp("2026-01-12T12:00:00")',
        "incident.create_time",
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_an_invalid_filter_is_rejected(text, whole):
    with pytest.raises(Refusal):
        compiled(text, whole)


def test_a_filter_has_200_characters_at_most():
    text = f"incident.status == {OPEN}"
    compiled(text.ljust(200))
    with pytest.raises(Refusal):
        compiled(text.ljust(201))


@pytest.mark.parametrize(
    ["text", "uuids"],
    [
        (f"(incident.status == {OPEN})", ["before"]),
        (f"incident.status == {OPEN} || incident.status == {CLOSED}", ["before", "after"]),
        (
            f"incident.severity == {HIGH} && (incident.status == {OPEN} || incident.status == {CLOSED})",
            ["after"],
        ),
    ],
)
def test_a_whole_filter_supports_alternatives_and_parentheses(text, uuids):
    assert found(text, whole=True) == uuids
    with pytest.raises(Refusal):
        compiled(text)


def test_a_list_is_filtered(sim, client):
    sim.eset.incidents["u2"].status = CLOSED
    assert client.eset_uuids(filter=f"incident.status == {CLOSED}") == ["u2"]
    assert client.eset_list(filter=f"(incident.status == {CLOSED})").status_code == 400


def test_a_list_can_support_whole_filters(sim, client):
    sim.configure(eset={"whole_filters": True})
    assert client.eset_uuids(filter=f"(incident.status == {OPEN})") == ["u1", "u2", "u3"]
