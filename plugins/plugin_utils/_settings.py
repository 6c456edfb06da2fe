# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and check the variables of the role ``close_incidents``. This file is private to the collection and may change in any release."""

from __future__ import annotations

import os
import pwd
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS
from ansible_collections.secops.incident_closure.plugins.plugin_utils._variables import (
    describe_type,
    is_unset,
    read_bool,
    read_by_incident,
    read_list,
    read_string,
)

PREFIX = "close_incidents_"
SINGULAR = "close_incident_"
DEFAULT_REASON = "true_positive"
DEVICE_CHECKS = ("auto", "require", "skip")
CLOSURE_REASONS = tuple(dict.fromkeys(reason for product in PRODUCTS.values() for reason in product.closure_reasons))
REPORT_FORMS = ("json", "csv", "md", "html")
# The user of the job in AWX and Automation Platform. A scheduled job has no user.
RUNNERS = ("awx_user_name", "tower_user_name", "awx_schedule_name")
VARIABLES = (
    *(PREFIX + name for name in ("hosts", "required_hosts", "event", "only_given", "device_check", "per_incident")),
    *(PREFIX + name for name in ("closure_reason", "comment", "chunk_size", "report", "fail_when_held_back")),
    f"_{PREFIX}by_hand",  # of the playbook close_incidents
    *(name for product in PRODUCTS.values() for name in (product.options_variable, PREFIX + product.ids_option)),
    *(product.ids_option for product in PRODUCTS.values()),
    *RUNNERS,
)
# The fact that the role sets, and the variable of its entry point mark_remediated
OTHER_VARIABLES = (f"{PREFIX}result", f"{PREFIX}evidence")
OF_PLAYBOOKS = f"{PREFIX}playbook_"  # the prefix of variables that the playbooks use among themselves


def check_names(names: Iterable[str]) -> None:
    """Check the names of variables, because a misspelled one could let an incident close too early.

    :raises ValueError: a name begins like the variables of the role, and is not one of them.
    """
    for name in sorted(set(names).difference(VARIABLES, OTHER_VARIABLES)):
        if name.startswith((PREFIX, SINGULAR)) and not name.startswith(OF_PLAYBOOKS):
            raise ValueError(f"{name} is not a variable of the role close_incidents: check its spelling")


def check_option_names(names: Container[str], settings: Mapping[str, Any]) -> None:
    """Check that nobody used the name of a module's option in place of a variable that stays unset.

    :param names: the names of variables.
    :param settings: the variables of the role, as ``read_settings`` returns them.
    :raises ValueError: an incident would be closed with another comment or closure reason than the user meant.
    """
    for name, product in PRODUCTS.items():
        for option, setting, default in (
            (product.comment_option, "comment", ""),
            (product.reason_option, "closure_reason", DEFAULT_REASON),
        ):
            if option in names and settings["products"][name][setting] == default:
                raise ValueError(
                    f"{option} is not a variable of the role close_incidents: write close_incidents_{setting}, or rename {option}"
                )


def read_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of the role with their defaults. An empty value counts as unset.

    It checks the options of the modules and does not return them, because they contain credentials.

    :param given: the values of ``VARIABLES``, by name, without missing ones.
    :returns: ``gate`` and ``only_given`` (arguments of the gate), ``device_check``, ``products`` (``comment`` and
        ``closure_reason`` of each), ``per_incident`` (the same of incidents that have others, by their ids),
        ``chunk_size``, ``fail_when_held_back``, ``report`` (a path), ``report_form``, and ``run_by``.
    :raises ValueError: a variable has a wrong value. The message names the variable.
    """
    hosts, event = given.get(f"{PREFIX}hosts"), _read_event(given)
    named_hosts = read_list(hosts, f"{PREFIX}hosts", spaces=False)
    if event and not named_hosts:
        raise ValueError("close_incidents_event requires close_incidents_hosts, the hosts of the incident")
    incidents = {product.ids_option: _read_incidents(given, product.ids_option) for product in PRODUCTS.values()}
    named = [name for name, value in incidents.items() if read_list(value, PREFIX + name, spaces=False)]
    # The playbook close_incidents outside of a workflow, with named incidents
    by_hand = _read_bool(given, f"_{PREFIX}by_hand") and bool(named)
    report = _read_string(given, f"{PREFIX}report")
    return {
        "gate": {
            "hosts": None if is_unset(hosts) else hosts,
            "required_hosts": read_by_incident(given.get(f"{PREFIX}required_hosts"), f"{PREFIX}required_hosts"),
            "event": event,
            **incidents,
        },
        "only_given": by_hand or _read_bool(given, f"{PREFIX}only_given"),
        "device_check": _read_choice(given, f"{PREFIX}device_check", DEVICE_CHECKS) or "auto",
        "products": _read_products(given),
        "per_incident": _read_per_incident(given),
        "chunk_size": _read_chunk_size(given),
        "fail_when_held_back": by_hand or _read_bool(given, f"{PREFIX}fail_when_held_back"),
        # A relative path begins in the folder where the user calls Ansible, not in that of the playbook.
        "report": os.path.realpath(os.path.expanduser(report)) if report else "",
        "report_form": _read_report_form(report),
        "run_by": next((str(given[name]) for name in RUNNERS if not is_unset(given.get(name))), "") or _read_login(),
    }


def _read_event(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the incident of a notification, or None. The gate checks its entries."""
    event = given.get(f"{PREFIX}event")
    if is_unset(event):
        return None
    if not isinstance(event, Mapping):
        raise ValueError(f"close_incidents_event must be a dictionary, not {describe_type(event)}")
    return {name: event.get(name) for name in ("product", "incident")}


def _read_incidents(given: Mapping[str, Any], name: str) -> Any:
    """Return the incidents in the variable of the role, or else of the playbook."""
    return given.get(PREFIX + name, given.get(name))


def _read_products(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the comment and the closure reason for each product, from its options or else from the role."""
    comment = _read_string(given, f"{PREFIX}comment")
    reason = _read_choice(given, f"{PREFIX}closure_reason", CLOSURE_REASONS) or DEFAULT_REASON
    options = {name: product.read_options(given.get(product.options_variable)) for name, product in PRODUCTS.items()}
    return {
        name: {
            "comment": options[name].get(product.comment_option) or comment,
            "closure_reason": options[name].get(product.reason_option) or reason,
        }
        for name, product in PRODUCTS.items()
    }


def _read_per_incident(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the comments and closure reasons of particular incidents, by their ids."""
    variable = f"{PREFIX}per_incident"
    texts = {}
    for incident, entry in read_by_incident(given.get(variable), variable).items():
        origin = f"{variable} of incident {incident}"
        if not isinstance(entry, Mapping) or not set(entry) <= {"closure_reason", "comment"}:
            raise ValueError(f"{origin} must be a dictionary with closure_reason, comment, or both")
        chosen = {
            "comment": read_string(entry.get("comment"), f"comment in {origin}"),
            "closure_reason": _check_choice(
                read_string(entry.get("closure_reason"), f"closure_reason in {origin}"),
                f"closure_reason in {origin}",
                CLOSURE_REASONS,
            ),
        }
        texts[incident] = {name: text for name, text in chosen.items() if text}
    return texts


def _read_choice(given: Mapping[str, Any], name: str, choices: Sequence[str]) -> str:
    """Return one of the choices, or an empty string if the variable counts as unset."""
    return _check_choice(_read_string(given, name), name, choices)


def _check_choice(text: str, name: str, choices: Sequence[str]) -> str:
    text = text.strip()
    if text and text not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}")
    return text


def _read_string(given: Mapping[str, Any], name: str) -> str:
    return read_string(given.get(name), name)


def _read_bool(given: Mapping[str, Any], name: str) -> bool:
    return read_bool(given.get(name), name)


def _read_chunk_size(given: Mapping[str, Any]) -> int | None:
    text = _read_string(given, f"{PREFIX}chunk_size").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError("close_incidents_chunk_size must be a whole number from 0 up")
    return int(text)


def _read_report_form(report: str) -> str:
    form = os.path.splitext(report)[1][1:]
    if report and form not in REPORT_FORMS:
        raise ValueError(f"close_incidents_report must have one of the file extensions {', '.join(REPORT_FORMS)}")
    return form


def _read_login() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a user of a container, which has no name
        return str(os.geteuid())
