from __future__ import annotations

import pytest

from statesim.kernel.spans import SECOND
from statesim.node.probes import fails_at, next_tick, restart_delay, succeeds_at
from statesim.scenario.specs import Probe

EVERY_TWO = Probe(initial_delay_us=5 * SECOND, period_us=2 * SECOND, success_threshold=1, failure_threshold=3)


@pytest.mark.parametrize(("at", "tick"), [(0, 105), (105, 105), (105.1, 107), (107, 107), (110, 111)])
def test_a_probe_asks_on_a_grid_from_the_containers_start(at: float, tick: int) -> None:
    started = 100 * SECOND
    assert next_tick(EVERY_TWO, started, round(at * SECOND)) == tick * SECOND


def test_readiness_is_seen_at_the_first_tick_after_the_program_answers() -> None:
    assert succeeds_at(EVERY_TWO, 0, 6 * SECOND) == 7 * SECOND


def test_a_higher_success_threshold_takes_more_ticks() -> None:
    assert succeeds_at(Probe(period_us=10 * SECOND, success_threshold=3), 0, 1) == 30 * SECOND


def test_failure_is_believed_after_the_threshold_of_refusals() -> None:
    assert fails_at(EVERY_TWO, 0, 6 * SECOND) == 11 * SECOND


def test_the_restart_back_off_doubles_from_ten_seconds_to_five_minutes() -> None:
    assert [restart_delay(n) // SECOND for n in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]
