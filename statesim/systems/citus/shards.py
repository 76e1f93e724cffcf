"""Where a row is: keys to shards, shards to workers by name, and what lies on the disks.

A table is hashed into a fixed number of shards, and each shard is a table of its own on one worker. Which
worker that is stands in the coordinator's catalogue (``pg_dist_shard``, ``pg_dist_placement``,
``pg_dist_node``), by the worker's *name* (Citus docs, "Concepts" and "Citus tables and views").
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from statesim.systems.wal import Timeline

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

HASHES = 1 << 32


def shard_of(key: Hashable, shard_count: int) -> int:
    """Return a key's shard: each is a range of a 32-bit hash (``create_distributed_table``)."""
    hashed = int.from_bytes(sha256(repr(key).encode()).digest()[:4])
    return hashed * shard_count // HASHES


def place(nodes: Iterable[str], shard_count: int) -> dict[int, str]:
    """Return which node gets which shard: one after the other, in order of their names.

    As ``CreateShardsWithRoundRobinPolicy`` does (citus: operations/create_shards.c).
    """
    ordered = sorted(nodes)
    return {shard: ordered[shard % len(ordered)] for shard in range(shard_count)}


class Catalogue:
    """What the coordinator has on its disk: no rows, but where they are.

    Attributes
    ----------
    nodes
        The workers that have registered, by name (``pg_dist_node``); nobody takes one out.
    placements
        Which shard lies on which of them (``pg_dist_placement``); empty = there is no table yet.
    addresses
        Of workers that are Patroni clusters: which pod of each is asked (``nodename`` of ``pg_dist_node``).
    decided
        Transactions over several workers that are committed, each with the workers that have not been told
        so yet (``pg_dist_transaction``).
    """

    __slots__ = ("addresses", "decided", "nodes", "placements")

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.placements: dict[int, str] = {}
        self.addresses: dict[str, str] = {}
        self.decided: dict[str, list[str]] = {}

    @property
    def length(self) -> int:
        """Return how much it has been told, for `drift.entries`."""
        return len(self.nodes) + len(self.addresses)

    def node_of(self, key: Hashable) -> tuple[int, str]:
        """Return a key's shard, and the worker that has it."""
        shard = shard_of(key, len(self.placements))
        return shard, self.placements[shard]


class Shards:
    """What a worker has on its disk.

    Attributes
    ----------
    registered
        Whether it has told the coordinator its name.
    shards
        Those whose tables were made here.
    log
        The rows of all of them.
    prepared
        Transactions that are prepared here and not yet committed, with what they write: the rows stay locked,
        and all this survives a crash (PostgreSQL docs, PREPARE TRANSACTION).
    """

    __slots__ = ("log", "prepared", "registered", "shards")

    def __init__(self) -> None:
        self.registered = False
        self.shards: frozenset[int] = frozenset()
        self.log = Timeline()
        self.prepared: dict[str, dict[Any, Any]] = {}

    @property
    def length(self) -> int:
        """Return how many rows have been written, for `drift.entries`."""
        return self.log.length

    def get(self, key: Hashable) -> Any:
        """Return what is committed of a key."""
        return self.log.get(key, self.log.length)

    def is_locked(self, key: Hashable) -> bool:
        """Tell whether a prepared transaction has written to a key."""
        return any(key in writes for writes in self.prepared.values())

    def write(self, writes: Mapping[Any, Any], now: int) -> None:
        """Commit a transaction that needs no other worker."""
        for key, value in writes.items():
            self.log.append(now, key, value)

    def commit(self, gid: str, now: int) -> None:
        """Commit a prepared transaction."""
        self.write(self.prepared.pop(gid), now)

    def roll_back(self, gid: str) -> None:
        """Forget a prepared transaction."""
        del self.prepared[gid]


class Union:
    """All rows that the coordinator can find on the disks that are left; see `statements.Copy`.

    What is prepared on a worker counts if the coordinator's disk says that it is committed: the next recovery
    commits it there.
    """

    __slots__ = ("_catalogue", "_decided", "_stores")

    def __init__(self, catalogue: Catalogue, stores: Mapping[str, Shards]) -> None:
        self._catalogue = catalogue
        self._stores = stores
        self._decided: dict[Any, Any] = {}
        for store in stores.values():
            for gid, writes in store.prepared.items():
                if gid in catalogue.decided:
                    self._decided.update(writes)

    def _store(self, key: Hashable) -> Shards | None:
        if not self._catalogue.placements:
            return None
        shard, node = self._catalogue.node_of(key)
        store = self._stores.get(node)
        return store if store is not None and shard in store.shards else None

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`."""
        store = self._store(key)
        if store is None:
            return None
        return self._decided[key] if key in self._decided else store.get(key)

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`: worker by worker."""
        logs = [self._stores[node].log for node in sorted(self._stores)]
        found = [key for log in logs for key in log.elements(log.length)]
        return [key for key in [*found, *self._decided] if self._store(key) is not None]

    def values(self, key: Hashable) -> list[Any]:
        """See `statements.Copy.values`."""
        store = self._store(key)
        if store is None:
            return []
        more = [self._decided[key]] if key in self._decided else []
        return [*store.log.values(key, store.log.length), *more]
