"""The cluster's names that cannot be looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.faults.ground import Ground


@dataclass(slots=True)
class DnsOutage:
    """The DNS servers answer nobody (Chaos Mesh: DNSChaos, action error).

    Who is connected does not notice; who has an answer in mind may go on with it.
    """

    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Stop the servers."""
        ground.dns.fail(self.name)
        return []

    def revert(self, ground: Ground) -> None:
        """Let them answer again, from what the API says."""
        ground.dns.recover(self.name)
