"""What a Patroni agent decides in one loop: a pure function of what it knows, and a sentence that says why.

The agent loads the cluster from the store, looks at its own server, and does one thing (Patroni,
patroni/ha.py, `_run_cycle`; docs/ha_loop_diagram.dot). Here that is `decide`: no clock, no store, no chance.
What it knows is in `patroni.view`, who may lead in `patroni.race`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.patroni.race import promotable, why_not_healthiest
from statesim.systems.patroni.synchronous import settled, wanted_standbys
from statesim.systems.patroni.view import Action, Cluster, Decision, Me, Peer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.systems.patroni.parameters import PatroniParameters


def decide(me: Me, cluster: Cluster | None, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Return what the agent does now; `cluster` is ``None`` when the store could not be read in time."""
    if cluster is None:
        return _without_store(me, peers, rules)
    if me.busy:
        return Decision(Action.NOTHING, f"{me.busy} in progress")
    if me.system is None:
        return _without_data(me, cluster)
    if cluster.initialize is not None and me.system != cluster.initialize and not me.paused:
        return Decision(Action.EXIT, "system ID mismatch: the data belong to a different cluster")
    if not me.running:
        return _down(me, cluster, peers, rules)
    if cluster.leader == me.name:
        return _as_leader(me, cluster, peers, rules)
    if cluster.leader is None:
        return _race(me, cluster, peers, rules)
    return _as_follower(me, cluster)


def _without_store(me: Me, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Decide without the store: a primary that cannot prove its lease stops writing, unless in pause mode.

    In failsafe mode it goes on if every member in the key ``/failsafe`` answers that it is no leader
    (patroni/ha.py, `_handle_dcs_error`, `check_failsafe_topology`; Patroni docs, dcs_failsafe_mode.rst).
    """
    if me.running and me.primary and not me.paused:
        why = "demoting self because the DCS is not accessible and I was a leader"
        if rules.failsafe_mode:
            accepts = {peer.name for peer in peers if peer.answers and not peer.primary} | {me.name}
            silent = [name for name in me.failsafe if name not in accepts]
            if not silent:
                on = "continue to run as a leader because failsafe mode is enabled and all members answer"
                return Decision(Action.CARRY_ON, on)
            why += f"; {', '.join(silent)} did not answer"
        return Decision(Action.DEMOTE, why)
    return Decision(Action.NOTHING, "the DCS is not accessible; a replica goes on as it is")


def _without_data(me: Me, cluster: Cluster) -> Decision:
    """Decide with an empty directory: give up the lock, initialise, clone, or wait.

    Source: patroni/ha.py, `bootstrap`. The ``initialize`` key outlives all data: when every disk is lost the
    members wait for a leader rather than begin an empty cluster.
    """
    if cluster.leader == me.name:
        return Decision(Action.RELEASE, "released leader key voluntarily as the data dir is empty")
    if me.paused:
        return Decision(Action.NOTHING, "running with empty data directory: the cluster is paused")
    if cluster.leader is None and cluster.initialize is None:
        return Decision(Action.INITIALISE, "trying to bootstrap a new cluster")
    if cluster.leader is not None and cluster.leader_serves:
        return Decision(Action.CLONE, f"trying to bootstrap from leader '{cluster.leader}'")
    return Decision(Action.NOTHING, "waiting for leader to bootstrap")


def _down(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Decide with a server that does not run (patroni/ha.py, `recover`).

    In pause mode nobody starts it, and a leader gives its lock up (Patroni docs, pause.rst). A primary that
    died under its agent is started in place, as a primary; with ``primary_start_timeout: 0`` its agent rather
    lets another one take over, if there is one.
    """
    mine = cluster.leader == me.name
    if me.paused:
        if mine:
            return Decision(Action.RELEASE, "removed leader lock because postgres is not running")
        return Decision(Action.NOTHING, "postgres is not running, and the cluster is paused")
    if me.stuck:
        return Decision(Action.NOTHING, "the data have diverged, and pg_rewind is not allowed")
    if mine and not rules.primary_start_timeout and promotable(me, cluster, peers, rules):
        return Decision(Action.FAIL_OVER, "stopped PostgreSQL to fail over after a crash")
    if mine and me.crashed:
        return Decision(Action.RESTART, "starting primary after failure")
    if mine:
        return Decision(Action.START, "starting as readonly because I had the session lock")
    return Decision(Action.START, "starting as a secondary")


def _as_leader(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Decide with the lock in hand: promote, or keep the choice of the synchronous standby.

    Source: patroni/ha.py, `process_healthy_cluster`, `process_sync_replication`.
    """
    chosen = cluster.failover is not None and cluster.failover.candidate == me.name
    if not me.primary and me.paused and not chosen:
        return Decision(Action.RELEASE, "removed leader lock because postgres is not running as primary")
    if not me.primary:
        return Decision(Action.PROMOTE, "promoted self to leader because I had the session lock")
    if cluster.failover is not None:
        return _ordered(me, cluster, peers, rules)
    if rules.synchronous_mode and not (rules.quorum_commit and me.confirming):
        wanted = wanted_standbys(me.names, peers, rules)
        unsettled = cluster.sync != settled(me.name, wanted) and not me.confirming
        if wanted != me.names or unsettled:
            why = "no standby streams: commits are not waited for"
            if wanted is not None:
                some = f"{wanted.number} of " if wanted.number < len(wanted.names) else ""
                why = f"{some}{', '.join(wanted.names)} must confirm commits"
            return Decision(Action.NAME_STANDBYS, why, wanted)
    return Decision(Action.NOTHING, f"no action. I am ({me.name}), the leader with the lock")


def _ordered(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Decide as the leader about a switchover: step down, or forget it where nobody could take over.

    Source: patroni/ha.py, `process_manual_failover_from_leader`.
    """
    order = cluster.failover
    assert order is not None
    if order.leader != me.name:
        return Decision(Action.FORGET_ORDER, f"leader name does not match: {order.leader} != {me.name}")
    if order.candidate == me.name:
        return Decision(Action.FORGET_ORDER, "I am already the leader, no need to switch over")
    if order.candidate is None and me.paused:
        why = "switchover is possible only to a specific candidate in a paused state"
        return Decision(Action.FORGET_ORDER, why)
    heirs = promotable(me, cluster, peers, rules)
    if heirs if order.candidate is None else order.candidate in heirs:
        return Decision(Action.HAND_OVER, "switchover: demoting myself")
    return Decision(Action.FORGET_ORDER, "no healthy members found, switchover is not possible")


def _race(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> Decision:
    """Decide while nobody holds the lock: take it if nobody is healthier; else even a primary gives way.

    Source: patroni/ha.py, `process_unhealthy_cluster`, `is_healthiest_node`; Patroni docs,
    replication_modes.rst (maximum lag, ``/sync``).
    """
    obstacle = why_not_healthiest(me, cluster, peers, rules)
    if obstacle is None:
        return Decision(Action.ACQUIRE, "no healthier member answers: trying to take the leader lock")
    if me.primary and not me.paused:
        return Decision(Action.DEMOTE, f"demoted self because I am not the healthiest node: {obstacle}")
    return Decision(
        Action.NOTHING, f"following a different leader because I am not the healthiest: {obstacle}"
    )


def _as_follower(me: Me, cluster: Cluster) -> Decision:
    """Decide while somebody else holds the lock (patroni/ha.py, `process_healthy_cluster`, `follow`)."""
    if me.primary and me.paused:
        return Decision(Action.NOTHING, "continue to run as primary without lock: the cluster is paused")
    if me.primary:
        why = "demoting self because I do not have the lock and I was a leader"
        return Decision(Action.DEMOTE, why)
    if me.following != cluster.leader and cluster.leader_serves:
        return Decision(Action.FOLLOW, f"following a new leader ({cluster.leader})")
    return Decision(
        Action.NOTHING, f"no action. I am ({me.name}), a secondary, and following a leader ({cluster.leader})"
    )
