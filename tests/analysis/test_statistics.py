from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.statistics import mean_with_interval, quantile, quantiles

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def test_quantiles_lie_between_neighbours() -> None:
    assert quantiles([4, 1, 3, 2], (0, 0.5, 1)) == [1, 2.5, 4]
    assert quantile([10], 0.99) == 10


@pytest.mark.parametrize(("values", "q"), [([], 0.5), ([1], 1.1)])
def test_what_has_no_quantile_is_refused(values: list[float], q: float) -> None:
    with pytest.raises(ValueError, match="quantile"):
        quantile(values, q)


@given(numbers, st.floats(0, 1))
def test_a_quantile_lies_within_the_values(values: list[float], q: float) -> None:
    assert min(values) - 1e-6 <= quantile(values, q) <= max(values) + 1e-6


def test_the_interval_is_the_same_twice_and_holds_the_mean() -> None:
    values = [1.0, 2.0, 4.0, 8.0, 16.0]
    first = mean_with_interval(values, seed=3)
    assert first == mean_with_interval(values, seed=3)
    assert first.mean == pytest.approx(6.2)
    assert first.low < first.mean < first.high
    assert first.size == 5


def test_one_value_has_no_spread() -> None:
    assert mean_with_interval([7.0])[:3] == (7.0, 7.0, 7.0)
    with pytest.raises(ValueError, match="at least one"):
        mean_with_interval([])


def test_more_values_narrow_the_interval() -> None:
    few = mean_with_interval([0.0, 1.0] * 5)
    many = mean_with_interval([0.0, 1.0] * 200, resamples=400)
    assert many.high - many.low < few.high - few.low
