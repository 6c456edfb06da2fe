# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/awx/setup.yml, run with stand-ins for the modules and the lookup plugin of awx.awx.

The tests do not cover the behavior of AWX itself.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import awx_stand_in
import pytest
from sandbox import COLLECTION, Sandbox

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

AWX = COLLECTION / "extensions" / "awx"
GUIDE = (COLLECTION / "docs/docsite/rst/awx.rst").read_text(encoding="utf-8")

ACTION = """
import json, sys
sys.path.insert(0, {folder!r})
from awx_stand_in import Awx, StandInError, convert
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        args = convert(json.loads(json.dumps(self._task.args)))
        with open({log!r}, "a") as log:
            log.write(json.dumps([{name!r}, args]) + "\\n")
        try:
            number, changed = Awx({objects!r}).make({name!r}, args)
        except StandInError as error:
            raise AnsibleError(str(error))
        return {{"changed": changed, "id": number, "given": args}}  # shown with -v, unless the task has no_log
"""
LOOKUP = """
import sys
sys.path.insert(0, {folder!r})
from awx_stand_in import Awx
from ansible.plugins.lookup import LookupBase

class LookupModule(LookupBase):
    def run(self, terms, variables=None, query_params=None, return_all=False):
        return Awx({objects!r}).query(terms[0], **(query_params or {{}}))
"""
SETTINGS = {
    "setup_project_url": "https://git.example.com/soc.git",
    "setup_project_credential": "git",
    "setup_d3": {"url": "https://soar.example.com", "username": "a", "site": "b", "api_key": "0pen-d3"},
    "setup_eset": {"region": "eu", "username": "c", "password": "0pen-eset"},
    "setup_image": "registry.example.com/incident-closure-ee:1.0.0",
    "setup_image_credential": "registry",
    "setup_machine_credentials": ["ssh"],
    "setup_inventory_path": "inventory",
    "setup_inventory_product": "eset",
    "setup_schedule": "DTSTART;TZID=Europe/Berlin:20260101T000000 RRULE:FREQ=HOURLY;INTERVAL=1",
    "setup_slices": 3,
}


class Place(Sandbox):
    """A sandbox and an AWX with two organizations and the credentials that the settings name."""

    def __init__(self, folder, collection="awx.awx"):
        super().__init__(folder)
        self.log = folder / "log"
        self.awx = folder / "objects.json"
        awx = awx_stand_in.Awx(self.awx)
        # Distinct numbers, so that two kinds of objects do not share one by chance.
        first, second = (awx.add("organizations", name=name)["id"] for name in ("Default", "Second"))
        for name in ("git", "registry", "ssh"):
            awx.add("credentials", name=name, organization=first)
        awx.add("credentials", name="ssh", organization=second)
        awx.add("inventories", name="Servers", organization=first)
        awx.add("inventories", name="Servers", organization=second)
        namespace, _dot, name = collection.partition(".")
        plugins = self.collections / namespace / name / "plugins"
        (plugins / "action").mkdir(parents=True)
        (plugins / "lookup").mkdir()
        names = {"folder": str(Path(__file__).parent), "objects": str(self.awx), "log": str(self.log)}
        for module in awx_stand_in.ENDPOINTS:
            text = ACTION.format(name=module, **names)
            (plugins / "action" / f"{module}.py").write_text(text, encoding="utf-8")
        (plugins / "lookup" / "controller_api.py").write_text(LOOKUP.format(**names), encoding="utf-8")

    @property
    def objects(self):
        return awx_stand_in.Awx(self.awx).objects

    def set_up(self, **settings):
        """Run the playbook, and return its return code, its output, and the modules that ran: a list of (module, options)."""
        self.log.write_text("", encoding="utf-8")
        self.write("settings.json", json.dumps(settings))
        job = self.run("ansible-playbook", AWX / "setup.yml", "-v", "-e", "@settings.json")
        made = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return job.returncode, job.stdout + job.stderr, made


def set_up(place, **settings):
    """Run the playbook, which succeeds, and return the modules that ran."""
    status, output, made = place.set_up(**settings)
    assert status == 0, output
    assert "0pen-" not in output
    return made


def changed(output):
    """Return the names of the tasks that changed something."""
    return re.findall(r"^TASK \[(.*?)\] \*+\n(?:(?!TASK \[).*\n)*?changed: ", output, re.MULTILINE)


@pytest.fixture(scope="module")
def first_place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("setup"))
    place.first_run = set_up(place, **SETTINGS)
    return place


@pytest.fixture(scope="module")
def everything(first_place):
    return first_place.first_run


def of(made, module):
    return [arguments for name, arguments in made if name == module]


def names(objects, endpoint):
    return {found["id"]: found.get("name") or found["identifier"] for found in objects if found["endpoint"] == endpoint}


# --- the objects -----------------------------------------------------------------------------------------------------


def test_the_setup_creates_these_objects_and_no_others(everything):
    assert [(module, made.get("name") or made["identifier"]) for module, made in everything] == [
        ("credential_type", "D3 SOAR (secops.incident_closure)"),
        ("credential_type", "ESET Connect (secops.incident_closure)"),
        ("credential", "Incident closure d3"),
        ("credential", "Incident closure eset"),
        ("execution_environment", "Incident closure (Default)"),
        ("project", "Incident closure"),
        ("inventory", "Incident closure"),
        ("inventory_source", "Incident closure"),
        ("job_template", "Incident closure: close by hand"),
        ("job_template", "Incident closure: remediate and close"),
        ("job_template", "Incident closure: remediate"),
        ("job_template", "Incident closure: close"),
        ("workflow_job_template", "Incident closure: remediate in slices, then close"),
        ("workflow_job_template_node", "close"),
        ("workflow_job_template_node", "remediate"),
        ("workflow_job_template_node", "sync"),
        ("schedule", "Incident closure"),
    ]


def test_every_object_has_a_description(everything):
    without = [module for module, made in everything if not made.get("description")]
    assert set(without) == {"workflow_job_template_node"}  # it has none in AWX


def test_objects_are_in_the_organization_if_possible(everything):
    for module, made in everything:
        if "organization" in awx_stand_in.OPTIONS[module].split() and module != "workflow_job_template_node":
            assert made["organization"] == "Default"


def test_the_credential_types_are_those_of_the_files(everything):
    files = [
        yaml.safe_load((AWX / "credential_types" / f"{name}.yml").read_text(encoding="utf-8"))
        for name in ("d3", "eset")
    ]
    assert of(everything, "credential_type") == files


def test_the_credentials_are_of_these_types(first_place):
    types = names(first_place.objects, "credential_types")
    made = of(first_place.first_run, "credential")
    assert [types[int(credential["credential_type"])][:4] for credential in made] == ["D3 S", "ESET"]
    assert [credential["inputs"] for credential in made] == [SETTINGS["setup_d3"], SETTINGS["setup_eset"]]


def test_the_project_gets_its_credential_and_the_image(first_place):
    (project,) = [found for found in first_place.objects if found["endpoint"] == "projects"]
    assert project["scm_url"] == SETTINGS["setup_project_url"]
    assert names(first_place.objects, "credentials")[project["credential"]] == "git"
    assert (
        names(first_place.objects, "execution_environments")[project["default_environment"]]
        == "Incident closure (Default)"
    )
    (environment,) = of(first_place.first_run, "execution_environment")
    assert environment["image"] == SETTINGS["setup_image"]
    (environment,) = [found for found in first_place.objects if found["endpoint"] == "execution_environments"]
    assert names(first_place.objects, "credentials")[environment["credential"]] == "registry"


def test_the_inventory_source_reads_the_incidents(first_place):
    (source,) = of(first_place.first_run, "inventory_source")
    assert (source["source"], source["source_path"]) == ("scm", "inventory")
    assert source["overwrite"]
    assert source["overwrite_vars"]
    assert source["update_on_launch"]
    assert source["update_cache_timeout"] == 300
    # An inventory that lacks the incidents would look like one without open incidents.
    assert source["source_vars"] == {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    assert names(first_place.objects, "credentials")[int(source["credential"])] == "Incident closure eset"


def test_the_schedule_starts_the_workflow(everything):
    (schedule,) = of(everything, "schedule")
    (workflow,) = of(everything, "workflow_job_template")
    assert schedule["unified_job_template"] == workflow["name"]
    assert schedule["rrule"] == SETTINGS["setup_schedule"]
    # A schedule does not answer the survey, so every question needs a default or may stay empty.
    for question in workflow["survey_spec"]["spec"]:
        assert question["default"] or not question["required"]


def test_every_playbook_is_in_the_project_of_the_guide(everything):
    for template in of(everything, "job_template"):
        assert f".. example-file: {template['playbook']}\n" in GUIDE


def test_the_surveys_ask_for_variables_of_the_playbooks(everything):
    role = yaml.safe_load((COLLECTION / "roles/close_incidents/meta/argument_specs.yml").read_text(encoding="utf-8"))
    known = set(role["argument_specs"]["main"]["options"])
    for template in of(everything, "job_template"):
        text = (COLLECTION / "playbooks" / template["playbook"]).read_text(encoding="utf-8")
        for question in template["survey_spec"]["spec"]:
            variable = question["variable"]
            assert variable in known or re.search(rf"\b{variable}\b", text), (template["name"], variable)
    # The workflow passes its answers to both of its jobs.
    asked = [
        question["variable"] for made in of(everything, "job_template") for question in made["survey_spec"]["spec"]
    ]
    for workflow in of(everything, "workflow_job_template"):
        assert {question["variable"] for question in workflow["survey_spec"]["spec"]} <= set(asked)


def test_awx_accepts_the_surveys(everything):
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
    templates = {made["name"]: made for made in of(everything, "job_template")}
    jobs = [templates[f"Incident closure: {name}"] for name in ("remediate", "close")]
    for made in [*of(everything, "workflow_job_template"), *jobs]:
        assert "target_hosts" in [question["variable"] for question in made["survey_spec"]["spec"]], made["name"]


def test_the_workflow_reads_the_inventory_then_remediates_then_closes(first_place):
    objects = first_place.objects
    templates = {**names(objects, "job_templates"), **names(objects, "inventory_sources")}
    nodes = {found["id"]: found for found in objects if found["endpoint"] == "workflow_nodes"}
    by_name = {found["identifier"]: found for found in nodes.values()}
    assert {name: templates[found["unified_job_template"]] for name, found in by_name.items()} == {
        "sync": "Incident closure",
        "remediate": "Incident closure: remediate",
        "close": "Incident closure: close",
    }
    # If the incidents cannot be read, nothing is remediated. If a host fails, the incidents of the others are closed.
    links = [
        (name, kind, [nodes[number]["identifier"] for number in found[kind]])
        for name, found in by_name.items()
        for kind in ("success_nodes", "always_nodes", "failure_nodes")
        if found.get(kind)
    ]
    assert sorted(links) == [("remediate", "always_nodes", ["close"]), ("sync", "success_nodes", ["remediate"])]


def test_jobs_receive_only_the_credentials_that_they_need(first_place):
    credentials = names(first_place.objects, "credentials")
    templates = {
        made["name"].removeprefix("Incident closure: "): [credentials[int(number)] for number in made["credentials"]]
        for made in of(first_place.first_run, "job_template")
    }
    products = ["Incident closure d3", "Incident closure eset"]
    assert templates == {
        "close by hand": products,
        "remediate and close": [*products, "ssh"],
        "remediate": ["ssh"],  # the keys of D3 and ESET do not go to the hosts' jobs
        "close": products,
    }


def test_only_the_job_that_remediates_is_sliced(everything):
    slices = {made["name"]: made.get("job_slice_count") for made in of(everything, "job_template")}
    assert {name: count for name, count in slices.items() if count} == {"Incident closure: remediate": 3}


def test_the_table_for_the_setup_by_hand_matches_the_playbook(everything):
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


# --- settings --------------------------------------------------------------------------------------------------------


def minimal(**settings):
    kept = {name: SETTINGS[name] for name in ("setup_project_url", "setup_eset")}
    return {**kept, **settings}


def test_one_product_with_the_defaults_is_enough(tmp_path):
    place = Place(tmp_path)
    made = set_up(place, **minimal())
    assert len(of(made, "credential_type")) == len(of(made, "credential")) == 1
    assert not of(made, "execution_environment")
    assert not of(made, "schedule")
    (source,) = of(made, "inventory_source")
    assert source["source_path"] == "inventory.yml"
    assert "credential" not in source  # a plain file needs no credential
    (project,) = of(made, "project")
    assert not {"credential", "default_environment"} & set(project)


def test_use_an_existing_inventory(tmp_path):
    place = Place(tmp_path)
    made = set_up(place, **minimal(setup_organization="Second", setup_inventory="Servers"))
    assert not of(made, "inventory")
    assert not of(made, "inventory_source")
    (servers,) = [o["id"] for o in place.objects if o.get("name") == "Servers" and o["organization"] == 2]
    assert {template["inventory"] for template in of(made, "job_template")} == {str(servers)}
    assert [node["identifier"] for node in of(made, "workflow_job_template_node")] == ["close", "remediate"]


def test_use_the_modules_of_automation_platform(tmp_path):
    made = set_up(Place(tmp_path, "ansible.controller"), **minimal(setup_collection="ansible.controller"))
    assert of(made, "workflow_job_template")


@pytest.mark.parametrize("number", range(2))
def test_accept_the_settings_of_the_guide(tmp_path, number):
    blocks = re.findall(r"example-file: (\w*settings\.yml)\n\n\.\. code-block:: yaml\n\n((?: {3}.*\n)+)", GUIDE)
    settings = yaml.safe_load(textwrap.dedent(blocks[0][1]))
    if number:
        settings.update(yaml.safe_load(textwrap.dedent(blocks[1][1])))
    place = Place(tmp_path)
    for name in settings["setup_machine_credentials"]:
        awx_stand_in.Awx(place.awx).add("credentials", name=name, organization=1)
    made = set_up(place, **settings)
    assert len(of(made, "schedule")) == number
    assert {"credential", "job_template", "workflow_job_template"} <= {name for name, _arguments in made}


# --- again, and for another organization -----------------------------------------------------------------------------


def test_a_second_run_changes_only_the_credentials(first_place):
    before = first_place.objects
    status, output, made = first_place.set_up(**SETTINGS)
    assert status == 0, output
    assert changed(output) == ["Create the credentials"]
    assert first_place.objects == before
    assert not of(made, "workflow_job_template_node")


@pytest.fixture
def set_up_place(first_place, tmp_path):
    """Return a place where the playbook has run."""
    place = Place(tmp_path)
    place.awx.write_bytes(first_place.awx.read_bytes())
    return place


def test_apply_a_changed_setting_and_keep_the_nodes_of_an_administrator(set_up_place):
    awx = awx_stand_in.Awx(set_up_place.awx)
    nodes = {found["identifier"]: found for found in awx.objects if found["endpoint"] == "workflow_nodes"}
    workflow = nodes["close"]["workflow_job_template"]
    approve = awx.add("workflow_nodes", identifier="approve", workflow_job_template=workflow)
    approve["success_nodes"] = nodes["remediate"].pop("always_nodes")
    nodes["remediate"]["success_nodes"] = [approve["id"]]
    awx.path.write_text(json.dumps(awx.objects), encoding="utf-8")
    status, output, dummy = set_up_place.set_up(**{**SETTINGS, "setup_slices": 5})
    assert status == 0, output
    assert changed(output) == ["Create the credentials", "Create the job template remediate"]
    kept = [found for found in set_up_place.objects if found["endpoint"] == "workflow_nodes"]
    assert kept == [*nodes.values(), approve]


def test_set_up_a_second_organization(set_up_place):
    first = set_up_place.objects
    existing = ("setup_project_credential", "setup_image_credential")  # which only the first organization has
    settings = {name: value for name, value in SETTINGS.items() if name not in existing}
    set_up(set_up_place, **settings, setup_organization="Second")
    assert set_up_place.objects[: len(first)] == first
    second = set_up_place.objects[len(first) :]
    assert [found["endpoint"] for found in second] == [  # without credential types, of which AWX has one list
        "credentials",
        "credentials",
        "execution_environments",
        "projects",
        "inventories",
        "inventory_sources",
        *["job_templates"] * 4,
        "workflow_job_templates",
        *["workflow_nodes"] * 3,
        "schedules",
    ]
    shared = {*names(first, "credential_types"), *names(first, "organizations")}
    (ssh,) = [found["id"] for found in first if (found.get("name"), found.get("organization")) == ("ssh", 2)]
    own = {found["id"] for found in second} | shared | {ssh}
    for found in second:
        for name in (*awx_stand_in.REFERENCES, "inventory", "always_nodes", "success_nodes"):
            value = found.get(name)
            assert value is None or set(value if isinstance(value, list) else [value]) <= own, (found["endpoint"], name)


# --- bad input -------------------------------------------------------------------------------------------------------

NO_CREDENTIAL = "AWX has no credential named nowhere, or your user may not see it"


@pytest.mark.parametrize(
    "settings, message",
    [
        ({}, "setup_project_url is not set"),
        (minimal(setup_slice=4), "setup_slice is not a setting: check its spelling"),
        (minimal(setup_eset={"region": "eu", "pasword": "x"}), "setup_eset: pasword is not an input of the credential"),
        (
            minimal(setup_d3={"url": "http://soar.example.com", "username": "a", "site": "b", "jwt": "c"}),
            "setup_d3: url must be https",
        ),
        (
            minimal(setup_organization="Nowhere"),
            "setup_organization: AWX has no organization named Nowhere, or your user may not see it",
        ),
        (minimal(setup_machine_credentials=["ssh", "nowhere"]), f"setup_machine_credentials: {NO_CREDENTIAL}"),
        (minimal(setup_project_credential="nowhere"), f"setup_project_credential: {NO_CREDENTIAL}"),
        (
            minimal(setup_inventory="nowhere"),
            "setup_inventory: AWX has no inventory named nowhere, or your user may not see it",
        ),
    ],
)
def test_a_wrong_setting_fails_with_one_line_before_the_first_object(tmp_path, settings, message):
    status, output, made = Place(tmp_path).set_up(**settings)
    assert status != 0
    assert not made
    (failure,) = re.findall(r"^fatal: .*$", output, re.MULTILINE)
    assert message in failure
    assert "Traceback" not in output
    assert "0pen-" not in output
