# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible runs every example in the documentation against the simulator.

Examples are the EXAMPLES of the plugins and the code blocks of the Markdown pages and of docs/docsite/rst. They run without changes,
except that the simulator replaces the sample site, that addresses and credentials come from the environment and from variables, and
that all hosts are this host, without become. An example must close exactly the incidents that it names.

A block of YAML after the comment "example-file" is a file of that name, for the blocks after it and for the tests in NOT_RUN. A block
that is neither a playbook nor tasks must be such a file. The test runs the console lines that call Ansible with this collection, and
NOT_RUN must list all other lines.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import textwrap

import pytest
from sandbox import COLLECTION, Sandbox

from simulator import (
    DEFAULT_D3_INCIDENTS,
    DEFAULT_D3_KEY,
    DEFAULT_D3_LOOKUP_KEY,
    DEFAULT_ESET_ACCESS_TOKEN,
    DEFAULT_ESET_INCIDENTS,
    DEFAULT_ESET_PASSWORD,
    DEFAULT_ESET_USERNAME,
    Simulator,
    d3_jwt,
)

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

PAGES = [
    *(COLLECTION / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(COLLECTION.glob("roles/*/README.md")),
    *sorted(COLLECTION.glob("docs/docsite/rst/*.rst")),
]
PLUGINS = sorted([*COLLECTION.glob("plugins/modules/*.py"), *COLLECTION.glob("plugins/filter/*.py")])

D3_NUMBER = r"20\d{6}-\d{1,3}\b"
ESET_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SITE = "https://soar.example.com/MainApp/VSOC"
USERS = ["soar-automation", "Admin"]

# Console lines that this test does not run, and the reasons.
NOT_RUN = {
    r"\./dev demo$": "a session of noxfile.py, with a test of its own",
    r"\./dev simulator( -- --port \d+)?$": "a session of noxfile.py; tests/system/test_simulator_command.py",
    r"\./dev (test|pytest|integration|ruff)( --.*)?$": "runs this test",
    r"ansible-test (units|integration) --requirements ": "from a package index; the sessions units and integration run ansible-test",
    r"git clone |cd ": "the folder of the reader",
    r"ansible-galaxy collection (build|install (--force )?secops-)": "the session archive builds and installs it",
    r"ansible-galaxy collection install awx\.awx$": "from a collection server",
    r"python3 -m pip install requests$": "from a package index",
    r"\. \.nox/demo/bin/activate$": "made by ./dev demo",
    r"python tests/simulator|\.nox/test/bin/python tests/simulator": "this test starts the simulator itself",
    r"PYTHONPATH=\S+ \.nox/test/bin/python -m pytest ": "runs this test",
    r"export ": "read by this test, see test_console_lines_run",
    r"ansible-vault encrypt ": "would ask for a password",
    r"ansible-playbook close\.yml .*--ask-vault-pass$": "would ask for a password; test_yaml_blocks_run runs the playbook itself",
    r"ansible-builder build |podman push ": "takes a container engine",
    r"ansible-playbook \S+/extensions/awx/setup\.yml ": "tests/system/test_awx_setup.py",
    r"ansible-rulebook |curl ": "tests/system/test_rulebook.py",
}


class Block:
    """A code block of a page."""

    def __init__(self, page, number, language, text, file_name):
        self.page, self.language, self.text, self.file_name = page, language, text, file_name
        self.name = f"{page.relative_to(COLLECTION)}:{number}"


def blocks(page):
    """Yield the code blocks of a page."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        pattern = r"(?:<!-- example-file: (?P<file>\S+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$"
    else:
        pattern = (
            r"(?:^ *\.\. example-file: (?P<file>\S+)\n\n)?"
            r"^(?P<indent> *)\.\. code-block:: (?P<language>\w+)\n\n(?P<text>(?:(?P=indent) +.*\n|\n)+)"
        )
    for match in re.finditer(pattern, text, re.MULTILINE | re.DOTALL if page.suffix == ".md" else re.MULTILINE):
        number = text.count("\n", 0, match.start("text")) + 1
        yield Block(page, number, match["language"], textwrap.dedent(match["text"]), match["file"])


BLOCKS = [block for page in PAGES for block in blocks(page)]


def ids(pattern, text):
    return list(dict.fromkeys(re.findall(pattern, text)))


class Workplace:
    """A folder, a simulator with the incidents of an example, and settings of Ansible for both."""

    def __init__(self, folder, text):
        self.folder = folder
        self.d3, self.eset = ids(D3_NUMBER, text), ids(ESET_UUID, text)
        if "incidents.txt" in text and not self.d3 + self.eset:
            self.d3 = ["20210127-198", "20210127-197"]
        scenario = {
            "d3": {
                "incidents": self.d3 or list(DEFAULT_D3_INCIDENTS),
                "users": USERS,
                "jwts": {
                    d3_jwt(USERS[0], "Security Operations"): ["CloseIncidentInBulk"],
                    d3_jwt(USERS[0], "Security Operations", "lookup"): ["GetIncidents"],
                },
            },
            "eset": {"incidents": self.eset or list(DEFAULT_ESET_INCIDENTS)},
        }
        self.sim = Simulator(scenario=scenario).start()
        self.sandbox = Sandbox(folder)
        self.write("incidents.txt", "\n".join(self.d3 + self.eset))

    def write(self, name, text):
        self.sandbox.write(name, text.replace(SITE, self.url))

    @property
    def url(self):
        return self.sim.d3_url

    def run(self, *words, **environment):
        """Run Ansible, and return its output."""
        environment = {
            **self.sim.environment,  # ESET_API_URL and ESET_AUTH_URL override the region of an example
            "D3_USERNAME": USERS[0],
            **environment,
        }
        variables = {
            "vault_d3_api_key": DEFAULT_D3_KEY,
            "vault_d3_lookup_api_key": DEFAULT_D3_LOOKUP_KEY,
            "vault_d3_jwt": d3_jwt(USERS[0], "Security Operations"),
            "vault_d3_lookup_jwt": d3_jwt(USERS[0], "Security Operations", "lookup"),
            "vault_eset_username": DEFAULT_ESET_USERNAME,
            "vault_eset_password": DEFAULT_ESET_PASSWORD,
            "vault_eset_access_token": DEFAULT_ESET_ACCESS_TOKEN,
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "ansible_become": False,
            "remediate_host_quarantine_dir": str(self.folder / "quarantine"),
        }
        self.write("overrides.json", json.dumps(variables))
        words = [*words, "-e", f"@{self.folder / 'overrides.json'}"]
        if (self.folder / "inventory.yml").exists() and "-i" not in words:
            words += ["-i", "inventory.yml"]
        job = self.sandbox.run(*words, **environment)
        assert job.returncode == 0, job.stdout + job.stderr
        return job.stdout

    def closed(self):
        """Return the closed incidents, each as often as it was closed."""
        products = (self.sim.d3, self.sim.eset)
        return sorted(
            number
            for product in products
            for number, incident in product.incidents.items()
            for _time in range(incident.closings)
        )


@pytest.fixture
def workplace(tmp_path):
    """Return a function that makes a workplace with the incidents in a string."""
    places = []

    def make(text):
        places.append(Workplace(tmp_path, text))
        return places[-1]

    yield make
    for place in places:
        place.sim.stop()


def playbook(data):
    """Return a playbook, or tasks as a playbook, or None for other data."""
    if not isinstance(data, list):
        return None
    if any("hosts" in item or "ansible.builtin.import_playbook" in item for item in data):
        return data
    return [{"name": "The example", "hosts": "localhost", "gather_facts": False, "tasks": data}]


def files_before(block):
    """Return the files of a page before a block."""
    for other in BLOCKS:
        if other is block:
            return
        if other.page == block.page and other.file_name:
            yield other


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.stem)
def test_the_examples_of_plugins_run(path, workplace):
    """Run the examples of a plugin in one play, and then the commands in its comments."""
    text = re.search(r'^EXAMPLES = r"""\n(.*?)^"""', path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]
    place = workplace(text)
    hosts = {"web01": {"incident_closure_d3_incidents": place.d3}}
    place.write("inventory.yml", json.dumps({"web": {"hosts": hosts}}))
    place.write("playbook.yml", yaml.safe_dump(playbook(yaml.safe_load(text.replace(SITE, place.url)))))
    survey = {"incident_numbers": "\n".join(place.d3), "incident_uuids": "\n".join(place.eset)}
    output = place.run("ansible-playbook", "playbook.yml", "-e", json.dumps(survey))
    assert "skipping:" not in output
    for command in re.findall(r"^#   (ansible .*)$", text, re.MULTILINE):
        place.run(*shlex.split(command), "-i", "localhost,")
    named = sorted(place.d3 + place.eset)
    assert place.closed() == (named if re.search(r"^ +secops\.incident_closure\.\w+_close", text, re.MULTILINE) else [])


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "yaml"], ids=lambda block: block.name)
def test_yaml_blocks_run(block, workplace):
    """Run a playbook or tasks, or check that later blocks use a file."""
    if "ansible.windows" in block.text:
        pytest.skip("it is for Windows hosts, and needs the collection ansible.windows")
    data = yaml.safe_load(block.text)
    play = playbook(data)
    if play is None:
        assert block.file_name, "give it a name with a comment: example-file: NAME"
        pytest.skip(f"{block.file_name}: a file for the examples after it, or for the tests that NOT_RUN names")
    inventories = [other.text for other in files_before(block) if other.file_name == "inventory.yml"]
    roles = "close_incidents" in block.text
    place = workplace(block.text + "".join(inventories if roles else []))
    for other in files_before(block):
        if other.file_name != "inventory.yml" or roles:
            place.write(other.file_name, other.text)
    place.write("playbook.yml", block.text if play is data else yaml.safe_dump(play))
    if "remediate_host_absent_packages" in block.text:
        place.run("ansible-playbook", "playbook.yml", "--syntax-check")
        pytest.skip("it would change this host; the integration target remediate_host_system runs the same steps")
    # The playbook close_incidents fails without an incident, which the survey of its job template asks for.
    named = ["20260112-101"] if "import_playbook: secops.incident_closure.close_incidents" in block.text else []
    place.run("ansible-playbook", "playbook.yml", *(["-e", f"incident_numbers={named[0]}"] if named else []))
    assert place.closed() == sorted(place.d3 + place.eset + named)
    for report in re.findall(r"/(report\.\w+)", block.text):
        assert (place.folder / report).stat().st_size


def test_every_block_has_a_test():
    assert {block.language for block in BLOCKS} <= {"yaml", "console", "text", "json"}
    assert {block.file_name for block in BLOCKS if block.language == "json"} == {"event.json", "notification.json"}
    assert [block.page.name for block in BLOCKS if block.language == "text"] == ["README.md"]  # the demo's output


def commands():
    """Yield the console lines of each page, which depend on earlier lines of the page."""
    for page in PAGES:
        lines = [
            line[2:]
            for block in blocks(page)
            if block.language == "console"
            for line in block.text.replace("\\\n", "").splitlines()
            if line.startswith("$ ")
        ]
        if lines:
            yield pytest.param(page, lines, id=page.name)


@pytest.mark.parametrize("page, lines", list(commands()))
def test_console_lines_run(page, lines, workplace):
    ours = [line for line in lines if re.match(r"ansible(-playbook)? .*secops\.incident_closure\.", line)]
    for line in lines:
        assert line in ours or any(re.match(pattern, line) for pattern in NOT_RUN), line
    if not ours:
        return
    files = [
        block
        for block in BLOCKS
        if block.page == page and re.search(rf"(-i |=|@){block.file_name}( |$)", "\n".join(ours), re.MULTILINE)
    ]
    text = "\n".join([*ours, *(block.text for block in files)])
    place = workplace(text)
    exported = {}
    for line in lines:
        if line.startswith("export "):
            exported.update(word.split("=", 1) for word in shlex.split(line)[1:])
    # The exported variables of a page are valid here, except for the port.
    exported = {name: value.replace("http://127.0.0.1:8080", place.sim.url) for name, value in exported.items()}
    for block in files:
        place.write(block.file_name, block.text)
    for line in ours:
        words = shlex.split(line)
        before = place.closed()
        place.run(*(words if "-i" in words else [*words, "-i", "localhost,"]), **exported)
        if "--check" in words:
            assert place.closed() == before
    named = ids(f"{D3_NUMBER}|{ESET_UUID}", text)
    if not named and "eset_incidents.yml" in text:
        named = [incident["id"] for incident in DEFAULT_ESET_INCIDENTS if not incident["status"].endswith("CLOSED")]
    assert place.closed() == sorted(named)
