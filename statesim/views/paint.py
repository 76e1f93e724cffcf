"""The brush: draws on axes whose vertical unit is an inch; bars are collected, so that artists stay few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.axis import apart, clear
from statesim.views.legend import SWATCH
from statesim.views.letters import inches, upright
from statesim.views.style import BAR_PT, CURVE, GREY, LOOKS, VERMILLION
from statesim.views.timeline_layout import AROUND

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from statesim.views.lanes import Span
    from statesim.views.sizes import Sizes
    from statesim.views.strips import Strip
    from statesim.views.style import Look, Theme

LEAST = 0.045  # inches: a bar is never drawn narrower
BADGE = 0.29  # inches: as wide as a number of two digits in its disc
GROUND = "square,pad=0.12"
_LINE = 1.2 / 72  # inches of height of a line of letters, a point
_TALLEST = "lg"  # words with and without such letters stand on the same line


class Brush:
    """Draws on axes whose vertical unit is an inch.

    Parameters
    ----------
    width
        Width of the axes in inches, as many as letters of their full size would need.
    zoom
        By how much all is smaller than that.
    """

    def __init__(self, ax: Axes, theme: Theme, width: float, zoom: float = 1.0) -> None:
        self.ax = ax
        self.theme = theme
        self.zoom = zoom
        self.struck: tuple[float, ...] = ()  # where faults' lines stand (s)
        self._bars: dict[tuple[str, str, bool], list[list[tuple[float, float]]]] = {}
        self._start, self._end = ax.get_xlim()
        self._scale = (self._end - self._start) / width

    def at(self, x: float) -> float:
        """Return the time (s) that lies `x` inches right of the axes' left edge."""
        return self._start + x * self._scale

    def left_after(self, x: float) -> float:
        """Return how many inches of the axes lie right of a time (s)."""
        return (self._end - x) / self._scale

    def _shown(self, start: float, end: float) -> tuple[float, float]:
        return max(start, self._start), min(end, self._end)

    # -- letters -----------------------------------------------------------------------------------------

    def text(
        self, x: float, y: float, words: str, points: float, *, colour: str = "", weight: str = "normal"
    ) -> None:
        """Write from `x` (s) rightwards, centred on `y` (inches from the top)."""
        ink = colour or self.theme.ink
        self.ax.text(
            x,
            y,
            words,
            fontsize=points * self.zoom,
            color=ink,
            weight=weight,
            va="center",
            clip_on=False,
            zorder=6,
        )

    def word(self, span: Span, at: tuple[float, float], points: float, *, beside: bool = False) -> None:
        """Write a bar's word where no fault's line crosses it; else at its beginning, if it fits at all.

        Parameters
        ----------
        at
            Upper edge and height of the bar (inches).
        beside
            It may stand right of its bar.
        """
        start, end = self._shown(span.start, span.end)
        y, height = at
        needs = (inches(span.text, points) + AROUND) * self._scale
        if not span.text or end - start < needs:
            if beside and self._start <= end and start <= end and end + needs <= self._end:
                x = max(end, start + LEAST * self._scale) + 0.1 * self._scale
                self.text(x, y + height / 2, span.text, points)
            return
        look = LOOKS[span.table][span.kind]
        x = clear(start, end, needs, self.struck)
        style: dict[str, Any] = {"fontsize": points * self.zoom, "color": look.ink, "va": "center_baseline"}
        middle = y + height / 2
        if points * _LINE > height:  # as high as their bar: all of each letter has to lie on it
            low, high = upright(f"{span.text}{_TALLEST}", points)
            style["va"], middle = "baseline", middle + (low + high) / 2
        self.ax.text(x + 0.12 * self._scale, middle, span.text, zorder=5, **style)
        if look.hatch or any(x < line < x + needs for line in self.struck):
            ground = [(x + 0.05 * self._scale, needs - 0.06 * self._scale)]
            inner = (y + 0.008, height - 0.016)
            self.ax.broken_barh(ground, inner, facecolors=look.fill, linewidth=0, zorder=4.5)

    def within(self, words: str, span: tuple[float, float], y: float, points: float) -> None:
        """Write words in the middle of a span, if they fit in there."""
        start, end = self._shown(*span)
        if end - start < (inches(words, points, bold=True) + AROUND) * self._scale:
            return
        ground = {"facecolor": self.theme.paper, "edgecolor": "none", "boxstyle": GROUND, "alpha": 0.85}
        style: dict[str, Any] = {"fontsize": points * self.zoom, "weight": "bold", "color": self.theme.ink}
        self.ax.text((start + end) / 2, y, words, ha="center", va="center", zorder=7, bbox=ground, **style)

    def note(
        self,
        words: list[tuple[str, str]],
        span: tuple[float, float],
        at: tuple[float, float],
        sizes: Sizes,
        *,
        above: float,
    ) -> None:
        """Write words (each with its colour) on a span, one below the other; above the curve if it is short.

        Parameters
        ----------
        at
            Upper edge and height of the curve (inches).
        above
            How much room there is over it (inches).
        """
        (y, height), size = at, max(sizes.bar_pt, BAR_PT + 1)
        widths = [0.2 + inches(each, size, bold=True) for each, _ in words]
        start, end = self._shown(*span)
        if start > end:
            return
        ground = {"facecolor": self.theme.paper, "edgecolor": "none", "boxstyle": GROUND, "alpha": 0.85}
        points = size * self.zoom
        style: dict[str, Any] = {"fontsize": points, "weight": "bold", "va": "center", "zorder": 7}
        if max(widths) * self._scale <= end - start:
            step = height / len(words)
            for index, (each, colour) in enumerate(words):
                place = ((start + end) / 2, y + step * (index + 0.5))
                self.ax.text(*place, each, color=colour, ha="center", bbox=ground, **style)
            return
        # the words are wider than what they tell of: a tip stands on it, lest they look like its length
        tip = [(start + end) / 2], [y - 0.04]
        self.ax.plot(*tip, "v", color=words[0][1], markersize=6 * self.zoom, zorder=8, clip_on=False)
        x = max(self._start, min(start, self._end - sum(widths) * self._scale))
        for (each, colour), width in zip(words, widths, strict=True):
            self.ax.text(x, y - above / 2 - 0.08, each, color=colour, ha="left", bbox=ground, **style)
            x += width * self._scale

    def badge(self, x: float, y: float, number: int) -> None:
        """Write a number in a disc."""
        disc: dict[str, Any] = {
            "boxstyle": "circle,pad=0.22",
            "facecolor": self.theme.ink,
            "edgecolor": self.theme.paper,
            "linewidth": 0.8,
        }
        points = (BAR_PT - 1) * self.zoom
        style: dict[str, Any] = {"fontsize": points, "weight": "bold", "color": self.theme.paper}
        self.ax.text(x, y, str(number), ha="center", va="center", zorder=8, clip_on=False, bbox=disc, **style)

    # -- shapes ------------------------------------------------------------------------------------------

    def bar(self, span: Span, y: float, height: float) -> None:
        """Note a bar; short ones are widened until they can be seen, and lie above the others."""
        start, end = self._shown(span.start, span.end)
        if start >= end and not self._start <= span.start < self._end:
            return
        least = LEAST * self._scale
        short = end - start < least
        if short:
            start = min(start, self._end - least)
            end = start + least
        corners = [(start, y), (end, y), (end, y + height), (start, y + height)]
        self._bars.setdefault((span.table, span.kind, short), []).append(corners)

    def finish(self) -> None:
        """Draw the bars that have been noted: fill and outline once for each look."""
        from matplotlib.collections import PolyCollection  # noqa: PLC0415 - heavy, and only needed to draw

        for (table, kind, short), shapes in self._bars.items():
            look = LOOKS[table][kind]
            filled = PolyCollection(
                shapes,
                facecolors=look.fill,
                edgecolors=look.line,
                hatch=look.hatch or None,
                linewidths=0,
                zorder=3 if short else 2,
            )
            edge = GREY if look.outlined else self.theme.paper
            outline = PolyCollection(
                shapes, facecolors="none", edgecolors=edge, linewidths=0.6, zorder=3.5 if short else 2.5
            )
            for collection in (filled, outline):
                self.ax.add_collection(collection, autolim=False)

    def swatch(self, look: Look, x: float, y: float) -> None:
        """Draw a sample of a look, `x` and `y` inches right of and below the axes' corner."""
        edge = self.theme.faint
        for hatch, colour, width in ((look.hatch or None, look.line, 0.0), (None, edge, 0.7)):
            self.ax.broken_barh(
                [(self.at(x), SWATCH * self._scale)],
                (y - 0.08, 0.16),
                facecolors=look.fill if hatch or not width else "none",
                edgecolors=colour,
                hatch=hatch,
                linewidth=width,
                clip_on=False,
                zorder=6,
            )

    def steps(self, strip: Strip, y: float, height: float, peak: float) -> None:
        """Fill a step curve, and the lost part of it."""
        base = y + height
        self.ax.hlines(base, self._start, self._end, colors=self.theme.faint, linewidth=1, zorder=1)
        if not peak:
            return
        table, whole, part = strip.looks
        layers = [(strip.heights, LOOKS[table][whole], 1.5), (strip.lost, LOOKS[table][part], 1.8)]
        if strip.apart:
            rest = tuple(value - on for value, on in zip(strip.heights, strip.apart, strict=True))
            top = LOOKS[table][strip.apart_look]
            layers = [(strip.heights, top, 1.5), (rest, LOOKS[table][whole], 1.6), layers[1]]
        for values, look, zorder in layers:
            if values:
                tops = [base - value * height / peak for value in values]
                tops.append(tops[-1])
                style: dict[str, Any] = {
                    "step": "post",
                    "facecolor": look.fill,
                    "linewidth": 0,
                    "zorder": zorder,
                }
                if look.hatch:
                    style |= {"hatch": look.hatch, "edgecolor": look.line}
                self.ax.fill_between(list(strip.edges), tops, base, **style)
        if table == "curve":
            self._lost_mark(strip, y)

    def _lost_mark(self, strip: Strip, y: float) -> None:
        """Mark where writes were lost, however few, above the curve."""
        hit = [index for index, value in enumerate(strip.lost) if value]
        if not hit:
            return
        start, end = self._shown(strip.edges[hit[0]], strip.edges[hit[-1] + 1])
        least = 1.5 * LEAST * self._scale
        start = min(start, end - least)
        if start < end and strip.edges[hit[0]] < self._end:
            bar = (start, max(end - start, least))
            self.ax.broken_barh([bar], (y - 0.07, 0.07), facecolors=VERMILLION, linewidth=0, zorder=7.5)

    def gap(self, start: float, end: float, y: float, height: float) -> None:
        """Shade an outage."""
        start, end = self._shown(start, end)
        if start < end:
            look = CURVE["outage"]
            style: dict[str, Any] = {"facecolors": look.fill, "edgecolors": look.line, "hatch": look.hatch}
            self.ax.broken_barh([(start, end - start)], (y, height), linewidth=0, zorder=1.2, **style)

    def band(self, start: float, top: float, bottom: float) -> None:
        """Lay a ground under a panel's title, from `start` (s) to the right edge."""
        place = ([(start, self._end - start)], (top, bottom - top))
        self.ax.broken_barh(*place, facecolors=self.theme.band, linewidth=0, zorder=0.2, clip_on=False)

    def verticals(
        self, faults: list[tuple[float, int]], top: float, bottom: float, *, badges: bool = True
    ) -> None:
        """Draw each fault's line, and the numbers above them so that none hides another."""
        ink = self.theme.ink
        places = [start for start, _ in faults]
        if not all(number for _, number in faults):  # too many to be told apart: where they crowd is told
            self.ax.vlines(places, top, bottom, colors=ink, linewidth=0.6, alpha=0.6, zorder=4)
            return
        self.ax.vlines(places, top, bottom, colors=ink, linewidth=1.5, linestyles=(0, (4, 2)), zorder=4)
        if not badges:
            return
        for x, (_, number) in zip(apart(places, BADGE * self._scale), faults, strict=True):
            self.badge(x, top, number)
