#!/usr/bin/python
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: eset_incident_close
short_description: Close incidents in ESET Connect
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Closes incidents of ESET PROTECT and ESET Inspect over ESET Connect, with a reason and a final comment.
  - Reads the states of the incidents first, and does not touch those that are already closed.
  - Reports the outcome of every incident that you ask for, in that order, even if some of them fail.
  - If you want to close incidents only when all of their hosts are remediated, use the role P(secops.incident_closure.close_incidents#role).
extends_documentation_fragment:
  - secops.incident_closure.eset
  - secops.incident_closure.http
  - secops.incident_closure.closing
  - secops.incident_closure.attributes
  - secops.incident_closure.attributes.action_group_eset
options:
  incident_uuids:
    description:
      - Names the incidents to close, by their UUIDs.
      - The module drops duplicates, also in upper and lower case.
      - The module rejects empty entries, and entries with invisible or typographic characters.
    type: list
    elements: str
    required: true
    aliases: [incident_uuid]
  closure_reason:
    description:
      - Sets the reason that ESET records for each incident.
      - ESET may reject V(unspecified), so the module warns if you use it.
    type: str
    choices: [unspecified, true_positive, false_positive, suspicious]
    default: unspecified
  final_comment:
    description:
      - Adds a comment to each incident that the module closes.
      - If you do not set it, the module adds no comment.
      - Use plain words. A web application firewall in front of ESET may reject a comment that looks like markup or a command.
    type: str
seealso:
  - module: secops.incident_closure.d3_close_incidents_bulk
  - name: ESET Connect help, Close incident
    description: The documentation of the request.
    link: https://help.eset.com/eset_connect/en-US/incident_management_v2_incidents_incidentUuid-close_post.html
"""

EXAMPLES = r"""
# The connection comes from the environment: ESET_REGION, ESET_USERNAME, and ESET_PASSWORD.
# In AWX, a credential of the type in extensions/awx sets these variables.
- name: Close one incident
  secops.incident_closure.eset_incident_close:
    incident_uuid: 123e4567-e89b-12d3-a456-426614174000
    closure_reason: true_positive

# The same without a playbook, to see first what it would close:
#   ansible localhost -m secops.incident_closure.eset_incident_close -a 'incident_uuid=123e4567-e89b-12d3-a456-426614174000 closure_reason=suspicious' --check

# The secrets are variables in a file that ansible-vault encrypts: ansible-playbook close.yml -e @secrets.yml --ask-vault-pass
- name: Close several incidents with a comment
  secops.incident_closure.eset_incident_close:
    region: eu
    username: "{{ vault_eset_username }}"
    password: "{{ vault_eset_password }}"
    incident_uuids:
      - 123e4567-e89b-12d3-a456-426614174000
      - 123e4567-e89b-12d3-a456-426614174001
    closure_reason: false_positive
    final_comment: Test of the red team, announced beforehand.

- name: Close every incident of a file that lists one per line
  secops.incident_closure.eset_incident_close:
    incident_uuids: "{{ lookup('ansible.builtin.file', 'incidents.txt').splitlines() | select }}"
    closure_reason: true_positive
    deadline: 600
  register: closing

- name: Show the incidents that are not closed
  ansible.builtin.debug:
    msg: "{{ closing.incidents | rejectattr('outcome', 'in', ['closed', 'already_closed']) | map(attribute='id') }}"

- name: Close the incidents from the survey of a job template in AWX, one per line
  secops.incident_closure.eset_incident_close:
    incident_uuids: "{{ incident_uuids.split() }}"
    closure_reason: true_positive
  when: incident_uuids | default('', true) | length > 0

# In a play, module_defaults is a keyword next to tasks.
- name: Set the connection once for several tasks
  module_defaults:
    group/secops.incident_closure.eset:
      region: eu
      username: "{{ vault_eset_username }}"
      password: "{{ vault_eset_password }}"
  block:
    - name: Close an incident that was a threat
      secops.incident_closure.eset_incident_close:
        incident_uuid: 123e4567-e89b-12d3-a456-426614174000
        closure_reason: true_positive

    - name: Close an incident that was a false alarm
      secops.incident_closure.eset_incident_close:
        incident_uuid: 123e4567-e89b-12d3-a456-426614174001
        closure_reason: false_positive
"""

RETURN = r"""
msg:
  description: The number of incidents with each outcome, and the first reason if something failed.
  returned: always
  type: str
  sample: 2 closed, 1 already closed
incidents:
  description: One entry for each incident that you asked for, in that order.
  returned: when the options were valid
  type: list
  elements: dict
  contains:
    id:
      description: The UUID of the incident.
      returned: always
      type: str
      sample: 123e4567-e89b-12d3-a456-426614174000
    title:
      description: The title. Empty if the module did not read the state.
      returned: always
      type: str
      sample: Suspicious process
    severity:
      description: The severity in the product's own words. Empty if the module did not read the state.
      returned: always
      type: str
      sample: INCIDENT_SEVERITY_LEVEL_HIGH
    outcome:
      description:
        - V(closed) means that this task closed the incident.
        - V(already_closed) means that the incident was already closed.
        - V(would_close) means that a run would close it, in check mode only.
        - V(failed) means that this task did not close it.
        - V(unknown) means that this task sent a close request and does not know whether it took effect.
      returned: always
      type: str
      sample: closed
    status_before:
      description: The status before, in the words of ESET. Null if the module did not read it.
      returned: always
      type: str
      sample: INCIDENT_STATUS_OPEN
    status_after:
      description:
        - The status after, in the words of ESET. Null if the module does not know it.
        - In check mode, the status that the incident would have after a run.
      returned: always
      type: str
      sample: INCIDENT_STATUS_CLOSED
    reason:
      description:
        - The cause in one word for programs, if the outcome is V(failed) or V(unknown). Empty otherwise.
        - V(rejected), the product rejected the request.
        - V(not_found), the product does not show the incident.
        - V(still_open), the incident was still open after every retry.
        - V(pending), the product did not complete the request in time and may still do so.
        - V(no_response), the product did not respond to the request.
        - V(server_error), the product responded with an error of its own.
        - V(unreadable), the response does not match the API.
        - V(rate_limited), the product did not accept the request because of the rate limit.
        - V(sign_in), the product did not accept the credentials.
        - V(connection), the module could not connect, or the connection led to another address.
        - V(deadline), the task reached the O(deadline).
        - V(not_attempted), the task gave up because of an error that RV(msg) names.
        - V(internal), an error in the collection that you can report as a bug.
      returned: always
      type: str
      sample: no_response
    message:
      description: The error and what you can change, if the outcome is V(failed) or V(unknown).
      returned: always
      type: str
      sample: "closing incident 123e4567-e89b-12d3-a456-426614174000: ESET: no response in time; afterwards reading
        incident 123e4567-e89b-12d3-a456-426614174000: ESET: HTTP 503"
    details:
      description:
        - The incident, as ESET returned it when the module last read its state.
        - If you ask for several incidents, ESET returns a list, whose entries lack C(deviceUuids) and C(detectionUuids).
      returned: always
      type: dict
      sample:
        uuid: 123e4567-e89b-12d3-a456-426614174000
        displayName: Suspicious process
        status: INCIDENT_STATUS_OPEN
        severity: INCIDENT_SEVERITY_LEVEL_HIGH
summary:
  description: The number of incidents that you asked for, and the number with each outcome.
  returned: when the options were valid
  type: dict
  sample: {requested: 3, closed: 2, already_closed: 1, would_close: 0, failed: 0, unknown: 0}
diff:
  description: The status before and after of each incident that changes, by its UUID.
  returned: when the options were valid
  type: dict
  sample:
    before: {123e4567-e89b-12d3-a456-426614174000: INCIDENT_STATUS_OPEN}
    after: {123e4567-e89b-12d3-a456-426614174000: INCIDENT_STATUS_CLOSED}
held_back:
  description: The incidents of O(held_back) whose state the module could read.
  returned: when O(held_back) is set
  type: list
  elements: dict
  contains:
    id:
      description: The normalized id of the incident.
      type: str
      sample: 123e4567-e89b-12d3-a456-426614174000
    title:
      description: The title.
      type: str
      sample: Suspicious process
    severity:
      description: The severity in the product's own words.
      type: str
      sample: INCIDENT_SEVERITY_LEVEL_HIGH
    status:
      description: The status of the incident, in the words of the product.
      type: str
      sample: INCIDENT_STATUS_OPEN
    closed:
      description: Whether the incident is closed.
      type: bool
      sample: false
gave_up:
  description:
    - Whether the task stopped because the options, the connection, or the sign-in cannot work with your settings.
    - Further tasks with the same options would fail as well, and repeated sign-ins with wrong credentials may lock the account.
    - If another program kills the module process, its result does not have this key.
  returned: always
  type: bool
  sample: false
stopped_by:
  description: The failure after which the task sent no more requests. Empty if there was none.
  returned: if the options are valid
  type: str
  sample: ""
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.secops.incident_closure.plugins.module_utils import _eset_options, _options, _task
from ansible_collections.secops.incident_closure.plugins.module_utils._closure_reasons import CLOSURE_REASONS
from ansible_collections.secops.incident_closure.plugins.module_utils._eset import UNSPECIFIED_HINTS, EsetClosing
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


def argument_spec() -> _options.ArgumentSpec:
    """Return the options."""
    return {
        **_task.closing_spec("incident_uuids", "incident_uuid"),
        **_eset_options.connection_spec(),
        "closure_reason": {"type": "str", "choices": list(CLOSURE_REASONS), "default": "unspecified"},
        "final_comment": {"type": "str"},
    }


def make_client(params: Mapping[str, Any], secrets: Secrets, warn: Callable[[str], None]) -> EsetClosing:
    """Return the client that closes incidents with these options."""
    api = _eset_options.connect(params, secrets)
    if params["closure_reason"] == "unspecified":
        warn(UNSPECIFIED_HINTS["warning"])
    return EsetClosing(api, params["closure_reason"], params["final_comment"])


def main() -> None:
    """Run the module."""
    module = _task.Module(argument_spec=argument_spec(), supports_check_mode=True)
    _task.run(module, "incident_uuids", lambda params, secrets: make_client(params, secrets, module.warn))


if __name__ == "__main__":
    main()
