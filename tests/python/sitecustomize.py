# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep the compiled code of the archives in which Ansible sends modules.

Python keeps the compiled code of files, but not that of archives, so each process of a module compiles the same files of
Ansible again. The tests put this folder on ``PYTHONPATH`` for Ansible, and Python imports this file in each process.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import zipimport
from types import CodeType

KEPT = os.path.join(os.path.dirname(__file__), "__pycache__")
compile_source = getattr(zipimport, "_compile_source", None)  # private, so a version of Python may not have it


def compile_once(path: str, source: bytes) -> CodeType:
    """Return the code of a file in an archive."""
    name = path.partition(".zip/")[2]  # without the temporary folder of the archive
    digest = hashlib.sha256(name.encode() + source).hexdigest()
    kept = os.path.join(KEPT, f"{digest}.{sys.implementation.cache_tag}.pyc")
    if not os.path.exists(kept):
        os.makedirs(KEPT, exist_ok=True)
        with open(f"{kept}.{os.getpid()}", "wb") as file:
            marshal.dump(compile_source(path, source), file)
        os.replace(file.name, kept)
    with open(kept, "rb") as file:
        return marshal.load(file)


if compile_source is not None:
    zipimport._compile_source = compile_once
