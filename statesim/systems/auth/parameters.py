"""The parameters of servers that know who is logged in."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import MINUTE, SECOND
from statesim.systems.parameters import MODEL, Parameters, row

INFINISPAN = "Infinispan docs, distributed caches"
JGROUPS = "JGroups, FailureDetection"
KEYCLOAK = "Keycloak docs, session timeouts"


@dataclass(frozen=True, slots=True)
class AuthParameters(Parameters):
    """Where sessions are kept, and for how long."""

    store: str = row(
        "local",
        "local, replicated, external or token",
        MODEL,
        "Where sessions are: in one memory, in several, in another system, or signed with the user.",
    )
    owners: int = row(
        2,
        "whole number",
        INFINISPAN,
        "Of replicated: how many servers keep a session; older Keycloaks say 1.",
    )
    rebalance: int = row(
        10 * SECOND,
        "duration > 0",
        MODEL,
        "Of replicated: from a change of members until every session has its owners again.",
    )
    failure_timeout: int = row(
        40 * SECOND,
        "duration > 0",
        JGROUPS,
        "Of replicated: how long a member may be silent before the others count it out.",
    )
    session_ttl: int = row(
        30 * MINUTE, "duration > 0", KEYCLOAK, "How long a session lives that nobody uses (SSO Session Idle)."
    )
    system: str = row("", "text", MODEL, "Of external: the name of the system that keeps the sessions.")

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        if self.store == "external" and not self.system:
            return ["store: external needs a system that keeps the sessions: write system: pg"]
        if self.store != "external" and self.system:
            return [f"system is not for store: {self.store}; write store: external"]
        return []
