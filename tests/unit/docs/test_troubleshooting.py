# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on error messages and the messages in the code: each has what the other has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

COLLECTION = Path(__file__).absolute().parents[3]
PAGE = (COLLECTION / "docs/docsite/rst/troubleshooting.rst").read_text(encoding="utf-8")
# The messages of the page: a line at the margin that begins with a literal, and others on the line after it.
ON_PAGE = [
    literal
    for line in re.findall(r"^``.*$", PAGE, re.MULTILINE)
    for literal in re.findall("``(.+?)``", line.split(" is the same")[0])
]
ROLES = [
    path
    for pattern in ("roles/*/tasks/*.yml", "roles/*/vars/*.yml", "playbooks/*.yml", "playbooks/tasks/*.yml")
    for path in COLLECTION.glob(pattern)
]
PLUGINS = [*COLLECTION.glob("plugins/**/*.py"), *COLLECTION.glob("extensions/eda/plugins/**/*.py")]
SOURCES = [*PLUGINS, *ROLES, *COLLECTION.glob("roles/*/files/*")]
ERRORS = {
    "InvalidOptionError",
    "NotExecutedError",
    "RejectedError",
    "OutcomeUnknownError",
    "StillPendingError",
    "BrokenContractError",
    "AnsibleFilterError",
    "_warn",
    "warning",
    "InvalidEntryError",
    "ValueError",
}
OF_ANSIBLE = (
    "missing required arguments: url",
    "parameters are mutually exclusive: <…>",
    "Failed to import the required Python library (requests)",
    "couldn't resolve module/action 'secops.incident_closure.<…>'",
    "value of region must be one of: eu, de, us, ca, jpn",
)
# Said of what a person at a keyboard cannot cause.
NOT_ON_PAGE = ("closable_incidents filters the variables", "SIMULATOR_URL is not set")


def texts(node):
    """Yield the texts in an expression, each as its fixed parts."""
    if isinstance(node, ast.JoinedStr):
        yield [part.value for part in node.values if isinstance(part, ast.Constant)]
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield [node.value]
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def messages():
    """Yield the fixed parts of every message that the plugins have for people."""
    for path in PLUGINS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in ERRORS:
                    yield from texts(node.args[0])
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("HINTS"):
                yield from texts(node.value)
            elif isinstance(node, ast.FunctionDef) and node.name in ("_why", "find_problem", "find_reason"):
                for returned in ast.walk(node):
                    if isinstance(returned, ast.Return):
                        yield from texts(returned.value)


def role_messages():
    """Yield the fixed parts of what roles and playbooks say when they fail."""
    for path in ROLES:
        text = path.read_text(encoding="utf-8")
        for task in re.findall(r"ansible\.builtin\.(?:fail|assert):\n((?: {6,}.*\n)+)", text):
            for message in re.findall(r"(?:fail_)?msg: (?:>-\n)?((?:.*\n?)*?)(?=^ +\w+:|\Z)", task, re.MULTILINE):
                yield [piece.strip(" \"'\n;:") for piece in re.split(r"\{\{.*?\}\}", plain(message))]
        for message in re.findall(r"regex_replace', '\$', '(.*?)'\)", text):
            yield [message]


def plain(text):
    return " ".join(text.replace("\\", "").split())


@pytest.mark.parametrize("message", ON_PAGE)
def test_what_the_page_explains_is_said(message):
    if message in OF_ANSIBLE:
        return
    # Texts that go on in the next line of the source are one here.
    source = plain(re.sub(r'"\s*\n\s*f?"', "", "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)))
    for part in re.split("<.*?>", message):
        if len(part.strip(" ,:;()\"'")) > 3:
            assert plain(part) in source


@pytest.mark.parametrize(
    "parts",
    [parts for parts in (*messages(), *role_messages()) if max(map(len, parts), default=0) > 11],
    ids="".join,
)
def test_what_is_said_is_explained(parts):
    part = max(parts, key=len)
    page = plain(re.sub("<.*?>", "\0", PAGE))
    pieces = [piece for piece in re.split(r"\{.*?\}|%[sd]", part) if len(piece) > 11]
    for piece in pieces:
        if not piece.startswith(NOT_ON_PAGE):
            assert plain(piece).strip(" ,:;(") in page
