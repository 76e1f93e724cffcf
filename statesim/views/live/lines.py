"""A run as plain lines, for where there is no screen: what becomes of pods, and what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.instants import listed
from statesim.views.live.frame import news
from statesim.views.replay.levels import NOTABLE, level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.views.live.frame import PodLine, Scene

_HEADS = ("AT", "NAME", "READY", "STATUS", "RESTARTS", "NODE", "REALLY")
_WIDTHS = (12, 24, 6, 19, 9, 12)


class Line(NamedTuple):
    """A line, and the instant (µs) that it tells of."""

    t_us: int
    text: str


def lines(scene: Scene) -> Iterator[Line]:
    """Yield what changes of pods, as ``kubectl get pods -w`` prints it, and between it what happens.

    That a pod grows older is no news; a row that is gone says so.
    """
    yield Line(0, _row(_HEADS))
    told: dict[str, tuple[str, ...]] = {}
    changed = {change.t_us for change in scene.reading.record.objects if change.object.startswith("Pod/")}
    at: dict[int, list[str]] = {t_us: [] for t_us in changed}
    for event in scene.events:
        found = at.setdefault(event.t_us, [])
        if level(event) >= NOTABLE:
            each = news(event)
            found.append(f"{'▼' if each.fault else '·'} {each.text}")
    for t_us in sorted(at):
        touched = scene.advance(t_us)
        for text in at[t_us]:
            yield Line(t_us, f"{listed(t_us):<{_WIDTHS[0]}}{text}")
        now = {key: _cells(line) for key, line in scene.pod_lines(touched).items()}
        for key in [key for key in told if key.partition(" ")[0] in touched and key not in now]:
            name = told.pop(key)[0]
            yield Line(t_us, _row((listed(t_us), name, "-", "gone", "", "", "")))
        for key, cells in now.items():
            if told.get(key) != cells:
                told[key] = cells
                yield Line(t_us, _row((listed(t_us), *cells)))


def _cells(line: PodLine) -> tuple[str, ...]:
    name, ready, status, restarts, _, node = line.cells
    really = f"{'≠ ' if line.wrong else ''}{line.really.strip()}"
    return (name, ready, status, restarts.partition(" ")[0], node, really)


def _row(cells: tuple[str, ...]) -> str:
    *padded, last = cells
    return (
        " ".join(cell.ljust(width - 1) for cell, width in zip(padded, _WIDTHS, strict=True)) + f" {last}"
    ).rstrip()
