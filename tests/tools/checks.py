# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the checkout and of its archive: each function is a session of noxfile.py."""

from __future__ import annotations

from . import archives
from .license_headers import check_license_headers
from .workplace import Workplace

GITHUB_SCHEMAS = {
    "github-workflows": "workflows/*.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/*_*.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "dependabot": "dependabot.yml",
}


def license(at: Workplace) -> None:  # noqa: A001 (the name of the session)
    """Check that each file names its license."""
    check_license_headers(at.tree)


def language(at: Workplace) -> None:
    """Measure the language of the documentation and of the messages."""
    at.run("python", "-m", "tools.language", PYTHONPATH="tests")


def ruff(at: Workplace) -> None:
    """Lint Python (fix it with .nox/test/bin/ruff check --fix; .nox/test/bin/ruff format)."""
    at.run("ruff", "check", "--no-cache")
    at.run("ruff", "format", "--check", "--no-cache")


def mypy(at: Workplace) -> None:
    """Check the types in plugins/ and in the event source."""
    settings = f"--config-file={at.tree / 'pyproject.toml'}"
    folders = (at.tree.relative_to(at.root) / name for name in ("plugins", "extensions/eda/plugins"))
    at.run("mypy", settings, *folders, cwd=at.root)


def yamllint(at: Workplace) -> None:
    """Lint YAML."""
    at.run("yamllint", "--strict", ".")


def shellcheck(at: Workplace) -> None:
    """Lint the shell scripts."""
    at.run("shellcheck", "dev", ".ci/run")


def github(at: Workplace) -> None:
    """Check the workflows, the forms for issues, and the updates of dependencies."""
    for schema, pattern in GITHUB_SCHEMAS.items():
        at.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *sorted(at.tree.glob(f".github/{pattern}")))


def changelog(at: Workplace) -> None:
    """Lint the changelog and its fragments."""
    at.run("antsibull-changelog", "lint")


def antsibull_docs(at: Workplace) -> None:
    """Lint the documentation of the plugins and the guides."""
    at.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", ".")


def ansible_lint(at: Workplace) -> None:
    """Lint roles and playbooks."""
    at.run("ansible-lint", "--nocolor")


def archive(at: Workplace) -> None:
    """Check the files in the built archive, and that ansible-doc shows it after the installation."""
    archives.check_archive(at)


def galaxy_importer(at: Workplace) -> None:
    """Check the built archive as Galaxy does on upload."""
    archives.import_archive(at)


def execution_environment(at: Workplace) -> None:
    """Check that ansible-builder accepts the definition of the execution environment."""
    archives.check_execution_environment(at, "extensions/ee/incident-closure-ee.yml")
