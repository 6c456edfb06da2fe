# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the quarantine of files for the role remediate_host. This file is private to the collection."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: _quarantine_plan
short_description: "[INTERNAL] Plan the quarantine of files for the role remediate_host"
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - B(This filter is internal to the roles of this collection.) It may change in any release.
  - Returns the files that exist, each with its place in the quarantine directory and the record beside it.
positional: files, directory, host, time
options:
  _input:
    description: The results of M(ansible.builtin.stat), one for each file.
    type: list
    elements: dict
    required: true
  files:
    description: The paths of the files, in the same order.
    type: list
    elements: str
    required: true
  directory:
    description: The quarantine directory.
    type: str
    required: true
  host:
    description: The host, for the record.
    type: str
    required: true
  time:
    description: The time of the quarantine, for the record.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show that a file that does not exist is not moved
  ansible.builtin.debug:
    msg: "{{ [{'stat': {'exists': false}}] | secops.incident_closure._quarantine_plan(['/tmp/x'], '/quarantine', 'web01', '2026-01-12T00:00:00Z') }}"
"""

RETURN = r"""
_value:
  description:
    - The files that exist. RV(ignore:problem) is empty for a file that the role may move.
    - The same file under two paths is in the list once.
  type: list
  elements: dict
  sample:
    - path: /tmp/kinsing
      sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
      target: /quarantine/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae_kinsing
      record_path: /quarantine/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae_kinsing.d1e2f3a4.json
      record: {host: web01, path: /tmp/kinsing}
      problem: ""
"""

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

# With the checksum before it and the suffix of the record after it, a name fits in the 255 bytes of a file system.
NAME_BYTES = 150


def quarantine_plan(
    results: Iterable[Mapping[str, Any]], files: Iterable[str], directory: str, host: str, time: str
) -> list[dict[str, Any]]:
    """Return the files that exist, as DOCUMENTATION describes them.

    :param results: the results of ``stat``, one for each file.
    :param files: the paths of the files, in the same order.
    :param directory: the quarantine directory.
    :param host: the host, for the record.
    :param time: the time of the quarantine, for the record.
    """
    plan: dict[Any, dict[str, Any]] = {}
    for path, result in zip(files, results):
        stat = result["stat"]
        if stat["exists"]:
            # A file has two paths if a symbolic link leads to its directory, and the role can move it only once.
            plan.setdefault((stat.get("dev"), stat.get("inode", path)), _plan_file(path, stat, directory, host, time))
    return list(plan.values())


def _plan_file(path: str, stat: Mapping[str, Any], directory: str, host: str, time: str) -> dict[str, Any]:
    """Return the plan for one file that exists."""
    sha256 = stat.get("checksum", "")
    target = f"{directory}/{sha256}_{truncate(posixpath.basename(path), NAME_BYTES)}"
    # Files in several places may have the same content, so the name of the record depends on the path as well.
    record_path = f"{target}.{hashlib.sha256(path.encode()).hexdigest()[:8]}.json"
    record = {
        "host": host,
        "path": path,
        "sha256": sha256,
        "size": stat.get("size"),
        "owner": stat.get("pw_name", ""),
        "uid": stat.get("uid"),
        "group": stat.get("gr_name", ""),
        "gid": stat.get("gid"),
        "mode": stat.get("mode"),
        "modified": stat.get("mtime"),
        "quarantined": time,
    }
    return {
        "path": path,
        "sha256": sha256,
        "target": target,
        "record_path": record_path,
        "record": record,
        "problem": find_problem(path, stat),
    }


def find_problem(path: str, stat: Mapping[str, Any]) -> str:
    """Return the reason for which the role must not move a file, or an empty string."""
    if not stat.get("isreg") or stat.get("nlink", 1) > 1:
        # A symbolic link, or another name of the same file, may lead to a file that the system needs.
        return f"{path} is not a regular file with one name only: check it yourself, it is left alone"
    if not stat.get("checksum"):
        return f"{path} cannot be read: use become"
    return ""


def truncate(text: str, size: int) -> str:
    """Return the beginning of a string that fits in a number of bytes, without a broken character."""
    return text.encode()[:size].decode(errors="ignore")


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"_quarantine_plan": quarantine_plan}
