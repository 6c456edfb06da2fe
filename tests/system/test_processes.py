# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole processes: the output of ansible and ansible-runner, and many modules that share one rate limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from simulator import Simulator

PROCESSES = int(os.environ.get("PROCESSES", "10"))  # ./dev reliability runs fifty
PASSWORD = "pa$$ w/rd&+%41"
KEY = "key/with+odd=characters&more"


@pytest.fixture
def sim():
    with Simulator(
        scenario={
            "eset": {"incidents": ["1"], "users": {"api-user": PASSWORD}},
            "d3": {"incidents": ["1"], "keys": {KEY: ["CloseIncidentInBulk", "GetIncidents"]}},
        }
    ) as simulator:
        yield simulator


def connection(sim):
    return {
        **sim.environment,
        "ESET_USERNAME": "api-user",
        "ESET_PASSWORD": PASSWORD,
        "D3_API_KEY": KEY,
        "D3_LOOKUP_API_KEY": "",
    }


CASES = {
    "success": (None, {}),
    "refused": ("status", {"status": 400}),
    "not authorized": ("status", {"status": 401}),
    "server error": ("status", {"status": 500}),
    "dropped": ("drop_after", {}),
    "a page": ("html", {}),
}


def plan(sim, case, forms):
    fault, params = CASES[case]
    for call, secret in (("eset.close", PASSWORD), ("d3.close", KEY)):
        if fault == "status":  # a server that repeats the request
            said = " ".join(forms(secret, "api-user"))
            params = {**params, "body": {"Error": said, "message": said}}
        if fault:
            sim.fault(call, fault, times=None, **params)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ["module", "options"],
    [
        ("eset_incident_close", {"incident_uuids": ["1"]}),
        ("d3_close_incidents_bulk", {"incident_numbers": ["1"]}),
    ],
)
def test_ad_hoc_output_at_the_highest_verbosity_contains_no_secret(sim, sandbox, forms, leaks, module, options, case):
    plan(sim, case, forms)
    options = {**options, "retries": 0}
    words = ["ansible", "localhost", "-vvvv", "-m", f"secops.incident_closure.{module}", "-a", json.dumps(options)]
    run = sandbox.run(*words, **connection(sim))
    output = run.stdout + run.stderr
    assert '"summary"' in output
    assert "Traceback" not in output
    assert leaks(output, [PASSWORD, KEY, *sim.eset.tokens, *sim.eset.refresh_tokens], "api-user") == []


@pytest.mark.parametrize("case", ["success", "refused"])
def test_events_of_ansible_runner_contain_no_secret(sim, sandbox, forms, leaks, case):
    runner = pytest.importorskip("ansible_runner", reason="ansible-runner makes the events of this test")
    plan(sim, case, forms)
    tasks = [
        {"secops.incident_closure.eset_incident_close": {"incident_uuid": "1", "retries": 0}, "ignore_errors": True},
        {"secops.incident_closure.d3_close_incidents_bulk": {"incident_numbers": ["1"], "retries": 0}},
    ]
    (sandbox.folder / "project").mkdir()
    sandbox.write("project/close.yml", json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    runner.run(
        private_data_dir=str(sandbox.folder),
        playbook="close.yml",
        envvars={**sandbox.environment, **connection(sim)},
        quiet=True,
        verbosity=4,
        settings={"suppress_env_files": True},
    )
    files = [path for path in (sandbox.folder / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
    output = "\n".join(path.read_text(errors="replace") for path in files)
    assert sum("job_events" in str(path) for path in files) > 5
    assert '"summary"' in output
    assert leaks(output, [PASSWORD, KEY, *sim.eset.tokens, *sim.eset.refresh_tokens], "api-user") == []


MODULE_PROCESS = """
import importlib, json, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": json.loads(sys.argv[1])}).encode()
basic._ANSIBLE_PROFILE = "legacy"
importlib.import_module("ansible_collections.secops.incident_closure.plugins.modules." + sys.argv[2]).main()
"""


def run_at_once(sandbox, module, jobs, **variables):
    """Run a module in one process for each of the jobs, all at the same time, and return their results."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MODULE_PROCESS, json.dumps(options), module],
            env={**sandbox.environment, "PYTHONPATH": str(sandbox.collections.parent), **variables},
            stdout=subprocess.PIPE,
            text=True,
        )
        for options in jobs
    ]
    return [json.loads(process.communicate()[0]) for process in processes]


def test_many_processes_stay_within_one_limit(sandbox, figures):
    """A busy hour can start this many jobs: they close all incidents, without a storm of retries."""
    uuids = [f"incident-{number}" for number in range(PROCESSES)]
    with Simulator(scenario={"eset": {"incidents": uuids}}) as sim:
        options = {"api_url": sim.eset_url, "auth_url": sim.eset_url, "username": "api-user@example.com"}
        options["password"] = "sim-eset-password"
        started = time.monotonic()
        jobs = [{**options, "incident_uuids": [uuid]} for uuid in uuids]
        results = run_at_once(sandbox, "eset_incident_close", jobs)
        seconds = time.monotonic() - started
        limited = sum(call.status == 429 for call in sim.journal)
        figures["processes at once"] = PROCESSES
        figures["processes at once: calls"] = len(sim.journal)
        figures["processes at once: calls that were rate limited (429)"] = limited
        print(f"{PROCESSES} processes, {len(sim.journal)} calls, {limited} of them rate limited, {seconds:.0f} s")
        assert [result["summary"]["closed"] for result in results] == [1] * PROCESSES
        assert {incident.closings for incident in sim.eset.incidents.values()} == {1}
        assert len(sim.journal) - limited == 3 * PROCESSES  # to sign in, to read, to close
        assert limited <= 3 * PROCESSES


def test_two_jobs_with_the_whole_limit_each_close_their_incidents(sandbox):
    """Each task starts ten calls a second, which is the limit for both together."""
    uuids = [f"incident-{number}" for number in range(60)]
    with Simulator(scenario={"eset": {"incidents": uuids}}) as sim:
        options = {"api_url": sim.eset_url, "access_token": "sim-eset-access-token"}
        jobs = [{**options, "incident_uuids": half} for half in (uuids[:30], uuids[30:])]
        results = run_at_once(sandbox, "eset_incident_close", jobs)
        limited = sum(call.status == 429 for call in sim.journal)
        print(f"{len(sim.journal)} calls, {limited} of them rate limited")
        assert [result["summary"]["closed"] for result in results] == [30, 30]
        assert {incident.closings for incident in sim.eset.incidents.values()} == {1}
        assert limited <= 62


@pytest.mark.parametrize(
    ("module", "option", "call"),
    [
        ("eset_incident_close", "incident_uuids", "eset.close"),
        ("d3_close_incidents_bulk", "incident_numbers", "d3.close"),
    ],
)
def test_two_jobs_that_close_the_same_incident_send_one_close_request(sim, sandbox, module, option, call):
    sim.fault(call, "slow", seconds=2)
    results = run_at_once(sandbox, module, [{option: ["1"]}] * 2, **connection(sim))
    assert sorted(result["incidents"][0]["outcome"] for result in results) == ["already_closed", "closed"]
    assert len(sim.calls(call)) == 1
