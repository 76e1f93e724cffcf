from __future__ import annotations

import random
from math import ceil, inf, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.statistics import (
    ecdf,
    mean_interval,
    observed_quantiles,
    proportion_interval,
    quantile_interval,
    quantiles,
    sign_chance,
    student_t,
)

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def test_an_observed_quantile_is_the_first_value_that_so_many_do_not_exceed() -> None:
    assert observed_quantiles([1, 0, 0, 1], (0, 0.5, 0.51, 1)) == [0, 0, 1, 1]
    assert observed_quantiles(range(1, 101), (0.07, 0.95, 0.99)) == [7, 95, 99]
    assert observed_quantiles([inf, 3], (0.5, 0.95)) == [3, inf]


def test_quantiles_lie_between_neighbours() -> None:
    assert quantiles([4, 1, 3, 2], (0, 0.5, 1)) == [1, 2.5, 4]
    assert quantiles([10], (0.99,)) == [10]


def test_what_never_came_is_the_last_of_all() -> None:
    assert quantiles([inf, 3, inf, 1, 2], (0.25, 0.5, 1)) == [2, 3, inf]


@pytest.mark.parametrize(("values", "q"), [([], 0.5), ([1], 1.1)])
def test_what_has_no_quantile_is_refused(values: list[float], q: float) -> None:
    with pytest.raises(ValueError, match="quantile"):
        quantiles(values, (q,))


@given(numbers, st.floats(0, 1))
def test_a_quantile_lies_within_the_values(values: list[float], q: float) -> None:
    assert min(values) - 1e-6 <= quantiles(values, (q,))[0] <= max(values) + 1e-6


# the table of Student's t, as every textbook has it
@pytest.mark.parametrize(
    ("df", "confidence", "t"),
    [(1, 0.95, 12.7062), (2, 0.95, 4.3027), (5, 0.99, 4.0321), (30, 0.95, 2.0423), (199, 0.9, 1.6525)],
)
def test_t_is_that_of_the_table(df: int, confidence: float, t: float) -> None:
    assert student_t(df, confidence) == pytest.approx(t, abs=5e-5)


def test_an_interval_of_a_mean_is_the_textbooks() -> None:
    found = mean_interval([1, 2, 3, 4, 5])

    assert found.estimate == 3
    assert found.high - 3 == pytest.approx(2.7764 * sqrt(2.5 / 5), abs=1e-4)


def test_one_value_tells_nothing_of_how_sure_it_is() -> None:
    assert (mean_interval([7]).low, mean_interval([7]).high) == (-inf, inf)


def test_a_mean_of_what_never_came_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        mean_interval([1, inf])


@given(numbers)
def test_a_wider_confidence_has_the_wider_interval(values: list[float]) -> None:
    assert mean_interval(values, 0.99).width >= mean_interval(values, 0.9).width


def test_wilsons_interval_is_the_published_one() -> None:
    found = proportion_interval(81, 263)  # Newcombe, Statistics in Medicine 17, 1998, table I

    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    assert round(proportion_interval(0, 20).high, 4) == 0.1611


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_shares_interval_holds_the_share_and_stays_between_none_and_all(trial: tuple[int, int]) -> None:
    found = proportion_interval(*trial)

    assert 0 <= found.low <= found.estimate <= found.high <= 1


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="share"):
        proportion_interval(successes, n)


def test_a_tail_without_enough_values_has_no_upper_bound() -> None:
    assert quantile_interval(range(367), 0.99).high == inf
    assert quantile_interval(range(368), 0.99).high == 367


def test_order_statistics_of_the_median_are_the_published_ones() -> None:
    found = quantile_interval(range(1, 101), 0.5)  # n = 100: the 40th and the 61st

    assert (found.low, found.high) == (40, 61)


@given(numbers, st.floats(0.03, 0.97))
def test_a_quantile_lies_in_its_interval(values: list[float], q: float) -> None:
    found = quantile_interval(values, q)

    assert found.low <= found.estimate + 1e-6
    assert found.estimate - 1e-6 <= found.high


def test_the_sign_test_counts_both_tails() -> None:
    assert sign_chance(0, 5) == 2 / 32
    assert sign_chance(3, 3) == 1
    assert sign_chance(0, 0) == 1
    assert sign_chance(0, 5000) == 0


def test_a_distribution_steps_up_at_each_value() -> None:
    found = ecdf([2, 1, 2, inf])

    assert (found.x, found.share, found.n) == ((1, 2), (0.25, 0.75), 4)
    assert found.margin == pytest.approx(sqrt(log(40) / 8))
    assert found.low[0] == 0
    assert found.high[1] == 1


# -- coverage: of many samples from a known distribution, as many intervals as promised hold the truth --------

SAMPLES = 600
# three standard errors of a share of 0.95 in that many samples
ASTRAY = 3 * sqrt(0.95 * 0.05 / SAMPLES)


def samples(seed: int, n: int, draw: str, *args: float) -> list[list[float]]:
    chance = random.Random(seed)
    return [[getattr(chance, draw)(*args) for _ in range(n)] for _ in range(SAMPLES)]


@pytest.mark.parametrize("n", [3, 20])
def test_students_interval_holds_a_normal_mean_as_often_as_it_says(n: int) -> None:
    held = sum(10 in mean_interval(sample) for sample in samples(n, n, "gauss", 10, 4))

    assert held / SAMPLES == pytest.approx(0.95, abs=ASTRAY)


@pytest.mark.parametrize(("n", "q"), [(60, 0.5), (200, 0.95), (400, 0.99)])
def test_order_statistics_hold_a_quantile_at_least_as_often_as_they_say(n: int, q: float) -> None:
    truth = -log(1 - q)
    held = sum(truth in quantile_interval(sample, q) for sample in samples(7, n, "expovariate", 1))

    assert 0.95 - ASTRAY <= held / SAMPLES <= 0.99


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_wilsons_interval_holds_a_share_about_as_often_as_it_says(share: float) -> None:
    counts = [sum(value < share for value in sample) for sample in samples(3, 100, "random")]
    held = sum(share in proportion_interval(count, 100) for count in counts)

    assert 0.92 <= held / SAMPLES <= 0.99


def test_the_band_holds_the_whole_curve_at_least_as_often_as_it_says() -> None:
    def holds(sample: list[float]) -> bool:
        """Uniform values: the curve is the diagonal; it is farthest from the steps at their feet and heads."""
        found = ecdf(sample)
        before = (0.0, *found.share)
        steps = zip(found.x, found.share, before, strict=False)
        return all(
            abs(after - x) <= found.margin and abs(foot - x) <= found.margin for x, after, foot in steps
        )

    held = sum(holds(sample) for sample in samples(5, 50, "random"))

    assert held >= ceil((0.95 - ASTRAY) * SAMPLES)
