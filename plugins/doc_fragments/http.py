# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How requests are made, the same for both products."""

    DOCUMENTATION = r"""
options:
  timeout:
    description:
      - Number of seconds to wait for one response, V(1) to V(3600).
    type: int
    default: 75
  deadline:
    description:
      - Number of seconds that the whole task may take. V(0) sets no limit.
      - The task reports what it did not do by then.
    type: int
    default: 0
  retries:
    description:
      - Number of retries for requests that were rate limited or failed temporarily, V(0) to V(100).
      - A close request that may have taken effect is never sent again before the state of the incident is read.
    type: int
    default: 5
requirements:
  - Python 3.9 or newer on the host that runs the module
  - requests
notes:
  - A plain C(http) address is refused unless its host is this machine. Redirects are not followed.
    Credentials are not read from C(.netrc), and cookies are not kept.
  - The module uses the proxy variables of the environment (E(HTTPS_PROXY), E(HTTP_PROXY), E(ALL_PROXY), E(NO_PROXY), also in lower case).
    Percent-encode special characters in the password of a proxy. A SOCKS proxy needs the Python library PySocks.
  - An empty environment variable counts as unset. An option of the task beats the environment.
"""
