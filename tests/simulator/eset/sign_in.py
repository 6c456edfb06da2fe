# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate signing in and tokens: "/oauth/token", "Refresh the token"."""

from __future__ import annotations

import secrets

from ..messages import Answer, Refusal
from .queries import fields

GRANTS = {"password": {"username", "password"}, "refresh_token": {"refresh_token"}}


def sign_in(eset, request):
    """ "/oauth/token"."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refusal(415)
    form = fields(request.body, ("grant_type", "username", "password", "refresh_token"))
    grant = form.pop("grant_type", "")
    if set(form) != GRANTS.get(grant):
        raise Refusal(400)
    if not all(form.values()):
        raise Refusal(400, "The credentials are empty.")
    if grant == "password":
        if eset.users.get(form["username"]) != form["password"]:
            raise Refusal(401, "The user name or the password is wrong.")
    elif form["refresh_token"] not in eset.refresh_tokens:
        raise Refusal(400, "The refresh token is invalid.")
    access_token, refresh_token = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    eset.tokens[access_token] = eset.clock.monotonic() + eset.token_lifetime
    eset.refresh_tokens.add(refresh_token)
    request.worked = True
    payload = {
        "access_token": access_token,
        "refresh_token": refresh_token,
        "token_type": "Bearer",
        "expires_in": eset.token_lifetime if eset.expires_in is True else eset.expires_in,
    }
    if eset.expires_in is None:
        del payload["expires_in"]
    return Answer(200, payload)


def authenticate(eset, request):
    """Check the bearer token of a request.

    :raises Refusal: the token is missing, unknown, or expired.
    """
    scheme, dummy, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(401)
    if token not in eset.tokens:
        raise Refusal(eset.expired_status)
    end = eset.tokens[token]
    if end is not None and eset.clock.monotonic() >= end:
        del eset.tokens[token]
        raise Refusal(eset.expired_status)
