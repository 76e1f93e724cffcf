"""The brush: collects bars by look, so that a figure has few artists, and measures letters in inches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.views.style import BAR_PT, LOOKS, VERMILLION, WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from statesim.views.marks import Span
    from statesim.views.strips import Strip
    from statesim.views.style import Theme

Corners = list[tuple[float, float]]
LEAST = 0.045  # inches: a bar is never drawn narrower
FILL = "#7C8896"


class Brush:
    """Draws on axes whose vertical unit is an inch.

    Parameters
    ----------
    per_inch
        Seconds of the horizontal axis in an inch.

    Attributes
    ----------
    used
        (table, kind) of every look that has been drawn, and whether it was a wide bar.
    """

    def __init__(self, ax: Axes, theme: Theme, per_inch: float) -> None:
        self.ax = ax
        self.theme = theme
        self.per_inch = per_inch
        self.used: dict[tuple[str, str], None] = {}
        self._bars: dict[tuple[str, str, bool], list[Corners]] = {}
        self._start, self._end = ax.get_xlim()

    # -- letters -----------------------------------------------------------------------------------------

    def inches(self, text: str, points: float, *, bold: bool = False) -> float:
        """Return about how wide a text is, in inches."""
        return len(text) * points * (0.0094 if bold else 0.0083)

    def fit(self, text: str, width: float, points: float) -> str:
        """Return a text cut in its middle to fit `width` inches."""
        most = int(width / (points * 0.0088))
        if len(text) <= most:
            return text
        return f"{text[: most - 6]}…{text[-5:]}"

    def text(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        *,
        colour: str = "",
        weight: str = "normal",
        ha: str = "left",
    ) -> None:
        """Write a text; `x` in seconds, `y` in inches from the top."""
        self.ax.text(
            x, y, text, fontsize=points, color=colour or self.theme.ink, weight=weight, ha=ha, va="center", clip_on=False,
            zorder=6,
        )  # fmt: skip

    def word(self, span: Span, y: float, points: float) -> None:
        """Write a bar's word on it, if there is room."""
        start, end = max(span.start, self._start), min(span.end, self._end)
        width = (end - start) / self.per_inch
        if not span.text or width < self.inches(span.text, points) + 0.1:
            return
        look = LOOKS[span.table][span.kind]
        label = self.ax.text(
            (start + end) / 2,
            y,
            span.text,
            fontsize=points,
            color=look.ink,
            ha="center",
            va="center_baseline",
            zorder=5,
        )
        if look.hatch:
            label.set_bbox({"facecolor": look.fill, "edgecolor": "none", "pad": 0.8, "boxstyle": "square"})

    def note(
        self,
        lines: list[tuple[str, str | None]],
        span: tuple[float, float],
        window: tuple[float, float],
        y: float,
        height: float,
    ) -> None:
        """Write lines over a span if they fit, else beside it, on ground of their own."""
        widest = max(self.inches(text, BAR_PT + 1, bold=True) for text, _ in lines) * self.per_inch
        start, end = max(span[0], window[0]), min(span[1], window[1])
        if start >= end:
            start = end = min(max(span[0], window[0]), window[1])
        pad = 0.1 * self.per_inch
        x, ha = (start + end) / 2, "center"
        if widest > end - start:
            x, ha = (end + pad, "left") if end + widest + pad <= window[1] else (start - pad, "right")
        step = height / len(lines)
        for index, (text, colour) in enumerate(lines):
            label = self.ax.text(
                x, y + step * (index + 0.5), text, fontsize=BAR_PT + 1, weight="bold", ha=ha, va="center",
                color=colour or self.theme.ink, zorder=7,
            )  # fmt: skip
            label.set_bbox({"facecolor": self.theme.paper, "edgecolor": "none", "pad": 1.2, "alpha": 0.85})

    # -- shapes ------------------------------------------------------------------------------------------

    def bar(self, span: Span, y: float, height: float) -> None:
        """Note a bar; short ones are widened until they can be seen, and lie above the others."""
        start, end = max(span.start, self._start), min(span.end, self._end)
        if start >= end and not (self._start <= span.start < self._end):
            return
        least = LEAST * self.per_inch
        short = end - start < least
        if short:
            start = min(start, self._end - least)
            end = start + least
        self.used[span.table, span.kind] = None
        corners = [(start, y), (end, y), (end, y + height), (start, y + height)]
        self._bars.setdefault((span.table, span.kind, short), []).append(corners)

    def finish(self) -> None:
        """Draw the bars that have been noted: one collection for each look."""
        from matplotlib.collections import PolyCollection  # noqa: PLC0415 - heavy, and only needed to draw

        for (table, kind, short), shapes in self._bars.items():
            look = LOOKS[table][kind]
            zorder = 3.0 if short else 2.0
            self.ax.add_collection(
                PolyCollection(shapes, facecolors=look.fill, edgecolors=look.line, hatch=look.hatch or None,
                               linewidths=0, zorder=zorder),
                autolim=False,
            )  # fmt: skip
            self.ax.add_collection(
                PolyCollection(
                    shapes,
                    facecolors="none",
                    edgecolors=self.theme.paper,
                    linewidths=0.7,
                    zorder=zorder + 0.5,
                ),
                autolim=False,
            )

    def steps(self, strip: Strip, y: float, height: float, peak: float) -> None:
        """Fill a step curve, and the lost part of it."""
        base = y + height
        self.ax.hlines(base, self._start, self._end, colors=self.theme.faint, linewidth=1, zorder=1)
        if not peak:
            return
        edges, scale = list(strip.edges), height / peak
        for values, colour, zorder in ((strip.heights, FILL, 1.5), (strip.lost, VERMILLION, 1.8)):
            if values:
                tops = [base - value * scale for value in values]
                self.ax.fill_between(
                    edges, [*tops, tops[-1]], base, step="post", color=colour, linewidth=0, zorder=zorder
                )
        self._lost_ticks(strip, y, height)

    def _lost_ticks(self, strip: Strip, y: float, height: float) -> None:
        """Mark where writes were lost, however few, above the curve."""
        times = [a for a, value in zip(strip.edges, strip.lost, strict=False) if value]
        if not times:
            return
        last = strip.edges[strip.edges.index(times[-1]) + 1]
        least = LEAST * self.per_inch
        start = max(min(times[0], last - least), self._start)
        if start < self._end:
            self.ax.broken_barh(
                [(start, max(last - start, least))],
                (y - 0.05, 0.07),
                facecolors=VERMILLION,
                linewidth=0,
                zorder=4,
            )

    def gap(self, start: float, end: float, y: float, height: float) -> None:
        """Shade an outage."""
        start, end = max(start, self._start), min(end, self._end)
        if start < end:
            self.ax.broken_barh(
                [(start, end - start)], (y, height), facecolors="#F6C9AE", edgecolors=VERMILLION, hatch="..",
                linewidth=0, alpha=0.55, zorder=1.2,
            )  # fmt: skip

    def band(self, start: float, end: float, top: float, bottom: float) -> None:
        """Lay a ground under a panel's title."""
        self.ax.broken_barh(
            [(start, end - start)],
            (top, bottom - top),
            facecolors=self.theme.band,
            linewidth=0,
            zorder=0.2,
            clip_on=False,
        )

    def vertical(self, x: float, top: float, bottom: float, number: int) -> None:
        """Draw a fault's line and its number."""
        self.ax.vlines(
            [x], top, bottom, colors=self.theme.ink, linewidth=1.4, linestyles=(0, (4, 2)), zorder=4
        )
        self.badge(x, top + 0.02, number)

    def badge(self, x: float, y: float, number: int) -> None:
        """Write a number in a disc."""
        self.ax.text(
            x, y, str(number), fontsize=BAR_PT - 1, weight="bold", color=self.theme.paper, ha="center", va="center",
            zorder=8, clip_on=False,
            bbox={"boxstyle": "circle,pad=0.22", "facecolor": self.theme.ink, "edgecolor": WHITE, "linewidth": 0.8},
        )  # fmt: skip
