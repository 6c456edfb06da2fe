# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, by name. ``plan.py`` has the plan of when it does.

A fault is a function of a ``Turn``: it decides whether and when the request is carried out, and what is answered.
``before`` means that the work is never done; ``after`` that it is done and only the answer suffers, whatever it was.
The parameters of a fault, and their defaults, are those of its function.
"""

from __future__ import annotations

import dataclasses

from .checks import is_count, is_number, is_text
from .d3 import D3
from .eset import ESET
from .messages import Answer

CALLS = D3.calls + ESET.calls
WITH_ROWS = ("d3.read", "d3.close", "eset.list", "eset.device_list", "eset.device_batch")
SINGLE = {"eset.read": "incident", "eset.device_read": "device"}  # the field of the answer with what was asked for
FAULTS = {}  # name: (function, the calls that it makes sense for)


class Interrupted(Exception):
    """The simulator stops or is reset while an answer is held back: the connection is closed."""


@dataclasses.dataclass
class Turn:
    """One request's way through a fault."""

    request: object
    product: object
    hold: object  # a function: wait so many seconds
    incident: str | None = None  # the one (or the device) that the fault was planned for

    def carry_out(self):
        """Do what the request asks for."""
        return self.product.answer(self.request)


def fault(*calls):
    """Register a function as a fault of these calls, or of every call."""

    def register(function):
        FAULTS[function.__name__] = (function, calls or CALLS)
        return function

    return register


# Nothing comes back.

DROPPED = None  # what stands for no answer: the connection is closed


@fault()
def drop_before(turn):
    """The connection is closed without an answer; nothing was done."""
    return DROPPED


@fault()
def drop_after(turn):
    """The connection is closed without an answer; the work was done."""
    turn.carry_out()
    return DROPPED


@fault()
def timeout_before(turn, seconds=5):
    """The answer is held back, and is a 504 in the end; nothing is ever done."""
    turn.hold(seconds)
    return turn.product.error(504)


@fault()
def timeout_after(turn, seconds=5):
    """The work is done at once, its answer is held back."""
    answer = turn.carry_out()
    turn.hold(seconds)
    return answer


@fault()
def slow(turn, seconds=1):
    """The work takes its time: it is done, and answered, in the end; also when the client is gone by then."""
    turn.hold(seconds)
    return turn.carry_out()


# Something else than the answer comes back.


def _instead(turn, when, answer):
    if when == "after":
        turn.carry_out()
    return answer


@fault()
def status(turn, status=503, when="before", headers=None, body=None):
    """An error. ``body`` is a text that is sent as it is, or a value that is sent as JSON; by default the vendor's."""
    answer = turn.product.error(status)
    if isinstance(body, str):
        answer = Answer(status, body=body.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
    elif body is not None:
        answer = Answer(status, body)
    answer.headers.update(headers or {})
    return _instead(turn, when, answer)


@fault()
def html(turn, when="after", status=200):
    """A page for people, as of a proxy, a firewall, or a sign-in form; by default with the status of a success."""
    page = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>\n"
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return _instead(turn, when, Answer(status, body=page, headers=headers, gateway=True))


@fault()
def gateway(turn, status=403, body=""):
    """A gateway in front of the product rejects the request: an answer without the product's headers; nothing was done."""
    return Answer(status, body=body.encode(), headers={"Content-Type": "text/plain; charset=utf-8"}, gateway=True)


@fault()
def json_list(turn, when="after"):
    """An empty list where an object belongs."""
    return _instead(turn, when, Answer(200, []))


@fault()
def json_value(turn, value, when="after"):
    """Any JSON value."""
    return _instead(turn, when, Answer(200, value))


@fault()
def empty(turn, when="after"):
    """Nothing at all, with the status of a success."""
    return _instead(turn, when, Answer(200, body=b""))


@fault()
def redirect(turn, location="http://127.0.0.1:1/elsewhere"):
    """Go elsewhere, key and all; nothing was done."""
    return Answer(307, body=b"", headers={"Location": location})


# The answer comes back, but not whole.


@fault()
def truncated(turn, when="after"):
    """The first half of the JSON, under a length that fits."""
    answer = turn.carry_out() if when == "after" else Answer(200, {})
    body = answer.encoded()
    answer.body = body[: len(body) // 2]
    return answer


@fault()
def short_body(turn, when="after"):
    """The connection is closed before all of the promised length was sent."""
    answer = turn.carry_out() if when == "after" else Answer(200, {})
    answer.missing = 100
    return answer


@fault(*WITH_ROWS)
def rows_left_out(turn, count=1):
    """Rows are missing, although the work was done: that of the planned incident, or the first ones."""
    answer = turn.carry_out()
    rows, key = turn.product.rows(turn.request.call, answer.payload)
    rows[:] = [row for row in rows if row[key] != turn.incident] if turn.incident else rows[count:]
    return answer


@fault(*SINGLE, *WITH_ROWS)
def foreign_rows(turn, instead=False):
    """A closed incident (or a device) that nobody asked for is there, beside the right ones or ``instead`` of them."""
    answer = turn.carry_out()
    row = turn.product.foreign_row(turn.request.call)
    if turn.request.call in SINGLE:
        answer.payload.get(SINGLE[turn.request.call], {}).update(row)
        return answer
    rows = turn.product.rows(turn.request.call, answer.payload)[0]
    rows[:] = [row] if instead else [*rows, row]
    return answer


# ESET's own.


@fault("eset.read", "eset.list", "eset.close", "eset.device_*")
def expired_token(turn):
    """All access tokens issued so far are invalid from now on; this call is the first to learn it."""
    turn.product.expire_tokens()
    return turn.carry_out()


@fault("eset.*")
def pending(turn, polls=None, seconds=0, work="now"):
    """202 and a response-id; the answer comes after so many polls (1 unless there are seconds) and seconds.

    The work is done ``now``, or ``later``, when the answer is due.
    """
    if polls is None:
        polls = 0 if seconds else 1
    return turn.product.postpone(turn.request, polls=polls, seconds=seconds, later=work == "later")


@fault("eset.*")
def pending_lost(turn):
    """202 and a response-id that nobody knows: the work is done, its answer is lost."""
    return turn.product.postpone(turn.request, lost=True)


# What the parameters may be; those that are not named here may be anything.
CHECKS = {
    "times": lambda value: value is None or is_count(value),
    "skip": is_count,
    "incident": lambda value: value is None or is_text(value),
    "poll": lambda value: isinstance(value, bool),
    "seconds": is_number,
    "status": lambda value: is_count(value) and 200 <= value <= 599,
    "when": lambda value: value in ("before", "after"),
    "work": lambda value: value in ("now", "later"),
    "headers": lambda value: (
        value is None
        or (isinstance(value, dict) and all(isinstance(item, str) for pair in value.items() for item in pair))
    ),
    "polls": lambda value: value is None or is_count(value),
    "count": is_count,
    "instead": lambda value: isinstance(value, bool),
    "location": is_text,
}
