# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest

from ansible.errors import AnsibleFilterError
from ansible_collections.secops.incident_closure.plugins.filter.closable_incidents import (
    FilterModule,
    closable_incidents,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._marks import make_artifact_key

UUID = "5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21"
REMEDIATED = {"incident_closure_remediated": True, "incident_closure_remediated_at": "2026-01-12T06:08:31Z"}


def host(d3=None, eset=None, facts=None, **variables):
    """Return the variables of a host."""
    if d3 is not None:
        variables["incident_closure_d3_incidents"] = d3
    if eset is not None:
        variables["incident_closure_eset_incidents"] = eset
    return {"ansible_facts": facts or {}, **variables}


def artifact(name, remediated=True, **fields):
    """Return the artifact for a host from an earlier job of a workflow."""
    return {make_artifact_key(name): {"host": name, "remediated": remediated, **fields}}


def closable(hostvars, *args, **kwargs):
    return [incident["id"] for incident in closable_incidents(hostvars, *args, **kwargs) if incident["closable"]]


def reasons(hostvars, *args, **kwargs):
    return {
        (incident["id"], unclean["host"]): unclean["reason"]
        for incident in closable_incidents(hostvars, *args, **kwargs)
        for unclean in incident["held_back_by"]
    }


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"closable_incidents": closable_incidents}


def test_every_host_has_to_be_remediated():
    hostvars = {
        "web1": host(d3=["1", "2"], **REMEDIATED),
        "web2": host(d3=["2"]),
        "web3": host(eset=[UUID], **REMEDIATED),
    }
    assert closable_incidents(hostvars) == [
        {"product": "d3", "id": "1", "hosts": ["web1"], "held_back_by": [], "closable": True},
        {
            "product": "d3",
            "id": "2",
            "hosts": ["web1", "web2"],
            "held_back_by": [{"host": "web2", "reason": "it was not remediated"}],
            "closable": False,
        },
        {"product": "eset", "id": UUID, "hosts": ["web3"], "held_back_by": [], "closable": True},
    ]


STATES = {
    "nothing": ({}, False),
    "marked": (REMEDIATED, True),
    "marked, as an inventory would": ({"incident_closure_remediated": "yes"}, True),
    "began": ({"incident_closure_remediated": False}, False),
    "cached": ({**REMEDIATED, "facts": REMEDIATED}, False),
}


@pytest.mark.parametrize("states", list(itertools.product(STATES, repeat=3)))
def test_no_incident_of_an_unremediated_host_is_closable(states):
    """Whatever the state of the incident's other hosts."""
    hostvars = {f"host{number}": host(d3=["1"], **STATES[state][0]) for number, state in enumerate(states)}
    hostvars["bystander"] = host(d3=["2"], **REMEDIATED)
    assert closable(hostvars) == (["1"] if all(STATES[state][1] for state in states) else []) + ["2"]


@pytest.mark.parametrize("name", ["web1", "web-1.example.com", "2001:db8::1", "Büro", "a b", "'; drop"])
def test_every_host_name_has_a_valid_variable_name(name):
    assert make_artifact_key(name).isidentifier()
    assert make_artifact_key(name) != make_artifact_key(name + "x")
    assert closable({name: host(d3=["1"], **artifact(name))}) == ["1"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["2", "1"], ["2", "1"]),
        (("1",), ["1"]),
        ("1, 2\n3:4", ["1", "2", "3:4"]),
        ("", []),
        (" ", []),
        (None, []),
        ([], []),
        (["", " ", None, "1", " 1 ", "1"], ["1"]),
        ([20260112, "20260112-1"], ["20260112", "20260112-1"]),
    ],
)
def test_lists_can_also_be_strings(given, expected):
    assert closable({}, incident_numbers=given) == expected
    assert closable({}, [], given) == expected
    assert closable({}, None, None, given) == expected
    assert closable({"web1": host(d3=given, **REMEDIATED)}) == expected
    assert closable({"web1": host(eset=given, **REMEDIATED)}) == expected


@pytest.mark.parametrize("name", ["incident_closure_d3_incident", "incident_closure_ESET_incidents"])
def test_reject_a_misspelled_host_variable(name):
    """Without the list of web2, its incident would close with web1."""
    hostvars = {"web1": host(d3=["1"], **REMEDIATED), "web2": {name: ["1"]}}
    problem = f"{name} of the host web2 is not a variable of this collection: check its spelling"
    with pytest.raises(AnsibleFilterError, match=problem):
        closable_incidents(hostvars)


def test_accept_every_host_variable_of_the_collection():
    variables = {"incident_closure_eset_device_uuid": UUID, "incident_closure_evidence": [], **artifact("web9")}
    assert closable({"web1": host(d3=["1"], eset=[], **variables, **REMEDIATED)}) == ["1"]


def test_one_incident_under_both_products_is_two():
    hostvars = {"web1": host(d3=["1"], **REMEDIATED), "web2": host(eset=["1"])}
    assert [(row["product"], row["id"], row["closable"]) for row in closable_incidents(hostvars)] == [
        ("d3", "1", True),
        ("eset", "1", False),
    ]


def test_a_uuid_in_capitals_is_the_same_incident():
    hostvars = {"web1": host(eset=[UUID.upper()], **REMEDIATED), "web2": host(eset=[UUID])}
    (incident,) = closable_incidents(hostvars, incident_uuids=UUID.upper())
    assert incident["id"] == UUID
    assert incident["hosts"] == ["web1", "web2"]
    assert not incident["closable"]


def test_an_incident_in_d3_keeps_its_case():
    assert closable({}, incident_numbers=["INC-a", "INC-A"]) == ["INC-a", "INC-A"]


def test_incidents_of_the_same_hosts_are_next_to_each_other_in_inventory_order():
    hostvars = {
        "b": host(d3=["4", "2", "1"], eset=["9"]),
        "a": host(d3=["3", "2"]),
    }
    plan = closable_incidents(hostvars, ["a", "b"], ["0"])
    assert [(row["id"], row["hosts"]) for row in plan] == [
        ("0", []),
        ("4", ["b"]),
        ("1", ["b"]),
        ("2", ["b", "a"]),
        ("3", ["a"]),
        ("9", ["b"]),
    ]


def test_a_host_that_lists_an_incident_twice_appears_once():
    (incident,) = closable_incidents({"web1": host(d3=["1", "1"])}, ["web1", "web1"], ["1"])
    assert incident["hosts"] == ["web1"]
    assert len(incident["held_back_by"]) == 1


class TestGivenDirectly:
    hostvars = {"web1": host(d3=["1"]), "web2": host(d3=["2"], **REMEDIATED)}

    def test_an_incident_that_no_host_lists_is_closable(self):
        assert closable(self.hostvars, incident_numbers="3", incident_uuids=[UUID]) == ["3", "2", UUID]

    def test_an_incident_that_a_host_lists_obeys_the_gate(self):
        assert closable(self.hostvars, incident_numbers=["1", "2"]) == ["2"]

    def test_an_empty_list_of_hosts_does_not_open_the_gate(self):
        assert closable(self.hostvars, [], incident_numbers=["1"]) == ["2"]

    def test_no_hosts_and_no_incidents_return_an_empty_list(self):
        assert closable_incidents({}) == []


class TestHosts:
    hostvars = {"web1": host(d3=["1", "2"], **REMEDIATED), "web2": host(d3=["2"]), "web3": host(d3=["3"], **REMEDIATED)}

    @pytest.mark.parametrize("hosts", [None, "", "  ", ",", [], (), [""], [None, " "]])
    def test_all_hosts_count_by_default(self, hosts):
        assert closable(self.hostvars, hosts) == ["1", "3"]

    @pytest.mark.parametrize("hosts", [["web1"], ("web1",), "web1", "web1, web1", "web1 web1"])
    def test_only_named_hosts_count(self, hosts):
        assert closable(self.hostvars, hosts) == ["1", "2"]

    def test_reject_a_host_that_is_not_in_the_inventory(self):
        with pytest.raises(
            AnsibleFilterError, match="^close_incidents_hosts names web4, which is not in the inventory$"
        ):
            closable_incidents(self.hostvars, ["web4"])

    def test_localhost_can_be_named_although_the_inventory_does_not_list_it(self):
        class HostVars(dict):
            def __iter__(self):
                return iter([name for name in self.keys() if name != "localhost"])

        hostvars = HostVars({"web1": host(d3=["1"], **REMEDIATED), "localhost": host(d3=["1"])})
        assert closable(hostvars) == ["1"]
        assert closable(hostvars, ["localhost", "web1"]) == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (1.5, " must be a list, not a number"),
        (True, " must be a list, not a boolean"),
        ({"a": 1}, " must be a list, not a dictionary"),
        ([["1"]], " must contain strings only, not a list"),
        ([True], " must contain strings only, not a boolean"),
        (["."], ': "." is not an incident id'),
        ("None", ': "None" is not an incident id'),
        # an inventory in INI form, or a nested list, turns lists into strings
        (["A,B"], ': "A,B" is not a single incident id: give a list of ids'),
        ("[A, B]", ': "[A" is not a single incident id: give a list of ids'),
        (["{" + UUID + "}"], ': "{' + UUID + '}" is not a single incident id: give a list of ids'),
        ("{{ nope }}", ': "{{" is a template that was not rendered: a variable in it is not defined'),
        (["1", "x{%nope%}x"], ': "x{%nope%}x" is a template that was not rendered: a variable in it is not defined'),
        (
            ["20210127\u2011198"],
            ': "20210127\\u2011198" contains an invisible or typographic character: type the id again',
        ),
        (
            "\ufeff20210127-198",
            ': "\\ufeff20210127-198" contains an invisible or typographic character: type the id again',
        ),
    ],
)
def test_reject_a_value_that_is_not_a_list_of_incidents(given, problem):
    with pytest.raises(AnsibleFilterError) as error:
        closable_incidents({"web1": host(d3=given)})
    assert str(error.value) == f"incident_closure_d3_incidents of the host web1{problem}"
    with pytest.raises(AnsibleFilterError) as error:
        closable_incidents({}, incident_uuids=given)
    assert str(error.value) == f"incident_uuids{problem}"


@pytest.mark.parametrize("listed", ["1;2 3", "1\n2\r\n3", "1,2,\t3", [1, "2", " 3 "]])
def test_every_separator_splits_a_string(listed):
    hostvars = {"web1": host(d3=["1", "2", "3"], **REMEDIATED), "web2": host(d3=listed)}
    assert closable(hostvars) == []
    assert [row["hosts"] for row in closable_incidents(hostvars)] == [["web1", "web2"]] * 3


def test_a_value_from_vault_is_not_shown(monkeypatch):
    from ansible_collections.secops.incident_closure.plugins.filter import closable_incidents as module

    monkeypatch.setattr(module, "contains_vaulted", lambda given: given == ["[secret"])
    with pytest.raises(AnsibleFilterError) as error:
        closable_incidents({"web1": host(d3=["[secret"])})
    assert str(error.value) == (
        "incident_closure_d3_incidents of the host web1: a value from Ansible Vault is not an incident id"
    )


class TestOnlyGiven:
    hostvars = {"web1": host(d3=["1", "2"]), "web2": host(d3=["2", "3"], **REMEDIATED)}

    def test_other_incidents_are_left_out(self):
        plan = closable_incidents(self.hostvars, incident_numbers=["3"], only_given=True)
        assert [row["id"] for row in plan] == ["3"]

    def test_the_hosts_still_hold_back(self):
        assert reasons(self.hostvars, incident_numbers="2 9", only_given=True) == {
            ("2", "web1"): "it was not remediated"
        }
        assert closable(self.hostvars, incident_numbers="2 9", only_given=True) == ["9"]


class TestEvent:
    hostvars = {"web1": host(d3=["1"], **REMEDIATED), "web2": host(eset=[UUID]), "web3": host(d3=["9"], **REMEDIATED)}

    def test_each_host_that_counts_lists_the_incident_and_no_other(self):
        event = {"product": "eset", "incident": UUID.upper()}
        assert closable_incidents(self.hostvars, ["web1", "web2"], event=event) == [
            {
                "product": "eset",
                "id": UUID,
                "hosts": ["web1", "web2"],
                "held_back_by": [{"host": "web2", "reason": "it was not remediated"}],
                "closable": False,
            }
        ]
        assert closable(self.hostvars, ["web1", "web3"], event=event) == [UUID]

    @pytest.mark.parametrize(
        ("event", "problem"),
        [
            ({"product": "other", "incident": "1"}, "must name a product, d3 or eset, not other"),
            ({"incident": "1"}, "must name a product, d3 or eset, not None"),
            ({"product": "d3"}, "must name one incident"),
            ({"product": "d3", "incident": "1 2"}, "must name one incident"),
            ({"product": "d3", "incident": 1.5}, "must be a list, not a number"),
        ],
    )
    def test_reject_an_event_without_one_incident_of_a_known_product(self, event, problem):
        with pytest.raises(AnsibleFilterError, match=f"^close_incidents_event {problem}$"):
            closable_incidents(self.hostvars, ["web1"], event=event)


def test_reject_incidents_of_an_unknown_product():
    with pytest.raises(TypeError, match="^closable_incidents takes incidents as incident_numbers, incident_uuids$"):
        closable_incidents({}, other_numbers=["1"])


def test_accept_a_single_number():
    assert closable({}, incident_numbers=102) == ["102"]


@pytest.mark.parametrize("listed", [[], ["7"], "7"])
def test_reject_a_list_from_a_fact_cache(listed):
    facts = {"incident_closure_d3_incidents": listed}
    with pytest.raises(
        AnsibleFilterError,
        match="^incident_closure_d3_incidents of the host web1 comes from a fact cache or from a module",
    ):
        closable_incidents({"web1": host(d3=listed, facts=facts, **REMEDIATED)})
    assert closable({"web1": host(d3=["8"], facts=facts, **REMEDIATED)}) == [
        "8"
    ]  # set in this run, which overrides the cache


def test_a_mark_of_check_mode_counts_in_check_mode_only():
    hostvars = {"web1": host(d3=["1"], incident_closure_remediated_in_check_mode=True, **REMEDIATED)}
    assert reasons(hostvars) == {("1", "web1"): "it was remediated in check mode only"}
    assert closable(hostvars, check_mode=True) == ["1"]
    hostvars = {"web1": host(d3=["1"], incident_closure_remediated_in_check_mode=False, **REMEDIATED)}
    assert closable(hostvars) == ["1"]


def test_reject_a_value_that_is_not_a_list_of_hosts():
    with pytest.raises(AnsibleFilterError, match="^close_incidents_hosts must contain strings only, not a dictionary$"):
        closable_incidents({}, [{}])


def test_reject_input_that_is_not_hostvars():
    with pytest.raises(AnsibleFilterError) as error:
        closable_incidents(["web1"])
    assert str(error.value) == (
        "closable_incidents filters the variables of all hosts, as in: hostvars | closable_incidents"
    )


def test_reject_an_undefined_variable():
    from jinja2 import Undefined

    with pytest.raises(
        AnsibleFilterError,
        match="^incident_closure_d3_incidents of the host web1 must be a list, not an undefined variable$",
    ):
        closable_incidents({"web1": host(d3=Undefined(name="nope"))})


def test_a_template_error_names_the_variable():
    class Failing(dict):
        def get(self, name, default=None):
            raise ValueError("'nope' is undefined")

    with pytest.raises(
        AnsibleFilterError, match="^incident_closure_d3_incidents of the host web1 cannot be read: 'nope' is undefined$"
    ):
        closable_incidents({"web1": Failing()})


def test_the_result_is_never_a_template():
    (incident,) = closable_incidents({"{{ 1 }}": host(d3=["1"])})
    assert incident["hosts"] == ["{{ 1 }}"]
    assert incident["held_back_by"][0]["host"] == "{{ 1 }}"


class TestRequiredHosts:
    """An incident waits for further hosts, as if they listed it."""

    hostvars = {"web1": host(d3=["1", "2"], **REMEDIATED), "db1": host(), "db2": host(**REMEDIATED)}

    def test_an_unremediated_host_holds_the_incident_back(self):
        required = {"1": ["db1"]}
        assert closable(self.hostvars, required_hosts=required) == ["2"]
        assert reasons(self.hostvars, required_hosts=required) == {("1", "db1"): "it was not remediated"}

    def test_a_host_that_is_not_in_the_inventory_holds_the_incident_back(self):
        assert reasons(self.hostvars, required_hosts={"2": "gone"}) == {("2", "gone"): "it is not in the inventory"}

    @pytest.mark.parametrize("names", ["db2", ["db2"], "db2, web1", "web1 db2", ["web1", "db2"]])
    def test_a_remediated_host_is_a_host_of_the_incident(self, names):
        incidents = closable_incidents(self.hostvars, hosts="web1", required_hosts={1: names})
        assert {incident["id"]: incident["hosts"] for incident in incidents} == {"1": ["web1", "db2"], "2": ["web1"]}
        assert all(incident["closable"] for incident in incidents)

    def test_an_incident_that_is_given_directly_waits_for_it(self):
        assert closable(self.hostvars, None, ["7"], required_hosts={"7": "db1"}) == ["1", "2"]

    def test_other_incidents_are_ignored(self):
        assert closable(self.hostvars, required_hosts={"8": ["db2"]}) == ["1", "2"]

    @pytest.mark.parametrize(
        ("required", "problem"),
        [
            ({"1": []}, " of incident 1 must name a host"),
            ({"1": {"db1": 1}}, " of incident 1 must be a list, not a dictionary"),
            ({"1, 2": "db1"}, ': "1, 2" is not a single incident id: give a list of ids'),
            ("db1", " must be a dictionary by incident ids, not a string"),
        ],
    )
    def test_reject_a_wrong_value(self, required, problem):
        with pytest.raises(AnsibleFilterError) as error:
            closable(self.hostvars, required_hosts=required)
        assert str(error.value) == f"close_incidents_required_hosts{problem}"
