# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the accounts that the role remediate_host locks. This file is private to the collection."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _remediation_accounts
short_description: "[INTERNAL] Find the accounts that the role remediate_host locks"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - B(This filter is internal to the roles of this collection.) It may change in any release.
  - Returns the accounts that exist, each with the reason for which the role must not lock it, if there is one.
positional: users, login_uid
options:
  _input:
    description: The results of M(ansible.builtin.getent), one for each user.
    type: list
    elements: dict
    required: true
  users:
    description: The names of the users, in the same order.
    type: list
    elements: str
    required: true
  login_uid:
    description: The user ID of the user that Ansible logs in as.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the account of a user
  ansible.builtin.debug:
    msg: "{{ [{'ansible_facts': {'getent_passwd': {'eve': ['x', '1001']}}}] | secops.incident_closure._remediation_accounts(['eve'], '1000') }}"
"""

RETURN = r"""
_value:
  description: The accounts that exist. RV(ignore:problem) is empty for an account that the role may lock.
  type: list
  elements: dict
  sample:
    - {entry: eve, name: eve, uid: "1001", problem: ""}
"""

from collections.abc import Iterable, Mapping
from typing import Any


def remediation_accounts(
    results: Iterable[Mapping[str, Any]], users: Iterable[str], login_uid: str
) -> list[dict[str, str]]:
    """Return the accounts that exist, as DOCUMENTATION describes them.

    :param results: the results of ``getent``, one for each user.
    :param users: the names of the users, in the same order.
    :param login_uid: the user ID of the user that Ansible logs in as.
    """
    accounts = []
    for user, result in zip(users, results):
        # The user database may have another spelling of the name.
        for name, fields in result["ansible_facts"]["getent_passwd"].items():
            if fields:
                problem = find_problem(name, *fields[:2], login_uid=login_uid)
                accounts.append({"entry": user, "name": name, "uid": fields[1], "problem": problem})
    return accounts


def find_problem(name: str, password: str, uid: str, *, login_uid: str) -> str:
    """Return the reason for which the role must not lock an account, or cannot lock it, or an empty string.

    :param password: the second field of ``/etc/passwd``.
    """
    if uid == "0":
        return f"{name} is not locked: it has the user id of root"
    if uid == login_uid:
        return f"{name} is not locked: it has the user id of the user that Ansible logs in as"
    # Ansible locks the password in /etc/shadow, which then is not the one that counts.
    if password not in ("x", "*") and not password.startswith("!"):
        return f"{name} is not locked: its password is in /etc/passwd, so run pwconv on the host"
    return ""


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_remediation_accounts": remediation_accounts}
