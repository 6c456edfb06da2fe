# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib

import pytest

from ansible_collections.secops.incident_closure.plugins.filter._quarantine_plan import FilterModule, quarantine_plan

SHA256 = hashlib.sha256(b"bad").hexdigest()
ABSENT = {"stat": {"exists": False}}


def present(inode=1, **changes):
    """Return the result of stat for a file that exists."""
    stat = {"exists": True, "isreg": True, "nlink": 1, "checksum": SHA256, "dev": 1, "inode": inode, "mode": "0755"}
    return {"stat": {**stat, **changes}}


def plan(**files):
    return quarantine_plan(files.values(), files, "/q", "web01", "2026-01-12T00:00:00Z")


def test_the_filter_has_its_name():
    assert FilterModule().filters() == {"_quarantine_plan": quarantine_plan}


def test_plan_the_files_that_exist():
    (file,) = plan(**{"/no": ABSENT, "/tmp/x": present(pw_name="eve", uid=1001, size=3)})
    name = hashlib.sha256(b"/tmp/x").hexdigest()[:8]
    assert file["target"] == f"/q/{SHA256}_x"
    assert file["record_path"] == f"/q/{SHA256}_x.{name}.json"
    assert file["record"] == {
        "host": "web01",
        "path": "/tmp/x",
        "sha256": SHA256,
        "size": 3,
        "owner": "eve",
        "uid": 1001,
        "group": "",
        "gid": None,
        "mode": "0755",
        "modified": None,
        "quarantined": "2026-01-12T00:00:00Z",
    }
    assert file["problem"] == ""


@pytest.mark.parametrize("name", ["x" * 255, "ж" * 127, "挖" * 85, "x" + "ж" * 127, "xy" + "挖" * 84, "😀" * 63])
def test_shorten_a_name_that_is_too_long_for_a_file_system(name):
    (file,) = plan(**{f"/tmp/{name}": present()})
    kept = file["target"].partition("_")[2]
    assert name.startswith(kept)
    assert len(kept) >= 36
    assert len(file["record_path"].rpartition("/")[2].encode()) <= 255


def test_keep_a_short_name():
    (file,) = plan(**{"/tmp/[kworker] ": present()})
    assert file["target"] == f"/q/{SHA256}_[kworker] "


def test_move_a_file_once_that_has_two_paths():
    assert [file["path"] for file in plan(**{"/a/x": present(), "/link/x": present(), "/a/y": present(2)})] == [
        "/a/x",
        "/a/y",
    ]


def test_files_with_the_same_content_have_records_of_their_own():
    first, second = plan(**{"/a/x": present(1), "/b/x": present(2)})
    assert first["target"] == second["target"]
    assert first["record_path"] != second["record_path"]


@pytest.mark.parametrize("stat", [{"isreg": False}, {"nlink": 2}])
def test_reject_a_path_that_is_not_a_regular_file_with_one_name(stat):
    (file,) = plan(**{"/tmp/x": present(**stat)})
    assert file["problem"].startswith("/tmp/x is not a regular file with one name only")


def test_reject_a_file_that_cannot_be_read():
    (file,) = plan(**{"/tmp/x": present(checksum=None)})
    assert file["problem"] == "/tmp/x cannot be read: use become"
