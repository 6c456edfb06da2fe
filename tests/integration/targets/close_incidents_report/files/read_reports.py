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


def read_csv(path):
    """Return the rows of the report as CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def read_html(path):
    """Return the cells of the report as HTML."""
    cells = Cells()
    cells.feed(path.read_text(encoding="utf-8"))
    return cells


def read_markdown(path):
    """Return the rows of the report as Markdown."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        texts = re.findall(r"((?:\\.|[^\\|])*)\|", line)[1:]
        rows.append([re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).strip() for text in texts])
    return [row for row in rows if row and row[0] not in ("Product", "Host", "---")]


def list_steps(evidence):
    """Return the rows of the table of the remediation, with the time in the last cell."""
    return [
        [
            *(host, entry["action"].replace("_", " "), entry["target"], entry["result"].replace("_", " ")),
            *(entry.get("sha256", ""), entry["time"]),
        ]
        for host, entries in evidence.items()
        for entry in entries
    ]


def name_obstacles(row):
    """Return the names of what holds an incident back."""
    return [obstacle["host"] for obstacle in row["held_back_by"]]


def expect_csv(row, evidence):
    """Return the cells of an incident in CSV."""
    remediation = "; ".join(
        f"{host}: {entry['action']}{' ' * bool(entry['target'])}{entry['target']} "
        f"({entry['result'].replace('_', ' ')}{', sha256 ' + entry['sha256'] if 'sha256' in entry else ''}, {entry['time']})"
        for host in row["hosts"]
        for entry in evidence.get(host, [])
    )
    cells = [
        *(row["product"], row["id"], row["title"], row["severity"], row["status_before"] or "", row["outcome"]),
        *(" ".join(row["hosts"]), " ".join(name_obstacles(row)), remediation or "-"),
        *(row["message"], row["comment"], row["time"], row["run_by"]),
    ]
    return [("'" if re.match(r"\s*[=+@\-\t\r]", cell) else "") + cell for cell in cells]


def expect_html(row):
    """Return the cells of an incident in HTML."""
    obstacles = ", ".join(name_obstacles(row))
    return [
        row["outcome"].replace("_", " "),
        f"{row['id']} / {row['product'].upper()}",
        f"{row['title']} / {', '.join(filter(None, (row['severity'], row['status_before'])))}",
        ", ".join(row["hosts"]) + (f" / held back by {obstacles}" if obstacles else ""),
        row["message"] + (f" / {row['comment']}" if row["comment"] else ""),
        f"{readable(row['time'])} / {row['run_by']}",
    ]


def expect_markdown(row):
    """Return the cells of an incident in Markdown."""
    return [
        *(row["product"], row["id"], row["title"], row["severity"], row["status_before"] or ""),
        *(row["outcome"].replace("_", " "), ", ".join(row["hosts"]), ", ".join(name_obstacles(row))),
        *(row["message"], row["comment"], row["time"], row["run_by"]),
    ]


def readable(time):
    """Return a time as the report in HTML shows it."""
    return time.replace("T", " ").replace("Z", " UTC")


def main(folder):
    """Print the rows of the reports, and the rows that are expected from the JSON report."""
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    rows, evidence = document["incidents"], document["evidence"]
    steps = list_steps(evidence)
    html = read_html(folder / "report.html")
    markdown = [*map(expect_markdown, rows), *steps]
    reports = {
        "json": rows,
        "evidence": evidence,
        "csv": read_csv(folder / "report.csv"),
        "expected_csv": [expect_csv(row, evidence) for row in rows],
        "html": [row for row in html.rows if row],
        "expected_html": [*map(expect_html, rows), *([*step[:-1], readable(step[-1])] for step in steps)],
        "html_tags": sorted(html.tags),
        "md": read_markdown(folder / "report.md"),
        "expected_md": [[" ".join(cell.split()) for cell in row] for row in markdown],
    }
    json.dump(reports, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
