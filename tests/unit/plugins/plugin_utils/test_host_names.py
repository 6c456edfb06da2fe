# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._host_names import HostIndex, is_host_name


@pytest.mark.parametrize("name", ["web01", "WEB01", "web01.example.com", "a", "web_01", "10.0.0.7", "fe80::1", "4711"])
def test_accept_a_host_name(name):
    assert is_host_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "web01 (finance)", "büro", "a,b", "a:b", "web[01:99]", "*", "!web01", "-web01", "web01.", "{{ x }}", "web01\n",
     "localhost", "Localhost", "localhost.localdomain", "all", "ungrouped", "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0"],
)  # fmt: skip
def test_reject_other_strings(name):
    assert not is_host_name(name)


HOSTS = {
    "web01": {},
    "web02.example.com": {},
    "WEB03": {"ansible_host": "10.0.0.3"},
    "alias": {"ansible_host": "web04.example.com"},
    "web05.a.example": {},
    "web05.b.example": {},
    "localhost": {},
    "127.0.0.1": {},
    "odd name": {},
    "10.0.0.6": {},
}


@pytest.mark.parametrize(
    ("names", "address", "found"),
    [
        (["WEB01"], "", {"web01"}),
        (["web01.example.com"], "", {"web01"}),
        (["web02"], "", {"web02.example.com"}),
        (["web02.other.example"], "", set()),
        (["note", "web03"], "", {"WEB03"}),
        (["WEB04.example.com"], "", {"alias"}),
        (["web04"], "", {"alias"}),
        (["web05"], "", {"web05.a.example", "web05.b.example"}),
        (["web05.a.example"], "", {"web05.a.example"}),
        (["web01", "web03"], "", {"web01", "WEB03"}),
        (["new"], "10.0.0.3", {"WEB03"}),
        (["new"], "10.0.0.6", {"10.0.0.6"}),
        (["web01"], "10.0.0.3", {"web01"}),
        (["10.0.0.3"], "", {"WEB03"}),
        (["10"], "", set()),
        (["localhost"], "127.0.0.1", set()),
        (["odd name"], "not an address", set()),
        ([], "", set()),
    ],
)
def test_find_the_hosts_that_match(names, address, found):
    assert HostIndex(HOSTS).find(names, address) == found
