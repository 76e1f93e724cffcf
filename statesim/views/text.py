"""The timeline in plain characters: for terminals, diffs and golden files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.views.acts import listed
from statesim.views.axis import time_label
from statesim.views.marks import timeline_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.reading import Reading
    from statesim.analysis.record import RunRecord
    from statesim.views.acts import Vertical
    from statesim.views.lanes import Span
    from statesim.views.strips import Strip

_FILL = {
    "primary": "=",
    "replica": "-",
    "serving": "=",
    "read-only": "-",
    "proxy": ":",
    "worker": "+",
    "starting": "~",
    "recovering": "~",
    "broken": "!",
    "pending": "?",
    "waiting-volume": "w",
    "no-image": "i",
    "frozen": "#",
    "dead": ".",
    "twice": "2",
    "stopped": " ",
    "up": " ",
    "crashed": "x",
    "paused": "%",
    "cut-off": "/",
    "drain": "d",
    "drain-failed": "D",
    "attached": "=",
    "attaching": "~",
    "lost": "x",
}


def ascii_timeline(
    records: Sequence[RunRecord | Reading], *, width: int = 72, window: tuple[float, float] | None = None
) -> str:
    """Return the timeline as text, one line for each pod, node, volume and client.

    Parameters
    ----------
    width
        Characters between the bars.
    window
        From and to (s); ``None`` = all.
    """
    marks = timeline_marks(records, window)
    start, end = marks.window
    rows: list[tuple[str, str]] = []
    for panel in marks.panels:
        rows.append((f"{panel.title}: {panel.outcome}", ""))
        rows += [(_act(v), "") for v in (listed(panel.verticals) if panel.listed else ())]
        rows += [(lane.label, bar(lane.wide, start, end, width)) for lane in panel.lanes]
        rows += [(strip.label, curve(strip, start, end, width)) for strip in panel.strips]
    label = max((len(name) for name, line in rows if line), default=0)
    lines = [f"{name:<{label}} |{line}|" if line else name for name, line in rows]
    right = time_label(end, end)
    lines.append(f"{'':<{label}}  {time_label(start, end):<{width - len(right)}}{right}")
    lines += [_act(v) for v in marks.verticals]
    return "\n".join(lines) + "\n"


def _act(vertical: Vertical) -> str:
    number = f"{vertical.number} = " if vertical.number else ""
    return f"{number}{vertical.clock} {vertical.label}"


def bar(spans: Sequence[Span], start: float, end: float, width: int) -> str:
    """Return a row of spans: a character for each state, its word where it fits, ``x`` where it died."""
    cells = [" "] * width
    scale = width / (end - start)
    for span in spans:
        first, last = round((span.start - start) * scale), round((span.end - start) * scale)
        first, last = max(first, 0), min(max(last, first + 1), width)
        for cell in range(first, last):
            cells[cell] = _FILL.get(span.kind, "?")
        if span.kind == "dead" and 0 <= first < width:
            cells[first] = "x"
        word = span.text or ""
        if span.kind not in ("dead", "stopped") and word and last - first >= len(word) + 4:
            cells[first + 2 : first + 2 + len(word)] = list(word)
    return "".join(cells)


def curve(strip: Strip, start: float, end: float, width: int) -> str:
    """Return a strip: ``#`` where something succeeded, ``!`` where it was lost later, blank in an outage."""
    cells = []
    for cell in range(width):
        left = start + cell * (end - start) / width
        right = start + (cell + 1) * (end - start) / width
        inside = [
            index
            for index in range(len(strip.heights))
            if strip.edges[index] < right and strip.edges[index + 1] > left
        ]
        lost = any(strip.lost[index] for index in inside) if strip.lost else False
        out = any(gap.start <= left and gap.end >= right for gap in strip.gaps)
        some = any(strip.heights[index] for index in inside)
        cells.append("!" if lost and not out else "#" if some and not out else " ")
    return "".join(cells)
