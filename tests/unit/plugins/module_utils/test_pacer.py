# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request may start."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import DeadlineReachedError
from ansible_collections.secops.incident_closure.plugins.module_utils._pacer import Pacer

FOREVER = float("inf")


def starts(pacer, calls):
    return [pacer.wait_turn(FOREVER) for call in range(calls)]


def most_in_any_second(times):
    return max(sum(1 for other in times if time <= other < time + 1) for time in times)


def test_no_more_calls_start_in_any_second_than_the_rate(clock):
    times = starts(Pacer(10, clock), 100)
    assert most_in_any_second(times) == 10
    assert times[-1] <= 10 * Pacer.WINDOW


def test_the_first_calls_start_at_once_and_the_others_at_equal_distances(clock):
    distance = Pacer.WINDOW / 10
    times = [0, 0, 0, 0, *(number * distance for number in range(1, 7)), Pacer.WINDOW]
    assert starts(Pacer(10, clock), 11) == pytest.approx(times)


def test_a_low_rate_starts_one_call_at_once(clock):
    assert starts(Pacer(2, clock), 2) == pytest.approx([0, Pacer.WINDOW / 2])


@pytest.mark.parametrize("calls", [10, 95, 101, 106])
def test_a_process_that_follows_another_one_keeps_to_the_rate(clock, calls):
    times = starts(Pacer(10, clock), calls)
    clock.sleep(0.45)  # the end of one process, and the start of the next one
    assert most_in_any_second([*times, *starts(Pacer(10, clock), 20)]) <= 10


def test_a_window_slides(clock):
    pacer = Pacer(2, clock)
    starts(pacer, 1)
    clock.sleep(0.9)
    assert most_in_any_second([clock.monotonic(), *starts(pacer, 3)]) <= 3
    assert clock.monotonic() >= 0.9 + Pacer.WINDOW


def test_a_rate_of_zero_does_not_wait(clock):
    starts(Pacer(0, clock), 1000)
    assert clock.monotonic() == 0


def test_one_call_too_many_slows_all_of_them_down_and_the_pace_comes_back(clock):
    pacer = Pacer(10, clock)
    for start in starts(pacer, 10):  # ten of one burst count as one
        pacer.slow_down(start, 3)
    slow = starts(pacer, 20)
    assert slow[0] >= 3
    assert 1.5 <= slow[-1] - slow[9] <= 2 * Pacer.WINDOW  # ten calls in nearly two seconds, instead of in one
    clock.sleep(60)
    times = starts(pacer, 100)
    assert times[-1] - times[0] <= 10 * Pacer.WINDOW


def test_the_window_is_twice_as_wide_after_one_call_too_many(clock):
    pacer = Pacer(1, clock)
    pacer.slow_down(pacer.wait_turn(FOREVER), 0)
    assert pacer.wait_turn(FOREVER) == pytest.approx(2 * Pacer.WINDOW)


def test_the_wider_window_contains_the_calls_before(clock):
    pacer = Pacer(10, clock)
    last = starts(pacer, 25)[-1]
    pacer.slow_down(last, 0)
    assert pacer.wait_turn(FOREVER) - last > Pacer.WINDOW


def test_the_pace_has_a_floor(clock):
    pacer = Pacer(1, clock)
    for dummy in range(50):
        pacer.slow_down(pacer.wait_turn(FOREVER), 0)
    before = clock.monotonic()
    pacer.wait_turn(FOREVER)
    assert clock.monotonic() - before <= Pacer.WINDOW + Pacer.MAX_WIDENING


def test_a_turn_after_the_deadline_is_not_waited_for(clock):
    pacer = Pacer(1, clock)
    pacer.wait_turn(0.5)
    with pytest.raises(DeadlineReachedError):
        pacer.wait_turn(0.5)
    assert clock.monotonic() == 0


@pytest.mark.parametrize(["options", "queued"], [({}, True), ({"urgent": False}, True), ({"urgent": True}, False)])
def test_only_an_urgent_call_does_not_queue(clock, options, queued):
    pacer = Pacer(10, clock)
    entered = []
    pacer._queue = contextlib.ExitStack()  # as a lock, it notes that the call was the first of the queue
    pacer._queue.callback(entered.append, True)
    pacer.wait_turn(FOREVER, **options)
    assert bool(entered) is queued


def test_an_urgent_call_overtakes_the_calls_that_wait(clock):
    pacer = Pacer(10, clock)
    with pacer._queue:  # as while others wait for their turn
        assert pacer.wait_turn(FOREVER, urgent=True) == 0


def test_a_call_that_had_to_prepare_while_it_waited_waits_again(clock):
    pacer = Pacer(1, clock)
    pacer.wait_turn(FOREVER)
    renewals = iter([True, True])  # before the wait, and again after it
    assert pacer.wait_turn(FOREVER, prepare=lambda: next(renewals)) == 2 * Pacer.WINDOW


def test_an_urgent_call_may_be_made_to_prepare_another(clock):
    pacer = Pacer(10, clock)
    urgent = []

    def prepare():
        urgent.append(pacer.wait_turn(FOREVER, urgent=True))
        return False

    pacer.wait_turn(FOREVER, prepare=prepare)
    assert len(urgent) == 2
