from __future__ import annotations

from math import inf

import pytest
from rich.console import Console

from statesim.analysis.over_seeds import over_seeds
from statesim.views.metric_words import metric_words
from statesim.views.seeds_table import cells, conclusions, difference, seeds_tables

OUT, LOST = "clients.shop.unavailable_s", "clients.shop.lost"


def runs(metric: str, **values: list[float | None]) -> dict[str, dict[int, dict[str, float | None]]]:
    return {
        name: {seed: {metric: value} for seed, value in enumerate(found)} for name, found in values.items()
    }


def row(metric: str, baseline: list[float | None], other: list[float | None]) -> tuple[str, ...]:
    (found,) = over_seeds(runs(metric, a=baseline, b=other), [metric])
    return cells(found.columns[1], metric_words(metric), found.better)


def test_a_difference_stands_with_its_interval_and_its_seeds() -> None:
    assert row(LOST, [10, 20, 30, 40], [11, 23, 31, 43]) == ("27", "23", "+2.0 ± 1.8", "0/0/4", "261 x")


def test_a_difference_that_may_be_none_says_so() -> None:
    assert row(LOST, [10, 20, 30], [11, 18, 31])[2] == "0 ± 4, 0 is in it"


@pytest.mark.parametrize(
    ("other", "told"), [([3, 4], "always +2"), ([1, 2], "always the same"), ([None, None], "–")]
)
def test_differences_without_chance_are_said_plainly(other: list[float | None], told: str) -> None:
    assert row(LOST, [1, 2], other)[2] == told


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ([10.02, 20.04], "+0.03 s ± 0.13 s, 0 is in it"),
        ([10.02, 20.0201], "+20.0 ms ± 0.6 ms"),
        ([730.0, 740.5], "+12.00 min ± 0.05 min"),
        ([9.9, 20.0999], "0.0 s ± 1.3 s, 0 is in it"),
    ],
)
def test_a_difference_and_its_interval_have_one_unit_and_as_many_digits(
    other: list[float], told: str
) -> None:
    assert row(OUT, [10.0, 20.0], other)[2] == told


def test_a_difference_of_availabilities_has_the_digits_of_its_interval() -> None:
    available = "clients.shop.availability"

    assert row(available, [0.9999, 0.9998], [0.99993, 0.99984])[2] == "+0.003 % ± 0.006 %, 0 is in it"


def test_more_is_better_for_what_was_acknowledged() -> None:
    assert row("clients.shop.acked", [1, 1, 1], [2, 1, 0])[3] == "1/1/1"
    assert row("clients.shop.acked", [1, 1, 1], [2, 2, 2])[3] == "3/0/0"
    assert row(LOST, [1, 1, 1], [2, 2, 2])[3] == "0/0/3"


def test_a_mean_of_outages_that_were_not_over_is_a_bound() -> None:
    cut = {"a": {n: {OUT: 60.0, "clients.shop.out_at_end": 1} for n in range(2)}}
    (found,) = over_seeds(cut, [OUT])

    assert cells(found.columns[0], metric_words(OUT), -1)[:2] == ("≥ 60 s", "≥ 60 s")


def test_what_never_came_has_no_mean_and_no_difference() -> None:
    metric = "clients.shop.rto_server_s"

    assert row(metric, [3.0, 4.0], [inf, inf])[:4] == ("–", "never", "–", "0/0/2")


def test_sentences_say_what_is_not_shown_and_what_was_not_over() -> None:
    table = {
        "a": {n: {OUT: 60.0, "clients.shop.out_at_end": 1, LOST: n} for n in range(4)},
        "b": {n: {OUT: 50.0 + n % 2, "clients.shop.out_at_end": 0, LOST: 3 - n} for n in range(4)},
    }
    told = list(conclusions(over_seeds(table, [OUT, LOST]), "a", 4))

    assert told == [
        f"not over in 4 of 4 runs of a: {OUT}",
        f"the interval includes 0, 4 seeds do not tell b from a: {LOST}",
    ]


def test_the_table_fits_into_eighty_columns_without_breaking_a_number() -> None:
    long = {"deployment-emptydir": [351.0, 352.5, 353.5], "statefulset-with-patroni": [30.2, 31.7, 33.9]}
    found = over_seeds(runs(OUT, **long), [OUT])
    screen = Console(width=80, record=True, file=None)
    with screen.capture() as captured:
        screen.print(seeds_tables(found, "deployment-emptydir", 3))
    lines = captured.get().splitlines()

    assert all(len(line) <= 80 for line in lines)
    assert any("-320.4 s" in line for line in lines)
    assert any("less is better" in line for line in lines)


def test_where_nothing_differs_that_is_said() -> None:
    screen = Console(width=80, record=True)
    with screen.capture() as captured:
        screen.print(seeds_tables((), "a", 200))

    assert "no metric differs" in captured.get()


def test_one_seed_has_no_interval() -> None:
    (found,) = over_seeds(runs(LOST, a=[1], b=[3]), [LOST])
    assert found.columns[1].paired is not None

    assert difference(found.columns[1].paired, metric_words(LOST)) == "+2, one seed"
