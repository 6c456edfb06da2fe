# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state and the settings of D3, and the steps from a request to a command."""

from __future__ import annotations

import base64
import itertools
import json

from .. import defaults
from ..checks import is_count, is_rate_limit, is_string, one_of
from ..messages import Answer, Refusal, phrase
from ..product import Product
from . import parameters as known
from .close import FOREIGN_INCIDENT, close, foreign_row
from .filters import names_incident
from .incident import STATIC_FIELDS, Incident, check_fields, now
from .read import read

BASE = "/MainApp/VSOC"
# The name of this command depends on the version of D3, so the setting ``lookup_command`` selects it.
LOOKUP_COMMANDS = ("GetIncidents", "GetIncidentsWithNewParameters")
CALLS = {**dict.fromkeys(LOOKUP_COMMANDS, "d3.read"), "CloseIncidentInBulk": "d3.close"}
NUMBER_KEYS = ("IR Number", "Incident Number", "IncidentNumber", "incidentNumber", "IncidentNo", "CaseNumber")

# The messages in the documentation of the close command, which has none for 403 and others.
ERRORS = {
    400: "The body of the request must be a valid JSON object",
    401: "Invalid authentication key.",
    429: "The request exceeds rate limits or is otherwise blocked by rate limiting policies.",
    500: "Unexpected Error.",
}


class D3(Product):
    """The state and the commands of D3. ``keys`` and ``jwts`` map a secret to the commands that it opens."""

    name = "d3"
    calls = tuple(dict.fromkeys(CALLS.values()))
    vendor_rate_limit = 50
    settings = {
        "rate_limit": (True, is_rate_limit),
        "closed_again": ("error", one_of("error", "success")),
        "lookup_command": (LOOKUP_COMMANDS[0], is_string),  # the response to any other command is 404
        "rows_under": ("rawData", one_of("rawData", "contextData", "returnData")),
        # "plain" rows; or in {"Status", "Data"}, alone ("data") or in a list ("list")
        "rows_as": ("plain", one_of("plain", "data", "list")),
        "number_key": (NUMBER_KEYS[0], one_of(*NUMBER_KEYS)),
        # maximum rows on a page, whatever the request asks for, and adds TotalPages; 0: neither
        "page_limit": (0, is_count),
        "newest_first": (False, one_of(True, False)),  # the incidents in a page, and the pages
        # in a row: under their section ("nested"), or beside the static fields ("flat")
        "dynamic_as": ("nested", one_of("nested", "flat")),
        "dates_as": ("iso", one_of("iso", "us")),  # "us": the format in the sample of the close command
        # "single": the keys, and the success word, of the command that closes a single incident
        "close_keys": ("bulk", one_of("bulk", "single")),
        "require_username": (False, one_of(True, False)),
        "retry_after": ("", is_string),
        "key_header": ("d3key", is_string),
        "jwt_header": ("d3jwt", is_string),
    }

    def load(self, scenario):
        unknown = set(scenario) - {"incidents", "changes", "keys", "jwts", "users", "sites"}
        if unknown:
            raise ValueError(f"a scenario of d3 has no {sorted(unknown)}")
        with self.lock:
            super().load(scenario)
            self._order = itertools.count()
            self._names = set(STATIC_FIELDS)
            self.keys = _grants(
                scenario.get("keys"), close=defaults.DEFAULT_D3_KEY, lookup=defaults.DEFAULT_D3_LOOKUP_KEY
            )
            self.jwts = _grants(
                scenario.get("jwts"), close=defaults.DEFAULT_D3_JWT, lookup=defaults.DEFAULT_D3_LOOKUP_JWT
            )
            self.users = set(scenario.get("users", [defaults.DEFAULT_D3_USERNAME]))
            self.sites = set(scenario.get("sites", [defaults.DEFAULT_D3_SITE]))
            self.add(scenario.get("incidents", defaults.DEFAULT_D3_INCIDENTS), scenario.get("changes", ()))

    def add_incident(self, number, status="Open", **fields):
        """Add (or replace) an incident; further fields are those of ``Incident``."""
        self.check_change({"status": status, **fields})
        fields.setdefault("created", now())
        fields.setdefault("modified", fields["created"])
        with self.lock:
            self.incidents.pop(number, None)
            incident = self.incidents[number] = Incident(number, status, order=next(self._order), **fields)
            self._learn(incident)
        return incident

    def check_change(self, fields):
        """Check the fields of a change."""
        check_fields(fields)

    def apply_change(self, incident, fields):
        """Change an incident, and the time at which it was modified."""
        incident.modified = now()
        for name, value in fields.items():
            setattr(incident, name, value)
        self._learn(incident)

    def _learn(self, incident):
        """Add the fields of an incident to the known fields, because D3 rejects other fields."""
        self._names.update(incident.fields)
        self._names.update((section, name) for section, values in incident.dynamic_fields.items() for name in values)

    def route(self, request):
        """Set the call of a request to D3, and return whether it is a command."""
        prefix = BASE + "/api/Command/"
        command = request.path[len(prefix) :] if request.path.startswith(prefix) else ""
        calls = {**CALLS, self.lookup_command: "d3.read"}
        if command not in calls or request.query:
            return False
        request.product, request.call = self.name, calls[command]
        request.incidents = _named(request)
        return True

    def error(self, status, message=None):
        """Return an error in the words of D3."""
        return Answer(status, {"Error": message or ERRORS.get(status) or phrase(status)})

    def headers(self):
        """Return the headers that D3 adds to every response."""
        return {}

    def carry_out(self, request):
        """Check a command and run it."""
        if request.method != "POST":
            raise Refusal(405)
        if request.call == "d3.read" and request.path.rpartition("/")[2] != self.lookup_command:
            raise Refusal(404)
        token = self._authenticate(request)
        body = request.json_body()
        known.check(body, known.BODY)
        if token is not None and not _jwt_names(token, body):
            raise Refusal(401)
        parameters = body["CommandParams"]
        if self.require_username and request.call == "d3.close" and "Username" not in parameters:
            raise Refusal(400, "The parameter Username is required.")
        known.check(
            parameters, known.read_parameters(self._names) if request.call == "d3.read" else known.CLOSE_PARAMETERS
        )
        if body["Username"] not in self.users or body["Site"] not in self.sites:
            error = "The user is not allowed to run the command on this site."
            failed = "Failed" if self.rows_as == "plain" else self.wrap([], "Failed")
            return Answer(200, {"error": error, "returnData": failed, "contextData": []})
        if request.call == "d3.read":
            return read(self, parameters)
        return close(self, request, parameters, parameters.get("Username") or body["Username"])

    def wrap(self, rows, status):
        """Return rows in the object that the setting ``rows_as`` selects, as sibling commands return them."""
        wrapper = {"Status": status, "Data": rows}
        return wrapper if self.rows_as == "data" else [wrapper]

    def rows(self, call, payload):
        """Return the rows of a response, which faults change, and the name of the column with the id."""
        if call == "d3.close":
            return payload.get("contextData", []), "Incident Number" if self.close_keys == "bulk" else "incidentNumber"
        rows = payload.get(self.rows_under, [])
        if isinstance(rows, list) and rows and "Data" in rows[0]:
            rows = rows[0]
        if isinstance(rows, dict):
            rows = rows.get("Data", rows.get("incidents", []))
        return rows, self.number_key

    def foreign_row(self, call):
        """Return the row of an incident that the request does not contain."""
        if call == "d3.close":
            return foreign_row(self)
        return {self.number_key: FOREIGN_INCIDENT, "Status": "Closed"}

    def _authenticate(self, request):
        """Check the key or the JWT of a request, and return the JWT."""
        command = request.path.rpartition("/")[2]
        key, token = request.headers.get(self.key_header.lower()), request.headers.get(self.jwt_header.lower())
        if (key is None) == (token is None):
            raise Refusal(401)
        if command not in (self.keys.get(key, ()) if token is None else self.jwts.get(token, ())):
            raise Refusal(401)
        return token


def _grants(mapping, close, lookup):
    """Return which commands a secret opens; by default, one secret for each command."""
    if mapping is None:
        mapping = {close: ["CloseIncidentInBulk"], lookup: LOOKUP_COMMANDS}
    return {secret: frozenset(commands) for secret, commands in mapping.items()}


def _named(request):
    """Return the incidents that a command names, whether or not it is well formed."""
    try:
        parameters = request.json()["CommandParams"]
        if request.call == "d3.close":
            named = parameters["Incident Numbers"]
        else:
            named = [item["value"] for items in parameters["Filter"] for item in items if names_incident(item)]
        return tuple(name for name in named if isinstance(name, str))
    except (ValueError, KeyError, TypeError):
        return ()


def _jwt_names(token, body):
    """Return whether the payload of a JWT repeats the user and the site; false for other tokens."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        claims = {str(name).lower(): value for name, value in claims.items()}
    except (IndexError, ValueError, AttributeError):
        return True
    names = (("username", "Username"), ("user", "Username"), ("site", "Site"))
    return all(claims.get(claim, body[name]) == body[name] for claim, name in names)
