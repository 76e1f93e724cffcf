"""The cluster at one instant on a slide: fewer machines, larger letters, and at the foot what is not shown.

The columns are pods, in the machines and zones where they run. From top to bottom: what a pod really is, what
Kubernetes says of it, its disk, its machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.views.axis import time_label
from statesim.views.canvas import canvas
from statesim.views.letters import fit, inches, wrapped
from statesim.views.speech import say, spoken
from statesim.views.style import BLUE, GREEN, MACHINE, SKY, VERMILLION, settings
from statesim.views.topology_columns import (
    APART,
    EDGE,
    NAME_PT,
    PAD,
    WIDTH,
    WORD_PT,
    call_width,
    call_words,
    machine_lines,
    machine_words,
    machines,
    needs,
    said_words,
    slide_of,
    well,
    width_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from statesim.analysis.record import RunRecord
    from statesim.analysis.states import ClusterState
    from statesim.views.canvas import Canvas
    from statesim.views.topology_columns import Column, Slide

HEIGHT = WIDTH * 9 / 16  # inches
TITLE_PT = 13.5
_TITLE, _CALLERS, _TOP = 0.2, 0.6, 1.16  # middles of the title and of who calls; where pods begin
_POD, _SAID, _DISK, _MACHINE, _TOLD, _ZONE = 0.5, 0.27, 0.26, 0.27, 0.21, 0.25  # high
_LINE, _CALL = 0.22, 0.32  # high: a line at the foot, who calls


@dataclass(frozen=True, slots=True)
class _Pen:
    ax: Axes
    on: Canvas
    names: bool

    def write(self, x: float, y: float, words: str, points: float = WORD_PT, **style: Any) -> None:
        told: dict[str, Any] = {"color": self.on.theme.ink, "ha": "center", "va": "center", "zorder": 6}
        self.ax.text(x, y, words, fontsize=points * self.on.zoom, **told | style)

    def box(self, x: float, y: float, wide: float, high: float, **style: Any) -> None:
        from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - heavy, and only needed to draw

        shape = "round,pad=0,rounding_size=0.05"
        self.ax.add_patch(FancyBboxPatch((x, y), wide, high, boxstyle=shape, **style))


def draw_slide(
    record: RunRecord,
    state: ClusterState,
    *,
    ax: Axes | None = None,
    theme: str = "slides",
    names: bool = True,
) -> Axes:
    """Draw an instant for a slide, and return the axes."""
    from statesim.views.picture import describe, written  # noqa: PLC0415 - matplotlib is heavy: when it is used

    shown = slide_of(state)
    with settings():
        wide = max(WIDTH, width_of(shown.columns, state))
        needs_high = max(HEIGHT, _high(shown, state) + _ZONE + _LINE * (len(_foot(shown, state, wide)) + 0.2))
        on = canvas(ax, theme, lambda _: needs_high, width=wide, least=wide)
        drawn = on.axes(0.02 * on.width, 0.02 * on.height, 0.96 * on.width, 0.96 * on.height)
        drawn.set_xticks([])
        drawn.set_yticks([])
        drawn.set_axis_off()
        drawn.set_xlim(0, on.width)
        drawn.set_ylim(on.height, 0)
        pen = _Pen(drawn, on, names)
        when = time_label(state.t_us / 1_000_000, record.duration_s)
        timed = inches(say("{title} at {time}", title="", time=when), TITLE_PT, bold=True)
        room = 0.93 * on.width - 2 * EDGE - timed
        name = fit(record.title_in(spoken()), room, TITLE_PT, bold=True)
        title = say("{title} at {time}", title=name, time=when)
        pen.write(EDGE, _TITLE, title, TITLE_PT, ha="left", fontweight="bold")
        at = _draw_machines(pen, shown, state)
        _draw_callers(pen, shown, state, at)
        _draw_foot(pen, shown, state)
    describe(drawn, title, [written(drawn)])
    return drawn


def _disks(shown: Slide) -> int:
    return max((len(each.disks) for each in shown.columns), default=0)


def _bottom(shown: Slide) -> float:
    return _TOP + _POD + _SAID + _DISK * _disks(shown) + 0.1


def _high(shown: Slide, state: ClusterState) -> float:
    """Return how far from the top machines end."""
    lines = max((len(machine_lines(group, state)) for group in machines(shown.columns)), default=0)
    return _bottom(shown) + _MACHINE + _TOLD * lines + 0.04


def _draw_machines(pen: _Pen, shown: Slide, state: ClusterState) -> dict[str, float]:
    """Draw zones, machines and pods; return the middle of each pod."""
    at: dict[str, float] = {}
    theme, bottom = pen.on.theme, _bottom(shown)
    groups = machines(shown.columns)
    high = _high(shown, state)
    spare = (pen.on.width - width_of(shown.columns, state)) / max(1, len(groups))
    spare = min(spare, 0.9)
    x = (pen.on.width - width_of(shown.columns, state) - spare * len(groups)) / 2 + EDGE
    zones: dict[str, tuple[float, float]] = {}
    for group in groups:
        wide = needs(group, state) + spare
        name, _ = machine_words(state, group[0].node)
        node = state.nodes.get(group[0].node)
        ok = well(state, group[0].node) or node is None
        look = MACHINE[node.truth] if node is not None and node.truth != "up" else None
        edge = {
            "edgecolor": theme.faint if ok else VERMILLION,
            "linewidth": (1.2 if ok else 2.2) * pen.on.zoom,
        }
        pen.box(x, _TOP - 0.07, wide, high - _TOP + 0.07, facecolor=theme.paper, zorder=1.5, **edge)
        if look is not None:
            pen.box(x, bottom, wide, high - bottom, facecolor=look.fill, edgecolor="none", zorder=1.6)
        ink = look.ink if look is not None else theme.ink
        if pen.names:
            pen.write(x + wide / 2, bottom + _MACHINE / 2, name, NAME_PT, fontweight="bold", color=ink)
        for line, wrong in enumerate(machine_lines(group, state)):
            pen.write(x + wide / 2, bottom + _MACHINE + _TOLD * (line + 0.45), wrong, color=ink)
        step = (wide - 2 * PAD) / len(group)
        for slot, column in enumerate(group):
            left = x + PAD + slot * step
            at[column.key] = left + step / 2
            _draw_column(pen, column, left + 0.02, step - 0.04)
        if group[0].node:
            first, _ = zones.get(group[0].zone, (x, x))
            zones[group[0].zone] = (first, x + wide)
        x += wide + APART
    for zone, (left, right) in zones.items():
        pen.box(left - 0.04, _TOP - 0.11, right - left + 0.08, high - _TOP + 0.11 + _ZONE,
                facecolor=theme.band, edgecolor=theme.faint, linewidth=1.0, zorder=0.5)  # fmt: skip
        title = say("zone {name}", name=zone) if zone else say("no zone")
        pen.write((left + right) / 2, high + _ZONE / 2, title)
    return at


def _draw_column(pen: _Pen, column: Column, left: float, wide: float) -> None:
    middle, y = left + wide / 2, _TOP
    ink = pen.on.theme.ink
    if column.key:
        pen.box(left, y, wide, _POD, facecolor=column.look.fill, edgecolor=ink, linewidth=1.2, zorder=4)
        words: dict[str, Any] = {"color": column.look.ink}
        if pen.names:
            pen.write(middle, y + 0.14, column.short, NAME_PT, fontweight="bold", **words)
        pen.write(middle, y + 0.36, column.state, **words)
        if column.said is not None:
            pen.box(left, y + _POD + 0.03, wide, _SAID - 0.04, facecolor=column.said.fill, edgecolor=ink,
                    linewidth=0.8, zorder=4)  # fmt: skip
            pen.write(middle, y + _POD + _SAID / 2 + 0.01, said_words(column.said), color=column.said.ink)
    else:
        pen.write(middle, y + _POD / 2, column.state)
    y += _POD + _SAID + 0.04
    for disk, waited in column.disks:
        style: dict[str, Any] = {
            "linestyle": "--" if waited else "-",
            "edgecolor": VERMILLION if waited else "#7A5FA8",
        }
        pen.box(
            left, y + 0.01, wide, _DISK - 0.03, facecolor=pen.on.theme.paper, linewidth=1.6, zorder=4, **style
        )
        if pen.names:
            pen.write(middle, y + _DISK / 2, disk)
        y += _DISK


def _draw_callers(pen: _Pen, shown: Slide, state: ClusterState, at: dict[str, float]) -> None:
    """Draw who calls, and whom."""
    count, blue = len(shown.callers), SKY if pen.on.theme.dark else BLUE
    widths = [call_width(call_words(state, *each)) for each in shown.callers]
    gap = (pen.on.width - 2 * EDGE - sum(widths)) / max(1, count)
    x = EDGE + gap / 2
    for (kind, name), wide in zip(shown.callers, widths, strict=True):
        client = kind == "client"
        edge = {"edgecolor": blue if client else GREEN, "linewidth": 2.0 * pen.on.zoom}
        pen.box(x, _CALLERS - _CALL / 2, wide, _CALL, facecolor=pen.on.theme.paper, zorder=4, **edge)
        pen.write(x + wide / 2, _CALLERS, call_words(state, kind, name) if pen.names else "")
        called: Iterable[str] = (
            (key for who, key in state.sessions if who == name) if client else state.endpoints[name]
        )
        for key in called:
            if key in at:
                style: dict[str, Any] = {
                    "linestyle": ":" if client else "-",
                    "color": blue if client else GREEN,
                }
                middle = x + wide / 2, at[key] + (-0.08 if client else 0.08)
                pen.ax.plot(
                    middle, (_CALLERS + _CALL / 2, _TOP), linewidth=2.2 * pen.on.zoom, zorder=3, **style
                )
        x += wide + gap


def _draw_foot(pen: _Pen, shown: Slide, state: ClusterState) -> None:
    """Say what bars and lines mean, and what is not shown."""
    for number, words in enumerate(reversed(_foot(shown, state, pen.on.width))):
        pen.write(EDGE, pen.on.height - 0.14 - _LINE * number, words, ha="left")


def _foot(shown: Slide, state: ClusterState, width: float) -> list[str]:
    """Return what is said at the foot, in lines."""
    room = width - 2 * EDGE
    key = [say("Below a pod: what Kubernetes says of it")]
    key[0] += say(", its disk") if _disks(shown) else ""
    key[0] += "." if spoken() == "en" else "。"
    if any(waited for each in shown.columns for _, waited in each.disks):
        key.append(say("Dashed: waited for."))
    if any((name, each.key) in state.sessions for _, name in shown.callers for each in shown.columns):
        key.append(say("Dotted: sessions."))
    services = [name for kind, name in shown.callers if kind == "service"]
    if any(each.key in state.endpoints[name] for name in services for each in shown.columns):
        key.append(say("Solid: where a Service leads."))
    told = wrapped(key[0], room, WORD_PT) + wrapped(" ".join(key[1:]), room, WORD_PT)
    return told + (wrapped(shown.left_out, room, WORD_PT) if shown.left_out else [])
