# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_request import (
    DEFAULT_QUARANTINE_DIR,
    read_request,
)
from ansible_collections.secops.incident_closure.plugins.plugin_utils._remediation_steps import STEPS

UNSET = [None, "", " \n", [], [None, ""], "__omit_place_holder__d3adb33f"]


def request(**values):
    """Return the request of variables, given without their prefix."""
    values = {f"remediate_host_{name}": value for name, value in values.items()}
    return read_request(values, list(values), {})


def entries(name, value):
    """Return the accepted entries of a list, and the problems."""
    answer = request(**{name: value, "allow_nothing": True})
    return answer["lists"][name], answer["problems"]


def problem(name, entry):
    """Return the problem with the only entry of a list."""
    accepted, problems = entries(name, [entry])
    assert accepted == []
    assert len(problems) == 1
    return problems[0]


@pytest.mark.parametrize(
    ("name", "entry", "complaint"),
    [
        (
            "kill_processes",
            "dfm <defunct>",
            "is the name of a process that has ended: give it without the word defunct",
        ),
        ("quarantine_files", "/tmp/evil\\ file", "contains an escape of a shell: write the path without backslashes"),
        ("quarantine_files", "/tmp/evil\\(1\\)", "contains an escape of a shell: write the path without backslashes"),
        ("quarantine_files", "/tmp/evil{#x#}.sh", "is a pattern: give each name in full"),
    ],
)
def test_reject_a_name_in_the_form_of_another_program(name, entry, complaint):
    assert problem(name, entry) == f'remediate_host_{name}: "{entry}" {complaint}'


def test_accept_the_backslash_of_the_unit_file_of_a_service():
    path = "/etc/systemd/system/evil\\x2dminer.service"
    assert entries("quarantine_files", [path]) == ([path], [])


class TestLists:
    @pytest.mark.parametrize("name", ["lock_users", "stop_services", "absent_packages"])
    def test_split_a_string_of_names(self, name):
        assert entries(name, "mal\r\neve; bob alice,\n") == (["mal", "eve", "bob", "alice"], [])

    def test_split_a_string_of_addresses(self):
        assert entries("block_addresses", "192.0.2.1\n192.0.2.2;2001:db8::1") == (
            ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
            [],
        )

    def test_split_a_string_of_processes_and_files_at_commas_and_line_breaks_only(self):
        assert entries("kill_processes", "my miner,\n x ") == (["my miner", "x"], [])
        assert entries("quarantine_files", "/tmp/my miner\n/tmp/x, /tmp/y") == (
            ["/tmp/my miner", "/tmp/x", "/tmp/y"],
            [],
        )

    @pytest.mark.parametrize("value", ["/tmp/a /tmp/b", "/tmp/a;/tmp/b", "/tmp/a\t/tmp/b"])
    def test_reject_two_paths_in_a_string_with_another_separator(self, value):
        accepted, problems = entries("quarantine_files", value)
        assert accepted == []
        assert "contains a separator" in problems[0]

    @pytest.mark.parametrize("char", ["\ufeff", "\u200b", "\u00ad", "\u2011"])
    @pytest.mark.parametrize(
        ("name", "text"), [("kill_processes", "{}kinsing"), ("quarantine_files", "/tmp/kin{}sing")]
    )
    def test_reject_invisible_and_typographic_characters_in_a_string(self, name, text, char):
        dummy_accepted, problems = entries(name, "x," * (name == "kill_processes") + text.format(char) + "y")
        assert "invisible or typographic" in problems[0]
        in_list = entries(name, [text.format(char)])
        literal = char != "\ufeff" and name == "quarantine_files"
        assert in_list == (([text.format(char)], []) if literal else ([], in_list[1]))

    @pytest.mark.parametrize(
        "entry",
        [
            "4711-4713",
            "pid 4711",
            "#4711",
            "[4711]",
            "0x1267",
            "4711.0",
            "\u00b2",
            "kinsing|xmrig",
            "^kinsing$",
            "kinsing.+",
            "kins[ij]ng",
            "@(a|b)",
            "xmrig -o pool",
            '["xmrig"]',
            "['xmrig']",
            '"xmrig"',
            "[xmrig",
            "kinsing]",
            "'xmrig'",
        ],
    )
    def test_reject_a_value_that_is_not_the_name_of_a_process(self, entry):
        assert entries("kill_processes", [entry])[0] == []
        assert entries("kill_processes", entry)[0] == []

    @pytest.mark.parametrize("entry", ["/tmp/kins[ij]ng", "/tmp/!(x)", "/tmp/x (deleted)"])
    def test_reject_a_value_that_is_not_the_path_of_a_file(self, entry):
        assert entries("quarantine_files", [entry])[0] == []

    @pytest.mark.parametrize("entry", ["/tmp/a:/tmp/b", "/tmp/a|/tmp/b", "/tmp/x\u200b"])
    def test_reject_other_separators_and_characters_in_a_string_of_files(self, entry):
        assert entries("quarantine_files", entry)[0] == []

    def test_reject_a_semicolon_in_a_string_of_processes(self):
        assert "contains a separator" in entries("kill_processes", "kinsing;xmrig")[1][0]

    def test_take_the_entries_of_a_list_literally(self):
        files = ["/x/evil.sh ", "/x/ evil", "/x/.. /y", "/x/a,b", "/x/a;b", "/x/[kworker]", "/x/...", "/x/a b /y"]
        assert entries("quarantine_files", files) == (files, [])
        assert entries("kill_processes", [" sshd", "sshd ", "a;b"]) == ([" sshd", "sshd ", "a;b"], [])

    def test_steps_are_in_the_order_of_work(self):
        answer = request(quarantine_files="/x", kill_processes="x", block_addresses="192.0.2.1")
        assert answer["steps"] == ["block_addresses", "kill_processes", "quarantine_files"]
        assert answer["problems"] == []

    @pytest.mark.parametrize("name", STEPS)
    @pytest.mark.parametrize("value", [{"a": "b"}, True, 1.5, [["x"]]])
    def test_reject_another_type_with_the_name_of_the_variable(self, name, value):
        accepted, problems = entries(name, value)
        assert accepted == []
        assert len(problems) == 1
        assert problems[0].startswith(f"remediate_host_{name} must ")

    def test_show_unusual_characters_of_an_entry_as_escapes(self):
        assert problem("kill_processes", "a\n\u200b*").startswith('remediate_host_kill_processes: "a\\n\\u200b*" ')
        assert len(problem("quarantine_files", "x" * 10_000)) < 400


PATTERNS = [
    "kdevtmpfsi*",
    "kinsin?",
    "kins[0-9]",
    "k[!a]b",
    "k[^a]b",
    "[a-z]x",
    "[0-9a-f]",
    "[[:digit:]]",
    "{a,b}",
    "{1..3}",
]


class TestProcesses:
    @pytest.mark.parametrize(
        "name",
        [
            *(
                "xmrig",
                "[kworker]",
                "kworker/0:1",
                "kworker/0:1H",
                "kworker/u8:2",
                "kworker/u8:3-ev",
                "[kworker/0:0]",
                "[kworker/0:1-events]",
            ),
            *(
                "ksoftirqd/0",
                "jbd2/sda1-8",
                "[jbd2/sda1-8]",
                "irq/9-acpi",
                "xfs-buf/dm-0",
                "xfs-buf/sda",
                "kworker/R-rcu_g",
            ),
            *("майнер", "挖矿程序", "x" * 15, "2to3", "...", "(sd-pam)", "my miner", "a.out", "x$"),
        ],
    )
    def test_accept(self, name):
        assert entries("kill_processes", [name]) == ([name], [])

    @pytest.mark.parametrize("entry", PATTERNS)
    def test_reject_a_pattern(self, entry):
        assert "is a pattern" in problem("kill_processes", entry)

    @pytest.mark.parametrize("entry", ["4711", 4711, "4711 4712", "٤٧١١", "+4711"])
    def test_reject_a_process_id(self, entry):
        assert "is a number" in problem("kill_processes", entry)

    @pytest.mark.parametrize(
        "entry",
        [
            "/bin/miner",
            "./miner",
            "../miner",
            "~/miner",
            "tmp/miner",
            "tmp/x86",
            "bin/sh",
            "a/b",
            "C:\\miner",
            "a/b/1",
            "x/",
        ],
    )
    def test_reject_a_path(self, entry):
        assert "is a path" in problem("kill_processes", entry)

    @pytest.mark.parametrize("entry", ["$MINER", "${MINER}", "$(miner)", "{{ miner }}", "{a"])
    def test_reject_a_variable(self, entry):
        assert "is a pattern" in problem("kill_processes", entry)

    @pytest.mark.parametrize("entry", ["x" * 16, "ж" * 8, "挖" * 6])
    def test_count_bytes(self, entry):
        assert "the kernel keeps the first 15 bytes" in problem("kill_processes", entry)

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ("a\tb", "a control character"),
            ("a\x85", "a control character"),
            ("a\nb", "a control character"),
            ("-bash", "begins with a hyphen"),
            ("a,b", "contains a separator"),
            ("\ud800", "is not valid UTF-8"),
        ],
    )
    def test_reject(self, entry, expected):
        assert expected in problem("kill_processes", entry)


class TestFiles:
    @pytest.mark.parametrize(
        "path",
        ["/x", "/tmp/a-1.b", "/tmp/[kworker]", "/tmp/report[1].pdf", "/tmp/~", "/a/Foo$.class", "/a/x$ж", "/ж" * 80],
    )
    def test_accept(self, path):
        assert entries("quarantine_files", [path]) == ([path], [])

    @pytest.mark.parametrize("name", PATTERNS)
    def test_reject_a_pattern(self, name):
        assert "is a pattern" in problem("quarantine_files", f"/tmp/{name}")

    @pytest.mark.parametrize(
        "path", ["/home/$USER/x", "/tmp/${X}", "/tmp/$(id)", "/$HOME/x", "/tmp/x-$HOSTNAME", "/tmp/{{ x }}"]
    )
    def test_reject_a_variable(self, path):
        assert "is a pattern" in problem("quarantine_files", path)

    @pytest.mark.parametrize("path", ["/a/Foo$Bar.class", "/tmp/x$_", "/tmp/x$1"])
    def test_reject_a_name_that_the_modules_would_change(self, path):
        assert "contains a variable, which Ansible would replace" in problem("quarantine_files", path)

    @pytest.mark.parametrize(
        "path",
        [
            *("x", "./x", "~/x", "~", "C:\\x", "C:/x", "\\\\server\\x", "file:///x", '"/x"', " /x"),
            *(
                "/",
                "/x/",
                "//x",
                "/x//y",
                "/x/./y",
                "/x/../y",
                "/x/.",
                "/..",
                "/" + "x" * 256,
                "/" + "ж" * 128,
                "/x" * 2048,
            ),
        ],
    )
    def test_reject_a_value_that_is_not_the_absolute_path_of_a_file(self, path):
        assert "is not the absolute path of a file" in problem("quarantine_files", path)

    @pytest.mark.parametrize("path", ["/tmp/a,/tmp/b", "/tmp/a, /tmp/b", "/tmp/a\n/tmp/b", "/tmp/a\r"])
    def test_reject_a_separator(self, path):
        assert "contains a separator" in problem("quarantine_files", path)

    def test_reject_control_characters(self):
        assert "a control character" in problem("quarantine_files", "/tmp/a\x1b")


class TestNames:
    @pytest.mark.parametrize(
        ("name", "entry"),
        [
            *(
                ("lock_users", user)
                for user in ("eve", "_apt", "PC01$", "CORP\\eve", "CORP+eve", "eve@corp.example", "m.üller", "0x")
            ),
            *(
                ("stop_services", name)
                for name in ("sshd", "getty@tty1.service", "a:b.socket", "dev-sda\\x2d1.device", "x_y")
            ),
            *(
                ("absent_packages", name)
                for name in ("g++", "libc6:amd64", "0ad", "java-1.8.0-openjdk", "a~b", "python3.11")
            ),
        ],
    )
    def test_accept(self, name, entry):
        assert entries(name, [entry]) == ([entry], [])

    @pytest.mark.parametrize("name", ["lock_users", "stop_services", "absent_packages"])
    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            *((entry, "is a pattern") for entry in ("kinsing*", "kinsin?", "k[ab]", "{a}", "{a..b}")),
            *((entry, "contains a separator") for entry in (" eve", "eve ", "a b", "a;b", "a,b", "a\u00a0b")),
            *((entry, "is a number") for entry in ("1001", 1001, "0")),
            *((entry, "a control character") for entry in ("a\nb", "a\0")),
            *(
                (entry, "is not a valid ")
                for entry in ("/bin/x", "a/b", "./x", "~eve", "$USER", "a=1", "#0", "C:\\x\\y", "..", "x" * 256)
            ),
            ("-x", "begins with a hyphen"),
        ],
    )
    def test_reject(self, name, entry, expected):
        found = problem(name, entry)
        assert found.startswith(f"remediate_host_{name}: ")
        assert expected in found

    @pytest.mark.parametrize(
        ("name", "entry"),
        [
            ("lock_users", "a:b"),
            ("lock_users", "%wheel"),
            ("stop_services", "@x"),
            ("stop_services", "ü"),
            ("absent_packages", "@core"),
            ("absent_packages", "vim-"),
            ("absent_packages", "~nvim"),
        ],
    )
    def test_reject_other_characters(self, name, entry):
        assert "is not a valid " in problem(name, entry)

    def test_reject_root(self):
        assert problem("lock_users", "root") == 'remediate_host_lock_users: "root" is never locked'


class TestAddresses:
    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("128.0.0.0/1", "128.0.0.0/1"),
            ("2001:DB8:0:0::7", "2001:db8::7"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ],
    )
    def test_write_an_address_as_nftables_does(self, entry, expected):
        assert entries("block_addresses", [entry]) == ([expected], [])

    def test_block_an_address_once(self):
        assert entries("block_addresses", ["2001:db8::7", "2001:DB8::7/128"]) == (["2001:db8::7"], [])

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            *(
                (entry, "would block every address")
                for entry in ("0.0.0.0/0", "::/0", "::ffff:0:0/96", "0.0.0.0/0.0.0.0")
            ),
            *(
                (entry, "is not an IP address or network")
                for entry in ("example.com", "192.0.2.256", "1:2", "192.0.2.1/33")
            ),
            *(
                (entry, "is not an IP address or network")
                for entry in (" 192.0.2.1", "192.0.2.1-9", "192.0.02.1", 3221225985, "*", "[::1]")
            ),
            ("192.0.2.1/24", "is not a network: write 192.0.2.0/24"),
            ("2001:db8::7/64", "is not a network: write 2001:db8::/64"),
            ("fe80::1%eth0", "has a zone"),
            ("0.0.0.0", "is not the address of a host"),
            ("::", "is not the address of a host"),
        ],
    )
    def test_reject(self, entry, expected):
        assert expected in problem("block_addresses", entry)


class TestSettings:
    @pytest.mark.parametrize("value", UNSET)
    def test_an_empty_value_is_unset(self, value):
        setting = None if isinstance(value, list) else value
        lists = {**dict.fromkeys(STEPS, value), "kill_processes": "x"}
        answer = request(**lists, quarantine_dir=setting, allow_nothing=setting)
        assert answer["problems"] == []
        assert answer["steps"] == ["kill_processes"]
        assert answer["quarantine_dir"] == DEFAULT_QUARANTINE_DIR

    @pytest.mark.parametrize("value", UNSET)
    @pytest.mark.parametrize("switch", [None, "", False, "no", "False"])
    def test_reject_a_host_without_an_entry(self, value, switch):
        (problem,) = request(**dict.fromkeys(STEPS, value), allow_nothing=switch)["problems"]
        assert all(f"remediate_host_{name}" in problem for name in (*STEPS, "allow_nothing"))

    @pytest.mark.parametrize("switch", [True, "yes", "True", 1])
    def test_allow_a_host_without_an_entry(self, switch):
        assert request(allow_nothing=switch)["problems"] == []

    @pytest.mark.parametrize(
        ("switch", "kind"), [("maybe", "a string"), ([], "a list"), ({}, "a dictionary"), (2, "a number")]
    )
    def test_reject_a_switch_that_is_not_a_boolean(self, switch, kind):
        assert request(kill_processes="x", allow_nothing=switch)["problems"] == [
            f"remediate_host_allow_nothing must be a boolean, not {kind}"
        ]

    @pytest.mark.parametrize("value", ["/q", "/var/q/", "/q [1]*"])
    def test_accept_a_quarantine_directory(self, value):
        answer = request(kill_processes="x", quarantine_dir=value)
        assert (answer["problems"], answer["quarantine_dir"]) == ([], value.rstrip("/"))

    @pytest.mark.parametrize(
        "value",
        ["q", "./q", "~", "~/q", "..", "/..", "/x/../q", "/", "//", "$HOME/q", "/home/$USER/q", "/q$x", "/a\nb"],
    )
    def test_reject_a_quarantine_directory(self, value):
        (problem,) = request(kill_processes="x", quarantine_dir=value)["problems"]
        assert problem.startswith("remediate_host_quarantine_dir: ")
        assert "is not the absolute path of a directory" in problem

    def test_reject_a_quarantine_directory_of_another_type(self):
        problems = request(kill_processes="x", quarantine_dir=["/q"])["problems"]
        assert problems == ["remediate_host_quarantine_dir must be a string, not a list"]

    @pytest.mark.parametrize("path", ["/q", "/q/x"])
    def test_reject_a_file_in_the_quarantine_directory(self, path):
        problems = request(quarantine_files=[path, "/qq/x"], quarantine_dir="/q/")["problems"]
        assert problems == [f'remediate_host_quarantine_files: "{path}" is in the quarantine directory']


class TestVariables:
    def test_reject_an_unknown_variable(self):
        (problem,) = request(kill_process="x", kill_processes="x")["problems"]
        assert problem.startswith("remediate_host_kill_process is not a variable of the role")

    def test_ignore_other_variables(self):
        values = {"remediate_host_kill_processes": "x"}
        assert read_request(values, ["_remediate_host_x", "ansible_x"], ["os"])["problems"] == []

    def test_reject_a_cached_fact(self):
        values = {"remediate_host_kill_processes": "x"}
        (problem,) = read_request(values, values, ["os", "remediate_host_kill_processes"])["problems"]
        assert (
            problem == "remediate_host_kill_processes comes from a fact cache, where it hides what the inventory says"
        )
