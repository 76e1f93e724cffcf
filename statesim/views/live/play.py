"""The player: shows frames as the course has it, and does what keys say. Clock, keys and screen are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from rich.text import Text

from statesim.views.live.course import course, steps
from statesim.views.live.draw import ONE, abreast, drawn, strip_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statesim.views.live.course import Course
    from statesim.views.live.frame import Scene
    from statesim.views.live.lines import Line

FRAME_S = 0.1
_STEP = ("\n", "\r", " ")
_QUIT = ("q", "Q")
_STEP_KEYS = "Enter next   b back   q quit"
_PLAY_KEYS = "Space pause   Enter next event   b back   q quit"


class Screen(Protocol):
    """Where a show is seen."""

    def size(self) -> tuple[int, int]:
        """Return how many columns and lines there are now."""
        ...

    def show(self, lines: Sequence[Text]) -> None:
        """Show these lines, and no others."""
        ...

    def wait(self, seconds: float | None) -> str:
        """Wait so long for a key, ``None``: until there is one; return it, or "" if there was none."""
        ...


class Show(NamedTuple):
    """What is played: the variants that are asked for, and the course of the first."""

    scenes: Sequence[Scene]
    course: Course
    steps: Sequence[int]


def show(scenes: Sequence[Scene], speed: float | None) -> Show:
    """Return the show of some variants: one clock for all of them."""
    longest = max(scene.duration_us for scene in scenes)
    events = [event for scene in scenes for event in scene.notable]
    return Show(scenes, course(events, longest, speed), steps(events, longest))


def picture(shown: Show, t_us: int, size: tuple[int, int], note: str) -> list[Text]:
    """Return the whole screen at an instant: as many variants as fit side by side, the others by name."""
    width, height = size
    several = max(1, min(len(shown.scenes), width // ONE))
    inside = width // several - (3 if several > 1 else 0)
    others = [scene.title for scene in shown.scenes[several:]]
    if others:
        note += f"   not shown: {', '.join(others)} (--variant)"
    last = Text(note, "dim")
    last.truncate(width, overflow="ellipsis")
    blocks = [
        drawn(
            scene.frame(min(t_us, scene.duration_us), most_news=height, strip_width=strip_width(inside)),
            inside,
            height - 1,
        )
        for scene in shown.scenes[:several]
    ]
    return [*(blocks[0] if several == 1 else abreast(blocks, width)), last]


def play(shown: Show, screen: Screen, clock: Callable[[], float]) -> None:
    """Play a show to its end, or until somebody has seen enough; the end stays until a key is pressed."""
    at_s, last = 0.0, clock()
    paused = False
    while True:
        t_us = shown.course.instant(at_s)
        ended = at_s >= shown.course.length_s
        state = "the end" if ended else "paused" if paused else f"{shown.course.speed_at(at_s):.3g}x"
        screen.show(picture(shown, t_us, screen.size(), f"{state}   {_PLAY_KEYS}"))
        key = screen.wait(None if paused or ended else FRAME_S)
        now = clock()
        if key in _QUIT or (ended and key != "b"):
            return
        if not (paused or ended):
            at_s = min(at_s + now - last, shown.course.length_s)
        last = now
        if key == " ":
            paused = not paused
        elif key and key in (*_STEP, "b"):
            moved = _beside(shown.steps, shown.course.instant(at_s), back=key == "b")
            at_s, paused = shown.course.shown_s(moved), True


def step_through(shown: Show, screen: Screen) -> None:
    """Show the instants of notable events, each until a key is pressed."""
    place = 0
    while True:
        note = f"step {place + 1} of {len(shown.steps)}   {_STEP_KEYS}"
        screen.show(picture(shown, shown.steps[place], screen.size(), note))
        key = screen.wait(None)
        if key in _QUIT or (key in _STEP and place + 1 == len(shown.steps)):
            return
        if key in _STEP:
            place += 1
        elif key == "b":
            place = max(0, place - 1)


def _beside(steps: Sequence[int], t_us: int, *, back: bool) -> int:
    """Return the notable instant before or after another; the first or the last if there is none."""
    if back:
        return max((each for each in steps if each < t_us), default=steps[0])
    return min((each for each in steps if each > t_us), default=steps[-1])


def tell(
    lines: Iterable[Line], pace: Course | None, write: Callable[[str], None], sleep: Callable[[float], object]
) -> None:
    """Write lines one after the other, at the pace of a course; ``None``: at once."""
    shown_s = 0.0
    for line in lines:
        due_s = 0.0 if pace is None else pace.shown_s(line.t_us)
        if due_s > shown_s:
            sleep(due_s - shown_s)
            shown_s = due_s
        write(line.text)
