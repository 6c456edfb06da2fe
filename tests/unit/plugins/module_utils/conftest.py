# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scripted client in the place of an HttpClient."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Answer
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import RetryPolicy
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


class ScriptedHttp:
    """Answers each call with the next of the answers that it is given, and notes the calls.

    :param answers: the data of a response with the status 200, a whole ``Answer``, or an exception, which is raised.
    :ivar stopping: the calls without whose response the task cannot go on.
    """

    def __init__(self, product, answers, clock):
        self.product = product
        self.secrets = Secrets()
        self.policy = RetryPolicy(clock=clock)
        self.answers = list(answers)
        self.calls = []
        self.stopping = []

    describe = HttpClient.describe

    def request(self, call):
        self.calls.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(200, {}, answer)

    def request_or_stop(self, call):
        self.stopping.append(call)
        return self.request(call)


@pytest.fixture
def script(clock):
    """Return a function that makes a ``ScriptedHttp``."""
    return lambda product, *answers: ScriptedHttp(product, answers, clock)
