# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the project itself: licenses, the archive, coverage, and skips of ansible-test."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from tools import archives, coverage_report
from tools.license_headers import check_license_headers
from tools.sanity import find_skipped
from tools.workplace import StepError, Workplace

HEADER = "# SPDX-License-Identifier: GPL-3.0-or-later\n"


def test_files_with_a_license_pass(checkout):
    check_license_headers(checkout(**{"a.py": HEADER, "empty": "", "data.json": "{}", "LICENSE": "text"}))


def test_a_file_without_a_license_is_named(checkout):
    with pytest.raises(StepError, match="^no license header in b.py$"):
        check_license_headers(checkout(**{"a.py": HEADER, "b.py": "x = 1\n"}))


def test_a_license_at_the_end_of_a_file_does_not_count(checkout):
    with pytest.raises(StepError):
        check_license_headers(checkout(**{"a.py": "#\n" * 1000 + HEADER}))


@pytest.fixture
def at(environment, checkout, monkeypatch):
    """Return a function that makes a workplace with an archive, in place of the build by ansible-galaxy."""

    def make(*names):
        place = Workplace(environment, "archive", checkout(file="1"))
        (place.root / "archive").mkdir()
        with tarfile.open(place.root / "archive" / "built.tar.gz", "w:gz") as tar:
            for name in names:
                tar.addfile(tarfile.TarInfo(name), io.BytesIO())
        return place

    return make


def test_a_plugin_that_ansible_doc_does_not_find_has_no_page():
    shown = (
        "[WARNING]: a.b.c was not found\n> MODULE \x1b[1ma.b.cd\x1b[0m (/x.py)\n\n  See a.b.e.\n> ROLE: a.b.f (/y)\n"
    )
    assert archives.find_undocumented(["a.b.c", "a.b.cd", "a.b.e", "a.b.f"], shown) == ["a.b.c", "a.b.e"]


def test_the_archive_lists_its_files(at):
    assert archives.list_archive(at("plugins/b", "README.md").build_archive()) == ["README.md", "plugins/b"]


def test_a_file_that_users_do_not_need_is_an_error(at):
    with pytest.raises(StepError, match="^the archive contains tests: see build_ignore in galaxy.yml$"):
        archives.check_archive(at("README.md", "tests/unit/test_x.py"))


def test_a_file_that_users_need_and_do_not_get_is_an_error(at):
    place = at("README.md")
    for name in ("plugins/b.py", "changelogs/config.yaml", "changelogs/fragments/1.yml", "docs/.hidden", "tests/c.py"):
        (place.tree / name).parent.mkdir(parents=True, exist_ok=True)
        (place.tree / name).write_text("", encoding="utf-8")
    with pytest.raises(StepError, match="^the archive lacks plugins/b.py: see build_ignore in galaxy.yml$"):
        archives.check_archive(place)


def test_a_warning_of_the_import_is_an_error(at, monkeypatch):
    place = at("README.md")
    monkeypatch.setattr(place, "run", lambda *words, **options: "INFO: yes\nWARNING: no tags\n")
    with pytest.raises(StepError):
        archives.import_archive(place)
    monkeypatch.setattr(place, "run", lambda *words, **options: "INFO: yes\n")
    archives.import_archive(place)


MEASURED = {
    "files": {"plugins/a.py": {}},
    "totals": {"covered_lines": 95, "num_statements": 100, "covered_branches": 90, "num_branches": 100},
}


def test_enough_coverage_passes():
    assert coverage_report.find_problems(MEASURED, ["plugins/a.py"]) == []


@pytest.mark.parametrize(
    ("total", "problem"),
    [
        ({"covered_lines": 94}, "coverage of lines is 94.0 %, below 95 %"),
        ({"covered_branches": 89}, "coverage of branches is 89.0 %, below 90 %"),
    ],
)
def test_too_little_coverage_is_a_problem(total, problem):
    measured = {**MEASURED, "totals": {**MEASURED["totals"], **total}}
    assert coverage_report.find_problems(measured, []) == [problem]


def test_a_file_that_no_test_loads_is_a_problem():
    assert coverage_report.find_problems(MEASURED, ["plugins/a.py", "plugins/b.py"]) == ["no test loads plugins/b.py"]


def test_coverage_without_data_names_the_session_to_run(environment, checkout):
    with pytest.raises(StepError, match="run the session pytest before coverage"):
        coverage_report.check_coverage(Workplace(environment, "coverage", checkout(file="1")))


def test_a_missing_tool_is_reported_and_a_missing_python_is_not():
    output = (
        "Running sanity test 'compile'\n"
        "WARNING: Skipping sanity test 'compile' on Python 3.8 because it could not be found.\n"
        "WARNING: Required program 'pwsh' not found. Skipping sanity test 'pslint'.\n"
        "WARNING: Skipping sanity test 'shellcheck' which is not available.\n"
    )
    assert find_skipped(output) == [
        "Required program 'pwsh' not found. Skipping sanity test 'pslint'.",
        "Skipping sanity test 'shellcheck' which is not available.",
    ]


def test_the_data_of_all_sessions_is_combined(environment, checkout, monkeypatch):
    work = environment / "work"
    for path in ("pytest/tree/units=pytest=host=python-3.99=coverage.all", "integration/copy0/x=coverage.1"):
        (work / path).parent.mkdir(parents=True)
        (work / path).write_text(path, encoding="utf-8")
    at = Workplace(environment, "coverage", checkout(file="1"))
    combined = []

    def run(*words, **dummy):
        if words[0] == "ansible-test":
            combined.extend(path.read_text(encoding="utf-8") for path in (at.tree / coverage_report.DATA).iterdir())
        if words[:2] == ("coverage", "json"):
            words[words.index("-o") + 1].write_text(json.dumps(MEASURED), encoding="utf-8")

    monkeypatch.setattr(at, "run", run)
    coverage_report.check_coverage(at)
    assert sorted(path.partition("/")[0] for path in combined) == ["integration", "pytest"]
