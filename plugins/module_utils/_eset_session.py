# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session with ESET Connect, which signs in, renews the token, and waits for pending responses.

This file is private to the collection and may change in any release.

One session is for all hosts of ESET Connect, because they accept the same token, and their calls count together.
The docstrings name the pages of the ESET Connect help that describe the API.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Answer, Call, Credential
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._http_failures import is_page
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import PENDING_SECONDS, Polling
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

MAX_EARLY_SECONDS = 60  # renew a token this long before it expires
USUAL_LIFETIME = 3600  # of a token, in seconds ("Refresh the token")

HINTS = {
    400: "check the uuid of the incident, and access_token if you set it",
    403: "check that the API user has Integrations turned on and the permissions Incident Management Read and Write, "
    "is not a superuser, and has signed in to the Hub once",
    404: "there is no such incident, or the API user may not see it: check the uuid and the region",
    429: "the limit of calls is used up: lower rate_limit, or run fewer jobs of the same account at a time",
}
CLOSE_PAGE_HINT = (
    "an HTML page in place of a response of {product}, such as of a web application firewall: "
    "use plain words in final_comment, and check {address} and your proxy"
)
GATEWAY_HINTS = {
    "any": "without a request-id, this response is from a gateway in front of ESET: check your proxy and firewall",
    "close": "without a request-id, this response is from a gateway in front of ESET, such as a web application firewall: "
    "use plain words in final_comment, and check your proxy and firewall",
}
NOT_OF_CALL = (404, 415, 501, 505)  # statuses of a poll that do not mean that ESET rejects the call
SIGN_IN_HINTS = {**HINTS, **dict.fromkeys((400, 401, 403, 404, 415), "check username, password and region")}


class ConnectClient(HttpClient):
    """An HttpClient that signs in, renews its token, and waits for pending responses.

    :param address: the options with the address of the API, for messages.
    :param secrets: the strings to remove from messages.
    :param auth_url: the address of the sign-in; not used with a given token.
    :param access_token: a token that the user requested, or ``None``.
    :param username: the API user, if there is no such token.
    :param password: its password.
    :param options: the keyword arguments of HttpClient.
    """

    def __init__(
        self,
        address: str,
        secrets: Secrets,
        *,
        auth_url: str = "",
        access_token: str | None = None,
        username: str = "",
        password: str = "",
        **options: Any,
    ) -> None:
        super().__init__("ESET", address, HINTS, secrets, **options)
        self._auth_url = auth_url
        self._access_token = access_token
        self._username = username
        self._password = password
        self._refresh_token = ""
        self._sign_in_error: ClientError | None = None
        self._renew_at = float("inf")
        self._signing_in = threading.Lock()

    def renew_token(self, rejected: str = "") -> str:
        """Return a token that is valid, and sign in if there is none.

        :param rejected: a token that the API did not accept.
        :raises ClientError: there is no valid token; this is fatal.
        """
        with self._signing_in:
            if self._sign_in_error:  # a second sign-in with wrong credentials may lock the account
                raise self._sign_in_error
            token = self._access_token
            if token is not None and token != rejected and not self._is_expiring():
                return token
            try:
                self._access_token = self._sign_in()
            except ClientError as error:
                if token is not None and token != rejected:
                    self._renew_at = float("inf")  # use it until the API rejects it
                    return token
                self._sign_in_error = error
                raise
            return self._access_token

    def accepts_no_token(self, rejected: str) -> bool:
        """Return whether the API rejected a token although it is the newest one and has not expired."""
        return rejected == self._access_token and not self._is_expiring()

    def _is_expiring(self) -> bool:
        return self.policy.clock.monotonic() >= self._renew_at

    def _hint(self, call: Call, response: Response, content: bytes) -> str | None:
        """Return a hint for a response that is not a success."""
        page = response.status_code < 500 and is_page(response.headers.get("Content-Type", ""), content)
        hint = super()._hint(call, response, content)
        if "request-id" in response.headers or not (page or response.status_code in (400, 403)):
            return hint
        gateway = GATEWAY_HINTS["any" if call.safe else "close"]
        # Only the incident API promises a request-id. The responses to a sign-in may lack it.
        return f"{hint}; {gateway}" if call.urgent and hint else gateway

    def _explain_page(self, call: Call) -> str:
        """Return an error for an HTML page in place of a response of ESET, with a hint."""
        if call.safe:
            return super()._explain_page(call)
        return CLOSE_PAGE_HINT.format(product=self.product, address=self._address)

    def _exchange(self, call: Call) -> Answer:
        answer = self._send(call)
        if answer.status == 202:
            return self._await(call, answer)
        return answer

    def _send(self, call: Call) -> Answer:
        """Send a call once, and again with a new token if its token has expired, because a 401 was not executed."""
        if call.credential:
            return super()._exchange(call)
        bearer = Bearer(self)
        tries = 0
        while True:
            try:
                return super()._exchange(call._replace(credential=bearer))
            except RejectedError as error:
                if error.status != 401:
                    raise
                final = self.accepts_no_token(bearer.token) or not self.policy.allows_new_token(tries)
                if bearer.rejected and final:
                    raise RejectedError(
                        f"{error}; the token that was just issued is not accepted: check region and api_url",
                        reason="sign_in",
                        fatal=True,
                        status=401,
                    ) from None
            bearer.rejected = bearer.token
            tries += 1

    def _explain_refusal(self, call: Call, response: Response, content: bytes) -> ClientError:
        """Return the error for a response that is not a success. Not every refusal of a poll is one of its call."""
        error = super()._explain_refusal(call, response, content)
        if "response-id" not in call.headers or not isinstance(error, RejectedError) or error.status == 401:
            return error
        # A gateway rejects only the poll, and ESET may still execute the call. The same is true of these statuses.
        if "request-id" in response.headers and error.status not in NOT_OF_CALL:
            return error
        lost = self.describe(call.what, "its response was pending and is lost")
        kind = OutcomeUnknownError if call.safe else StillPendingError
        return kind(lost if error.status == 404 else str(error), status=error.status)

    def _await(self, call: Call, answer: Answer) -> Answer:
        """Send the same call with the ``response-id`` of a 202 until its response comes ("How the API works").

        :raises StillPendingError: the response did not come, and the server may still execute the call.
        :raises OutcomeUnknownError: the response was lost.
        """
        response_id = answer.headers.get("response-id")
        if not response_id:
            raise StillPendingError(self.describe(call.what, "HTTP 202 without a response-id"))
        poll = call._replace(headers={**call.headers, "response-id": response_id})
        polling = Polling(self.policy)
        while answer.status == 202:
            try:
                if not polling.wait():
                    raise StillPendingError(
                        self.describe(call.what, f"still pending after {PENDING_SECONDS // 60} minutes")
                    )
                answer = self._send(poll)
                polling.succeed()
            except StillPendingError:
                raise
            except (NotExecutedError, OutcomeUnknownError) as error:
                # ESET has lost the response to a safe call, or has given up the call.
                if isinstance(error, OutcomeUnknownError) and error.status in (404, 504):
                    raise
                if not polling.allows(error):
                    raise StillPendingError(str(error)) from None
            except RejectedError as error:
                if error.status == 401:
                    raise StillPendingError(str(error)) from None
                raise
        return answer

    def _sign_in(self) -> str:
        if not self._password:
            raise NotExecutedError(
                "access_token was not accepted: it is wrong, expired or of another region; "
                "give a new one, or username and password instead",
                reason="sign_in",
                fatal=True,
                status=401,
            )
        if self._refresh_token:
            try:
                return self._issue({"grant_type": "refresh_token", "refresh_token": self._refresh_token})
            except RejectedError:
                pass  # the session has ended, so sign in again
        try:
            return self._issue({"grant_type": "password", "username": self._username, "password": self._password})
        except RejectedError as error:
            raise NotExecutedError(str(error), reason="sign_in", fatal=True, status=error.status) from None

    def _issue(self, grant: Mapping[str, str]) -> str:
        """Return a new token ("/oauth/token").

        :raises RejectedError: ESET rejected the grant.
        :raises NotExecutedError: there is no token for another reason; this is fatal.
        """
        call = Call(
            "POST",
            self._auth_url + "/oauth/token",
            f"signing in as {self._username}",
            safe=True,
            accepts=lambda data: isinstance(data, dict) and _is_token(data.get("access_token")),
            credential=Credential(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode(grant).encode(),
            hints=SIGN_IN_HINTS,
            urgent=True,
        )
        started = self.policy.clock.monotonic()
        try:
            data = self.request(call).data
        except (DeadlineReachedError, RejectedError):
            raise
        except ClientError as error:
            raise NotExecutedError(str(error), reason=error.reason, fatal=True, status=error.status) from None
        token: str = data["access_token"]
        self.secrets.add(token)
        lifetime = _read_lifetime(data.get("expires_in"))
        self._renew_at = started + lifetime - min(MAX_EARLY_SECONDS, lifetime / 2)
        refresh_token = data.get("refresh_token")
        if _is_token(refresh_token):
            self.secrets.add(refresh_token)
            self._refresh_token = refresh_token
        return token


class Bearer(Credential):
    """The token of one call, which renews itself while the call waits for its turn.

    :param client: the client that has the tokens.
    :ivar token: the token of the call.
    :ivar rejected: a token that the API did not accept.
    """

    def __init__(self, client: ConnectClient) -> None:
        self.token = ""
        self.rejected = ""
        self._client = client

    def prepare(self) -> bool:
        """Take a valid token, and return whether it differs from the last one."""
        before, self.token = self.token, self._client.renew_token(self.rejected)
        return self.token != before

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value.strip())


def _read_lifetime(expires_in: Any) -> float:
    """Return the lifetime of a token in seconds. An invalid value counts as the usual lifetime."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return USUAL_LIFETIME
    return seconds if not isinstance(expires_in, bool) and 1 <= seconds < float("inf") else USUAL_LIFETIME
