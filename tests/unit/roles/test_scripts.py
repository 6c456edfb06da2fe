# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts that the role remediate_host runs on a host."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

FILES = Path(__file__).absolute().parents[3] / "roles" / "remediate_host" / "files"
RENAME = "import sys, time; open('/proc/self/comm', 'w').write({name!r}); print(flush=True); "
SLEEP = "time.sleep(60)"
# Makes the names of processes distinct, because other tests and other clones may run at the same time.
MINE = os.getpid()
# The main thread ends, and another one goes on.
END_MAIN_THREAD = (
    "import ctypes, platform, threading; threading.Thread(target=time.sleep, args=(60,)).start(); "
    "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[platform.machine()], 0)"
)


def run(script, *arguments, change=("", ""), **options):
    """Run a script of the role, and return its status and its output."""
    text = (FILES / script).read_text(encoding="utf-8").replace(*change)
    job = subprocess.run(["sh", "-c", text, script, *arguments], capture_output=True, text=True, check=False, **options)
    return job.returncode, job.stdout + job.stderr


@contextlib.contextmanager
def process(name, program, arguments):
    """Run a Python program under the name of a process, with a command line of its own."""
    job = subprocess.Popen(
        arguments,
        executable=sys.executable,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",  # so that Python forks, because its posix_spawn rejects an empty name
    )
    job.stdin.write((RENAME.format(name=name) + program).encode())
    job.stdin.close()
    job.stdout.readline()
    try:
        yield job
    finally:
        job.kill()
        job.wait()
        job.stdout.close()


@pytest.mark.parametrize(
    ("name", "wanted", "program", "arguments"),
    [
        (f"a{MINE}", f"a{MINE}", SLEEP, ["python"]),
        (f"b{MINE}", f"b{MINE}", END_MAIN_THREAD, ["python"]),
        (f"c{MINE}", f"[c{MINE}]", END_MAIN_THREAD, ["python"]),
        (f"[d{MINE}]", f"[d{MINE}]", SLEEP, ["python"]),
        (f"e{MINE}", f"[e{MINE}]", SLEEP, [""]),
        (f"f{MINE}", f"[f{MINE}/0:1]", SLEEP, [f"[f{MINE}/0:1]"]),
    ],
    ids=[
        "its name",
        "without main thread",
        "without main thread, as ps shows it",
        "brackets",
        "without command line",
        "command line in brackets",
    ],
)
def test_a_process_is_found_by_the_name_that_ps_shows(name, wanted, program, arguments):
    with process(name, program, arguments) as job:
        if program == END_MAIN_THREAD:
            wait_for_zombie(job.pid)
        status, output = run("signal_processes.sh", "GONE", "name", wanted)
        assert status == 1
        assert f"process {wanted} is still running after it was killed, as process id {job.pid}: stop" in output
        assert run("signal_processes.sh", "KILL", "name", wanted) == (0, f"{job.pid}\n")
        job.wait()
        assert run("signal_processes.sh", "GONE", "name", wanted) == (0, "")


def wait_for_zombie(pid):
    while "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]:
        time.sleep(0.01)


@pytest.mark.parametrize("wanted", ["{}1", "[{}1]", "{}12"])
def test_a_process_of_another_name_is_left_alone(wanted):
    name = f"g{MINE}"
    with process(name, SLEEP, [f"{name}1"]) as job:
        assert run("signal_processes.sh", "KILL", "name", wanted.format(name)) == (0, "")
        assert job.poll() is None


def test_the_processes_of_a_user_are_found_by_the_user_id():
    status, output = run("signal_processes.sh", "GONE", "uid", str(os.getuid()))
    assert status == 1
    assert str(os.getpid()) in output.split()
    assert f"the user with the id {os.getuid()} still has processes after they were killed, as process id" in output
    assert run("signal_processes.sh", "GONE", "uid", "4294967294") == (0, "")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can run a process with another effective user id")
def test_the_processes_of_an_effective_user_id_are_found(tmp_path):
    program = "import os, sys; os.setresuid(0, 4294967293, 0); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as job:
        job.stdout.readline()
        status, output = run("signal_processes.sh", "GONE", "uid", "4294967293")
        assert (status, output.split()[0]) == (1, str(job.pid))
        job.stdin.close()


def test_hidden_processes_are_a_failure(tmp_path):
    status, output = run("signal_processes.sh", "GONE", "name", "x", change=("/proc/1/comm", str(tmp_path / "comm")))
    assert (status, output) == (1, "the processes of all users cannot be seen in /proc: use become\n")


def test_a_mount_that_hides_a_process_is_a_failure(tmp_path):
    mounts = tmp_path / "mountinfo"
    mounts.write_text("36 35 0:5 / /proc rw - proc proc rw\n37 36 0:6 / /proc/4711 rw - tmpfs tmpfs rw\n", "utf-8")
    change = ("/proc/self/mountinfo", str(mounts))
    status, output = run("signal_processes.sh", "GONE", "name", "ic-hidden", change=change)
    assert status == 1
    assert output == "a mount on /proc/4711 hides a process: find out who made it, and unmount it\n"


@pytest.fixture
def command(tmp_path):
    """Return a function that makes a command of a host, and the environment that has it."""

    def make(name, *lines):
        path = tmp_path / name
        path.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
        path.chmod(0o755)
        return {"PATH": f"{tmp_path}:/usr/bin:/bin"}

    return make


@pytest.mark.parametrize(
    ("entry", "locked"),
    [
        ("eve:!$6$salt$hash:20000:0:99999:7::1:", True),
        ("eve:!*:20000:0:99999:7::1:", True),
        ("eve:*:20000:0:99999:7::1:", True),
        ("eve:$6$salt$hash:20000:0:99999:7::1:", False),
        ("eve:!$6$salt$hash:20000:0:99999:7:::", False),
        ("eve:!$6$salt$hash:20000:0:99999:7::0:", False),
        ("eve:!$6$salt$hash:20000:0:99999:7::99999:", False),
        ("eve:!$6$salt$hash:20000:0:99999:7::5x:", False),
        ("eve:!$6$salt$hash:20000:0:99999:7::99999999999999999999:", False),
        ("eve::20000:0:99999:7::1:", False),
        ("", False),
    ],
)
def test_an_account_is_locked_if_its_password_is_and_it_has_expired(command, entry, locked):
    environment = command("getent", f"[ -z '{entry}' ] || echo '{entry}'")
    status, output = run("check_account.sh", "eve", env=environment)
    assert (status == 0) == locked
    assert output == ("" if locked else "user eve is not locked after it was locked: stop what unlocks it\n")


SYSTEMCTL = """
[ -z "$SYSTEMD_OFFLINE" ] || exit 0 # as if every service were stopped
[ "$1" != --no-ask-password ] || shift
for unit; do :; done
case $1 in
    show) property=${2#--property=} && echo "$property=$(cat "$unit.$property")" ;;
    is-enabled) head -n 1 "$unit.enabled" && exit 1 ;;
    stop) echo inactive >"$unit.ActiveState" && echo "$*" >>changes ;;
    disable) sed -i 1d "$unit.enabled" && echo "$*" >>changes ;;
esac 2>/dev/null
"""


@pytest.fixture
def systemd(command, tmp_path):
    """Return a function that runs the script for the service bad, and returns its status, its output, and what it changed.

    :param states: the properties of units: ``ActiveState``, ``Id``, ``TriggeredBy``, and the answers of ``is-enabled``
        (``enabled``), a line each. A disabled service gives the next answer.
    """

    def run_script(do, **states):
        for unit, properties in states.items():
            for name, value in {"Id": unit, **properties}.items():
                (tmp_path / f"{unit}.{name}").write_text(value, encoding="utf-8")
        environment = {**command("systemctl", SYSTEMCTL), "SYSTEMD_OFFLINE": "1"}
        status, output = run("systemd_service.sh", do, "bad", env=environment, cwd=tmp_path)
        changes = tmp_path / "changes"
        return status, output, changes.read_text(encoding="utf-8").splitlines() if changes.exists() else []

    return run_script


@pytest.mark.parametrize(
    ("bad", "others", "message"),
    [
        ({"ActiveState": "inactive"}, {}, ""),
        ({"ActiveState": "failed"}, {}, ""),
        ({"ActiveState": "inactive", "enabled": "static"}, {}, ""),
        ({"ActiveState": "inactive", "Id": "bad.service"}, {}, ""),
        ({"ActiveState": "inactive", "TriggeredBy": "bad.timer"}, {"bad.timer": {"ActiveState": "inactive"}}, ""),
        (
            {"ActiveState": "inactive", "enabled": "enabled"},
            {},
            "service bad is enabled again after it was disabled: stop what enables it",
        ),
        (
            {"ActiveState": "inactive", "enabled": "enabled-runtime"},
            {},
            "service bad is enabled again after it was disabled: stop what enables it",
        ),
        (
            {"ActiveState": "active"},
            {},
            "service bad is still running after it was stopped: stop what keeps it running",
        ),
        (
            {"ActiveState": "reloading"},
            {},
            "service bad is still running after it was stopped: stop what keeps it running",
        ),
        ({"ActiveState": ""}, {}, "service bad is still running after it was stopped: stop what keeps it running"),
        (
            {"ActiveState": "inactive", "TriggeredBy": "bad.socket bad.timer"},
            {"bad.socket": {"ActiveState": "inactive"}, "bad.timer": {"ActiveState": "active"}},
            "service bad is stopped, but bad.timer starts it again: stop bad.timer as well",
        ),
    ],
)
def test_a_service_is_stopped_if_no_active_unit_starts_it(systemd, bad, others, message):
    expected = (1, f"{message}\n", []) if message else (0, "", [])
    assert systemd("STOPPED", bad=bad, **others) == expected


STOP, DISABLE, DISABLE_UNTIL_BOOT = "stop -- bad", "disable -- bad", "disable --runtime -- bad"


@pytest.mark.parametrize(
    ("bad", "changes"),
    [
        ({"ActiveState": "active", "enabled": "enabled"}, [STOP, DISABLE]),
        ({"ActiveState": "reloading", "enabled": "static"}, [STOP]),
        ({"ActiveState": "active", "enabled": ""}, [STOP]),
        ({"ActiveState": "inactive", "enabled": "enabled-runtime"}, [STOP, DISABLE_UNTIL_BOOT]),
        ({"ActiveState": "failed", "enabled": "enabled\nenabled-runtime"}, [STOP, DISABLE, DISABLE_UNTIL_BOOT]),
        ({"ActiveState": "inactive", "enabled": "static"}, []),
        ({"ActiveState": "inactive", "enabled": "masked"}, []),
        ({"ActiveState": "failed", "enabled": "disabled"}, []),
    ],
)
def test_a_service_is_stopped_and_disabled_if_need_be(systemd, bad, changes):
    shown = "bad\n" if changes else ""
    assert systemd("LOOK", bad=bad) == (0, shown, [])
    assert systemd("STOP", bad=bad) == (0, shown, changes)
    assert systemd("STOP") == (0, "", changes)  # a second time, nothing changes


@pytest.mark.parametrize("do", ["LOOK", "STOP", "STOPPED"])
@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("other.service", "service bad is an alias: give the name other.service in its place"),
        ("", "systemd knows nothing about the service bad: check its name"),
    ],
)
def test_a_service_of_another_name_is_a_failure(systemd, do, unit, message):
    bad = {"Id": unit, "ActiveState": "inactive", "enabled": "disabled"}
    assert systemd(do, bad=bad) == (1, f"{message}\n", [])


@pytest.mark.parametrize("failing", ["stop", "disable"])
def test_a_service_that_cannot_be_stopped_or_disabled_is_a_failure(command, failing):
    cases = f'*{failing}*) echo "no rights" >&2 && exit 4 ;; *Id*) echo Id=bad ;; is-enabled*) echo enabled ;;'
    environment = command("systemctl", f"case $* in {cases} esac")
    assert run("systemd_service.sh", "STOP", "bad", env=environment) == (1, "bad\nno rights\n")
