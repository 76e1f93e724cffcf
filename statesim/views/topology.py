"""The cluster at one instant: zones, nodes, pods and volumes, and who is attached or talks to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.analysis.states import state_at
from statesim.views.axis import time_label
from statesim.views.canvas import canvas
from statesim.views.letters import inches
from statesim.views.placing import Placed, place
from statesim.views.speech import drawn_in, say, spoken, word
from statesim.views.style import (
    BLUE,
    GREEN,
    LANE_PT,
    MACHINE,
    SAID,
    TITLE_PT,
    TRUTH,
    VERMILLION,
    figure_of,
    settings,
    theme_named,
)
from statesim.views.topology_slide import draw_slide

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.analysis.record import RunRecord
    from statesim.analysis.states import ClusterState
    from statesim.views.style import Look, Theme

_SHAPES = {"pod": "o", "volume": "s", "client": "D", "service": "h"}
_SIZES = {"pod": 2100, "volume": 620, "client": 1500, "service": 1500}
# colour, style, width, and what a line of that kind means
_LINES = {
    "attached": ("#7A5FA8", "solid", 3.0, "volume attached"),
    "waits": (VERMILLION, "dashed", 3.0, "waits for the volume"),
    "serves": (GREEN, "solid", 2.6, "takes new connections of the Service"),
    "session": (BLUE, "dotted", 2.0, "open sessions"),
}
UNIT = 1.25  # inches of a unit of the layout
HEAD, FOOT = 0.7, 0.75  # room above and below the boxes


def topology(
    record: RunRecord,
    at_us: int,
    *,
    ax: Axes | None = None,
    theme: str = "paper",
    names: bool = True,
    language: str = "en",
) -> Figure:
    """Draw where everything is at one instant.

    Parameters
    ----------
    at_us
        The instant, in microseconds; everything that happened up to then is taken into account.
    ax
        Where to draw; ``None`` = a figure of its own.
    names
        Write names; without them only shapes and states are shown.
    language
        ``en`` or ``zh``.
    """
    with drawn_in(language):
        return figure_of(draw_axes(record, at_us, ax=ax, theme=theme, names=names))


def draw_axes(
    record: RunRecord, at_us: int, *, ax: Axes | None = None, theme: str = "paper", names: bool = True
) -> Axes:
    """Draw where everything is at one instant, and return the axes; see `topology`."""
    from statesim.views.picture import describe, written  # noqa: PLC0415 - matplotlib is heavy: when it is used

    look = theme_named(theme)
    state = state_at(record.events, at_us)
    if look.few:
        return draw_slide(record, state, ax=ax, theme=theme, names=names)
    placed = place(state)
    shape = (placed.height + HEAD + FOOT) / placed.width
    full = max(9.0, UNIT * placed.width)
    with settings():
        # letters are made for a width: where there is less, all of it becomes smaller
        on = canvas(ax, theme, lambda _: full * shape, width=full, least=full)
        drawn = on.axes(0.01 * on.width, 0.01 * on.height, 0.98 * on.width, 0.98 * on.height)
        drawn.set_axis_off()
        drawn.set_xlim(0, placed.width)
        drawn.set_ylim(-FOOT, placed.height + HEAD)
        if on.given is not None:
            drawn.set_aspect("equal")
        pen = Pen(drawn, look, on.zoom)
        _boxes(pen, placed, state)
        _graph(pen, placed, names=names)
        when = time_label(at_us / 1_000_000, record.duration_s)
        title = say("{title} at {time}", title=record.title_in(spoken()), time=when)
        drawn.text(0.2, placed.height + 0.35, title, va="center", **pen.words(TITLE_PT, weight="bold"))
    describe(drawn, title, [written(drawn)])
    return drawn


@dataclass(frozen=True, slots=True)
class Pen:
    """Axes, their theme, and how large letters are."""

    ax: Axes
    theme: Theme
    zoom: float

    def words(self, points: float, **style: Any) -> dict[str, Any]:
        """Return how words of that size are written."""
        return {"fontsize": points * self.zoom, "color": self.theme.ink, **style}

    def inches(self, text: str, points: float, *, bold: bool = False) -> float:
        """Return how wide a text is, in the units of the picture."""
        ax = self.ax
        wide = ax.get_position().width * figure_of(ax).get_figwidth()
        low, high = ax.get_xlim()
        return inches(text, points * self.zoom, bold=bold) * (high - low) / wide


def _boxes(pen: Pen, placed: Placed, state: ClusterState) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - heavy, and only needed to draw

    ax, theme = pen.ax, pen.theme
    for name, (x, y, width, height) in placed.zones.items():
        outline = FancyBboxPatch(
            (x, y), width, height, boxstyle="round,pad=0,rounding_size=0.15", facecolor=theme.band,
            edgecolor=theme.faint, linewidth=1.5, zorder=0.5,
        )  # fmt: skip
        ax.add_patch(outline)
        title = say("zone {name}", name=name) if name else say("no zone")
        ax.text(x + 0.12, y + height - 0.2, title, va="center", **pen.words(LANE_PT))
    for name, (x, y, width, height) in placed.nodes.items():
        node = state.nodes[name]
        look = MACHINE.get(node.truth, MACHINE["up"])
        ok = node.truth == "up"
        box = FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=0.08", zorder=0.8)
        box.set(linewidth=2, alpha=1 if ok else 0.35)
        box.set(facecolor=theme.paper if ok else look.fill, edgecolor=theme.faint if ok else VERMILLION)
        ax.add_patch(box)
        if node.truth == "crashed":
            for start, end in ((y, y + height), (y + height, y)):
                ax.plot([x, x + width], [start, end], color=VERMILLION, linewidth=3.5, alpha=0.8, zorder=0.9)
        api = "ready" if node.api == "ready" else "not-ready"
        said = SAID[f"{api}-cordoned" if node.cordoned else api]
        bold = pen.words(LANE_PT - 1, weight="bold")
        ax.text(x + 0.1, y + height - 0.17, name, va="center", **bold)
        room = width - pen.inches(name, LANE_PT - 1, bold=True) - 0.28
        told = word(said.word)
        told = word("cordoned") if node.cordoned and pen.inches(told, LANE_PT - 3) > room else told
        _tag(pen, x + width - 0.08, y + height - 0.17, told, said)
        if not ok:
            _tag(pen, x + width - 0.08, y + 0.16, word(look.word), look)


def _tag(pen: Pen, x: float, y: float, told: str, look: Look) -> None:
    ground = {"facecolor": look.fill, "edgecolor": "none", "boxstyle": "round,pad=0.2"}
    style = pen.words(LANE_PT - 3, color=look.ink)
    pen.ax.text(x, y, told, ha="right", va="center", bbox=ground, zorder=6, **style)


def _graph(pen: Pen, placed: Placed, *, names: bool) -> None:
    import networkx as nx  # noqa: PLC0415 - heavy, and only needed to draw

    ax, theme, zoom = pen.ax, pen.theme, pen.zoom
    graph, at = placed.graph, placed.at
    for kind, (colour, style, width, _) in _LINES.items():
        edges = [(a, b) for a, b, data in graph.edges(data=True) if data["kind"] == kind]
        if edges:
            look: dict[str, Any] = {"edge_color": colour, "style": style, "width": width * zoom}
            nx.draw_networkx_edges(graph, at, edgelist=edges, ax=ax, **look)
    for kind, shape in _SHAPES.items():
        members = [name for name, data in graph.nodes(data=True) if data["kind"] == kind]
        if not members:
            continue
        fills: Any = [_look(graph, name).fill for name in members]
        sizes: dict[str, Any] = {"node_shape": shape, "node_size": _SIZES[kind] * zoom**2, "linewidths": 1.6}
        nx.draw_networkx_nodes(
            graph, at, nodelist=members, ax=ax, node_color=fills, edgecolors=theme.ink, **sizes
        )
    ground = {"facecolor": theme.paper, "edgecolor": "none", "boxstyle": "square,pad=0.08", "alpha": 0.85}
    middle: dict[str, Any] = {"ha": "center", "zorder": 4}
    for name, data in graph.nodes(data=True):
        x, y = at[name]
        points = LANE_PT + 2 if len(data["mark"]) == 1 else LANE_PT - 2
        ink = _look(graph, name).ink
        ax.text(x, y, data["mark"], va="center", **pen.words(points, weight="bold", color=ink), **middle)
        if data["said"]:
            said = SAID[data["said"]]
            ax.scatter(
                [x + 0.27],
                [y + 0.24],
                marker="s",
                s=130 * zoom**2,
                color=said.fill,
                edgecolors=theme.ink,
                zorder=3,
            )
        if names:
            small = pen.words(LANE_PT - 2, va="top", bbox=ground)
            ax.text(x, y - data["drop"], data["label"], **small, **middle)
    _squares(pen, placed)
    _lines(pen, placed)


def _squares(pen: Pen, placed: Placed) -> None:
    """Say what the little squares mean: only the words that are needed."""
    present = {data["said"] for _, data in placed.graph.nodes(data=True)}
    said = [kind for kind in SAID if kind in present]
    x = 0.2
    style = pen.words(LANE_PT - 1, va="center")
    y = -0.1
    if said:
        heading = say("Kubernetes says:")
        pen.ax.text(x, y, heading, **style)
        x += 0.24 + pen.inches(heading, LANE_PT - 1)
    for kind in said:
        look = SAID[kind]
        size = 110 * pen.zoom**2
        pen.ax.scatter([x], [y], marker="s", s=size, color=look.fill, edgecolors=pen.theme.ink)
        told = word(look.word)
        pen.ax.text(x + 0.15, y, told, **style)
        x += 0.44 + pen.inches(told, LANE_PT - 1)


def _lines(pen: Pen, placed: Placed) -> None:
    """Say what the lines mean: only the words that are needed."""
    present = {data["kind"] for _, _, data in placed.graph.edges(data=True)}
    x, y = 0.2, -0.5
    for kind, (colour, style, width, means) in _LINES.items():
        if kind not in present:
            continue
        pen.ax.plot([x, x + 0.4], [y, y], color=colour, linestyle=style, linewidth=width * pen.zoom)
        told = word(means)
        pen.ax.text(x + 0.5, y, told, va="center", **pen.words(LANE_PT - 1))
        x += 0.72 + pen.inches(told, LANE_PT - 1)


def _look(graph: nx.Graph[str], name: str) -> Look:
    table, kind = graph.nodes[name]["look"]
    looks: dict[str, Look] = {"truth": TRUTH, "said": SAID}[table]
    return looks[kind]
