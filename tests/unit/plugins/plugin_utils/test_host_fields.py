# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.plugin_utils._host_fields import (
    HostField,
    check_host_fields,
    read_host_fields,
)

HOSTNAME = {"section": "Asset", "field": "Hostname"}


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("web01, web02", ["web01", "web02"]),
        ("web01 web02\n", ["web01", "web02"]),
        ("web01;web02,", ["web01", "web02"]),
        ('["web01", "web02"]', ["web01", "web02"]),
        (["web01", "web02, web03", 7], ["web01", "web02", "web03"]),
        ("[web01", ["[web01"]),
        ("[" * 100_000, ["[" * 100_000]),
        ("7", ["7"]),
        ("", []),
        (None, []),
        (7, []),
        ({"web01": 1}, []),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_names_hosts_in_several_forms(value, names):
    assert HostField("Custom Field").read({"Custom Field": value}) == names


@pytest.mark.parametrize(
    ("option", "row", "names"),
    [
        ("Host", {"Host": "web01"}, ["web01"]),
        ("Host", {}, []),
        (HOSTNAME, {"Asset": {"Hostname": ["web01"]}}, ["web01"]),
        (HOSTNAME, {"Hostname": ["web01"]}, ["web01"]),
        (HOSTNAME, {"Asset": "x", "Hostname": "web01"}, ["web01"]),
        (HOSTNAME, {"Asset": {}}, []),
    ],
)
def test_a_dynamic_field_is_in_its_section_or_in_the_row(option, row, names):
    field = HostField(option)
    assert field.read(row) == names
    assert field.is_in(row) == bool(names)


def test_a_field_has_a_name_for_messages():
    assert [str(field) for field in read_host_fields(["Host", HOSTNAME])] == ["Host", "Asset/Hostname"]


@pytest.mark.parametrize("option", [7, None, " ", [], {"section": "Asset"}, {"section": 1, "field": "Hostname"}])
def test_reject_an_entry_that_is_not_a_field(option):
    with pytest.raises(InvalidOptionError, match="^host_fields: an entry must be the name of a field, such as"):
        read_host_fields(["Host", option])


def test_reject_an_empty_option():
    with pytest.raises(InvalidOptionError, match="^host_fields is empty: give the fields that name hosts"):
        read_host_fields([])


def test_reject_a_field_that_no_incident_has():
    fields = read_host_fields(["Host", HOSTNAME])
    check_host_fields(fields, [])
    check_host_fields(fields, [{"Host": ""}, {"Hostname": None}])
    with pytest.raises(InvalidOptionError, match="^host_fields: D3 returned no field Asset/Hostname: check its name$"):
        check_host_fields(fields, [{"Host": "web01"}])
