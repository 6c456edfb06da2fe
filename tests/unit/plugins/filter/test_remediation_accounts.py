# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._remediation_accounts import (
    FilterModule,
    remediation_accounts,
)


def found(name, uid=None, password="x"):
    """Return the result of getent for a user that exists, or that does not."""
    return {"ansible_facts": {"getent_passwd": {name: uid and [password, uid, uid, "", "/", "/bin/sh"]}}}


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_remediation_accounts": remediation_accounts}


def test_an_account_keeps_the_entry_of_the_list():
    accounts = remediation_accounts([found("nobody"), found("eve", "1001")], ["nobody", "CORP\\Eve"], "1000")
    assert accounts == [{"entry": "CORP\\Eve", "name": "eve", "uid": "1001", "problem": ""}]


def test_reject_root_and_the_login_user():
    accounts = remediation_accounts([found("toor", "0"), found("admin", "1000")], ["toor", "admin"], "1000")
    assert [account["problem"] for account in accounts] == [
        "toor is not locked: it has the user id of root",
        "admin is not locked: it has the user id of the user that Ansible logs in as",
    ]


@pytest.mark.parametrize("password", ["$6$salt$hash", ""])
def test_reject_an_account_whose_password_the_lock_does_not_reach(password):
    (account,) = remediation_accounts([found("eve", "1001", password)], ["eve"], "1000")
    assert account["problem"] == "eve is not locked: its password is in /etc/passwd, so run pwconv on the host"


@pytest.mark.parametrize("password", ["x", "*", "!!"])
def test_accept_an_account_whose_password_is_elsewhere_or_locked(password):
    (account,) = remediation_accounts([found("eve", "1001", password)], ["eve"], "1000")
    assert account["problem"] == ""
