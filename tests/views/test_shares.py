from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.views.metric_words import metric_words
from statesim.views.one_form import told_apart
from statesim.views.shares import percent, telling_decimals

AVAILABLE, OUT, LOST = "clients.shop.availability", "clients.shop.unavailable_s", "clients.shop.lost"
SHARES = metric_words(AVAILABLE)


@pytest.mark.parametrize(
    ("downtime", "available"),
    [
        (0.3, "70.0 %"),
        (0.1, "90.0 %"),
        (0.0013, "99.87 %"),
        (0.0001, "99.990 %"),
        (0.00001, "99.9990 %"),
        (0.000014473, "99.9985 %"),
        (0.0000100002, "99.9989 %"),
        (0.0, "100 %"),
    ],
)
def test_an_availability_has_one_digit_more_than_it_has_nines(downtime: float, available: str) -> None:
    assert percent(1 - downtime, telling_decimals(downtime)) == available


@given(st.floats(0.9, 1, exclude_max=True), st.integers(0, 9))
def test_no_availability_is_told_as_more_than_it_is(share: float, decimals: int) -> None:
    told = percent(share, decimals)

    assert float(told.removesuffix(" %")) <= 100 * share + 1e-9
    assert told != "100 %" or share > 1 - 1e-12


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.999985527, "99.9985 %"),
        (0.9999996, "99.999960 %"),
        (0.98999, "98.99 %"),
        (0.9987, "99.870 %"),
        (0.5, "50 %"),
        (1.0, "100 %"),
    ],
)
def test_a_table_shows_the_nines_that_were_reached(share: float, told: str) -> None:
    assert SHARES.shown(share) == told


def test_availabilities_that_differ_are_told_apart() -> None:
    found = told_apart(SHARES, [0.999985527, 0.99998562, 0.9999861])

    assert found == ["99.99855 %", "99.99856 %", "99.99861 %"]
    assert told_apart(SHARES, [0.9999, 0.9999]) == ["99.990 %", "99.990 %"]


@pytest.mark.parametrize(
    ("metric", "values", "told"),
    [
        (OUT, [61.2, 63.9, 64.1, 64.3], ["61.2 s", "63.9 s", "64.1 s", "64.3 s"]),
        (OUT, [353.04, 353.31, 420.0], ["353.0 s", "353.3 s", "420.0 s"]),
        (OUT, [353.0, 360.0, 420.0], ["5 min 53 s", "6 min", "7 min"]),
        (OUT, [10924.0, 10931.0], ["182.1 min", "182.2 min"]),
        (OUT, [0.0201, 0.0202, 0.0], ["20.1 ms", "20.2 ms", "0 s"]),
        (OUT, [61.2, float("inf"), 61.2], ["61.2 s", "not over", "61.2 s"]),
        (LOST, [1000.4, 1000.2], ["1,000.4", "1,000.2"]),
    ],
)
def test_numbers_beside_each_other_that_differ_look_different(
    metric: str, values: list[float], told: list[str]
) -> None:
    assert told_apart(metric_words(metric), values) == told


def test_what_no_reader_could_tell_apart_stays_short() -> None:
    assert told_apart(metric_words(OUT), [61.2, 61.20000001]) == ["61.2 s", "61.2 s"]
