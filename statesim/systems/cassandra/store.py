"""What a Cassandra host has on its disk: its Host ID, its cells, its hints; and what all disks hold together.

Of two writes of a cell the one with the later timestamp wins, of equal ones the larger value (dynamo.adoc,
"Data versioning"; ``db/rows/Cells.java``). The timestamp is a clock's, so a write that was acknowledged later
can be older.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.systems.durability import Tail

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from statesim.systems.cassandra.ring import Peer, Ring


class Cell(NamedTuple):
    """A value with the time that its coordinator's clock showed (µs); the larger cell wins."""

    timestamp: int
    value: Any


class Hint(NamedTuple):
    """A write that somebody else has missed, and when it was put aside (µs)."""

    at_us: int
    key: Hashable
    cell: Cell


class Store:
    """The contents of a host's `Directory`.

    Attributes
    ----------
    host_id
        Who it is: not its address (topo_changes.adoc).
    held
        By key, the cells that were the newest here when they came; the last one is what readers see.
    hints
        What others have missed, by their host IDs.
    """

    __slots__ = ("_tail", "held", "hints", "host_id")

    def __init__(self, host_id: str) -> None:
        self.host_id = host_id
        self.held: dict[Hashable, list[Cell]] = {}
        self.hints: dict[str, list[Hint]] = {}
        self._tail: Tail[Hashable] = Tail()

    def get(self, key: Hashable) -> Cell | None:
        """Return the cell that readers see."""
        held = self.held.get(key)
        return held[-1] if held else None

    def apply(self, now: int, key: Hashable, cell: Cell) -> None:
        """Take a write, from whomever and however late: an older one changes nothing."""
        held = self.held.setdefault(key, [])
        if not held or held[-1] < cell:
            held.append(cell)
            self._tail.add(now, key)

    def receive(self, now: int, key: Hashable, cells: Iterable[Cell]) -> None:
        """Take what a stream brings of a key."""
        for cell in cells:
            self.apply(now, key, cell)

    def forget_writes(self, since_us: int | None) -> int:
        """Lose the writes of the commit log's tail, which was never synced; return how many."""
        lost = 0
        for key in self._tail.lose(since_us):
            self.held[key].pop()
            if not self.held[key]:
                del self.held[key]
            lost += 1
        return lost

    def forget_hints(self, since_us: int | None) -> None:
        """Lose the hints that were still in memory (hints.adoc: they are flushed now and then)."""
        if since_us is None:
            return
        for target, hints in self.hints.items():
            self.hints[target] = [hint for hint in hints if hint.at_us <= since_us]


class Everything:
    """What reads at ALL would find once every disk that is left were heard again; see `statements.Copy`.

    A disk counts for the keys that its host is a replica of, and hints on it for those whom they are for.
    """

    def __init__(self, ring: Ring, peers: Sequence[Peer]) -> None:
        self._ring = ring
        self._peers = {peer.host_id: peer for peer in peers}
        self._hinted: dict[tuple[str, Hashable], list[Cell]] = {}
        for peer in peers:
            for target, hints in peer.store.hints.items():
                for hint in hints:
                    self._hinted.setdefault((target, hint.key), []).append(hint.cell)

    def _cells(self, key: Hashable) -> list[Cell]:
        cells: dict[Cell, None] = {}
        for peer in self._ring.replicas(key):
            if peer.host_id in self._peers:
                cells.update(dict.fromkeys(peer.store.held.get(key, ())))
                cells.update(dict.fromkeys(self._hinted.get((peer.host_id, key), ())))
        return sorted(cells)

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`."""
        cells = self._cells(key)
        return cells[-1].value if cells else None

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`: in order of the cells' timestamps."""
        known: dict[Hashable, None] = {}
        for peer in self._peers.values():
            known.update(dict.fromkeys(peer.store.held))
        known.update(dict.fromkeys(key for _, key in self._hinted))
        found = [(cells[0].timestamp, at, key) for at, key in enumerate(known) if (cells := self._cells(key))]
        return [key for _, _, key in sorted(found, key=lambda each: each[:2])]

    def values(self, key: Hashable) -> list[Any]:
        """See `statements.Copy.values`: every value that was the newest somewhere, the winner last."""
        return [cell.value for cell in self._cells(key)]
