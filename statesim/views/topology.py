"""The cluster at one instant: zones, nodes, pods and volumes, and who is attached or talks to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.states import state_at
from statesim.views.axis import time_label
from statesim.views.letters import inches
from statesim.views.placing import Placed, place
from statesim.views.style import (
    BLUE,
    GREEN,
    LANE_PT,
    MACHINE,
    SAID,
    THEMES,
    TITLE_PT,
    TRUTH,
    VERMILLION,
    figure_of,
    settings,
)

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
HEAD, FOOT = 0.7, 0.75  # room above and below the boxes


def topology(
    record: RunRecord, at_us: int, *, ax: Axes | None = None, theme: str = "paper", names: bool = True
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
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only needed to draw

    state = state_at(record.events, at_us)
    placed = place(state)
    look = THEMES[theme]
    with settings():
        if ax is None:
            width = max(9.0, 1.25 * placed.width)
            figure = Figure(
                figsize=(width, width * (placed.height + HEAD + FOOT) / placed.width), facecolor=look.paper
            )
            ax = figure.add_axes((0.01, 0.01, 0.98, 0.98))
        root = figure_of(ax)
        ax.set_axis_off()
        ax.set_xlim(0, placed.width)
        ax.set_ylim(-FOOT, placed.height + HEAD)
        _boxes(ax, placed, state, look)
        _graph(ax, placed, look, names=names)
        when = time_label(at_us / 1_000_000, record.duration_s)
        style: dict[str, Any] = {"fontsize": TITLE_PT, "weight": "bold", "color": look.ink}
        ax.text(0.2, placed.height + 0.35, f"{record.title} at {when}", va="center", **style)
    return root


def _boxes(ax: Axes, placed: Placed, state: ClusterState, theme: Theme) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - heavy, and only needed to draw

    for name, (x, y, width, height) in placed.zones.items():
        outline = FancyBboxPatch(
            (x, y), width, height, boxstyle="round,pad=0,rounding_size=0.15", facecolor=theme.band,
            edgecolor=theme.faint, linewidth=1.5, zorder=0.5,
        )  # fmt: skip
        ax.add_patch(outline)
        title = f"zone {name}" if name else "no zone"
        ax.text(x + 0.12, y + height - 0.2, title, fontsize=LANE_PT, color=theme.ink, va="center")
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
        ax.text(
            x + 0.1,
            y + height - 0.17,
            name,
            fontsize=LANE_PT - 1,
            weight="bold",
            color=theme.ink,
            va="center",
        )
        room = (
            width * figure_of(ax).get_figwidth() / placed.width - inches(name, LANE_PT - 1, bold=True) - 0.35
        )
        word = "cordoned" if node.cordoned and inches(said.word, LANE_PT - 3) > room else said.word
        _tag(ax, x + width - 0.08, y + height - 0.17, word, said)
        if not ok:
            _tag(ax, x + width - 0.08, y + 0.16, look.word, look)


def _tag(ax: Axes, x: float, y: float, word: str, look: Look) -> None:
    ground = {"facecolor": look.fill, "edgecolor": "none", "boxstyle": "round,pad=0.2"}
    ax.text(x, y, word, fontsize=LANE_PT - 3, color=look.ink, ha="right", va="center", bbox=ground, zorder=6)


def _graph(ax: Axes, placed: Placed, theme: Theme, *, names: bool) -> None:
    import networkx as nx  # noqa: PLC0415 - heavy, and only needed to draw

    graph, at = placed.graph, placed.at
    for kind, (colour, style, width, _) in _LINES.items():
        edges = [(a, b) for a, b, data in graph.edges(data=True) if data["kind"] == kind]
        if edges:
            look: dict[str, Any] = {"edge_color": colour, "style": style, "width": width}
            nx.draw_networkx_edges(graph, at, edgelist=edges, ax=ax, **look)
    for kind, shape in _SHAPES.items():
        members = [name for name, data in graph.nodes(data=True) if data["kind"] == kind]
        if not members:
            continue
        fills: Any = [_look(graph, name).fill for name in members]
        sizes: dict[str, Any] = {"node_shape": shape, "node_size": _SIZES[kind], "linewidths": 1.6}
        nx.draw_networkx_nodes(
            graph, at, nodelist=members, ax=ax, node_color=fills, edgecolors=theme.ink, **sizes
        )
    ground = {"facecolor": theme.paper, "edgecolor": "none", "boxstyle": "square,pad=0.08", "alpha": 0.85}
    middle: dict[str, Any] = {"ha": "center", "zorder": 4}
    for name, data in graph.nodes(data=True):
        x, y = at[name]
        points = LANE_PT + 2 if len(data["mark"]) == 1 else LANE_PT - 2
        ink = _look(graph, name).ink
        ax.text(x, y, data["mark"], fontsize=points, weight="bold", color=ink, va="center", **middle)
        if data["said"]:
            said = SAID[data["said"]]
            ax.scatter(
                [x + 0.27], [y + 0.24], marker="s", s=130, color=said.fill, edgecolors=theme.ink, zorder=3
            )
        if names:
            small: dict[str, Any] = {"fontsize": LANE_PT - 2, "color": theme.ink, "va": "top", "bbox": ground}
            ax.text(x, y - data["drop"], data["label"], **small, **middle)
    _squares(ax, placed, theme)
    _lines(ax, placed, theme)


def _squares(ax: Axes, placed: Placed, theme: Theme) -> None:
    """Say what the little squares mean: only the words that are needed."""
    present = {data["said"] for _, data in placed.graph.nodes(data=True)}
    said = [kind for kind in SAID if kind in present]
    x = 0.2
    style: dict[str, Any] = {"fontsize": LANE_PT - 1, "color": theme.ink, "va": "center"}
    y = -0.1
    if said:
        ax.text(x, y, "Kubernetes says:", **style)
        x += 0.3 + inches("Kubernetes says:", LANE_PT - 1)
    for kind in said:
        look = SAID[kind]
        ax.scatter([x], [y], marker="s", s=110, color=look.fill, edgecolors=theme.ink)
        ax.text(x + 0.15, y, look.word, **style)
        x += 0.55 + inches(look.word, LANE_PT - 1)


def _lines(ax: Axes, placed: Placed, theme: Theme) -> None:
    """Say what the lines mean: only the words that are needed."""
    present = {data["kind"] for _, _, data in placed.graph.edges(data=True)}
    x, y = 0.2, -0.5
    for kind, (colour, style, width, word) in _LINES.items():
        if kind not in present:
            continue
        ax.plot([x, x + 0.4], [y, y], color=colour, linestyle=style, linewidth=width)
        ax.text(x + 0.5, y, word, fontsize=LANE_PT - 1, color=theme.ink, va="center")
        x += 0.85 + inches(word, LANE_PT - 1)


def _look(graph: nx.Graph[str], name: str) -> Look:
    table, kind = graph.nodes[name]["look"]
    looks: dict[str, Look] = {"truth": TRUTH, "said": SAID}[table]
    return looks[kind]
