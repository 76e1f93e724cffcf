"""Chapters of runs that have none of their own: the gravest moments, all over the run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import statesim
from statesim.views.replay.spread import Moment, spread

DAY = 86_400_000_000
YEAR = 365 * DAY
moments = st.lists(
    st.builds(Moment, st.integers(0, YEAR), st.integers(0, 10**12), st.sampled_from("abc"), st.just("某事")),
    max_size=80,
)


def moment(day: float, gravity: int = 0, title: str = "a machine fails") -> Moment:
    return Moment(round(day * DAY), gravity, title, "机器故障")


@given(moments, st.integers(1, 30))
def test_every_stretch_in_which_something_happens_keeps_its_gravest_moment(
    some: list[Moment], most: int
) -> None:
    kept = spread(some, YEAR, most)
    assert kept == sorted(kept)
    assert len(kept) == min(most, len(set(some)))
    assert set(kept) <= set(some)
    for each in some:
        stretch = each.t_us * most // (YEAR + 1)
        there = [other.gravity for other in kept if other.t_us * most // (YEAR + 1) == stretch]
        assert max(there) >= each.gravity


@given(st.permutations([moment(day, gravity=day % 7) for day in range(0, 60, 3)]), st.integers(1, 20))
def test_the_order_in_which_moments_are_told_changes_nothing(some: list[Moment], most: int) -> None:
    assert spread(some, YEAR, most) == spread(sorted(some), YEAR, most)


def test_places_of_quiet_stretches_go_to_the_gravest_of_the_others() -> None:
    busy = [moment(1 + each / 100, gravity=each) for each in range(50)]
    late = moment(300)
    assert spread([*busy, late], YEAR, 4) == [*busy[-3:], late]


@pytest.fixture(scope="module")
def year() -> list[dict[str, object]]:
    chapters: list[dict[str, object]] = statesim.run("a-year-of-patroni").replay_document()["chapters"]
    return chapters


def test_chapters_of_a_year_lie_all_over_it(year: list[dict[str, object]]) -> None:
    days = [int(str(chapter["t_us"])) // DAY for chapter in year]
    assert {day // 61 for day in days if day < 365} == set(range(6))
    assert len(year) <= 40


def test_a_fault_of_some_variants_alone_says_whose_it_is() -> None:
    result = statesim.run("citus-groups-fail-over")
    told = {(chapter["title"], *chapter["of"]) for chapter in result.replay_document()["chapters"]}
    for reading in result.readings:
        others = [each for each in result.readings if each is not reading]
        own = {fault.label for fault in reading.faults} - {f.label for each in others for f in each.faults}
        assert own
        assert all((label, reading.record.variant) in told for label in own)


def test_a_chapter_names_the_variants_it_happens_in_and_those_that_it_tells_of() -> None:
    run = statesim.run("group-lost-its-majority", variants=["blocked", "forced", "right-member"])
    found = [(chapter["title"], chapter["of"]) for chapter in run.replay_document()["chapters"]]
    (blocked,) = [of for title, of in found if title == "both are back"]
    assert blocked == ["blocked", "forced"]
    assert {tuple(of) for title, of in found if "readers" in title} == {("right-member",)}
    assert ("Before anything happens", []) in found
    assert ("The end", []) in found
    told = statesim.run("zone-outage", variants=["patroni"]).replay_document()["chapters"]
    assert [chapter["show"] for chapter in told] == [
        [],
        [],
        ["patroni"],
        ["web", "web-strict"],
        ["zonal"],
        [],
    ]
