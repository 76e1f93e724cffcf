"""How a member that joins gets its state: write sets that a donor still has (IST), or a full copy (SST).

IST needs the same history and a gap that the donor's gcache spans; otherwise all of the data is copied over
what was there. A joiner that is ahead of the cluster aborts, since histories have diverged; one that is
behind but has writes that the cluster never saw is not found out, and what only it had is gone (Galera docs,
"State Transfers"; codership/galera, replicator_str.cpp: state_transfer_required).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.systems import state_transfer
from statesim.systems.state_transfer import Costs, Has, Means

if TYPE_CHECKING:
    from statesim.systems.galera.parameters import GaleraParameters
    from statesim.systems.galera.views import Node, View

NOTHING, IST, SST, ABORT = "nothing", "IST", "SST", "abort"
WORDS = {Means.NOTHING: NOTHING, Means.LOG: IST, Means.FULL: SST, Means.ABORT: ABORT}


class Plan(NamedTuple):
    """How a joiner gets its state: by what means, in what time, from whom, and how much of its own goes."""

    means: str
    took_us: int
    donor: Node
    own: int = 0


def plan(node: Node, view: View, donors: list[Node], parameters: GaleraParameters) -> Plan:
    """Decide how a member that joins a primary component gets its state."""
    store, p = node.store, parameters
    same = store is not None and store.uuid == view.uuid
    has = Has(store.timeline, store.seqno) if store is not None and same else None
    logs_from = [
        each.store.cached_from if each.store is not None else view.timeline.length + 1 for each in donors
    ]
    costs = Costs(p.data_size, p.write_set_size, p.transfer_rate, p.gcache_size)
    found = state_transfer.plan(has, view.timeline, logs_from, costs)
    own = found.own if same or store is None else store.seqno
    return Plan(WORDS[found.means], found.took_us, donors[found.donor], own)
