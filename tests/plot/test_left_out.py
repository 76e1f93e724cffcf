"""What a slide of two variants leaves out: never who took over, and of each it says only what is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

import statesim
from statesim import plot
from statesim.views.fewer import fitted
from statesim.views.marks import TimelineMarks, timeline_marks
from statesim.views.speech import drawn_in
from statesim.views.style import SLIDE, THEMES

VARIANTS = ("patroni-async", "patroni-sync")
WIDE, HIGH = THEMES["slides"].width, THEMES["slides"].width * 9 / 16


@pytest.fixture(scope="module")
def crash() -> statesim.Result:
    return statesim.run("pg-node-crash", variants=VARIANTS)


def roles_after(marks: TimelineMarks, number: int) -> dict[str, set[str]]:
    """Return what each pod of a panel was at some time after the power cut."""
    lanes = [lane for lane in marks.panels[number].lanes if lane.group == "pod"]
    return {lane.label: {span.kind for span in lane.wide if span.end > 61} for lane in lanes}


def pods(marks: TimelineMarks, number: int) -> list[str]:
    return [lane.label for lane in marks.panels[number].lanes if lane.group == "pod"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("window", [None, (50.0, 120.0)], ids=["all", "window"])
def test_a_slide_of_two_variants_shows_who_was_primary_and_who_is_in_both(
    crash: statesim.Result, window: tuple[float, float] | None, language: str
) -> None:
    with drawn_in(language):
        whole = timeline_marks(list(crash.readings), window)
        marks = fitted(whole, WIDE, HIGH)
    for number in range(len(VARIANTS)):
        roles = roles_after(whole, number)
        changed = [name for name, seen in roles.items() if seen != {"replica"}]
        assert len(changed) == 2
        assert sum("primary" in roles[name] for name in changed) >= 1
        assert set(changed) <= set(pods(marks, number))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("window", [None, ("50s", "2m")], ids=["all", "window"])
def test_its_letters_have_20_points_at_least(
    crash: statesim.Result, window: tuple[str, str] | None, language: str
) -> None:
    axes = plot.timeline(crash, window=window, theme="slides", language=language)
    texts = [text for text in (*axes.texts, *axes.get_xticklabels()) if text.get_text()]
    points = [float(text.get_fontsize()) * SLIDE / WIDE for text in texts if not text.get_text().isdecimal()]
    assert min(points) >= 20


@pytest.mark.parametrize("high", [HIGH - 0.1 * step for step in range(0, 24, 3)], ids="{:.1f}".format)
def test_what_is_said_to_be_a_replica_all_along_is_one_wherever_it_is_left_out(
    crash: statesim.Result, high: float
) -> None:
    whole = timeline_marks(list(crash.readings))
    marks = fitted(whole, WIDE, high)
    said, told, _ = marks.left_out.partition(" (replica all along)")
    names = set(said.removeprefix("not shown: ").split(", ")) if told else set()
    assert told or "pods" in marks.left_out
    for number, place in enumerate(("above", "below")):
        roles = roles_after(whole, number)
        called = {name for name in roles if {name, f"{name} {place}"} & names}
        assert all(roles[name] == {"replica"} for name in called), marks.left_out


@pytest.mark.parametrize("number", range(len(VARIANTS)), ids=VARIANTS)
def test_where_one_pod_has_room_it_is_the_one_that_takes_the_writes(
    crash: statesim.Result, number: int
) -> None:
    whole = timeline_marks([crash.readings[number]])
    fewest = [fitted(whole, WIDE, 1.2 + 0.05 * step) for step in range(60)]
    alone = {pods(marks, 0)[0] for marks in fewest if len(pods(marks, 0)) == 1}
    new = {name for name, seen in roles_after(whole, 0).items() if "primary" in seen}
    assert alone == new


def test_a_pod_that_changed_in_one_variant_is_named_apart_from_itself_in_the_other(
    crash: statesim.Result,
) -> None:
    whole = timeline_marks(list(crash.readings))
    without = tuple(replace(panel, strips=()) for panel in whole.panels)
    marks = fitted(replace(whole, panels=without), 30, 1.2)
    assert [panel.lanes for panel in marks.panels] == [(), ()]
    told = marks.left_out
    assert "pg-1 above, pg-2 below (replica all along), pg-0, pg-2 above, pg-1 below, disk" in told
