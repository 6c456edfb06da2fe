# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out why a task failed, with every version of ansible-core. This file is private to the collection and may change in any release."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Messages of some versions of Ansible that do not name the reason
GENERIC = re.compile(
    r"non-zero return code|The command exited with a non-zero return code\.|Unknown error\.?|One or more items failed|All items completed"
    r"|A 'failed_when' expression evaluated to .*|Failed as requested from task|(?:Task|Module|Action) failed\.?"
    r"|\(traceback unavailable\)|Error executing command\.?|MODULE FAILURE.*|Module result deserialization failed.*",
    re.DOTALL,
)
# Words at the beginning of messages of newer versions
PREFIX = re.compile(r"(?:(?:Task|Module|Action) failed: )+")


def read_failure(result: Mapping[str, Any]) -> str:
    """Return why a task without a loop, or one item of a loop, failed, on one line. Empty if the result does not say it."""
    for key in ("msg", "stderr", "module_stderr", "module_stdout", "exception"):
        value = result.get(key)
        event = getattr(value, "event", None)  # an exception in an action, since ansible-core 2.19
        text = PREFIX.sub("", str(event.msg if event else value or "").strip(), count=1)
        if "Traceback (most recent call last)" in text:
            text = text.splitlines()[-1].strip()  # the exception itself
        if text and not GENERIC.fullmatch(text):
            return " ".join(text.split())
    return ""
