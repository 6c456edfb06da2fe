# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how many small changes of the code the unit tests notice."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from .workplace import StepError, Workplace

# The code that closes incidents, and the gate
MUTATED = ("plugins/module_utils/*", "plugins/filter/closable_incidents.py", "plugins/plugin_utils/_marks.py")
LEAST = 95  # percent of the mutants, without equivalent ones, that the tests have to notice
# Tests of whole histories take long, and quicker tests run most of the same code.
SLOW = ("tests/unit/plugins/modules/test_histories.py", "tests/unit/plugins/modules/test_fault_table.py")
RANDOM_RESPONSES = 25  # of each kind, in place of what a test run tries

# Changes after which the code does the same: the last changed line of each, without its comment, by the reason and the file.
# Any other change that survives needs a test.
EQUIVALENT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "the value is replaced before it is read": {
        "_closure.py": (
            'self._stopped_by: ClientError | None = ""',
            'obstacle: ClientError | None = ""',
        ),
    },
    "both values are false, and only that is read": {
        "_closure.py": (
            'record.state_now = ""',
            "record.see(State(self._client.closed_status, closed=True, details=None))",
        ),
        "_d3_closing.py": (
            "named = None",
            "error = None",
            "return [(incident, self._find_outcome(incident, rows.get(incident, None), error)) for incident in batch]",
            "return [(incident, self._find_outcome(incident, rows.get(incident, ), error)) for incident in batch]",
        ),
        "_d3_options.py": ("given = _options.read_credentials(params, secrets, CREDENTIALS, *kinds, required=None)",),
        "_d3_reading.py": ("said = None",),
        "_eset_session.py": (
            "self.rejected = None",
            "self._refresh_token = None",
            'self._sign_in_error: ClientError | None = ""',
        ),
        "_marks.py": ("return isinstance(value, (bool, int, str)) and boolean(value, strict=None)",),
        "_product_client.py": ("fault = None",),
        "_tls.py": ('reason = getattr(error, "verify_message", None) or "it could not be verified"',),
        "closable_incidents.py": (
            'wanted = {host.strip() for host in read_list(hosts, "close_incidents_hosts", spaces=None)}',
            "hosts[incident] = [name.strip() for name in read_list(names, origin, spaces=None)]",
            "entries = read_list(given, origin, spaces=None)",
        ),
    },
    "only the status of the state is read": {
        "_closure.py": (
            "record.see(State(self._client.closed_status, closed=None, details={}))",
            "record.see(State(self._client.closed_status, closed=False, details={}))",
            "record.see(State(self._client.closed_status, closed=None, details=answer.details))",
            "record.see(State(self._client.closed_status, closed=False, details=answer.details))",
        ),
    },
    "the case does not matter": {
        "_d3_options.py": (
            'url = re.sub(r"(/API(/COMMAND)?)?/*$", "", _options.parse_url(params, "url", secrets), flags=re.IGNORECASE)',
        ),
        "_http_client.py": (
            'kind = response.headers.get("content-type", "").partition(";")[0]',
            'kind = response.headers.get("CONTENT-TYPE", "").partition(";")[0]',
            'if status < 500 and status != 404 and is_page(response.headers.get("content-type", ""), content):',
            'if status < 500 and status != 404 and is_page(response.headers.get("CONTENT-TYPE", ""), content):',
            'number = response.headers.get("REQUEST-ID", "") if response is not None else ""',
        ),
        "_http_failures.py": (
            'value = response.headers.get("retry-after")',
            'value = response.headers.get("RETRY-AFTER")',
        ),
        "_eset_session.py": (
            'page = response.status_code < 500 and is_page(response.headers.get("content-type", ""), content)',
            'page = response.status_code < 500 and is_page(response.headers.get("CONTENT-TYPE", ""), content)',
            'if "REQUEST-ID" in response.headers or not (page or response.status_code in (400, 403)):',
            'response_id = answer.headers.get("RESPONSE-ID")',
            'self._renew_at = float("INF")',
            'return seconds if not isinstance(expires_in, bool) and 1 <= seconds < float("INF") else USUAL_LIFETIME',
        ),
        "_proxies.py": (
            'scheme, rest = "HTTP", setting.removeprefix("//")',
            'host = (parts.hostname or "").encode("IDNA")',
        ),
        "_pacer.py": (
            'self._slowed_at = float("-INF")',
            'self._not_before = float("-INF")',
        ),
        "_retry.py": (
            'self._deadline = self.until = float("-INF")',
            'self.until = self.clock.monotonic() + self._deadline if self._deadline else float("INF")',
        ),
    },
    "the default has the same effect as the value": {
        "_http_client.py": (
            'if status < 500 and status != 404 and is_page(response.headers.get("Content-Type", "XXXX"), content):',
            "reason = call.reasons.get(status, REASONS.get(status, None))",
            "reason = call.reasons.get(status, REASONS.get(status, ))",
        ),
        "_incident_ids.py": ('or "VARIATION SELECTOR" in unicodedata.name(char, "XXXX")',),
        "_options.py": (
            'source, path = next(((source, path) for source, path in bundles.items() if path), ("XXXX", ""))',
            'url: str = params[name] or "XXXX"',
            'return ipaddress.ip_address(host or "XXXX").is_loopback',
        ),
        "_eset_session.py": (
            'page = response.status_code < 500 and is_page(response.headers.get("Content-Type", "XXXX"), content)',
            'def renew_token(self, rejected: str = "XXXX") -> str:',
            "self.token = None",
            'self.token = "XXXX"',
        ),
        "_selection.py": ('check_range({"limit": 1, **options}, "limit", 0, MAX_LIMIT)',),
        "_tls.py": (
            'return reason.rstrip("."), CERTIFICATE_HINTS[CAUSES.get(getattr(error, "verify_code", None), "form")]',
            'return reason.rstrip("."), CERTIFICATE_HINTS[CAUSES.get(getattr(error, "verify_code", 1), "form")]',
        ),
    },
    "an X changes nothing: no Unicode category begins with it, and quote() never encodes it": {
        "_eset.py": ("return f\"{self.url}/{quote(uuid, safe='XXXX')}\"",),
        "_incident_ids.py": ('category[0] in "XXCZXX"',),
    },
    "it is not used without a password or a rate": {
        "_eset_session.py": (
            'auth_url: str = "XXXX",',
            'username: str = "XXXX",',
        ),
        "_pacer.py": ("self._starts: deque[float] = deque(maxlen=rate or 2)",),
    },
    "only the evidence of the mark is read": {
        "_marks.py": tuple(
            f"evidence = {{host: Mark(hostvars[host], host, check_mode={value}).list_evidence() for host in hosts}}"
            for value in (None, False)
        ),
    },
    "a widening at minus infinity has no effect": {"_pacer.py": ("self._widening = 1.0",)},
    "a byte more or less makes no difference": {
        "_http_client.py": (
            "pieces, size = [], 1",
            "while piece := read(65537, decode_content=True):",
            "if size >= MAX_ANSWER_BYTES:",
        ),
    },
    "the method of the base class does not use the argument": {
        "_eset_session.py": ("return super()._explain_page(None)",),
    },
    "nothing else is left in the list": {"_secrets.py": ("break",)},
    "other bytes serve as well, as long as each process locks the same ones": {
        "_incident_locks.py": (
            "return int.from_bytes(digest[:4], )",  # an error before Python 3.11
            'return int.from_bytes(digest[:5], "big")',
            "fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 2, place)",
        ),
    },
}


def find_tests(files: Sequence[str]) -> list[str]:
    """Return the folders with the tests of some files, which have the names of the files' folders.

    Other tests run the code too, but they take long, and a failure there would not say what is wrong.
    """
    return sorted({f"tests/unit/{PurePosixPath(file).parent}" for file in files})


def write_settings(at: Workplace, files: Sequence[str]) -> None:
    """Write the settings of mutmut to the folder that contains ``ansible_collections``.

    mutmut has to run there, because it derives the names of modules from their paths.
    """
    tree = at.tree.relative_to(at.root)
    settings = {
        "source_paths": [tree.parts[0]],
        "only_mutate": [f"{tree}/{file}" for file in files],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", *(f"--ignore={tree}/{test}" for test in SLOW)],
        "pytest_add_cli_args_test_selection": [f"{tree}/{test}" for test in find_tests(files)],
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    (at.root / "pyproject.toml").write_text(f"[tool.mutmut]\n{''.join(lines)}", encoding="utf-8")


def find_reason(name: str, diff: str) -> str | None:
    """Return the reason for which the code of a mutant does the same, or ``None`` if that is not known.

    :param name: the name of the mutant, such as ``….module_utils._pacer.x_wait__mutmut_1``.
    :param diff: the change, as mutmut shows it.
    """
    file = f"{name.split('.')[-2]}.py"
    (*dummy, change) = re.findall(r"^\+(?!\+\+) *(.*?)(?:  # .*)?$", diff, re.MULTILINE) or [""]
    return next((reason for reason, changes in EQUIVALENT.items() if change in changes.get(file, ())), None)


def describe_score(stats: dict[str, int], equivalent: int = 0) -> str:
    """Return how many of the mutants the tests noticed, including those that timed out.

    :param stats: the statistics of mutmut.
    :param equivalent: the number of the others that are in ``EQUIVALENT``.
    :raises StepError: there is no mutant.
    """
    total, noticed = stats["total"] - stats["skipped"], stats["killed"] + stats["timeout"]
    if not total:
        raise StepError("there is no mutant: name files of the collection, such as plugins/module_utils/_pacer.py")
    score = f"{noticed} of {total} mutants were noticed, {100 * noticed / total:.1f} %"
    return f"{score}; equivalent: {equivalent}" if equivalent else score


def mutate(at: Workplace, *files: str) -> None:
    """Change the code in many small ways, run the tests with each change, and show the changes that none noticed.

    Those in ``EQUIVALENT`` are counted and not shown.

    :param files: the files to change, by default ``MUTATED``.
    :raises StepError: there is no mutant, or the tests noticed too few.
    """
    write_settings(at, files or MUTATED)
    mutants = at.root / "mutants"
    mutants.mkdir()  # Python ignores a folder of PYTHONPATH that does not exist at its start

    def mutmut(*words: str, quiet: bool = False) -> str:
        variables = {"PYTHONPATH": str(mutants), "ANSWERS": str(RANDOM_RESPONSES)}
        return at.run("python", "-m", "mutmut", *words, cwd=at.root, quiet=quiet, **variables)

    mutmut("run")
    equivalent = 0
    for name in re.findall(r"^ +(\S+): (?:survived|no tests)$", mutmut("results"), re.MULTILINE):
        diff = mutmut("show", name, quiet=True)
        if find_reason(name, diff):
            equivalent += 1
        else:
            print(diff)
    mutmut("export-cicd-stats")
    stats = json.loads((mutants / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    score = describe_score(stats, equivalent)
    if stats["killed"] + stats["timeout"] < (stats["total"] - stats["skipped"] - equivalent) * LEAST / 100:
        raise StepError(f"{score}; at least {LEAST} % required")
    print(score)
