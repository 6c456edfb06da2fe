# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/awx/setup.yml, run with stand-ins for the modules of awx.awx that note what they are told to make.

What AWX itself would say to it is not tested: that takes an AWX.
"""

from __future__ import annotations

import json
import re

import pytest
from sandbox import COLLECTION, Sandbox

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

AWX = COLLECTION / "extensions" / "awx"
TASKS = yaml.safe_load((AWX / "tasks" / "setup.yml").read_text(encoding="utf-8"))
GUIDE = (COLLECTION / "docs/docsite/rst/awx.rst").read_text(encoding="utf-8")
MODULES = sorted({key.rpartition(".")[2] for task in TASKS for key in task if key.startswith("awx.awx.")})

STAND_IN = """
import json
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        with open({notes!r}, "a") as notes:
            notes.write(json.dumps([{name!r}, self._task.args]) + "\\n")
        return {{"changed": True}}
"""
SETTINGS = {
    "setup_project_url": "https://git.example.com/soc.git",
    "setup_d3": {"url": "https://soar.example.com", "username": "a", "site": "b", "api_key": "a secret"},
    "setup_eset": {"region": "eu", "username": "c", "password": "another secret"},
    "setup_image": "registry.example.com/incident-closure-ee:1.0.0",
    "setup_machine_credentials": ["ssh"],
    "setup_slices": 3,
}


def run(folder, **settings):
    """Run the playbook, and return its output and what was made: a list of (module, arguments)."""
    sandbox = Sandbox(folder)
    notes = sandbox.write("notes", "")
    actions = sandbox.collections / "awx" / "awx" / "plugins" / "action"
    actions.mkdir(parents=True)
    for name in MODULES:
        (actions / f"{name}.py").write_text(STAND_IN.format(notes=str(notes), name=name), encoding="utf-8")
    sandbox.write("settings.json", json.dumps(settings))
    job = sandbox.run("ansible-playbook", AWX / "setup.yml", "-e", "@settings.json", "-v")
    made = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    return job.returncode, job.stdout + job.stderr, made


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    status, output, made = run(tmp_path_factory.mktemp("setup"), **SETTINGS)
    assert status == 0, output
    assert "secret" not in output
    return made


def of(made, module):
    return [arguments for name, arguments in made if name == module]


def test_the_credential_types_arrive_as_they_stand_in_their_files(everything):
    files = [
        yaml.safe_load((AWX / "credential_types" / f"{name}.yml").read_text(encoding="utf-8"))
        for name in ("d3", "eset")
    ]
    assert of(everything, "credential_type") == files


def test_the_credentials_are_of_these_types(everything):
    types = [made["name"] for made in of(everything, "credential_type")]
    credentials = of(everything, "credential")
    assert [made["credential_type"] for made in credentials] == types
    assert [made["inputs"] for made in credentials] == [SETTINGS["setup_d3"], SETTINGS["setup_eset"]]


def test_every_playbook_and_file_is_in_the_project_of_the_guide(everything):
    files = [template["playbook"] for template in of(everything, "job_template")]
    files += [source["source_path"] for source in of(everything, "inventory_source")]
    for file in files:
        assert f".. example-file: {file}\n" in GUIDE


def test_the_surveys_ask_for_variables_that_the_playbooks_take(everything):
    role = yaml.safe_load((COLLECTION / "roles/close_incidents/meta/argument_specs.yml").read_text(encoding="utf-8"))
    known = set(role["argument_specs"]["main"]["options"])
    for template in of(everything, "job_template"):
        text = (COLLECTION / "playbooks" / template["playbook"]).read_text(encoding="utf-8")
        for question in template["survey_spec"]["spec"]:
            variable = question["variable"]
            assert variable in known or re.search(rf"\b{variable}\b", text), (template["name"], variable)
    # The workflow hands its answers on to both of its jobs.
    asked = [
        question["variable"] for made in of(everything, "job_template") for question in made["survey_spec"]["spec"]
    ]
    for workflow in of(everything, "workflow_job_template"):
        assert {question["variable"] for question in workflow["survey_spec"]["spec"]} <= set(asked)


def test_the_surveys_are_accepted(everything):
    for made in of(everything, "job_template") + of(everything, "workflow_job_template"):
        survey = made["survey_spec"]
        assert isinstance(survey["name"], str)
        assert isinstance(survey["description"], str)
        for question in survey["spec"]:
            assert question["type"] in ("text", "textarea", "multiplechoice")
            assert isinstance(question["required"], bool)
            assert isinstance(question["default"], str)
            if question["type"] == "multiplechoice":
                assert question["default"] in question["choices"]
            else:
                assert question["min"] <= len(question["default"]) <= question["max"]


def test_the_surveys_offer_the_closure_reasons_that_eset_accepts(everything):
    surveys = [made["survey_spec"]["spec"] for made in of(everything, "job_template")]
    surveys += [made["survey_spec"]["spec"] for made in of(everything, "workflow_job_template")]
    asked = [question for survey in surveys for question in survey if question["type"] == "multiplechoice"]
    assert len(asked) == 4  # close by hand, remediate and close, close, the workflow
    for question in asked:
        assert question["choices"] == ["true_positive", "false_positive", "suspicious"]
        assert question["default"] == "true_positive"
        assert question["required"]
        assert all(f"``{choice}``" in GUIDE for choice in question["choices"])
    assert "``unspecified``" not in GUIDE


def test_every_answer_but_the_reason_may_be_empty(everything):
    for made in of(everything, "job_template") + of(everything, "workflow_job_template"):
        for question in made["survey_spec"]["spec"]:
            if question["type"] != "multiplechoice":
                assert (question["required"], question["default"], question["min"]) == (False, "", 0)


def test_both_jobs_of_the_workflow_receive_the_hosts(everything):
    (workflow,) = of(everything, "workflow_job_template")
    templates = {made["name"]: made for made in of(everything, "job_template")}
    jobs = [templates[node["unified_job_template"]["name"]] for node in workflow["workflow_nodes"]]
    assert len(jobs) == 2
    for made in [workflow, *jobs]:
        assert "target_hosts" in [question["variable"] for question in made["survey_spec"]["spec"]], made["name"]


def test_closing_comes_after_every_slice(everything):
    (workflow,) = of(everything, "workflow_job_template")
    first, second = workflow["workflow_nodes"]
    assert first["related"] == {"always_nodes": [{"identifier": second["identifier"]}]}
    templates = {made["name"]: made for made in of(everything, "job_template")}
    remediate = templates[first["unified_job_template"]["name"]]
    close = templates[second["unified_job_template"]["name"]]
    assert int(remediate["job_slice_count"]) == SETTINGS["setup_slices"]
    assert "job_slice_count" not in close
    assert remediate["credentials"] == ["ssh"]  # the keys of D3 and ESET do not go to the hosts' jobs
    assert close["credentials"] == ["Incident closure d3", "Incident closure eset"]


def test_what_is_made_by_hand_is_the_same(everything):
    table = GUIDE.split("\nSet up AWX by hand\n", 1)[1]
    for template in of(everything, "job_template"):
        row = re.search(rf"\* - {template['name'].removeprefix('Incident closure: ')}\n((?: +- .*\n)+)", table)[1]
        playbook, credentials, become, slices, variables = re.findall("- (.*)", row)
        assert playbook == f"``{template['playbook']}``"
        assert len(credentials.split(", ")) == len(template["credentials"])
        assert (become == "yes") == template.get("become_enabled", False)
        assert (slices != "1") == ("job_slice_count" in template)
        for question in template["survey_spec"]["spec"]:
            assert question["variable"] in variables or "those above" in variables


def test_the_inventory_is_filled_before_a_template_is_sliced(everything):
    names = [name for name, _arguments in everything]
    assert names.index("inventory_source") < names.index("inventory_source_update") < names.index("job_template")


def test_one_product_alone(tmp_path):
    settings = {name: value for name, value in SETTINGS.items() if name not in ("setup_d3", "setup_image")}
    status, output, made = run(tmp_path, **settings)
    assert status == 0, output
    assert len(of(made, "credential_type")) == len(of(made, "credential")) == 1
    assert not of(made, "execution_environment")


def test_settings_that_are_missing_are_named(tmp_path):
    status, output, made = run(tmp_path)
    assert status != 0
    assert not made
    assert "Set setup_project_url, and setup_d3 or setup_eset or both." in output


def test_the_settings_of_the_guide(tmp_path):
    block = re.search(r"example-file: settings\.yml\n\n\.\. code-block:: yaml\n\n((?: {3}.*\n)+)", GUIDE)[1]
    status, output, made = run(tmp_path, **yaml.safe_load(block))
    assert status == 0, output
    assert {"credential", "job_template", "workflow_job_template"} <= {name for name, _arguments in made}
