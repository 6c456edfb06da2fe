# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible import constants
from ansible_collections.secops.incident_closure.plugins.action._run_closing_module import ActionModule as RunModule

GROUP = "group/secops.incident_closure.d3"


@pytest.fixture
def run(act, monkeypatch):
    """Return a function that runs the action for incident 1 of D3, with an imaginary module that returns its call."""
    monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: call)

    def run(options=None, defaults=(), **texts):
        variables = {"close_incidents_d3_options": options}
        chunk = {"product": "d3", "ids": ["1"], **texts}
        return act(RunModule, chunk=chunk, module_defaults=defaults, variables=variables)

    return run


def test_run_the_module_with_the_arguments_of_the_chunk(run):
    call = run(comment="c")
    assert call["module_name"] == "secops.incident_closure.d3_close_incidents_bulk"
    assert call["module_args"] == {"incident_numbers": ["1"], "conclusion": "c", "held_back": []}


def test_options_take_precedence_over_the_defaults_of_the_group(run):
    defaults = [{GROUP: {"url": "outer", "site": "outer"}}, {GROUP: {"url": "inner", "username": "u"}}]
    arguments = run(options={"username": "me", "site": ""}, defaults=defaults)["module_args"]
    assert {name: arguments.get(name) for name in ("url", "site", "username")} == {
        "url": "inner",
        "site": None,
        "username": "me",
    }


def test_defaults_of_the_module_and_of_other_groups_do_not_apply(run):
    others = {
        "secops.incident_closure.d3_close_incidents_bulk": {"conclusion": "x"},
        "group/secops.incident_closure.eset": {"username": "x"},
    }
    assert set(run(defaults=[others])["module_args"]) == {"incident_numbers", "held_back"}


def test_an_omitted_default_is_left_out(run):
    assert "url" not in run(defaults=[{GROUP: {"url": "__omit_place_holder__d3adb33f"}}])["module_args"]


def test_the_rows_of_the_product_are_left_out(run, monkeypatch):
    incidents = [{"id": "1", "outcome": "closed", "details": {"Title": "Beacon"}}]
    monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: {"incidents": incidents})
    assert run() == {"incidents": [{"id": "1", "outcome": "closed"}]}


@pytest.mark.parametrize(("options", "deadline"), [({}, 5), ({"deadline": 3}, 3)])
def test_the_task_timeout_becomes_the_deadline(run, options, deadline, monkeypatch):
    monkeypatch.setattr(constants.config, "get_config_value", lambda name: {"TASK_TIMEOUT": 5}[name])
    assert run(options=options)["module_args"]["deadline"] == deadline


def test_the_reason_of_a_crash_is_kept(run, monkeypatch):
    # an exception is all that ansible-core 2.19 and newer return
    crash = SimpleNamespace(event=SimpleNamespace(msg="Module failed: 'username'"))
    monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: {"failed": True, "exception": crash})
    assert run()["msg"] == "'username'"
