"""How a Patroni member takes the lead, and whom it makes confirm its commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.distributions import Uniform
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.patroni.synchronous import ANY, between, inherited, settled
from statesim.systems.replication import Server
from statesim.systems.roles import PRIMARY

if TYPE_CHECKING:
    from statesim.systems.patroni.doing import Doing
    from statesim.systems.patroni.members import Member
    from statesim.systems.standby_names import Standbys
    from statesim.systems.wal import Timeline

# recordings of a Patroni 4.1 cluster
PROMOTE = Uniform(70 * MILLISECOND, 120 * MILLISECOND)
PROMOTE_ORDERED = Uniform(114 * MILLISECOND, 144 * MILLISECOND)  # the key /failover is deleted first
PROMOTE_SYNC = Uniform(120 * MILLISECOND, 190 * MILLISECOND)  # /sync is rewritten first
LOOP_AFTER_PROMOTION = Uniform(1_040 * MILLISECOND, 1_190 * MILLISECOND)
FOLLOW = Uniform(20 * MILLISECOND, 90 * MILLISECOND)
SYNC_CONFIRMED = Uniform(2_000 * MILLISECOND, 2_200 * MILLISECOND)  # from the setting to the key /sync
YIELD_US = 2 * SECOND  # patroni/ha.py: those who do not take the lock give the others time


class Leading:
    """Promotion, and the standbys that confirm."""

    def __init__(self, doing: Doing) -> None:
        self._do = doing
        self._g = doing.group

    def promote(self, member: Member) -> None:
        """Promote the lock's holder; in synchronous mode ``/sync`` names nobody else before it writes.

        Source: patroni/ha.py, `process_sync_replication_prepromote`, `enforce_primary_role`.
        """
        g = self._g
        member.busy = "promote"
        ordered, g.failover = g.failover is not None, None
        took = PROMOTE_SYNC if g.p.synchronous_mode else PROMOTE_ORDERED if ordered else PROMOTE
        g.sync, names = inherited(member.name, g.sync, g.p)
        wait_us = took.draw(g.rng(member.name, "promote"))
        yields_us = g.clock.now + YIELD_US if ordered else 0
        member.agent.later(wait_us, self._promoted, member, yields_us, names)

    def _promoted(self, member: Member, yields_us: int, names: Standbys | None) -> None:
        """Write from now on; the others follow, after a switchover when they have given way long enough."""
        g = self._g
        now, rng = g.clock.now, g.rng(member.name, "promoted")
        member.busy = ""
        if member.server is Server.DOWN:
            self._do.review()
            return
        member.end_stream(now)
        timeline = member.data.timeline.branch(member.data.position)
        g.roles.tell(member.process, "Promoted", timeline.id)
        member.phase_us = now + LOOP_AFTER_PROMOTION.draw(rng)
        if g.renews(member):
            g.renew(member)
        member.promoted_us = now
        if g.p.quorum_commit:
            member.agent.later(g.p.loop_wait, self._do.review)
        self.lead(member, timeline, "promoted self to leader by acquiring session lock", names)
        for other in g.sorted():
            if other is not member and other.active and g.reaches_store(other):
                wait_us = max(0, yields_us - now) + FOLLOW.draw(g.rng(other.name, "follow"))
                other.agent.later(wait_us, self._do.loop, other)
        self._do.review()

    def lead(self, member: Member, timeline: Timeline, why: str, names: Standbys | None = None) -> None:
        """Take writes on a timeline; `names` must confirm them from the beginning."""
        g = self._g
        member.server = Server.PRIMARY
        member.following = None
        member.names = names
        member.confirming = False
        member.data.open_for_writing(timeline, g.clock.now)
        g.latest = member.directory.id
        g.roles.become(member.process, PRIMARY, why, accepts_writes=True, timeline=timeline.id)
        g.host.listening(member.process, True)
        g.label(member)

    def name_standbys(self, member: Member, wanted: Standbys | None, why: str) -> None:
        """Change who must confirm commits, so that ``/sync`` never promises more than there is.

        See `patroni.synchronous`; two seconds later those who confirm have everything, and ``/sync`` says so
        (patroni/ha.py, `_process_multisync_replication`).
        """
        g = self._g
        g.sync = between(member.name, g.sync, member.names, wanted)
        if member.names != wanted:
            member.names = wanted
            pods = list(wanted.names) if wanted is not None else []
            g.clock.cause = g.trace.emit(f"System/{g.context.name}", "SyncNames", pods=pods, why=why)
            g.confirm(member)
        if wanted is None or wanted == ANY:
            g.sync = settled(member.name, wanted)
        else:
            member.confirming = True
            delay = SYNC_CONFIRMED.draw(g.rng(member.name, "sync"))
            member.agent.later(delay, self._standbys_confirmed, member, wanted)

    def _standbys_confirmed(self, member: Member, wanted: Standbys) -> None:
        g = self._g
        member.confirming = False
        caught_up = g.confirmed(member) >= member.data.timeline.position_at(g.clock.now - 2 * SECOND)
        if member.names == wanted and g.renews(member) and member.accepts_writes and caught_up:
            g.sync = settled(member.name, wanted)
        self._do.review()
