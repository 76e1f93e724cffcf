from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.direction import direction
from statesim.analysis.metric_names import METRIC_NAMES, misnamed
from statesim.analysis.over_seeds import differing, outcomes, over_seeds, typical_seed

if TYPE_CHECKING:
    from statesim.analysis.over_seeds import Runs

OUT, LOST, ACKED = "clients.shop.unavailable_s", "clients.shop.lost", "clients.shop.acked"


def runs(metric: str, **values: list[float | None]) -> Runs:
    """Return runs with one metric, seeds from 1 on."""
    return {
        name: {seed: {metric: value} for seed, value in enumerate(found, start=1)}
        for name, found in values.items()
    }


def test_a_variant_is_compared_with_the_baseline_seed_by_seed() -> None:
    (found,) = over_seeds(runs(OUT, a=[10.0, 20, 30], b=[13.0, 23, 33]), [OUT])
    a, b = found.columns

    assert a.paired is None
    assert b.paired is not None
    assert b.paired.mean is not None
    assert (b.paired.mean.estimate, b.paired.mean.width) == (3, 0)
    assert (b.paired.lower, b.paired.equal, b.paired.higher) == (0, 0, 3)
    assert b.paired.narrowed == inf


def test_seeds_are_paired_by_their_number_not_by_the_order_in_which_they_came() -> None:
    mixed = {"a": {1: {OUT: 10.0}, 2: {OUT: 20.0}}, "b": {2: {OUT: 21.0}, 1: {OUT: 11.0}}}
    (found,) = over_seeds(mixed, [OUT])

    assert found.columns[1].paired is not None
    assert found.columns[1].paired.mean is not None
    assert found.columns[1].paired.mean.width == 0


def test_another_variant_may_be_the_baseline() -> None:
    (found,) = over_seeds(runs(OUT, a=[10.0, 21], b=[13.0, 23]), [OUT], baseline="b")

    assert found.columns[1].paired is None
    assert found.columns[0].paired is not None
    assert found.columns[0].paired.mean is not None
    assert found.columns[0].paired.mean.estimate == -2.5


@pytest.mark.parametrize(
    ("metric", "baseline", "hint"),
    [(OUT, "aa", "there is no variant 'aa'"), ("clients.shop.unavailable", "a", f"did you mean {OUT}")],
)
def test_what_is_not_there_has_a_nearest_one(metric: str, baseline: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        over_seeds(runs(OUT, a=[1.0], b=[2.0]), [metric], baseline=baseline)


def test_only_metrics_that_differ_in_some_seed_are_told_lost_writes_first() -> None:
    same = {1: {OUT: 5.0, LOST: 0, ACKED: 7}, 2: {OUT: 6.0, LOST: 0, ACKED: 7}}
    other = {1: {OUT: 5.0, LOST: 0, ACKED: 7}, 2: {OUT: 6.5, LOST: 3, ACKED: 7}}

    assert differing({"a": same, "b": other}) == [LOST, OUT]
    assert differing({"a": same, "b": same}) == []


def test_what_was_not_over_or_never_came_is_counted() -> None:
    cut = {1: {OUT: 60.0, "clients.shop.out_at_end": 1}, 2: {OUT: 3.0, "clients.shop.out_at_end": 0}}
    never = runs("clients.shop.rto_server_s", a=[inf, 3.0], b=[4.0, None])
    rto = over_seeds(never, ["clients.shop.rto_server_s"])[0]

    assert over_seeds({"a": cut}, [OUT])[0].columns[0].open_ == 1
    assert (rto.columns[0].open_, rto.columns[0].mean, rto.columns[0].median) == (1, None, 3)
    assert rto.columns[1].runs == 1


def test_resamples_are_drawn_only_where_they_are_asked_for() -> None:
    found = runs(OUT, a=[10.0, 21], b=[13.0, 23])
    without, with_them = over_seeds(found, [OUT])[0], over_seeds(found, [OUT], resamples=200)[0]

    assert without.columns[1].paired is not None
    assert with_them.columns[1].paired is not None
    assert without.columns[1].paired.resampled is None
    assert with_them.columns[1].paired.resampled is not None


def test_outcomes_add_up_losses_and_take_the_longest_of_times() -> None:
    row = {LOST: 3, "clients.b.c.lost": 4, OUT: 5.0, "clients.b.c.unavailable_s": 9.0}
    row |= {"systems.pg.dual_primary_s": 0.0, "clients.b.c.out_at_end": 1}
    found = outcomes({"a": {1: row}})["a"][1]

    assert found == {
        "clients.all.lost": 7,
        "clients.all.unavailable_s": 9.0,
        "systems.all.dual_primary_s": 0.0,
        "clients.all.out_at_end": 1,
    }


def test_without_clients_there_are_no_outcomes_of_them() -> None:
    assert outcomes({"a": {1: {"nodes.count": 3}}})["a"][1]["clients.all.lost"] is None


def test_the_typical_seed_is_nearest_to_every_variants_median() -> None:
    found = runs(OUT, a=[10.0, 20, 30, 24, 16], b=[100.0, 300, 210, 200, 190])

    assert typical_seed(found) == 4  # 24 and 200: the next ones to 20, and the median itself
    assert typical_seed(runs(OUT, a=[10.0, 10, 10])) == 1


def test_the_typical_seed_loses_what_most_lose() -> None:
    """Seed 3 is in the very middle of the outages, and loses nothing where most seeds lose a write."""
    table = {n: {OUT: 30.0 + n, LOST: lost} for n, lost in enumerate([1, 1, 40, 0, 1, 0, 1], start=0)}

    assert typical_seed({"a": table}) == 4
    assert typical_seed({"a": {n: {OUT: row[OUT]} for n, row in table.items()}}) == 3


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9).map(sorted))
def test_of_one_variant_the_typical_seed_has_a_value_next_to_the_median(values: list[int]) -> None:
    chosen = values[typical_seed(runs(OUT, a=[float(v) for v in values])) - 1]
    middle = sorted((values[(len(values) - 1) // 2], values[len(values) // 2]))

    assert middle[0] <= chosen <= middle[1]


@pytest.mark.parametrize(
    ("path", "better"),
    [
        ("clients.shop.lost", -1),
        ("clients.shop.read_unavailable_s", -1),
        ("clients.shop.write_latency_p99_ms", -1),
        ("workloads.pg.falsely_ready_s", -1),
        ("workloads.pg.ready_s", 1),
        ("clients.shop.read_availability", 1),
        ("systems.pg.failovers", 0),
        ("findings.one-writer", -1),
    ],
)
def test_which_way_a_metric_is_better(path: str, better: int) -> None:
    assert direction(path) == better


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("clients.shp.lost", "there is no client 'shp'; did you mean shop?"),
        ("clients.shop.lst", "there is no metric 'clients.shop.lst'; did you mean lost?"),
        ("client.shop.lost", "did you mean clients?"),
        ("events.Pod.Creatd", "did you mean Created?"),
    ],
)
def test_a_misspelt_metric_is_told_before_anything_runs(path: str, told: str) -> None:
    assert told in (misnamed(path, {"clients": ["shop"]}) or "")


def test_every_metric_of_the_table_is_named_rightly() -> None:
    for group, names in METRIC_NAMES.items():
        for name in names:
            assert misnamed(f"{group.replace('*', 'shop')}.{name}", {"clients": ["shop"]}) is None
