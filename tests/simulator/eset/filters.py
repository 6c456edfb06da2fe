# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``filter`` of "List incidents": CEL comparisons, joined with ``&&``, of at most 200 characters.

Statuses and severities take ``==`` or ``in``, with values that are not quoted; times take ``<``, ``<=``, ``>``, and
``>=``. ESET does not document whether it supports the rest of CEL, so ``||`` and parentheses are valid only in a
``whole`` filter.
"""

from __future__ import annotations

import operator
import re

from ..messages import Refusal
from ..times import microseconds

STATUSES = tuple(
    "INCIDENT_STATUS_" + name for name in ("UNSPECIFIED", "OPEN", "IN_PROGRESS", "CLOSED", "WAITING_FOR_INPUT")
)
SEVERITIES = tuple("INCIDENT_SEVERITY_LEVEL_" + name for name in ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH"))
ENUMS = {"incident.status": ("status", STATUSES), "incident.severity": ("severity", SEVERITIES)}
TIMES = {"incident.create_time": "create_time", "incident.update_time": "update_time"}
COMPARISONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
TOKEN = re.compile(r' *(timestamp\("[^"]*"\)|[\w.]+|&&|\|\||[<>=]=|[<>()\[\],]) *')


def compiled(text, whole=False):
    """Return a filter as a function of an incident.

    :param text: the filter; all incidents match an empty one.
    :param whole: whether ``||`` and parentheses are valid.
    :raises Refusal: the filter is too long or not valid.
    """
    if not text:
        return lambda incident: True
    if len(text) > 200:
        raise Refusal(400)
    return _Parser(text, whole).parsed()


class _Parser:
    """A recursive descent parser of alternatives of conjunctions of comparisons."""

    def __init__(self, text, whole):
        self._whole = whole
        self._tokens = []
        end = 0
        while end < len(text):
            match = TOKEN.match(text, end)
            if not match:
                raise Refusal(400)
            self._tokens.append(match[1])
            end = match.end()

    def parsed(self):
        test = self._alternatives()
        if self._tokens:
            raise Refusal(400)
        return test

    def _next(self):
        if not self._tokens:
            raise Refusal(400)
        return self._tokens.pop(0)

    def _skip(self, token):
        """Skip the next token if it is this one, and return whether it was."""
        if self._tokens[:1] == [token]:
            del self._tokens[0]
            return True
        return False

    def _expect(self, token):
        if self._next() != token:
            raise Refusal(400)

    def _alternatives(self):
        tests = [self._conjunction()]
        while self._whole and self._skip("||"):
            tests.append(self._conjunction())
        return lambda incident: any(test(incident) for test in tests)

    def _conjunction(self):
        tests = [self._operand()]
        while self._skip("&&"):
            tests.append(self._operand())
        return lambda incident: all(test(incident) for test in tests)

    def _operand(self):
        if self._whole and self._skip("("):
            test = self._alternatives()
            self._expect(")")
            return test
        return self._comparison()

    def _comparison(self):
        field = self._next()
        if field in ENUMS:
            name, known = ENUMS[field]
            values = self._values()
            if not set(values) <= set(known):
                raise Refusal(400)
            return lambda incident: getattr(incident, name) in values
        if field not in TIMES:
            raise Refusal(400)
        name, compare, moment = TIMES[field], COMPARISONS.get(self._next()), self._moment()
        if compare is None:
            raise Refusal(400)
        return lambda incident: compare(microseconds(getattr(incident, name)), moment)

    def _values(self):
        comparison = self._next()
        if comparison == "==":
            return [self._next()]
        if comparison != "in":
            raise Refusal(400)
        self._expect("[")
        values = [self._next()]
        while self._skip(","):
            values.append(self._next())
        self._expect("]")
        return values

    def _moment(self):
        match = re.fullmatch(r'timestamp\("(.*)"\)', self._next())
        try:
            return microseconds(match[1] if match else "")
        except ValueError:
            raise Refusal(400) from None
