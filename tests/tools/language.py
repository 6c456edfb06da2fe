# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the language of the documentation and of the messages: ``python -m tools.language``.

The patterns are rough, and the limits leave room for their mistakes. They are the limits that the documentation of
well-kept collections and libraries stays within.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from .prose import CODE, Text, find_texts

WORD = re.compile(r"[A-Za-z][\w'-]*")
YOU = re.compile(r"\byou\b", re.IGNORECASE)
YOU_LIMIT = 10  # per 1,000 words of the documentation, at least

PARTICIPLE = (
    r"(?:\w+ed|begun|bound|broken|brought|built|caught|chosen|cut|done|drawn|driven|found|given|held|hidden|hit|kept|"
    "known|left|lost|made|meant|met|overridden|paid|put|read|reset|rewritten|said|seen|sent|set|shown|shut|spent|split|"
    "stolen|taken|thought|told|undone|understood|written)"
)
ADVERBS = r"(?:(?:not|never|also|always|only|then|already|still|just|\w+ly)\s+)*"
# Each with its limit per 1,000 words, at most.
MEASURES = {
    "free relative as a subject": (
        r"(?:^|[.:|]) *(?-i:What|Whatever|Whoever|Which|Whichever)\b(?! you (?:get|need):)(?:[^.?|\n]|\n(?! *\n))+\.",
        0.2,
    ),
    "is no X": (r"\b(?:is|are|was|were)\s+no\b(?!\s+longer)", 1.5),
    "passive voice": (rf"\b(?:am|are|be|been|being|is|was|were)\s+{ADVERBS}{PARTICIPLE}\b", 12),
}

# The words to avoid, and the words to write in their place.
GLOSSARY = {
    r"\b(?:a|an|each|every|of|one) text\b|\btexts\b": "string",
    r"\b(?:a|each|every|no|one|that|the|this) closing\b(?! (?:job|loop|module|note|play|task)s?\b)": "close request",
    r"\bclosings\b": "close requests",
    r"\b(?:tells?|telling|told)\b": "report, show, print",
    r"\bfurther (?:attempt|tries|try)\b": "retries",
    r"\b(?:are|is) none\b": "is not a valid X",
    r"\b(?:takes?|taken|taking|took) hold\b": "take effect, succeed",
    r"\bmend(?:ed|ing|s)?\b": "fix, repair",
    r"\b(?:file|name) endings?\b|\bwith the ending\b": "file extension",
    r"\bin the clear\b": "in plain text",
    r"\bblanks?\b": "empty, whitespace",
    r"\bfor (?:its|their) rate\b|\bone too many\b": "rate limited",
    r"\bfor a moment\b|\bin passing\b": "temporary failure",
    r"\b(?:held|holding|holds?)\b(?!(?:[ -][\w'…/]+){0,6}[ -]back\b)|\bst(?:ands?|ood) in\b": "contains, is in",
    r"\br[au]ns? out\b": "expired",
    r"\bwhat the \w+ answers\b": "the response",
    r"\bback(?:ed|ing|s)? off\b": "wait before retrying",
    r"\bmachines?\b": "host, target host, controller",
    r"\bclean\b": "remediated",
    r"\b(?:behaviour|catalogue|centre|colour|favour|honour|labell|licenc|neighbour|recognis|travell)\w*": "US English",
}
# Where a word of the glossary is right: the path, the phrase, and the reason.
EXCEPTIONS = (
    ("README.md", "your machine stands for", "the reader's own computer, before there is a host or a controller"),
    ("docs/docsite/rst/getting_started.rst", "your machine plays", "the reader's own computer"),
    ("docs/*benchmarks*", "the same machine", "the computer on which the benchmark ran"),
    ("docs/docsite/rst/awx.rst", "machine", "a type of credential in AWX"),
    ("docs/docsite/rst/troubleshooting.rst", "ran out of memory", "memory does not expire"),
    ("docs/docsite/rst/security.rst", "tell them apart", "to distinguish"),
)


def count_words(texts: Iterable[Text]) -> int:
    """Return the number of words in texts."""
    return sum(len(WORD.findall(text.prose)) for text in texts)


def find_glossary_words(text: Text) -> Iterator[str]:
    """Yield the words of a text that the glossary replaces, each with its place."""
    for path, phrase, _reason in EXCEPTIONS:
        if fnmatch(text.path, path):
            text = text._replace(prose=text.prose.replace(phrase, CODE))
    for pattern, instead in GLOSSARY.items():
        for found in text.find(pattern):
            yield f"{found} (write: {instead})"


def find_impersonal_files(texts: Iterable[Text]) -> Iterator[str]:
    """Yield those of the longest files that address the reader less often than the limit."""
    words, addressed = Counter(), Counter()
    for text in texts:
        words[text.path] += count_words([text])
        addressed[text.path] += len(YOU.findall(text.prose))
    for path, count in words.most_common(20):
        if 1000 * addressed[path] < YOU_LIMIT * count:
            yield f'{path}: "you" {addressed[path]} times in {count} words'


def check(texts: Iterable[Text]) -> list[str]:
    """Print a table of the measures, and return the places that break a limit."""
    texts = sorted(set(texts))
    documentation = [text for text in texts if not text.is_message]
    problems = []

    you = 1000 * sum(len(YOU.findall(text.prose)) for text in documentation) / (count_words(documentation) or 1)
    print(f"{'you':<28}{you:6.2f}  at least {YOU_LIMIT} per 1,000 words")
    if you < YOU_LIMIT:
        problems += find_impersonal_files(documentation)

    for name, (pattern, limit) in MEASURES.items():
        places = [place for text in texts for place in text.find(pattern)]
        rate = 1000 * len(places) / (count_words(texts) or 1)
        print(f"{name:<28}{rate:6.2f}  at most {limit} per 1,000 words")
        if rate > limit:
            problems += [f"{place} ({name})" for place in places]

    words = [place for text in texts for place in find_glossary_words(text)]
    print(f"{'words of the glossary':<28}{len(words):6d}  none")
    return problems + words


if __name__ == "__main__":
    broken = check(find_texts(Path()))
    print(*broken, sep="\n")
    sys.exit(1 if broken else 0)
