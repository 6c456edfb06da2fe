# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible.errors import AnsibleFilterError
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import (
    Mark,
    gather_evidence,
    is_artifact,
    make_artifact,
    make_artifact_key,
    now,
    read_evidence,
    read_own_variable,
    read_parts,
)

DONE = {"action": "kill_process", "target": "kinsing", "result": "done"}
REMEDIATED = {"incident_closure_remediated": True, "incident_closure_remediated_at": "2026-01-12T06:08:31Z"}


class Unreadable(dict):
    """The variables of a host that is marked, of which one contains a template that cannot be rendered."""

    def __init__(self, unreadable):
        super().__init__(REMEDIATED)
        self._unreadable = unreadable

    def get(self, name, default=None):
        if name == self._unreadable:
            raise KeyError(name)
        return super().get(name, default)


def artifact(name, remediated=True, **fields):
    """Return the artifact for a host from an earlier job of a workflow."""
    return {make_artifact_key(name): {"host": name, "remediated": remediated, **fields}}


def find_obstacle(facts=None, check_mode=False, **variables):
    """Return the reason for which the host web1 does not count as remediated."""
    return Mark({"ansible_facts": facts or {}, **variables}, "web1", check_mode=check_mode).obstacle


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        (REMEDIATED, None),
        ({"incident_closure_remediated": True}, None),
        ({"incident_closure_remediated": 1}, None),
        ({"incident_closure_remediated": "True"}, None),
        ({}, "it was not remediated"),
        ({"incident_closure_remediated": None}, "it was not remediated"),
        ({"incident_closure_remediated": False}, "its remediation was not completed"),
        ({"incident_closure_remediated": ""}, "its remediation was not completed"),
        ({"incident_closure_remediated": "perhaps"}, "its remediation was not completed"),
        ({"incident_closure_remediated": ["yes"]}, "its remediation was not completed"),
        ({"incident_closure_remediated": {}}, "its remediation was not completed"),
        # A fact cache
        ({**REMEDIATED, "facts": {"incident_closure_remediated": True}}, None),
        (
            {**REMEDIATED, "facts": REMEDIATED},
            "only a fact cache says that it is remediated, which an earlier job has left there",
        ),
        (
            {"incident_closure_remediated": True, "facts": {"incident_closure_remediated": True}},
            "only a fact cache says that it is remediated, which an earlier job has left there",
        ),
        ({"facts": REMEDIATED}, "it was not remediated"),  # without INJECT_FACTS_AS_VARS
        ({"incident_closure_remediated": False, "facts": REMEDIATED}, "its remediation was not completed"),
        ({**REMEDIATED, "facts": {**REMEDIATED, "incident_closure_remediated_at": "2025-12-24T00:00:00Z"}}, None),
        ({**REMEDIATED, "facts": {"incident_closure_remediated": False}}, None),
        # Artifacts of a workflow
        (artifact("web1"), None),
        (artifact("web1", remediated="true"), None),
        (artifact("web1", remediated=False), "its remediation was not completed"),
        (artifact("web1", at="2026"), None),
        ({make_artifact_key("web1"): True}, "it was not remediated"),
        (artifact("web2"), "it was not remediated"),
        ({make_artifact_key("web1"): {"host": "web2", "remediated": True}}, "it was not remediated"),
        ({**artifact("web1"), "facts": artifact("web1")}, "it was not remediated"),
        ({**artifact("web1"), **REMEDIATED, "facts": REMEDIATED}, None),
        (
            {**artifact("web1", remediated=False), **REMEDIATED, "facts": REMEDIATED},
            "its remediation was not completed",
        ),
        # The mark of this run takes precedence over an earlier job
        ({**artifact("web1"), "incident_closure_remediated": False}, "its remediation was not completed"),
        ({**artifact("web1", remediated=False), **REMEDIATED}, None),
    ],
)
def test_a_host_counts_as_remediated_only_with_a_valid_mark(variables, reason):
    assert find_obstacle(**variables) == (reason or "")


@pytest.mark.parametrize(
    ("in_check_mode", "check_mode", "reason"),
    [(True, False, "it was remediated in check mode only"), (True, True, ""), (False, False, ""), (False, True, "")],
)
def test_a_mark_of_check_mode_counts_in_check_mode_only(in_check_mode, check_mode, reason):
    variables = {**REMEDIATED, "incident_closure_remediated_in_check_mode": in_check_mode}
    assert find_obstacle(check_mode=check_mode, **variables) == reason


def test_the_time_of_a_mark_is_in_utc(far_from_utc):
    age = datetime.now(timezone.utc) - datetime.strptime(now(), "%Y-%m-%dT%H:%M:%S%z")
    assert abs(age) < timedelta(minutes=1)


def test_the_artifact_of_a_host_is_known_by_its_name():
    assert is_artifact(make_artifact_key("web1"))
    assert not is_artifact("incident_closure_remediated")


def test_a_variable_from_a_fact_cache_is_not_the_users_own():
    name = "incident_closure_d3_incidents"
    assert read_own_variable({name: ["1"], "ansible_facts": {name: ["2"]}}, "web1", name) == ["1"]
    with pytest.raises(ValueError) as error:
        read_own_variable({name: ["1"], "ansible_facts": {name: ["1"]}}, "web1", name)
    assert str(error.value) == (
        "incident_closure_d3_incidents of the host web1 comes from a fact cache or from a module, and may hide what the "
        "inventory says: remove it there, and set it with set_fact, without cacheable"
    )


@pytest.mark.parametrize("name", ["incident_closure_d3_incidents", "ansible_facts"])
def test_a_variable_that_cannot_be_read_is_named(name):
    with pytest.raises(AnsibleFilterError, match=f"^{name} of the host web1 cannot be read: "):
        read_own_variable(Unreadable(name), "web1", "incident_closure_d3_incidents")


@pytest.mark.parametrize(
    "name",
    [
        "ansible_facts",
        "incident_closure_remediated",
        "incident_closure_remediated_in_check_mode",
        make_artifact_key("web1"),
    ],
)
def test_a_mark_that_cannot_be_read_is_named(name):
    with pytest.raises(AnsibleFilterError, match=f"^{name} of the host web1 cannot be read: "):
        Mark(Unreadable(name), "web1", check_mode=False)


def gather(**variables):
    hostvars = {"web1": variables, "bystander": {"incident_closure_evidence": [DONE]}}
    return gather_evidence(hostvars, [{"hosts": ["web1", "gone"]}, {"hosts": ["web1"]}])


def test_gather_evidence_of_this_run():
    variables = {"incident_closure_evidence": [DONE], "incident_closure_remediated_at": "noon"}
    assert gather(**variables) == {"web1": [{**DONE, "time": "noon"}]}


def test_gather_evidence_of_an_earlier_job():
    assert gather(**make_artifact("web1", remediated=True, evidence=[DONE], time="noon")) == {
        "web1": [{**DONE, "time": "noon"}]
    }


def test_gather_evidence_without_a_time():
    assert gather(incident_closure_evidence=[DONE]) == {"web1": [{**DONE, "time": ""}]}


@pytest.mark.parametrize("odd", [None, 7, {"a": 1}, [[1]], True])
def test_leave_out_invalid_evidence(odd):
    assert gather(incident_closure_evidence=odd) == {}


@pytest.mark.parametrize(
    ("given", "entries"),
    [
        (None, []),
        ("", []),
        ([], []),
        (" Reimaged. ", [{"action": "Reimaged.", "target": "", "result": "done"}]),
        (["a", "", None], [{"action": "a", "target": "", "result": "done"}]),
        (
            [{"action": "quarantine_file", "target": "/x", "result": "done", "sha256": "ab"}],
            [{"action": "quarantine_file", "target": "/x", "result": "done", "sha256": "ab"}],
        ),
    ],
)
def test_read_evidence(given, entries):
    assert read_evidence(given) == entries


@pytest.mark.parametrize(
    "given", [7, [["a"]], [True], [{"what": "x"}], [{"action": "a", "target": "b", "result": "done", "host": "c"}]]
)
def test_reject_invalid_evidence(given):
    with pytest.raises(ValueError, match="^close_incidents_evidence must be a string or a list of strings$"):
        read_evidence(given)


@pytest.mark.parametrize("remediated", [True, False])
def test_make_an_artifact(remediated):
    assert make_artifact("web1", remediated=remediated, evidence=[], time="noon") == {
        make_artifact_key("web1"): {"host": "web1", "remediated": remediated, "evidence": [], "at": "noon"}
    }


@pytest.mark.parametrize(
    ("count", "rest"), [(100, []), (150, [{"action": "and 50 more", "target": "", "result": "done"}])]
)
def test_limit_the_size_of_an_artifact(count, rest):
    made = make_artifact("web1", remediated=True, evidence=[DONE] * count, time="noon")
    assert made[make_artifact_key("web1")]["evidence"] == [DONE] * 100 + rest


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({}, []),
        ({"incident_closure_evidence": [DONE]}, []),
        ({"incident_closure_remediated": True, "incident_closure_evidence": [DONE]}, []),
        ({"incident_closure_remediated": False}, []),
        ({"incident_closure_remediated": False, "incident_closure_evidence": [DONE]}, [DONE]),
        ({"incident_closure_remediated": "no", "incident_closure_evidence": [DONE]}, [DONE]),
    ],
)
def test_only_a_host_in_the_middle_of_its_remediation_has_parts(variables, parts):
    assert read_parts(variables) == parts
