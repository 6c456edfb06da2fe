# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For any response, the clients raise only the errors of the collection, and report only what the response says."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from ansible_collections.secops.incident_closure.plugins.module_utils._d3 import D3, CommandKey
from ansible_collections.secops.incident_closure.plugins.module_utils._d3_closing import (
    STATE_LOOKUPS,
    SUCCESS,
    D3Closing,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError, OutcomeUnknownError
from ansible_collections.secops.incident_closure.plugins.module_utils._eset import Eset, EsetClosing
from ansible_collections.secops.incident_closure.plugins.module_utils._eset_session import ConnectClient
from ansible_collections.secops.incident_closure.plugins.module_utils._http_call import Answer, Call, Credential
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import HttpClient
from ansible_collections.secops.incident_closure.plugins.module_utils._http_failures import read_retry_after
from ansible_collections.secops.incident_closure.plugins.module_utils._product_client import Closed, NotRead, State
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import MAX_RETRY_AFTER_SECONDS, RetryPolicy
from ansible_collections.secops.incident_closure.plugins.module_utils._secrets import Secrets

ANSWERS = int(os.environ.get("ANSWERS", "200"))  # of each kind; ./dev reliability tries more
fuzzed = settings(max_examples=ANSWERS, deadline=None, database=None)

KEYS = [
    "error",
    "Error",
    "message",
    "returnData",
    "contextData",
    "rawData",
    "incidents",
    "incident",
    "Status",
    "Result",
    "Message",
    "uuid",
    "status",
    "nextPageToken",
    "access_token",
    "refresh_token",
    "expires_in",
    "result",
    "closeDate",
    "Data",
    "outputData",
    "TotalPages",
    "IR Number",
    "Incident Number",
    "Close Date",
    "incidentNumber",
    "CaseNumber",
]
WORDS = [
    "1",
    "2",
    "Closed",
    "Open",
    "Successful",
    "",
    "INCIDENT_STATUS_CLOSED",
    '[{"IR Number": "1", "Status": "Closed"}]',
    "\ud800",
]

texts = st.sampled_from(WORDS) | st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | texts, inner, max_size=5),
    max_leaves=25,
)


class Server:
    """Stands for an HttpClient that gets the same JSON for every call."""

    product = "X"
    secrets = Secrets()
    policy = RetryPolicy()
    describe = HttpClient.describe

    def __init__(self, data):
        self.data = data

    def request(self, call):
        if not call.accepts(self.data):
            raise OutcomeUnknownError("unreadable")
        return Answer(200, {}, self.data)

    request_or_stop = request


def d3_client(data, **options):
    key = CommandKey(Credential(), "api_key")
    api = D3(Server(data), url="", username="u", site="s", lookup_key=key)
    return D3Closing(api, key, {}, warn=lambda text: None, **options)


def eset_client(data):
    return EsetClosing(Eset(Server(data), "https://x"))


@fuzzed
@given(data=json_values, lookup=st.sampled_from(STATE_LOOKUPS))
def test_states_of_d3(figures, data, lookup):
    figures["bad inputs"] += 1
    answers = dict(d3_client(data, state_lookup=lookup).read_states(["1", "2"]))
    assert set(answers) == {"1", "2"}
    assert all(isinstance(answer, (State, NotRead, ClientError)) for answer in answers.values())
    for answer in answers.values():
        if isinstance(answer, State) and answer.closed:
            assert "closed" in {str(value).strip().casefold() for value in answer.details.values()}


@fuzzed
@given(data=json_values)
def test_closings_of_d3(figures, data):
    figures["bad inputs"] += 1
    answers = dict(d3_client(data).close(["1", "2"]))
    assert set(answers) == {"1", "2"}
    for incident, answer in answers.items():
        if not isinstance(answer, ClientError):
            row = answer.details
            values = {str(value).strip(" .\n\t").casefold() for value in row.values()}
            assert incident in values
            assert values & set(SUCCESS)
            assert "closed" in values or row.get("closeDate") or row.get("Close Date")


@fuzzed
@given(data=json_values)
def test_states_of_eset(figures, data):
    figures["bad inputs"] += 1
    for ids in (["1"], ["1", "2"]):
        answers = dict(eset_client(data).read_states(ids))
        assert set(answers) == set(ids)
        for incident, answer in answers.items():
            if not isinstance(answer, ClientError):
                assert answer.details["uuid"] == incident
                assert answer.details["status"] == answer.status


@fuzzed
@example(data={})
@given(data=json_values)
def test_closings_of_eset(figures, data):
    figures["bad inputs"] += 1
    answers = dict(eset_client(data).close(["1", "2"]))
    assert all(isinstance(answer, Closed if data == {} else ClientError) for answer in answers.values())


@fuzzed
@given(data=json_values)
def test_sign_in_to_eset(figures, data):
    figures["bad inputs"] += 1
    client = ConnectClient("region", Secrets(), timeout=1, auth_url="https://x", username="u", password="p")
    client.request = Server(data).request
    try:
        token = client.renew_token()
    except ClientError as error:
        assert error.fatal
    else:
        assert token == data["access_token"]
        assert token.isascii()
        assert token.strip()


@fuzzed
@example(status=200, headers={}, content=b"[" * 100000)
@example(status=200, headers={}, content=b"1" * 10000)
@example(status=404, headers={}, content=b'{"Error": ' + b"[" * 100000)
@given(
    st.integers(200, 599),
    st.dictionaries(
        st.sampled_from(["Retry-After", "Content-Type", "request-id", "response-id"]), st.text(max_size=30), max_size=4
    ),
    st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()),
)
def test_answers_of_any_kind(figures, status, headers, content):
    figures["bad inputs"] += 1
    client = HttpClient("X", "url", {}, Secrets(), timeout=1)
    response = SimpleNamespace(status_code=status, headers=CaseInsensitiveDict(headers))
    call = Call("GET", "https://x", "asking", safe=True, accepts=lambda data: isinstance(data, dict))
    if status >= 300:
        error = client._explain_refusal(call, response, content)
        assert isinstance(error, ClientError)
        assert "\n" not in str(error)
    else:
        try:
            assert isinstance(client._read_json(call, response, content), dict)
        except ClientError as error:
            assert "\n" not in str(error)
    assert 0 <= read_retry_after(response) <= MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize("text", ["lone \ud800 surrogate", "\x00", "\u2028", "9" * 5000])
def test_odd_texts_reach_the_result_as_json(sim, close_d3, text):
    row = {"Incident Number": "1", "Status": "Closed", "Result": "Successful", text: text, "number": float("nan")}
    sim.reset({"d3": {"incidents": ["1"]}})
    sim.fault("d3.close", "json_value", value={"error": text, "contextData": [row]}, when="before")
    assert close_d3("1", state_lookup="skip")["summary"]["closed"] == 1
