# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make requests with the library requests: pacing, waiting, retries, and errors.

This file is private to the collection and may change in any release.

``_errors.py`` defines the kinds of failure. This client repeats a request that was not executed. It repeats a request
with an unknown outcome only if it is safe (it changes nothing); otherwise, the error goes up to the caller.

It does not use the retries of urllib3, because every retry has to wait for the pacing that all threads share, meet the
deadline of the task, and never repeat a close request after its body has left this host.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    NotExecutedError,
    OutcomeUnknownError,
    Reason,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Answer, Body, Call, Credential
from ansible_collections.secops.incident_closure.plugins.module_utils._http_failures import (
    find_failure,
    is_page,
    read_retry_after,
    read_server_words,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._json import read_json
from ansible_collections.secops.incident_closure.plugins.module_utils._pacer import Pacer
from ansible_collections.secops.incident_closure.plugins.module_utils._proxies import find_fault, find_proxy
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import Clock, RetryPolicy
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
except (ImportError, OSError):  # some versions of requests open SSLKEYLOGFILE during their import
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

MAX_CONNECTIONS = 100
CONNECT_SECONDS = 10  # time for three SYNs
MAX_ANSWER_BYTES = 100_000_000  # a hundred times the size of a page of a thousand incidents
REASONS: Mapping[int, Reason] = {401: "sign_in", 407: "connection"}
PAGE_HINT = "an HTML page in place of a response of {product}: check {address}, and the proxy or firewall that sent it"


class HttpClient:
    """Makes calls on one session with persistent connections, to any host, from any number of threads.

    :param product: the name of the API in messages.
    :param address: the options with the address of the API, for messages.
    :param hints: hints by HTTP status.
    :param secrets: the strings to remove from messages.
    :param timeout: seconds that one response may take.
    :param deadline: seconds that all calls together may take; 0 for no limit.
    :param retries: retries of a call.
    :param rate_limit: calls started in any one second; 0 for no pacing.
    :param verify: as in requests: ``True``, ``False``, or the path of a CA bundle.
    :param clock: the module ``time``, or a replacement.
    :param jitter: returns a number between its two arguments.
    :ivar policy: the policy of retries.
    """

    def __init__(
        self,
        product: str,
        address: str,
        hints: Mapping[int, str],
        secrets: Secrets,
        *,
        timeout: float,
        deadline: float = 0,
        retries: int = 5,
        rate_limit: int = 0,
        verify: bool | str = True,
        clock: Clock = time,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.product = product
        self.secrets = secrets
        self.policy = RetryPolicy(retries, deadline, clock=clock, jitter=jitter)
        self._address = address
        self._hints = hints
        self._timeout = timeout
        self._verify = verify
        self._pacer = Pacer(rate_limit, clock)
        self._reached: set[str] = set()
        self._checked: set[str] = set()
        self._session = requests.Session()
        self._session.cookies.set_policy(
            DefaultCookiePolicy(allowed_domains=[])
        )  # no state between requests or threads
        # Otherwise, requests would read the body of a redirect, of any size, and parse the address in it.
        self._session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
        adapter = HTTPAdapter(pool_maxsize=MAX_CONNECTIONS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        if verify is False:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def request(self, call: Call) -> Answer:
        """Make a call, and repeat it if that is safe and may help.

        :raises ClientError: the last attempt has failed.
        """
        tries = 0
        while True:
            try:
                return self._exchange(call)
            except ClientError as error:
                if not self.policy.allows(error, tries, safe=call.safe):
                    raise
                self.policy.wait_before_retry(error, tries)
                tries += 1

    def request_or_stop(self, call: Call) -> Answer:
        """Make a safe call, and end the task if an HTML page comes in place of its response.

        :raises ClientError: the last attempt has failed. An HTML page is fatal.
        """
        try:
            return self.request(call)
        except OutcomeUnknownError as error:
            if error.persistent:
                raise NotExecutedError(str(error), reason=error.reason, fatal=True, status=error.status) from None
            raise

    def describe(self, what: str, said: str) -> str:
        """Return the message of a failure.

        :param what: the request in words.
        :param said: the failure.
        """
        return f"{what}: {self.product}: {said}"

    def _exchange(self, call: Call) -> Answer:
        """Send a call once and return its 2xx response.

        :raises ClientError: there is no response, or it is another one.
        """
        credential = call.credential or Credential()
        started = self._pacer.wait_turn(self.policy.until, urgent=call.urgent, prepare=credential.prepare)
        seconds = min(self._timeout, self.policy.until - started)
        self._check_proxy(call)
        body = None if call.content is None else Body(call.content)
        try:
            with self._session.request(
                call.method, call.url, params=call.params, data=body, headers=call.headers, auth=credential,
                timeout=(min(seconds, CONNECT_SECONDS), seconds), verify=self._verify,
                allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                self._reached.add(urlsplit(call.url).netloc)
                if response.status_code < 200:
                    response.raw.close()  # the final response must not become the response to the next call
                    raise self._explain_interim(call, response)
                content = self._read(response, started + seconds)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._explain_failure(call, error, sent=body is not None and body.sending) from None
        if response.status_code == 429:
            wait = read_retry_after(response)
            self._pacer.slow_down(started, wait)
            message = self._explain(call, response, content)
            raise NotExecutedError(message, reason="rate_limited", status=429, retry_after=wait)
        if response.status_code == 202:
            return Answer(202, response.headers, None)
        if response.status_code < 300:
            return Answer(response.status_code, response.headers, self._read_json(call, response, content))
        raise self._explain_refusal(call, response, content)

    def _check_proxy(self, call: Call) -> None:
        """Check the proxy of a call before the first request to its host.

        :raises NotExecutedError: the setting of the proxy is wrong; this is fatal.
        """
        place = urlsplit(call.url).netloc
        if place in self._checked:
            return
        proxy = find_proxy(call.url)
        if proxy and (fault := find_fault(proxy[0])):
            raise NotExecutedError(
                self._message(call, f"the proxy setting in {proxy[1]} is wrong: {fault}"), fatal=True
            )
        self._checked.add(place)

    def _read(self, response: requests.Response, until: float) -> bytes:
        """Return the body within the total time and size. requests limits only the wait for each piece."""
        # From urllib3 2.2 on, read the pieces as they arrive; before, only full chunks.
        read = getattr(response.raw, "read1", response.raw.read)
        pieces, size = [], 0
        while piece := read(65536, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if self.policy.clock.monotonic() > until:
                raise requests.exceptions.ReadTimeout()
            if size > MAX_ANSWER_BYTES:
                break  # a truncated body is unreadable
        return b"".join(pieces)

    def _read_json(self, call: Call, response: requests.Response, content: bytes) -> Any:
        try:
            data = read_json(content)
            if call.accepts(data):
                return data
        except ValueError:
            pass
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        page = is_page(kind, content)
        if page:
            said = f"HTTP {response.status_code} with {self._explain_page(call)}"
        else:
            kind = kind if re.fullmatch(r"[\w.+/-]{1,60}", kind) else "of no known type"
            said = f"the response cannot be read (HTTP {response.status_code}, {kind}, {len(content)} bytes)"
        raise OutcomeUnknownError(
            self._message(call, said, response), reason="unreadable", status=response.status_code, persistent=page
        )

    def _explain_interim(self, call: Call, response: requests.Response) -> ClientError:
        """Return the error for a 1xx, which announces a response that http.client does not wait for."""
        message = self._message(call, f"HTTP {response.status_code}, which is not a final response", response)
        if call.safe:
            return OutcomeUnknownError(message, status=response.status_code)
        return StillPendingError(message, status=response.status_code)

    def _explain_refusal(self, call: Call, response: requests.Response, content: bytes) -> ClientError:
        """Return the error for a response other than 2xx and 429 (RFC 9110, section 15)."""
        status = response.status_code
        message = self._explain(call, response, content)
        if status in (501, 505):  # the server does not support the request, now or later
            return RejectedError(message, status=status)
        if status >= 500 or status == 408:  # a timeout on the way
            wait = read_retry_after(response)
            return OutcomeUnknownError(message, reason="server_error", status=status, retry_after=wait)
        if status < 400:  # 3xx: the server did not execute the request
            return NotExecutedError(
                f"{message}; redirects are not followed, so that no credential travels to another address: "
                f"give the API's own address in {self._address}",
                fatal=True,
                status=status,
            )
        reason = call.reasons.get(status, REASONS.get(status, "rejected"))
        return RejectedError(message, reason=reason, fatal=status in (401, 407, *call.fatal), status=status)

    def _explain(self, call: Call, response: requests.Response, content: bytes) -> str:
        said = f"HTTP {response.status_code}"
        words = self.secrets.show(read_server_words(content))
        if words:
            said += f", {words}"
        hint = self._hint(call, response, content)
        return self._message(call, f"{said}; {hint}" if hint else said, response)

    def _hint(self, call: Call, response: requests.Response, content: bytes) -> str | None:
        """Return a hint for a response that is not a success."""
        status = response.status_code
        if status < 500 and status != 404 and is_page(response.headers.get("Content-Type", ""), content):
            return self._explain_page(call)
        return (call.hints or self._hints).get(status)

    def _explain_page(self, call: Call) -> str:
        """Return an error for an HTML page in place of a response of the API, with a hint."""
        return PAGE_HINT.format(product=self.product, address=self._address)

    def _message(self, call: Call, said: str, response: requests.Response | None = None) -> str:
        number = self.secrets.redact(response.headers.get("request-id", "")) if response is not None else ""
        support = f" (request-id {number})" if re.fullmatch(r"[\w-]{1,64}", number) else ""
        return self.describe(call.what, said + support)

    def _explain_failure(self, call: Call, error: Exception, *, sent: bool) -> ClientError:
        """Return the error for an exchange without a response.

        Before the first response of a host, a failed connection means a wrong setting; later, it is temporary.
        """
        host = urlsplit(call.url).hostname
        proxy = find_proxy(call.url)
        failure = find_failure(error, host, proxy and proxy[1])
        message = self._message(call, failure.words.replace("{address}", self._address))
        if failure.connection != "lost" and not sent:
            first = urlsplit(call.url).netloc not in self._reached
            return NotExecutedError(message, fatal=failure.connection == "impossible" or first)
        return OutcomeUnknownError(message) if sent or call.content is None else NotExecutedError(message)
