# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.secops.incident_closure.plugins.filter._unremediated_hosts import (
    FilterModule,
    unremediated_hosts,
)

HOSTVARS = {
    "clean": {"incident_closure_remediated": True, "incident_closure_d3_incidents": ["1"]},
    "failed": {"incident_closure_remediated": False, "incident_closure_d3_incidents": ["1", "2"]},
    "forgotten": {"incident_closure_eset_incidents": "3"},
    "bystander": {},
}


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_unremediated_hosts": unremediated_hosts}


def test_return_hosts_that_list_incidents_by_default():
    assert unremediated_hosts(HOSTVARS) == [
        "failed: its remediation was not completed",
        "forgotten: it was not remediated",
    ]


def test_return_only_named_hosts():
    assert unremediated_hosts(HOSTVARS, ["clean", "bystander"]) == ["bystander: it was not remediated"]
