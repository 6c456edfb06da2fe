# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of a module, with a scripted product in the place of a client."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible_collections.secops.incident_closure.plugins.module_utils import _task as task
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import NotExecutedError, RejectedError
from ansible_collections.secops.incident_closure.plugins.module_utils._options import InvalidOptionError
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import Closed, State
from ansible_collections.secops.incident_closure.plugins.module_utils._reading import Reading
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import RetryPolicy

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
NOTE = {"note": {"type": "str"}}
KEY = {"key": {"type": "str", "no_log": True, "fallback": (env_fallback, ["KEY_OF_THE_TEST"])}}


class Product:
    """A product whose incidents are open until they are closed; incidents whose id begins with an x do not exist."""

    closed_status = "Closed"
    url = "https://product"

    def __init__(self, clock, details):
        self.policy = RetryPolicy(clock=clock)
        self.details = details
        self.closed = []

    def read_states(self, ids, also=()):
        for incident in (*ids, *also):
            gone = RejectedError(f"there is no {incident}")
            yield incident, gone if incident.startswith("x") else State("Open", False, self.details)

    def close(self, ids):
        for incident in ids:
            self.closed.append(incident)
            yield incident, Closed(self.details)


class Locks:
    """Takes the place of the locks, and notes what is locked."""

    noted = None

    def __init__(self, url):
        self.noted = {"url": url}
        type(self).noted = self.noted

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.noted["ended"] = True

    def acquire(self, ids, wait):
        self.noted.update(ids=ids, wait=wait)


@pytest.fixture(autouse=True)
def locks(monkeypatch):
    monkeypatch.setattr(task, "IncidentLocks", Locks)
    monkeypatch.setattr(Locks, "noted", None)


@pytest.fixture
def product(clock):
    return Product(clock, {"row": 1})


@pytest.fixture
def close(run_module, product):
    """Return a function that runs a module that closes incidents."""

    def run(check_mode=False, make=lambda params, secrets: None, **options):
        def make_client(params, secrets):
            make(params, secrets)
            return product

        def main():
            spec = {**task.closing_spec("ids", "id"), **NOTE, **KEY}
            task.run(task.Module(argument_spec=spec, supports_check_mode=True), "ids", make_client)

        return run_module(SimpleNamespace(main=main), options, check_mode)

    return run


@pytest.fixture
def read(run_module):
    """Return a function that runs a module that reads incidents."""

    def run(make_read, **options):
        def main():
            spec = {"ids": {"type": "list", "elements": "str"}, **NOTE}
            task.run_reading(AnsibleModule(argument_spec=spec), "ids", make_read)

        return run_module(SimpleNamespace(main=main), options)

    return run


class TestClosing:
    def test_a_success(self, close, product):
        result = close(ids=["1", "2"])
        assert product.closed == ["1", "2"]
        assert (result["changed"], result["msg"], result["gave_up"]) == (True, "2 closed", False)
        assert "failed" not in result

    def test_a_failure_still_says_what_was_closed(self, close, product):
        result = close(ids=["1", "x2"])
        assert product.closed == ["1"]
        assert (result["failed"], result["changed"], result["gave_up"]) == (True, True, False)
        assert result["msg"] == "1 closed, 1 failed: there is no x2"
        assert [row["outcome"] for row in result["incidents"]] == ["closed", "failed"]

    def test_check_mode_closes_nothing(self, close, product):
        assert close(check_mode=True, ids=["1"])["msg"] == "1 would be closed"
        assert product.closed == []

    def test_an_incident_that_is_given_twice_is_closed_once(self, close, product):
        close(ids=[" 1", "1"])
        assert product.closed == ["1"]

    def test_incidents_that_are_held_back_are_read(self, close, product):
        result = close(ids=["1"], held_back=[" 2"])
        assert product.closed == ["1"]
        assert [row["id"] for row in result["held_back"]] == ["2"]

    @pytest.mark.parametrize("held_back", [None, []])
    def test_no_incident_needs_to_be_held_back(self, close, held_back):
        assert "held_back" not in close(ids=["1"], held_back=held_back)

    def test_an_incident_cannot_be_closed_and_held_back(self, close, product):
        result = close(ids=["1", "3", "2"], held_back=["3", "2"])
        assert result["msg"] == "incident 2 is both in ids and in held_back"
        assert product.closed == []

    @pytest.mark.parametrize(
        ["options", "message"],
        [
            ({"ids": ["1", "."]}, 'ids, entry 2: "." is not an incident id'),
            ({"ids": ["1"], "held_back": ["."]}, 'held_back, entry 1: "." is not an incident id'),
        ],
    )
    def test_an_entry_that_is_not_an_incident_id_is_named(self, close, options, message):
        assert close(**options)["msg"] == message

    def test_a_wrong_option_ends_the_module_before_anything_is_closed(self, close, product):
        def fail(params, secrets):
            raise InvalidOptionError("url is not a URL")

        result = close(make=fail, ids=["1"])
        assert (result["failed"], result["msg"], result["gave_up"]) == (True, "url is not a URL", True)
        assert product.closed == []

    def test_the_client_is_made_from_the_options(self, close):
        seen = []
        close(make=lambda params, secrets: seen.append(params["note"]), ids=["1"], note="x")
        assert seen == ["x"]

    def test_the_incidents_are_locked_for_the_time_of_the_run(self, close, product):
        close(ids=["1", "2"])
        assert Locks.noted == {"url": product.url, "ids": ["1", "2"], "wait": product.policy.wait, "ended": True}

    def test_nothing_is_locked_in_check_mode(self, close, product):
        close(check_mode=True, ids=["1"])
        assert "ids" not in Locks.noted

    def test_a_secret_is_hidden_in_values_and_keys(self, close, product):
        product.details = {"pa55": "x", "a": "said pa55"}
        result = close(make=lambda params, secrets: secrets.add("pa55"), ids=["1"])
        assert result["incidents"][0]["details"] == {HIDDEN: "x", "a": "said ********"}


class TestReading:
    def test_a_success(self, read):
        reading = Reading([{"id": "1", "details": {}}], [{"id": "2", "message": "gone"}])
        result = read(lambda params, secrets: lambda: reading, ids=["1", "2"])
        assert (result["changed"], result["msg"]) == (False, "1 read, 1 missing")
        assert (result["incidents"], result["missing"]) == ([{"id": "1", "details": {}}], reading.missing)
        assert "failed" not in result

    def test_a_failure_still_says_what_was_read(self, read):
        reading = Reading([{"id": "1", "details": {}}], [], NotExecutedError("no route"))
        result = read(lambda params, secrets: lambda: reading, ids=["1"])
        assert (result["failed"], result["changed"], result["msg"]) == (True, False, "no route")
        assert [row["id"] for row in result["incidents"]] == ["1"]

    def test_an_error_is_that_of_every_incident(self, read):
        def fail():
            raise NotExecutedError("no route")

        result = read(lambda params, secrets: fail, ids=["1", "2"])
        assert (result["failed"], result["msg"], result["incidents"]) == (True, "no route", [])
        assert result["missing"] == [{"id": "1", "message": "no route"}, {"id": "2", "message": "no route"}]

    @pytest.mark.parametrize(["ids", "asked"], [([" 1", "1"], ["1"]), (None, [])])
    def test_what_reads_gets_the_options(self, read, ids, asked):
        seen = []
        read(lambda params, secrets: seen.append(dict(params)) or (lambda: Reading([])), ids=ids, note="x")
        assert seen == [{"ids": asked, "note": "x"}]

    def test_an_empty_list_of_incidents_is_not_all_incidents(self, read):
        assert read(None, ids=[])["msg"] == "ids is empty: name at least one incident"

    def test_a_secret_is_hidden_in_values_and_keys(self, read):
        reading = Reading([{"id": "1", "details": {"pa55": "x", "a": "said pa55"}}])
        result = read(lambda params, secrets: secrets.add("pa55") or (lambda: reading))
        assert result["incidents"][0]["details"] == {HIDDEN: "x", "a": "said ********"}


class TestPreparation:
    def test_a_text_that_cannot_be_sent_is_named(self, close, product, monkeypatch):
        monkeypatch.setenv("KEY_OF_THE_TEST", "schl\udcfcssel")
        assert close(ids=["1"])["msg"] == "key is not valid UTF-8"
        assert product.closed == []

    def test_a_key_log_that_cannot_be_written_is_named(self, close, product, monkeypatch, tmp_path):
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
        assert "SSLKEYLOGFILE names a file that cannot be written" in close(ids=["1"])["msg"]

    def test_a_missing_library_is_named(self, close, product, monkeypatch):
        monkeypatch.setattr(task, "HAS_REQUESTS", False)
        assert "(requests)" in close(ids=["1"])["msg"]
        assert product.closed == []


def test_a_module_that_ends_with_a_failure_gives_up_unless_it_says_otherwise(run_module):
    def fail(**result):
        return lambda: task.Module(argument_spec={}).fail_json("no", **result)

    given_up = run_module(SimpleNamespace(main=fail()), {})
    assert (given_up["msg"], given_up["gave_up"]) == ("no", True)
    going_on = run_module(SimpleNamespace(main=fail(gave_up=False, more=1)), {})
    assert (going_on["gave_up"], going_on["more"]) == (False, 1)
