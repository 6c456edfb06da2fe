# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The connection to ESET Connect, as ``_eset_options.py`` reads it."""

    DOCUMENTATION = r"""
options:
  region:
    description:
      - Selects the region of your ESET account, which determines the addresses of ESET Connect.
      - If you do not set it, the environment variable E(ESET_REGION) applies.
      - Required unless you set O(api_url), and O(auth_url) if you use a user name and a password.
    type: str
    choices: [eu, de, us, ca, jpn]
  api_url:
    description:
      - Sets the address of the API in place of that of O(region), for example to use a gateway.
      - If you do not set it, the environment variable E(ESET_API_URL) applies.
    type: str
  auth_url:
    description:
      - Sets the address of the sign-in in place of that of O(region).
      - If you do not set it, the environment variable E(ESET_AUTH_URL) applies.
    type: str
  device_url:
    description:
      - Sets the address of the device management in place of that of O(region).
      - The modules that close incidents do not use it.
      - If you do not set it, the environment variable E(ESET_DEVICE_URL) applies.
    type: str
  access_token:
    description:
      - Sets a token that you requested from ESET yourself, in place of O(username) and O(password).
      - If you set neither this nor O(username) nor O(password), the environment variable E(ESET_ACCESS_TOKEN) applies.
      - Required without O(username) and O(password).
    type: str
  username:
    description:
      - Names the API user that signs in once.
      - The plugin renews the token a minute before it expires.
      - If you set neither this nor O(access_token), the environment variable E(ESET_USERNAME) applies.
    type: str
  password:
    description:
      - Sets the password of the API user.
      - If you set neither this nor O(access_token), the environment variable E(ESET_PASSWORD) applies.
    type: str
  rate_limit:
    description:
      - Limits the number of requests that this task starts in any one second, up to V(1000).
      - V(0) turns pacing off.
      - ESET allows 10 to all jobs together that use the same credentials and account from the same address.
    type: int
    default: 10
  validate_certs:
    description:
      - Verifies the certificate of the server.
      - V(false) also overrides O(ca_path) and a bundle in the environment.
      - If you do not set it, the environment variable E(ESET_VALIDATE_CERTS) applies.
    type: bool
    default: true
  ca_path:
    description:
      - Sets the CA bundle, a file or a directory, that verifies the certificate of the server.
      - If you do not set it, the environment variable E(ESET_CA_PATH) applies, and then E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE).
    type: path
"""

    # Inventory plugins take the same options. Ansible reads their environment variables from here.
    # Without region: Ansible would compare an empty ESET_REGION, which counts as unset, with the choices.
    PLUGIN = r"""
options:
  api_url:
    env:
      - name: ESET_API_URL
  auth_url:
    env:
      - name: ESET_AUTH_URL
  device_url:
    env:
      - name: ESET_DEVICE_URL
  access_token:
    env:
      - name: ESET_ACCESS_TOKEN
  username:
    env:
      - name: ESET_USERNAME
  password:
    env:
      - name: ESET_PASSWORD
  validate_certs:
    env:
      - name: ESET_VALIDATE_CERTS
  ca_path:
    env:
      - name: ESET_CA_PATH
"""
