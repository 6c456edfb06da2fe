# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random inventories, plays, and commands for the property test of the gate.

A history is an inventory of hosts with malware, and one or more commands that remediate hosts and close incidents. In no
history does a user mark a host that still has its malware, because a gate cannot detect that: by a mark after the user's
own tasks that were skipped or failed, by a wrong file name, or by a mark in the inventory.
docs/docsite/rst/gate.rst lists these limits.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Callable

from hypothesis import strategies as st

ROLE = "secops.incident_closure."
# The module would replace $HOME in the name of a file.
REMOVE = {"argv": ["rm", "-f", "--", "{{ malware }}"], "expand_argument_vars": False}
NAMES = ("web01", "web-2.example.com", "2001:db8::3")
IDS = {
    "d3": ("20260112-101", "20260112-102", "4711", "20260112-103", "20260112-104", "20260112-105"),
    "eset": ("5d2b7f0a-3c1e-4b8a-9f64-0f3a6d1c7e21", "8e41c6d3-90ab-4f27-a1d5-72c0be94f612"),
}

# The incidents of a history. A host lists some of them, by their positions.
LISTED = {"d3": ((0,), (0, 1), (1,), (2, 0), (2,), ()), "eset": ((0,), (), (0, 1), (1,))}

# The events that can happen to a host, and the variables that cause them.
UNREACHABLE = {
    "ansible_connection": "ssh",
    "ansible_host": "127.0.0.1",
    "ansible_port": 1,
    "ansible_ssh_common_args": "-o ConnectTimeout=2",
}
FATES: dict[str, dict[str, Any]] = {
    "cleaned": {},
    "never infected": {},
    "unreachable": UNREACHABLE,
    "fails": {},
    "ended": {},
    "skipped": {},
    "malware is a directory": {},
    "malware has a second name": {},
    "quarantine is blocked": {},
    "no Python": {"ansible_python_interpreter": "/nonexistent/python"},
    "no become": {"ansible_become": True, "ansible_become_user": "nobody-at-all"},
}

# The ways in which the inventory asks the role remediate_host to remove the malware at a path, right or wrong.
FILES = "remediate_host_quarantine_files"
REQUESTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "a list": lambda path: {FILES: [path]},
    "a string": lambda path: {FILES: path},
    "a template": lambda path: {FILES: ["{{ malware }}"]},
    "lines": lambda path: {FILES: f"/nonexistent/file\n{path}\n"},
    "Windows lines": lambda path: {FILES: f"{path}\r\n/nonexistent/file\r\n"},
    "commas": lambda path: {FILES: f"/nonexistent/file, {path}"},
    "empty entries": lambda path: {FILES: [None, "", path, path]},
    "nothing": lambda path: {},
    "null": lambda path: {FILES: None},
    "an empty string": lambda path: {FILES: ""},
    "an empty list": lambda path: {FILES: []},
    "a list of null": lambda path: {FILES: [None]},
    "a misspelled variable": lambda path: {"remediate_host_quarantine_file": [path]},
    "a misspelled variable beside a right one": lambda path: {FILES: ["/nonexistent/a"], "remediate_host_file": [path]},
    "a pattern": lambda path: {FILES: [f"{path[:-3]}*"]},
    "a class of characters": lambda path: {FILES: [f"{path[:-1]}[a-z]"]},
    "a relative path": lambda path: {FILES: ["malware"]},
    "a path that ends in a slash": lambda path: {FILES: [f"{path}/"]},
    "a path with dots": lambda path: {FILES: [f"{path}/../malware"]},
    "a separator in a list": lambda path: {FILES: [f"/nonexistent/file,{path}"]},
    "a line break in a list": lambda path: {FILES: [f"/nonexistent/file\n{path}"]},
    "a list in a string": lambda path: {FILES: f'["{path}"]'},
    "a nested list": lambda path: {FILES: [[path]]},
    "a dictionary": lambda path: {FILES: {"path": path}},
    "a number": lambda path: {FILES: 5},
}

# The ways in which the inventory writes a list of incidents.
SPELLINGS: dict[str, Callable[[list[str]], Any]] = {
    "a list": list,
    "commas": ", ".join,
    "lines": lambda ids: "\n".join(ids) + "\n",
    "empty entries": lambda ids: [None, "", *ids, *ids],
    "upper case": lambda ids: [incident.upper() for incident in ids],
    "spaces": lambda ids: [f" {incident}\t" for incident in ids],
    "numbers": lambda ids: [int(incident) if incident.isdigit() else incident for incident in ids],
    "a template": lambda ids: f"{{{{ {ids!r} }}}}",
    "an invisible character": lambda ids: [f"{incident}\u200b" for incident in ids],
    "a typographic dash": lambda ids: [incident.replace("-", "\u2011") for incident in ids],
    "a separator in a list": lambda ids: [",".join(ids)],
    "a list in a string": repr,
    "a nested list": lambda ids: [ids],
}


@dataclasses.dataclass(frozen=True)
class Host:
    """A host of the inventory.

    :ivar file: the name of its malware.
    :ivar request: the way in which the inventory asks for the remediation, a key of ``REQUESTS``.
    :ivar incidents: the incidents that it is part of, as (product, id).
    :ivar spelling: the way in which the inventory writes them, a key of ``SPELLINGS``.
    """

    name: str
    fate: str
    file: str
    request: str
    incidents: tuple[tuple[str, str], ...]
    spelling: str

    def malware(self, folder: Path) -> Path:
        """Return the path of the malware."""
        return folder / "hosts" / self.name / self.file

    def plant(self, folder: Path) -> None:
        """Put the malware, and the obstacles to its removal, on the host."""
        malware = self.malware(folder)
        malware.parent.mkdir(parents=True, exist_ok=True)
        if self.fate == "never infected" or malware.exists():
            return
        if self.fate == "malware is a directory":
            malware.mkdir()
        else:
            malware.write_text(f"This stands for malware on {self.name}.\n", encoding="utf-8")
        if self.fate == "malware has a second name":
            other = malware.with_name("second name")
            other.unlink(missing_ok=True)
            other.hardlink_to(malware)
        if self.fate == "quarantine is blocked":
            malware.with_name("quarantine").write_text("This is in the way.\n", encoding="utf-8")

    def variables(self, folder: Path) -> dict[str, Any]:
        """Return the variables of the host in the inventory."""
        path = str(self.malware(folder))
        lists = {}
        for product in IDS:
            ids = [incident for of, incident in self.incidents if of == product]
            if ids:
                lists[f"incident_closure_{product}_incidents"] = SPELLINGS[self.spelling](ids)
        return {
            "fate": self.fate,
            "malware": path,
            "remediate_host_quarantine_dir": str(folder / "hosts" / self.name / "quarantine"),
            **REQUESTS[self.request](path),
            **lists,
            **FATES[self.fate],
        }


@dataclasses.dataclass(frozen=True)
class Command:
    """One run of ansible-playbook.

    :ivar playbook: a playbook of the collection by its name, or plays.
    :ivar hosts: the hosts of its inventory (of a slice: some of all hosts).
    :ivar arguments: further arguments of the command line.
    :ivar variables: extra variables.
    :ivar environment: further variables of the environment.
    :ivar plant: the hosts on which the malware returns before the command.
    :ivar reset: whether every incident is open again before the command.
    :ivar artifacts: whether it receives the artifacts of the commands before it, as a later job of a workflow does.
    """

    playbook: Any
    hosts: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    variables: dict[str, Any] = dataclasses.field(default_factory=dict)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    plant: tuple[str, ...] = ()
    reset: bool = False
    artifacts: bool = False


@dataclasses.dataclass(frozen=True)
class History:
    """Hosts, and the commands that run one after the other.

    :ivar counting: the hosts that count for the gate (``close_incidents_hosts``).
    """

    hosts: tuple[Host, ...]
    commands: tuple[Command, ...]
    counting: tuple[str, ...]


def often(usual: Any, unusual: Any, weight: int = 3) -> st.SearchStrategy[Any]:
    """Return a strategy that draws a usual value about ``weight`` times as often as an unusual one."""
    return st.sampled_from([*usual] * max(1, weight * len(unusual) // len(usual)) + [*unusual])


@st.composite
def any_host(draw: st.DrawFn, name: str) -> Host:
    """Draw a host."""
    file = draw(
        often(
            ["malware"], ["mal ware", "malware ", "[kworker]", "mal$HOME", "\u043c\u0430\u043b\u0432\u0430\u0440\u044c"]
        )
    )
    requests = list(REQUESTS)
    wrong = requests.index("nothing")
    return Host(
        name=name,
        fate=draw(often(["cleaned"], list(FATES))),
        file=file,
        request=draw(often(requests[:wrong], requests)) if file == "malware" else "a list",
        incidents=tuple(
            (product, IDS[product][number]) for product in IDS for number in draw(st.sampled_from(LISTED[product]))
        ),
        spelling=draw(often(list(SPELLINGS)[:8], list(SPELLINGS), weight=6)),
    )


# --- plays that a user writes ----------------------------------------------------------------------------------------

ANY_DEFAULTS = [{"ansible.builtin.set_fact": {"cacheable": True}}]
ROLE_DEFAULTS = [
    *ANY_DEFAULTS,
    {"ansible.builtin.command": {"creates": "/"}},
    {"ansible.builtin.command": {"removes": "/nonexistent"}},
    {"ansible.builtin.stat": {"get_checksum": False, "follow": True}},
    {"ansible.builtin.file": {"state": "touch"}},
    {"ansible.builtin.ping": {"data": "pong"}},
    {"ansible.builtin.set_stats": {"per_host": True}},
]
PLAY_KEYWORDS = {
    "strategy": ["linear", "free", "host_pinned"],
    "serial": [1, "50%", [1, 2]],
    "order": ["reverse_inventory"],
    "any_errors_fatal": [True],
    "max_fail_percentage": [0, 50],
    "force_handlers": [True],
    "throttle": [1],
    "check_mode": [True],
    "module_defaults": ANY_DEFAULTS,
}
# The user's own tasks before the mark must not have these keywords, because an ignored failure counts as success.
ROLE_KEYWORDS = {
    "ignore_errors": [True],
    "ignore_unreachable": [True],
    "run_once": [True],
    "module_defaults": ROLE_DEFAULTS,
}
BLOCK_KEYWORDS = {"any_errors_fatal": [True], "check_mode": [True], "module_defaults": ANY_DEFAULTS, "throttle": [1]}
DEBUG = {"name": "Say something", "ansible.builtin.debug": {"msg": "said"}}


@st.composite
def keywords(draw: st.DrawFn, *choices: dict[str, list[Any]], most: int = 2) -> dict[str, Any]:
    """Draw some keywords with their values."""
    known = {name: values for choice in choices for name, values in choice.items()}
    names = draw(st.lists(often([None], list(known), weight=1), max_size=most))
    return {name: draw(st.sampled_from(known[name])) for name in names if name}


@st.composite
def delegation(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw the keywords of a delegation to a host of the inventory, or none."""
    target = draw(often([None], [*names, "localhost"], weight=2))
    return {"delegate_to": target, "delegate_facts": draw(st.booleans())} if target else {}


@st.composite
def role(draw: st.DrawFn, name: str, tasks_from: str | None = None) -> dict[str, Any]:
    """Draw a task that includes or imports a role."""
    action = draw(st.sampled_from(["include_role", "import_role"]))
    arguments = {"name": ROLE + name, **({"tasks_from": tasks_from} if tasks_from else {})}
    return {"name": f"Use {name}", f"ansible.builtin.{action}": arguments}


@st.composite
def remediation(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw a play that remediates hosts, with the role, or with the user's own tasks and the mark."""
    own = draw(st.sampled_from([False, False, True]))
    when = {"when": "fate != 'skipped'"}
    tasks = [
        {"name": "Fail", "ansible.builtin.fail": {"msg": "This host fails."}, "when": "fate == 'fails'"},
        {"name": "End the host", "ansible.builtin.meta": "end_host", "when": "fate == 'ended'"},
    ]
    if own:
        remove = {"name": "Remove", "ansible.builtin.command": REMOVE, **when}
        mark = draw(role("close_incidents", "mark_remediated"))
        once = draw(keywords({"run_once": [True], "delegate_to": list(names)}, most=1))
        tasks += [remove, {"name": "Mark", "block": [mark], **once, **when}]
        if draw(st.booleans()):
            tasks.insert(0, draw(role("close_incidents", "revoke_mark")))
        around = {**draw(keywords(BLOCK_KEYWORDS, most=1)), **draw(delegation(names))}
        play = draw(keywords(PLAY_KEYWORDS))
    else:
        tasks.append({**draw(role("remediate_host")), **when})
        around = {**draw(keywords(BLOCK_KEYWORDS, ROLE_KEYWORDS, most=1)), **draw(delegation(names))}
        play = draw(keywords(PLAY_KEYWORDS, ROLE_KEYWORDS))
    wrap = draw(st.sampled_from(["plain", "rescue", "always"]))
    block = {"name": "Remediate", "block": tasks, **around, **({} if wrap == "plain" else {wrap: [DEBUG]})}
    hosts = draw(st.sampled_from(["all", "all", "all:!localhost", names[0]]))
    if play.get("throttle"):  # a keyword of blocks and tasks only
        block["throttle"] = play.pop("throttle")
    return {"name": "Remediate", "hosts": hosts, "gather_facts": False, "tags": ["remediate"], **play, "tasks": [block]}


@st.composite
def closing(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw a play that closes incidents."""
    choices = (PLAY_KEYWORDS, {"ignore_errors": [True], "ignore_unreachable": [True], "run_once": [True]})
    play = draw(keywords(*choices, most=1))
    around = {**draw(keywords(BLOCK_KEYWORDS, most=1)), **draw(delegation(names))}
    if play.get("throttle"):
        around["throttle"] = play.pop("throttle")
    hosts = draw(st.sampled_from(["localhost", "localhost", "localhost", "all", names[-1]]))
    block = {"name": "Close", "block": [draw(role("close_incidents"))], **around}
    return {"name": "Close", "hosts": hosts, "gather_facts": False, "tags": ["close"], **play, "tasks": [block]}


@st.composite
def plays(draw: st.DrawFn, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Draw a playbook: a play that remediates and one that closes, both in one play, or two plays that close."""
    first, second = draw(remediation(names)), draw(closing(names))
    shape = draw(st.sampled_from(["two plays", "two plays", "two plays", "one play", "close, remediate, close"]))
    if shape == "one play":
        return [{**first, "tags": ["remediate", "close"], "tasks": first["tasks"] + second["tasks"]}]
    return [second] * (shape == "close, remediate, close") + [first, second]


# --- commands --------------------------------------------------------------------------------------------------------

ENVIRONMENT = [
    {"ANSIBLE_ANY_ERRORS_FATAL": "true"},
    {"ANSIBLE_STRATEGY": "free"},
    {"ANSIBLE_STRATEGY": "host_pinned"},
    {"ANSIBLE_INJECT_FACT_VARS": "false"},
    {"ANSIBLE_FORCE_HANDLERS": "true"},
    {"ANSIBLE_FORKS": "1"},
    {"ANSIBLE_GATHERING": "explicit"},
    {"ANSIBLE_PRIVATE_ROLE_VARS": "true"},
]


@st.composite
def arguments(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[str, ...]:
    """Draw arguments of the command line."""
    limits = [f"--limit={names[0]}", f"--limit={names[-1]},localhost", f"--limit=!{names[0]}", "--limit=all"]
    tags = ["--tags=remediate", "--tags=close", "--skip-tags=remediate", "--skip-tags=close", "--check"]
    word = draw(often([None], limits + tags))
    return (word,) if word else ()


@st.composite
def shipped(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """Draw a playbook of the collection, and its variables."""
    playbook = draw(st.sampled_from(["remediate_and_close"] * 5 + ["close_incidents"]))
    targets = draw(often([None, "", "all"], [names[0], f"all:!{names[0]}", "localhost", "nowhere"]))
    variables = {} if targets is None else {"target_hosts": targets}
    if playbook == "remediate_and_close" and draw(st.integers(0, 3)) == 3:
        variables["remediation_tasks"] = "own.yml"
    return ROLE + playbook, variables


@st.composite
def workflow(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[Command, ...]:
    """Draw a workflow: slices that remediate, some of them cancelled, then a job that closes."""
    slices = draw(st.sampled_from([[names], [names[:1], names[1:]], [names[1:], names[:1]]]))
    jobs = [Command(ROLE + "remediate", hosts) for hosts in slices if hosts]
    if draw(st.booleans()):
        again = draw(st.sampled_from(names))
        jobs.append(Command(ROLE + "remediate", names, arguments=(f"--limit={again}",), plant=(again,)))
    if len(jobs) > 1 and draw(st.integers(0, 3)) == 3:
        jobs.pop(0)
    close = Command(
        ROLE + "close_incidents",
        names,
        artifacts=True,
        variables=draw(st.sampled_from([{}, {"target_hosts": names[0]}])),
    )
    return (*jobs, close)


CACHED = [
    {"incident_closure_remediated": True, "incident_closure_remediated_at": "2026-01-12T00:00:00Z"},
    {"incident_closure_d3_incidents": []},
    {"incident_closure_eset_incidents": []},
    {FILES: ["/nonexistent/file"]},
    {"remediate_host_allow_nothing": True},
]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history."""
    names = NAMES[: draw(st.sampled_from([3, 2, 1]))]
    names = draw(often([names], [(*names[:-1], "localhost")], weight=7))
    hosts = tuple(draw(any_host(name)) for name in names)
    if draw(st.integers(0, 5)) == 5:
        return History(hosts, draw(workflow(names)), names)
    if draw(st.booleans()):
        playbook, variables = draw(shipped(names))
    else:
        playbook, variables = draw(plays(names)), {}
    counting = draw(often([None, "", list(names)], [list(names[:1])], weight=6))
    if counting is not None:
        variables["close_incidents_hosts"] = counting
    given = draw(st.sampled_from([None, None, "", list(IDS["d3"][:1])]))
    if given is not None:
        variables["incident_numbers"] = given
    environment = draw(often([{}], ENVIRONMENT, weight=1))
    command = Command(playbook, names, draw(arguments(names)), variables, environment)
    commands = [command]
    cache = draw(often(["none"], ["facts", "same again"]))
    if cache == "facts":  # an earlier job, such as one that left a mark or an empty list in the fact cache
        facts = {"cacheable": True, **draw(st.sampled_from(CACHED))}
        task = {"name": "Leave facts", "ansible.builtin.set_fact": facts}
        commands.insert(
            0, Command([{"name": "Earlier", "hosts": "all", "gather_facts": False, "tasks": [task]}], names)
        )
    if cache == "same again":  # the malware returns on some hosts
        back = tuple(draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))
        commands.append(dataclasses.replace(command, plant=back, reset=True))
    return History(hosts, tuple(commands), tuple(counting or names))


# --- histories that once closed an incident too early ----------------------------------------------------------------


def remediation_with(keywords: dict[str, Any], host_keywords: dict[str, dict[str, Any]]) -> History:
    """Return a history of hosts with one incident each, and a play that imports the role once.

    :param keywords: the keywords of the block around the role.
    :param host_keywords: unusual fields of the hosts, by their names.
    """
    usual = {"fate": "cleaned", "file": "malware", "request": "a list", "spelling": "a list"}
    hosts = tuple(
        Host(name, incidents=(("d3", incident),), **{**usual, **host})
        for (name, host), incident in zip(host_keywords.items(), IDS["d3"])
    )
    remediate = {"name": "Remediate", "ansible.builtin.import_role": {"name": f"{ROLE}remediate_host"}}
    close = {"name": "Close", "ansible.builtin.import_role": {"name": f"{ROLE}close_incidents"}}
    book = [
        {"hosts": "all", "gather_facts": False, "tasks": [{"name": "Block", "block": [remediate], **keywords}]},
        {"hosts": "localhost", "gather_facts": False, "tasks": [close]},
    ]
    names = tuple(host_keywords)
    return History(hosts, (Command(book, names),), names)


ODD = {
    "nothing odd": {},
    "a variable of the shell in a file name": {"file": "mal$HOME"},
    "a space at the end of a file name": {"file": "malware "},
    "a pattern": {"request": "a pattern"},
    "a separator in a list": {"request": "a separator in a list"},
    "a misspelled variable": {"request": "a misspelled variable"},
}
# Each with the incidents that it must close.
FOUND = {
    "run_once": (remediation_with({"run_once": True}, {"web01": {}, "web02": {}}), set()),
    "delegate_facts": (
        remediation_with(
            {"delegate_to": "web01", "delegate_facts": True}, {"web01": {"fate": "quarantine is blocked"}, "web02": {}}
        ),
        {IDS["d3"][1]},
    ),
    "odd entries": (
        remediation_with({}, {f"web{number}": host for number, host in enumerate(ODD.values(), start=1)}),
        {IDS["d3"][0]},
    ),
}
