"""How a member that joins gets its state: write sets that a donor still has (IST), or a full copy (SST).

IST needs the same history and a gap that the donor's gcache spans; otherwise all of the data is copied over
what was there. A joiner that is ahead of the cluster aborts, since histories have diverged; one that is
behind but has writes that the cluster never saw is not found out, and what only it had is gone (Galera docs,
"State Transfers"; codership/galera, replicator_str.cpp: state_transfer_required).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.kernel.clock import SECOND
from statesim.systems.wal import shared

if TYPE_CHECKING:
    from statesim.systems.galera.parameters import GaleraParameters
    from statesim.systems.galera.views import Node, View

NOTHING, IST, SST, ABORT = "nothing", "IST", "SST", "abort"


class Plan(NamedTuple):
    """How a joiner gets its state: by what means, in what time, from whom, and how much of its own goes."""

    means: str
    took_us: int
    donor: Node
    own: int = 0


def plan(node: Node, view: View, donors: list[Node], parameters: GaleraParameters) -> Plan:
    """Decide how a member that joins a primary component gets its state."""
    store, length = node.store, view.timeline.length
    full_us = parameters.data_size * SECOND // parameters.transfer_rate
    if store is None:
        return Plan(SST, full_us, donors[0])
    if store.uuid != view.uuid:
        return Plan(SST, full_us, donors[0], store.seqno)
    own = store.seqno - shared(store.timeline, store.seqno, view.timeline, length)
    if store.seqno > length:
        return Plan(ABORT, 0, donors[0], own)
    if store.seqno == length and not own:
        return Plan(NOTHING, 0, donors[0])
    lacks = (length - store.seqno) * parameters.write_set_size
    able = [each for each in donors if each.store is not None and each.store.cached_from <= store.seqno]
    if able and lacks <= parameters.gcache_size:
        return Plan(IST, lacks * SECOND // parameters.transfer_rate, able[0], own)
    return Plan(SST, full_us, donors[0], own)
