"""What a scenario is about is drawn: an origin's load, logouts, and what lasts for a while."""

from __future__ import annotations

from dataclasses import replace

import made_traces as made
import pytest
from rich.console import Console

from statesim.analysis.record import Operation
from statesim.systems.catalogue import SHIPPED
from statesim.views.marks import timeline_marks
from statesim.views.portraits import blocks


def spans(story: made.Story) -> list[tuple[str, float, float]]:
    lanes = timeline_marks([story.record()]).panels[0].lanes
    return [(lane.label, s.start, s.end) for lane in lanes for s in lane.wide if s.kind == "spell"]


def test_a_wrong_clock_is_drawn_for_as_long_as_it_is_wrong() -> None:
    story = made.Story("skew", 100)
    story.say(10, "Fault/1-clock-skew", "Started", do="clock-skew", targets=["Node/n-a-1"], label="5 s ahead")
    story.say(40, "Fault/1-clock-skew", "Ended", do="clock-skew")
    assert spans(story) == [("clock of n-a-1", 10, 40)]


def test_a_pause_ends_with_its_resume_and_else_with_the_run() -> None:
    story = made.Story("paused", 100)
    story.say(10, "Fault/1-pause", "Started", do="pause", targets=["StatefulSet/pg"])
    assert spans(story) == [("pause of pg", 10, 100)]
    story.say(60, "Fault/2-resume", "Started", do="resume", targets=["StatefulSet/pg"])
    assert spans(story) == [("pause of pg", 10, 60)]


def test_the_origin_and_logouts_have_curves_that_count_each_once() -> None:
    story = made.Story("cache", 100)
    story.say(30, "Client/web", "LoggedOut", session=1)
    story.say(30.5, "Client/web", "LoggedOut", session=2)
    answers = [(20, ["a", "miss", 10, 4]), (50, ["a", "hit", 10, 0]), (51, ["b", "miss", 1, 1])]
    history = [Operation(t * 1_000_000, 0, "web", "ok", "request", value) for t, value in answers]
    strips = timeline_marks([replace(story.record(), history=history)]).panels[0].strips
    sums = {
        strip.looks[1]: sum(
            h * (b - a) for h, a, b in zip(strip.heights, strip.edges, strip.edges[1:], strict=False)
        )
        for strip in strips[1:]
    }
    assert sums == {"origin": pytest.approx(5), "logged-out": pytest.approx(2)}


def test_who_provides_what_fits_into_eighty_columns_and_breaks_no_word() -> None:
    console = Console(width=80, record=True, quiet=False)
    for driver in SHIPPED:
        with console.capture() as told:
            console.print(*blocks([(driver.kind, driver.portrait)]))
        lines = told.get().splitlines()
        assert max(map(len, lines)) <= 80
        words = {word.strip(",;:") for word in told.get().split()}
        assert {"storage", "identity", "session", "cluster", "role", "by"} <= words
        asked = " ".join(getattr(driver.portrait, kind).what for kind in ("storage", "session", "role"))
        assert {word.strip(",;:") for word in asked.split()} <= words
