# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source eset_incidents against the simulator, with a clock of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.secops.incident_closure.extensions.eda.plugins.event_source import eset_incidents
from ansible_collections.secops.incident_closure.plugins.module_utils import _eset_reading, _options
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from simulator import DEFAULT_ESET_ACCESS_TOKEN, DEFAULT_ESET_PASSWORD, DEFAULT_ESET_USERNAME

COLLECTION = Path(__file__).absolute().parents[3]
GUIDE = (COLLECTION / "docs/docsite/rst/events.rst").read_text(encoding="utf-8")
CLOSED = "INCIDENT_STATUS_CLOSED"
DEVICES = [{"id": f"d{n}", "display_name": f"web0{n}"} for n in (1, 2, 3)]


class Source:
    """A source that a test polls, or that runs for a number of polls."""

    def __init__(self, sim, connection):
        self._sim = sim
        self.connection = connection
        self.pauses = []

    def make(self, **args):
        """Return a poller."""
        return eset_incidents.Poller({**self.connection, **args})

    def run(self, *steps, **args):
        """Run the source, each step between two polls, and return the events of each poll."""
        polls = [[]]
        remaining = list(steps)

        class Queue:
            async def put(self, event):
                polls[-1].append(event)

        async def sleep(seconds):
            self.pauses.append(seconds)
            self._sim.clock.sleep(seconds)
            if not remaining:
                raise asyncio.CancelledError
            remaining.pop(0)()
            polls.append([])

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(eset_incidents.run(Queue(), self.make(**args), sleep))
        return polls


@pytest.fixture
def source(sim, eset_options, clock, monkeypatch):
    client_options = _options.client_options
    monkeypatch.setattr(_options, "client_options", lambda params: {**client_options(params), "clock": clock})
    return Source(sim, eset_options)


def reset(sim, incidents, devices=(), **settings):
    sim.reset({"eset": {"incidents": incidents, "devices": list(devices)}, "settings": settings})


def named(polls):
    """Return the incident and the hosts of each event of each poll."""
    return [[(event["incident"], *event["hosts"]) for event in events] for events in polls]


def poll(poller):
    return [event for events in poller.poll() for event in events]


def nothing():
    pass


def test_each_incident_is_one_event(sim, source):
    incident = {"id": "i1", "device_uuids": ["d1", "d2"], "display_name": "Web shell"}
    devices = [
        {
            "id": "d1",
            "display_name": "web01",
            "original_display_name": "WEB01.example.com",
            "primary_local_ip_address": "192.0.2.1",
        },
        {"id": "d2", "display_name": "of Ann", "original_display_name": "desktop-7"},
    ]
    reset(sim, [incident, {"id": "done", "status": CLOSED}], devices)
    polls = source.run(nothing, nothing)
    assert polls == [
        [
            {
                "product": "eset",
                "incident": "i1",
                "title": "Web shell",
                "severity": "INCIDENT_SEVERITY_LEVEL_MEDIUM",
                "hosts": ["web01", "desktop-7"],
                "devices": [
                    {
                        "uuid": "d1",
                        "name": "web01",
                        "original_name": "WEB01.example.com",
                        "ip": "192.0.2.1",
                        "os": "Ubuntu",
                    },
                    {"uuid": "d2", "name": "of Ann", "original_name": "desktop-7", "ip": "", "os": "Ubuntu"},
                ],
            }
        ],
        [],
        [],
    ]
    assert source.pauses == [60, 60, 60]


def test_a_new_incident_is_an_event_in_the_next_poll(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    polls = source.run(lambda: sim.add(eset={"incidents": [{"id": "i2", "device_uuids": ["d1", "d2"]}]}))
    assert named(polls) == [[("i1", "web01")], [("i2", "web01", "web02")]]


def test_an_incident_is_sent_again_when_a_device_joins_it(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    polls = source.run(
        lambda: sim.eset.change("i1", join=["d2"]),
        lambda: sim.eset.change("i1", display_name="Another title"),
        lambda: sim.eset.change("i1", device_uuids=["d2"]),
        lambda: sim.eset.change("i1", device_uuids=["d1", "d2"]),
    )
    assert named(polls) == [[("i1", "web01")], [("i1", "web01", "web02")], [], [], []]


def test_a_reopened_incident_is_a_new_event(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    polls = source.run(
        lambda: sim.eset.change("i1", status=CLOSED),
        lambda: sim.eset.change("i1", status="INCIDENT_STATUS_OPEN"),
    )
    assert named(polls) == [[("i1", "web01")], [], [("i1", "web01")]]


def test_only_new_leaves_out_the_incidents_of_the_first_poll(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    polls = source.run(
        lambda: sim.add(eset={"incidents": [{"id": "i2", "device_uuids": ["d2"]}]}),
        lambda: sim.eset.change("i1", join=["d3"]),
        only_new=True,
    )
    assert named(polls) == [[], [("i2", "web02")], [("i1", "web01", "web03")]]


def test_an_incident_of_the_first_poll_that_is_reopened_is_new(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    polls = source.run(
        lambda: sim.eset.change("i1", status=CLOSED),
        lambda: sim.eset.change("i1", status="INCIDENT_STATUS_OPEN"),
        only_new=True,
    )
    assert named(polls) == [[], [], [("i1", "web01")]]


def test_only_new_leaves_out_incidents_that_the_first_poll_could_not_read(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    sim.fault("eset.read", "status", status=503)
    polls = source.run(nothing, nothing, only_new=True, retries=0)
    assert named(polls) == [[], [], []]
    assert len(sim.calls("eset.read")) == 2


def test_only_selected_incidents_are_events(sim, source):
    incidents = [
        {"id": "i1", "severity": "INCIDENT_SEVERITY_LEVEL_HIGH"},
        {"id": "i2", "severity": "INCIDENT_SEVERITY_LEVEL_LOW"},
        {"id": "i3", "severity": "INCIDENT_SEVERITY_LEVEL_HIGH", "status": CLOSED},
    ]
    reset(sim, incidents)
    assert named(source.run(severity=["high"])) == [[("i1",)]]
    assert named(source.run(status=["closed"])) == [[("i3",)]]


def test_a_limit_leaves_out_older_incidents(sim, source):
    times = {"i1": "2026-01-01T00:00:00Z", "i2": "2026-01-02T00:00:00Z"}
    reset(sim, [{"id": incident, "create_time": time} for incident, time in times.items()])
    assert named(source.run(limit=1)) == [[("i2",)]]


def test_an_incident_that_is_closed_before_it_is_read_is_not_an_event(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    sim.eset.change("i1", on="eset.list", after=1, status=CLOSED)
    assert named(source.run(nothing)) == [[], []]


@pytest.mark.parametrize("device", [{"id": "d1", "forbidden": True}, None])
def test_a_device_that_eset_does_not_show_is_a_host_by_its_uuid(sim, source, device):
    devices = [{"id": "d2", "display_name": "web02"}, *([device] if device else [])]
    reset(sim, [{"id": "i1", "device_uuids": ["d1", "d2"]}], devices)
    [[event], second] = source.run(nothing)
    assert event["hosts"] == ["d1", "web02"]
    assert second == []
    assert event["devices"][0] == {"uuid": "d1", "name": "", "original_name": "", "ip": "", "os": ""}


def test_a_new_event_names_a_device_that_eset_shows_now(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], [{"id": "d1", "forbidden": True}])
    polls = source.run(
        lambda: (sim.add(eset={"devices": DEVICES}), sim.eset.change("i1", join=["d2"])),
    )
    assert named(polls) == [[("i1", "d1")], [("i1", "web01", "web02")]]


def test_an_incident_that_eset_does_not_show_is_logged_once(sim, source, caplog):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}, {"id": "i2", "device_uuids": ["d2"]}], DEVICES)
    sim.fault("eset.read", "status", status=404, incident="i1", times=2)
    assert named(source.run(nothing, nothing)) == [[("i2", "web02")], [], [("i1", "web01")]]
    [record] = caplog.records
    assert record.getMessage().startswith("reading incident i1: ESET: HTTP 404")


def test_an_incident_that_eset_does_not_show_again_is_logged_again(sim, source, caplog):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)

    def hide():
        sim.fault("eset.read", "status", status=404, incident="i1")
        sim.eset.change("i1", join=["d2"])

    hide()
    assert named(source.run(nothing, hide)) == [[], [("i1", "web01", "web02")], []]
    assert len(caplog.records) == 2


def test_one_incident_that_fails_does_not_stop_the_others(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}, {"id": "i2", "device_uuids": ["d2"]}], DEVICES)
    sim.fault("eset.read", "status", status=503, incident="i1", times=2)
    assert named(source.run(nothing, nothing, retries=0)) == [[("i2", "web02")], [], [("i1", "web01")]]
    assert source.pauses == [60, 60, 60]


def test_incidents_with_unreadable_devices_are_events_later(sim, source, caplog):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    sim.fault("eset.device_batch", "status", status=503)
    assert named(source.run(nothing, retries=0)) == [[], [("i1", "web01")]]
    assert "the incidents of these devices are read again" in caplog.text


def test_a_name_is_used_for_one_device_only(sim, source, caplog):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], [{"id": "d1", "display_name": "web01"}])

    def spread():
        sim.add(eset={"devices": [{"id": "d2", "display_name": "WEB01"}]})
        sim.add(eset={"incidents": [{"id": "i2", "device_uuids": ["d2"]}]})

    assert named(source.run(spread)) == [[("i1", "web01")], [("i2", "d2")]]
    assert "which is another device" in caplog.text


def test_the_wait_after_temporary_failures_grows(sim, source, caplog):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    sim.fault("eset.list", "status", status=503, times=5)
    polls = source.run(*[nothing] * 6, retries=0)
    assert named(polls) == [[]] * 5 + [[("i1", "web01")], []]
    assert source.pauses == [60, 120, 240, 480, 600, 60, 60]
    message = caplog.records[3].getMessage()
    assert "listing the incidents: ESET: HTTP 503" in message
    assert "; the next poll is in 480 seconds" in message


def test_the_wait_grows_from_the_beginning_after_a_poll_that_succeeds(sim, source):
    def fail():
        sim.fault("eset.list", "status", status=503, times=2)

    fail()
    source.run(nothing, nothing, fail, nothing, retries=0)
    assert source.pauses == [60, 120, 60, 60, 120]


@pytest.mark.parametrize("fault", ["drop_before", "html", "redirect"])
def test_a_response_of_a_gateway_is_a_temporary_failure(sim, source, fault):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    sim.fault("eset.list", fault)
    assert named(source.run(nothing, retries=0)) == [[], [("i1", "web01")]]


def test_a_sign_in_that_failed_temporarily_is_retried(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    sim.fault("eset.sign_in", "status", status=503)
    assert named(source.run(nothing, retries=0)) == [[], [("i1", "web01")]]


def fail(source, **args):
    """Return the error that ends a source."""
    with pytest.raises(eset_incidents.SourceError) as caught:
        asyncio.run(eset_incidents.main(asyncio.Queue(), {**source.connection, **args}))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_wrong_credentials_end_the_source(sim, source):
    assert "check username, password and region" in fail(source, password="wrong")
    assert len(sim.calls("eset.sign_in")) == 1


def test_a_changed_password_ends_the_source(sim, source):
    def change():
        sim.eset.users.clear()
        sim.eset.expire_tokens(refresh_tokens=True)

    with pytest.raises(eset_incidents.SourceError, match="signing in as"):
        source.run(change)
    assert source.pauses == [60]


def test_a_first_poll_that_is_rejected_ends_the_source(sim, source):
    sim.fault("eset.list", "status", status=403, times=None)
    assert "listing the incidents: ESET: HTTP 403" in fail(source)


def test_a_missing_permission_for_devices_ends_the_source(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1", "d2"]}], DEVICES)
    sim.fault("eset.device_*", "status", status=403, times=None)
    assert "give the API user the permission to read devices" in fail(source)


def test_a_later_poll_that_is_rejected_is_retried(sim, source):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    sim.fault("eset.list", "status", status=403, skip=1)
    assert named(source.run(nothing, nothing)) == [[("i1", "web01")], [], []]
    assert source.pauses == [60, 60, 60]


@pytest.mark.parametrize(
    ["args", "message"],
    [
        ({"interval": 0}, "interval must be from 1 to 86400, not 0"),
        ({"interval": "soon"}, "interval"),
        ({"severity": ["critical"]}, "value of severity must be one or more of: low, medium, high"),
        ({"status": "new"}, "value of status must be one or more of"),
        ({"limit": -1}, "limit must be from 0"),
        ({"created_after": "yesterday"}, "created_after is not an ISO 8601 date"),
        ({"filter": "x" * 300}, "ESET accepts 200"),
        ({"severities": ["high"]}, "severities is not an option: check its spelling"),
        ({"access_token": DEFAULT_ESET_ACCESS_TOKEN}, "give only one of access_token"),
        ({"username": "", "password": ""}, "missing credentials"),
        ({"api_url": ""}, "missing region (ESET_REGION), or api_url"),
        ({"device_url": "http://192.0.2.1"}, "device_url must be https"),
        ({"timeout": 0}, "timeout must be from 1"),
    ],
)
def test_arguments_are_checked_before_anything_is_sent(sim, source, args, message):
    said = fail(source, **args)
    assert message in said
    assert DEFAULT_ESET_PASSWORD not in said
    assert DEFAULT_ESET_ACCESS_TOKEN not in said
    assert sim.calls() == []


def test_the_connection_can_come_from_the_environment(sim, source, monkeypatch):
    for name, value in {**sim.environment, "ESET_ACCESS_TOKEN": "", "ESET_REGION": ""}.items():
        monkeypatch.setenv(name, value)
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    events = poll(eset_incidents.Poller({}))
    assert named([events]) == [[("i1", "web01")]]


def open_incidents(count):
    """Return a number of incidents, each on a device of its own, and the devices."""
    return (
        [{"id": f"i{n}", "device_uuids": [f"d{n}"]} for n in range(count)],
        [{"id": f"d{n}", "display_name": f"web{n}"} for n in range(count)],
    )


def test_a_thousand_incidents_stay_within_the_rate_limit(sim, source, clock):
    reset(sim, *open_incidents(1000), rate_limit=False)  # with this clock, a call can arrive seconds after its start
    before = clock.monotonic()
    poller = source.make()
    assert len(poll(poller)) == 1000
    requests = len(sim.calls())
    assert requests == 1 + 1 + 1000 + 10  # signing in, a page, the incidents, and 100 devices each
    assert clock.monotonic() - before <= 1.1 * requests / 10
    sim.journal.clear()
    assert poll(poller) == []
    assert [request.call for request in sim.calls()] == ["eset.list"]


def test_a_poll_without_changes_takes_one_request_for_each_page(sim, source, monkeypatch):
    monkeypatch.setattr(_eset_reading, "PAGE_SIZE", 10)
    reset(sim, open_incidents(21)[0], rate_limit=False)
    poller = source.make(rate_limit=0)
    poll(poller)
    sim.journal.clear()
    assert poll(poller) == []
    assert [request.call for request in sim.calls()] == ["eset.list"] * 3


def test_the_memory_of_incidents_is_limited_to_selected_ones(sim, source):
    reset(sim, [], rate_limit=False)
    poller = source.make(rate_limit=0)
    for number in range(30):
        incidents, devices = open_incidents(number + 1)
        sim.add(eset={"incidents": incidents[-1:], "devices": devices[-1:]})
        assert len(poll(poller)) == 1
        sim.eset.change(f"i{number}", status=CLOSED)
    poll(poller)
    assert not (poller._known)
    assert not (poller._names)
    assert not (poller._unread)
    assert not (poller._old)


def test_the_memory_of_unread_incidents_is_limited_to_selected_ones(sim, source):
    reset(sim, [{"id": "i1"}])
    sim.fault("eset.read", "status", status=404)
    poller = source.make()
    poll(poller)
    assert poller._unread == {"i1"}
    sim.eset.change("i1", status=CLOSED)
    poll(poller)
    assert not poller._unread


def test_a_session_is_replaced_after_some_polls(sim, source, monkeypatch):
    monkeypatch.setattr(eset_incidents, "SESSION_POLLS", 2)
    poller = source.make()
    for dummy in range(5):
        poll(poller)
    assert len(sim.calls("eset.sign_in")) == 3  # before the polls 1, 3, and 5


def test_the_event_loop_is_not_blocked(sim, source, caplog):
    sim.fault("eset.list", "slow", seconds=60)

    async def scenario():
        args = {**source.connection, "timeout": 2, "retries": 0}
        task = asyncio.create_task(eset_incidents.main(asyncio.Queue(), args))
        while not sim.calls("eset.list"):
            await asyncio.sleep(0.001)
        assert not caplog.records  # the call has not timed out, so it is still running
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        sim.reset()  # releases the connection

    asyncio.run(scenario())


def test_a_poll_ends_at_its_next_request_once_the_source_is_cancelled(sim, source):
    reset(sim, *open_incidents(50), rate_limit=False)
    sim.latency = 0.01

    async def scenario():
        args = {**source.connection, "rate_limit": 0}
        task = asyncio.create_task(eset_incidents.main(asyncio.Queue(), args))
        while len(sim.calls("eset.read")) < 1:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())  # waits for the thread
    assert sim.calls("eset.device_batch") == []


def test_a_deadline_applies_to_one_step(sim, source, clock):
    reset(sim, [{"id": "i1", "device_uuids": ["d1"]}], DEVICES)
    poller = source.make(deadline=1)
    assert len(poll(poller)) == 1
    clock.sleep(100)
    assert poll(poller) == []
    sim.fault("eset.list", "status", status=503, times=None)
    with pytest.raises(ClientError, match="deadline"):
        poll(poller)


def test_a_deadline_does_not_include_the_time_that_rules_take_to_receive_events(sim, source, clock, monkeypatch):
    monkeypatch.setattr(eset_incidents, "CHUNK_SIZE", 1)
    reset(sim, *open_incidents(3), rate_limit=False)
    for events in source.make(deadline=10).poll():
        assert len(events) == 1
        clock.sleep(100)
    assert len(sim.calls("eset.read")) == 3


def test_the_source_finds_its_collection_when_it_runs_by_its_path():
    code = "import runpy, sys; runpy.run_path(sys.argv[1])['main']"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", code, eset_incidents.__file__], env=environment, cwd="/", check=True)


def test_the_guide_shows_an_event(sim, source):
    shown = json.loads(re.search(r"example-file: event\.json\n\n.*\n\n((?: +.*\n)+)", GUIDE)[1])
    [device] = shown["devices"]
    fields = {
        "id": device["uuid"],
        "display_name": device["name"],
        "original_display_name": device["original_name"],
        "primary_local_ip_address": device["ip"],
        "operating_system": device["os"],
    }
    incident = {"id": shown["incident"], "display_name": shown["title"], "severity": shown["severity"]}
    reset(sim, [{**incident, "device_uuids": [device["uuid"]]}], [fields])
    assert poll(source.make()) == [shown]


def test_the_guide_lists_the_variables_of_the_rulebook():
    rulebook = (COLLECTION / "extensions/eda/rulebooks/respond_to_eset_incidents.yml").read_text(encoding="utf-8")
    variables = re.findall(r"{{ (eset_\w+) \| default", rulebook)
    assert (
        variables == re.findall(r"\* - ``(eset_\w+)``", GUIDE) == re.findall(r"^#   (eset_\w+)", rulebook, re.MULTILINE)
    )


def test_the_arguments_are_documented():
    yaml = pytest.importorskip("yaml")
    documentation = yaml.safe_load(eset_incidents.DOCUMENTATION)
    own = {"interval", "only_new", "deadline"}
    assert set(documentation["options"]) == own
    for name in own:
        documented = {key: value for key, value in documentation["options"][name].items() if key != "description"}
        assert documented == eset_incidents.argument_spec()[name]


def test_secrets_are_not_logged(sim, source, caplog, leaks):
    caplog.set_level(logging.DEBUG)
    body = {"message": f"no {DEFAULT_ESET_PASSWORD}, and no Bearer"}
    sim.fault("eset.*", "status", body=body, times=4)
    source.run(*[nothing] * 4, retries=0)
    assert "********" in caplog.text
    assert leaks(caplog.text, [DEFAULT_ESET_PASSWORD], DEFAULT_ESET_USERNAME) == []
