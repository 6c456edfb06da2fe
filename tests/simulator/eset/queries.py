# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers of all calls: segments of a path, queries, and pages of a list."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse

from ..messages import Refusal

# One segment of a path: characters that need no encoding (no colon, no slash), or a percent sign and two digits.
SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})+")


def id_in(segment):
    """Return the id in a segment of a path as a tuple, which is empty without a valid id."""
    if not SEGMENT.fullmatch(segment) or segment in (".", ".."):
        return ()
    try:
        return (urllib.parse.unquote(segment, errors="strict"),)
    except UnicodeDecodeError:
        return ()


def pairs(text):
    """Return the pairs of a form or a query.

    :raises Refusal: it is not well formed.
    """
    try:
        return urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError:
        raise Refusal(400) from None


def fields(text, known):
    """Return a form or a query as a mapping.

    :param known: the names that it may contain, each once.
    :raises Refusal: it contains another name.
    """
    found = pairs(text)
    if len(dict(found)) != len(found) or not set(dict(found)) <= set(known):
        raise Refusal(400)
    return dict(found)


def page(items, key, query, selection):
    """Return a page of a list, and the token of the next page, which is empty on the last page.

    :param items: all items of the list.
    :param key: a function that returns the sort key of an item, a list of numbers.
    :param query: ``pageSize`` and ``pageToken`` of the request.
    :param selection: the selection as JSON data. A token is valid only for its selection.
    :raises Refusal: the size or the token is not valid.
    """
    size = query.get("pageSize") or "0"
    if not re.fullmatch(r"[0-9]{1,9}", size):
        raise Refusal(400)
    size = min(int(size) or 50, 1000)
    last = _last(query.get("pageToken", ""), selection)
    found = sorted((item for item in items if last is None or key(item) > last), key=key)
    token = ""
    if len(found) > size:
        token = base64.urlsafe_b64encode(json.dumps([key(found[size - 1]), selection]).encode()).decode()
    return found[:size], token


def _last(token, selection):
    """Return the sort key of the last item of the page before, or None for the first page."""
    if not token:
        return None
    try:
        last, given_for = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (ValueError, TypeError):
        raise Refusal(400) from None
    if given_for != selection or not isinstance(last, list) or not all(isinstance(number, int) for number in last):
        raise Refusal(400)
    return last


def without_empty(mapping):
    """Return a mapping without its empty fields, like the JSON of proto3."""
    return {name: value for name, value in mapping.items() if value}
