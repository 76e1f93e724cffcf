"""Shrinking: what is left shows it, each of it is needed, and it is as simple as what was tried."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.experiment.ddmin import ddmin
from statesim.experiment.earliest import GRIDS_S, earliest
from statesim.experiment.executors import Serial
from statesim.experiment.search_plans import FAULTS, Plan, draw
from statesim.experiment.search_runs import Tried
from statesim.experiment.shrink import Oracle, Shrunk, shrink
from statesim.experiment.simpler_plans import moved
from statesim.kernel.spans import SECOND
from tests.search.towns import TOWN, Shows

if TYPE_CHECKING:
    from collections.abc import Iterable

DURATION_US = 900 * SECOND
BEGIN_S = 40


def shrunk(rows: Iterable[dict[str, Any]], test: Shows, most: int = 2_000) -> tuple[Shrunk, Oracle]:
    start = Plan(tuple(rows), DURATION_US)
    oracle = Oracle(test, test(start), Serial(), most)
    return shrink(oracle, TOWN, BEGIN_S), oracle


# -- delta debugging ---------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.data())
def test_what_ddmin_leaves_shows_it_and_no_item_of_it_can_be_spared(size: int, data: st.DataObject) -> None:
    """Also for tests that are not monotone: a part that shows it may have parts between that do not."""
    salt = data.draw(st.integers(0, 10**6))
    items = tuple(range(size))
    needed = data.draw(st.frozensets(st.sampled_from(items), min_size=1))

    def shows(part: tuple[int, ...]) -> bool:
        if part == items:
            return True
        lucky = hash((salt, part)) % 3 != 0  # of numbers: the same in every process
        return bool(part) and needed <= set(part) and lucky

    def first(parts: Iterable[tuple[int, ...]]) -> tuple[int, ...] | None:
        return next((part for part in parts if shows(part)), None)

    left = ddmin(items, first)
    assert shows(left)
    assert not any(shows(left[:i] + left[i + 1 :]) for i in range(len(left)))


@given(st.integers(1, 60), st.data())
def test_of_a_monotone_test_ddmin_leaves_exactly_what_is_needed(size: int, data: st.DataObject) -> None:
    needed = data.draw(st.frozensets(st.integers(0, size - 1), min_size=1, max_size=4))
    asked = 0

    def first(parts: Iterable[tuple[int, ...]]) -> tuple[int, ...] | None:
        nonlocal asked
        for part in parts:
            asked += 1
            if needed <= set(part):
                return part
        return None

    assert ddmin(range(size), first) == tuple(sorted(needed))
    assert asked <= size**2 + 3 * size  # the bound of the paper's proposition 12


# -- plans -------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**6), st.data())
@settings(max_examples=150, deadline=None)
def test_a_shrunk_plan_shows_it_and_without_any_one_fault_does_not(seed: int, data: st.DataObject) -> None:
    rows = draw(seed, TOWN, tuple(FAULTS), begin_s=60, end_s=600)
    picked = data.draw(st.lists(st.sampled_from(range(len(rows))), min_size=1, max_size=4, unique=True))
    keys = data.draw(st.lists(st.sampled_from(("do", "on", "for", "at", "from")), unique=True))
    wants = tuple(
        tuple(
            (key, rows[i][key] // 2 if key in ("for", "at") else rows[i][key])
            for key in keys
            if key in rows[i]
        )
        for i in picked
    )
    test = Shows(wants)
    result, _ = shrunk(rows, test)
    plan = result.tried.plan
    assert result.minimal
    assert test(plan).holds
    for i in range(len(plan.rows)):
        assert not test(plan.with_rows(plan.rows[:i] + plan.rows[i + 1 :])).holds
    assert len(plan.rows) <= len(picked)


def crash(at: int, on: Any, lasts: int = 77) -> dict[str, Any]:
    return {"at": at, "do": "node-crash", "on": on, "for": lasts}


def only(*wants: dict[str, Any]) -> Shows:
    return Shows(tuple(tuple(want.items()) for want in wants))


@pytest.mark.parametrize(
    ("want", "left"),
    [
        # a role says more than a name, a name more than a machine; the shortest, the earliest time
        ({"do": "node-crash"}, {"at": BEGIN_S, "on": {"primaryOf": "pg"}, "for": 1}),
        ({"do": "node-crash", "on": "Node/n-b-1"}, {"at": BEGIN_S, "on": "Node/n-b-1", "for": 1}),
        ({"do": "node-crash", "for": 14}, {"at": BEGIN_S, "on": {"primaryOf": "pg"}, "for": 15}),
        # not earlier than it needs to be
        ({"do": "node-crash", "at": 130}, {"at": 130, "on": {"primaryOf": "pg"}, "for": 1}),
        ({"do": "node-crash", "at": 173}, {"at": 173, "on": {"primaryOf": "pg"}, "for": 1}),
    ],
)
def test_what_is_left_is_simple(want: dict[str, Any], left: dict[str, Any]) -> None:
    rows = [crash(173, "Node/n-b-1"), {"at": 201, "do": "dns-outage", "for": 33}]
    result, _ = shrunk(rows, only(want))
    assert result.tried.plan.rows == ({"do": "node-crash", **left},)


def test_a_zone_becomes_a_machine_where_one_is_enough() -> None:
    rows = [{"at": 100, "do": "zone-outage", "on": {"zone": "b"}, "for": 60}]
    result, _ = shrunk(rows, only({"for": 1}))
    assert result.tried.plan.rows[0]["do"] == "node-crash"
    needs_zone, _ = shrunk(rows, only({"do": "zone-outage"}))
    assert needs_zone.tried.plan.rows[0]["on"] == {"zone": "b"}


def test_faults_that_need_their_distance_move_together() -> None:
    class Apart(Shows):
        def __call__(self, plan: Plan) -> Any:
            tried = super().__call__(plan)
            times = [row["at"] for row in plan.rows]
            return type(tried)(1, plan, tried.holds and times[1] - times[0] == 7, tried.values, ())

    test = Apart(only({"do": "node-crash"}, {"do": "dns-outage"}).wants)
    rows = [crash(173, "Node/n-b-1"), {"at": 180, "do": "dns-outage", "for": 30}]
    result, _ = shrunk(rows, test)
    assert [row["at"] for row in result.tried.plan.rows] == [BEGIN_S, BEGIN_S + 7]


# -- when ---------------------------------------------------------------------------------------------------

LABELLED = st.lists(st.integers(BEGIN_S, 600), min_size=1, max_size=4)  # the times of faults with names


def named(times: list[int]) -> list[dict[str, Any]]:
    rows = [{"at": at, "do": "dns-outage", "label": str(i)} for i, at in enumerate(times)]
    return sorted(rows, key=lambda row: row["at"])


@given(LABELLED, st.data())
@settings(max_examples=100, deadline=None)
def test_each_fault_that_is_needed_begins_at_the_first_second_that_shows_it(
    times: list[int], data: st.DataObject
) -> None:
    """Also if it passes others on its way, and if it must not begin before the very second it was drawn at."""
    first = {str(i): data.draw(st.integers(1, at)) for i, at in enumerate(times)}
    test = only(*({"label": label, "at": at} for label, at in first.items()))
    result, _ = shrunk(named(times), test)
    assert {row["label"]: row["at"] for row in result.tried.plan.rows} == {
        label: max(at, BEGIN_S) for label, at in first.items()
    }


@dataclass(frozen=True)
class Lucky:
    """A test that shows it at the drawn times, and by lot at others, without any order in time."""

    drawn: frozenset[tuple[str, int]]
    salt: int

    def __call__(self, plan: Plan) -> Tried:
        rows = frozenset((row["label"], row["at"]) for row in plan.rows)
        lot = hash((self.salt, *sorted((int(label), at) for label, at in rows)))  # of numbers
        return Tried(1, plan, bool(rows) and (rows == self.drawn or lot % 3 == 0), {}, ())


@given(LABELLED, st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_no_fault_begins_later_than_drawn_and_none_shows_it_a_second_a_ten_or_a_minute_before(
    times: list[int], salt: int
) -> None:
    rows = named(times)
    drawn = {row["label"]: row["at"] for row in rows}
    test = Lucky(frozenset(drawn.items()), salt)
    result, _ = shrunk(rows, test)
    plan = result.tried.plan
    assert result.minimal
    assert test(plan).holds
    for index, row in enumerate(plan.rows):
        assert BEGIN_S <= row["at"] <= drawn[row["label"]]
        assert not test(plan.with_rows(plan.rows[:index] + plan.rows[index + 1 :])).holds
        for grid in GRIDS_S:
            neighbour = (row["at"] - 1) // grid * grid
            if neighbour >= BEGIN_S:
                assert not test(moved(plan, index, neighbour)).holds


@given(st.integers(0, 400_000), st.integers(0, 400_000), st.data())
def test_the_earliest_second_is_found_in_as_many_tries_as_bisection_takes(
    low: int, span: int, data: st.DataObject
) -> None:
    high = low + span
    first = data.draw(st.integers(low, high))
    asked: list[int] = []

    def shows(second: int) -> bool:
        asked.append(second)
        return second >= first

    assert earliest(low, high, shows) == first
    minutes = math.ceil(span / 60)
    assert len(set(asked)) == len(asked) <= 8 + math.ceil(math.log2(minutes + 1))
    assert all(low <= second < high for second in asked)


@pytest.mark.parametrize(("first", "drawn"), [(130, 131), (301, 400), (77, 600)])
def test_rounder_times_are_tried_first(first: int, drawn: int) -> None:
    asked: list[int] = []
    assert earliest(BEGIN_S, drawn, lambda s: asked.append(s) or s >= first) == first
    ranks = [next(i for i, grid in enumerate(GRIDS_S) if second % grid == 0) for second in asked[1:]]
    assert ranks == sorted(ranks)


def test_the_run_becomes_as_short_as_tells_the_same_story() -> None:
    result, _ = shrunk([crash(60, "Node/n-b-1", 20)], only({"do": "node-crash", "at": 60, "for": 20}))
    assert result.tried.plan.duration_us == 120 * SECOND  # its fault is over at 80 s, and 30 s to look at it


def test_a_run_is_not_made_so_short_that_nothing_is_needed_any_more() -> None:
    class Short(Shows):
        def __call__(self, plan: Plan) -> Any:
            tried = super().__call__(plan)
            return type(tried)(1, plan, tried.holds or plan.duration_us < 300 * SECOND, {}, ())

    result, _ = shrunk([crash(60, "Node/n-b-1", 20)], Short(only({"do": "node-crash"}).wants))
    assert result.tried.plan.rows
    assert result.tried.plan.duration_us == 300 * SECOND


def test_no_plan_is_run_twice_and_no_more_than_are_granted() -> None:
    rows = draw(5, TOWN, tuple(FAULTS), begin_s=60, end_s=600)
    asked: list[str] = []

    class Counted(Shows):
        def __call__(self, plan: Plan) -> Any:
            asked.append(plan.key)
            return super().__call__(plan)

    test = Counted(only({"do": rows[-1]["do"]}).wants)
    whole, oracle = shrunk(rows, test)
    assert len(asked) - 1 == len(set(asked[1:])) == whole.runs == oracle.runs
    for most in (0, 1, 3, whole.runs - 1):
        part, _ = shrunk(rows, test, most)
        assert part.runs == most
        assert not part.minimal
        assert test(part.tried.plan).holds
    assert shrunk(rows, test, whole.runs)[0].minimal
