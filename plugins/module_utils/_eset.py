# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ESET Connect: signing in, reading the states of incidents, closing incidents.

This file is private to the collection and may change in any release.

What the API does is told by the pages of the ESET Connect help that the docstrings name.
"""

from __future__ import annotations

import threading
from urllib.parse import quote, urlencode

from ansible_collections.secops.incident_closure.plugins.module_utils._closure import State
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import (
    MAX_CONNECTIONS,
    PAGE_HINTS,
    Answer,
    Call,
    HttpClient,
    is_page,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._incident_ids import UUID

REGIONS = ("eu", "de", "us", "ca", "jpn")
CLOSURE_REASONS = ("unspecified", "true_positive", "false_positive", "suspicious")
STATUS_CLOSED = "INCIDENT_STATUS_CLOSED"
NOT_CLOSED = "incident.status in [INCIDENT_STATUS_OPEN, INCIDENT_STATUS_IN_PROGRESS, INCIDENT_STATUS_WAITING_FOR_INPUT]"
PAGE_SIZE = 1000  # more is cut to this ("List incidents")
PENDING_SECONDS = 600  # a pending answer is kept for ten minutes ("How the API works")
MAX_POLL_SECONDS = 5

MAX_EARLY_SECONDS = 60  # how long before its end a token is renewed
USUAL_LIFETIME = 3600  # of a token, in seconds ("Refresh the token")

HINTS = {
    400: "check the uuid of the incident, and access_token if you set it",
    403: "check that the API user has Integrations turned on and the permissions Incident Management Read and Write, "
    "is not a superuser, and has signed in to the Hub once",
    404: "there is no such incident, or the API user may not see it: check the uuid and the region",
    429: "the limit of calls is used up: lower rate_limit, or run fewer jobs of the same account at a time",
}
CLOSE_HINTS = {**HINTS, 400: "check the uuid of the incident, closure_reason, and final_comment"}
UNSPECIFIED_HINTS = {
    "warning": "closure_reason is unspecified, which ESET may reject: give true_positive, false_positive, or suspicious",
    400: "ESET may not accept closure_reason unspecified: give true_positive, false_positive, or suspicious",
}
GATEWAY_HINTS = {
    "any": "without a request-id, this response is from a gateway in front of ESET: check your proxy and firewall",
    "close": "without a request-id, this response is from a gateway in front of ESET, such as a web application firewall: "
    "use plain words in final_comment, and check your proxy and firewall",
}
SIGN_IN_HINTS = {**HINTS, **dict.fromkeys((400, 401, 403, 404, 415), "check username, password and region")}


def api_url(region: str) -> str:
    """Return where a region's incidents are ("Close incident": base URLs)."""
    return f"https://{region}.incident-management.eset.systems"


def auth_url(region: str) -> str:
    """Return where a region's API users sign in ("/oauth/token")."""
    return f"https://{region}.business-account.iam.eset.systems"


class ConnectClient(HttpClient):
    """An HttpClient that signs in, renews its token, and waits for answers that come later.

    :param url: where to sign in; None with a given token.
    :param access_token: a token that was issued elsewhere, or None.
    :param username: the API user, where there is no such token.
    :param password: its password.
    """

    def __init__(self, *args, url=None, access_token=None, username=None, password=None, **kwargs):
        super().__init__(*args, **kwargs)
        self._url = url
        self._access_token = access_token
        self._username = username
        self._password = password
        self._refresh_token = None
        self._sign_in_error = None
        self._renew_at = float("inf")
        self._signing_in = threading.Lock()

    def _hint(self, call: Call, response, content: bytes) -> str | None:
        """Return what to change after a response that is not a success."""
        page = response.status_code < 500 and is_page(response.headers.get("Content-Type", ""), content)
        hint = super()._hint(call, response, content)
        if "request-id" in response.headers or not (page or response.status_code in (400, 403)):
            return hint
        gateway = GATEWAY_HINTS["any" if call.safe else "close"]
        # Only the incident API promises a request-id. The responses to a sign-in may lack it.
        return f"{hint}; {gateway}" if call.urgent and hint else gateway

    def _explain_page(self, call: Call) -> str:
        """Return what an HTML page in place of a response of ESET means, and what to change."""
        if call.safe:
            return super()._explain_page(call)
        return PAGE_HINTS["close"].format(product=self.product, address=self._address)

    def _exchange(self, call: Call) -> Answer:
        answer = self._send(call)
        if answer.status == 202:
            return self._await(call, answer)
        return answer

    def _send(self, call: Call) -> Answer:
        """Send a call once, and again with a new token if its token has expired: a 401 was not carried out."""
        if call.auth:
            return super()._exchange(call)
        bearer = _Bearer(self)
        signed = call._replace(auth=bearer)
        stale = None
        tries = 0
        while True:
            self._token(stale)
            try:
                return super()._exchange(signed)
            except RejectedError as error:
                if error.status != 401:
                    raise
                # Many calls may wait for their turn, so that a token expires before its call is sent.
                expired = bearer.token != self._access_token or self._clock.monotonic() >= self._renew_at
                if stale and (not expired or tries > self._retries):
                    raise RejectedError(
                        f"{error}; the token that was just issued is not accepted: check region and api_url",
                        fatal=True,
                        status=401,
                    ) from None
            stale = bearer.token
            tries += 1

    def _await(self, call: Call, answer: Answer) -> Answer:
        """Send the identical call with the C(response-id) of a 202 until its answer comes ("How the API works").

        :raises StillPendingError: the answer did not come; the query goes on at the server.
        :raises OutcomeUnknownError: the answer was lost.
        """
        response_id = answer.headers.get("response-id")
        if not response_id:
            raise StillPendingError(f"{call.what}: {self.product}: HTTP 202 without a response-id")
        poll = call._replace(headers={**(call.headers or {}), "response-id": response_id})
        give_up = self._clock.monotonic() + PENDING_SECONDS
        seconds = 1.0
        failures = 0
        while answer.status == 202:
            if self._clock.monotonic() + seconds > give_up:
                raise StillPendingError(
                    f"{call.what}: {self.product}: still pending after {PENDING_SECONDS // 60} minutes"
                )
            try:
                self.wait(seconds)
                seconds = min(seconds * 2, MAX_POLL_SECONDS)
                answer = self._send(poll)
                failures = 0
            except NotExecutedError as error:  # it is the poll that was refused, not the call
                if error.fatal:
                    raise StillPendingError(str(error)) from None
                seconds = max(seconds, error.retry_after)
            except OutcomeUnknownError as error:
                if error.status == 504:  # the query was given up
                    raise
                failures += 1  # of the poll
                if failures > self._retries:
                    raise StillPendingError(str(error)) from None
            except RejectedError as error:
                if error.status == 401:
                    raise StillPendingError(str(error)) from None
                if error.status == 404:
                    raise OutcomeUnknownError(
                        f"{call.what}: {self.product}: its answer was pending and is lost"
                    ) from None
                raise
        return answer

    def _token(self, stale: str | None = None) -> str:
        """Return a token other than C(stale), signing in where need be.

        :raises NotExecutedError: there is none to be had, which is fatal.
        """
        with self._signing_in:
            if self._sign_in_error:  # a second try with wrong credentials may lock the account
                raise self._sign_in_error
            expiring = self._clock.monotonic() >= self._renew_at
            if self._access_token is None or self._access_token == stale or expiring:
                try:
                    self._access_token = self._sign_in()
                except ClientError as error:
                    if self._access_token not in (None, stale):
                        self._renew_at = float("inf")  # use it until the API rejects it
                        return self._access_token
                    self._sign_in_error = error
                    raise
            return self._access_token

    def _sign_in(self) -> str:
        if not self._password:
            raise NotExecutedError(
                "access_token was not accepted: it is wrong, expired or of another region; "
                "give a new one, or username and password instead",
                fatal=True,
                status=401,
            )
        if self._refresh_token:
            try:
                return self._issue(grant_type="refresh_token", refresh_token=self._refresh_token)
            except RejectedError:
                pass  # the session is over: sign in anew
        return self._issue(grant_type="password", username=self._username, password=self._password)

    def _issue(self, **grant: str) -> str:
        """Return a new token ("/oauth/token")."""
        what = f"signing in as {self._username}"
        call = Call(
            "POST",
            self._url + "/oauth/token",
            what,
            safe=True,
            accepts=lambda data: isinstance(data, dict) and _is_token(data.get("access_token")),
            auth=lambda request: request,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode(grant).encode(),
            hints=SIGN_IN_HINTS,
            urgent=True,
        )
        try:
            data = self.request(call).data
        except DeadlineReachedError:
            raise
        except ClientError as error:
            if isinstance(error, RejectedError) and "refresh_token" in grant:
                raise
            raise NotExecutedError(str(error), fatal=True, status=error.status) from None
        token = data["access_token"]
        self.secrets.add(token)
        lifetime = _lifetime(data.get("expires_in"))
        self._renew_at = self._clock.monotonic() + lifetime - min(MAX_EARLY_SECONDS, lifetime / 2)
        refresh_token = data.get("refresh_token")
        if _is_token(refresh_token):
            self.secrets.add(refresh_token)
            self._refresh_token = refresh_token
        return token


class Eset:
    """Reads and closes incidents one by one, on many threads at once where there are many.

    :param http: a ConnectClient.
    :param url: where the incidents are.
    :param closure_reason: one of CLOSURE_REASONS.
    :param final_comment: recorded with each closing, or None.
    """

    closed_status = STATUS_CLOSED

    def __init__(self, http, url: str, closure_reason: str = "unspecified", final_comment: str | None = None):
        self.http = http
        self.url = url + "/v2/incidents"
        self._reason = "INCIDENT_RESOLVE_REASON_" + closure_reason.upper()
        self._comment = final_comment
        self._close_hints = CLOSE_HINTS
        if closure_reason == "unspecified":
            self._close_hints = {**CLOSE_HINTS, 400: UNSPECIFIED_HINTS[400]}

    def read_states(self, ids, again=False, also=()):
        """Yield (id, State or ClientError) for each id, and for those of C(also) that the list contains.

        Many are read from the list of the incidents that are not closed; what it does not name, and whatever is read
        again after a closing, is read one by one: a list may lag behind.

        :raises ClientError: nothing can be read at all.
        """
        wanted = {*ids, *also}
        if len(wanted) > 1 and not again:
            for incident, state in self._listed(wanted):
                wanted.discard(incident)
                yield incident, state
        for incident, answer in self._each(self._read, [incident for incident in ids if incident in wanted]):
            if isinstance(answer, ClientError) and answer.fatal:
                raise answer
            yield incident, answer

    def close(self, ids):
        """Yield (id, details or ClientError) for each id; stop after a fatal error."""
        return self._each(self._close, ids)

    def _listed(self, wanted):
        """Yield the wanted incidents that the list names ("List incidents"), reading no more pages than single reads."""
        params = {"filter": NOT_CLOSED, "pageSize": PAGE_SIZE}
        pages = 0
        while pages < len(wanted):  # the caller takes out what it was given
            what = "listing the incidents that are not closed"
            try:
                data = self.http.request(Call("GET", self.url, what, True, _is_list, params=params)).data
            except ClientError as error:
                if error.fatal:
                    raise
                return
            pages += 1
            for row in filter(_is_incident, data.get("incidents") or ()):
                incident = _spell(row["uuid"])
                if incident in wanted and row["status"] != STATUS_CLOSED:
                    # A list leaves out these fields, or leaves them empty although there are devices and detections.
                    details = {key: row[key] for key in row if row[key] or key not in ("deviceUuids", "detectionUuids")}
                    yield incident, State(row["status"], False, details)
            if not data.get("nextPageToken"):
                return
            params = {**params, "pageToken": data["nextPageToken"]}

    def _read(self, incident: str) -> State:
        """Return the state of one incident ("Get incident")."""

        def accepts(data):
            row = data.get("incident") if isinstance(data, dict) else None
            return _is_incident(row) and row["uuid"].casefold() == incident.casefold()

        call = Call("GET", self._path(incident), f"reading incident {incident}", True, accepts)
        try:
            row = self.http.request(call).data["incident"]
        except OutcomeUnknownError as error:
            if error.persistent:  # a page in place of the API: no other reading can work either
                raise NotExecutedError(str(error), fatal=True, status=error.status) from None
            raise
        return State(row["status"], row["status"] == STATUS_CLOSED, row)

    def _close(self, incident: str) -> dict:
        """Close one incident ("Close incident")."""
        body = {"closureReason": self._reason}
        if self._comment:
            body["finalComment"] = {"text": self._comment, "isFinalComment": True, "incidentUuid": incident}
        what = f"closing incident {incident}"
        call = Call.of_json("POST", self._path(incident) + ":close", what, False, lambda data: data == {}, body)
        self.http.request(call._replace(hints=self._close_hints))
        return {}

    def _path(self, incident: str) -> str:
        return f"{self.url}/{quote(incident, safe='')}"

    @staticmethod
    def _each(function, ids):
        """Yield (id, what the function returns or the ClientError that it raises), as they come; stop after a fatal one."""

        def outcome(incident):
            try:
                return function(incident)
            except ClientError as error:
                return error

        if len(ids) == 1:  # saves the import and the thread
            yield ids[0], outcome(ids[0])
        elif ids:
            from concurrent.futures import ThreadPoolExecutor, as_completed

            with ThreadPoolExecutor(min(len(ids), MAX_CONNECTIONS)) as pool:
                futures = {pool.submit(outcome, incident): incident for incident in ids}
                for future in as_completed(futures):
                    if future.cancelled():
                        continue
                    answer = future.result()
                    if isinstance(answer, ClientError) and answer.fatal:
                        for other in futures:
                            other.cancel()
                    yield futures[future], answer


def _is_token(value) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value.strip())


def _is_incident(row) -> bool:
    return isinstance(row, dict) and isinstance(row.get("uuid"), str) and isinstance(row.get("status"), str)


def _spell(uuid: str) -> str:
    """Return an incident's id as normalize_id spells it: a UUID in lower case, any other id as it is."""
    return uuid.lower() if UUID.fullmatch(uuid) else uuid


def _lifetime(expires_in) -> float:
    """Return the seconds that a token is valid for. A value that cannot be a lifetime counts as the usual one."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return USUAL_LIFETIME
    return seconds if not isinstance(expires_in, bool) and 1 <= seconds < float("inf") else USUAL_LIFETIME


def _is_list(data) -> bool:
    """Tell whether JSON is a page of a list. JSON from protocol buffers leaves out what is empty."""
    return (
        isinstance(data, dict)
        and isinstance(data.get("incidents") or [], list)
        and isinstance(data.get("nextPageToken") or "", str)
    )


class _Bearer:
    """Put the newest token on each request when it is sent, and keep in mind which one that was.

    :param client: a ConnectClient that has a token.
    """

    def __init__(self, client: ConnectClient):
        self.token = ""
        self._client = client

    def __call__(self, request):
        self.token = self._client._access_token
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request
