# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provide pip for the environments of ``ansible-test sanity``, even if it cannot download pip's own script."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

from .workplace import COLLECTION, Workplace

STAND_IN = """\
# Stands in for the get-pip script that ansible-test could not download; written by the tools of {collection}.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("pip-{version}-py3-none-any.whl")))
from pip._internal.cli.main import main

sys.exit(main(["install", *(word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel"))]))
"""


def find_script(packages: Path) -> tuple[str, str] | None:
    """Return the version of pip that ansible-test installs and the address of its script.

    :param packages: the folder in which ansible-test is installed.
    :returns: ``None`` for an unknown version of ansible-core, which then reports the missing script itself.
    """
    package = packages / "ansible_test"
    requirements = (package / "_internal/python_requirements.py").read_text(encoding="utf-8")
    setup = (package / "_util/target/setup/requirements.py").read_text(encoding="utf-8")
    version = re.search(r"pip='([\d.]+)'", requirements)
    url = re.search(r"url = '(\S+get-pip-%s\.py)'", setup)
    return (version[1], url[1] % version[1]) if version and url else None


def provide_pip(at: Workplace) -> None:
    """Write a script to the cache of ansible-test if it cannot download its own.

    The script does the same with the wheel of pip from the package index.
    """
    found = find_script(at.packages)
    if not found:
        return
    version, url = found
    cache = Path("~/.ansible/test/cache").expanduser()
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    try:
        urllib.request.urlopen(url, timeout=10).close()
    except OSError as error:
        print(f"ansible-test cannot download pip ({error}); it gets it from the package index instead", flush=True)
        at.run("python", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", cache, f"pip=={version}")
        script.write_text(STAND_IN.format(collection=COLLECTION, version=version), encoding="utf-8")
