"""Availability in nines: a row for each variant, what its runs came to, and the downtime a year beside it.

One step to the right is a tenth of the downtime. Runs without any downtime have more nines than the time that
was simulated can show, and so a place of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from statesim.views.canvas import canvas
from statesim.views.ecdf import framed
from statesim.views.fewer import SMALL
from statesim.views.letters import fit, inches, wrapped
from statesim.views.nines_marks import YEAR_S, a_year, long_text, nines_marks, nines_of
from statesim.views.series import ink_of
from statesim.views.sizes import BACK_ROW
from statesim.views.speech import drawn_in, say, word
from statesim.views.style import AXIS_PT, LANE_PT, TITLE_PT, figure_of, settings, theme_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.canvas import Canvas
    from statesim.views.nines_marks import NinesMarks, Row
    from statesim.views.style import Theme

WIDTH, ROW = 12.8, 1.05  # inches
BOX = (0.8, 1.55, 0.75, 2.05)  # inches left, below, right and above; names stand within
_FEW, _ROW_OF_FEW, _LINE = (0.45, 0.5, 0.6, 0.62), 0.32, 0.2  # with few words; a line at the foot
_NARROWEST = {False: 8.5, True: 7.0}
_ROOMY = 0.52  # inches: in lower rows the mean stands in the middle of the dots
KEY = "● a run   ◆ mean of all"


@dataclass(frozen=True, slots=True)
class _Form:
    """Points of letters and of the mean's mark; shares of a row's height: where dots, the mean, the name are.

    `spread`: how far dots are from each other. In high rows the mean stands over them and hides none.
    """

    name_pt: float = TITLE_PT - 1
    told_pt: float = LANE_PT + 0.5
    mark_pt: float = 10
    dots: float = 0.2
    spread: float = 0.2
    mean: float = 0.45
    name: float = 0.78


_LOW = _Form(name_pt=BACK_ROW, told_pt=BACK_ROW, mark_pt=7.5, dots=0.2, spread=0.26, mean=0.2, name=0.66)


def nines(
    frame: pd.DataFrame,
    metric: str,
    *,
    by: Sequence[str] | None = None,
    duration_s: float | None = None,
    theme: str = "paper",
    language: str | None = None,
) -> Figure:
    """Draw availabilities on a scale of nines, the downtime a year above it.

    Parameters
    ----------
    frame
        A row for each run, as a sweep makes it.
    metric
        ``clients.shop.availability``.
    by
        The columns that make the rows; default: what varies of scenario and variant.
    duration_s
        How long a run is, in seconds; default: the column of that name, if there is one.
    language
        ``en`` or ``zh``; default: English, unless another is spoken already.

    Returns
    -------
    Figure
        It belongs to no pyplot state.
    """
    with drawn_in(language):
        return draw(nines_marks(frame, metric, by=by, duration_s=duration_s), theme=theme)


def draw(marks: NinesMarks, *, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `nines`."""
    return figure_of(draw_axes(marks, theme=theme))


def draw_axes(marks: NinesMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes; on a slide as many rows as can be read."""
    from statesim.views.picture import describe  # noqa: PLC0415 - matplotlib is heavy: when it is used

    look = theme_named(theme)
    few = look.few
    left, below, right, above = _FEW if few else BOX
    feet: list[str] = []
    if few:
        marks, feet = _fewer(marks, ax, look)
        below += _LINE * len(feet)
    count = len(marks.rows)
    with settings():
        needs = below + (_ROW_OF_FEW if few else ROW) * count + above
        on = canvas(ax, theme, lambda _: needs, width=WIDTH, least=_NARROWEST[few])
        high = on.height - below - above if few else ROW * count
        drawn = on.axes(left, above, on.width - left - right, high)
        inner = on.width - left - right
        form = _LOW if high / count < _ROOMY else _Form()
        _axes(drawn, marks, on, inner)
        for number, row in enumerate(marks.rows):
            _draw_row(drawn, row, count - 1 - number, marks, on, inner, form)
        if few:
            _slide_words(on, marks, feet)
        else:
            said = say("{path}: one step to the right is a tenth of the downtime", path=marks.path)
            framed(on, marks.title, said, marks.notes)
    rows = [f"{row.name}: {row.told}" for row in marks.rows]
    describe(drawn, marks.title, (*rows, *(feet if few else marks.notes)))
    return drawn


def _fewer(marks: NinesMarks, ax: Axes | None, look: Theme) -> tuple[NinesMarks, list[str]]:
    """Return the first rows, as many as can be read from the back row, and what is said at the foot.

    That is of what runs the numbers are, and which rows are missing.
    """
    width, height = look.width, look.width * (look.shape or 1)
    if ax is not None:
        place, figure = ax.get_position(), figure_of(ax)
        width, height = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
    height *= max(1.0, _NARROWEST[True] / width)  # narrower than that all of it is smaller
    _, below, _, above = _FEW
    feet = []
    if marks.run_s is not None:
        told = "Runs of {time} with failures in them: no forecast of a year."
        feet.append(say(told, time=long_text(marks.run_s)))
        below += _LINE
    count = len(marks.rows)
    fits = int((height / SMALL - below - above) / _ROW_OF_FEW)
    if count <= max(1, fits):
        return marks, feet
    count = max(1, int((height / SMALL - below - above - _LINE) / _ROW_OF_FEW))
    names = say(", ").join(row.name for row in marks.rows[count:])
    return replace(marks, rows=marks.rows[:count]), [*feet, say("not shown: {names}", names=names)]


def _slide_words(on: Canvas, marks: NinesMarks, feet: Sequence[str]) -> None:
    """Write the title, what the scales are, the key of the marks and what is not shown."""
    _, below, _, _ = _FEW
    above = word("down in a year")
    if marks.run_s is not None:
        above = say("down in {time}", time=long_text(marks.run_s))
    room = on.width - 0.5 - inches(above, BACK_ROW) * 1.04 - 0.2
    on.text(0.15, 0.18, fit(marks.title, room, BACK_ROW + 1, bold=True), BACK_ROW + 1, fontweight="bold")
    on.text(on.width - 0.12, 0.18, above, BACK_ROW, ha="right")
    y = on.height - 0.11
    if marks.end > marks.high:
        under = on.height - below - _LINE * len(feet) + 0.165
        on.text(on.width - 0.12, under, word("no downtime"), BACK_ROW, ha="right")
    for told in reversed(feet):
        on.text(0.15, y, fit(told, on.width - 0.3, BACK_ROW), BACK_ROW)
        y -= _LINE
    on.text(0.15, y, word(KEY), BACK_ROW)
    on.text(on.width - 0.12, y, word("available"), BACK_ROW, ha="right")


def _axes(ax: Axes, marks: NinesMarks, on: Canvas, inner: float) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - heavy, and only needed to draw

    look, zoom = on.theme, on.zoom
    count = len(marks.rows)
    end = marks.end
    length = (3 if look.few else 6) * zoom
    ax.set_facecolor(look.paper)
    ax.set_xlim(marks.low - 0.08, end)
    ax.set_ylim(0, count)
    for side in ("left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(look.ink)
    ticks = [float(n) for n in range(int(marks.low), int(marks.high) + 1)]
    ax.set_xticks(ticks, [f"{100 - 100 * 10**-n:.{max(0, int(n) - 2)}f} %" for n in ticks])
    ax.set_yticks([])
    points, pad = (BACK_ROW, 2) if look.few else (AXIS_PT + 1, 3.5)
    ax.tick_params(labelsize=points * zoom, colors=look.ink, length=length, width=1.2, pad=pad * zoom)
    if not look.few:
        ax.set_xlabel(word("available"), fontsize=AXIS_PT * zoom, color=look.ink)
    top = ax.secondary_xaxis("top")
    top.spines["top"].set_color(look.ink)
    of_s = marks.run_s if look.few and marks.run_s is not None else YEAR_S
    downtimes = [word("always down") if n == 0 else a_year(10.0**-n, of_s=of_s) for n in ticks]
    top.set_xticks(ticks, downtimes)
    top.tick_params(labelsize=AXIS_PT * zoom, colors=look.ink, length=length, width=1.2)
    if not look.few:
        said = word("down in a year")
        top.set_xlabel(said, fontsize=AXIS_PT * zoom, color=look.ink, labelpad=8 * zoom)
    ax.vlines(ticks, 0, count, colors=look.faint, linewidth=0.8, zorder=0.5)
    ax.hlines(range(1, count), marks.low - 0.08, end, colors=look.faint, linewidth=0.8, zorder=0.5)
    if marks.end > marks.high:
        wide = marks.end - marks.high
        room = wide / (end - marks.low + 0.08) * inner
        ax.add_patch(
            Rectangle((marks.high, 0), wide, count, facecolor=look.band, edgecolor=look.faint, hatch="//",
                      linewidth=0, zorder=0.4)
        )  # fmt: skip
        if look.few:  # it stands beside the lower scale
            return
        taken = inches(a_year(10.0 ** -ticks[-1]), AXIS_PT) / 2 + 0.15  # by the upper scale's last label
        told = "\n".join(wrapped(marks.beyond, room - taken, LANE_PT))
        ax.text(marks.high + wide * taken / room, count * (1 + 0.12 / ROW), told, fontsize=LANE_PT * zoom,
                color=look.ink, ha="left", va="bottom", zorder=6)  # fmt: skip


def _draw_row(
    ax: Axes, row: Row, bottom: int, marks: NinesMarks, on: Canvas, inner: float, form: _Form
) -> None:
    look, zoom = on.theme, on.zoom
    colour = ink_of(row.look, look)
    dots = bottom + form.dots
    x = [min(nines_of(each), marks.high) for each in row.downtimes]
    heights = [dots + form.spread * (corput(index) - 0.5) for index in range(len(x))]
    point: dict[str, Any] = {"markersize": 5.5 * zoom, "alpha": 0.6, "markeredgewidth": 0, "zorder": 3}
    ax.plot(x, heights, "o", color=colour, **point)
    room = marks.end - marks.high
    beyond = [marks.high + room * (0.1 + 0.8 * corput(index)) for index in range(row.perfect)]
    spread = [dots + form.spread * (corput(index, 3) - 0.5) for index in range(row.perfect)]
    ax.plot(beyond, spread, "o", color=colour, **point)
    rim: dict[str, Any] = {"color": look.ink, "markeredgecolor": look.paper, "zorder": 5}
    if row.mean.estimate > 0:
        place = nines_of(row.mean.estimate)
        ends = [nines_of(each) if each > 0 else marks.high for each in (row.mean.high, row.mean.low)]
        style: dict[str, Any] = {"linewidth": 3.5 * zoom, "solid_capstyle": "butt", "zorder": 4}
        ax.plot(ends, [bottom + form.mean] * 2, "-", color=look.ink, **style)
        ax.plot([place], [bottom + form.mean], "D", markersize=form.mark_pt * zoom, **rim)
    else:
        place = marks.high + room / 2
        ax.plot([place], [bottom + form.mean], ">", markersize=1.3 * form.mark_pt * zoom, **rim)
    _name(ax, row, (place, bottom + form.name), colour, on, inner, form)


def _name(
    ax: Axes, row: Row, at: tuple[float, float], colour: str, on: Canvas, inner: float, form: _Form
) -> None:
    """Write a row's name and numbers over its marks, as far left or right as there is room."""
    place, y = at
    few, perfect = on.theme.few, ""
    if row.perfect and row.downtimes and not few:
        perfect = say("   {perfect:,} of {runs:,} runs without downtime", perfect=row.perfect, runs=row.runs)
    told = f"{row.brief if few else row.told}{perfect}"
    low, high = ax.get_xlim()
    scale = (high - low) / inner  # nines an inch
    numbers = inches(told, form.told_pt)
    called = fit(row.name, inner / 1.04 - 0.2 - numbers, form.name_pt, bold=True) if few else row.name
    name = inches(called, form.name_pt, bold=True) + 0.2
    needs = (name + numbers) * scale * 1.04
    left = max(min(max(place - needs / 2, low + 0.05), high - needs), low)
    box = {"facecolor": on.theme.paper, "alpha": 0.85, "pad": 0.8, "linewidth": 0}
    for x, words, points, weight, ink in (
        (left, called, form.name_pt, "bold", colour),
        (left + name * scale * 1.04, told, form.told_pt, "normal", on.theme.ink),
    ):
        style: dict[str, Any] = {"fontsize": points * on.zoom, "fontweight": weight, "color": ink}
        ax.text(x, y, words, va="center", bbox=box, zorder=6, **style)


def corput(index: int, base: int = 2) -> float:
    """Return a number from 0 to 1, the next ones far from each other (van der Corput): dots side by side."""
    value, size, rest = 0.0, 1.0, index + 1
    while rest:
        rest, digit = divmod(rest, base)
        size /= base
        value += digit * size
    return value
