# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._close_incidents_settings import (
    FilterModule,
    close_incidents_settings,
)

NAMES = (
    "hosts incident_numbers incident_uuids only_given closure_reason comment d3_options eset_options chunk_size "
    "fail_when_held_back report"
).split()


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_close_incidents_settings": close_incidents_settings}


@pytest.mark.parametrize("empty", [None, "", " \n", "__omit_place_holder__d3adb33f"])
def test_an_empty_value_counts_as_unset(empty):
    settings = close_incidents_settings(dict.fromkeys(NAMES, empty))
    unset = {"incident_numbers": empty, "incident_uuids": empty}  # the gate reads them
    assert settings == {**close_incidents_settings({}), **unset}


def test_defaults():
    assert close_incidents_settings({}) == {
        "problem": "",
        "hosts": None,
        "incident_numbers": None,
        "incident_uuids": None,
        "only_given": False,
        "closure_reason": "true_positive",
        "comment": "",
        "options": {"d3": {}, "eset": {}},
        "chunk_size": None,
        "fail_when_held_back": False,
        "report": "",
        "report_form": "",
    }


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("hosts", [], []),
        ("hosts", "web1", "web1"),
        ("only_given", "yes", True),
        ("fail_when_held_back", "True", True),
        ("fail_when_held_back", 0, False),
        ("closure_reason", "suspicious", "suspicious"),
        ("comment", 4711, "4711"),
        ("chunk_size", "0", 0),
        ("chunk_size", " 50 ", 50),
        ("chunk_size", 7, 7),
        ("report", "/x/r.html", "/x/r.html"),
    ],
)
def test_values(name, given, read):
    assert close_incidents_settings({name: given})[name] == read


@pytest.mark.parametrize("user", [None, False, True])
def test_by_hand_only_given_incidents_are_closed_and_none_may_be_held_back(user):
    given = {"by_hand": True, "only_given": user, "fail_when_held_back": user}
    settings = close_incidents_settings({**given, "incident_numbers": 0})
    assert settings["only_given"]
    assert settings["fail_when_held_back"]
    settings = close_incidents_settings({**given, "incident_numbers": " "})
    assert settings["only_given"] == settings["fail_when_held_back"] == bool(user)


def test_a_relative_report_begins_in_the_current_folder():
    settings = close_incidents_settings({"report": "reports/r.json"})
    assert settings["report"] == os.path.realpath("reports/r.json")
    assert settings["report_form"] == "json"


def test_the_closure_reason_of_the_module_options_wins():
    settings = close_incidents_settings(
        {"closure_reason": "suspicious", "eset_options": {"closure_reason": "false_positive"}}
    )
    assert settings["closure_reason"] == "false_positive"


def test_an_option_without_a_value_is_left_out():
    settings = close_incidents_settings({"d3_options": {"url": "x", "site": "", "jwt": None}})
    assert settings["options"] == {"d3": {"url": "x"}, "eset": {}}


def test_an_unknown_option_is_rejected_without_its_value():
    assert close_incidents_settings({"d3_options": {"apikey": "S3CRET"}}) == {
        "problem": "close_incidents_d3_options: apikey is not an option of d3_close_incidents_bulk"
    }


def test_the_task_timeout_becomes_the_deadline():
    settings = close_incidents_settings({"d3_options": {"deadline": 3}}, 5)
    assert settings["options"] == {"d3": {"deadline": 3}, "eset": {"deadline": 5}}


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
        ("report", "r.txt", "must have the file extension .json, .csv, .md, or .html"),
        ("report", "html", "must have the file extension .json, .csv, .md, or .html"),
    ],
)
def test_a_wrong_value_names_its_variable(name, given, problem):
    assert close_incidents_settings({name: given}) == {"problem": f"close_incidents_{name} {problem}"}
