"""Containers that somebody has started by hand, as `docker ps --all` on each machine would show them.

Who wants to know has to ask every machine: there is no one who knows them all, and one that is off says
nothing. Words and lengths of time are Docker's (docker/cli formatter; docker/go-units, HumanDuration).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.kernel.trace import TraceEvent

HEAD = ("MACHINE", "NAME", "IMAGE", "CREATED", "STATUS", "PORTS", "RESTART POLICY")


@dataclass(slots=True)
class _Row:
    """What its daemon knows of one container."""

    name: str
    node: str
    image: str
    created_us: int
    address: str
    policy: str
    state: str = "Created"
    since_us: int | None = None
    code: int = 0

    def status(self, now_us: int) -> str:
        """Return the column STATUS."""
        if self.since_us is None:
            return self.state
        past = length(now_us - self.since_us)
        return f"Up {past}" if self.state == "Up" else f"{self.state} ({self.code}) {past} ago"


def length(us: int) -> str:
    """Return a length of time in Docker's words."""
    seconds = us // SECOND
    minutes, hours = seconds // 60, round(seconds / 3600)
    if seconds < 1:
        return "Less than a second"
    if seconds < 60:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    return f"{hours // 24} days"


def docker_ps(events: Iterable[TraceEvent], now_us: int, names: Sequence[str] = ()) -> list[str]:
    """Return the containers of all machines at an instant, as a table with a head; no lines = there are none.

    Parameters
    ----------
    names
        Only these.
    """
    rows: dict[str, _Row] = {}
    off: set[str] = set()
    for event in events:
        if event.t_us > now_us:
            break
        kind, _, name = event.object.partition("/")
        if kind == "Node" and event.event in ("Crashed", "Paused", "Recovered"):
            (off.discard if event.event == "Recovered" else off.add)(name)
        elif kind in ("Container", "Process"):
            _take(rows, name, event)
    shown = [row for row in rows.values() if not names or row.name in names]
    if not shown:
        return []
    table = [HEAD, *(_cells(row, now_us, silent=row.node in off) for row in sorted(shown, key=_place))]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(HEAD))]
    return ["   ".join(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)).rstrip() for cells in table]


def _place(row: _Row) -> tuple[str, str]:
    return row.node, row.name


def _take(rows: dict[str, _Row], name: str, event: TraceEvent) -> None:
    uid, fields = str(event.fields.get("uid", "")), event.fields
    if event.object.startswith("Container/") and event.event == "Created":
        node, image, address, policy = (str(fields[key]) for key in ("node", "image", "address", "restart"))
        rows[uid] = _Row(name, node, image, event.t_us, address, policy)
    row = rows.get(uid)
    if row is None:
        return
    match event.event:
        case "Running":
            row.state, row.since_us = "Up", event.t_us
        case "Exited":
            row.state, row.since_us, row.code = "Exited", event.t_us, int(fields.get("code", 0))
        case "Restarting":
            row.state = "Restarting"
        case "Removed":
            del rows[uid]


def _cells(row: _Row, now_us: int, *, silent: bool) -> tuple[str, ...]:
    created, port = f"{length(now_us - row.created_us)} ago", row.address.rpartition(":")[2]
    status = f"(machine {row.node} does not answer)" if silent else row.status(now_us)
    return row.node, row.name, row.image, created, status, f"{row.address}->{port}/tcp", row.policy
