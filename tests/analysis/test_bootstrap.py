from __future__ import annotations

import random
from math import inf, log, sqrt
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.bootstrap import bootstrap, quantile
from statesim.analysis.paired import narrowed, paired
from statesim.analysis.statistics import mean_interval

SAMPLES = 300
ASTRAY = 3 * sqrt(0.95 * 0.05 / SAMPLES)
numbers = st.lists(st.integers(-1000, 1000), min_size=1, max_size=30)


def skewed(seed: int, n: int) -> list[list[float]]:
    chance = random.Random(seed)
    return [[chance.expovariate(1) for _ in range(n)] for _ in range(SAMPLES)]


def test_the_same_values_give_the_same_interval_and_another_name_another_one() -> None:
    values = [1.0, 5.0, 2.0, 9.0]

    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values, name="other") != bootstrap(values)


def test_resamples_are_those_of_every_machine() -> None:
    """The numbers stand here: another version of NumPy, or another order of drawing, would move them."""
    found = bootstrap([1.0, 2.0, 4.0, 8.0, 16.0])

    assert (found.low, found.high) == (2.8, 13.2)


@given(numbers)
def test_an_interval_lies_within_the_values(values: list[int]) -> None:
    found = bootstrap(values, resamples=200)

    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert found.estimate == pytest.approx(mean(values))


def test_values_that_are_all_the_same_are_sure() -> None:
    assert bootstrap([3.0] * 20).width == 0


@pytest.mark.parametrize("values", [[], [1, inf]])
def test_what_cannot_be_resampled_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="bootstrap"):
        bootstrap(values)


def test_a_median_is_that_of_the_values() -> None:
    values = [9.0, 1.0, 4.0, 100.0, 5.0]
    found = bootstrap(values, quantile(0.5), method="percentile")

    assert found.estimate == median(values)
    assert found.low <= 5 <= found.high


def test_bca_holds_a_skewed_mean_nearly_as_often_as_it_says_and_more_evenly_than_t() -> None:
    """Student's interval misses a skewed mean on one side; BCa is moved to where the values are."""
    found = [(bootstrap(sample, resamples=1000), mean_interval(sample)) for sample in skewed(11, 40)]
    held = sum(1 in ours for ours, _ in found)
    below = [sum(each.high < 1 for each in side) for side in zip(*found, strict=True)]

    assert held / SAMPLES == pytest.approx(0.935, abs=ASTRAY)
    assert below[0] < below[1]


def test_percentiles_hold_a_median_about_as_often_as_they_say() -> None:
    held = sum(
        log(2) in bootstrap(sample, quantile(0.5), method="percentile", resamples=500)
        for sample in skewed(13, 61)
    )

    assert held / SAMPLES == pytest.approx(0.95, abs=ASTRAY)


# -- pairs ---------------------------------------------------------------------------------------------------


def test_a_constant_difference_is_seen_through_any_noise() -> None:
    noise = [random.Random(seed).gauss(0, 100) for seed in range(20)]
    found = paired([round(each) + 3 for each in noise], [round(each) for each in noise])

    assert found.mean is not None
    assert found.mean.low == found.mean.high == 3
    assert (found.lower, found.equal, found.higher, found.narrowed) == (0, 0, 20, inf)
    assert found.tells


def test_last_bits_are_no_variance() -> None:
    assert narrowed([0.1 + n * 0.7 for n in range(9)], [n * 0.7 for n in range(9)]) == inf


def test_twins_do_not_differ() -> None:
    found = paired([1, 2, 3], [1, 2, 3])

    assert (found.n, found.equal) == (3, 3)
    assert not found.tells


def test_seeds_without_a_value_are_left_out_and_what_never_came_is_worse_than_all() -> None:
    found = paired([1, None, inf, 4], [2, 3, 5, None])

    assert (found.n, found.lower, found.equal, found.higher) == (2, 1, 0, 1)
    assert found.mean is None
    assert found.narrowed is None


def test_pairs_of_other_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired([1, 2], [1])


def test_common_seeds_narrow_what_they_correlate() -> None:
    """X = U + V, Y = U + W, all with variance 1: four of variance alone, two in the difference."""
    chance = random.Random(5)
    rows = [[chance.gauss(0, 1) for _ in range(3)] for _ in range(4000)]
    together = narrowed([u + v for u, v, _ in rows], [u + w for u, _, w in rows])
    apart = narrowed([v for _, v, _ in rows], [w for _, _, w in rows])

    assert together == pytest.approx(2, rel=0.06)
    assert apart == pytest.approx(1, rel=0.06)


def test_an_interval_of_pairs_holds_their_difference_as_often_as_it_says() -> None:
    chance = random.Random(17)
    held = [0, 0]
    for _ in range(SAMPLES):
        shared = [chance.gauss(0, 10) for _ in range(25)]
        found = paired(
            [each + chance.gauss(2, 1) for each in shared],
            [each + chance.gauss(0, 1) for each in shared],
            resamples=400,
        )
        assert found.mean is not None
        assert found.resampled is not None
        held[0] += 2 in found.mean
        held[1] += 2 in found.resampled

    assert held[0] / SAMPLES == pytest.approx(0.95, abs=ASTRAY)
    assert held[1] / SAMPLES == pytest.approx(0.93, abs=ASTRAY)
