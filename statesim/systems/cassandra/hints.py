"""Hinted handoff: a coordinator keeps what a replica has missed, for a while, and hands it over later.

Sources: Cassandra docs, hints.adoc; ``hints/HintsDispatchTrigger.java`` (it looks every ten seconds);
``hints/HintsDispatchExecutor.java`` (the throttle is divided by the number of the other hosts). Hints are no
promise: they are on one disk, and none are kept for who has been away for too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND
from statesim.node.process import State
from statesim.systems.cassandra.store import Hint

if TYPE_CHECKING:
    from collections.abc import Hashable

    from statesim.systems.cassandra.gossip import Views
    from statesim.systems.cassandra.parameters import CassandraParameters
    from statesim.systems.cassandra.ring import Peer, Ring
    from statesim.systems.cassandra.store import Cell
    from statesim.systems.driver import Context


def reaches(context: Context, sender: Peer, receiver: Peer) -> bool:
    """Tell whether what a host sends is taken by another one's program now."""
    there, here = receiver.member, sender.member
    if there is None or there.process.state is not State.RUNNING:
        return False
    return here is None or context.host.reachable(here.process, there.process)


class Hints:
    """The hints of all hosts, and who is handing over to whom."""

    def __init__(self, context: Context, parameters: CassandraParameters, ring: Ring, views: Views) -> None:
        self._context = context
        self._parameters = parameters
        self._ring = ring
        self._views = views
        self._handing: dict[tuple[str, str], int] = {}

    def keep(self, holder: Peer, target: Peer, key: Hashable, cell: Cell) -> None:
        """Put a write aside for a replica that did not take it, unless that has been away for too long.

        Source: ``service/StorageProxy.java``, shouldHint.
        """
        now = self._context.clock.now
        since = self._views.down_since(holder, target)
        late = since is not None and now - since > self._parameters.max_hint_window
        if self._parameters.hinted_handoff_enabled and not late:
            holder.store.hints.setdefault(target.host_id, []).append(Hint(now, key, cell))
            if since is None:
                self._begin(holder, target)

    def heard(self, target: Peer) -> None:
        """Have all hosts that keep something for a host hand it over: it is back."""
        for holder in self._ring.peers.values():
            self._begin(holder, target)

    def started(self, holder: Peer) -> None:
        """Have a host that has just started hand over what it kept: its last program did so no further."""
        self._handing = {pair: count for pair, count in self._handing.items() if pair[0] != holder.host_id}
        for target in self._ring.peers.values():
            self._begin(holder, target)

    def _begin(self, holder: Peer, target: Peer) -> None:
        pair = (holder.host_id, target.host_id)
        if holder.member is None or pair in self._handing or not holder.store.hints.get(target.host_id):
            return
        if self._views.up(holder, target):
            self._handing[pair] = 0
            holder.member.life.later(self._parameters.hints_flush_period, self._hand_over, holder, target)

    def _hand_over(self, holder: Peer, target: Peer) -> None:
        """Hand over a second's worth, as the throttle allows."""
        pair = (holder.host_id, target.host_id)
        handed = self._handing.pop(pair, 0)
        waiting = holder.store.hints.get(target.host_id, [])
        if target.host_id not in self._ring.peers or holder.member is None:
            return
        if not reaches(self._context, holder, target):
            self._begin(holder, target)
            return
        others = sum(1 for peer in self._ring.peers.values() if peer.member is not None) - 1
        rate = self._parameters.hinted_handoff_throttle // max(1, others)
        batch = waiting[: max(1, rate // self._parameters.mutation_size)]
        del waiting[: len(batch)]
        for hint in batch:
            target.store.apply(self._context.clock.now, hint.key, hint.cell)
        if waiting:
            self._handing[pair] = handed + len(batch)
            holder.member.life.later(SECOND, self._hand_over, holder, target)
        elif handed + len(batch):
            self._context.trace.emit(
                f"Member/{target.pod}",
                "HintsDelivered",
                system=self._context.name,
                count=handed + len(batch),
                by=holder.pod,
            )
