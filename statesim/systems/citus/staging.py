"""One transaction at the coordinator: it reads from the workers and gathers what it writes, by worker.

So that `statements.execute` needs to know nothing of shards: to it this is a copy of the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from statesim.systems.citus.shards import Catalogue, Shards


class NoNodeError(Exception):
    """A worker cannot be asked.

    Attributes
    ----------
    silent
        Nothing comes back from there, not even a refusal: that takes until a timeout to find out.
    """

    def __init__(self, why: str, *, silent: bool = False) -> None:
        super().__init__(why)
        self.silent = silent


class LockedError(Exception):
    """A row is locked by a transaction that is prepared: the statement waits."""


class Staged:
    """A transaction's view of the table; see `statements.Writable`.

    A read sees what is committed on its worker, without a snapshot over all of them: Citus has none
    (citusdata/citus, pull request 6489). A write to a locked row waits; reads wait for nobody (PostgreSQL
    docs, "Explicit Locking").

    Attributes
    ----------
    writes
        What it writes, by worker.
    """

    __slots__ = ("_catalogue", "_node", "writes")

    def __init__(self, catalogue: Catalogue, node: Callable[[str], Shards]) -> None:
        self._catalogue = catalogue
        self._node = node
        self.writes: dict[str, dict[Any, Any]] = {}

    def _at(self, key: Hashable) -> tuple[str, Shards]:
        shard, name = self._catalogue.node_of(key)
        return name, self._with(shard, name)

    def _with(self, shard: int, name: str) -> Shards:
        store = self._node(name)
        if shard not in store.shards:
            raise NoNodeError(missing(shard, name))
        return store

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`."""
        name, store = self._at(key)
        mine = self.writes.get(name, {})
        return mine[key] if key in mine else store.get(key)

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`: every worker has to be there."""
        found: list[Any] = []
        stores = {name: self._with(shard, name) for shard, name in self._catalogue.placements.items()}
        for _, store in sorted(stores.items()):
            found.extend(store.log.elements(store.log.length))
        return found

    def put(self, key: Hashable, value: Any) -> None:
        """See `statements.Writable.put`."""
        name, store = self._at(key)
        if store.is_locked(key):
            raise LockedError
        self.writes.setdefault(name, {})[key] = value


FIRST_SHARD = 102008  # where pg_dist_shardid_seq begins (citus: sql/citus--*.sql)


def missing(shard: int, node: str) -> str:
    """Return what a worker says that is asked for a shard that it does not have."""
    return f'relation "t_{FIRST_SHARD + shard}" does not exist on {node}'
