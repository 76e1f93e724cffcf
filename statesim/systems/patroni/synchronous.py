"""Synchronous mode: who must confirm commits, and what the key ``/sync`` may promise meanwhile.

Two rules keep acknowledged commits (Patroni docs, replication_modes.rst; patroni/quorum.py,
`QuorumStateResolver`). With `synchronous_mode: true` every standby in ``/sync`` has all of them: it leaves
the key before commits stop waiting for it, and enters it after they have begun to. In quorum mode ``/sync``
names voters: those who must agree plus those who must confirm are at least as many as are in both sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.patroni.view import Sync
from statesim.systems.standby_names import Standbys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.systems.patroni.parameters import PatroniParameters
    from statesim.systems.patroni.view import Peer

ANY = Standbys(quorum=True, number=1, names=("*",))  # synchronous_standby_names = '*': any standby will do


def wanted_standbys(
    present: Standbys | None, peers: Sequence[Peer], rules: PatroniParameters
) -> Standbys | None:
    """Return who shall confirm commits.

    In quorum mode any `synchronous_node_count` of all that stream; else so many of them in particular: those
    that do already, then those that may lead, then the most advanced (patroni/postgresql/sync.py).
    """
    if not rules.synchronous_mode:
        return None
    kept = present.names if present is not None else ()
    streaming = sorted(
        (peer for peer in peers if peer.streams),
        key=lambda peer: (peer.name not in kept, not rules.may_lead(peer.name), -peer.position, peer.name),
    )
    names = [peer.name for peer in streaming]
    if not names:
        return ANY if rules.synchronous_mode_strict else None
    number = min(rules.synchronous_node_count, len(names))
    if rules.quorum_commit:
        return Standbys(quorum=True, number=number, names=tuple(sorted(names)))
    return Standbys(quorum=False, number=number, names=tuple(sorted(names[:number])))


def settled(leader: str, names: Standbys | None) -> Sync:
    """Return the key ``/sync`` for when those named have every commit that was acknowledged."""
    if names is None or names == ANY:
        return Sync(leader)
    return Sync(leader, names.names, len(names.names) - names.number if names.quorum else 0)


def between(leader: str, sync: Sync, present: Standbys | None, wanted: Standbys | None) -> Sync:
    """Return what ``/sync`` may say while those who confirm change from `present` to `wanted`."""
    after = settled(leader, wanted)
    before = {*sync.members, sync.leader} - {leader, None} if sync.leader != leader else {*sync.members}
    if not any(names is not None and names.quorum and names != ANY for names in (present, wanted)):
        common = before & {*after.members} if sync.leader == leader else set()
        return Sync(leader, tuple(sorted(str(name) for name in common)))
    every = {str(name) for name in before} | {*after.members}
    confirm = min(names.number if names is not None else 0 for names in (present, wanted))
    return Sync(leader, tuple(sorted(every)), len(every) - confirm)


def inherited(me: str, sync: Sync, rules: PatroniParameters) -> tuple[Sync, Standbys | None]:
    """Return what a new leader begins with: ``/sync``, and who confirms its first commits.

    In quorum mode it takes the voters over, and asks as many of them as the key promises; else it begins
    alone, or in strict mode with whoever comes (patroni/ha.py, `process_sync_replication_prepromote`).
    """
    if not rules.synchronous_mode:
        return sync, None
    if rules.quorum_commit and sync.leader is not None:
        voters = {sync.leader, *sync.members}
        number = len(voters) - sync.quorum - 1 + (me not in voters)
        names = tuple(sorted(voters - {me}))
        if number > 0 and names:
            return sync, Standbys(quorum=True, number=min(number, len(names)), names=names)
    return Sync(me), ANY if rules.synchronous_mode_strict else None
