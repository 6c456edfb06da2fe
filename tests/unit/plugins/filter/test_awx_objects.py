# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.secops.incident_closure.plugins.filter._awx_objects import FilterModule, awx_objects


def result(setting, endpoint, name, *found):
    return {
        "item": {"setting": setting, "endpoint": endpoint, "name": name},
        "ansible_facts": {"awx_found": list(found)},
    }


ORGANIZATION = result("setup_organization", "organizations", "SOC", {"id": 7, "name": "SOC"})


def credential(*found):
    return result("setup_machine_credentials", "credentials", "ssh", *found)


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_awx_objects": awx_objects}


def test_return_the_ids_by_setting():
    results = [ORGANIZATION, credential({"id": 1, "organization": 7}), credential({"id": 2, "organization": 7})]
    ids = {"setup_organization": ["7"], "setup_machine_credentials": ["1", "2"]}
    assert awx_objects(results) == {"ids": ids, "problem": ""}


def test_prefer_the_object_of_the_organization():
    found = [{"id": 1, "organization": 8}, {"id": 2, "organization": 7}, {"id": 3, "organization": None}]
    assert awx_objects([ORGANIZATION, credential(*found)])["ids"]["setup_machine_credentials"] == ["2"]


def test_take_the_only_object_of_another_organization():
    assert awx_objects([ORGANIZATION, credential({"id": 1, "organization": 8})])["ids"][
        "setup_machine_credentials"
    ] == ["1"]


def test_report_an_object_that_does_not_exist():
    problem = "setup_machine_credentials: AWX has no credential named ssh, or your user may not see it"
    assert awx_objects([ORGANIZATION, credential()]) == {"ids": {}, "problem": problem}


def test_report_a_name_that_is_not_unique():
    found = [{"id": 1, "organization": 7}, {"id": 2, "organization": 7}]
    problem = "setup_machine_credentials: AWX has several objects of this kind named ssh: rename one"
    assert awx_objects([ORGANIZATION, credential(*found)]) == {"ids": {}, "problem": problem}
