# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The development sessions. ``./dev --list`` lists them.

A session works on a copy of the checkout's files, because ansible-test insists on a path that ends in
ansible_collections/NAMESPACE/NAME, and because a copy leaves nothing behind in the checkout.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).resolve().parent / "tests"))

from tools import checks, publishing, runs
from tools.integration import run_integration
from tools.pythons import use_runnable_pythons
from tools.simulator_process import run_simulator
from tools.workplace import StepError, Workplace, ansible_settings, clear_settings

clear_settings()
use_runnable_pythons()

# The checks that take only a few seconds each. Plain ``nox`` runs them.
CHECKS = (
    *("license", "language", "ruff", "mypy", "yamllint", "shellcheck", "github", "changelog"),
    *("antsibull-docs", "ansible-lint", "archive", "galaxy-importer", "execution-environment"),
)
# The steps of ``./dev test``, each once. Plain ``ansible-test units`` runs the unit tests as well: see the session matrix.
STEPS = ("sanity", *CHECKS, "pytest", "integration", "coverage")

MATRIX = [  # a Python that each ansible-core runs on; the last row is the oldest Python of the modules
    ("3.10", "2.16.19"),
    ("3.11", "2.18.19"),
    ("3.11", "2.19.14"),
    ("3.12", "2.20.10"),
    ("3.13", "2.21.5"),
    ("3.9", "2.21.5"),
]

nox.options.sessions = CHECKS
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "virtualenv"


def wanted_requirements() -> str:
    """Return a digest of the requirements, which says whether an environment is up to date."""
    return hashlib.sha256(
        b"".join(path.read_bytes() for path in sorted(Path("requirements").glob("*.txt")))
    ).hexdigest()


def install(session: nox.Session, name: str) -> None:
    """Install requirements/NAME.txt, unless the environment is up to date."""
    stamp = Path(session.virtualenv.location, "requirements.sha256")
    if not stamp.exists() or stamp.read_text() != wanted_requirements():
        session.log(f"installing requirements/{name}.txt, once; this takes a minute or so")
        session.install("-r", f"requirements/{name}.txt")
        stamp.write_text(wanted_requirements())


def shared_environment(session: nox.Session) -> Path:
    """Return the environment of the session test, in which the other sessions work too, and make it if need be."""
    envdir = session.env_dir.parent.absolute()
    stamp = envdir / "test" / "requirements.sha256"
    if not stamp.exists() or stamp.read_text() != wanted_requirements():
        words = ("-m", "nox", "--envdir", envdir, "--sessions", "test", "--install-only")
        session.run_install(sys.executable, *words, external=True)
    return envdir / "test"


@contextlib.contextmanager
def step_errors(session: nox.Session) -> Iterator[None]:
    """Turn a ``StepError`` into the end of a session, with its message."""
    try:
        yield
    except StepError as error:
        session.error(str(error))


def make_session(function: Callable[..., None], requires: Sequence[str] = ()) -> None:
    """Make a session of a function that takes a workplace and the arguments of the command line."""
    name = function.__name__.replace("_", "-")

    @nox.session(name=name, venv_backend="none", requires=requires)
    @functools.wraps(function)
    def run(session: nox.Session) -> None:
        with step_errors(session):
            function(Workplace(shared_environment(session), name), *session.posargs)


make_session(checks.license)
make_session(checks.language)
make_session(checks.ruff)
make_session(checks.mypy)
make_session(checks.yamllint)
make_session(checks.shellcheck)
make_session(checks.github)
make_session(checks.changelog)
make_session(checks.antsibull_docs)
make_session(checks.ansible_lint)
make_session(checks.archive)
make_session(checks.galaxy_importer)
make_session(checks.execution_environment)
make_session(runs.sanity)
make_session(runs.units)
make_session(runs.pytest)
make_session(runs.integration)
make_session(runs.coverage)
make_session(runs.mutation)
make_session(runs.reliability)
make_session(runs.bench)
make_session(publishing.docs)
make_session(
    publishing.release,
    requires=("license", "changelog", "antsibull-docs", "ansible-lint", "archive", "galaxy-importer"),
)


@nox.session
def test(session: nox.Session) -> None:
    """Run all checks and tests, or some of them (./dev test -- ruff pytest)."""
    if unknown := set(session.posargs) - set(STEPS):
        session.error(f"no step {', '.join(sorted(unknown))}; the steps are {', '.join(STEPS)}")
    install(session, "test")
    steps = [name for name in STEPS if name in session.posargs or not session.posargs]
    summary = Path(session.virtualenv.location, "summary")
    summary.unlink(missing_ok=True)
    words = ("-m", "tools.steps", session.env_dir.parent, *steps)
    try:
        session.run(sys.executable, *words, env={"PYTHONPATH": "tests"}, external=True)
    finally:
        if summary.exists():
            # After the messages of nox, because programs that read a log look at its last line.
            atexit.register(print, summary.read_text(), flush=True)


@nox.session
@nox.parametrize("python,core", MATRIX)
def matrix(session: nox.Session, core: str) -> None:
    """Run the unit, integration, and system tests on every supported ansible-core."""
    tests = ["pytest", "hypothesis", "requests", "trustme"]
    modules_only = session.python == "3.9"  # Ansible sends the modules there, and does not run there itself
    if modules_only:
        session.install("--ignore-requires-python", "--no-deps", f"ansible-core=={core}")
        session.install(*tests, "PyYAML")
    else:
        session.install(f"ansible-core=={core}", *tests, "pytest-mock", "pytest-xdist", "ansible-runner")
    with step_errors(session):
        at = Workplace(Path(session.virtualenv.location), "matrix")
        if modules_only:
            at.pytest("-q", "tests/unit/plugins/modules", "tests/unit/plugins/module_utils")
        else:
            at.ansible_test("units", "--python", at.python_version)
            run_integration(at)
            at.pytest("-q", "tests/system")


@nox.session
def demo(session: nox.Session) -> None:
    """Close incidents from end to end, against a simulator of both products."""
    install(session, "demo")
    with step_errors(session):
        at = Workplace(Path(session.virtualenv.location), "demo")
    story = {"ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false", "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
    with run_simulator(at.python, at.tree, at.root) as url:
        settings = {**ansible_settings(at.root), **story, "SIMULATOR_URL": url}
        sources = [f"--inventory={at.tree}/tests/demo/{product}_incidents.yml" for product in ("eset", "d3")]
        session.run("ansible-playbook", *sources, at.tree / "tests/demo/demo.yml", *session.posargs, env=settings)


@nox.session(venv_backend="none")
def simulator(session: nox.Session) -> None:
    """Run the simulator of both products until Ctrl-C (./dev simulator -- --port 8080)."""
    with contextlib.suppress(KeyboardInterrupt):
        session.run(sys.executable, "tests/simulator", "--guide", *session.posargs)
