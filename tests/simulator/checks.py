# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check values of requests. In Python, ``True`` is a number, but not for these checks."""

from __future__ import annotations


def is_string(value):
    """Return whether the value is a string."""
    return isinstance(value, str)


def is_string_list(value):
    """Return whether the value is a list of strings that is not empty."""
    return isinstance(value, list) and bool(value) and all(map(is_string, value))


def is_number(value):
    """Return whether the value is a number that is not negative."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def is_count(value):
    """Return whether the value is a whole number that is not negative."""
    return isinstance(value, int) and is_number(value)


def is_rate_limit(value):
    """Return whether the value is true (the vendor's limit), false (no limit), or a number of calls in any second."""
    return isinstance(value, bool) or is_count(value)


def check_incident(fields, product, known, statuses):
    """Check the names of an incident's fields, and its status.

    :param known: the fields that an incident of the product has.
    :param statuses: the statuses that it can have.
    :raises ValueError: a field or the status is unknown.
    """
    unknown = set(fields) - known
    if unknown:
        raise ValueError(f"an incident of {product} has no {sorted(unknown)}")
    if "status" in fields and fields["status"] not in statuses:
        raise ValueError(f"{fields['status']!r} is not a status of {product}")


def one_of(*values):
    """Return a check for one of these values, of the same type."""
    return lambda value: any(type(value) is type(known) and value == known for known in values)
