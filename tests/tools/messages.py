# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the messages that the collection has for people, in Python and in YAML."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PLUGINS = ("plugins/**/*.py", "extensions/eda/plugins/**/*.py")
SCRIPTS = ("roles/*/files/*.sh",)
ROLES = ("roles/*/tasks/*.yml", "roles/*/vars/*.yml", "playbooks/*.yml", "playbooks/tasks/*.yml")
# Functions, exceptions, and variables whose first argument or value is a message.
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
RETURNING = ("find_problem", "find_failure", "_find_obstacle", "task_file")


class Message(NamedTuple):
    """The fixed parts of a message, between its variable parts, and where it is."""

    path: Path
    line: int
    parts: list[str]


def find_files(tree: Path, patterns: tuple[str, ...]) -> list[Path]:
    """Return the files of a tree that match one of the patterns."""
    return [path for pattern in patterns for path in sorted(tree.glob(pattern))]


def fixed_parts(node: ast.AST) -> Iterator[list[str]]:
    """Yield the strings in an expression, each as its fixed parts."""
    if isinstance(node, ast.JoinedStr):
        yield [part.value for part in node.values if isinstance(part, ast.Constant)]
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield [node.value]
    else:
        for child in ast.iter_child_nodes(node):
            yield from fixed_parts(child)


def message_expressions(module: ast.Module) -> Iterator[ast.AST]:
    """Yield the expressions of a module that contain messages."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and node.args:
            if getattr(node.func, "id", getattr(node.func, "attr", "")) in ERRORS:
                yield node.args[0]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("HINTS"):
            yield node.value
        elif isinstance(node, ast.FunctionDef) and node.name in RETURNING:
            for returned in ast.walk(node):
                if isinstance(returned, ast.Return) and returned.value:
                    yield returned.value


def plugin_messages(tree: Path) -> Iterator[Message]:
    """Yield the messages of the plugins."""
    for path in find_files(tree, PLUGINS):
        for node in message_expressions(ast.parse(path.read_text(encoding="utf-8"))):
            for parts in fixed_parts(node):
                yield Message(path, node.lineno, parts)


def role_messages(tree: Path) -> Iterator[Message]:
    """Yield the messages with which tasks of roles and playbooks fail."""
    for path in find_files(tree, ROLES):
        text = path.read_text(encoding="utf-8")
        for task in re.finditer(r"^( *)ansible\.builtin\.fail:\n((?:\1 +.*\n)+)", text, re.MULTILINE):
            for message in re.findall(r"msg: (?:>-\n)?((?:.*\n?)*?)(?=^ +\w+:|\Z)", task[2], re.MULTILINE):
                parts = [part.strip(" \"'\n;:") for part in re.split(r"\{\{.*?\}\}", join_lines(message))]
                yield Message(path, text.count("\n", 0, task.start()) + 1, parts)


def script_messages(tree: Path) -> Iterator[Message]:
    """Yield the messages with which the scripts of roles fail."""
    for path in find_files(tree, SCRIPTS):
        text = path.read_text(encoding="utf-8")
        for message in re.finditer(r"""\b(?:echo|fail) (["'])((?!\$).+?)\1""", text):
            yield Message(path, text.count("\n", 0, message.start()) + 1, re.split(r" ?\$\{?\w+\}? ?", message[2]))


def join_lines(text: str) -> str:
    """Return a string on one line, without backslashes."""
    return " ".join(text.replace("\\", "").split())
