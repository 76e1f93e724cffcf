"""What a client that keeps no history takes for granted, and what it counts by: pure functions."""

from __future__ import annotations

import random
from math import sqrt
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.clients.calm import SEEN, SEEN_US, Regime, draw, regime
from statesim.clients.tally import FAIL, INFO, OK, Count, Tally
from statesim.clients.thinning import Thinning, cycle_us, spread_us2, thinning
from statesim.kernel.clock import Clock, Deadline
from statesim.kernel.spans import SECOND


def count(good: int = 0, failed: int = 0, unknown: int = 0, took_us: int = 0) -> Count:
    made = Count()
    made.since.update({OK: good, FAIL: failed, INFO: unknown})
    made.steady.update({FAIL: float(failed), INFO: float(unknown)})
    made.took_us = took_us
    return made


def test_calls_that_servers_answer_are_taken_for_answered() -> None:
    assert regime(count(good=3), answering=True, answer_us=3_500, steady_us=0) == Regime(3_500)


def test_one_call_in_vain_leaves_it_open_until_servers_are_known_to_answer_again() -> None:
    seen = count(good=300, failed=1)
    assert regime(seen, answering=False, answer_us=3_500, steady_us=10 * SEEN_US) is None
    assert regime(seen, answering=True, answer_us=3_500, steady_us=10 * SEEN_US) == Regime(3_500)


def test_calls_in_vain_go_on_at_their_pace_when_nothing_has_changed_for_long() -> None:
    seen = count(failed=15, unknown=5, took_us=SEEN * SECOND)
    pace = {FAIL: 15 / SEEN_US, INFO: 5 / SEEN_US}
    assert regime(seen, answering=False, answer_us=1, steady_us=SEEN_US) == Regime(SECOND, pace)
    assert regime(seen, answering=False, answer_us=1, steady_us=SEEN_US - 1) is None


def test_a_few_calls_in_vain_are_not_enough_to_go_by() -> None:
    seen = count(failed=SEEN - 1, took_us=SECOND)
    assert regime(seen, answering=False, answer_us=1, steady_us=SEEN_US) is None


@pytest.mark.parametrize("expected", [0.0, 0.4, 7.0, 29.0, 31.0, 4_000.0])
def test_draws_have_the_mean_and_the_variance_that_are_asked_for(expected: float) -> None:
    rng, n = random.Random(5), 4_000
    drawn = [draw(rng, expected, expected) for _ in range(n)]
    assert abs(mean(drawn) - expected) <= 4 * sqrt(expected / n)
    assert stdev(drawn) ** 2 == pytest.approx(expected, rel=0.15, abs=1e-9)


@given(took=st.floats(1, 1e8), spacing=st.floats(1e4, 1e8))
def test_a_session_never_calls_more_often_than_its_callers_come_or_its_calls_last(
    took: float, spacing: float
) -> None:
    assert cycle_us(took, spacing) >= max(took, spacing) * (1 - 1e-12)
    assert cycle_us(took, spacing) <= took + spacing
    assert spread_us2(took, spacing) >= 0


def test_the_time_between_calls_is_the_longer_of_the_call_and_the_next_callers_coming() -> None:
    rng, took, spacing = random.Random(3), 2.0, 3.0
    drawn = [max(took, rng.expovariate(1 / spacing)) for _ in range(40_000)]
    assert mean(drawn) == pytest.approx(cycle_us(took, spacing), rel=0.02)
    assert stdev(drawn) ** 2 == pytest.approx(spread_us2(took, spacing), rel=0.05)


def test_few_sessions_stand_for_all_and_call_as_often_as_each_of_them() -> None:
    thin = thinning(7_003, flow=True)
    assert thin.simulated == 1_000
    assert sum(thin.stands_for(number) for number in range(thin.simulated)) == 7_003
    assert thin.mean_us(70.03) == 100 * SECOND
    assert thin.simulated_rate(70.03) == pytest.approx(10.0)
    assert thin.simulated_rate(70.03) * thin.each == pytest.approx(70.03)


@pytest.mark.parametrize("thin", [thinning(5_000, flow=False), thinning(1_000, flow=True)])
def test_nothing_is_thinned_where_every_operation_is_recorded_or_there_are_few(thin: Thinning) -> None:
    assert thin.simulated == thin.sessions
    assert thin.each == 1.0
    assert thin.simulated_rate(600.0) == 600.0


def test_an_element_that_stands_for_many_is_lost_as_many() -> None:
    tally = Tally(["write"], 1.0)
    tally.blocks[7] = 500
    for element in (6, 7, 8):
        tally.append((element, 0, "shop", "invoke", "write", element, ""))
        tally.append((element + 1, 0, "shop", "ok", "write", element, ""))
    assert tally.counts["write"].total[OK] == 502
    assert tally.lost([6, 8]) == [(8, 500)]


def test_what_is_under_way_at_the_end_has_no_known_outcome() -> None:
    tally = Tally(["write"], 2.0)
    tally.append((1, 0, "shop", "invoke", "write", 1, ""))
    tally.close()
    assert tally.counts["write"].total[INFO] == 2.0


def test_what_began_before_a_change_says_nothing_of_what_is_so_after_it() -> None:
    tally = Tally(["write"], 1.0)
    tally.append((1, 0, "shop", "invoke", "write", 1, ""))
    tally.changed(2)
    tally.append((3, 0, "shop", "fail", "write", 1, "reset"))
    assert tally.counts["write"].total[FAIL] == 1
    assert tally.counts["write"].since[FAIL] == 0


class Other:
    def call(self) -> None: ...


class Own(Other): ...


def test_the_next_change_is_the_first_call_of_others() -> None:
    clock, own, other = Clock(), Own(), Other()
    clock.after(10, own.call)
    Deadline(clock, 20, own.call)
    gone = clock.after(30, other.call)
    clock.after(50, other.call)
    assert clock.next_due((Own,)) == 30
    gone.cancel()
    assert clock.next_due((Own,)) == 50
    assert Clock().next_due((Own,)) is None
