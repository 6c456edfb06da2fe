# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""D3 SOAR's Command API: GetIncidents and CloseIncidentInBulk.

Every command is a POST with a JSON body of ``Username``, ``Site`` and ``CommandParams`` ("Introduction to D3 Command
API"). A key opens one command only, and a JWT names the user and the site that the body must repeat ("JSON Web Token
Authentication"). A status of 200 is no success yet: ``error`` and the rows tell ("HTTP Status Codes").

What D3's pages leave open, and is played in one way here: the words of a row that was not closed. What they leave open
or tell in two ways, and is played in each of them, are the settings of ``D3``.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import itertools
import json
import operator
import re

from . import defaults
from .messages import Answer, Product, Refusal, is_count, is_rate_limit, is_text, one_of, phrase

BASE = "/MainApp/VSOC"
# Two versions of D3 have one command under two names: the setting ``lookup_command`` says which one there is.
LOOKUP_COMMANDS = ("GetIncidents", "GetIncidentsWithNewParameters")
CALLS = {**dict.fromkeys(LOOKUP_COMMANDS, "d3.read"), "CloseIncidentInBulk": "d3.close"}
NUMBER_KEYS = ("IR Number", "Incident Number", "IncidentNumber", "incidentNumber", "IncidentNo", "CaseNumber")
# The keys with which the command that closes a single incident answers.
SINGLE_KEYS = {
    "Incident Number": "incidentNumber",
    "Close Date": "closeDate",
    "Result": "result",
    "Closed By": "closedBy",
}
STATUSES = ("Open", "Closed", "In Progress", "On Hold")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
FOREIGN_INCIDENT = "20991231-999"

# The sentences of the close page; 403 and the like have none there.
ERRORS = {
    400: "The body of the request must be a valid JSON object",
    401: "Invalid authentication key.",
    429: "The request exceeds rate limits or is otherwise blocked by rate limiting policies.",
    500: "Unexpected Error.",
}

# The columns that GetIncidents can be asked for, and where they stand here.
STATIC_FIELDS = {
    "IR Number": "number",
    "Title": "title",
    "Status": "status",
    "Severity": "severity",
    "Owner": "owner",
    "Date Created": "created",
    "Conclusion": "conclusion",
}


@dataclasses.dataclass
class Incident:
    """An incident of D3. ``pending_tasks`` and ``missing_fields`` let a close fail that does not bypass them."""

    number: str
    status: str = "Open"
    title: str = "Incident"
    severity: str = "Medium"
    owner: str = ""
    created: str = ""  # UTC
    pending_tasks: bool = False
    missing_fields: bool = False
    closings: int = 0  # how many times it was closed
    conclusions: list = dataclasses.field(default_factory=list)
    close_date: str = ""
    closed_by: str = ""
    order: int = 0

    @property
    def conclusion(self):
        """What the closings appended to one another."""
        return "\n".join(self.conclusions)


class D3(Product):
    """D3's state and commands. ``keys`` and ``jwts`` map a secret to the commands that it opens."""

    name = "d3"
    vendor_rate_limit = 50
    settings = {
        "rate_limit": (True, is_rate_limit),
        "closed_again": ("error", one_of("error", "success")),
        "lookup_command": (LOOKUP_COMMANDS[0], is_text),  # any other one is answered with 404
        "rows_under": ("rawData", one_of("rawData", "contextData", "returnData")),
        # "plain" rows; or in {"Status", "Data"}, alone ("data") or in a list ("list")
        "rows_as": ("plain", one_of("plain", "data", "list")),
        "number_key": (NUMBER_KEYS[0], one_of(*NUMBER_KEYS)),
        "page_limit": (
            0,
            is_count,
        ),  # rows on a page at most, whatever is asked for, and TotalPages is told; 0: neither
        # "single": the keys, and the success word, of the command that closes a single incident
        "close_keys": ("bulk", one_of("bulk", "single")),
        "require_username": (False, one_of(True, False)),
        "retry_after": ("", is_text),
        "key_header": ("d3key", is_text),
        "jwt_header": ("d3jwt", is_text),
    }

    def load(self, scenario):
        unknown = set(scenario) - {"incidents", "keys", "jwts", "users", "sites"}
        if unknown:
            raise ValueError(f"a scenario of d3 has no {sorted(unknown)}")
        with self.lock:
            super().load(scenario)
            self._order = itertools.count()
            self.keys = _grants(
                scenario.get(
                    "keys",
                    {
                        defaults.DEFAULT_D3_KEY: ["CloseIncidentInBulk"],
                        defaults.DEFAULT_D3_LOOKUP_KEY: list(LOOKUP_COMMANDS),
                    },
                )
            )
            self.jwts = _grants(
                scenario.get(
                    "jwts",
                    {
                        defaults.DEFAULT_D3_JWT: ["CloseIncidentInBulk"],
                        defaults.DEFAULT_D3_LOOKUP_JWT: list(LOOKUP_COMMANDS),
                    },
                )
            )
            self.users = set(scenario.get("users", [defaults.DEFAULT_D3_USERNAME]))
            self.sites = set(scenario.get("sites", [defaults.DEFAULT_D3_SITE]))
            self.add_incidents(scenario.get("incidents", defaults.DEFAULT_D3_INCIDENTS))

    def add_incident(self, number, status="Open", **fields):
        """Add (or replace) an incident; further fields are those of ``Incident``."""
        if status not in STATUSES:
            raise ValueError(f"{status!r} is not a status of D3")
        fields.setdefault("created", datetime.datetime.now(datetime.timezone.utc).strftime(TIME_FORMAT))
        with self.lock:
            self.incidents.pop(number, None)
            incident = self.incidents[number] = Incident(number, status, order=next(self._order), **fields)
        return incident

    def route(self, request):
        """Recognise a command of D3; says whether it is one."""
        prefix = BASE + "/api/Command/"
        command = request.path[len(prefix) :] if request.path.startswith(prefix) else ""
        calls = {**CALLS, self.lookup_command: "d3.read"}
        if command not in calls or request.query:
            return False
        request.product, request.call = self.name, calls[command]
        request.incidents = _named(request)
        return True

    def error(self, status, message=None):
        """An error as D3 words it."""
        return Answer(status, {"Error": message or ERRORS.get(status) or phrase(status)})

    def headers(self):
        """What D3 puts on every answer."""
        return {}

    def carry_out(self, request):
        """Check a command and run it."""
        if request.method != "POST":
            raise Refusal(405)
        if request.call == "d3.read" and request.path.rpartition("/")[2] != self.lookup_command:
            raise Refusal(404)
        token = self._authenticate(request)
        if request.content_type != "application/json":
            raise Refusal(400)
        try:
            body = request.json()
        except ValueError:
            raise Refusal(400) from None
        _check(body, BODY)
        if token is not None and not _jwt_names(token, body):
            raise Refusal(401)
        parameters = body["CommandParams"]
        if self.require_username and request.call == "d3.close" and "Username" not in parameters:
            raise Refusal(400, "The parameter Username is required.")
        _check(parameters, READ_PARAMETERS if request.call == "d3.read" else CLOSE_PARAMETERS)
        if body["Username"] not in self.users or body["Site"] not in self.sites:
            error = "The user is not allowed to run the command on this site."
            failed = "Failed" if self.rows_as == "plain" else self._wrap([], "Failed")
            return Answer(200, {"error": error, "returnData": failed, "contextData": []})
        if request.call == "d3.read":
            return self._read(parameters)
        return self._close(request, parameters, parameters.get("Username") or body["Username"])

    def rows(self, call, payload):
        """The rows of an answer, for faults to change; and the name of the column with the id."""
        if call == "d3.close":
            return payload.get("contextData", []), "Incident Number" if self.close_keys == "bulk" else "incidentNumber"
        rows = payload.get(self.rows_under, [])
        if isinstance(rows, list) and rows and "Data" in rows[0]:
            rows = rows[0]
        if isinstance(rows, dict):
            rows = rows.get("Data", rows.get("incidents", []))
        return rows, self.number_key

    def foreign_row(self, call):
        """A row of an incident that nobody asked for."""
        if call == "d3.close":
            return self._spelled(_row(Incident(FOREIGN_INCIDENT, "Closed"), "Successful"))
        return {self.number_key: FOREIGN_INCIDENT, "Status": "Closed"}

    def _wrap(self, rows, status):
        """Rows in the object that sibling commands answer with, as ``rows_as`` says."""
        wrapper = {"Status": status, "Data": rows}
        return wrapper if self.rows_as == "data" else [wrapper]

    def _spelled(self, row):
        """A row of the close command, with the keys that ``close_keys`` says."""
        if self.close_keys == "bulk":
            return row
        single = {SINGLE_KEYS[key]: value for key, value in row.items() if key in SINGLE_KEYS}
        single["result"] = "Succeed" if row["Result"] == "Successful" else row["Result"]
        return {**single, "closeType": "", "closeNote": row.get("Message", "")}

    def _authenticate(self, request):
        """Demand a key or a JWT that opens the command; returns the JWT."""
        command = request.path.rpartition("/")[2]
        key, token = request.headers.get(self.key_header.lower()), request.headers.get(self.jwt_header.lower())
        if (key is None) == (token is None):
            raise Refusal(401)
        if command not in (self.keys.get(key, ()) if token is None else self.jwts.get(token, ())):
            raise Refusal(401)
        return token

    def _close(self, request, parameters, user):
        """ "Close Incidents in Bulk": a row for each incident, in the order asked for."""
        rows = [self._close_one(request, number, parameters, user) for number in parameters["Incident Numbers"]]
        done = any(row["Result"] == "Successful" for row in rows)
        rows = [self._spelled(row) for row in rows]
        return Answer(200, {"error": "", "returnData": "Successful" if done else "Failed", "contextData": rows})

    def _close_one(self, request, number, parameters, user):
        incident = self.incidents.get(number)
        if incident is None:
            return _row(Incident(number, ""), "Failed", "The incident was not found.")
        if incident.status == "Closed" and self.closed_again == "error":
            return _row(incident, "Failed", "The incident is already closed.")
        if incident.pending_tasks and parameters["Bypass Required Pending Tasks"] != "Yes":
            return _row(incident, "Failed", "The incident has required pending tasks.")
        if incident.missing_fields and parameters.get("Bypass All Required Fields") != "Yes":
            return _row(incident, "Failed", "The incident has required fields that are not filled.")
        incident.status = "Closed"
        incident.closings += 1
        incident.closed_by = user
        incident.close_date = datetime.datetime.now(datetime.timezone.utc).strftime("%m/%d/%Y %I:%M %p UTC")
        if "Conclusion" in parameters:
            incident.conclusions.append(parameters["Conclusion"])
        request.worked = True
        return _row(incident, "Successful")

    def _read(self, parameters):
        """ "Get Incidents": the asked columns of the matching incidents, a page of them."""
        start, end = parameters["Start Time"], parameters["End Time"]
        found = [incident for incident in self._matching(parameters.get("Filter")) if start <= incident.created <= end]
        size = min(parameters.get("Page Size", 100), self.page_limit or 1000)
        first = parameters.get("Page Index", 0) * size
        columns = parameters.get("Static Fields", list(STATIC_FIELDS))
        names = {"IR Number": self.number_key}
        rows = [
            {names.get(column, column): getattr(incident, STATIC_FIELDS[column]) for column in columns}
            for incident in found[first : first + size]
        ]
        payload = {"error": "", "returnData": "Successful", "contextData": [], "rawData": {}}
        if self.rows_as != "plain":
            payload[self.rows_under] = self._wrap(rows, "Successful")
        else:
            payload[self.rows_under] = {"incidents": rows} if self.rows_under == "rawData" else rows
        if self.page_limit:
            payload["outputData"] = {"TotalPages": -(-len(found) // size)}
        return Answer(200, payload)

    def _matching(self, alternatives):
        """The incidents that meet one of the alternatives, in their order; an ``IR Number =`` is simply looked up."""
        if not alternatives:
            return self.incidents.values()
        found = {}
        for conditions in alternatives:
            tests = [_test(condition) for condition in conditions]
            numbers = [condition["value"] for condition in conditions if _is_number(condition)]
            if numbers:
                candidates = [self.incidents[numbers[0]]] if numbers[0] in self.incidents else []
            else:
                candidates = self.incidents.values()
            for incident in candidates:
                if all(test(incident) for test in tests):
                    found[incident.number] = incident
        return sorted(found.values(), key=operator.attrgetter("order"))


def _grants(mapping):
    return {secret: frozenset(commands) for secret, commands in mapping.items()}


def _row(incident, result, message=None):
    """A row as in the close page's sample; ``Message`` stands only where something went wrong."""
    row = {
        "Incident Number": incident.number,
        "Status": incident.status,
        "Close Date": incident.close_date,
        "Result": result,
        "Closed By": incident.closed_by,
    }
    if message:
        row["Message"] = message
    return row


def _named(request):
    """The incidents that a command names, whether or not it is well formed."""
    try:
        parameters = request.json()["CommandParams"]
        if request.call == "d3.close":
            named = parameters["Incident Numbers"]
        else:
            named = [item["value"] for conditions in parameters["Filter"] for item in conditions if _is_number(item)]
        return tuple(name for name in named if isinstance(name, str))
    except (ValueError, KeyError, TypeError):
        return ()


def _jwt_names(token, body):
    """Whether the payload of a JWT repeats the user and the site of the body; a token that is no JWT names nobody."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        claims = {str(name).lower(): value for name, value in claims.items()}
    except (IndexError, ValueError, AttributeError):
        return True
    names = (("username", "Username"), ("user", "Username"), ("site", "Site"))
    return all(claims.get(claim, body[name]) == body[name] for claim, name in names)


def _is_number(condition):
    return condition["field"] == "IR Number" and condition["operator"] == "="


def _like(value, pattern):
    """SQL's LIKE: ``%`` is anything, ``_`` is any character."""
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(char, re.escape(char)) for char in pattern), value, re.DOTALL) is not None


OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "LIKE": _like,
    "IS EMPTY": lambda value, wanted: not value,
    "IS NOT EMPTY": lambda value, wanted: bool(value),
}


def _test(condition):
    """A condition of a filter as a function of an incident."""
    compare, attribute, wanted = OPERATORS[condition["operator"]], STATIC_FIELDS[condition["field"]], condition["value"]
    return lambda incident: compare(getattr(incident, attribute), wanted)


def _is_yes_or_no(value):
    return value in ("Yes", "No")


def _is_text_list(value):
    return isinstance(value, list) and bool(value) and all(map(is_text, value))


def _is_time(value):
    try:
        return datetime.datetime.strptime(value, TIME_FORMAT).strftime(TIME_FORMAT) == value
    except (TypeError, ValueError):
        return False


def _is_filter(value):
    return isinstance(value, list) and all(
        isinstance(conditions, list) and conditions and all(map(_is_condition, conditions)) for conditions in value
    )


def _is_condition(value):
    return (
        isinstance(value, dict)
        and set(value) == {"field", "operator", "value"}
        and all(map(is_text, value.values()))
        and value["field"] in STATIC_FIELDS
        and value["operator"] in OPERATORS
    )


def _is_fields(value):
    return _is_text_list(value) and all(name in STATIC_FIELDS for name in value)


# Names: (required, check)
BODY = {
    "Username": (True, is_text),
    "Site": (True, is_text),
    "CommandParams": (True, lambda value: isinstance(value, dict)),
}
CLOSE_PARAMETERS = {
    "Incident Numbers": (True, _is_text_list),
    "Bypass Required Pending Tasks": (True, _is_yes_or_no),
    "Bypass All Required Fields": (False, _is_yes_or_no),
    "Username": (False, is_text),
    "Conclusion": (False, is_text),
}
READ_PARAMETERS = {
    "Filter": (False, _is_filter),
    "Static Fields": (False, _is_fields),
    "Start Time": (True, _is_time),
    "End Time": (True, _is_time),
    "Output Format": (False, one_of(2)),
    "Page Index": (False, is_count),
    "Page Size": (False, lambda value: is_count(value) and 1 <= value <= 1000),
}


def _check(value, known):
    """Refuse an object that lacks something, holds something unknown, or holds a wrong value."""
    if not isinstance(value, dict):
        raise Refusal(400)
    for name in value:
        if name not in known:
            raise Refusal(400, f"The parameter {name} is unknown.")
    for name, (required, valid) in known.items():
        if name not in value:
            if required:
                raise Refusal(400, f"The parameter {name} is required.")
        elif not valid(value[name]):
            raise Refusal(400, f"The value of the parameter {name} is invalid.")
