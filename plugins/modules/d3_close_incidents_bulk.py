#!/usr/bin/python
# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: d3_close_incidents_bulk
short_description: Close incidents in D3 SOAR
version_added: 1.0.0
author:
  - the secops.incident_closure contributors (!UNKNOWN)
description:
  - Closes incidents in D3 SOAR with the command C(CloseIncidentInBulk), many in one request.
  - Reads the states of the incidents first (O(lookup_command)), and does not touch those that are already closed.
  - Reports the outcome of every incident that you ask for, in that order, even if some of them fail.
  - If you want to close incidents only when all of their hosts are remediated, use the role P(secops.incident_closure.close_incidents#role).
extends_documentation_fragment:
  - secops.incident_closure.d3
  - secops.incident_closure.http
  - secops.incident_closure.closing
  - secops.incident_closure.attributes
  - secops.incident_closure.attributes.action_group_d3
attributes:
  check_mode:
    support: partial
    details:
      - The module reads states and sends no close request.
      - An incident that a run would close has the outcome V(would_close).
      - If the module does not read the states (O(state_lookup)), every incident has this outcome.
  idempotent:
    support: partial
    details:
      - The module does not close an incident again that is already closed, and adds no conclusion to it.
      - If the module does not read the states (O(state_lookup)), it sends a close request for a closed incident,
        and D3 may append the conclusion again.
options:
  incident_numbers:
    description:
      - Names the incidents to close, by their numbers.
      - The module drops duplicates.
      - The module rejects empty entries, and entries with invisible or typographic characters.
    type: list
    elements: str
    required: true
    aliases: [incident_number]
  bypass_required_pending_tasks:
    description:
      - Closes an incident although its required tasks are pending.
    type: bool
    default: false
  bypass_all_required_fields:
    description:
      - Closes an incident although its required fields are empty.
    type: bool
    default: false
  closed_by:
    description:
      - Names the D3 user that D3 records as the one who closed the incidents.
      - If you do not set it, it is O(username).
    type: str
  conclusion:
    description:
      - Appends a string to the conclusion of each incident that the module closes.
      - If you do not set it, the module appends nothing.
      - If the module cannot read the states of the incidents, D3 may append it to incidents that are already closed.
    type: str
  state_lookup:
    description:
      - Selects how the module reads the states of the incidents before it closes them.
      - V(auto) reads them with O(lookup_command).
        If it cannot read them (401, 403, 404, or a response that names none of the incidents),
        the module warns and relies on the response to the close request.
      - V(require) fails if the module cannot read the states, and closes nothing.
      - V(skip) reads nothing, and relies on the response to the close request.
        If no response arrives, the outcome is V(unknown), and check mode treats every incident as open.
    type: str
    choices: [auto, require, skip]
    default: auto
  batch_size:
    description:
      - Limits the number of incidents in one close request, V(1) to V(1000).
    type: int
    default: 100
seealso:
  - module: secops.incident_closure.eset_incident_close
  - name: D3 API documentation, Close Incidents in Bulk
    description: The documentation of the command.
    link: https://docs.d3security.com/api-docs/Working-version/close-incidents-in-bulk
"""

EXAMPLES = r"""
# The connection comes from the environment: D3_URL, D3_API_KEY, D3_LOOKUP_API_KEY, D3_USERNAME, and D3_SITE.
# In AWX, a credential of the type in extensions/awx sets these variables.
- name: Close two incidents
  secops.incident_closure.d3_close_incidents_bulk:
    incident_numbers:
      - 20210127-198
      - 20210127-197

# The same without a playbook, to see first what it would close:
#   ansible localhost -m secops.incident_closure.d3_close_incidents_bulk -a 'incident_numbers=20210127-198,20210127-197' --check

# The secrets are variables in a file that ansible-vault encrypts: ansible-playbook close.yml -e @secrets.yml --ask-vault-pass
- name: Close an incident with a conclusion, although tasks are pending
  secops.incident_closure.d3_close_incidents_bulk:
    url: https://soar.example.com/MainApp/VSOC
    api_key: "{{ vault_d3_api_key }}"
    lookup_api_key: "{{ vault_d3_lookup_api_key }}"
    username: Admin
    site: Security Operations
    incident_numbers: ["20210127-198"]
    bypass_required_pending_tasks: true
    conclusion: Host reimaged and verified.

- name: Close every incident of a file that lists one per line
  secops.incident_closure.d3_close_incidents_bulk:
    incident_numbers: "{{ lookup('ansible.builtin.file', 'incidents.txt').splitlines() | select }}"
    conclusion: Closed after the campaign of January.
    batch_size: 500
    deadline: 600
  register: closing

- name: Show the incidents that are not closed
  ansible.builtin.debug:
    msg: "{{ closing.incidents | rejectattr('outcome', 'in', ['closed', 'already_closed']) | map(attribute='id') }}"

- name: Close the incidents from the survey of a job template in AWX, one per line
  secops.incident_closure.d3_close_incidents_bulk:
    incident_numbers: "{{ incident_numbers.split() }}"
  when: incident_numbers | default('', true) | length > 0

# In a play, module_defaults is a keyword next to tasks.
- name: Set the connection once for several tasks
  module_defaults:
    group/secops.incident_closure.d3:
      url: https://soar.example.com/MainApp/VSOC
      api_key: "{{ vault_d3_api_key }}"
      lookup_api_key: "{{ vault_d3_lookup_api_key }}"
      username: soar-automation
      site: Security Operations
  block:
    - name: Close an incident
      secops.incident_closure.d3_close_incidents_bulk:
        incident_numbers: ["20210127-198"]

    - name: Close another incident, under the name of a person
      secops.incident_closure.d3_close_incidents_bulk:
        incident_numbers: ["20210127-197"]
        closed_by: Admin
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
      description: The incident number.
      returned: always
      type: str
      sample: 20210127-198
    title:
      description: The title. Empty if the module did not read the state.
      returned: always
      type: str
      sample: Suspicious process
    severity:
      description: The severity in the product's own words. Empty if the module did not read the state.
      returned: always
      type: str
      sample: High
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
      description: The status before, in the words of D3. Null if the module did not read it.
      returned: always
      type: str
      sample: Open
    status_after:
      description:
        - The status after, in the words of D3. Null if the module does not know it.
        - In check mode, the status that the incident would have after a run.
      returned: always
      type: str
      sample: Closed
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
      sample: not_found
    message:
      description: The error and what you can change, if the outcome is V(failed) or V(unknown).
      returned: always
      type: str
      sample: "D3 does not name incident 20210127-198: check its number, the site, and that username may see it"
    details:
      description: The row of the incident, as D3 returned it.
      returned: always
      type: dict
      sample:
        Incident Number: 20210127-198
        Status: Closed
        Close Date: 01/27/2021 06:08 AM PST
        Result: Successful
        Closed By: admin user
summary:
  description: The number of incidents that you asked for, and the number with each outcome.
  returned: when the options were valid
  type: dict
  sample: {requested: 3, closed: 2, already_closed: 1, would_close: 0, failed: 0, unknown: 0}
diff:
  description: The status before and after of each incident that changes, by its number.
  returned: when the options were valid
  type: dict
  sample:
    before: {20210127-198: Open}
    after: {20210127-198: Closed}
held_back:
  description: The incidents of O(held_back) whose state the module could read.
  returned: when O(held_back) is set
  type: list
  elements: dict
  contains:
    id:
      description: The normalized id of the incident.
      type: str
      sample: 20210127-197
    title:
      description: The title.
      type: str
      sample: Suspicious process
    severity:
      description: The severity in the product's own words.
      type: str
      sample: High
    status:
      description: The status of the incident, in the words of the product.
      type: str
      sample: Open
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

from ansible_collections.secops.incident_closure.plugins.module_utils import _d3_options, _options, _task
from ansible_collections.secops.incident_closure.plugins.module_utils._d3_closing import STATE_LOOKUPS, D3Closing
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets


def argument_spec() -> _options.ArgumentSpec:
    """Return the options."""
    return {
        **_task.closing_spec("incident_numbers", "incident_number"),
        **_d3_options.connection_spec(),
        "bypass_required_pending_tasks": {"type": "bool", "default": False},
        "bypass_all_required_fields": {"type": "bool", "default": False},
        "closed_by": {"type": "str"},
        "conclusion": {"type": "str"},
        "state_lookup": {"type": "str", "choices": list(STATE_LOOKUPS), "default": "auto"},
        "batch_size": {"type": "int", "default": 100},
    }


def make_client(params: Mapping[str, Any], secrets: Secrets, warn: Callable[[str], None]) -> D3Closing:
    """Return the client that closes incidents with these options."""
    api = _d3_options.connect(params, secrets)
    key = _d3_options.read_close_key(params, secrets)
    _options.check_range(params, "batch_size", 1, 1000)
    parameters = {
        "Bypass Required Pending Tasks": "Yes" if params["bypass_required_pending_tasks"] else "No",
        "Bypass All Required Fields": "Yes" if params["bypass_all_required_fields"] else "No",
        # One of the vendor's two pages requires this.
        "Username": (params["closed_by"] or "").strip() or params["username"],
    }
    if params["conclusion"]:
        parameters["Conclusion"] = params["conclusion"]
    return D3Closing(
        api, key, parameters, warn=warn, state_lookup=params["state_lookup"], batch_size=params["batch_size"]
    )


def main() -> None:
    """Run the module."""
    module = _task.Module(argument_spec=argument_spec(), supports_check_mode=True)
    _task.run(module, "incident_numbers", lambda params, secrets: make_client(params, secrets, module.warn))


if __name__ == "__main__":
    main()
