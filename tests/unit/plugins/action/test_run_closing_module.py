# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.secops.incident_closure.plugins.action._run_closing_module import ActionModule as RunModule

CHUNK = {"product": "d3", "ids": ["1"], "comment": "c"}


def test_run_the_module_with_the_arguments_of_the_chunk(act, monkeypatch):
    monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: call)
    call = act(RunModule, chunk=CHUNK)
    assert call["module_name"] == "secops.incident_closure.d3_close_incidents_bulk"
    assert call["module_args"] == {"incident_numbers": ["1"], "conclusion": "c", "held_back": []}


def test_the_rows_of_the_product_are_left_out(act, monkeypatch):
    incidents = [{"id": "1", "outcome": "closed", "details": {"Title": "Beacon"}}]
    monkeypatch.setattr(RunModule, "_execute_module", lambda self, **call: {"incidents": incidents})
    assert act(RunModule, chunk=CHUNK) == {"incidents": [{"id": "1", "outcome": "closed"}]}
