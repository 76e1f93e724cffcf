"""How a Patroni member gets its server to run: initdb, clone, start, crash recovery, rewind, follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND
from statesim.systems.patroni.race import promotable
from statesim.systems.patroni.view import Sync
from statesim.systems.replication import Server
from statesim.systems.roles import RECOVERING, REPLICA, STARTING, STOPPED
from statesim.systems.wal import Database, Timeline

if TYPE_CHECKING:
    from statesim.systems.patroni.doing import Doing
    from statesim.systems.patroni.leading import Leading
    from statesim.systems.patroni.members import Member


class Steps:
    """From an empty or stopped server to one that streams or leads."""

    def __init__(self, doing: Doing, leading: Leading) -> None:
        self._do = doing
        self._g = doing.group
        self._leading = leading

    # -- beginning -------------------------------------------------------------------------------------

    def initialise(self, member: Member, why: str) -> None:
        """Win the race for the ``initialize`` key and create the cluster (patroni/ha.py, `bootstrap`)."""
        self._g.initialize = f"{self._g.context.name}/{member.uid}"
        member.busy = "bootstrap"
        self._g.roles.become(member.process, STARTING, why)
        member.agent.later(self._g.p.initdb, self._initialised, member)

    def _initialised(self, member: Member) -> None:
        member.directory.contents = Database(str(self._g.initialize), Timeline())
        self._g.clock.cause = self._g.trace.emit(
            f"DataDirectory/{member.directory.id}", "Initialised", pod=member.name
        )
        member.agent.later(self._g.p.start_time, self._first_leader, member)

    def _first_leader(self, member: Member) -> None:
        member.busy = ""
        member.server = Server.REPLICA
        if self._g.reaches_store(member) and self._g.acquire(member):
            self._g.sync = Sync(member.name)
            self._leading.lead(member, member.data.timeline, "it has bootstrapped the cluster")
        self._do.review()

    def clone(self, member: Member, why: str) -> None:
        """Copy the leader's data (patroni/ha.py, `clone`; pg_basebackup)."""
        source = self._g.serving_leader(member)
        if source is None:
            return
        member.busy = "clone"
        self._g.roles.become(member.process, STARTING, why)
        copying = self._g.p.data_size * SECOND // self._g.p.clone_rate
        member.agent.later(copying, self._cloned, member, source)

    def _cloned(self, member: Member, source: Member) -> None:
        if self._g.serving_leader(member) is not source:
            member.busy = ""
            self._do.review()
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
        replay = self._replay_us(member)
        recovery = g.p.crash_recovery + replay
        g.roles.become(member.process, RECOVERING, "doing crash recovery in a single user mode")
        if g.holds_lock(member) and recovery > g.p.primary_start_timeout:
            member.agent.later(g.p.primary_start_timeout, self._too_slow, member)
        member.agent.later(recovery, self._recovered, member, replay)

    def _replay_us(self, member: Member) -> int:
        entries = member.data.unreplayed or 0
        return entries * self._g.p.wal_per_write * SECOND // self._g.p.replay_rate

    def restart(self, member: Member, why: str) -> None:
        """Start a primary again that died under its agent: in place, on the same timeline.

        Source: patroni/ha.py, `recover` ("starting primary after failure"), `handle_starting_instance`.
        """
        g = self._g
        member.busy = "restart"
        replay = self._replay_us(member)
        g.roles.become(member.process, RECOVERING, why)
        if g.p.start_time + replay > g.p.primary_start_timeout:
            member.agent.later(g.p.primary_start_timeout, self._too_slow, member)
        member.agent.later(g.p.start_time + replay, self._restarted, member, replay)

    def _restarted(self, member: Member, replay_us: int) -> None:
        if not self._g.holds_lock(member):
            self._recovered(member, replay_us)
            return
        self._tell_recovered(member, replay_us)
        member.busy = ""
        member.crashed = False
        self._leading.lead(member, member.data.timeline, "it was started again in place", member.names)
        self._do.review()

    def _too_slow(self, member: Member) -> None:
        g = self._g
        if not g.holds_lock(member) or not g.reaches_store(member):
            return
        me, cluster, peers = g.snapshot(member)
        if promotable(me, cluster, peers, g.p):
            g.release(member)
            self._do.wake()

    def _recovered(self, member: Member, replay_us: int) -> None:
        member.data.clean = member.data.crashed = True
        self._tell_recovered(member, replay_us)
        self._join(member)

    def _tell_recovered(self, member: Member, replay_us: int) -> None:
        self._g.clock.cause = self._g.trace.emit(
            f"DataDirectory/{member.directory.id}",
            "Recovered",
            pod=member.name,
            replayed_s=replay_us / SECOND,
        )

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
        member.agent.later(self._g.p.start_time, self._up, member)

    def _up(self, member: Member) -> None:
        member.busy = ""
        member.crashed = False
        member.server = Server.REPLICA
        member.data.primary = False
        self._g.roles.become(
            member.process, REPLICA, "it runs as a standby", timeline=member.data.timeline.id
        )
        self._g.host.listening(member.process, True)
        self._do.loop(member)

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
        self._do.silence(member, "its history is not the leader's")
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
            member.agent.later(g.p.rewind_time, self._rewound, member)
        elif g.p.remove_data_directory_on_diverged_timelines:
            member.directory.contents = None
            member.busy = ""
            member.agent.later(0, self._do.loop, member)
        else:
            member.busy = ""
            member.stuck = True
            g.roles.become(member.process, STOPPED, "the data have diverged, and pg_rewind is not allowed")

    def _rewound(self, member: Member) -> None:
        g = self._g
        leader = g.serving_leader(member)
        if leader is None:
            member.busy = ""
            self._do.review()
            return
        data, timeline = member.data, leader.data.timeline
        extra = g.diverged_by(member, leader) or 0
        data.position -= extra
        data.timeline = timeline
        data.crashed = False
        g.roles.tell(member.process, "Rewound", timeline.id, entries=extra)
        self._boot(member)
