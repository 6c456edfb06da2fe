# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and what it is signed with. This file is private to the collection and may change in any release."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import Reason

if TYPE_CHECKING:
    from requests import PreparedRequest


class Credential:
    """What a request is signed with when it is sent. This one adds nothing, so that requests does not read ``.netrc``."""

    def prepare(self) -> bool:
        """Make the credential valid before a request is sent, and return whether it had to be renewed."""
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
    """One request, as often as it may have to be sent.

    :param what: the request in words, for messages ("closing incident 7").
    :param safe: it changes nothing, or nothing when repeated: it may be sent again whatever became of it.
    :param accepts: returns whether some JSON is a response to this call; a 2xx response that is not is unreadable.
    :param credential: what it is signed with; ``None`` for the client's own credential.
    :param content: the body; its type is in ``headers``.
    :param hints: what to change, by HTTP status, where it differs from other calls.
    :param reasons: reasons by HTTP status, where they differ from other calls.
    :param fatal: further HTTP statuses after which no other request of this task can work.
    :param urgent: other calls wait for it, so that it must not wait behind them.
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
    """A body that knows whether sending it has begun; until then the server cannot have the request."""

    sending = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.sending = True
        return super().read(size)
