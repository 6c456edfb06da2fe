# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The defaults of the simulator: a few incidents, and credentials that are valid only for the simulator."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json


def d3_jwt(username, site, secret="sim-d3-secret"):
    """Return a JSON Web Token for D3: HS256, with the user name and the site in its payload."""

    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    parts = ({"alg": "HS256", "typ": "JWT"}, {"username": username, "site": site})
    signed = b".".join(encode(json.dumps(part).encode()) for part in parts)
    return (signed + b"." + encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())).decode()


DEFAULT_D3_USERNAME = "soar-automation"
DEFAULT_D3_SITE = "Security Operations"
DEFAULT_D3_KEY = "sim-d3-close-key"  # opens CloseIncidentInBulk and nothing else
DEFAULT_D3_LOOKUP_KEY = "sim-d3-lookup-key"  # opens GetIncidents and nothing else
DEFAULT_D3_JWT = d3_jwt(DEFAULT_D3_USERNAME, DEFAULT_D3_SITE)
DEFAULT_D3_LOOKUP_JWT = d3_jwt(DEFAULT_D3_USERNAME, DEFAULT_D3_SITE, secret="sim-d3-lookup-secret")

DEFAULT_ESET_USERNAME = "api-user@example.com"
DEFAULT_ESET_PASSWORD = "sim-eset-password"
DEFAULT_ESET_ACCESS_TOKEN = "sim-eset-access-token"  # does not expire

DEFAULT_D3_INCIDENTS = (
    {
        "id": "20260112-101",
        "status": "Open",
        "title": "Ransomware note found on a file server",
        "severity": "High",
        "created": "2026-01-12 06:08:31",
        "fields": {"Affected Hosts": "fs01"},
    },
    {
        "id": "20260112-102",
        "status": "In Progress",
        "title": "Beaconing to a known command and control address",
        "severity": "High",
        "created": "2026-01-12 07:41:02",
        "fields": {"Affected Hosts": "web03"},
    },
    {
        "id": "20260113-007",
        "status": "On Hold",
        "title": "Cryptominer on a build agent",
        "severity": "Medium",
        "created": "2026-01-13 02:15:44",
        "fields": {"Affected Hosts": "fs01, build02"},
    },
    {
        "id": "20260113-008",
        "status": "Open",
        "title": "Web shell in an upload folder",
        "severity": "Critical",
        "created": "2026-01-13 09:30:00",
        "pending_tasks": True,
    },
    {
        "id": "20260109-055",
        "status": "Closed",
        "title": "Phishing mail reported by a user",
        "severity": "Low",
        "created": "2026-01-09 15:22:10",
    },
)

DEFAULT_ESET_INCIDENTS = (
    {
        "id": "5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21",
        "status": "INCIDENT_STATUS_OPEN",
        "display_name": "Filecoder behavior on fs01",
        "severity": "INCIDENT_SEVERITY_LEVEL_HIGH",
        "device_uuids": ["c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a101"],
    },
    {
        "id": "8e41c6d3-90ab-4f27-a1d5-72c0be94f612",
        "status": "INCIDENT_STATUS_IN_PROGRESS",
        "display_name": "Suspicious PowerShell on ws07 and ws08",
        "severity": "INCIDENT_SEVERITY_LEVEL_HIGH",
        "device_uuids": ["c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a107", "c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a108"],
    },
    {
        "id": "b7a0d9f4-1e63-4d52-8c3b-e5f2097a4d83",
        "status": "INCIDENT_STATUS_WAITING_FOR_INPUT",
        "display_name": "Coin miner on build02",
        "severity": "INCIDENT_SEVERITY_LEVEL_MEDIUM",
        "device_uuids": ["c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a202"],
    },
    {
        "id": "2f6c8b15-d470-4e9b-b0a2-9d81e3c54f07",
        "status": "INCIDENT_STATUS_OPEN",
        "display_name": "Web shell on web03",
        "severity": "INCIDENT_SEVERITY_LEVEL_HIGH",
        "device_uuids": ["c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a303"],
    },
    {
        "id": "e09d4a72-6b8f-4c05-9e17-3a5fc2d60b94",
        "status": "INCIDENT_STATUS_CLOSED",
        "resolve_reason": "INCIDENT_RESOLVE_REASON_FALSE_POSITIVE",
        "display_name": "Potentially unwanted application on ws11",
        "severity": "INCIDENT_SEVERITY_LEVEL_LOW",
        "device_uuids": ["c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a111"],
    },
)

DEFAULT_ESET_DEVICES = tuple(
    {
        "id": f"c1b9a1de-52f4-4c1c-8f0e-6a1f3bb0a{number}",
        "display_name": name,
        "original_display_name": name,
        "primary_local_ip_address": address,
    }
    for number, name, address in (
        (101, "fs01", "192.0.2.1"),
        (107, "ws07", "192.0.2.7"),
        (108, "ws08", "192.0.2.8"),
        (111, "ws11", "192.0.2.11"),
        (202, "build02", "192.0.2.22"),
        (303, "web03", "192.0.2.33"),
    )
)
