# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the modules and the lookup plugin of awx.awx, which keeps the objects of AWX in a file.

It resolves names like the modules: some in one organization, and some in all of them, where a name that is not unique is
an error. It accepts the options of the modules in awx.awx 24, and reports a change if an object differs from its last
state. AWX does not return secrets, so a credential always changes.
"""

from __future__ import annotations

import json
from pathlib import Path

from ansible.module_utils.common.validation import check_type_int

ENDPOINTS = {
    "credential_type": "credential_types",
    "credential": "credentials",
    "execution_environment": "execution_environments",
    "project": "projects",
    "inventory": "inventories",
    "inventory_source": "inventory_sources",
    "job_template": "job_templates",
    "workflow_job_template": "workflow_job_templates",
    "workflow_job_template_node": "workflow_nodes",
    "schedule": "schedules",
}
# The fields that identify an object of each module, beside its name.
SCOPES = {
    "credential": ("organization", "credential_type"),
    "project": ("organization",),
    "inventory": ("organization",),
    "inventory_source": ("inventory",),
    "job_template": ("organization",),
    "workflow_job_template": ("organization",),
    "workflow_job_template_node": ("workflow_job_template",),
    "schedule": ("unified_job_template",),
}
TEMPLATES = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
# Options that name objects: the endpoints, and whether the module searches only the given organization.
REFERENCES = {
    "organization": (("organizations",), False),
    "credential_type": (("credential_types",), False),
    "credential": (("credentials",), False),
    "credentials": (("credentials",), False),
    "default_environment": (("execution_environments",), False),
    "source_project": (("projects",), True),
    "project": (("projects",), True),
    "unified_job_template": (TEMPLATES, False),
    "workflow_job_template": (("workflow_job_templates",), False),
}
OPTIONS = {
    "credential_type": "name description kind inputs injectors state",
    "credential": "name description organization credential_type inputs update_secrets user team state",
    "execution_environment": "name description organization image credential pull state",
    "project": """name description organization scm_type scm_url scm_branch scm_refspec credential scm_clean
        scm_delete_on_update scm_track_submodules scm_update_on_launch scm_update_cache_timeout allow_override timeout
        default_environment local_path wait update_project interval signature_validation_credential state""",
    "inventory": "name description organization variables kind host_filter instance_groups input_inventories state",
    "inventory_source": """name description organization inventory source source_path source_vars enabled_var enabled_value
        host_filter limit credential execution_environment overwrite overwrite_vars timeout verbosity update_on_launch
        update_cache_timeout source_project scm_branch state""",
    "job_template": """name description organization job_type inventory project playbook credentials execution_environment
        forks limit verbosity extra_vars job_tags skip_tags timeout use_fact_cache ask_job_type_on_launch
        ask_variables_on_launch ask_limit_on_launch survey_enabled survey_spec become_enabled diff_mode allow_simultaneous
        job_slice_count labels state""",
    "workflow_job_template": """name description organization extra_vars inventory limit survey_enabled survey_spec
        allow_simultaneous ask_variables_on_launch workflow_nodes destroy_current_nodes labels state""",
    "workflow_job_template_node": """identifier workflow_job_template organization extra_data inventory limit
        unified_job_template lookup_organization approval_node all_parents_must_converge success_nodes always_nodes
        failure_nodes credentials state""",
    "schedule": "name description rrule extra_data inventory limit unified_job_template organization enabled state",
}
INTEGERS = {"update_cache_timeout", "job_slice_count"}


class StandInError(Exception):
    """The module fails."""


def convert(args):
    """Return options with the types of the modules. Up to ansible-core 2.18, a template of a number is a string."""
    return {name: check_type_int(value) if name in INTEGERS else value for name, value in args.items()}


class Awx:
    """The objects of an AWX, in a file. Each has its endpoint and its number beside the options of its module."""

    def __init__(self, path):
        self.path = Path(path)
        self.objects = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else []

    def add(self, endpoint, **fields):
        self.objects.append({"endpoint": endpoint, "id": len(self.objects) + 1, **fields})
        self.path.write_text(json.dumps(self.objects), encoding="utf-8")
        return self.objects[-1]

    def query(self, endpoint, name=None):
        """Return the objects that the lookup plugin returns."""
        parent, _slash, rest = endpoint.partition("/")
        if rest:
            number, _slash, child = rest.partition("/")
            return [o for o in self.objects if (o["endpoint"], o.get(parent[:-1])) == (child, int(number))]
        return [o for o in self.objects if o["endpoint"] == endpoint and o["name"] == name]

    def make(self, module, args):
        """Create or update an object, and return its number and whether it changed."""
        if unknown := set(args) - set(OPTIONS[module].split()):
            raise StandInError(f"Unsupported parameters for {module}: {unknown}")
        organization = self._find("organizations", args["organization"]) if args.get("organization") else None
        fields = {name: self._resolve(module, name, value, organization) for name, value in args.items()}
        if links := {name for name in fields if name.endswith("_nodes")}:
            for name in links:
                fields[name] = [self._find_node(fields["workflow_job_template"], node) for node in fields[name]]
        endpoint = ENDPOINTS[module]
        same = [
            found
            for found in self.objects
            if found["endpoint"] == endpoint
            and found.get("name") == fields.get("name")
            and found.get("identifier") == fields.get("identifier")
            and all(found.get(scope) == fields[scope] for scope in SCOPES.get(module, ()))
        ]
        if not same:
            return self.add(endpoint, **fields)["id"], True
        (found,) = same
        changed = module == "credential" or any(found.get(name) != value for name, value in fields.items())
        found.update(fields)
        self.path.write_text(json.dumps(self.objects), encoding="utf-8")
        return found["id"], changed

    def _resolve(self, module, name, value, organization):
        if module == "inventory_source" and name == "inventory":
            return self._find("inventories", value, organization=organization)
        if name == "inventory":
            return self._find("inventories", value)
        if name not in REFERENCES:
            return value
        endpoints, scoped = REFERENCES[name]
        scope = organization if scoped or (module == "schedule" and name == "unified_job_template") else None
        values = value if isinstance(value, list) else [value]
        found = [self._find(*endpoints, value, organization=scope) for value in values]
        return found if isinstance(value, list) else found[0]

    def _find(self, *arguments, organization=None):
        *endpoints, value = arguments
        found = [
            o["id"]
            for o in self.objects
            if o["endpoint"] in endpoints
            and value in (o["name"], str(o["id"]))
            and organization in (None, o.get("organization"))
        ]
        if len(found) != 1:
            raise StandInError(f"Request to {endpoints} for {value} returned {len(found)} items, expected 1")
        return found[0]

    def _find_node(self, workflow, identifier):
        found = [
            o["id"]
            for o in self.objects
            if (o["endpoint"], o.get("workflow_job_template"), o.get("identifier"))
            == ("workflow_nodes", workflow, identifier)
        ]
        if len(found) != 1:
            raise StandInError(f"Could not find the node {identifier}")
        return found[0]
