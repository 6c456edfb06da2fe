# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action playbook_case: run a playbook against the simulator, and check its output and the incidents that it closed.

Targets get it from a dependency on setup_playbook_case. Its options are the parameters of ``run_case``.
To run a target without ansible-test:
  ANSIBLE_ROLES_PATH=tests/integration/targets ansible localhost -m include_role -a name=TARGET -e simulator_url=http://127.0.0.1:PORT
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ansible.module_utils.urls import open_url
from ansible.plugins.action import ActionBase
from ansible_collections.secops import incident_closure

# The folder of a file that keeps compiled code
PYTHON = Path(incident_closure.__path__[0]) / "tests" / "python"
CLOSE = Path(__file__).parents[1] / "files" / "close.yml"
SETTINGS = {
    "ANSIBLE_HOST_PATTERN_MISMATCH": "warning",  # ansible-test sets it to error
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_SHOW_CUSTOM_STATS": "1",
}
HOST_VARIABLES = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "remediate_host_allow_nothing": True,  # most cases test the mark, not the remediation before it
}


class ActionModule(ActionBase):
    """Run a case."""

    def run(self, tmp=None, task_vars=None):
        options = dict(self._task.args)
        if not options.get("playbook", "secops.").startswith("secops."):
            options["playbook"] = self._find_needle("files", options["playbook"])
        return run_case(task_vars["simulator_url"], **options)


def run_case(
    url,
    *,
    playbook=CLOSE,
    hosts=None,
    inventory=None,
    arguments=(),
    variables=None,
    environment=None,
    scenario=(),
    faults=(),
    status=0,
    closed=None,
    says=(),
):
    """Run ansible-playbook with an inventory of its own, and return the result of the task.

    :param url: the URL of the simulator.
    :param playbook: a file of the target, or the name of a playbook of the collection; by default, the role close_incidents alone.
    :param hosts: the hosts of the inventory and their variables.
    :param inventory: more of the group all: its variables and its children.
    :param arguments: more arguments of ansible-playbook.
    :param variables: extra variables.
    :param environment: more environment variables.
    :param scenario: the first state of the simulator (by default its usual one); with None, the state after the previous case.
    :param faults: the faults that the simulator produces.
    :param status: the expected exit status.
    :param closed: the incidents that must be closed since the last reset, each by one close request; with None, any may be.
    :param says: regular expressions that the output must match.
    :returns: among others the output, the state of the simulator, and the artifacts that AWX would keep for later jobs.
    """
    if scenario is not None:
        call(f"{url}/simulator/reset", scenario or {})
    if faults:
        call(f"{url}/simulator/faults", faults)
    folders = os.pathsep.join(filter(None, [str(PYTHON), os.environ.get("PYTHONPATH")]))
    settings = {**os.environ, **SETTINGS, **connections(url), "PYTHONPATH": folders, **(environment or {})}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "inventory.yml")
        merged = {"hosts": hosts or {}, **(inventory or {})}
        merged["vars"] = {**HOST_VARIABLES, **merged.get("vars", {})}
        path.write_text(json.dumps({"all": merged}), encoding="utf-8")
        extra = json.dumps(variables or {})
        words = ["ansible-playbook", playbook, *arguments, f"--inventory={path}", f"--extra-vars={extra}"]
        job = subprocess.run(words, env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    state = call(f"{url}/simulator/state")
    shown, _heading, stats = job.stdout.partition("CUSTOM STATS: ")
    artifacts = re.search(r"RUN: (\{.*\})", stats)
    output = shown + job.stderr
    problems = [f"it says nothing like {pattern}" for pattern in says if not re.search(pattern, output)]
    if job.returncode != int(status):
        problems.append(f"its exit status is {job.returncode} instead of {status}")
    if closed is not None and list_closings(state) != sorted(closed):
        problems.append(f"it closed {list_closings(state)} instead of {sorted(closed)}")
    if problems:
        return {"failed": True, "msg": f"{'; '.join(problems)}. ansible-playbook printed:\n{output}"}
    return {
        "changed": True,
        "output": output,
        "state": state,
        "artifacts": json.loads(artifacts[1]) if artifacts else {},
    }


def connections(url):
    """Return the environment variables that connect the modules to the simulator."""
    return {
        "D3_URL": f"{url}/MainApp/VSOC",
        "D3_API_KEY": "sim-d3-close-key",
        "D3_LOOKUP_API_KEY": "sim-d3-lookup-key",
        "D3_USERNAME": "soar-automation",
        "D3_SITE": "Security Operations",
        "ESET_API_URL": f"{url}/eset",
        "ESET_AUTH_URL": f"{url}/eset",
        "ESET_DEVICE_URL": f"{url}/eset",
        "ESET_USERNAME": "api-user@example.com",
        "ESET_PASSWORD": "sim-eset-password",
    }


def call(url, body=None):
    """Read a resource of the simulator's control interface, or post to it, and return the response."""
    if body is None:
        return json.load(open_url(url))
    return json.load(open_url(url, method="POST", data=json.dumps(body), headers={"Content-Type": "application/json"}))


def list_closings(state):
    """Return the incidents of both products, sorted, each as often as a request closed it."""
    incidents = [*state["d3"]["incidents"].items(), *state["eset"]["incidents"].items()]
    return sorted(number for number, incident in incidents for _request in range(incident["closings"]))
