# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import DeadlineReachedError
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_locks import POLL_SECONDS, IncidentLocks

ESET = "https://eset.example.com"
D3 = "https://soar.example.com"


class Waiter:
    """Counts the waits, and stops the process that has the locks at the second one."""

    def __init__(self, process):
        self.process = process
        self.waits = 0

    def __call__(self, seconds):
        self.waits += 1
        if self.waits == 2:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)


@pytest.fixture
def other(tmp_path):
    """Start a process that locks the incidents 1 and 2 of ESET, and yield its process id."""
    readable, writable = os.pipe()
    process = os.fork()
    if not process:
        IncidentLocks(ESET, str(tmp_path)).acquire(["1", "2"], lambda seconds: None)
        os.write(writable, b"locked")
        signal.pause()
    os.read(readable, 6)
    yield process
    os.close(readable)
    os.close(writable)
    try:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def acquire(folder, url, ids, wait):
    with IncidentLocks(url, str(folder)) as locks:
        locks.acquire(ids, wait)


def test_wait_until_the_other_process_has_ended(tmp_path, other):
    waiter = Waiter(other)
    acquire(tmp_path, ESET, ["3", "2"], waiter)
    assert waiter.waits == 2


@pytest.mark.parametrize(("url", "ids"), [(ESET, ["3", "4"]), (D3, ["1", "2"])])
def test_do_not_wait_for_a_process_that_closes_others(tmp_path, other, url, ids):
    acquire(tmp_path, url, ids, pytest.fail)


def test_stop_waiting_at_the_deadline(tmp_path, other):
    def wait(seconds):
        raise DeadlineReachedError()

    with pytest.raises(DeadlineReachedError):
        acquire(tmp_path, ESET, ["1"], wait)


def test_the_locks_end_with_the_context(tmp_path):
    with IncidentLocks(ESET, str(tmp_path)) as locks:
        locks.acquire(["1"], pytest.fail)
    process = os.fork()
    if not process:
        try:
            acquire(tmp_path, ESET, ["1"], pytest.fail)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(process, 0)[1] == 0


def test_work_without_locks_in_an_absent_folder(tmp_path):
    acquire(tmp_path / "absent", ESET, ["1"], pytest.fail)


def test_work_without_locks_if_the_file_is_a_link(tmp_path):
    (tmp_path / "link").mkdir()
    os.symlink(tmp_path / "target", tmp_path / "link" / f"secops.incident_closure.{os.geteuid()}.lock")
    acquire(tmp_path / "link", ESET, ["1"], pytest.fail)
    assert not (tmp_path / "target").exists()


def test_wait_a_moment_between_two_attempts(tmp_path, other):
    seconds = []

    def wait(time):
        seconds.append(time)
        raise DeadlineReachedError()

    with pytest.raises(DeadlineReachedError):
        acquire(tmp_path, ESET, ["1"], wait)
    assert seconds == [POLL_SECONDS]


def test_the_file_is_in_the_folder_for_temporary_files_by_default(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with IncidentLocks(ESET) as locks:
        locks.acquire(["1"], pytest.fail)
    assert [file.name for file in tmp_path.iterdir()] == [f"secops.incident_closure.{os.geteuid()}.lock"]


def test_a_program_that_the_process_starts_has_no_locks(tmp_path, monkeypatch):
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode: opened.append(flags) or real(path, flags, mode))
    acquire(tmp_path, ESET, ["1"], pytest.fail)
    assert opened[0] & os.O_CLOEXEC


def test_nothing_needs_to_be_locked(tmp_path):
    with IncidentLocks(ESET, str(tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_for_its_user_alone(tmp_path):
    acquire(tmp_path, ESET, ["1"], pytest.fail)
    (file,) = Path(tmp_path).iterdir()
    assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, 0)
