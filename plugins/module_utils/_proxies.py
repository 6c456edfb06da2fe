# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the proxy of a request, and problems with its setting. This file is private to the collection and may change in any release.

requests and urllib3 quote the whole setting in their errors, and some wrong settings make them connect to a wrong host.
Messages contain no part of a setting, because it may contain a password.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

try:
    from requests import exceptions
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy
    from urllib3.exceptions import HTTPError
except (ImportError, OSError):
    pass  # _http_client.HAS_REQUESTS is False then

SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
PROXY_HINTS = {
    "whitespace": "remove the whitespace or line break from it",
    "userinfo": "percent-encode special characters such as # in its user name and password",
    "scheme": "it must begin with http://, https://, or socks5h://",
    "port": "its port must be a number from 1 to 65535",
    "host": "it must contain the name or address of a host",
    "form": "it must look like http://proxy.example.com:3128",
    "library": "a SOCKS proxy needs the Python library PySocks on the host that runs the module",
    "latin": "its user name and password must consist of Latin-1 characters",
}


def find_proxy(url: str) -> tuple[str, str] | None:
    """Return the setting of the proxy that requests uses for a URL, and the environment variable that contains it.

    :param url: the URL of a request.
    :returns: ``None`` if the request uses no proxy, for example because of ``NO_PROXY``.
    """
    setting = select_proxy(url, get_environ_proxies(url))
    if not setting:
        return None
    for kind in (urlsplit(url).scheme, "all"):
        names = [name for name in os.environ if name.lower() == f"{kind}_proxy" and os.environ[name] == setting]
        if names:
            return setting, min(names, key=lambda name: not name.islower())  # the name in lower case takes precedence
    return setting, "the proxy settings of the system"


def find_fault(setting: str) -> str | None:
    """Return a hint for the setting of a proxy, or ``None`` if a request can use it.

    :param setting: the value of an environment variable such as ``HTTPS_PROXY``.
    """
    scheme, separator, rest = setting.partition("://")
    if not separator:  # requests treats it as an HTTP proxy
        scheme, rest = "http", setting.removeprefix("//")
    userinfo, dummy_at, place = rest.rpartition("@")
    if setting != setting.strip() or not setting.isprintable() or any(char.isspace() for char in place):
        return PROXY_HINTS["whitespace"]
    if set(userinfo) & set("#?/\\[]"):
        return PROXY_HINTS["userinfo"]
    if scheme.lower() not in SCHEMES:
        return PROXY_HINTS["scheme"]
    if set(place.rstrip("/")) & set("#?/\\"):
        return PROXY_HINTS["form"]
    try:
        parts = urlsplit("//" + place)
        host = (parts.hostname or "").encode("idna")  # an empty or long label raises a UnicodeError
    except ValueError:
        return PROXY_HINTS["host"]
    try:
        if parts.port == 0:
            return PROXY_HINTS["port"]
    except ValueError:
        return PROXY_HINTS["port"]
    return _ask_requests(setting) if host else PROXY_HINTS["host"]


def _ask_requests(setting: str) -> str | None:
    """Return a hint for a setting that requests rejects."""
    try:
        HTTPAdapter().proxy_manager_for(prepend_scheme_if_needed(setting, "http"))
    except exceptions.InvalidSchema:
        return PROXY_HINTS["library"]
    except UnicodeError:
        return PROXY_HINTS["latin"]
    except (HTTPError, exceptions.RequestException, ValueError, TypeError):
        return PROXY_HINTS["form"]
    return None
