"""Draws the space-time diagram: events in their order, as far apart as their words need."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.analysis.intervals import ABSENT
from statesim.kernel.spans import SECOND
from statesim.views.axis import time_label
from statesim.views.canvas import canvas
from statesim.views.fewer import SMALL
from statesim.views.lamport import fewer, lamport_marks
from statesim.views.lamport_places import (
    ABOVE,
    DISC,
    EDGE,
    PAPER,
    SLIDE,
    arranged,
    is_bold,
)
from statesim.views.lamport_routes import bends, ends_of
from statesim.views.letters import fit, inches
from statesim.views.speech import say
from statesim.views.style import BLUE, MACHINE, SKY, TRUTH, VERMILLION, figure_of, settings, theme_named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from statesim.analysis.reading import Reading
    from statesim.views.canvas import Canvas
    from statesim.views.lamport import LamportMarks, Line
    from statesim.views.lamport_places import Arranged, Sizes
    from statesim.views.style import Theme

_GONE = (ABSENT, "dead", "crashed")
LEFT, RIGHT = 2.0, 0.35  # inches: of names at most, and right of the axes
_NARROWEST = 9.0
_SLIDE = 5.5  # inches: a slide's picture is no narrower, but smaller
_LEASTS = (0.0, 1.7, 2.3)  # inches of words in a line at least: short lines, or few


def fitting_marks(
    reading: Reading,
    window: tuple[float, float] | None = None,
    *,
    ax: Axes | None = None,
    theme: str = "paper",
) -> LamportMarks:
    """Return what is shown: on a slide as much as can be read from the back row.

    Raises
    ------
    ValueError
        If nothing in the window can be told.
    """
    look = theme_named(theme)
    if not look.few:
        return lamport_marks(reading, window)
    width, height = look.width, look.width * (look.shape or 1)
    if ax is not None:
        place, figure = ax.get_position(), figure_of(ax)
        width, height = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
    larger = max(1.0, _SLIDE / width)
    for marks in fewer(reading, window):
        if max(_zooms(marks, SLIDE, (width * larger, height * larger))) >= SMALL:
            break
    return marks


def _zooms(marks: LamportMarks, sizes: Sizes, room: tuple[float, float]) -> list[float]:
    """Return how large a slide's letters can be in a room (inches), with short lines of words or few."""
    each = [_needs(marks, arranged(marks, sizes, least=least), sizes) for least in _LEASTS]
    return [min(room[0] / wide, room[1] / high) for wide, high in each]


def _left(marks: LamportMarks, sizes: Sizes) -> float:
    """Return how much room names have."""
    widest = max(inches(line.name, sizes.name_pt, bold=True) for line in marks.lines)
    return min(LEFT, widest * 1.04 + (0.2 if sizes is SLIDE else 0.35))


def _right(sizes: Sizes) -> float:
    return 0.05 if sizes is SLIDE else RIGHT


def _foot(marks: LamportMarks, sizes: Sizes) -> float:
    """Return how much room times and notes have."""
    return sizes.foot + sizes.note * len(_notes(marks, sizes))


def _needs(marks: LamportMarks, at: Arranged, sizes: Sizes) -> tuple[float, float]:
    """Return how wide and how high the whole picture is."""
    width = _left(marks, sizes) + at.width + _right(sizes)
    return width, sizes.top + at.height + _foot(marks, sizes)


def _notes(marks: LamportMarks, sizes: Sizes) -> list[str]:
    """Return what must be known to read the picture, a line each."""
    note = say("In order of time, not to scale. Arrow: led to.")
    if any(kind == "connects" for _, _, kind in marks.arrows):
        note = f"{note} {say('Dotted: connects with.')}"
    if sizes is SLIDE:
        return [note, marks.note] if marks.note else [note]
    return [f"{note} {marks.note}".strip()]


def draw_axes(marks: LamportMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes."""
    from statesim.views.picture import describe, written  # noqa: PLC0415 - matplotlib is heavy: when it is used

    look = theme_named(theme)
    sizes = SLIDE if look.few else PAPER
    at = arranged(marks, sizes)
    if look.few:
        zooms = _zooms(marks, sizes, (look.width, look.width * (look.shape or 1)))
        at = arranged(marks, sizes, least=_LEASTS[zooms.index(max(zooms))])
    wide, needs = _needs(marks, at, sizes)
    left, foot = _left(marks, sizes), _foot(marks, sizes)
    with settings():
        least = wide if look.few else max(wide, _NARROWEST / 2)
        on = canvas(ax, theme, lambda _: needs, width=max(_NARROWEST, wide), least=least)
        inner = on.width - left - _right(sizes)
        high = on.height - sizes.top - foot if look.few else at.height
        drawn = on.axes(left, sizes.top, inner, high)
        at = at.spread(inner, high)
        drawn.set_xlim(0, inner)
        drawn.set_ylim(high, 0)
        drawn.set_facecolor(look.paper)
        for spine in drawn.spines.values():
            spine.set_visible(False)
        pen = _Pen(drawn, on, sizes, marks, at)
        pen.lines(left)
        pen.arrows()
        pen.marks_with_words()
        pen.times()
        title = fit(marks.title, on.width - 0.5, sizes.title_pt, bold=True)
        on.text(
            0.15 if look.few else 0.2, 0.2 if look.few else 0.36, title, sizes.title_pt, fontweight="bold"
        )
        for number, words in enumerate(reversed(_notes(marks, sizes))):
            told = fit(words, on.width - (0.2 if look.few else 0.4), sizes.note_pt)
            y = on.height - (0.12 if look.few else 0.2) - sizes.note * number
            on.text(0.15 if look.few else 0.2, y, told, sizes.note_pt)
    describe(drawn, marks.title, (written(drawn), *_notes(marks, sizes)))
    return drawn


@dataclass(frozen=True, slots=True)
class _Pen:
    """Axes whose units are inches, and what is drawn on them."""

    ax: Axes
    on: Canvas
    sizes: Sizes
    marks: LamportMarks
    at: Arranged

    def lines(self, left: float) -> None:
        """Draw the lines: thick and coloured while somebody has a role, broken while he is gone."""
        theme, zoom, points = self.on.theme, self.on.zoom, self.sizes.name_pt
        for number, line in enumerate(self.marks.lines):
            y = self.at.lines[number]
            words = fit(line.name, left - 1.5 * self.sizes.edge, points, bold=True)
            self.ax.text(self.sizes.edge - left, y, words, va="center", clip_on=False, fontsize=points * zoom,
                         fontweight="bold", color=theme.ink)  # fmt: skip
            if not line.states:
                ends = [0, self.at.width]
                self.ax.plot(ends, [y, y], "-", color=theme.faint, linewidth=2 * zoom, zorder=1)
            for state in line.states:
                start, end = self._x_at(state.start_us, number), self._x_at(state.end_us, number)
                if end > start:
                    style = _style(line, state.state, theme)
                    style["linewidth"] *= zoom
                    self.ax.plot([start, end], [y, y], solid_capstyle="butt", zorder=1, **style)

    def _x_at(self, t_us: int, line: int) -> float:
        """Return where an instant is on a line: at its own mark, or between the marks before and after."""
        return x_at(t_us, line, self.marks, self.at)

    def arrows(self) -> None:
        """Draw the arrows; what connects leads to a line."""
        zoom = self.on.zoom
        blue = SKY if self.on.theme.dark else BLUE
        every = zip(self.marks.arrows, bends(self.marks, self.at, self.sizes), strict=True)
        for (start, to, kind), bend in every:
            a, b = ends_of(self.marks, self.at, start, to)
            connects = kind == "connects"
            bad = to >= 0 and self.marks.marks[to].bad
            how: dict[str, Any] = {
                "arrowstyle": "-|>,head_width=0.3,head_length=0.55",
                "connectionstyle": f"arc3,rad={bend}",
                "color": blue if connects else VERMILLION if bad else self.on.theme.ink,
                "linewidth": 1.6 * zoom,
                "linestyle": ":" if connects else "-",
                "shrinkA": 5 * zoom,
                "shrinkB": (2 if connects else 7) * zoom,
                "mutation_scale": 12 * zoom,
            }
            self.ax.annotate("", b, a, arrowprops=how, zorder=2, annotation_clip=False)

    def marks_with_words(self) -> None:
        """Draw each mark, and its words right above its line or below it."""
        theme, zoom = self.on.theme, self.on.zoom
        ground = {"facecolor": theme.paper, "edgecolor": "none", "boxstyle": "square,pad=0.05", "alpha": 0.8}
        for mark, place in zip(self.marks.marks, self.at.places, strict=True):
            y = self.at.lines[mark.line]
            shape, colour = ("X", VERMILLION) if mark.bad else ("o", theme.ink)
            rim: dict[str, Any] = {"markeredgecolor": theme.paper, "markeredgewidth": 1.2 * zoom}
            size = (11 if is_bold(mark) else 8) * zoom
            self.ax.plot([place.x], [y], shape, color=colour, markersize=size, zorder=4, clip_on=False, **rim)
            style: dict[str, Any] = {
                "fontsize": self.sizes.word_pt * zoom, "color": theme.ink, "linespacing": 0.95,
                "fontweight": "bold" if is_bold(mark) else "normal",
                "va": "bottom" if place.side == ABOVE else "top",
            }  # fmt: skip
            words = "\n".join(place.words)
            self.ax.text(
                place.x + DISC, y + place.side * self.sizes.off, words, bbox=ground, zorder=3, **style
            )

    def times(self) -> None:
        """Write when the marks were, as many as have room, and draw a line up from each."""
        zoom, points, colour = self.on.zoom, self.sizes.axis_pt, self.on.theme.ink
        ticks: list[tuple[float, str]] = []
        free, last = 0.0, ""
        for mark, place in zip(self.marks.marks, self.at.places, strict=True):
            words = time_label(round(mark.t_us / SECOND, 1), self.marks.end)
            half = inches(words, points) / 2
            if words != last and place.x - half >= free:
                ticks.append((place.x, words))
                free, last = place.x + half + 0.12, words
        ax = self.ax
        ax.set_yticks([])
        ax.set_xticks([x for x, _ in ticks], [words for _, words in ticks])
        length = (3 if self.on.theme.few else 6) * zoom
        ax.tick_params(axis="x", labelsize=points * zoom, colors=colour, length=length, width=1.2)
        ax.vlines(
            [x for x, _ in ticks], *ax.get_ylim(), colors=self.on.theme.faint, linewidth=0.8, zorder=0.3
        )


def x_at(t_us: int, line: int, marks: LamportMarks, at: Arranged) -> float:
    """Return where an instant is on a line: at the line's own mark, or between the marks before and after."""
    own = [
        place.x
        for mark, place in zip(marks.marks, at.places, strict=True)
        if mark.t_us == t_us and mark.line == line
    ]
    if own:
        return own[-1]
    times = [mark.t_us for mark in marks.marks]
    after = bisect_right(times, t_us)
    if not after:
        return 0.0
    if after == len(times):
        return at.width if t_us >= marks.end * SECOND else min(at.width, at.places[-1].x + EDGE)
    before = marks.marks[after - 1].t_us
    share = (t_us - before) / (times[after] - before)
    return at.places[after - 1].x + share * (at.places[after].x - at.places[after - 1].x)


def _style(line: Line, state: str, theme: Theme) -> dict[str, Any]:
    if state in _GONE:
        return {"color": theme.faint, "linestyle": (0, (1, 2)), "linewidth": 2.0}
    look = (TRUTH if line.kind == "pod" else MACHINE).get(state)
    if state == "primary":
        return {"color": BLUE, "linewidth": 9.0}
    if look is None or line.kind == "node":
        return {"color": theme.faint, "linewidth": 4.0}
    return {"color": look.fill if look.fill != "#FFFFFF" else theme.faint, "linewidth": 5.0}
