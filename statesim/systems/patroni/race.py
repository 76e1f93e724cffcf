"""Who may lead: the race for a free lock, and who could take over if the leader stepped down.

Pure functions of what an agent knows (Patroni, patroni/ha.py: `is_healthiest_node`, `_is_healthiest_node`,
`manual_failover_process_no_leader`, `is_failover_possible`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.systems.patroni.parameters import PatroniParameters
    from statesim.systems.patroni.view import Cluster, Me, Peer

NOT_NAMED = "I am neither the last leader nor its synchronous standby"


def why_not_healthiest(
    me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters
) -> str | None:
    """Return why a member must not be promoted, or ``None`` if it may.

    In pause mode only a server that is a primary already takes the lock, or the candidate of a switchover
    (Patroni docs, pause.rst).
    """
    if me.paused and cluster.failover is None:
        return None if me.primary else "the cluster is paused: no replica is promoted"
    if not me.primary and not rules.may_lead(me.name):
        return "I am not allowed to be promoted (nofailover)"
    if cluster.failover is not None:
        return _why_not_chosen(me, cluster, peers, rules)
    allowed = named(cluster, rules)
    if allowed and me.name not in allowed:
        return NOT_NAMED
    behind = cluster.optime - me.position
    if behind > rules.maximum_lag_on_failover:
        return f"my log is {behind} bytes behind, more than maximum_lag_on_failover"
    return _healthier(me, cluster, peers, rules)


def named(cluster: Cluster, rules: PatroniParameters) -> set[str]:
    """Return those to whom synchronous mode restricts the race; empty = it does not (quorum: they vote)."""
    if not rules.synchronous_mode or rules.quorum_commit:
        return set()
    return {*cluster.sync.members, cluster.sync.leader or ""} - {""}


def _healthier(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> str | None:
    """Return who is healthier than this member, in words, or that too few agree that nobody is.

    In synchronous mode the former leader may be ahead, with what was not acknowledged; only those named are
    compared. Of members that have equally much, the one with the higher `failover_priority` goes first.
    """
    sync, allowed, mine = cluster.sync, named(cluster, rules), rules.priority(me.name)
    active = bool(rules.synchronous_mode) and sync.leader is not None
    voters = {sync.leader, *sync.members} if active and rules.quorum_commit else set()
    votes, ahead = (0 if me.name in voters else -1), 0
    for peer in peers:
        if limitation(peer, rules) is not None or (allowed and peer.name not in allowed and not peer.primary):
            continue
        if peer.primary:
            return f"{peer.name} is still a primary"
        if peer.position > me.position:
            if not active or peer.name != sync.leader:
                return f"{peer.name} is ahead of me"
            ahead += 1
            continue
        first = peer.position == me.position and rules.priority(peer.name) > mine
        if first and peer.name != sync.leader and (not active or not voters or peer.name in voters):
            return f"{peer.name} has as much as I have, and a higher failover_priority"
        votes += peer.name in voters
    if voters and votes < sync.quorum and (ahead or sync.leader != me.name):
        return f"only {max(0, votes)} of {sync.quorum} votes say that I have everything"
    return None


def _why_not_chosen(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> str | None:
    """Decide a race that a switchover began: the candidate, else anybody but who stepped down.

    How far a member lags is not asked (patroni/ha.py: `manual_failover_process_no_leader`).
    """
    order = cluster.failover
    assert order is not None
    allowed = named(cluster, rules)
    if allowed and me.name not in allowed:
        return NOT_NAMED
    if order.candidate == me.name:
        return None
    if me.paused:
        return "the cluster is paused: only the candidate of a switchover takes over"
    candidate = next((peer for peer in peers if peer.name == order.candidate), None)
    if candidate is not None and limitation(candidate, rules) is None:
        return f"switchover: to {candidate.name}, I am {me.name}"
    if order.leader == me.name:
        heirs = promotable(me, cluster, [peer for peer in peers if peer is not candidate], rules)
        return f"I was the leader, and {heirs[0]} can take over" if heirs else None
    return _healthier(me, cluster, [peer for peer in peers if peer.name != order.leader], rules)


def limitation(peer: Peer, rules: PatroniParameters) -> str | None:
    """Return why another member cannot be promoted, or ``None`` (`_MemberStatus.failover_limitation`)."""
    if not peer.answers:
        return "does not answer"
    if not peer.running:
        return "does not run"
    if not peer.primary and not rules.may_lead(peer.name):
        return "is not allowed to be promoted"
    return None


def promotable(me: Me, cluster: Cluster, peers: Sequence[Peer], rules: PatroniParameters) -> list[str]:
    """Return who could take over from a leader that steps down now: healthy, allowed and near enough.

    In quorum mode there must be enough of them to vote for one (patroni/ha.py, `is_failover_possible`,
    `get_failover_candidates`).
    """
    allowed = named(cluster, rules)
    last = max(cluster.optime, me.position if me.primary else 0)
    found = [
        peer.name
        for peer in peers
        if limitation(peer, rules) is None
        and (not allowed or peer.name in allowed)
        and last - peer.position <= rules.maximum_lag_on_failover
    ]
    chosen = cluster.failover is not None and cluster.failover.candidate is not None
    if rules.quorum_commit and not chosen and len(found) - 1 < cluster.sync.quorum:
        return []
    return found
