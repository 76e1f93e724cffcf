"""What a sweep tells of its runs, held against definitions that are counted out here."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb, fsum, inf, isfinite, nan, sqrt
from statistics import NormalDist, median_low, stdev
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.analysis.sweep_record import Case, Outline, Row
from statesim.analysis.sweep_summary import Distribution, distributions, headlines
from statesim.swept import Sweep

OUT, LOST, AVAILABLE = "clients.shop.unavailable_s", "clients.shop.lost", "clients.shop.availability"
RTO, RPO = "systems.pg.rto_s", "systems.pg.rpo_s"
few = settings(max_examples=20, deadline=None)  # each draws four thousand resamples
some = st.lists(st.one_of(st.integers(-50, 50), st.just(inf)), min_size=1, max_size=220)


def told(metric: str, values: list[float], **columns: list[Any]) -> Distribution:
    """Return what is told of one case whose seeds go from 1 on."""
    frame = pd.DataFrame({"seed": range(1, len(values) + 1), metric: values, **columns})
    (found,) = distributions(frame, [0] * len(values), [metric])
    return found


def shuffled(values: list[float]) -> list[float]:
    return random.Random(3).sample(values, len(values))


def kept_by(percent: int, values: list[float]) -> float:
    """Return the smallest value that at least so many of a hundred runs do not exceed, by counting."""
    return next(v for v in sorted(values) if 100 * sum(each <= v for each in values) >= percent * len(values))


# -- the middle and the tail -------------------------------------------------------------------------------


def test_of_a_hundred_times_the_median_is_the_50th_and_the_tail_the_95th_and_the_99th() -> None:
    found = told(OUT, shuffled([float(n) for n in range(1, 101)]))

    assert found.median == 50
    assert found.tail == (95, 99)
    assert found.worst == 100


def test_of_what_is_better_the_more_there_is_the_tail_is_the_other_end() -> None:
    found = told(AVAILABLE, shuffled([n / 1000 for n in range(901, 1001)]))

    assert found.median == 0.950
    assert found.tail == (0.905, 0.901)
    assert found.worst == 0.901


@pytest.mark.parametrize("n", [20, 40, 100, 1000])
def test_a_percentile_of_n_runs_is_the_run_at_that_share_of_n(n: int) -> None:
    found = told(OUT, shuffled([float(k) for k in range(1, n + 1)]))

    assert (found.median, found.tail[0]) == (n / 2, 0.95 * n)
    assert found.tail[1] == {20: 20, 40: 40, 100: 99, 1000: 990}[n]


@few
@given(some)
def test_percentiles_are_those_that_counting_finds(values: list[float]) -> None:
    found = told(LOST, values)

    assert found.median == median_low(values)
    assert found.tail == (kept_by(95, values), kept_by(99, values))
    assert found.worst == max(values)


@few
@given(some)
def test_so_many_runs_keep_what_is_better_the_more_there_is(values: list[float]) -> None:
    found = told("workloads.pg.ready_s", values)

    assert found.tail == (kept_by(5, values), kept_by(1, values))
    assert found.worst == min(values)
    for share, bound in zip((95, 99), found.tail, strict=True):
        assert 100 * sum(each >= bound for each in values) >= share * len(values)


def test_the_worst_run_is_named_by_its_first_seed() -> None:
    assert told(OUT, [1.0, 9.0, 9.0, 2.0]).seed == 2
    assert told(AVAILABLE, [0.9, 0.8, 0.8, 1.0]).seed == 2
    assert told(OUT, [1.0, inf, 3.0]).seed == 2
    assert told(OUT, [nan, 3.0, nan]).seed == 2


def binomial(n: int, k: int, q: Fraction) -> Fraction:
    """Return how likely fewer than k of n runs lie below the quantile q."""
    return sum((comb(n, j) * q**j * (1 - q) ** (n - j) for j in range(k)), Fraction(0))


def between(n: int, q: Fraction) -> tuple[float, float]:
    """Return which of n runs, from the smallest, hold a quantile between them but for 2.5 % on either side."""
    rest = Fraction(25, 1000)
    low = max((k for k in range(1, n + 1) if binomial(n, k, q) <= rest), default=-inf)
    high = min((k for k in range(1, n + 1) if 1 - binomial(n, k, q) <= rest), default=inf)
    return low, high


@pytest.mark.parametrize("n", [1, 20, 71, 72, 100, 240])
def test_percentiles_have_the_interval_of_order_statistics(n: int) -> None:
    """David and Nagaraja, "Order Statistics", 7.1: how many runs lie below a quantile is binomial."""
    values = shuffled([float(k) for k in range(1, n + 1)])
    for metric, tails in ((OUT, (95, 99)), ("workloads.pg.ready_s", (5, 1))):
        found = told(metric, values).bounds
        assert [(each.low, each.high) for each in found] == [between(n, Fraction(t, 100)) for t in tails]
        assert {(each.confidence, each.method) for each in found} == {(0.95, "order statistics")}


def test_a_99th_percentile_has_an_upper_bound_from_368_runs_on() -> None:
    def high(n: int) -> float:
        return told(OUT, [float(k) for k in range(n)]).bounds[1].high

    assert (high(367), high(368)) == (inf, 367)


# -- none and never ------------------------------------------------------------------------------------------


def test_runs_without_a_value_and_runs_without_an_end_are_counted_apart() -> None:
    found = told(RTO, [nan, 4.0, inf, nan, 2.0, nan, inf, 3.0, nan, nan])

    assert (found.n, found.none, found.never) == (10, 5, 2)
    assert (found.median, found.tail, found.worst, found.seed) == (4.0, (inf, inf), inf, 3)
    assert found.mean is not None
    assert found.mean.estimate == 3.0  # of 4, 2 and 3


def test_an_outage_that_was_not_over_counts_as_one_without_end() -> None:
    found = told(OUT, [5.0, 7.0, 80.0], **{"clients.shop.out_at_end": [0, 0, 1]})

    assert (found.none, found.never, found.worst, found.seed) == (0, 1, inf, 3)
    assert found.mean is not None
    assert found.mean.estimate == 6.0


def test_where_nothing_came_there_is_no_mean() -> None:
    found = told(RTO, [inf, inf])

    assert (found.never, found.median, found.mean) == (2, inf, None)


@few
@given(st.lists(st.one_of(st.integers(-50, 50), st.just(inf), st.just(nan)), min_size=1, max_size=60))
def test_each_run_has_a_number_or_no_end_or_no_value(values: list[float]) -> None:
    if all(value != value for value in values):  # noqa: PLR0124 - NaN
        return
    found = told(RTO, values)

    assert found.never == values.count(inf)
    assert found.none == sum(value != value for value in values)  # noqa: PLR0124 - as above
    assert found.n - found.none - found.never == sum(map(isfinite, values))


# -- the mean and its band -----------------------------------------------------------------------------------


@few
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40))
def test_a_mean_is_of_all_finite_values_and_lies_in_its_band(values: list[float]) -> None:
    mean = told(LOST, [*values, inf]).mean

    assert mean is not None
    assert mean.estimate == pytest.approx(fsum(values) / len(values), abs=1e-9)
    assert min(values) - 1e-9 <= mean.low <= mean.estimate + 1e-9
    assert mean.estimate - 1e-9 <= mean.high <= max(values) + 1e-9


def test_of_many_values_the_band_is_that_of_the_normal_distribution() -> None:
    """The central limit theorem: the ends lie 1.96 standard errors from the mean."""
    chance = random.Random(11)
    values = [chance.gauss(30, 4) for _ in range(900)]
    mean = told(OUT, values).mean
    half = NormalDist().inv_cdf(0.975) * stdev(values) / sqrt(len(values))

    assert mean is not None
    assert (mean.confidence, mean.method) == (0.95, "bootstrap, BCa")
    assert mean.estimate - mean.low == pytest.approx(half, rel=0.06)
    assert mean.high - mean.estimate == pytest.approx(half, rel=0.06)


# -- cases and metrics ---------------------------------------------------------------------------------------


def test_each_case_has_its_own_runs_and_one_without_any_value_is_left_out() -> None:
    frame = pd.DataFrame(
        {"seed": [1, 1, 1, 2, 2, 2], OUT: [1.0, 10.0, nan, 3.0, 30.0, nan], LOST: [0, 5, 7, 0, 6, 9]}
    )
    found = distributions(frame, [0, 1, 2, 0, 1, 2], [LOST, OUT])

    assert [(each.metric, each.case) for each in found] == [
        *((LOST, case) for case in (0, 1, 2)),
        *((OUT, case) for case in (0, 1)),
    ]
    assert [each.mean.estimate for each in found if each.mean] == [0, 5.5, 8, 2, 20]
    assert [each.worst for each in found] == [0, 6, 9, 3, 30]


def test_what_a_sweep_is_for_is_told_first_and_what_no_run_has_is_not() -> None:
    columns = {LOST: [1, 2], AVAILABLE: [0.9, 1.0], RPO: [nan, nan], RTO: [nan, 3.0], OUT: [1.0, 2.0]}
    assert headlines(pd.DataFrame({"seed": [1, 2], **columns})) == [RTO, OUT, LOST, AVAILABLE]


def test_a_metric_that_is_not_there_is_told_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"clients\.shop\.lots.*did you mean clients\.shop\.lost"):
        distributions(pd.DataFrame({"seed": [1], LOST: [0]}), [0], ["clients.shop.lots"])


def test_the_table_of_a_sweep_says_the_same_in_its_columns() -> None:
    path = "systems.pg.parameters.ttl"
    cases = tuple(Case("patroni", "Patroni", {path: ttl}) for ttl in ("30s", "60s"))
    outline = Outline("s", "s", "S", {path: ["30s", "60s"]}, cases, "", "")
    rows = [
        Row(case, seed, {RTO: float(seed + 1000 * case) if seed > 1 else None if case else inf})
        for case in (0, 1)
        for seed in range(1, 101)
    ]
    table = Sweep(outline, rows).summary(RTO)

    assert table["metric"].tolist() == [RTO, RTO]
    assert table["variant"].tolist() == ["patroni", "patroni"]
    assert table[path].tolist() == ["30s", "60s"]
    assert table[["n", "none", "never"]].to_numpy().tolist() == [[100, 0, 1], [100, 1, 0]]
    assert table[["median", "p95", "p99"]].to_numpy().tolist() == [[51, 96, 100], [1051, 1096, 1100]]
    assert table[["worst", "worst_seed"]].to_numpy().tolist() == [[inf, 1], [1100, 100]]
    for name, percent in (("p95", 95), ("p99", 99)):
        low, high = between(99, Fraction(percent, 100))  # the k-th of these 99 runs has 1001 + k
        assert table.loc[1, [f"{name}_low", f"{name}_high"]].tolist() == [1001 + low, 1001 + high]
    assert table["mean"].tolist() == [51, 1051]
    assert (table["mean_low"] < table["mean"]).all()
    assert (table["mean"] < table["mean_high"]).all()
    assert table["mean_high"][0] - table["mean_low"][0] == pytest.approx(2 * 1.96 * 28.72 / sqrt(99), rel=0.1)
