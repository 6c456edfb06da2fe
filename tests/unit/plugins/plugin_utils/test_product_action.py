# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible import constants
from ansible_collections.secops.incident_closure.plugins.plugin_utils._product_action import ProductAction
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS

D3, ESET = PRODUCTS["d3"], PRODUCTS["eset"]
GROUP = "group/secops.incident_closure.d3"


class Action(ProductAction):
    """An action with imaginary modules: their result is the call, unless a test sets another one.

    :param defaults: the ``module_defaults`` of the task, from the outermost to the innermost.
    """

    result = None

    def __init__(self, *defaults):
        templar = SimpleNamespace(template=lambda value: value)
        super().__init__(SimpleNamespace(module_defaults=defaults), None, None, None, templar, None)

    def run(self, tmp=None, task_vars=None):
        """Run nothing: the tests call the methods."""

    def _execute_module(self, **call):
        return self.result or call


def close(*defaults, **options):
    """Return the options with which the module closes incident 1 of D3."""
    variables = {"close_incidents_d3_options": options}
    return Action(*defaults).close_incidents(D3, {"incident_numbers": ["1"]}, variables)["module_args"]


def test_close_with_the_options_of_the_user():
    call = Action().close_incidents(ESET, {"incident_uuids": ["a"]}, {"close_incidents_eset_options": {"region": "eu"}})
    assert call["module_name"] == "secops.incident_closure.eset_incident_close"
    assert call["module_args"] == {"incident_uuids": ["a"], "region": "eu"}


def test_arguments_take_precedence_over_options():
    assert close(incident_numbers=["2"])["incident_numbers"] == ["1"]


def test_options_take_precedence_over_the_defaults_of_the_group():
    defaults = [{GROUP: {"url": "outer", "site": "outer"}}, {GROUP: {"url": "inner", "username": "u"}}]
    arguments = close(*defaults, username="me", site="")
    assert {name: arguments.get(name) for name in ("url", "site", "username")} == {
        "url": "inner",
        "site": None,
        "username": "me",
    }


def test_defaults_of_the_module_and_of_other_groups_do_not_apply():
    others = {
        "secops.incident_closure.d3_close_incidents_bulk": {"conclusion": "x"},
        "group/secops.incident_closure.eset": {"username": "x"},
    }
    assert set(close(others)) == {"incident_numbers"}


def test_an_omitted_default_is_left_out():
    assert "url" not in close({GROUP: {"url": "__omit_place_holder__d3adb33f"}})


@pytest.mark.parametrize(("options", "deadline"), [({}, 5), ({"deadline": 3}, 3)])
def test_the_task_timeout_becomes_the_deadline(options, deadline, monkeypatch):
    monkeypatch.setattr(constants.config, "get_config_value", lambda name: {"TASK_TIMEOUT": 5}[name])
    assert close(**options)["deadline"] == deadline


def test_read_with_the_connection_of_the_closing_module():
    options = {"region": "eu", "password": "p", "final_comment": "x", "closure_reason": "true_positive"}
    call = Action().read_incidents(ESET, {"devices": True}, {"close_incidents_eset_options": options})
    assert call["module_name"] == "secops.incident_closure.eset_incident_info"
    assert call["module_args"] == {"region": "eu", "password": "p", "devices": True}


def test_the_reason_of_a_crash_is_kept(monkeypatch):
    # an exception is all that ansible-core 2.19 and newer return
    crash = SimpleNamespace(event=SimpleNamespace(msg="Module failed: 'username'"))
    monkeypatch.setattr(Action, "result", {"failed": True, "exception": crash})
    assert Action().close_incidents(D3, {}, {})["msg"] == "'username'"
