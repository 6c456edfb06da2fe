# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks that keep two tasks on one host from closing the same incident at the same time.

This file is private to the collection and may change in any release.

Two tasks that both read an incident as open would both send a close request. This happens if two jobs start together,
or if a play whose strategy ignores ``run_once`` runs the role ``close_incidents`` once for each of its hosts.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable

POLL_SECONDS = 0.2


class IncidentLocks:
    """Locks on the incidents that this process closes, for use as a context manager.

    Each incident is one byte of an empty file, because POSIX can lock bytes beyond the end of a file. The system releases
    the locks when the process ends, for any reason. If the file cannot be locked, the incidents stay unlocked.

    :param url: the address of the API, because two products or two sites may use the same id.
    :param folder: contains the file, one for each user; the folder for temporary files by default.
    """

    def __init__(self, url: str, folder: str | None = None) -> None:
        self._url = url
        self._path = os.path.join(folder or tempfile.gettempdir(), f"secops.incident_closure.{os.geteuid()}.lock")
        self._descriptor: int | None = None

    def __enter__(self) -> IncidentLocks:
        return self

    def __exit__(self, *error: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def acquire(self, ids: Iterable[str], wait: Callable[[float], None]) -> None:
        """Lock the incidents, and wait while another process has locked one of them.

        :param wait: called with the number of seconds to wait before the next attempt.
        :raises DeadlineReachedError: ``wait`` raises it.
        """
        with contextlib.suppress(OSError):
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            # Every process takes its locks in the same order, which prevents deadlocks.
            for place in sorted({self._compute_offset(incident) for incident in ids}):
                while not _lock(self._descriptor, place):
                    wait(POLL_SECONDS)

    def _compute_offset(self, incident: str) -> int:
        digest = hashlib.sha256(f"{self._url} {incident}".encode()).digest()
        return int.from_bytes(digest[:4], "big")


def _lock(descriptor: int, place: int) -> bool:
    """Lock one byte and return true, or return false if another process has locked it."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except (BlockingIOError, PermissionError):  # EAGAIN or EACCES, depending on the system
        return False
    return True
