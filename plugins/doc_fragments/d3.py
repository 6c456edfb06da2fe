# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The connection to D3, as ``_d3_options.py`` reads it."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - Sets the address of the D3 site, such as V(https://soar.example.com/MainApp/VSOC).
      - The plugin removes a trailing C(/), C(/api), or C(/api/Command).
      - If you do not set it, the environment variable E(D3_URL) applies.
    type: str
    required: true
  api_key:
    description:
      - Sets the key of the command C(CloseIncidentInBulk).
      - If you set neither O(api_key) nor O(jwt), the environment variable E(D3_API_KEY) applies.
      - To close incidents, you need exactly one of O(api_key) and O(jwt).
    type: str
  jwt:
    description:
      - Sets the JSON web token for C(CloseIncidentInBulk).
      - It must contain exactly O(username) and O(site).
      - If you set neither O(api_key) nor O(jwt), the environment variable E(D3_JWT) applies.
    type: str
  lookup_api_key:
    description:
      - Sets the key of the command that reads incidents (O(lookup_command)), because D3 generates a key for each command.
      - With neither O(lookup_api_key) nor O(lookup_jwt), the plugin sends O(api_key) or O(jwt).
      - If you set neither O(lookup_api_key) nor O(lookup_jwt), the environment variable E(D3_LOOKUP_API_KEY) applies.
    type: str
  lookup_jwt:
    description:
      - Sets the JSON web token for the command that reads incidents (O(lookup_command)).
      - If you set neither O(lookup_api_key) nor O(lookup_jwt), the environment variable E(D3_LOOKUP_JWT) applies.
    type: str
  lookup_command:
    description:
      - Names the command that reads incidents on your site.
      - The default is C(GetIncidents), or C(GetIncidentsWithNewParameters) if D3 responds to that with 404.
      - If you do not set it, the environment variable E(D3_LOOKUP_COMMAND) applies.
    type: str
  auth_header:
    description:
      - Names the request header that contains the key or token.
      - The default is C(d3key) for a key and C(d3jwt) for a token.
      - If you do not set it, the environment variable E(D3_AUTH_HEADER) applies.
    type: str
  username:
    description:
      - Names the D3 account that runs the command.
      - If you do not set it, the environment variable E(D3_USERNAME) applies.
    type: str
    required: true
  site:
    description:
      - Names the D3 site on which the command runs.
      - If you do not set it, the environment variable E(D3_SITE) applies.
    type: str
    required: true
  rate_limit:
    description:
      - Limits the number of requests that this task starts in any one second, up to V(1000).
      - V(0) turns pacing off.
      - D3 allows 50.
    type: int
    default: 50
  validate_certs:
    description:
      - Verifies the certificate of the server.
      - V(false) also overrides O(ca_path) and a bundle in the environment.
      - If you do not set it, the environment variable E(D3_VALIDATE_CERTS) applies.
    type: bool
    default: true
  ca_path:
    description:
      - Sets the CA bundle, a file or a directory, that verifies the certificate of the server.
      - If you do not set it, the environment variable E(D3_CA_PATH) applies, and then E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE).
    type: path
"""

    # Inventory plugins take the same options. Ansible reads their environment variables from here.
    PLUGIN = r"""
options:
  url:
    env:
      - name: D3_URL
  api_key:
    env:
      - name: D3_API_KEY
  jwt:
    env:
      - name: D3_JWT
  lookup_api_key:
    env:
      - name: D3_LOOKUP_API_KEY
  lookup_jwt:
    env:
      - name: D3_LOOKUP_JWT
  lookup_command:
    env:
      - name: D3_LOOKUP_COMMAND
  auth_header:
    env:
      - name: D3_AUTH_HEADER
  username:
    env:
      - name: D3_USERNAME
  site:
    env:
      - name: D3_SITE
  validate_certs:
    env:
      - name: D3_VALIDATE_CERTS
  ca_path:
    env:
      - name: D3_CA_PATH
"""
