"""The ring: which hosts there are, and which of them hold a key.

Each host takes places on a ring of digests; a key's replicas are the next distinct hosts clockwise, one for
each rack as long as there are racks without one (dynamo.adoc, "Dataset partitioning: consistent hashing";
``locator/NetworkTopologyStrategy.java``). A host that has died keeps its places until somebody acts:
nothing but an operator takes a host out of the ring.
"""

from __future__ import annotations

from bisect import bisect_left
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from statesim.systems.base import Member
    from statesim.systems.cassandra.store import Store
    from statesim.systems.data import Directory


def token(of: Any) -> int:
    """Return the place of a key, or of a host's name, on the ring: the same in every run."""
    return int.from_bytes(sha256(repr(of).encode()).digest()[:8])


class Peer:
    """A host of the ring, alive or not.

    Attributes
    ----------
    host_id
        Who it is, as its disk says.
    pod, rack
        The pod that it ran in last, and where.
    tokens
        Its places on the ring.
    member
        The run of its program; ``None`` while there is none.
    since_us
        When that run joined: it has heard nobody before.
    """

    __slots__ = ("directory", "host_id", "member", "pod", "rack", "since_us", "tokens")

    def __init__(self, host_id: str, rack: str, tokens: tuple[int, ...], member: Member) -> None:
        self.host_id = host_id
        self.rack = rack
        self.tokens = tokens
        self.pod = member.name
        self.directory: Directory = member.directory
        self.member: Member | None = member
        self.since_us = 0

    @property
    def store(self) -> Store:
        """Return what it has on its disk."""
        store: Store = self.directory.contents
        return store


class Ring:
    """The hosts and their places, as gossip has spread them: all members know the same."""

    def __init__(self, replication_factor: int) -> None:
        self._factor = replication_factor
        self.peers: dict[str, Peer] = {}
        self._known: dict[Hashable, tuple[Peer, ...]] = {}
        self._owners: list[tuple[int, Peer]] = []
        self._racks = 0

    def add(self, peer: Peer) -> None:
        """Let a host take its places."""
        self.peers[peer.host_id] = peer
        self._changed()

    def remove(self, peer: Peer) -> None:
        """Take a host out: it was replaced."""
        self.peers.pop(peer.host_id, None)
        self._changed()

    def clear(self) -> None:
        """Forget all hosts."""
        self.peers.clear()
        self._changed()

    def _changed(self) -> None:
        self._known.clear()
        places = ((place, peer) for peer in self.peers.values() for place in peer.tokens)
        self._owners = sorted(places, key=lambda each: (each[0], each[1].host_id))
        self._racks = len({peer.rack for peer in self.peers.values()})

    def replicas(self, key: Hashable) -> tuple[Peer, ...]:
        """Return the hosts that hold a key, clockwise; fewer than the factor if there are not as many."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.owners(token(key))
        return found

    def owners(self, place: int) -> tuple[Peer, ...]:
        """Return the hosts that hold what lies at a place of the ring."""
        start = bisect_left(self._owners, place, key=lambda each: each[0])
        found: dict[Peer, None] = {}
        passed: dict[Peer, None] = {}
        racks: set[str] = set()
        for _, peer in (*self._owners[start:], *self._owners[:start]):
            if len(found) == self._factor:
                break
            if peer in found:
                continue
            if peer.rack in racks and len(racks) < self._racks:
                passed[peer] = None  # there are racks without one
                continue
            racks.add(peer.rack)
            found[peer] = None
            if len(racks) == self._racks and passed:
                found |= dict.fromkeys(list(passed)[: self._factor - len(found)])
                passed.clear()
        return tuple(found)

    def moves(self, joined: Ring, newcomer: Peer) -> Iterable[tuple[tuple[Peer, ...], tuple[Peer, ...]]]:
        """Yield, for each range that a newcomer takes, its owners in this ring and in that with it."""
        for place, _ in joined._owners:
            after = joined.owners(place)
            if newcomer in after:
                yield self.owners(place), after

    def with_(self, peer: Peer) -> Ring:
        """Return a ring of these hosts and one more."""
        ring = Ring(self._factor)
        ring.peers = {**self.peers, peer.host_id: peer}
        ring._changed()
        return ring
