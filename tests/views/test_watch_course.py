"""How a show goes on: what is seen when, and what keys do. No test waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import made_traces as made
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.reading import Reading
from statesim.kernel.trace import TraceEvent
from statesim.views.live.course import NEAR_US, SHOW_S, automatic, speed_named, steady, steps
from statesim.views.live.frame import Scene
from statesim.views.live.lines import Line
from statesim.views.live.play import FRAME_S, play, show, step_through, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from statesim.views.live.play import Show

S = 1_000_000


def event(number: int, t_us: int, *, fault: bool) -> TraceEvent:
    if fault:
        return TraceEvent(number, t_us, "Fault/1-node-crash", "Started", None, {"label": "power cut"})
    return TraceEvent(number, t_us, "Pod/p-0", "Ready", None, {})


happenings = st.lists(st.tuples(st.integers(0, 10**12), st.booleans()), max_size=12)


@given(happenings, st.integers(S, 10**12))
def test_an_automatic_show_never_goes_back_takes_a_minute_at_most_and_is_never_slower_than_the_run(
    found: list[tuple[int, bool]], duration_us: int
) -> None:
    events = [event(n, t, fault=fault) for n, (t, fault) in enumerate(sorted(found)) if t <= duration_us]
    course = automatic(events, duration_us)
    assert course.length_s <= min(SHOW_S, duration_us / S) + 1e-6
    shown = [course.instant(course.length_s * part / 50) for part in range(51)]
    assert (shown[0], shown[-1]) == (0, duration_us)
    assert shown == sorted(shown)


@given(happenings)
def test_the_time_of_the_show_and_the_instant_are_each_others_inverse(found: list[tuple[int, bool]]) -> None:
    events = [event(n, t, fault=fault) for n, (t, fault) in enumerate(sorted(found))]
    course = automatic(events, 10**12)
    for each in events:
        assert course.instant(course.shown_s(each.t_us)) == pytest.approx(each.t_us, abs=2)


def test_after_a_fault_it_goes_slower_than_in_quiet_time() -> None:
    course = automatic([event(0, 600 * S, fault=True)], 3600 * S)
    quiet, near = course.speed_at(course.shown_s(300 * S)), course.speed_at(course.shown_s(601 * S))
    assert near * 10 < quiet
    assert course.shown_s(600 * S + NEAR_US) - course.shown_s(600 * S) > 3


def test_a_steady_show_passes_as_many_seconds_in_each_second_as_was_asked_for() -> None:
    course = steady(10, 1200 * S)
    assert (course.length_s, course.instant(8.49), course.speed_at(50)) == (120, 84_900_000, 10)


@pytest.mark.parametrize(("text", "speed"), [("10x", 10), ("0.5", 0.5), ("2 X", 2), ("auto", None)])
def test_a_speed_is_read_as_people_write_it(text: str, speed: float | None) -> None:
    assert speed_named(text) == speed


@pytest.mark.parametrize("text", ["fast", "0x", "-3x", "", "10y", "nan"])
def test_what_is_no_speed_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(ValueError, match="10x"):
        speed_named(text)


class Stage:
    """A screen whose clock goes on only when somebody waits, and whose keys are written down before."""

    def __init__(self, keys: dict[int, str] | None = None, typed: str = "") -> None:
        self.now = 100.0
        self.shown: list[list[str]] = []
        self.waits = 0
        self._keys = keys or {}
        self._typed = list(typed)

    def clock(self) -> float:
        return self.now

    def size(self) -> tuple[int, int]:
        return 80, 24

    def show(self, lines: Sequence[Text]) -> None:
        self.shown.append([line.plain for line in lines])

    def wait(self, seconds: float | None) -> str:
        self.waits += 1
        if seconds is None:
            self.now += 1000  # somebody thinks
            return self._typed.pop(0) if self._typed else "q"
        self.now += seconds
        return self._keys.get(self.waits, "")

    def clocks(self) -> list[str]:
        """Return the time of the run on each screen."""
        return [lines[0].split()[-3] for lines in self.shown]


def crash(speed: float | None) -> Show:
    return show([Scene(Reading(made.statefulset()))], speed)


def test_a_show_runs_to_its_end_in_the_time_of_its_course_and_there_waits_for_a_key() -> None:
    stage = Stage()
    play(crash(60), stage, stage.clock)
    assert stage.clocks()[0] == "0:00"
    assert stage.clocks()[-1] == "20:00"
    assert stage.shown[-1][-1].startswith("the end")
    assert stage.now == pytest.approx(100 + 20 + 1000, abs=2 * FRAME_S)


def test_q_ends_a_show_at_once() -> None:
    stage = Stage({5: "q"})
    play(crash(60), stage, stage.clock)
    assert len(stage.shown) == 5


def test_while_it_is_paused_no_time_of_the_run_goes_by() -> None:
    stage = Stage({10: " "}, typed=" ")
    play(crash(60), stage, stage.clock)
    assert stage.shown[10][-1].startswith("paused")
    assert stage.clocks()[10] == stage.clocks()[11] == "1:00"
    assert stage.clocks()[12] == "1:06"


def test_enter_goes_to_the_next_notable_event_and_b_to_the_one_before() -> None:
    stage = Stage({1: "\n"}, typed="\n\nbq")
    shown = crash(60)
    play(shown, stage, stage.clock)
    seconds = [f"{t // S // 60}:{t // S % 60:02d}" for t in shown.steps]
    assert stage.clocks()[1:] == [seconds[1], seconds[2], seconds[3], seconds[2]]


def test_stepping_shows_each_notable_instant_and_ends_after_the_last() -> None:
    shown = crash(None)
    stage = Stage(typed="\n" * 50)
    step_through(shown, stage)
    assert len(stage.shown) == len(shown.steps)
    assert stage.shown[-1][-1].startswith(f"step {len(shown.steps)} of {len(shown.steps)}")
    assert shown.steps == steps(made.statefulset().events, 1200 * S)
    assert 60 * S in shown.steps


def test_stepping_back_from_the_first_stays_there_and_q_ends_it() -> None:
    stage = Stage(typed="bx\nq")
    step_through(crash(None), stage)
    assert [lines[-1].split()[1] for lines in stage.shown] == ["1", "1", "1", "2"]


def test_lines_come_when_the_course_has_them_or_at_once() -> None:
    slept: list[float] = []
    written: list[str] = []
    told = [Line(0, "a"), Line(10 * S, "b"), Line(10 * S, "c"), Line(40 * S, "d")]
    tell(told, steady(10, 60 * S), written.append, slept.append)
    assert (slept, written) == ([1, 3], ["a", "b", "c", "d"])
    tell(told, None, written.append, slept.append)
    assert (slept, written[4:]) == ([1, 3], ["a", "b", "c", "d"])
