"""Patroni's decisions, as pure functions: who may be promoted, and who confirms a commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member as the race sees it.

    Attributes
    ----------
    position
        Entries received.
    sees_store
        It reaches the consensus store.
    draw
        Its place among equals (whose loop is quickest).
    """

    name: str
    position: int
    running: bool
    sees_store: bool
    synchronous: bool = True
    draw: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who wins the race, if anybody does, and why."""

    winner: str | None
    why: str


def race(
    candidates: Sequence[Candidate], *, leader_position: int, lag_limit: int, synchronous_mode: bool
) -> Verdict:
    """Return the healthiest member (patroni/ha.py: is_healthiest_node, _is_healthiest_node).

    A member may be promoted if it runs, reaches the store, is not further behind the leader's last published
    position than maximum_lag_on_failover, and, in synchronous mode, is the one that the /sync key names
    (replication_modes.rst). Among those, the one that has received most wins.
    """
    able = [c for c in candidates if c.running and c.sees_store]
    if not able:
        return Verdict(None, "no member runs that reaches the store")
    if synchronous_mode:
        able = [c for c in able if c.synchronous]
        if not able:
            return Verdict(None, "the synchronous standby is not there, and no other may be promoted")
    close = [c for c in able if leader_position - c.position <= lag_limit]
    if not close:
        return Verdict(None, "every member is behind by more than maximum_lag_on_failover")
    best = max(close, key=lambda c: (c.position, -c.draw, c.name))
    return Verdict(best.name, f"{best.name} has received most")


def choose_standby(current: str | None, streaming: Sequence[str]) -> str | None:
    """Return the synchronous standby: the present one while it streams, else the first that does."""
    if current in streaming:
        return current
    return min(streaming, default=None)
