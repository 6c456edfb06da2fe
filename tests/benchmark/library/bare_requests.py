# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how long the smallest module that imports requests takes to start."""

from __future__ import annotations

import requests

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(argument_spec={"url": {"type": "str"}}, supports_check_mode=True)
    if module.params["url"]:
        requests.get(module.params["url"], timeout=5)
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
