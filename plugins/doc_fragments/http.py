# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of requests, the same for both products."""

    DOCUMENTATION = r"""
options:
  timeout:
    description:
      - Limits the number of seconds to wait for one response, V(1) to V(3600).
    type: int
    default: 75
  deadline:
    description:
      - Limits the number of seconds that the whole task may take.
      - V(0) sets no limit.
    type: int
    default: 0
  retries:
    description:
      - Sets the number of retries for requests that were rate limited or failed temporarily, V(0) to V(100).
    type: int
    default: 5
requirements:
  - Python 3.9 or newer
  - requests
notes:
  - You cannot use a plain C(http) address unless its host is the local host.
    The plugin does not follow redirects, does not read C(.netrc), and does not keep cookies.
  - You can set a proxy in the environment (E(HTTPS_PROXY), E(HTTP_PROXY), E(ALL_PROXY), E(NO_PROXY), also in lower case).
    Percent-encode special characters in the password of a proxy.
    A SOCKS proxy needs the Python library PySocks.
  - An empty environment variable counts as unset.
    An option that you set beats the environment.
"""
