# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explain problems with certificates and TLS settings. This file is private to the collection and may change in any release."""

from __future__ import annotations

import os
import ssl

# X509_V_ERR_* of OpenSSL. For any other code, such as the stricter checks of Python 3.13, only a new certificate helps.
CAUSES = {
    **dict.fromkeys((2, 18, 19, 20, 21), "authority"),
    **dict.fromkeys((9, 10), "dates"),
    **dict.fromkeys((62, 63, 64), "name"),
    23: "revoked",
}
CERTIFICATE_HINTS = {
    "authority": "set ca_path to a bundle that contains its CA",
    "dates": "renew it, or correct the clock of the host that runs the module",
    "name": "use a name from the certificate in {address}",
    "revoked": "install a new certificate on the server",
    "form": "the certificate or its CA does not conform to the standard and must be re-issued",
}


def explain_certificate(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    """Return the reason for which the TLS library rejected a certificate, and a hint.

    :param error: the error of the TLS library.
    """
    reason = getattr(error, "verify_message", "") or "it could not be verified"
    return reason.rstrip("."), CERTIFICATE_HINTS[CAUSES.get(getattr(error, "verify_code", 0), "form")]


def is_bundle(path: str) -> bool:
    """Return whether Python can read CA certificates from a file or directory.

    :param path: the path of a CA bundle.
    """
    if os.path.isdir(path):
        return True  # OpenSSL reads its files when it needs them
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return False
    return True


def can_log_keys() -> bool:
    """Return whether the TLS library can write to the file that ``SSLKEYLOGFILE`` names, if it names one."""
    path = os.path.expandvars(os.environ.get("SSLKEYLOGFILE", ""))
    try:
        if path:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = path
    except (OSError, ValueError):
        return False
    return True
