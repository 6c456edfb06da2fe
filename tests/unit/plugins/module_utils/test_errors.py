# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import get_args

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _errors

CLASSES = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


def test_the_tree_at_the_head_of_the_file_is_that_of_the_classes():
    parents, above = {}, ["Exception"]
    for indent, name in re.findall(r"^([ |+]*)(\w+Error)\b", _errors.__doc__, re.MULTILINE):
        depth = len(indent) // 4 + 1
        parents[name] = above[depth - 1]
        above[depth:] = [name]
    assert parents == {kind.__name__: kind.__base__.__name__ for kind in CLASSES}


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind is not _errors.DeadlineReachedError])
def test_an_error_has_the_reason_of_its_class_or_its_own(kind):
    assert kind("x").reason in get_args(_errors.Reason)
    assert kind("x").reason == kind.reason
    error = kind("HTTP 429", reason="rate_limited", fatal=True, status=429, retry_after=7, persistent=True)
    assert (str(error), error.reason, error.fatal) == ("HTTP 429", "rate_limited", True)
    assert (error.status, error.retry_after, error.persistent) == (429, 7, True)


def test_the_deadline_ends_the_task():
    error = _errors.DeadlineReachedError()
    assert (error.reason, error.fatal, error.untried[1]) == ("deadline", True, "deadline")
    assert _errors.NotExecutedError("x").untried[1] == "not_attempted"
