# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that a test can plan, by name. ``plan.py`` decides when they happen.

A fault is a function of a ``Turn``: it decides whether and when the request runs, and returns the response. With
``before``, the request never runs; with ``after``, it runs, and only the response is faulty. The parameters of a fault,
and their defaults, are those of its function.
"""

from __future__ import annotations

import dataclasses

from .checks import is_count, is_number, is_string
from .d3 import D3
from .eset import ESET
from .messages import Answer

CALLS = D3.calls + ESET.calls
WITH_ROWS = ("d3.read", "d3.close", "eset.list", "eset.device_list", "eset.device_batch")
SINGLE = {
    "eset.read": "incident",
    "eset.device_read": "device",
}  # the field of the response
FAULTS = {}  # name: (function, the calls that it applies to)


class Interrupted(Exception):
    """The simulator stops or resets during the delay of a response, so it closes the connection."""


@dataclasses.dataclass
class Turn:
    """One request that a fault hits."""

    request: object
    product: object
    hold: object  # a function that waits for a number of seconds
    incident: str | None = None  # the incident (or the device) of the plan

    def carry_out(self):
        """Run the request, and return its response."""
        return self.product.answer(self.request)


def fault(*calls):
    """Register a function as a fault of these calls, or of every call."""

    def register(function):
        FAULTS[function.__name__] = (function, calls or CALLS)
        return function

    return register


# Faults without a response.

DROPPED = None  # stands for no response: the simulator closes the connection


@fault()
def drop_before(turn):
    """Close the connection without a response, and do not run the request."""
    return DROPPED


@fault()
def drop_after(turn):
    """Run the request, and close the connection without a response."""
    turn.carry_out()
    return DROPPED


@fault()
def timeout_before(turn, seconds=5):
    """Delay the response, which is 504, and do not run the request."""
    turn.hold(seconds)
    return turn.product.error(504)


@fault()
def timeout_after(turn, seconds=5):
    """Run the request at once, and delay its response."""
    answer = turn.carry_out()
    turn.hold(seconds)
    return answer


@fault()
def slow(turn, seconds=1):
    """Wait, and then run the request, even if the client has closed the connection."""
    turn.hold(seconds)
    return turn.carry_out()


# Faults with another response.


def _instead(turn, when, answer):
    if when == "after":
        turn.carry_out()
    return answer


@fault()
def status(turn, status=503, when="before", headers=None, body=None):
    """Return an error. ``body`` is a string, or a value for JSON; by default, it is the vendor's body."""
    answer = turn.product.error(status)
    if isinstance(body, str):
        answer = Answer(status, body=body.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
    elif body is not None:
        answer = Answer(status, body)
    answer.headers.update(headers or {})
    return _instead(turn, when, answer)


@fault()
def html(turn, when="after", status=200):
    """Return an HTML page, like a proxy, a firewall, or a sign-in form; by default with the status 200."""
    page = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>\n"
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return _instead(turn, when, Answer(status, body=page, headers=headers, gateway=True))


@fault()
def gateway(turn, status=403, body=""):
    """Reject the request like a gateway in front of the product, without the product's headers."""
    return Answer(status, body=body.encode(), headers={"Content-Type": "text/plain; charset=utf-8"}, gateway=True)


@fault()
def json_list(turn, when="after"):
    """Return an empty list in place of an object."""
    return _instead(turn, when, Answer(200, []))


@fault()
def json_value(turn, value, when="after"):
    """Return any JSON value."""
    return _instead(turn, when, Answer(200, value))


@fault()
def empty(turn, when="after"):
    """Return an empty body with the status 200."""
    return _instead(turn, when, Answer(200, body=b""))


@fault()
def redirect(turn, location="http://127.0.0.1:1/elsewhere"):
    """Redirect to another address, and do not run the request."""
    return Answer(307, body=b"", headers={"Location": location})


# Faults with an incomplete response.


@fault()
def truncated(turn, when="after"):
    """Return the first half of the JSON, with the length of that half."""
    answer = turn.carry_out() if when == "after" else Answer(200, {})
    body = answer.encoded()
    answer.body = body[: len(body) // 2]
    return answer


@fault()
def short_body(turn, when="after"):
    """Close the connection before the end of the body."""
    answer = turn.carry_out() if when == "after" else Answer(200, {})
    answer.missing = 100
    return answer


@fault(*WITH_ROWS)
def rows_left_out(turn, count=1):
    """Run the request, and leave out the row of the planned incident, or the first rows."""
    answer = turn.carry_out()
    rows, key = turn.product.rows(turn.request.call, answer.payload)
    rows[:] = [row for row in rows if row[key] != turn.incident] if turn.incident else rows[count:]
    return answer


@fault(*SINGLE, *WITH_ROWS)
def foreign_rows(turn, instead=False):
    """Add a closed incident (or a device) that the request does not contain, or return it ``instead``."""
    answer = turn.carry_out()
    row = turn.product.foreign_row(turn.request.call)
    if turn.request.call in SINGLE:
        answer.payload.get(SINGLE[turn.request.call], {}).update(row)
        return answer
    rows = turn.product.rows(turn.request.call, answer.payload)[0]
    rows[:] = [row] if instead else [*rows, row]
    return answer


# Faults of ESET only.


@fault("eset.read", "eset.list", "eset.close", "eset.device_*")
def expired_token(turn):
    """Make all access tokens invalid, from this call on."""
    turn.product.expire_tokens()
    return turn.carry_out()


@fault("eset.*")
def pending(turn, polls=None, seconds=0, work="now"):
    """Return 202 and a response-id, and the result after so many polls (1 without ``seconds``) and seconds.

    The request runs ``now``, or ``later``, when the result is due.
    """
    if polls is None:
        polls = 0 if seconds else 1
    return turn.product.postpone(turn.request, polls=polls, seconds=seconds, later=work == "later")


@fault("eset.*")
def pending_lost(turn):
    """Run the request, and return 202 with a response-id that is not valid, so that the result is lost."""
    return turn.product.postpone(turn.request, lost=True)


# The checks of parameters; other parameters may have any value.
CHECKS = {
    "times": lambda value: value is None or is_count(value),
    "skip": is_count,
    "incident": lambda value: value is None or is_string(value),
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
    "location": is_string,
}
