# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The development sessions. ./dev runs them, and without arguments lists them.

A session works on a copy of the checkout's files, because ansible-test insists on a path that ends in
ansible_collections/NAMESPACE/NAME, and because a copy leaves nothing behind in the checkout.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import nox

COLLECTION = "secops.incident_closure"

# Percent of plugins/ that units and integration together have to reach.
LINE_COVERAGE = 95
BRANCH_COVERAGE = 90

# What may stand at the top of the built archive.
SHIPPED = set(
    "CHANGELOG.md FILES.json LICENSE MANIFEST.json README.md SECURITY.md "
    "changelogs docs execution-environment.yml extensions meta playbooks plugins roles".split()
)

# Files that need no licence header: those that cannot hold comments, and those that tools write or use up.
NO_HEADER = (
    "CHANGELOG.md",
    "LICENSE",
    "*.json",
    "*.png",
    "*.svg",
    "changelogs/changelog.yaml",
    "changelogs/fragments/*",
    "docs/samples/*",
)

nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "virtualenv"

# What the caller's shell says about Ansible, Python, pytest, git or the two products (with real passwords, even)
# must not change what a session does.
for name in list(os.environ):
    if name.startswith(
        (
            "ANSIBLE_",
            "D3_",
            "ESET_",
            "GALAXY_",
            "GIT_DIR",
            "GIT_INDEX",
            "GIT_WORK",
            "PYTEST_",
            "PYTHONHOME",
            "PYTHONPATH",
        )
    ):
        del os.environ[name]


# --- what every session needs ---------------------------------------------------------------------------------------


def install(session: nox.Session, name: str) -> None:
    """Install requirements/NAME.txt, unless the environment has just that already."""
    wanted = "".join(path.read_text() for path in sorted(Path("requirements").glob("*.txt")))
    stamp = Path(session.virtualenv.location, "requirements.sha256")
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        session.log(f"installing requirements/{name}.txt, once; this takes a minute or so")
        session.install("-r", f"requirements/{name}.txt")
        stamp.write_text(digest)


def sources() -> list[str]:
    """The files of the checkout, committed or not, without those that git ignores."""
    listed = subprocess.check_output(["git", "ls-files", "-coz", "--exclude-standard", "--deduplicate"], text=True)
    return [name for name in listed.split("\0") if name and os.path.lexists(name)]


def tree(session: nox.Session) -> Path:
    """Copy the checkout to .../ansible_collections/secops/incident_closure and return that path."""
    root = Path(session.virtualenv.location, "tree").resolve()
    if "ansible_collections" in root.parts:  # Ansible takes a path with two of these for no collection
        digest = hashlib.sha256(str(root).encode()).hexdigest()[:16]
        root = Path("~/.cache", COLLECTION, digest).expanduser().resolve()
    shutil.rmtree(root, ignore_errors=True)
    copy = root.joinpath("ansible_collections", *COLLECTION.split("."))
    for name in sources():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, copy / name, follow_symlinks=False)
    # The copy lies in a folder that the checkout's git ignores, where ansible-test, ruff and others would see no files
    # at all and report success. With a repository of its own they see them.
    subprocess.run(["git", "init", "--quiet", copy], check=True)
    return copy


def ansible_env(copy: Path) -> dict[str, str]:
    """Variables with which Ansible finds the copy, and none of the settings, hosts or collections of this machine."""
    root = copy.parents[2]
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
        # The simulator is on this machine, and no proxy leads to it.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def python(session: nox.Session) -> Path:
    """The interpreter of the session's environment."""
    return Path(session.bin).resolve() / "python"


@contextlib.contextmanager
def simulator(session: nox.Session, copy: Path) -> Iterator[str]:
    """Run tests/simulator on a free port and give its URL."""
    port_file, log = copy.parents[2] / "simulator.port", copy.parents[2] / "simulator.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [python(session), "tests/simulator", "--port", "0", "--port-file", port_file],
            cwd=copy,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        port, patience = "", time.monotonic() + 30
        while not port and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.05)
            port = port_file.read_text().strip() if port_file.exists() else ""
        if not port:
            session.error(f"the simulator did not start:\n{log.read_text()}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


class Failure(Exception):
    """A step did not pass; the text says why."""


class Workplace:
    """A session's environment and its copy of the checkout, in which to run programs."""

    def __init__(self, session: nox.Session) -> None:
        self.session = session
        self.tree = tree(session)
        self.root = self.tree.parents[2]
        self.python_version = session.python or "{}.{}".format(*sys.version_info[:2])
        self.env = {**os.environ, **ansible_env(self.tree), "PATH": f"{python(session).parent}:{os.environ['PATH']}"}
        self.output = ""  # of the last program run

    def run(self, *command: str | Path, cwd: Path | None = None, quiet: bool = False, **env: str) -> str:
        """Run a program, show its output as it comes unless quiet, and return it; raise Failure when it fails."""
        words = [str(word) for word in command]
        print("+", shlex.join(words), flush=True)
        self.output = ""
        with subprocess.Popen(
            words,
            cwd=cwd or self.tree,
            env={**self.env, **env},
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
            said = f": {self.output}" if quiet else ""
            raise Failure(f"{words[0]} ended with status {process.returncode}{said}")
        return self.output

    def ansible_test(self, *arguments: str) -> str:
        """Run ansible-test, which counts it as success when it found nothing to test."""
        output = self.run("ansible-test", *arguments, "--color", "no")
        if "All targets skipped" in output:
            raise Failure("ansible-test found nothing to test")
        return output

    def archive(self) -> Path:
        """The built archive of the collection."""
        folder = self.root / "archive"
        if not folder.exists():
            self.run("ansible-galaxy", "collection", "build", "--output-path", folder)
        return next(folder.glob("*.tar.gz"))


# --- what keeps ansible-test from stumbling over the machine ---------------------------------------------------------


def runnable_pythons() -> str:
    """PATH without folders in which a python3.N stands that cannot run.

    Version managers put a shim for every Python they know on the PATH, and those that are not active fail when called.
    ansible-test takes such a shim for an interpreter and gives up. The interpreters behind pyenv's shims come in
    their place, so that the modules are checked on all of them.
    """

    def runs(python: Path) -> bool:
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0

    folders = [folder for folder in os.environ["PATH"].split(":") if folder]
    good = [folder for folder in folders if all(map(runs, Path(folder).glob("python3.*[0-9]")))]
    if good != folders:
        pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
        good = [str(folder) for folder in pyenv.glob("versions/3.*/bin")] + good
    return ":".join(good)


os.environ["PATH"] = runnable_pythons()  # nox looks for interpreters there as well


def provide_pip(at: Workplace) -> None:
    """Put in place, where ansible-test cannot download it, the script with which it gets pip into new environments.

    It looks for the script in a cache first. Ours does the same with the wheel of pip from the package index.
    """
    package = next(Path(at.session.virtualenv.location).glob("lib/python*/site-packages/ansible_test"))
    version = re.search(r"pip='([\d.]+)'", (package / "_internal/python_requirements.py").read_text())
    url = re.search(r"url = '(\S+get-pip-%s\.py)'", (package / "_util/target/setup/requirements.py").read_text())
    if not version or not url:
        return  # another ansible-core than those known here; it tells itself what it lacks
    version = version[1]
    cache = Path("~/.ansible/test/cache").expanduser()
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    try:
        urllib.request.urlopen(url[1] % version, timeout=10).close()
        return
    except OSError as error:
        print(f"ansible-test cannot download pip ({error}); it gets it from the package index instead", flush=True)
    at.run("python", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", cache, f"pip=={version}")
    script.write_text(
        f"""\
# Stands in for the get-pip script that ansible-test could not download; written by the noxfile of {COLLECTION}.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("pip-{version}-py3-none-any.whl")))
from pip._internal.cli.main import main

sys.exit(main(["install", *(word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel"))]))
"""
    )


# --- the steps of the session "test", quick ones first --------------------------------------------------------------

STEPS: dict[str, Callable[[Workplace], None]] = {}


def step(function: Callable[[Workplace], None]) -> Callable[[Workplace], None]:
    STEPS[function.__name__.replace("_", "-")] = function
    return function


@step
def licence(at: Workplace) -> None:
    """Every source file names its licence in its first lines."""
    bare = [
        name
        for name in sources()
        if not any(fnmatch(name, pattern) for pattern in NO_HEADER)
        and "SPDX-License-Identifier: GPL-3.0-or-later" not in Path(name).read_text(errors="replace")[:1000]
        and Path(name).stat().st_size
    ]
    if bare:
        raise Failure("no licence header in " + ", ".join(bare))


@step
def ruff(at: Workplace) -> None:
    """Mended by: .nox/test/bin/ruff check --fix; .nox/test/bin/ruff format"""
    at.run("ruff", "check", "--no-cache")
    at.run("ruff", "format", "--check", "--no-cache")


@step
def mypy(at: Workplace) -> None:
    settings = f"--config-file={at.tree / 'pyproject.toml'}"
    folders = (at.tree.relative_to(at.root) / name for name in ("plugins", "extensions/eda/plugins"))
    at.run("mypy", settings, *folders, cwd=at.root)


@step
def yamllint(at: Workplace) -> None:
    at.run("yamllint", "--strict", ".")


@step
def shellcheck(at: Workplace) -> None:
    at.run("shellcheck", "dev", ".ci/run")


@step
def changelog(at: Workplace) -> None:
    at.run("antsibull-changelog", "lint")


@step
def antsibull_docs(at: Workplace) -> None:
    at.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", ".")


@step
def ansible_lint(at: Workplace) -> None:
    at.run("ansible-lint", "--nocolor")


@step
def archive(at: Workplace) -> None:
    """The built archive holds what users need and no more, and its documentation is there once it is installed."""
    built = at.archive()
    with tarfile.open(built) as tar:
        extra = {name.split("/")[0] for name in tar.getnames()} - SHIPPED
    if extra:
        raise Failure(f"the archive holds {', '.join(sorted(extra))}: see build_ignore in galaxy.yml")
    installed = {"ANSIBLE_COLLECTIONS_PATH": str(at.root / "installed")}
    at.run("ansible-galaxy", "collection", "install", "--offline", built, **installed)
    for kind, pattern in {
        "module": "plugins/modules/*",
        "inventory": "plugins/inventory/*",
        "filter": "plugins/filter/*",
        "role": "roles/*",
    }.items():
        for name in sorted({f"{COLLECTION}.{path.stem}" for path in at.tree.glob(pattern) if path.stem[0] != "_"}):
            if name not in at.run("ansible-doc", "--type", kind, name, **installed, quiet=True):
                raise Failure(f"ansible-doc does not show {kind} {name}")


@step
def galaxy_importer(at: Workplace) -> None:
    """What Galaxy would say on upload. It calls success whatever it found, so its words decide."""
    output = at.run(
        "python",
        "-m",
        "galaxy_importer.main",
        at.archive(),
        cwd=at.archive().parent,
        GALAXY_IMPORTER_CHECK_REQUIRED_TAGS="true",
    )
    if re.search("^(WARNING|ERROR|CRITICAL)", output, re.MULTILINE):
        raise Failure("galaxy-importer complains, see above")


@step
def execution_environment(at: Workplace) -> None:
    """ansible-builder finds what the collection needs, and accepts the definition to build from."""
    if Path("meta/execution-environment.yml").exists():
        if "requests" not in at.run("ansible-builder", "introspect", "--sanitize", at.root):
            raise Failure("an execution environment would lack requests: see meta/execution-environment.yml")
    if Path("execution-environment.yml").exists():
        shutil.copy(at.archive(), at.tree)
        created = at.run("ansible-builder", "create", "-f", "execution-environment.yml", "-c", at.root / "context")
        if "No matches for" in created:
            raise Failure("execution-environment.yml names a file that is not there")


@step
def sanity(at: Workplace) -> None:
    """ansible-test's own checks, the modules on every Python of this machine. Where it lacks a tool it warns and
    succeeds; only a Python may be lacking."""
    provide_pip(at)
    skipped = re.findall("^WARNING: ((?:Skipping|Required program) .*)", at.ansible_test("sanity"), re.MULTILINE)
    if lacking := [line for line in skipped if not re.search(r"on Python [\d.]+ because it could not be found", line)]:
        raise Failure("\n".join(lacking))


@step
def units(at: Workplace) -> None:
    """The unit tests as ansible-test runs them: modules apart from all that is for the controller."""
    at.ansible_test("units", "--python", at.python_version, "--coverage")


def integrate(at: Workplace, *options: str) -> None:
    """Run the integration targets, with a simulator beside them."""
    roles = {role.name for role in (at.tree / "roles").iterdir()}
    if hidden := roles & {target.name for target in (at.tree / "tests/integration/targets").iterdir()}:
        raise Failure(f"ansible-test would run the role in place of the target {', '.join(hidden)}: rename the target")
    with simulator(at.session, at.tree) as url:
        variables = {"simulator_url": url, "simulator_python": str(python(at.session))}
        (at.tree / "tests/integration/integration_config.yml").write_text(json.dumps(variables))
        at.ansible_test("integration", "--python", at.python_version, *options)


@step
def integration(at: Workplace) -> None:
    integrate(at, "--coverage")


@step
def coverage(at: Workplace) -> None:
    """What the two steps before ran of plugins/."""
    at.run("ansible-test", "coverage", "combine", "--color", "no")
    report = at.root / "coverage.json"
    options = ("--data-file=tests/output/coverage/coverage", "--include=plugins/*")
    at.run("coverage", "report", *options, "--show-missing", "--skip-covered")
    at.run("coverage", "json", *options, "-o", report, "--quiet")
    measured = json.loads(report.read_text())
    # Files that no test loads are not in the report. Documentation fragments hold nothing to run.
    files = {str(path.relative_to(at.tree)) for path in at.tree.glob("plugins/**/*.py") if path.stat().st_size}
    unseen = {name for name in files - set(measured["files"]) if "doc_fragments" not in name}
    problems = [f"no test loads {name}" for name in sorted(unseen)]
    total = measured["totals"]
    for kind, covered, of, least in (
        ("lines", total["covered_lines"], total["num_statements"], LINE_COVERAGE),
        ("branches", total["covered_branches"], total["num_branches"], BRANCH_COVERAGE),
    ):
        percent = 100 * covered / of if of else 100
        print(f"{kind}: {covered} of {of}, {percent:.1f} %, at least {least} % wanted")
        if percent < least:
            problems.append(f"coverage of {kind} is {percent:.1f} %, below {least} %")
    if problems:
        raise Failure("\n".join(problems))


@step
def pytest(at: Workplace) -> None:
    """All unit tests in one run, as an editor runs them, and the system tests, which ansible-test does not run."""
    options = ("-n", "auto", "-p", "no:cacheprovider")
    at.run("python", "-m", "pytest", *options, "tests/unit", "tests/system", PYTHONPATH=str(at.root))


# --- the sessions ----------------------------------------------------------------------------------------------------


@nox.session
def demo(session: nox.Session) -> None:
    """Close incidents from end to end, against a simulator of both products."""
    install(session, "demo")
    copy = tree(session)
    with simulator(session, copy) as url:
        story = {"ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false", "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
        env = {**ansible_env(copy), **story, "SIMULATOR_URL": url}
        sources = [f"--inventory={copy}/tests/demo/{product}_incidents.yml" for product in ("eset", "d3")]
        session.run("ansible-playbook", *sources, copy / "tests/demo/demo.yml", *session.posargs, env=env)


@nox.session(name="simulator", venv_backend="none")
def run_simulator(session: nox.Session) -> None:
    """Run the simulator of both products until Ctrl-C: ./dev simulator -- --port 8080"""
    with contextlib.suppress(KeyboardInterrupt):
        session.run(sys.executable, "tests/simulator", "--guide", *session.posargs)


@nox.session
def test(session: nox.Session) -> None:
    """All tests and checks, or some: ./dev test -- units integration coverage"""
    if unknown := set(session.posargs) - set(STEPS):
        session.error(f"no step {', '.join(unknown)}; the steps are {', '.join(STEPS)}")
    install(session, "test")
    at = Workplace(session)
    wanted = [name for name in STEPS if name in session.posargs or not session.posargs]
    table, failed = [], []
    for name in wanted:
        print(f"\n--- {name}", flush=True)
        start = time.monotonic()
        try:
            STEPS[name](at)
            verdict = "ok"
        except Exception as error:  # whatever it is, the other steps have something to say as well
            print(f"{name}: {error if isinstance(error, Failure) else f'{type(error).__name__}: {error}'}")
            verdict = "FAILED"
            failed.append(name)
        table.append(f"{name:<24}{verdict:<8}{time.monotonic() - start:6.1f} s")
        print(f"--- {table[-1]}", flush=True)
    print("\n" + "\n".join(table) + "\n", flush=True)
    if "pytest" in wanted:
        # Once more at the very end, after what nox has to say: what reads a log, looks at its last line.
        for line in re.findall(r"^=+ .* in [\d.]+s.* =+$", at.output, re.MULTILINE)[-1:]:
            atexit.register(print, line, flush=True)
    if failed:
        session.error("failed: " + ", ".join(failed))


@nox.session
def reliability(session: nox.Session) -> None:
    """More faults, histories and processes than ./dev test plays, and their figures, kept in docs/reliability.md"""
    install(session, "test")
    at = Workplace(session)
    effort = {"HISTORIES": "500", "ANSWERS": "2000", "PROCESSES": "50", "GATE_HISTORIES": "400"}
    folders = ("tests/unit/plugins", "tests/unit/process", "tests/system")
    try:
        output = at.run(
            *("python", "-m", "pytest", "-p", "no:cacheprovider", *folders), PYTHONPATH=str(at.root), **effort
        )
    except Failure as error:
        session.error(str(error))
    figures = {}
    for line in re.findall("^figures: (.*)$", output, re.MULTILINE):  # one of tests/unit, one of tests/system
        figures.update(json.loads(line))
    rows = "".join(f"| {what} | {number} |\n" for what, number in figures.items())
    table = f"On {datetime.date.today()}, by `./dev reliability`:\n\n| what | number |\n| --- | --- |\n{rows}"
    page = Path("docs/reliability.md")
    before, heading, _old = page.read_text().partition("## Figures of the last run\n")
    page.write_text(f"{before}{heading}\n{table}")
    print(table)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against uri loops and a bare script, into docs/benchmarks.md; ./dev bench -- --quick takes a few minutes"""
    install(session, "test")
    at = Workplace(session)
    try:
        at.run("python", "tests/benchmark/bench.py", "docs/benchmarks.md", "docs/benchmarks.svg", *session.posargs)
    except Failure as error:
        session.error(str(error))
    for name in ("benchmarks.md", "benchmarks.svg"):
        shutil.copy(at.tree / "docs" / name, Path("docs", name))


MATRIX = [  # a Python that each ansible-core runs on; the last row is the oldest Python of the modules
    ("3.10", "2.16.19"),
    ("3.11", "2.18.19"),
    ("3.11", "2.19.14"),
    ("3.12", "2.20.10"),
    ("3.13", "2.21.5"),
    ("3.9", "2.21.5"),
]


@nox.session
@nox.parametrize("python,core", MATRIX)
def matrix(session: nox.Session, core: str) -> None:
    """Unit, integration, and system tests on every supported ansible-core"""
    modules_only = session.python == "3.9"  # Ansible sends the modules there, and does not run there itself
    tests = ["pytest", "hypothesis", "requests", "trustme"]
    if modules_only:
        session.install("--ignore-requires-python", "--no-deps", f"ansible-core=={core}")
        session.install(*tests, "PyYAML")
    else:
        session.install(f"ansible-core=={core}", *tests, "pytest-mock", "pytest-xdist", "ansible-runner")
    at = Workplace(session)
    try:
        if modules_only:
            folders = ("tests/unit/plugins/modules", "tests/unit/plugins/module_utils")
            at.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *folders, PYTHONPATH=str(at.root))
        else:
            at.ansible_test("units", "--python", at.python_version)
            integrate(at)
            at.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/system", PYTHONPATH=str(at.root))
    except Failure as error:
        session.error(str(error))


@nox.session
def release(session: nox.Session) -> None:
    """Check, build and list the archive of the version in galaxy.yml"""
    install(session, "test")
    at = Workplace(session)
    version = re.search(r"^version: (\S+)$", Path("galaxy.yml").read_text(), re.MULTILINE)[1]
    if f"  {version}:" not in Path("changelogs/changelog.yaml").read_text():
        session.error(f"the changelog does not hold {version}: run antsibull-changelog as CONTRIBUTING.md says")
    try:
        for name in ("licence", "changelog", "antsibull-docs", "ansible-lint", "archive", "galaxy-importer"):
            STEPS[name](at)
    except Failure as error:
        session.error(str(error))
    if left := [path.name for path in Path("changelogs/fragments").glob("*")]:
        session.error(
            f"the changelog of {version} lacks {', '.join(left)}: run antsibull-changelog as CONTRIBUTING.md says"
        )
    for name, sign in {"galaxy.yml": "example.com", "SECURITY.md": "Placeholder"}.items():
        if sign in Path(name).read_text():
            session.warn(f"{name} holds placeholders, which the owner has to fill in before this is published")
    built = shutil.copy(at.archive(), ".")
    with tarfile.open(built) as tar:
        print("\n".join(sorted(member.name for member in tar.getmembers() if member.isfile())))
    print(f"{Path(built).name}: sha256 {hashlib.sha256(Path(built).read_bytes()).hexdigest()}")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as a site, in site/build/html"""
    install(session, "test")
    at = Workplace(session)
    site = Path("site").resolve()
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    (site / "rst").mkdir(mode=0o700)  # antsibull-docs wants it closed to others
    collection = ("--use-current", "--squash-hierarchy", "--cleanup", "everything", "--fail-on-error")
    settings = "docs/docsite/antsibull-docs.cfg"
    try:
        at.run(
            "antsibull-docs",
            "--config-file",
            settings,
            "collection",
            *collection,
            "--dest-dir",
            site / "rst",
            COLLECTION,
        )
        builder = ("sphinx-build", "-M", "html", site / "rst", site / "build", "-c", "docs/docsite")
        at.run(*builder, "--fail-on-warning", "--keep-going", "-q")
    except Failure as error:
        session.error(str(error))
    print(f"the site begins at {site / 'build/html/index.html'}")
