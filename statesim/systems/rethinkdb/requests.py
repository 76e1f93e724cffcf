"""What callers ask of a table: which shard a request is about, and its way to the shard's primary.

A table is split into ranges of its keys. RethinkDB splits a new table evenly over what random UUIDs, its
default keys, can be (administration/tables/split_points.cc: calculate_split_points_for_uuids); so a key's
digest stands for it. An operation touches one document: there are no transactions over several
(consistency.md, "Linearizability and atomicity guarantees").
"""

from __future__ import annotations

from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any

from statesim.systems.statements import COUNTER, Outcome, changes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from statesim.systems.driver import Request
    from statesim.systems.rethinkdb.servers import Server
    from statesim.systems.statements import Copy

NOT_MODELLED = "not modelled for RethinkDB: an operation on several documents is not atomic"
LOST_CONTACT = "lost contact with the primary replica"
KEYS: dict[str, Callable[[Request], Hashable]] = {
    "set": lambda request: request.value,
    "register": lambda request: (request.scope, request.value[0]),
    "counter": lambda request: (request.scope, COUNTER),
}


def shard_of(key: Hashable, shards: int) -> int:
    """Return the number of the range that a key is in."""
    if shards == 1:
        return 0
    place = int.from_bytes(sha256(repr(key).encode()).digest()[:8])
    return place * shards >> 64


class Forwarded:
    """A request on its way from the server that a caller is connected to, to the primary, and back.

    Attributes
    ----------
    origin, target
        The two servers, which may be one.
    arrived
        Whether the primary has it.
    outcome
        What it comes to, once it is executed; `upto` must be with most of the voters before it is told.
    replied
        Whether the answer is on its way.
    """

    __slots__ = ("arrived", "origin", "outcome", "over", "replied", "request", "shard", "target", "upto")

    def __init__(self, request: Request, shard: int, origin: Server, target: Server) -> None:
        self.request = request
        self.shard = shard
        self.origin = origin
        self.target = target
        self.arrived = False
        self.replied = False
        self.over = False
        self.outcome = Outcome("ok")
        self.upto = 0

    @property
    def writes(self) -> bool:
        """Tell whether it changes something."""
        return changes(self.request)

    def finish(self) -> None:
        """Tell the caller."""
        if not self.over:
            self.over = True
            if self in self.origin.waiting:
                self.origin.waiting.remove(self)
            self.request.answer(*self.outcome)

    def in_doubt(self, error: str) -> None:
        """Tell the caller that nobody knows: a write may have been done, a read has not."""
        maybe = (
            "the write may or may not have been performed" if self.writes else "the read was not performed"
        )
        self.outcome = Outcome("info" if self.writes else "fail", error=f"{error}; {maybe}")
        self.finish()


class Rows:
    """The table as one copy: of each shard, what its own copy holds; see `statements.Copy`."""

    def __init__(self, shards: Sequence[Copy]) -> None:
        self._shards = shards

    def _of(self, key: Hashable) -> Copy:
        return self._shards[shard_of(key, len(self._shards))]

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`."""
        return self._of(key).get(key)

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`: one shard after the other."""
        return list(chain.from_iterable(shard.keys() for shard in self._shards))

    def values(self, key: Hashable) -> Sequence[Any]:
        """See `statements.Copy.values`."""
        return self._of(key).values(key)
