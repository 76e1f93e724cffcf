"""What a Patroni agent decides in one loop: a pure function of what it knows, and a sentence that says why.

The agent loads the cluster from the store, looks at its own server, and does one thing (Patroni,
patroni/ha.py, `_run_cycle`; docs/ha_loop_diagram.dot). Here that is `decide`: no clock, no store, no chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.systems.patroni.parameters import PatroniParameters

ANY = "*"  # synchronous_standby_names = '*': any standby will do


class Action(Enum):
    """What an agent can do."""

    NOTHING = "nothing"
    INITIALISE = "initialise"
    CLONE = "clone"
    START = "start"
    ACQUIRE = "acquire"
    RELEASE = "release"
    PROMOTE = "promote"
    DEMOTE = "demote"
    FOLLOW = "follow"
    NAME_STANDBY = "name-standby"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Decision:
    """One action, and the reason in Patroni's words; `standby` goes with NAME_STANDBY."""

    action: Action
    why: str
    standby: str | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """The agent's own member.

    Attributes
    ----------
    system
        The system identifier of its data; ``None`` = the data directory is empty.
    running, primary
        Whether its server runs, and as what.
    position
        Its log's end, in bytes.
    busy
        What is in progress ("" = nothing).
    following
        Whom its server streams from.
    stuck
        Its data has diverged, and it may neither rewind nor remove them.
    names
        Who must confirm commits, if it is primary: a name, `ANY`, or ``None``.
    confirming
        The new standby is not in the store yet, but soon.
    """

    name: str
    system: str | None = None
    running: bool = False
    primary: bool = False
    position: int = 0
    busy: str = ""
    following: str | None = None
    stuck: bool = False
    names: str | None = None
    confirming: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is in the store.

    Attributes
    ----------
    initialize
        The cluster's system identifier; ``None`` = nobody has ever begun.
    leader
        Who holds the lease.
    leader_serves
        The leader runs as a primary, and can be reached from here.
    optime
        The last position that the leader wrote down, in bytes.
    sync_leader, sync_standby
        The ``/sync`` key: who may take over in synchronous mode.
    """

    initialize: str | None = None
    leader: str | None = None
    leader_serves: bool = False
    optime: int = 0
    sync_leader: str | None = None
    sync_standby: str | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """Another member, as its REST API and the primary's ``pg_stat_replication`` show it.

    Attributes
    ----------
    answers
        Its REST API answers at all.
    streams
        The primary believes that it streams.
    """

    name: str
    answers: bool = True
    running: bool = True
    primary: bool = False
    position: int = 0
    streams: bool = False


def decide(me: Me, cluster: Cluster | None, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Return what the agent does now; `cluster` is ``None`` when the store could not be read in time."""
    if cluster is None:
        return _without_store(me)
    if me.busy:
        return Decision(Action.NOTHING, f"{me.busy} in progress")
    if me.system is None:
        return _without_data(me, cluster)
    if cluster.initialize is not None and me.system != cluster.initialize:
        return Decision(Action.EXIT, "system ID mismatch: the data belong to a different cluster")
    if not me.running:
        return _down(me, cluster)
    if cluster.leader == me.name:
        return _as_leader(me, cluster, peers, rules)
    if cluster.leader is None:
        return _race(me, cluster, peers, rules)
    return _as_follower(me, cluster)


def _without_store(me: Me) -> Decision:
    """Decide without the store: a primary that cannot prove its lease stops writing.

    Source: Patroni docs, dcs_failsafe_mode.rst (with failsafe mode off).
    """
    if me.running and me.primary:
        return Decision(Action.DEMOTE, "demoting self because the DCS is not accessible and I was a leader")
    return Decision(Action.NOTHING, "the DCS is not accessible; a replica goes on as it is")


def _without_data(me: Me, cluster: Cluster) -> Decision:
    """Decide with an empty directory: give up the lock, initialise, clone, or wait.

    Source: patroni/ha.py, `bootstrap`. The ``initialize`` key outlives all data: when every disk is lost the
    members wait for a leader rather than begin an empty cluster.
    """
    if cluster.leader == me.name:
        return Decision(Action.RELEASE, "released leader key voluntarily as the data dir is empty")
    if cluster.leader is None and cluster.initialize is None:
        return Decision(Action.INITIALISE, "trying to bootstrap a new cluster")
    if cluster.leader is not None and cluster.leader_serves:
        return Decision(Action.CLONE, f"trying to bootstrap from leader '{cluster.leader}'")
    return Decision(Action.NOTHING, "waiting for leader to bootstrap")


def _down(me: Me, cluster: Cluster) -> Decision:
    """Decide with a server that does not run (patroni/ha.py, `recover`)."""
    if me.stuck:
        return Decision(Action.NOTHING, "the data have diverged, and pg_rewind is not allowed")
    if cluster.leader == me.name:
        return Decision(Action.START, "starting as readonly because I had the session lock")
    return Decision(Action.START, "starting as a secondary")


def _as_leader(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Decide with the lock in hand: promote, or keep the choice of the synchronous standby.

    Source: patroni/ha.py, `process_healthy_cluster`, `process_sync_replication`.
    """
    if not me.primary:
        return Decision(Action.PROMOTE, "promoted self to leader because I had the session lock")
    wanted = wanted_standby(me.names, peers, rules)
    named = None if wanted in (None, ANY) else wanted
    unnamed = cluster.sync_standby != named and not me.confirming
    if wanted != me.names or (rules.synchronous_mode and unnamed):
        why = f"{wanted} must confirm commits" if wanted else "no standby streams: commits are not waited for"
        return Decision(Action.NAME_STANDBY, why, wanted)
    return Decision(Action.NOTHING, f"no action. I am ({me.name}), the leader with the lock")


def wanted_standby(present: str | None, peers: Sequence[Peer], rules: PatroniParameters) -> str | None:
    """Return who shall confirm commits: the present one while it streams, else the most advanced.

    Source: Patroni docs, replication_modes.rst, "Synchronous mode" and "Synchronous mode implementation".
    """
    if not rules.synchronous_mode:
        return None
    streaming = [peer for peer in peers if peer.streams]
    if any(peer.name == present for peer in streaming):
        return present
    if streaming:
        return min(streaming, key=lambda peer: (-peer.position, peer.name)).name
    return ANY if rules.synchronous_mode_strict else None


def _race(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Decide while nobody holds the lock: take it if nobody is healthier; else even a primary gives way.

    Source: patroni/ha.py, `process_unhealthy_cluster`, `is_healthiest_node`; Patroni docs,
    replication_modes.rst (maximum lag, ``/sync``).
    """
    obstacle = why_not_healthiest(me, cluster, peers, rules)
    if obstacle is None:
        return Decision(Action.ACQUIRE, "no healthier member answers: trying to take the leader lock")
    if me.primary:
        return Decision(Action.DEMOTE, f"demoted self because I am not the healthiest node: {obstacle}")
    return Decision(
        Action.NOTHING, f"following a different leader because I am not the healthiest: {obstacle}"
    )


def why_not_healthiest(
    me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters
) -> str | None:
    """Return why a member must not be promoted, or ``None`` if it may."""
    allowed = {cluster.sync_leader, cluster.sync_standby} - {None}
    restricted = rules.synchronous_mode and bool(allowed)
    if restricted and me.name not in allowed:
        return "I am neither the last leader nor its synchronous standby"
    behind = cluster.optime - me.position
    if behind > rules.maximum_lag_on_failover:
        return f"my log is {behind} bytes behind, more than maximum_lag_on_failover"
    for peer in peers:
        if not peer.answers or not peer.running:
            continue
        if peer.primary:
            return f"{peer.name} is still a primary"
        if peer.position > me.position and (not restricted or peer.name in allowed):
            return f"{peer.name} is ahead of me"
    return None


def _as_follower(me: Me, cluster: Cluster) -> Decision:
    """Decide while somebody else holds the lock (patroni/ha.py, `process_healthy_cluster`, `follow`)."""
    if me.primary:
        why = "demoting self because I do not have the lock and I was a leader"
        return Decision(Action.DEMOTE, why)
    if me.following != cluster.leader and cluster.leader_serves:
        return Decision(Action.FOLLOW, f"following a new leader ({cluster.leader})")
    return Decision(
        Action.NOTHING, f"no action. I am ({me.name}), a secondary, and following a leader ({cluster.leader})"
    )
