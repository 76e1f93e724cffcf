"""What orchestrator decides: whether a source is dead, and who takes over; a function of what it has read.

Sources: orchestrator, docs/failure-detection.md (the replicas have to agree), docs/configuration-recovery.md
(the block after a recovery, and what becomes of a relay log), go/inst/instance_utils.go (who is furthest).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Do(StrEnum):
    """What orchestrator does."""

    NOTHING = "nothing"
    OPEN = "open"  # the source is read-only, and shall not be
    PROMOTE = "promote"
    GIVE_UP = "give up"  # a recovery begins and fails


class Replica(NamedTuple):
    """A replica of the source that orchestrator can ask.

    Attributes
    ----------
    connected
        Its IO thread receives the source's log.
    gives_up_us
        If not: when it notices.
    received, applied
        How far its relay log and its SQL thread are.
    applied_us
        When its SQL thread will have applied all that it has.
    """

    name: str
    connected: bool
    gives_up_us: int
    received: int
    applied: int
    applied_us: int


class View(NamedTuple):
    """What orchestrator has read of a cluster.

    Attributes
    ----------
    answers, read_only
        Whether it can connect to the source, and whether that takes no writes.
    replicas
        Those that it can ask.
    blocked_us
        Until when it must not recover by itself.
    delay, fail
        DelayMasterPromotionIfSQLThreadNotUpToDate, FailMasterPromotionIfSQLThreadNotUpToDate.
    """

    now: int
    source: str
    answers: bool
    read_only: bool
    replicas: tuple[Replica, ...]
    blocked_us: int
    delay: bool
    fail: bool


class Decision(NamedTuple):
    """What to do, why, and when to look again though nothing has changed (``None`` = not before it does).

    Attributes
    ----------
    dead
        It holds the source to be dead (``DeadMaster``).
    who, after_us
        Whom to promote, and how long to wait for its SQL thread.
    """

    do: Do
    why: str
    wake_us: int | None = None
    dead: bool = False
    who: str = ""
    after_us: int = 0


def decide(view: View) -> Decision:
    """Return what orchestrator does about a cluster's source."""
    if view.answers:
        if view.read_only:
            return Decision(Do.OPEN, f"orchestrator knows {view.source} as the source")
        return Decision(Do.NOTHING, f"{view.source} answers")
    if not view.replicas:
        why = f"DeadMasterAndReplicas: neither {view.source} nor a replica of it answers"
        return Decision(Do.NOTHING, why)
    happy = [replica.name for replica in view.replicas if replica.connected]
    if happy:
        why = f"UnreachableMaster: {view.source} does not answer, but {', '.join(happy)} replicates from it"
        return Decision(Do.NOTHING, why)
    agreed_us = max(replica.gives_up_us for replica in view.replicas)
    if agreed_us > view.now:
        why = f"UnreachableMaster: {view.source} does not answer, but not all replicas have noticed"
        return Decision(Do.NOTHING, why, wake_us=agreed_us)
    if view.blocked_us > view.now:
        why = f"{_dead(view)}; RecoveryPeriodBlockSeconds: another recovery was too short a time ago"
        return Decision(Do.NOTHING, why, wake_us=view.blocked_us, dead=True)
    return _recover(view)


def _recover(view: View) -> Decision:
    """Promote the replica that has applied most; of equals, the one that has received most."""
    best = min(view.replicas, key=lambda replica: (-replica.applied, -replica.received, replica.name))
    left = best.received - best.applied
    if left and view.fail:
        why = (
            f"{_dead(view)}; nobody is promoted (FailMasterPromotionIfSQLThreadNotUpToDate): {best.name} has "
            f"{left} transactions in its relay log that are not applied"
        )
        return Decision(Do.GIVE_UP, why, wake_us=None, dead=True)
    after_us = max(0, best.applied_us - view.now) if left and view.delay else 0
    return Decision(Do.PROMOTE, _dead(view), dead=True, who=best.name, after_us=after_us)


def _dead(view: View) -> str:
    return f"DeadMaster: neither orchestrator nor any replica reaches {view.source}"
