# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ESET Connect: signing in, reading incidents and closing them.

The paths are those of the vendor under ``BASE``; the two hosts (the API's and the one to sign in at) are one here.
Errors have the form that such gateways give; ESET's pages leave it open. What they leave open or tell in two ways, and
is played in each of them, are the settings of ``ESET``.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import itertools
import json
import re
import secrets
import urllib.parse
import uuid

from . import defaults
from .messages import Answer, Product, Refusal, Request, is_count, is_number, is_rate_limit, is_text, one_of, phrase

BASE = "/eset"
STATUSES = tuple(
    "INCIDENT_STATUS_" + name for name in ("UNSPECIFIED", "OPEN", "IN_PROGRESS", "CLOSED", "WAITING_FOR_INPUT")
)
CLOSED = "INCIDENT_STATUS_CLOSED"
REASONS = tuple(
    "INCIDENT_RESOLVE_REASON_" + name for name in ("UNSPECIFIED", "TRUE_POSITIVE", "FALSE_POSITIVE", "SUSPICIOUS")
)
FOREIGN_INCIDENT = "ffffffff-ffff-4fff-bfff-ffffffffffff"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
GIVEN_UP_AFTER = 120  # seconds; a request that takes longer is answered with 504 ("Error codes")
FORGOTTEN_AFTER = 600  # seconds; an answer that nobody fetched is gone ("How the API works")

ERROR_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 429: 8, 500: 13, 503: 14, 504: 4}
ERRORS = {
    400: "Invalid argument provided.",
    401: "Token has expired or is invalid.",
    403: "Access denied. Check permissions.",
    404: "Requested resource not found.",
    429: "Rate limit reached. Try again later.",
    500: "Internal server failure. Try again later.",
    502: "Internal server failure. Try again later.",
    503: "Environment under maintenance. Try again later.",
    504: "Action took too long; timeout reached",
}

# One segment of a path, its colons and slashes encoded: what may stand in it unencoded, or a percent and two digits.
SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})+")


@dataclasses.dataclass
class Incident:
    """An incident of ESET."""

    uuid: str
    status: str = "INCIDENT_STATUS_OPEN"
    display_name: str = "Incident"
    severity: str = "INCIDENT_SEVERITY_LEVEL_MEDIUM"
    device_uuids: list = dataclasses.field(default_factory=list)
    detection_uuids: list = dataclasses.field(default_factory=list)
    create_time: str = ""
    resolve_reason: str = REASONS[0]
    closings: int = 0  # how many times it was closed
    comments: list = dataclasses.field(default_factory=list)  # their texts
    order: int = 0

    def row(self):
        """As "List incidents" tells it."""
        return {
            "uuid": self.uuid,
            "displayName": self.display_name,
            "status": self.status,
            "resolveReason": self.resolve_reason,
            "severity": self.severity,
            "createTime": self.create_time,
        }

    def full(self):
        """As "Get incident" tells it."""
        return dict(self.row(), deviceUuids=list(self.device_uuids), detectionUuids=list(self.detection_uuids))


@dataclasses.dataclass
class Postponed:
    """A request that was answered with 202, and how long its answer is still to come."""

    request: Request
    since: float
    polls: int  # polls that are still answered with 202
    seconds: float
    answer: Answer | None  # None until the work is done


class ESET(Product):
    """ESET's state and calls. ``users`` maps user names to passwords, ``tokens`` access tokens to their end."""

    name = "eset"
    vendor_rate_limit = 10
    settings = {
        "rate_limit": (True, is_rate_limit),
        "closed_again": ("error", one_of("error", "success")),
        "refuse_filters": (False, one_of(True, False)),
        "retry_after": ("", is_text),
        "refuse_unspecified": (False, one_of(True, False)),  # as a closure reason
        "empty_errors": (False, one_of(True, False)),  # errors without a body
        "expired_status": (401, one_of(400, 401)),  # for a token that is not valid any more
        "expires_in": (True, lambda value: True),  # true: the lifetime; null: left out; anything else as it is
        "list_ids": ("none", one_of("none", "empty", "full")),  # of devices and detections, in the rows of a list
        "leave_out_empty": (False, one_of(True, False)),  # the fields of a page that are empty
        "token_lifetime": (3600, lambda value: is_number(value) and value > 0),
    }

    def load(self, scenario):
        unknown = set(scenario) - {"incidents", "users", "access_tokens"}
        if unknown:
            raise ValueError(f"a scenario of eset has no {sorted(unknown)}")
        with self.lock:
            super().load(scenario)
            self._order = itertools.count(1)
            self._postponed = {}
            self.users = dict(scenario.get("users", {defaults.DEFAULT_ESET_USERNAME: defaults.DEFAULT_ESET_PASSWORD}))
            self.tokens = dict.fromkeys(scenario.get("access_tokens", [defaults.DEFAULT_ESET_ACCESS_TOKEN]))
            self.refresh_tokens = set()
            self.add_incidents(scenario.get("incidents", defaults.DEFAULT_ESET_INCIDENTS))

    def add_incident(self, uuid, status="INCIDENT_STATUS_OPEN", **fields):
        """Add (or replace) an incident; further fields are those of ``Incident``."""
        if status not in STATUSES:
            raise ValueError(f"{status!r} is not a status of ESET")
        fields.setdefault("create_time", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        with self.lock:
            self.incidents.pop(uuid, None)
            incident = self.incidents[uuid] = Incident(uuid, status, order=next(self._order), **fields)
        return incident

    def expire_tokens(self, refresh_tokens=False):
        """Make all access tokens issued so far invalid, the fixed ones too; on request the refresh tokens as well."""
        with self.lock:
            self.tokens.clear()
            if refresh_tokens:
                self.refresh_tokens.clear()

    def state(self):
        with self.lock:
            self._settle()
            return super().state()

    def route(self, request):
        """Recognise a call to ESET; says whether it is one."""
        path = request.path
        if not path.startswith(BASE + "/"):
            return False
        path = path[len(BASE) :]
        if path == "/oauth/token":
            request.call = "eset.sign_in"
        elif path == "/v2/incidents":
            request.call = "eset.list"
        elif path.startswith("/v2/incidents/"):
            segment = path[len("/v2/incidents/") :]
            request.call = "eset.read"
            if segment.endswith(":close"):
                segment = segment[: -len(":close")]
                request.call = "eset.close"
            request.incidents = _decoded(segment)
        if request.call == "unknown" or (request.call in ("eset.read", "eset.close") and not request.incidents):
            request.call = "unknown"
            return False
        request.product = self.name
        request.poll = "response-id" in request.headers
        return True

    def error(self, status, message=None):
        """An error as a gateway of ESET words it."""
        message = message or ERRORS.get(status) or phrase(status)
        if self.empty_errors:
            return Answer(status, {}, body=b"")
        return Answer(status, {"code": ERROR_CODES.get(status, 2), "message": message, "details": []})

    def headers(self):
        """What ESET puts on every answer: an id to tell the support."""
        return {"request-id": str(uuid.uuid4())}

    def carry_out(self, request):
        """Check a call and carry it out, or tell how an earlier one went."""
        self._settle()
        self._authenticate(request)
        return self._poll(request) if request.poll else self._carry_out(request)

    def postpone(self, request, polls=1, seconds=0, later=False, lost=False):
        """Answer with 202, the real answer to come: after so many polls, and so many seconds.

        The work is done at once, or only when its answer is due (``later``). A ``lost`` answer never comes.
        """
        with self.lock:
            self._settle()
            try:
                self._authenticate(request)
            except Refusal as refusal:
                return self.error(refusal.status, refusal.message)
            answer = None if later else self._answer_to(request)
            response_id = str(uuid.uuid4())
            if not lost:
                self._postponed[response_id] = Postponed(request, self.clock.monotonic(), polls, seconds, answer)
        return _accepted(response_id)

    def rows(self, call, payload):
        """The rows of an answer, for faults to change; and the name of the field with the id."""
        return payload.get("incidents", []), "uuid"

    def foreign_row(self, call):
        """A row of an incident that nobody asked for."""
        return Incident(FOREIGN_INCIDENT, CLOSED).row()

    def _authenticate(self, request):
        """Demand a bearer token, unless it is one that is asked for."""
        if request.call == "eset.sign_in":
            return
        scheme, dummy, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(401)
        if token not in self.tokens:
            raise Refusal(self.expired_status)
        end = self.tokens[token]
        if end is not None and self.clock.monotonic() >= end:
            del self.tokens[token]
            raise Refusal(self.expired_status)

    def _answer_to(self, request):
        try:
            return self._carry_out(request)
        except Refusal as refusal:
            return self.error(refusal.status, refusal.message)

    def _carry_out(self, request):
        if request.call == "eset.sign_in":
            return self._sign_in(request)
        if request.method != ("POST" if request.call == "eset.close" else "GET"):
            raise Refusal(405)
        if request.call == "eset.list":
            return self._list(request)
        if request.query:
            raise Refusal(400)
        if request.call == "eset.close":
            return self._close(request)
        return Answer(200, {"incident": self._incident(request).full()})

    def _incident(self, request):
        name = request.incidents[0]
        if name not in self.incidents:  # a UUID means the same in upper and lower case
            name = next((key for key in self.incidents if UUID.fullmatch(key) and key.lower() == name.lower()), None)
        if name is None:
            raise Refusal(404)
        return self.incidents[name]

    # Signing in: "/oauth/token", "Refresh the token"

    def _sign_in(self, request):
        if request.method != "POST":
            raise Refusal(405)
        if request.content_type != "application/x-www-form-urlencoded":
            raise Refusal(415)
        form = _pairs(request.body)
        grant = form.pop("grant_type", "")
        if set(form) != {"password": {"username", "password"}, "refresh_token": {"refresh_token"}}.get(grant):
            raise Refusal(400)
        if not all(form.values()):
            raise Refusal(400, "The credentials are empty.")
        if grant == "password":
            if self.users.get(form["username"]) != form["password"]:
                raise Refusal(401, "The user name or the password is wrong.")
        elif form["refresh_token"] not in self.refresh_tokens:
            raise Refusal(400, "The refresh token is invalid.")
        access_token, refresh_token = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        self.tokens[access_token] = self.clock.monotonic() + self.token_lifetime
        self.refresh_tokens.add(refresh_token)
        request.worked = True
        payload = {
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": self.token_lifetime if self.expires_in is True else self.expires_in,
        }
        if self.expires_in is None:
            del payload["expires_in"]
        return Answer(200, payload)

    # Reading and closing: "List incidents", "Close incident"

    def _list(self, request):
        query = _pairs(request.query)
        if not set(query) <= {"filter", "pageSize", "pageToken"}:
            raise Refusal(400)
        statuses = self._statuses(query.get("filter", ""))
        size = query.get("pageSize") or "0"
        if not re.fullmatch(r"[0-9]{1,9}", size):
            raise Refusal(400)
        size = min(int(size) or 50, 1000)
        after = _read_page_token(query.get("pageToken", ""), query.get("filter", ""))
        found = [item for item in self.incidents.values() if item.order > after and item.status in statuses]
        page = found[:size]
        more = _page_token(page[-1].order, query.get("filter", "")) if len(found) > size else ""
        payload = {"incidents": [self._listed(incident) for incident in page], "nextPageToken": more}
        if self.leave_out_empty:
            payload = {name: value for name, value in payload.items() if value}
        return Answer(200, payload)

    def _listed(self, incident):
        """An incident as a list tells it; ``list_ids`` says what becomes of its devices and detections."""
        if self.list_ids == "full":
            return incident.full()
        return {**incident.row(), **({"deviceUuids": [], "detectionUuids": []} if self.list_ids == "empty" else {})}

    def _statuses(self, text):
        """The statuses that a filter lets through: at most 200 characters, and by status only with ``==`` or ``in``."""
        if not text:
            return STATUSES
        match = re.fullmatch(r" *incident\.status +(?:== *(\w+)|in +\[([\w, ]+)\]) *", text)
        if self.refuse_filters or len(text) > 200 or not match:
            raise Refusal(400)
        names = [name.strip() for name in (match[1] or match[2]).split(",")]
        if not set(names) <= set(STATUSES):
            raise Refusal(400)
        return names

    def _close(self, request):
        if request.content_type != "application/json":
            raise Refusal(400)
        try:
            body = request.json()
        except ValueError:
            raise Refusal(400) from None
        comment = _checked(body, request.incidents[0])
        if self.refuse_unspecified and body["closureReason"] == REASONS[0]:
            raise Refusal(400)
        incident = self._incident(request)
        if incident.status == CLOSED and self.closed_again == "error":
            raise Refusal(400, "The incident is already closed.")
        incident.status = CLOSED
        incident.resolve_reason = body["closureReason"]
        incident.closings += 1
        if comment is not None:
            incident.comments.append(comment)
        request.worked = True
        return Answer(200, {})

    # Answers that take long: "How the API works"

    def _poll(self, request):
        """202 while the answer is not there, then the answer, once. Only the token may differ in the request."""
        response_id = request.headers["response-id"]
        postponed = self._postponed.get(response_id)
        if postponed is None:
            raise Refusal(404)
        first = postponed.request
        if (request.method, request.target, request.body) != (first.method, first.target, first.body):
            raise Refusal(400, "The request differs from the one that the response-id belongs to.")
        if not self._is_due(postponed):
            if self.clock.monotonic() - postponed.since >= GIVEN_UP_AFTER:
                del self._postponed[response_id]
                raise Refusal(504)
            postponed.polls -= 1
            return _accepted(response_id)
        del self._postponed[response_id]
        return postponed.answer or self._answer_to(first)

    def _is_due(self, postponed):
        return postponed.polls <= 0 and self.clock.monotonic() - postponed.since >= postponed.seconds

    def _settle(self):
        """Let time do its part: work that is due by now is done, answers that nobody fetched are forgotten."""
        for response_id, postponed in list(self._postponed.items()):
            if postponed.answer is None and postponed.seconds < GIVEN_UP_AFTER and self._is_due(postponed):
                postponed.answer = self._answer_to(postponed.request)
            if self.clock.monotonic() - postponed.since >= FORGOTTEN_AFTER:
                del self._postponed[response_id]


def _accepted(response_id):
    return Answer(202, body=b"", headers={"response-id": response_id})


def _decoded(segment):
    """The id in a segment of the path; empty where it is none."""
    if not SEGMENT.fullmatch(segment) or segment in (".", ".."):
        return ()
    try:
        return (urllib.parse.unquote(segment, errors="strict"),)
    except UnicodeDecodeError:
        return ()


def _pairs(text):
    """A form or a query, nothing in it twice."""
    try:
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError:
        raise Refusal(400) from None
    if len(dict(pairs)) != len(pairs):
        raise Refusal(400)
    return dict(pairs)


def _checked(body, incident):
    """Check the body of a close; returns the text of its comment."""
    if not isinstance(body, dict) or not {"closureReason"} <= set(body) <= {"closureReason", "finalComment"}:
        raise Refusal(400)
    if body["closureReason"] not in REASONS:
        raise Refusal(400)
    if "finalComment" not in body:
        return None
    comment = body["finalComment"]
    required = {"text", "isFinalComment", "incidentUuid"}
    if not isinstance(comment, dict) or not required <= set(comment) <= required | {"uuid"}:
        raise Refusal(400)
    if not isinstance(comment["text"], str) or not comment["text"].strip():
        raise Refusal(400)
    if comment["isFinalComment"] is not True or comment["incidentUuid"] != incident:
        raise Refusal(400)
    if not isinstance(comment.get("uuid", ""), str):
        raise Refusal(400)
    return comment["text"]


def _page_token(last, text):
    """Where the next page begins, in a form that no client should look into."""
    return base64.urlsafe_b64encode(json.dumps([last, text]).encode()).decode()


def _read_page_token(token, text):
    """The last incident of the page before; a token belongs to the filter that it was given for."""
    if not token:
        return 0
    try:
        last, belongs_to = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (ValueError, TypeError):
        raise Refusal(400) from None
    if not is_count(last) or belongs_to != text:
        raise Refusal(400)
    return last
