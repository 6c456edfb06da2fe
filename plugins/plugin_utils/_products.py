# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The products, as the gate and the roles know them. This file is private to the collection and may change in any release."""

from __future__ import annotations

from typing import NamedTuple


class Product(NamedTuple):
    """A product whose incidents the collection closes.

    :param label: its name in messages and reports.
    :param host_variable: the host variable that lists its incidents.
    :param given_variable: the variable that names further incidents.
    :param module: the module that closes them.
    :param comment_option: the module option that takes the comment.
    :param chunk_size: incidents in one task of the role, unless the user says otherwise.
    """

    label: str
    host_variable: str
    given_variable: str
    module: str
    comment_option: str
    chunk_size: int


PRODUCTS = {
    "d3": Product(
        "D3", "incident_closure_d3_incidents", "incident_numbers", "d3_close_incidents_bulk", "conclusion", 1000
    ),
    "eset": Product(
        "ESET", "incident_closure_eset_incidents", "incident_uuids", "eset_incident_close", "final_comment", 100
    ),
}
