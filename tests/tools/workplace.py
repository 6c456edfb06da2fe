# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of the collection, and an environment for programs in it."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

COLLECTION = "secops.incident_closure"

# Settings of the caller's shell that would change the behavior of a program: those of Ansible, Python, pytest, git, and
# the two products (possibly with real passwords).
SETTINGS = re.compile("(ANSIBLE|D3|ESET|GALAXY|PYTEST)_|GIT_(DIR|INDEX|WORK)|PYTHON(HOME|PATH)")


class StepError(Exception):
    """A step failed. The message says why."""


def clear_settings() -> None:
    """Remove the settings of the caller's shell from the environment of this process."""
    for name in list(os.environ):
        if SETTINGS.match(name):
            del os.environ[name]


def list_files(folder: Path) -> list[str]:
    """Return the files of a checkout, committed or not, without those that git ignores.

    :raises StepError: the folder is not a clone.
    """
    words = ["git", "ls-files", "-coz", "--exclude-standard", "--deduplicate"]
    try:
        listed = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout
    except subprocess.CalledProcessError as error:
        raise StepError(
            f"{folder.absolute()} must be a clone, because git lists its files: {error.stderr.strip()}"
        ) from None
    return [name for name in listed.split("\0") if name and os.path.lexists(folder / name)]


def copy_checkout(folder: Path, copy: Path) -> None:
    """Copy the files of a checkout to a new repository."""
    shutil.rmtree(copy, ignore_errors=True)
    for name in list_files(folder):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, copy / name, follow_symlinks=False)
    # The checkout's git ignores the folder of the copy, so ansible-test, ruff, and others would find no files in it and
    # report success. They find the files if the copy has a repository of its own.
    subprocess.run(["git", "init", "--quiet", copy], check=True)


def work_folder(environment: Path) -> Path:
    """Return the folder for the workplaces of a virtual environment."""
    folder = (environment / "work").resolve()
    if "ansible_collections" in folder.parts:  # Ansible does not accept a collection in a path with two of these
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        folder = Path("~/.cache", COLLECTION, digest).expanduser().resolve()
    return folder


def ansible_settings(root: Path) -> dict[str, str]:
    """Return variables that limit Ansible to the collections in a folder, without settings and hosts of the caller."""
    for name in ("ansible.cfg", "hosts"):
        (root / name).touch()
    return {
        # Ansible refuses to start in a locale that is not UTF-8 or not installed.
        "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(root),
        "ANSIBLE_CONFIG": str(root / "ansible.cfg"),
        "ANSIBLE_HOME": str(root / "home"),
        "ANSIBLE_INVENTORY": str(root / "hosts"),
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOWS": "true",
        # Programs must not use a proxy to reach the simulator on this host.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


class Workplace:
    """A copy of the checkout in which the programs of a virtual environment run.

    :param environment: the folder of the virtual environment.
    :param name: the name of the workplace; an earlier one of the same name is replaced.
    :param checkout: the folder to copy.
    :ivar root: the folder that contains ``ansible_collections``.
    :ivar tree: the copy, in a path that ansible-test accepts.
    """

    def __init__(self, environment: Path, name: str, checkout: Path = Path()) -> None:
        self.environment = environment
        self.root = work_folder(environment) / name
        shutil.rmtree(self.root, ignore_errors=True)
        self.tree = self.root.joinpath("ansible_collections", *COLLECTION.split("."))
        copy_checkout(checkout, self.tree)
        self.packages = next(environment.glob("lib/python3.*/site-packages"))
        self.python = environment.resolve() / "bin" / "python"
        self.python_version = self.packages.parent.name.removeprefix("python")
        self.output = ""  # of the last program
        self._variables = {
            **os.environ,
            **ansible_settings(self.root),
            "PATH": f"{self.python.parent}:{os.environ['PATH']}",
        }

    def run(self, *command: str | Path, cwd: Path | None = None, quiet: bool = False, **variables: str) -> str:
        """Run a program, show its output as it comes unless ``quiet``, and return it.

        :raises StepError: the program failed.
        """
        words = [str(word) for word in command]
        if not quiet:
            print("+", shlex.join(words), flush=True)
        self.output = ""
        with subprocess.Popen(
            words,
            cwd=cwd or self.tree,
            env={**self._variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for line in process.stdout:
                if not quiet:
                    print(line, end="", flush=True)
                self.output += line
        if process.returncode:
            shown = f":\n{self.output}" if quiet else ""
            raise StepError(f"{shlex.join(words)} exited with status {process.returncode}{shown}")
        return self.output

    def pytest(self, *arguments: str | Path, **variables: str) -> str:
        """Run pytest and return its output."""
        words = ("python", "-m", "pytest", "-p", "no:cacheprovider", *arguments)
        return self.run(*words, PYTHONPATH=str(self.root), **variables)

    def ansible_test(self, *arguments: str, quiet: bool = False) -> str:
        """Run ansible-test and return its output.

        :raises StepError: ansible-test failed, or found nothing to test (for ansible-test, that is a success).
        """
        if " " in str(self.python) and arguments[0] != "sanity":
            raise StepError(f"ansible-test cannot run tests in a path with a space, such as {self.environment}")
        output = self.run("ansible-test", *arguments, "--color", "no", quiet=quiet)
        if "All targets skipped" in output:
            raise StepError("ansible-test found nothing to test")
        return output

    def build_archive(self) -> Path:
        """Build the archive of the collection, once, and return its path."""
        folder = self.root / "archive"
        if not folder.exists():
            self.run("ansible-galaxy", "collection", "build", "--output-path", folder)
        return next(folder.glob("*.tar.gz"))
