from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.statistics import quantiles

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def test_quantiles_lie_between_neighbours() -> None:
    assert quantiles([4, 1, 3, 2], (0, 0.5, 1)) == [1, 2.5, 4]
    assert quantiles([10], (0.99,)) == [10]


@pytest.mark.parametrize(("values", "q"), [([], 0.5), ([1], 1.1)])
def test_what_has_no_quantile_is_refused(values: list[float], q: float) -> None:
    with pytest.raises(ValueError, match="quantile"):
        quantiles(values, (q,))


@given(numbers, st.floats(0, 1))
def test_a_quantile_lies_within_the_values(values: list[float], q: float) -> None:
    assert min(values) - 1e-6 <= quantiles(values, (q,))[0] <= max(values) + 1e-6
