"""What a new host of a Cassandra ring streams, and from whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from statesim.systems.cassandra.ring import Peer, Ring
    from statesim.systems.cassandra.store import Cell


def plan(
    ring: Ring, newcomer: Peer, replaced: Peer | None, alive: Sequence[Peer]
) -> list[tuple[Hashable, list[Cell]]]:
    """Return the keys that a newcomer receives, with their cells.

    Each comes from one replica: from the one that gives it up, if there is one that lives, else from the
    first that lives (``dht/RangeStreamer.java``, getAllRangesWithStrictSourcesFor). What that one has missed
    is missed again.
    """
    joined = ring.with_(newcomer)
    if replaced is not None:
        joined.remove(replaced)
    keys: dict[Hashable, None] = {}
    for peer in alive:
        keys.update(dict.fromkeys(peer.store.held))
    received = []
    for key in keys:
        after = joined.replicas(key)
        if newcomer not in after:
            continue
        before = [peer for peer in ring.replicas(key) if peer in alive]
        giving = [peer for peer in before if peer not in after]
        source = next(iter((*giving, *before)), None)
        if source is not None and key in source.store.held:
            received.append((key, list(source.store.held[key])))
    return received
