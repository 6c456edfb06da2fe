# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests for the measures of the language, and for the search for prose."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest

from tools.language import EXCEPTIONS, check
from tools.prose import MARKDOWN, RST, Text, extract_prose, find_texts

COLLECTION = Path(__file__).absolute().parents[3]
YOU = "You can do that. " * 10


def page(prose, path="docs/page.md"):
    """Return a page that addresses the reader, with a piece of prose on its second line."""
    return Text(path, 1, f"{YOU}\n{prose}")


@pytest.mark.parametrize(
    "prose",
    [
        "The module closes the incident, and you see the outcome.",
        "What does the module do?",
        "What you get: a list.",
        "This is no longer so.",
        "The host holds its incidents back.",
        "Held-back incidents stay open.",
        "The closing job reads it.",
    ],
)
def test_plain_prose_passes(prose):
    assert check([page(prose)]) == []


@pytest.mark.parametrize(
    ("prose", "problem"),
    [
        ("What comes back is a list.", "What comes back is a list. (free relative as a subject)"),
        ("Whoever changes it says so.", "Whoever changes it says so. (free relative as a subject)"),
        ("It is no name.", "is no (is no X)"),
        ("It is not yet closed. It was automatically sent.", "was automatically sent (passive voice)"),
        ("The file holds a key.", "holds (write: contains, is in)"),
        ("Send the closing again.", "the closing (write: close request)"),
        ("The task is told.", "told (write: report, show, print)"),
        ("The color of a neighbour.", "neighbour (write: US English)"),
    ],
)
def test_prose_that_breaks_a_limit_is_found_with_its_line(prose, problem):
    assert f"docs/page.md:2: {problem}" in check([page(prose)])


def test_documentation_that_does_not_address_the_reader_is_found():
    text = Text("docs/page.md", 1, "The module closes the incident. " * 50)
    assert check([text]) == ['docs/page.md: "you" 0 times in 250 words']


def test_messages_do_not_have_to_address_the_reader():
    assert check([page(""), Text("plugins/x.py", 1, "the host did not respond " * 50, is_message=True)]) == []


def test_an_exception_applies_to_its_page_only():
    assert check([page("It ran on the same machine.", "docs/benchmarks.md")]) == []
    assert check([page("It ran on the same machine.")]) == [
        "docs/page.md:2: machine (write: host, target host, controller)"
    ]


@pytest.mark.parametrize(("path", "phrase", "reason"), EXCEPTIONS)
def test_each_exception_is_needed(path, phrase, reason):
    assert any(fnmatch(text.path, path) and phrase in text.prose for text in find_texts(COLLECTION))


def test_code_in_markdown_is_not_prose():
    text = "<!-- a\nb -->\n# Title\n\nUse `a b` as in [the guide](x.md):\n\n```yaml\na: 1\n```\nEnd.\n"
    assert extract_prose(text, MARKDOWN) == "\n\n Title\n\nUse … as in the guide:\n\n\n\n\nEnd.\n"


def test_code_in_rst_is_not_prose():
    text = "..\n   License\n\n.. code-block:: yaml\n\n   a: 1\n\nTitle\n=====\n\n.. note::\n\n   See :ref:`this <x.y>`, ``a b``.\n"
    assert extract_prose(text, RST) == "\n\n\n\n\n\n\nTitle\n\n\n\n\n   See this, ….\n"


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("roles/a/meta/argument_specs.yml", "a:\n  default: x\n  description:\n    - One C(x).\n", (4, "One ….")),
        ("plugins/modules/a.py", '"""Doc."""\nRETURN = """\na:\n  description: Two.\n"""\n', (4, "Two.")),
        ("plugins/doc_fragments/a.py", 'class ModuleDocFragment:\n    B = "notes: [Three.]"\n', (2, "Three.")),
        ("playbooks/a.yml", "- name: Four\n  hosts: all\n", (1, "Four")),
        ("plugins/module_utils/a.py", 'def f(x):\n    raise ValueError(f"{x} is five")\n', (2, " is five")),
    ],
)
def test_prose_is_found_with_its_line(tmp_path, path, content, expected):
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    assert [(text.path, text.line, text.prose) for text in find_texts(tmp_path)] == [(path, *expected)]
