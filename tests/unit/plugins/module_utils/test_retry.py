# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is tried again, after which wait, and until when."""

from __future__ import annotations

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import (
    BrokenContractError,
    DeadlineReachedError,
    NotExecutedError,
    OutcomeUnknownError,
    RejectedError,
    StillPendingError,
)
from ansible_collections.secops.incident_closure.plugins.module_utils._retry import (
    PENDING_SECONDS,
    Polling,
    RetryPolicy,
)


def make_policy(clock, **options):
    return RetryPolicy(**options, clock=clock, jitter=lambda low, high: high)


def measure(clock, wait, *arguments):
    """Return the seconds that a wait takes."""
    before = clock.monotonic()
    wait(*arguments)
    return clock.monotonic() - before


@pytest.mark.parametrize(
    ["error", "safe", "unsafe"],
    [
        (NotExecutedError("no route"), True, True),
        (NotExecutedError("wrong certificate", fatal=True), False, False),
        (RejectedError("no"), False, False),
        (OutcomeUnknownError("dropped"), True, False),
        (StillPendingError("202"), False, False),
        (DeadlineReachedError(), False, False),
        (BrokenContractError("a bug"), False, False),
    ],
)
def test_what_is_tried_again(clock, error, safe, unsafe):
    policy = make_policy(clock)
    assert policy.allows(error, 0, safe=True) is safe
    assert policy.allows(error, 0, safe=False) is unsafe


@pytest.mark.parametrize(
    ["persistent", "retries", "last"], [(False, 3, 2), (True, 3, 0), (False, 0, -1), (True, 0, -1)]
)
def test_how_often_it_is_tried_again(clock, persistent, retries, last):
    policy = make_policy(clock, retries=retries)
    error = OutcomeUnknownError("x", persistent=persistent)
    assert [policy.allows(error, tries, safe=True) for tries in range(5)] == [tries <= last for tries in range(5)]


def test_a_request_has_five_retries_by_default(clock):
    policy = make_policy(clock)
    assert [policy.allows(OutcomeUnknownError("x"), tries, safe=True) for tries in (4, 5)] == [True, False]


def test_waits_grow_up_to_a_limit(clock):
    policy = make_policy(clock)
    waits = [measure(clock, policy.wait_before_retry, OutcomeUnknownError("x"), tries) for tries in range(8)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_wait_adds_to_what_the_server_asks_for(clock):
    assert measure(clock, make_policy(clock).wait_before_retry, OutcomeUnknownError("x", retry_after=7), 0) == 8


def test_the_random_part_of_a_wait_may_be_zero(clock):
    policy = RetryPolicy(clock=clock, jitter=lambda low, high: low)
    assert measure(clock, policy.wait_before_retry, OutcomeUnknownError("x", retry_after=7), 3) == 7


def test_a_rate_limited_request_waits_longer(clock):
    policy = make_policy(clock)
    waits = [measure(clock, policy.wait_before_retry, NotExecutedError("x", status=429), tries) for tries in range(4)]
    assert waits == [5, 9, 17, 31]
    asked = NotExecutedError("x", status=429, retry_after=7)
    assert measure(clock, policy.wait_before_retry, asked, 0) == 11


def test_a_close_request_has_time_to_take_effect(clock):
    policy = make_policy(clock)
    assert [measure(clock, policy.wait_before_reading_again, tries) for tries in range(3)] == [2, 3, 5]


def test_a_wait_that_would_exceed_the_deadline_does_not_begin(clock):
    with pytest.raises(DeadlineReachedError, match="^the deadline of the task was reached before this was done$"):
        make_policy(clock, deadline=3).wait(3)
    assert clock.monotonic() == 0


@pytest.mark.parametrize("start", [False, True])
def test_a_stopped_policy_lets_nothing_begin(clock, start):
    policy = make_policy(clock)
    policy.stop()
    if start:
        policy.start()
    with pytest.raises(DeadlineReachedError):
        policy.wait(0)


def test_the_time_of_the_deadline_begins_with_the_start(clock):
    policy = make_policy(clock, deadline=3)
    clock.sleep(5)
    policy.start()
    assert policy.until == 8


def test_one_more_token_is_requested_than_there_are_retries(clock):
    policy = make_policy(clock, retries=2)
    assert [policy.allows_new_token(tries) for tries in range(4)] == [True, True, True, False]


def test_polls_become_rarer_and_end_when_the_response_is_dropped(clock):
    polling = Polling(make_policy(clock))
    waits = []
    while polling.wait():
        waits.append(clock.monotonic() - sum(waits))
    assert waits[:5] == [1, 2, 4, 5, 5]
    assert set(waits[5:]) == {5}
    assert 595 < clock.monotonic() <= 600


def test_the_last_poll_is_at_the_moment_when_the_response_is_dropped(clock):
    polling = Polling(make_policy(clock))
    clock.sleep(PENDING_SECONDS - 1)
    assert polling.wait()


def test_polls_end_at_the_deadline(clock):
    polling = Polling(make_policy(clock, deadline=2))
    assert polling.wait()
    with pytest.raises(DeadlineReachedError):
        polling.wait()


def test_failed_polls_count_only_in_a_row(clock):
    polling = Polling(make_policy(clock, retries=2))
    error = OutcomeUnknownError("dropped")
    assert [polling.allows(error) for dummy in range(2)] == [True, True]
    polling.succeed()
    assert [polling.allows(error) for dummy in range(3)] == [True, True, False]


def test_a_rate_limited_poll_waits_as_long_as_the_server_asks_for(clock):
    polling = Polling(make_policy(clock, retries=0))
    assert polling.allows(NotExecutedError("x", status=429, retry_after=9))
    assert measure(clock, polling.wait) == 9


@pytest.mark.parametrize("error", [RejectedError("no"), NotExecutedError("wrong password", fatal=True)])
def test_a_poll_that_cannot_succeed_is_the_last(clock, error):
    assert not Polling(make_policy(clock)).allows(error)
