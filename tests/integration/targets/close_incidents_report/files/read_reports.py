# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the reports in a folder without the code that wrote them, and print their rows and the expected rows as JSON."""

from __future__ import annotations

import csv
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path


class Cells(HTMLParser):
    """Collect the cells of the tables and the names of all tags."""

    def __init__(self):
        super().__init__()
        self.rows, self.tags, self._cell = [], set(), None

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self._cell = ""
        elif tag == "small":
            self._cell += " / "

    def handle_endtag(self, tag):
        if tag == "td":
            self.rows[-1].append(self._cell)
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data


def main(folder):
    """Print the rows of the reports, and the rows that are expected from the JSON report."""
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    rows = document["incidents"]

    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))[1:]

    def safe(text):
        return ("'" if re.match(r"\s*[=+@\-\t\r]", text) else "") + text

    cells = Cells()
    cells.feed((folder / "report.html").read_text(encoding="utf-8"))

    markdown = []
    for line in (folder / "report.md").read_text(encoding="utf-8").splitlines():
        texts = re.findall(r"((?:\\.|[^\\|])*)\|", line)[1:]
        markdown.append([re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).strip() for text in texts])
    markdown = [row for row in markdown if row and row[0] not in ("Product", "Host", "---")]

    def remediation(row):
        lines = "; ".join(
            f"{host}: {entry['action']}{' ' * bool(entry['target'])}{entry['target']} "
            f"({entry['result'].replace('_', ' ')}{', sha256 ' + entry['sha256'] if 'sha256' in entry else ''}, {entry['time']})"
            for host in row["hosts"]
            for entry in document["evidence"].get(host, [])
        )
        return lines or "-"

    def plain(text):
        return " ".join(text.split())

    def readable(time):
        return time.replace("T", " ").replace("Z", " UTC")

    def small(text):
        return f" / {text}" if text else ""

    steps = [
        [
            *(host, entry["action"].replace("_", " "), entry["target"], entry["result"].replace("_", " ")),
            *(entry.get("sha256", ""), entry["time"]),
        ]
        for host, entries in document["evidence"].items()
        for entry in entries
    ]

    json.dump(
        {
            "json": rows,
            "evidence": document["evidence"],
            "csv": table,
            "expected_csv": [
                [
                    safe(text)
                    for text in (
                        *(row["product"], row["id"], row["title"], row["severity"], row["status_before"] or ""),
                        *(row["outcome"], " ".join(row["hosts"])),
                        " ".join(unclean["host"] for unclean in row["held_back_by"]),
                        *(remediation(row), row["message"], row["comment"], row["time"], row["run_by"]),
                    )
                ]
                for row in rows
            ],
            "html": [row for row in cells.rows if row],
            "expected_html": [
                [
                    row["outcome"].replace("_", " "),
                    f"{row['id']} / {row['product'].upper()}",
                    f"{row['title']} / {', '.join(filter(None, (row['severity'], row['status_before'])))}",
                    ", ".join(row["hosts"])
                    + small(", ".join(unclean["host"] for unclean in row["held_back_by"])).replace(
                        "/ ", "/ held back by "
                    ),
                    row["message"] + small(row["comment"]),
                    f"{readable(row['time'])} / {row['run_by']}",
                ]
                for row in rows
            ]
            + [[*step[:-1], readable(step[-1])] for step in steps],
            "html_tags": sorted(cells.tags),
            "md": markdown,
            "expected_md": [
                [
                    plain(text)
                    for text in (
                        *(row["product"], row["id"], row["title"], row["severity"], row["status_before"] or ""),
                        *(row["outcome"].replace("_", " "), ", ".join(row["hosts"])),
                        ", ".join(unclean["host"] for unclean in row["held_back_by"]),
                        *(row["message"], row["comment"], row["time"], row["run_by"]),
                    )
                ]
                for row in rows
            ]
            + [[plain(text) for text in step] for step in steps],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
