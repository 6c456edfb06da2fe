# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils import _settings
from ansible_collections.secops.incident_closure.plugins.plugin_utils._settings import (
    PREFIX,
    VARIABLES,
    check_names,
    check_option_names,
    read_settings,
)


def settings(**given):
    return read_settings({PREFIX + name: value for name, value in given.items()})


@pytest.mark.parametrize(
    "name", ["close_incidents_required_host", "close_incidents_raport", "close_incidents_", "close_incident_report"]
)
def test_reject_a_misspelled_variable(name):
    problem = f"^{name} is not a variable of the role close_incidents: check its spelling$"
    with pytest.raises(ValueError, match=problem):
        check_names(["hostvars", name])


def test_accept_the_variables_of_the_role_and_the_playbooks():
    check_names([*VARIABLES, "close_incidents_result", "close_incidents_evidence", "close_incidents_playbook_all", "x"])


@pytest.mark.parametrize(
    ("option", "setting"),
    [("closure_reason", "closure_reason"), ("final_comment", "comment"), ("conclusion", "comment")],
)
def test_reject_an_option_of_a_module_whose_variable_is_not_set(option, setting):
    problem = (
        f"^{option} is not a variable of the role close_incidents: write close_incidents_{setting}, or rename {option}$"
    )
    with pytest.raises(ValueError, match=problem):
        check_option_names({option}, read_settings({}))


def test_accept_an_option_of_a_module_whose_variable_is_set():
    given = settings(closure_reason="false_positive", comment="Reviewed.")
    check_option_names({"closure_reason", "final_comment", "conclusion"}, given)
    eset = {"final_comment": "Reviewed.", "closure_reason": "suspicious"}
    check_option_names({*eset, "conclusion"}, settings(d3_options={"conclusion": "Reviewed."}, eset_options=eset))


def test_accept_names_that_are_no_option():
    check_option_names({"comment", "hosts"}, read_settings({}))


@pytest.mark.parametrize("empty", [None, "", " \n", "__omit_place_holder__d3adb33f"])
def test_an_empty_value_counts_as_unset(empty):
    read, default = read_settings(dict.fromkeys(VARIABLES, empty)), read_settings({})
    unset = {"incident_numbers": empty, "incident_uuids": empty}  # the gate reads them
    assert read == {**default, "gate": {**default["gate"], **unset}}


def test_return_the_defaults(monkeypatch):
    monkeypatch.setattr(_settings, "_read_login", lambda: "operator")
    texts = {"comment": "", "closure_reason": "true_positive"}
    assert read_settings({}) == {
        "gate": {
            "hosts": None,
            "required_hosts": {},
            "event": None,
            "incident_numbers": None,
            "incident_uuids": None,
        },
        "only_given": False,
        "device_check": "auto",
        "products": {"d3": texts, "eset": texts},
        "per_incident": {},
        "chunk_size": None,
        "fail_when_held_back": False,
        "report": "",
        "report_form": "",
        "run_by": "operator",
    }


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("only_given", "yes", True),
        ("device_check", " require ", "require"),
        ("per_incident", {"A1": {"comment": " x "}, 7: {}}, {"A1": {"comment": " x "}, "7": {}}),
        (
            "per_incident",
            {"1": {"closure_reason": "suspicious", "comment": ""}},
            {"1": {"closure_reason": "suspicious"}},
        ),
        ("fail_when_held_back", "True", True),
        ("fail_when_held_back", 0, False),
        ("chunk_size", "0", 0),
        ("chunk_size", " 50 ", 50),
        ("chunk_size", 7, 7),
        ("report", "/x/r.html", "/x/r.html"),
    ],
)
def test_return_the_value_of_a_variable(name, given, read):
    assert settings(**{name: given})[name] == read


@pytest.mark.parametrize("hosts", [[], "web1", ["web1"]])
def test_pass_the_hosts_to_the_gate(hosts):
    assert settings(hosts=hosts)["gate"]["hosts"] == hosts


@pytest.mark.parametrize("name", ["incident_numbers", "incident_uuids"])
def test_the_variable_of_the_role_takes_precedence_over_that_of_the_playbook(name):
    assert read_settings({name: "1"})["gate"][name] == "1"
    assert read_settings({name: "1", PREFIX + name: ""})["gate"][name] == ""


def test_pass_the_incident_of_a_notification_to_the_gate():
    event = {"product": "d3", "incident": "20210127-198"}
    assert settings(event={**event, "hosts": ["web1"]}, hosts=["web1"])["gate"]["event"] == event


@pytest.mark.parametrize("hosts", [None, "", []])
def test_a_notification_requires_its_hosts(hosts):
    with pytest.raises(ValueError, match="^close_incidents_event requires close_incidents_hosts"):
        settings(event={"product": "d3", "incident": "1"}, hosts=hosts)


@pytest.mark.parametrize("user", [None, False, True])
def test_a_playbook_run_with_given_incidents_closes_only_those_and_fails_if_one_is_held_back(user):
    given = {"_close_incidents_by_hand": True, f"{PREFIX}only_given": user, f"{PREFIX}fail_when_held_back": user}
    read = read_settings({**given, "incident_numbers": 0})
    assert (read["only_given"], read["fail_when_held_back"]) == (True, True)
    read = read_settings({**given, "incident_numbers": " "})
    assert read["only_given"] == read["fail_when_held_back"] == bool(user)


@pytest.mark.parametrize(
    ("given", "runner"),
    [
        ({"awx_user_name": "eve", "tower_user_name": "old"}, "eve"),
        ({"awx_user_name": "", "tower_user_name": "old"}, "old"),
        ({"awx_schedule_name": "nightly"}, "nightly"),
    ],
)
def test_return_the_user_or_the_schedule_of_awx(given, runner):
    assert read_settings(given)["run_by"] == runner


def test_return_the_number_of_a_user_without_a_name(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    assert read_settings({})["run_by"] == "4000000000"


def test_a_relative_path_of_a_report_starts_in_the_current_folder():
    read = settings(report="reports/r.json")
    assert read["report"] == os.path.realpath("reports/r.json")
    assert read["report_form"] == "json"


@pytest.mark.parametrize(("product", "option"), [("d3", "conclusion"), ("eset", "final_comment")])
def test_the_comment_in_the_module_options_takes_precedence(product, option):
    assert settings(comment=4711)["products"][product]["comment"] == "4711"
    read = settings(comment="role", **{f"{product}_options": {option: "module"}})
    assert read["products"][product]["comment"] == "module"


def test_the_closure_reason_in_the_module_options_takes_precedence():
    assert settings(closure_reason="suspicious")["products"]["eset"]["closure_reason"] == "suspicious"
    read = settings(closure_reason="suspicious", eset_options={"closure_reason": "false_positive"})
    assert read["products"]["eset"]["closure_reason"] == "false_positive"


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("hosts", {"web1": 1}, "must be a list, not a dictionary"),
        ("incident_numbers", [["1"]], "must contain strings only, not a list"),
        ("incident_uuids", 1.5, "must be a list, not a number"),
        ("closure_reason", "because", "must be one of unspecified, true_positive, false_positive, suspicious"),
        ("closure_reason", ["suspicious"], "must be a string, not a list"),
        ("comment", {"secret": 1}, "must be a string, not a dictionary"),
        ("comment", True, "must be a string, not a boolean"),
        ("chunk_size", "many", "must be a whole number from 0 up"),
        ("chunk_size", -1, "must be a whole number from 0 up"),
        ("chunk_size", 1.5, "must be a whole number from 0 up"),
        ("chunk_size", [], "must be a string, not a list"),
        ("d3_options", "url=x", "must be a dictionary, not a string"),
        ("eset_options", ["region"], "must be a dictionary, not a list"),
        ("only_given", "perhaps", "must be a boolean, not a string"),
        ("fail_when_held_back", [], "must be a boolean, not a list"),
        ("event", "d3", "must be a dictionary, not a string"),
        ("device_check", "never", "must be one of auto, require, skip"),
        ("required_hosts", ["web1"], "must be a dictionary by incident ids, not a list"),
        ("per_incident", "1", "must be a dictionary by incident ids, not a string"),
        ("per_incident", {"1": "x"}, "of incident 1 must be a dictionary with closure_reason, comment, or both"),
        (
            "per_incident",
            {"1": {"reason": "x"}},
            "of incident 1 must be a dictionary with closure_reason, comment, or both",
        ),
        ("per_incident", {"a1": {}, " a1": {}}, "names incident a1 twice"),
        ("per_incident", {".": {}}, ': "." is not an incident id'),
        ("report", "r.txt", "must have one of the file extensions json, csv, md, html"),
        ("report", "html", "must have one of the file extensions json, csv, md, html"),
    ],
)
def test_a_wrong_value_names_its_variable(name, given, problem):
    with pytest.raises(ValueError) as error:
        settings(**{name: given})
    assert str(error.value) == f"close_incidents_{name} {problem}".replace(" :", ":")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            {"closure_reason": "because"},
            "closure_reason in {} must be one of unspecified, true_positive, false_positive, suspicious",
        ),
        ({"closure_reason": []}, "closure_reason in {} must be a string, not a list"),
        ({"comment": True}, "comment in {} must be a string, not a boolean"),
    ],
)
def test_a_wrong_value_names_its_incident(entry, problem):
    with pytest.raises(ValueError) as error:
        settings(per_incident={"1": entry})
    assert str(error.value) == problem.format("close_incidents_per_incident of incident 1")
