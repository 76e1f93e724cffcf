"""Draws the space-time diagram: events in their order, as far apart as their words need."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.analysis.intervals import ABSENT
from statesim.kernel.spans import SECOND
from statesim.views.axis import time_label
from statesim.views.canvas import canvas
from statesim.views.letters import fit, inches, wrapped
from statesim.views.speech import say
from statesim.views.style import (
    AXIS_PT,
    BAR_PT,
    BLUE,
    LANE_PT,
    MACHINE,
    TITLE_PT,
    TRUTH,
    VERMILLION,
    settings,
    theme_named,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from statesim.views.canvas import Canvas
    from statesim.views.lamport import LamportMarks, Line, Mark
    from statesim.views.style import Theme

_HIGH = {False: (0.72, 0.75, 0.95), True: (0.55, 0.68, 0.95)}  # inches: a line, above, below; with few words
LEFT, RIGHT, EDGE = 2.0, 0.35, 0.3
STEP, GAP = 0.42, 0.18  # inches between two marks at least, and after the words of one
WORDS = (1.25, 1.8, 2.4, 3.2)  # inches of words in a line: the first at which two lines are enough
ORPHAN = 2  # so few letters do not stand alone in the second line
DISC = 0.11
_GONE = (ABSENT, "dead", "crashed")
_NARROWEST = 9.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark stands (inches from the left), and its words in lines."""

    x: float
    words: tuple[str, ...]


def in_lines(words: str) -> tuple[str, ...]:
    """Return a mark's words in lines, two if they can be."""
    tried = (wrapped(words, wide, BAR_PT) for wide in WORDS)
    fitting = (lines for lines in tried if len(lines) == 1 or (len(lines) == 2 and len(lines[1]) > ORPHAN))
    return tuple(next(fitting, wrapped(words, WORDS[-1], BAR_PT)))


def places(marks: Sequence[Mark]) -> list[Place]:
    """Return where marks stand, in their order: no words cover others on their line, nor a mark on it."""
    found: list[Place] = []
    taken: dict[int, float] = {}  # line -> where its last words end
    x = EDGE
    for index, mark in enumerate(marks):
        words = in_lines(mark.words)
        step = STEP if index and mark.t_us > marks[index - 1].t_us else STEP / 2
        x = max(x + (step if index else 0.0), taken.get(mark.line, EDGE))
        found.append(Place(x, words))
        taken[mark.line] = x + DISC + 0.06 + max(inches(line, BAR_PT) for line in words) * 1.04 + GAP
    return found


def width_of(marks: Sequence[Mark]) -> float:
    """Return how wide (inches) the marks with their words are."""
    found = places(marks)
    return max(p.x + DISC + 0.1 + max(inches(line, BAR_PT) for line in p.words) * 1.04 for p in found)


def draw_axes(marks: LamportMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes."""
    look = theme_named(theme)
    left = min(LEFT, max(inches(line.name, LANE_PT, bold=True) for line in marks.lines) * 1.04 + 0.35)
    needs = left + width_of(marks.marks) + RIGHT

    row, head, foot = _HIGH[look.few]

    def height(_: float) -> float:
        return head + row * len(marks.lines) + foot

    with settings():
        on = canvas(ax, theme, height, width=max(_NARROWEST, needs), least=max(needs, _NARROWEST / 2))
        high = on.height - head - foot if look.few else row * len(marks.lines)
        drawn = on.axes(left, head, on.width - left - RIGHT, high)
        inner = on.width - left - RIGHT
        drawn.set_xlim(0, inner)
        drawn.set_ylim(len(marks.lines) - 0.35, -0.65)
        drawn.set_facecolor(look.paper)
        for spine in drawn.spines.values():
            spine.set_visible(False)
        found = _spread(places(marks.marks), width_of(marks.marks), inner)
        _lines(drawn, marks, found, on, left)
        _arrows(drawn, marks, found, on)
        _marks(drawn, marks, found, on, len(marks.lines) / high)
        _times(drawn, marks, found, on)
        title = fit(marks.title, on.width - 0.5, TITLE_PT + 2, bold=True)
        on.text(0.2, 0.36, title, TITLE_PT + 2, fontweight="bold")
        note = say("In order of time, not to scale. Arrow: led to; dotted: connects with.")
        notes = [note, marks.note] if look.few and marks.note else [f"{note} {marks.note}".strip()]
        for number, words in enumerate(reversed(notes)):
            told = fit(words, on.width - 0.4, BAR_PT)
            on.text(0.2, on.height - 0.2 - 0.22 * number, told, BAR_PT)
    return drawn


def _spread(found: Sequence[Place], needs: float, inner: float) -> list[Place]:
    """Move marks apart where there is more room than they need."""
    more = max(1.0, min(1.6, inner / needs))
    return [Place(place.x * more, place.words) for place in found]


def _x_at(t_us: int, line: int, marks: LamportMarks, found: Sequence[Place], inner: float) -> float:
    """Return where an instant is on a line: at the line's own mark, or between the marks before and after."""
    own = [
        place.x
        for mark, place in zip(marks.marks, found, strict=True)
        if mark.t_us == t_us and mark.line == line
    ]
    if own:
        return own[-1]
    times = [mark.t_us for mark in marks.marks]
    after = bisect_right(times, t_us)
    if not after:
        return 0.0
    if after == len(times):
        return inner if t_us >= marks.end * SECOND else min(inner, found[-1].x + EDGE)
    before = marks.marks[after - 1].t_us
    share = (t_us - before) / (times[after] - before)
    return found[after - 1].x + share * (found[after].x - found[after - 1].x)


def _lines(ax: Axes, marks: LamportMarks, found: Sequence[Place], on: Canvas, left: float) -> None:
    """Draw the lines: thick and coloured while somebody has a role, broken while he is gone."""
    inner = ax.get_xlim()[1]
    names = ax.get_yaxis_transform()
    for number, line in enumerate(marks.lines):
        words = fit(line.name, left - 0.3, LANE_PT, bold=True)
        ax.text(-(left - 0.15) / inner, number, words, transform=names, va="center", clip_on=False,
                fontsize=LANE_PT * on.zoom, fontweight="bold", color=on.theme.ink)  # fmt: skip
        if not line.states:
            ax.plot([0, inner], [number] * 2, "-", color=on.theme.faint, linewidth=2 * on.zoom, zorder=1)
        for state in line.states:
            start = _x_at(state.start_us, number, marks, found, inner)
            end = _x_at(state.end_us, number, marks, found, inner)
            if end > start:
                style = _style(line, state.state, on.theme)
                style["linewidth"] *= on.zoom
                ax.plot([start, end], [number] * 2, solid_capstyle="butt", zorder=1, **style)


def _style(line: Line, state: str, theme: Theme) -> dict[str, Any]:
    if state in _GONE:
        return {"color": theme.faint, "linestyle": (0, (1, 2)), "linewidth": 2.0}
    look = (TRUTH if line.kind == "pod" else MACHINE).get(state)
    if state == "primary":
        return {"color": BLUE, "linewidth": 9.0}
    if look is None or line.kind == "node":
        return {"color": theme.faint, "linewidth": 4.0}
    return {"color": look.fill if look.fill != "#FFFFFF" else theme.faint, "linewidth": 5.0}


def _arrows(ax: Axes, marks: LamportMarks, found: Sequence[Place], on: Canvas) -> None:
    for start, to, kind in marks.arrows:
        a = found[start].x, marks.marks[start].line
        b = (found[start].x + 0.22, -1 - to) if to < 0 else (found[to].x, marks.marks[to].line)
        connects = kind == "connects"
        bad = to >= 0 and marks.marks[to].bad
        how: dict[str, Any] = {
            "arrowstyle": "-|>,head_width=0.3,head_length=0.55",
            "color": BLUE if connects else VERMILLION if bad else on.theme.ink,
            "linewidth": 1.6 * on.zoom,
            "linestyle": ":" if connects else "-",
            "shrinkA": 5 * on.zoom,
            "shrinkB": (2 if connects else 7) * on.zoom,
            "mutation_scale": 12 * on.zoom,
        }
        ax.annotate("", b, a, arrowprops=how, zorder=2, annotation_clip=False)


def _marks(ax: Axes, marks: LamportMarks, found: Sequence[Place], on: Canvas, unit: float) -> None:
    """Draw each mark, and its words right above its line; `unit`: lines an inch."""
    ground = {"facecolor": on.theme.paper, "edgecolor": "none", "boxstyle": "square,pad=0.08", "alpha": 0.8}
    for mark, place in zip(marks.marks, found, strict=True):
        shape, colour = ("X", VERMILLION) if mark.bad else ("o", on.theme.ink)
        size = (11 if mark.level == 3 else 8) * on.zoom
        ax.plot([place.x], [mark.line], shape, color=colour, markersize=size, markeredgecolor=on.theme.paper,
                markeredgewidth=1.2 * on.zoom, zorder=4, clip_on=False)  # fmt: skip
        style: dict[str, Any] = {
            "fontsize": BAR_PT * on.zoom, "color": on.theme.ink, "linespacing": 0.95,
            "fontweight": "bold" if mark.level == 3 else "normal",
        }  # fmt: skip
        y = mark.line - 0.1 * unit
        ax.text(place.x + DISC, y, "\n".join(place.words), va="bottom", bbox=ground, zorder=3, **style)


def _times(ax: Axes, marks: LamportMarks, found: Sequence[Place], on: Canvas) -> None:
    """Write when the marks were, as many as have room, and draw a line up from each."""
    ticks: list[tuple[float, str]] = []
    free, last = 0.0, ""
    for mark, place in zip(marks.marks, found, strict=True):
        words = time_label(round(mark.t_us / SECOND, 1), marks.end)
        half = inches(words, AXIS_PT) / 2
        if words != last and place.x - half >= free:
            ticks.append((place.x, words))
            free, last = place.x + half + 0.12, words
    ax.set_yticks([])
    ax.set_xticks([x for x, _ in ticks], [words for _, words in ticks])
    ax.tick_params(axis="x", labelsize=AXIS_PT * on.zoom, colors=on.theme.ink, length=6 * on.zoom, width=1.2)
    ax.vlines([x for x, _ in ticks], *ax.get_ylim(), colors=on.theme.faint, linewidth=0.8, zorder=0.3)
