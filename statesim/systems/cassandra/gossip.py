"""Who takes whom for dead: each host's own view of the others, by the silence since it last heard them.

A host is convicted when its silence has become too suspicious (phi accrual: ``gms/FailureDetector.java``;
dynamo.adoc, "Ring membership and failure detection"). One that stops in order says so. The views follow from
when a silence began, so that healthy gossip costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.detectors import Silences

if TYPE_CHECKING:
    from statesim.kernel.clock import Clock
    from statesim.systems.cassandra.ring import Peer
    from statesim.systems.detectors import Silence


class Views:
    """The silences of hosts towards all others, and of pairs of hosts that a cut parts."""

    def __init__(self, clock: Clock, conviction_us: int) -> None:
        self._clock = clock
        self._conviction_us = conviction_us
        self._gone: Silences[str] = Silences()
        self._parted: Silences[frozenset[str]] = Silences()

    def fell_silent(self, peer: Peer, patience_us: int) -> Silence | None:
        """Note that nobody hears a host any more; ``None`` if an earlier silence convicts it sooner."""
        return self._gone.begin(peer.host_id, self._clock.now, patience_us)

    def lasts(self, peer: Peer, silence: Silence) -> bool:
        """Tell whether a host has not been heard since a silence began."""
        return self._gone.lasts(peer.host_id, silence)

    def heard(self, peer: Peer) -> None:
        """Note that a host speaks again."""
        self._gone.end(peer.host_id)

    def part(self, one: Peer, other: Peer, *, parted: bool) -> bool:
        """Note whether two hosts can talk; tell whether they can again, and could not before."""
        pair = frozenset((one.host_id, other.host_id))
        if parted:
            self._parted.begin(pair, self._clock.now, self._conviction_us)
            return False
        return self._parted.end(pair)

    def down_since(self, observer: Peer, peer: Peer) -> int | None:
        """Return when a host has come to take another for dead; ``None`` if it does not."""
        if observer is peer:
            return None
        silences = (
            self._gone.get(peer.host_id),
            self._parted.get(frozenset((observer.host_id, peer.host_id))),
        )
        moments = []
        for silence in silences:
            if silence is not None:
                unknown = observer.since_us >= silence.since_us  # it has never heard that host
                at = max(silence.since_us if unknown else silence.due_us, observer.since_us)
                moments += [at] if at <= self._clock.now else []
        return min(moments, default=None)

    def up(self, observer: Peer, peer: Peer) -> bool:
        """Tell whether a host believes that another one lives."""
        return self.down_since(observer, peer) is None
