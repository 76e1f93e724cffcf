"""What a Patroni agent's actions take: initdb, clone, start, rewind, promote, demote, hand over.

Each is a chain of waits of one member. While it lasts the agent is busy; when it is over its loop runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.clock import MILLISECOND, SECOND
from statesim.kernel.distributions import Uniform
from statesim.systems.life import hang_up
from statesim.systems.replication import Server
from statesim.systems.roles import PRIMARY, RECOVERING, REPLICA, STARTING, STOPPED
from statesim.systems.wal import Database, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.systems.patroni.group import Group
    from statesim.systems.patroni.members import Member

# recordings of a Patroni 4.1 cluster
PROMOTE = Uniform(70 * MILLISECOND, 120 * MILLISECOND)
PROMOTE_SYNC = Uniform(120 * MILLISECOND, 190 * MILLISECOND)  # /sync is rewritten first
LOOP_AFTER_PROMOTION = Uniform(1_040 * MILLISECOND, 1_190 * MILLISECOND)
FOLLOW = Uniform(20 * MILLISECOND, 90 * MILLISECOND)
HAND_OVER = Uniform(
    1_060 * MILLISECOND, 1_085 * MILLISECOND
)  # the standbys' positions are polled each second
SYNC_CONFIRMED = Uniform(2_000 * MILLISECOND, 2_200 * MILLISECOND)  # from the setting to the key /sync
EXIT_US = 100 * MILLISECOND


class Steps:
    """The actions that take time.

    Parameters
    ----------
    loop
        Runs a member's agent loop.
    wake
        Runs the loops of all others after the leader key has changed.
    review
        Looks for members whose next loop matters.
    """

    def __init__(
        self,
        group: Group,
        loop: Callable[[Member], None],
        wake: Callable[[], None],
        review: Callable[[], None],
    ) -> None:
        self._g = group
        self._loop = loop
        self._wake = wake
        self._review = review

    # -- beginning -------------------------------------------------------------------------------------

    def initialise(self, member: Member, why: str) -> None:
        """Win the race for the ``initialize`` key and create the cluster (patroni/ha.py, `bootstrap`)."""
        self._g.initialize = f"{self._g.context.name}/{member.uid}"
        member.busy = "bootstrap"
        self._g.roles.become(member.process, STARTING, why)
        member.life.later(self._g.p.initdb, self._initialised, member)

    def _initialised(self, member: Member) -> None:
        member.directory.contents = Database(str(self._g.initialize), Timeline())
        self._g.clock.cause = self._g.trace.emit(
            f"DataDirectory/{member.directory.id}", "Initialised", pod=member.name
        )
        member.life.later(self._g.p.start_time, self._first_leader, member)

    def _first_leader(self, member: Member) -> None:
        member.busy = ""
        member.server = Server.REPLICA
        if self._g.reaches_store(member) and self._g.acquire(member):
            self._g.sync = (member.name, None)
            self.lead(member, member.data.timeline, "it has bootstrapped the cluster")
        self._review()

    def clone(self, member: Member, why: str) -> None:
        """Copy the leader's data (patroni/ha.py, `clone`; pg_basebackup)."""
        source = self._g.serving_leader(member)
        if source is None:
            return
        member.busy = "clone"
        self._g.roles.become(member.process, STARTING, why)
        copying = self._g.p.data_size * SECOND // self._g.p.clone_rate
        member.life.later(copying, self._cloned, member, source)

    def _cloned(self, member: Member, source: Member) -> None:
        if self._g.serving_leader(member) is not source:
            member.busy = ""
            self._review()
            return
        timeline = source.data.timeline
        member.directory.contents = Database(source.data.system, timeline, timeline.length)
        self._g.roles.tell(member.process, "Cloned", timeline.id)
        self._boot(member)

    # -- starting --------------------------------------------------------------------------------------

    def start(self, member: Member, why: str) -> None:
        """Start the server as a replica; a primary's data that were not closed in order are recovered first.

        Source: patroni/ha.py, `recover` and `_handle_crash_recovery` (single-user mode). A leader that would
        recover for longer than ``primary_start_timeout`` gives up its lease (dynamic_configuration.rst).
        """
        g, data = self._g, member.data
        member.busy = "start"
        if not data.primary or data.clean:
            g.roles.become(member.process, STARTING, why)
            self._join(member)
            return
        entries = data.unreplayed if data.unreplayed is not None else 0
        replay = entries * g.p.wal_per_write * SECOND // g.p.replay_rate
        recovery = g.p.crash_recovery + replay
        g.roles.become(member.process, RECOVERING, "doing crash recovery in a single user mode")
        if g.holds_lock(member) and recovery > g.p.primary_start_timeout:
            member.life.later(g.p.primary_start_timeout, self._too_slow, member)
        member.life.later(recovery, self._recovered, member, replay)

    def _too_slow(self, member: Member) -> None:
        g = self._g
        others = any(
            other.server is Server.REPLICA and other.active
            for other in g.members.values()
            if other is not member
        )
        if others and g.holds_lock(member) and g.reaches_store(member):
            g.release(member)
            self._wake()

    def _recovered(self, member: Member, replay_us: int) -> None:
        data = member.data
        data.clean = data.crashed = True
        self._g.clock.cause = self._g.trace.emit(
            f"DataDirectory/{member.directory.id}",
            "Recovered",
            pod=member.name,
            replayed_s=replay_us / SECOND,
        )
        self._join(member)

    def _join(self, member: Member) -> None:
        """Start at once, unless a leader's history has to be taken over first."""
        leader = None if self._g.holds_lock(member) else self._g.serving_leader(member)
        extra = self._g.diverged_by(member, leader) if leader is not None else None
        if extra is None:
            self._boot(member)
        else:
            self._reconcile(member, extra)

    def _boot(self, member: Member) -> None:
        member.busy = "start"
        self._g.roles.become(member.process, STARTING, "the server starts")
        member.life.later(self._g.p.start_time, self._up, member)

    def _up(self, member: Member) -> None:
        member.busy = ""
        member.server = Server.REPLICA
        member.data.primary = False
        self._g.roles.become(
            member.process, REPLICA, "it runs as a standby", timeline=member.data.timeline.id
        )
        self._g.host.listening(member.process, True)
        self._loop(member)

    # -- following -------------------------------------------------------------------------------------

    def follow(self, member: Member) -> None:
        """Stream from the leader; take a diverged history back first."""
        g = self._g
        leader = g.serving_leader(member)
        if leader is None:
            return
        member.end_stream(g.clock.now)
        extra = g.diverged_by(member, leader)
        if extra is None:
            g.connect(member, leader)
            return
        member.server = Server.DOWN
        member.following = None
        self._silence(member, "its history is not the leader's")
        self._reconcile(member, extra)

    def _reconcile(self, member: Member, extra: int) -> None:
        """Rewind a diverged member, or clone it anew, or leave it down.

        Source: Patroni docs, replication_modes.rst and dynamic_configuration.rst (use_pg_rewind,
        remove_data_directory_on_diverged_timelines).
        """
        g = self._g
        if extra:
            g.roles.tell(member.process, "Diverged", member.data.timeline.id, entries=extra)
        if g.p.use_pg_rewind:
            member.busy = "rewind"
            g.roles.become(member.process, RECOVERING, "running pg_rewind from the leader")
            member.life.later(g.p.rewind_time, self._rewound, member)
        elif g.p.remove_data_directory_on_diverged_timelines:
            member.directory.contents = None
            member.busy = ""
            member.life.later(0, self._loop, member)
        else:
            member.busy = ""
            member.stuck = True
            g.roles.become(member.process, STOPPED, "the data have diverged, and pg_rewind is not allowed")

    def _rewound(self, member: Member) -> None:
        g = self._g
        leader = g.serving_leader(member)
        if leader is None:
            member.busy = ""
            self._review()
            return
        data, timeline = member.data, leader.data.timeline
        extra = g.diverged_by(member, leader) or 0
        data.position -= extra
        data.timeline = timeline
        data.crashed = False
        g.roles.tell(member.process, "Rewound", timeline.id, entries=extra)
        self._boot(member)

    # -- leading ---------------------------------------------------------------------------------------

    def promote(self, member: Member) -> None:
        """Promote the lock's holder; in synchronous mode ``/sync`` names nobody else before it writes.

        Source: patroni/ha.py, `process_sync_replication_prepromote`, `enforce_primary_role`.
        """
        g = self._g
        member.busy = "promote"
        took = PROMOTE_SYNC if g.p.synchronous_mode else PROMOTE
        if g.p.synchronous_mode:
            g.sync = (member.name, None)
        member.life.later(took.draw(g.rng(member.name, "promote")), self._promoted, member)

    def _promoted(self, member: Member) -> None:
        g = self._g
        now, rng = g.clock.now, g.rng(member.name, "promoted")
        member.busy = ""
        member.end_stream(now)
        timeline = member.data.timeline.branch(member.data.position)
        g.roles.tell(member.process, "Promoted", timeline.id)
        member.phase_us = now + LOOP_AFTER_PROMOTION.draw(rng)
        if g.renews(member):
            g.renew(member)
        self.lead(member, timeline, "promoted self to leader by acquiring session lock")
        for other in g.sorted():
            if other is not member and other.active and g.reaches_store(other):
                other.life.later(FOLLOW.draw(g.rng(other.name, "follow")), self._loop, other)
        self._review()

    def lead(self, member: Member, timeline: Timeline, why: str) -> None:
        """Take writes on a timeline."""
        g = self._g
        member.server = Server.PRIMARY
        member.following = None
        member.names = None
        member.confirming = False
        member.data.open_for_writing(timeline, g.clock.now)
        g.latest = member.directory.id
        g.roles.become(member.process, PRIMARY, why, accepts_writes=True, timeline=timeline.id)
        g.host.listening(member.process, True)
        g.label(member)

    def name_standby(self, member: Member, standby: str | None, why: str) -> None:
        """Change who must confirm commits, so that nobody in ``/sync`` can lack an acknowledged one.

        A standby leaves ``/sync`` before commits stop waiting for it, and enters it after they have begun to
        (Patroni docs, replication_modes.rst, "Synchronous mode implementation").
        """
        g = self._g
        if g.sync[1] != standby:
            g.sync = (member.name, None)
        if member.names != standby:
            member.names = standby
            pods = [standby] if standby else []
            g.clock.cause = g.trace.emit(f"System/{g.context.name}", "SyncNames", pods=pods, why=why)
            g.confirm(member)
        if any(other.name == standby for other in g.members.values()):
            member.confirming = True
            delay = SYNC_CONFIRMED.draw(g.rng(member.name, "sync"))
            member.life.later(delay, self._standby_confirmed, member, standby)

    def _standby_confirmed(self, member: Member, standby: str) -> None:
        g = self._g
        member.confirming = False
        caught_up = g.confirmed(member) >= member.data.timeline.position_at(g.clock.now - 2 * SECOND)
        if member.names == standby and g.renews(member) and member.accepts_writes and caught_up:
            g.sync = (member.name, standby)
        self._review()

    # -- stepping down ---------------------------------------------------------------------------------

    def _silence(self, member: Member, why: str) -> None:
        """Take the server's clients away."""
        member.waiting.clear()
        self._g.roles.become(member.process, STOPPED, why)
        self._g.host.listening(member.process, False)
        hang_up(member.process, "closed")

    def _close(self, member: Member, *, clean: bool) -> None:
        """Shut a primary's server down."""
        g = self._g
        if clean:
            g.drain(member)
        member.server = Server.DOWN
        member.data.close(g.clock.now, clean=clean, checkpoint_us=g.p.checkpoint_timeout)
        g.refresh_streams()

    def demote(self, member: Member, why: str, *, clean: bool) -> None:
        """Stop being primary: in order, or at once where the lock is already somebody else's.

        Source: patroni/ha.py, `demote` (modes ``offline`` and ``immediate-nolock``).
        """
        member.busy = "demote"
        self._g.roles.tell(member.process, "Demoted", member.data.timeline.id, why=why)
        self._silence(member, why)
        self._close(member, clean=clean)
        member.life.later(self._g.p.shutdown_checkpoint, self._demoted, member)

    def _demoted(self, member: Member) -> None:
        member.busy = ""
        if self._g.reaches_store(member):
            self._loop(member)
        else:
            self.start(member, "restarted read-only while the DCS is not accessible")

    def stop(self, member: Member) -> int:
        """Shut down because of SIGTERM; return how long it takes.

        A leader releases its key when a replica has received the shutdown checkpoint; without one the key is
        left to expire (patroni/ha.py, `shutdown`; recordings of switchovers).
        """
        g = self._g
        member.stopping = True
        member.stop_loop()
        leads = member.primary and g.holds_lock(member) and g.reaches_store(member)
        heirs = any(m.stream is not None and m.following is member for m in g.members.values())
        self._silence(member, "it was told to stop")
        took = g.p.shutdown_checkpoint
        if leads and heirs:
            polled = HAND_OVER.draw(g.rng(member.name, "hand-over"))
            took += max(polled, g.p.replication_lag)
            member.life.later(took, self._hand_over, member)
        return took + EXIT_US

    def _hand_over(self, member: Member) -> None:
        g = self._g
        g.roles.tell(member.process, "Demoted", member.data.timeline.id, why="it hands the lead over")
        self._close(member, clean=True)
        if g.holds_lock(member) and g.reaches_store(member):
            g.release(member)
            self._wake()
