# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and its credential. This file is private to the collection and may change in any release."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import Reason

if TYPE_CHECKING:
    from requests import PreparedRequest


class Credential:
    """The credential of a request. This one adds nothing, and keeps requests from reading ``.netrc``."""

    def prepare(self) -> bool:
        """Make the credential valid before a request, and return whether it was renewed."""
        return False

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        return request


class HeaderCredential(Credential):
    """A key or a token that stays the same for the whole task.

    :param header: the name of the request header.
    :param secret: its value.
    """

    def __init__(self, header: str, secret: str) -> None:
        self._header = header
        self._secret = secret

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers[self._header] = self._secret
        return request


class Call(NamedTuple):
    """One request, which may be sent several times.

    :param what: the request in words, for messages ("closing incident 7").
    :param safe: it changes nothing, or nothing if repeated, so it may always be sent again.
    :param accepts: returns whether JSON is a response to this call; any other 2xx response is unreadable.
    :param credential: its credential; ``None`` for the client's own credential.
    :param content: the body; its type is in ``headers``.
    :param hints: hints by HTTP status that differ from other calls.
    :param reasons: reasons by HTTP status that differ from other calls.
    :param fatal: further HTTP statuses after which no other request of this task can succeed.
    :param urgent: other calls wait for it, so it must not wait behind them.
    """

    method: str
    url: str
    what: str
    safe: bool
    accepts: Callable[[Any], bool]
    credential: Credential | None = None
    headers: Mapping[str, str] = {}
    params: Mapping[str, Any] = {}
    content: bytes | None = None
    hints: Mapping[int, str] | None = None
    reasons: Mapping[int, Reason] = {}
    fatal: tuple[int, ...] = ()
    urgent: bool = False

    def with_json(self, body: Any) -> Call:
        """Return the call with a body of JSON."""
        return self._replace(content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


class Answer(NamedTuple):
    """A 2xx response: its status, its headers (case-insensitive), and its JSON (``None`` with a 202)."""

    status: int
    headers: Mapping[str, str]
    data: Any


class Body(io.BytesIO):
    """A body that records whether sending has begun. Before that, the server cannot have the request."""

    sending = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.sending = True
        return super().read(size)
