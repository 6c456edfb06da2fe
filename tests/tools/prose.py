# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the prose of the collection: pages, descriptions of plugins and roles, names of plays and tasks, messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from .messages import PLUGINS, find_files, plugin_messages, role_messages, script_messages

PAGES = ("*.md", "docs/docsite/rst/*.rst", "roles/*/README.md", "extensions/**/README*")
NOT_OURS = ("CHANGELOG.md", "CODE_OF_CONDUCT.md")
DESCRIBED = ("plugins/**/*.yml", "roles/*/meta/argument_specs.yml", "extensions/awx/credential_types/*.yml")
DESCRIPTIONS = {"short_description", "description", "notes", "help_text"}
NAMED = ("roles/**/*.yml", "playbooks/**/*.yml", "extensions/**/*.yml")

CODE = "…"  # in place of code; it does not count as a word
MARKDOWN = (
    (r"(?s)<!--.*?-->|^( *)```.*?^\1```", ""),
    (r"`[^`]+`", CODE),
    (r"\[([^]]*)\]\([^)]*\)", r"\1"),
    (r"^ *(?:#+|>|-|\d+\.) |\*+", " "),
)
RST = (
    (r"^( *)\.\.(?! (?:note|tip|warning|list-table|seealso)::)[^\n]*\n(?:\1 +[^\n]*\n|\n)*", ""),
    (r"^ *(?:\.\. |:[\w-]+:(?!`)).*$|^[=~^-]+$", ""),
    (r"``.+?``|:(?:file|ansplugin|ansopt):`[^`]+`", CODE),
    (r":\w+:`([^<`]+?)(?: <[^`]*>)?`", r"\1"),
    (r"^ *(?:\* )?- |\*+", " "),
)
ANSIBLE = ((r"\b[A-Z]{1,2}\([^)]*\)|\{\{.*?\}\}|\{.*?\}|%[sd]", CODE),)


class Text(NamedTuple):
    """A piece of prose, the line where it begins, and whether it is a message."""

    path: str
    line: int
    prose: str
    is_message: bool = False

    def find(self, pattern: str) -> Iterator[str]:
        """Yield each match of a pattern with its place."""
        for found in re.finditer(pattern, self.prose, re.IGNORECASE | re.MULTILINE):
            line = self.line + self.prose.count("\n", 0, found.end())
            yield f"{self.path}:{line}: {' '.join(found[0].split())}"


def extract_prose(text: str, rules: Iterable[tuple[str, str]]) -> str:
    """Return the prose of a text, with each line where it was."""
    for pattern, prose in rules:

        def replace(found: re.Match[str], prose: str = prose) -> str:
            return found.expand(prose) if prose else "\n" * found[0].count("\n")

        text = re.sub(pattern, replace, text, flags=re.MULTILINE)
    return text


def find_descriptions(node: yaml.Node, *, wanted: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the descriptions in a YAML document, each with its line from 0."""
    if isinstance(node, yaml.ScalarNode) and wanted:
        yield node.start_mark.line, node.value
    elif isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            yield from find_descriptions(entry, wanted=wanted)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from find_descriptions(value, wanted=key.value in DESCRIPTIONS)


def find_documents(tree: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield the YAML documents that describe plugins and roles, each with its first line."""
    for path in find_files(tree, DESCRIBED):
        yield path, 1, path.read_text(encoding="utf-8")
    for path in find_files(tree, PLUGINS):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_fragment = getattr(node, "name", "") == "ModuleDocFragment"
            for part in node.body if is_fragment else [node]:
                name = part.targets[0].id if isinstance(part, ast.Assign) and hasattr(part.targets[0], "id") else ""
                if name in ("DOCUMENTATION", "RETURN") or (is_fragment and name):
                    yield path, part.value.lineno, ast.literal_eval(part.value)


def find_texts(tree: Path) -> Iterator[Text]:
    """Yield the pages, the descriptions, the names of plays and tasks, and the messages of a tree."""
    for path in find_files(tree, PAGES):
        if path.name not in NOT_OURS:
            text = path.read_text(encoding="utf-8")
            yield Text(str(path.relative_to(tree)), 1, extract_prose(text, MARKDOWN if path.suffix == ".md" else RST))
    for path, first, document in find_documents(tree):
        for line, text in find_descriptions(yaml.compose(document)):
            yield Text(str(path.relative_to(tree)), first + line, extract_prose(text, ANSIBLE))
    for path in find_files(tree, NAMED):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if found := re.match(r" *- name: (.+)", text):
                yield Text(str(path.relative_to(tree)), line, extract_prose(found[1], ANSIBLE))
    for path, line, parts in (*plugin_messages(tree), *role_messages(tree), *script_messages(tree)):
        yield Text(str(path.relative_to(tree)), line, extract_prose(CODE.join(parts), ANSIBLE), is_message=True)
