# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one request is made on requests: pacing, waiting, retrying, and what its failure means.

This file is private to the collection and may change in any release.

``_errors.py`` has the kinds of failure. A request that was not executed is sent again here. A request with an unknown
outcome is sent again here only if it is safe (it changes nothing); otherwise the error goes up to the caller.

The retry loop is not urllib3's, because every further try has to wait for the pacing that all threads
share, keep to the deadline of the task, and never repeat a closing whose body has left this machine.
"""

from __future__ import annotations

import io
import json
import random
import re
import socket
import ssl
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    ClientError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._pacer import Pacer
from ansible_collections.secops.incident_closure.plugins.module_utils._proxies import (
    PROXY_HINTS,
    find_fault,
    find_proxy,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._tls import explain_certificate

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry
except (ImportError, OSError):  # some versions of requests open SSLKEYLOGFILE when they are imported
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

MAX_CONNECTIONS = 64
CONNECT_SECONDS = 10  # enough for three SYNs
MAX_BACKOFF_SECONDS = 30
MAX_RETRY_AFTER_SECONDS = 60  # a server that asks for more is asked again earlier, and then given up
MAX_SERVER_WORDS = 300
MAX_ANSWER_BYTES = 100_000_000  # a page of a thousand incidents is a hundredth of it
PAGE_HINTS = {
    "any": "an HTML page in place of a response of {product}: check {address}, and the proxy or firewall that sent it",
    "close": "an HTML page in place of a response of {product}, such as of a web application firewall: "
    "use plain words in final_comment, and check {address} and your proxy",
}


class Call(NamedTuple):
    """One request, as often as it may have to be sent.

    :param what: the request in words, for messages ("closing incident 7").
    :param safe: it changes nothing, or nothing when repeated: it may be sent again whatever became of it.
    :param accepts: tells whether some JSON is what the API answers to this call; a 2xx answer that is not is unreadable.
    :param content: the body; its type stands in C(headers).
    :param auth: puts the credentials on a prepared request. Where there are none it still has to be a function,
        or requests would look for some in C(.netrc).
    :param hints: what to change, by HTTP status, where it is not what it is for other calls.
    :param urgent: other calls wait for it, so that it must not wait behind them.
    """

    method: str
    url: str
    what: str
    safe: bool
    accepts: Any
    auth: Any = None
    headers: dict | None = None
    params: dict | None = None
    content: bytes | None = None
    hints: dict | None = None
    urgent: bool = False

    @classmethod
    def of_json(cls, method, url, what, safe, accepts, body, auth=None) -> Call:
        """Return the call that sends C(body) as JSON."""
        content = json.dumps(body).encode()
        return cls(method, url, what, safe, accepts, auth, {"Content-Type": "application/json"}, content=content)


class Answer(NamedTuple):
    """A 2xx answer: its status, its headers (case-insensitive) and its JSON (None with a 202)."""

    status: int
    headers: Any
    data: Any


class _Body(io.BytesIO):
    """A body that tells whether sending it has begun; until then the server cannot have the request."""

    sending = False

    def read(self, *args):
        self.sending = True
        return super().read(*args)


class HttpClient:
    """Makes calls on one session with kept connections, from as many threads as need be.

    :param product: the API's name in messages.
    :param address: the options that say where the API is, for messages.
    :param hints: what to change, by HTTP status.
    :param secrets: whatever is to be kept out of messages.
    :param timeout: seconds that one answer may take.
    :param deadline: seconds that all calls together may take; 0 for no bound.
    :param retries: further tries of a call.
    :param rate_limit: calls started in any one second; 0 for no pacing.
    :param verify: as in requests: True, False or the path of a CA bundle.
    :param clock: what has C(monotonic()) and C(sleep(seconds)).
    :param jitter: returns a number between its two arguments.
    """

    def __init__(self, product, address, hints, secrets, *, timeout, deadline=0, retries=5, rate_limit=0, verify=True,
                 clock=time, jitter=random.uniform):  # fmt: skip
        self.product = product
        self.secrets = secrets
        self._address = address
        self._hints = hints
        self._timeout = timeout
        self._retries = retries
        self._verify = verify
        self._clock = clock
        self._jitter = jitter
        self._until = clock.monotonic() + deadline if deadline else float("inf")
        self._pacer = Pacer(rate_limit, clock)
        self._reached: set[str] = set()
        self._checked: set[str] = set()
        self._session = requests.Session()
        self._session.cookies.set_policy(
            DefaultCookiePolicy(allowed_domains=[])
        )  # no state between requests or threads
        adapter = HTTPAdapter(pool_maxsize=MAX_CONNECTIONS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        if verify is False:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def request(self, call: Call) -> Answer:
        """Make a call, and make it again where that is safe and may help.

        :raises ClientError: one of its three kinds, when the last try has failed.
        """
        tries = 0
        while True:
            try:
                return self._exchange(call)
            except (NotExecutedError, OutcomeUnknownError) as error:
                again = isinstance(error, NotExecutedError) or (call.safe and not isinstance(error, StillPendingError))
                if error.fatal or not again or not error.allows_retry(tries, self._retries):
                    raise
                if error.status == 429:  # limits are by the second, and other jobs of the account wait for them too
                    self.back_off(tries + 2, max(error.retry_after, 1))
                else:
                    self.back_off(tries, error.retry_after)
                tries += 1

    def back_off(self, tries: int, at_least: float = 0) -> None:
        """Wait before a further try: C(at_least) seconds and, so that many jobs do not return together, a random time.

        :raises DeadlineReachedError: the wait would outlast the task.
        """
        self.wait(at_least + self._jitter(0, min(2**tries, MAX_BACKOFF_SECONDS)))

    def wait(self, seconds: float) -> None:
        """Wait.

        :raises DeadlineReachedError: the wait would outlast the task.
        """
        if self._clock.monotonic() + seconds >= self._until:
            raise DeadlineReachedError()
        self._clock.sleep(seconds)

    def _exchange(self, call: Call) -> Answer:
        """Send a call once and return a 2xx answer; anything else is raised as a ClientError."""
        started = self._pacer.wait_turn(self._until, call.urgent)
        seconds = min(self._timeout, self._until - started)
        self._check_proxy(call)
        body = None if call.content is None else _Body(call.content)
        try:
            with self._session.request(
                call.method, call.url, params=call.params, data=body, headers=call.headers, auth=call.auth,
                timeout=(min(seconds, CONNECT_SECONDS), seconds), verify=self._verify,
                allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                self._reached.add(urlsplit(call.url).netloc)
                content = self._read(response, started + seconds)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            sent = body is not None and body.sending
            raise self._broken(call, error, sent) from None
        if response.status_code == 429:
            wait = _retry_after(response)
            self._pacer.slow_down(started, wait)
            raise NotExecutedError(self._explain(call, response, content), status=429, retry_after=wait)
        if response.status_code == 202:
            return Answer(202, response.headers, None)
        if response.status_code < 300:
            return Answer(response.status_code, response.headers, self._json(call, response, content))
        raise self._no(call, response, content)

    def _check_proxy(self, call: Call) -> None:
        """Check the proxy of a call before the first request to its host.

        :raises NotExecutedError: the setting of the proxy is wrong, which is fatal.
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

    def _read(self, response, until: float) -> bytes:
        """Return the body. requests bounds the wait for each piece of it; this bounds the sum, and the size."""
        # As the pieces come, where urllib3 can do that (from 2.2 on), and else when there are many.
        read = getattr(response.raw, "read1", response.raw.read)
        pieces, size = [], 0
        while piece := read(65536, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if self._clock.monotonic() > until:
                raise requests.exceptions.ReadTimeout()
            if size > MAX_ANSWER_BYTES:
                break  # what is cut off is unreadable
        return b"".join(pieces)

    def _json(self, call: Call, response, content: bytes):
        try:
            data = json.loads(content)
            if call.accepts(data):
                return data
        except (ValueError, RecursionError):
            pass
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if is_page(kind, content):
            raise OutcomeUnknownError(
                self._message(call, f"HTTP {response.status_code} with {self._explain_page(call)}", response),
                status=response.status_code,
                persistent=True,
            )
        kind = kind if re.fullmatch(r"[\w.+/-]{1,60}", kind) else "of no known type"
        said = f"the answer cannot be read (HTTP {response.status_code}, {kind}, {len(content)} bytes)"
        raise OutcomeUnknownError(self._message(call, said, response), status=response.status_code)

    def _no(self, call: Call, response, content: bytes) -> ClientError:
        """Return what an answer other than 2xx and 429 means (RFC 9110, section 15)."""
        status = response.status_code
        message = self._explain(call, response, content)
        if status in (501, 505):  # it does not know such a request, now or later
            return RejectedError(message, status=status)
        if status >= 500 or status == 408:  # a time-out on the way, whoever tells of it
            return OutcomeUnknownError(message, status=status, retry_after=_retry_after(response))
        if status < 400:  # 3xx: more has to be done before the request is fulfilled
            return NotExecutedError(
                f"{message}; redirects are not followed, so that no credential travels to another address: "
                f"give the API's own address in {self._address}",
                fatal=True,
                status=status,
            )
        return RejectedError(message, fatal=status in (401, 407), status=status)

    def _explain(self, call: Call, response, content: bytes) -> str:
        said = f"HTTP {response.status_code}"
        words = self.secrets.tell(_server_words(content))
        if words:
            said += f", {words[:MAX_SERVER_WORDS]}"
        hint = self._hint(call, response, content)
        return self._message(call, f"{said}; {hint}" if hint else said, response)

    def _hint(self, call: Call, response, content: bytes) -> str | None:
        """Return what to change after a response that is not a success."""
        status = response.status_code
        if status < 500 and status != 404 and is_page(response.headers.get("Content-Type", ""), content):
            return self._explain_page(call)
        return (call.hints or self._hints).get(status)

    def _explain_page(self, call: Call) -> str:
        """Return what an HTML page in place of a response of the API means, and what to change."""
        return PAGE_HINTS["any"].format(product=self.product, address=self._address)

    def _message(self, call: Call, said: str, response=None) -> str:
        number = response.headers.get("request-id", "") if response is not None else ""
        support = f" (request-id {number})" if re.fullmatch(r"[\w-]{1,64}", number) else ""
        return f"{call.what}: {self.product}: {said}{support}"

    def _broken(self, call: Call, error: Exception, sent: bool) -> ClientError:
        """Return what an exchange without an answer means.

        Before the first answer of a host, a connection that cannot be made is a wrong setting; after it, it is passing.
        """
        host = urlsplit(call.url).hostname
        proxy = find_proxy(call.url)
        reason, cannot_connect, hopeless = _why(error, host, proxy and proxy[1])
        message = self._message(call, reason.replace("{address}", self._address))
        if cannot_connect and not sent:
            return NotExecutedError(message, fatal=hopeless or urlsplit(call.url).netloc not in self._reached)
        return OutcomeUnknownError(message) if sent or call.content is None else NotExecutedError(message)


def _why(error: Exception, host: str | None, proxy: str | None) -> tuple[str, bool, bool]:
    """Return the reason in words, whether no connection came about, and whether trying again is no use.

    Only words chosen here and the texts of the TLS library and the system are used: what requests and urllib3
    say quotes addresses, and these may hold a proxy's password. ``{address}`` stands for the options with the address.

    :param proxy: the environment variable that contains the proxy of the request, if it uses one.
    """
    causes = list(_causes(error))

    def first(*kinds):
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    at_proxy = proxy and first(requests.exceptions.ProxyError)
    certificate = first(ssl.SSLCertVerificationError)
    if certificate:
        owner = f"the proxy in {proxy}" if at_proxy else host
        why, hint = explain_certificate(certificate)
        return f"the certificate of {owner} was not accepted ({why}): {hint}", True, True
    # With a proxy, the only connection is the one to the proxy.
    unreached = (socket.gaierror, requests.exceptions.ConnectTimeout, urllib3.exceptions.NewConnectionError)
    if at_proxy or (proxy and first(*unreached)):
        status = re.search(r"Tunnel connection failed: (\d{3})\b", " ".join(map(str, causes)))
        said = f" (HTTP {status[1]})" if status else ""
        return f"the proxy did not let the connection through{said}: correct {proxy} or NO_PROXY", True, False
    if first(socket.gaierror, urllib3.exceptions.LocationParseError, UnicodeError):
        return f"the name {host} cannot be resolved: correct {{address}}", True, False
    if first(requests.exceptions.SSLError, ssl.SSLError):
        return f"TLS with {host} failed: check that {{address}} is an https address, with its port", True, False
    if first(requests.exceptions.ConnectTimeout):
        return f"{host} did not respond: check {{address}} and your firewall", True, False
    if first(urllib3.exceptions.NewConnectionError):
        refused = first(ConnectionRefusedError)
        why = "refuses connections" if refused else "cannot be reached"
        return f"{host} {why}: correct {{address}}, or start what listens there", True, False
    if first(requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, socket.timeout):
        return "no answer in time", False, False
    if proxy and first(requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
        return f"the proxy setting in {proxy} is wrong: {PROXY_HINTS['form']}", True, True
    if first(requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader):
        return "the request cannot be made: correct {address} or the credential", True, True
    return "the connection broke before the answer was complete", False, False


def _causes(error: BaseException | None, depth: int = 0):
    """Yield an exception and what it wraps: requests keeps that in args, urllib3 in reason, Python in __cause__."""
    if isinstance(error, BaseException) and depth < 6:
        yield error
        for inner in (getattr(error, "reason", None), error.__cause__, error.__context__, *error.args):
            yield from _causes(inner, depth + 1)


def is_page(kind: str, content: bytes) -> bool:
    """Return whether a body is an HTML page, which no API call returns.

    :param kind: its media type.
    """
    return "html" in kind.lower() or content[:100].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _retry_after(response) -> float:
    """Return the seconds of a Retry-After header, a number or a date, at most MAX_RETRY_AFTER_SECONDS; 0 without one."""
    value = response.headers.get("Retry-After")
    if not value:
        return 0
    try:
        return min(max(Retry().parse_retry_after(value), 0), MAX_RETRY_AFTER_SECONDS)
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return 0


def _server_words(content: bytes):
    """Return what an error body says, secrets and all; None for a body that is not a JSON object."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    return next((data[key] for key in ("Error", "error_description", "error", "message") if data.get(key)), None)
