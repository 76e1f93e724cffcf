"""The parameters of a pair of routers under VRRP."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import SECOND
from statesim.systems.parameters import MODEL, Parameters, row

VRRP = "RFC 5798"
KEEPALIVED = "keepalived.conf(5)"


@dataclass(frozen=True, slots=True)
class RouterParameters(Parameters):
    """Routers that share an address, under keepalived's names."""

    advert_int: int = row(
        SECOND,
        "duration > 0",
        VRRP,
        "Between two advertisements; three missed ones and a skew make a backup master.",
    )
    preempt: bool = row(
        True, "true or false", VRRP, "Whether a router takes the address from one of lower priority."
    )
    preempt_delay: int = row(
        0, "duration", KEEPALIVED, "How long a router that has started waits before it does so."
    )
    flow_sync: bool = row(
        False, "true or false", MODEL, "Whether the backup gets the flows of the master, as by conntrackd."
    )
    relearn: int = row(
        10 * SECOND, "duration", MODEL, "How long a router that has started needs to get all flows."
    )
    unicast_peer: bool = row(
        False,
        "true or false",
        KEEPALIVED,
        "Whether peers are known by addresses, written down when there are two; else all are heard.",
    )
    peer_names: bool = row(
        False,
        "true or false",
        MODEL,
        "Whether these peers are written down by name instead, and looked up again when that has moved.",
    )

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        if self.peer_names and not self.unicast_peer:
            return ["peer_names: only peers of unicast_peer are written down"]
        return []
