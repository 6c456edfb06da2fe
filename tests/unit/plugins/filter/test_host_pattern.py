# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible.errors import AnsibleFilterError
from ansible_collections.secops.incident_closure.plugins.filter._host_pattern import FilterModule, host_pattern


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_host_pattern": host_pattern}


@pytest.mark.parametrize(
    ("given", "pattern"),
    [
        (None, "all:!localhost"),
        ("", "all:!localhost"),
        (" \n", "all:!localhost"),
        ("web01", "web01"),
        ("web*:!web03", "web*:!web03"),
        ("web01\nweb02\r\n", "web01,web02"),
        ("web01, web02;db web[3:5]", "web01,web02,db,web[3:5]"),
        (["web01", "db"], "web01,db"),
    ],
)
def test_return_a_pattern(given, pattern):
    assert host_pattern(given) == pattern


def test_reject_another_type():
    with pytest.raises(AnsibleFilterError, match="^target_hosts must be a list, not a dictionary$"):
        host_pattern({"web01": 1})
