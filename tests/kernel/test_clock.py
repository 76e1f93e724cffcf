from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.kernel.clock import Band, Clock, Deadline
from statesim.kernel.spans import SECOND


def test_timers_fire_in_order_of_time_then_band_then_creation() -> None:
    clock, seen = Clock(), []
    clock.after(5, seen.append, "observer", band=Band.OBSERVE)
    clock.after(5, seen.append, "controller", band=Band.CONTROL)
    clock.after(5, seen.append, "fault", band=Band.FAULT)
    clock.after(5, seen.append, "first", band=Band.PHYSICS)
    clock.after(5, seen.append, "second", band=Band.PHYSICS)
    clock.after(1, seen.append, "earlier", band=Band.OBSERVE)
    clock.run(10)
    assert seen == ["earlier", "first", "second", "fault", "controller", "observer"]


def test_a_run_leaves_out_what_is_due_at_its_end() -> None:
    clock, seen = Clock(), []
    clock.after(10, seen.append, "late")
    clock.run(10)
    assert (clock.now, seen) == (10, [])
    clock.run(11)
    assert seen == ["late"]


def test_a_cancelled_timer_never_fires() -> None:
    clock, seen = Clock(), []
    timer = clock.after(5, seen.append, "x")
    assert timer.active
    timer.cancel()
    clock.run(10)
    assert (seen, timer.active, clock.events) == ([], False, 0)


def test_a_fired_timer_is_no_longer_active_and_may_still_be_cancelled() -> None:
    clock = Clock()
    timer = clock.after(5, lambda: None)
    clock.run(10)
    assert not timer.active
    timer.cancel()


def test_a_timer_restores_the_cause_in_force_when_it_was_set() -> None:
    clock, seen = Clock(), []
    clock.cause = 7
    clock.after(5, lambda: seen.append(clock.cause))
    clock.cause = 8
    clock.after(3, lambda: seen.append(clock.cause))
    clock.run(10)
    assert seen == [8, 7]


def test_pushing_a_deadline_creates_no_event() -> None:
    clock, fired = Clock(), []
    deadline = Deadline(clock, 30 * SECOND, lambda: fired.append(clock.now))
    for second in range(0, 3600, 10):
        clock.run(second * SECOND)
        deadline.push((second + 30) * SECOND)
    clock.run(3700 * SECOND)
    assert fired == [3620 * SECOND]
    assert clock.events <= 3620 // 20, "one event per length of the deadline, not per renewal"


def test_a_deadline_only_moves_later() -> None:
    deadline = Deadline(Clock(), 30, lambda: None)
    with pytest.raises(ValueError, match="only moves later"):
        deadline.push(20)


def test_a_cancelled_deadline_does_not_fire() -> None:
    clock, fired = Clock(), []
    Deadline(clock, 30, lambda: fired.append(1)).cancel()
    clock.run(100)
    assert fired == []


@given(st.lists(st.integers(0, 1000), max_size=60))
def test_time_never_goes_back(delays: list[int]) -> None:
    clock, seen = Clock(), []
    for delay in delays:
        clock.after(delay, lambda: seen.append(clock.now))
    clock.run(2000)
    assert seen == sorted(delays)
    assert clock.events == len(delays)
