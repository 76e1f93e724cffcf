"""PostgreSQL under Patroni: replication for the data, a lease for the role, labels for the way in.

The driver tells the agents of what befalls their programs, and answers clients. What an agent decides is in
`patroni.ha`, when in `patroni.agents`, how in `patroni.steps`, what there is in `patroni.group`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import Exit
from statesim.systems.data import NO_SPACE
from statesim.systems.patroni import failsafe
from statesim.systems.patroni.agents import Agents
from statesim.systems.patroni.members import Member
from statesim.systems.patroni.orders import Orders
from statesim.systems.patroni.parameters import PatroniParameters
from statesim.systems.portraits import PATRONI
from statesim.systems.postgres.words import READ_ONLY, SHUTTING_DOWN, STARTING_UP
from statesim.systems.replication import Server
from statesim.systems.roles import PRIMARY, STARTING, STOPPED
from statesim.systems.serving import serve
from statesim.systems.statements import Nothing
from statesim.systems.wal import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.drift import Held
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

POSTGRES, AGENT = "postgres", "patroni"  # the programs of a member

NO_WRITE = "PANIC: could not write to the log"
_DOWN = Server.DOWN


class Patroni:
    """One Patroni cluster: a member in each pod of its workload."""

    kind: ClassVar[str] = "patroni"
    takes: ClassVar[type[Any]] = PatroniParameters
    portrait: ClassVar[Portrait | None] = PATRONI

    def __init__(self, context: Context, parameters: PatroniParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self.agents = Agents(context, parameters)
        self.group = self.agents.group
        self._orders = Orders(self.agents)
        self._clock = context.clock
        self._host = context.host
        self._disks = context.disks
        self._disks.on_full.append(self._filled)

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`: the agent's first loop runs at once, the others at its phase."""
        before = self._clock.cause
        g, period = self.group, self.parameters.loop_wait
        for old in [m for m in g.members.values() if m.name == process.pod and not m.process.alive]:
            del g.members[old.uid]
        directory = self._disks.open(process.data)
        phase = round(g.rng(process.pod, "phase").random() * period)
        member = Member(process, directory, self._clock, phase, period)
        g.members[process.uid] = member
        g.roles.forget(process)
        others = {*directory.writers.values(), process.pod}
        alone = not directory.writers
        directory.writers[process.uid] = process.pod
        if self._disks.is_full(directory.id):
            g.roles.become(process, STARTING, "its disk is full")
            why = f"FATAL: could not start: {NO_SPACE}"
            member.life.later(self.parameters.start_time, self._host.exit, process, Exit.CRASHED, why)
        elif alone:
            g.roles.become(process, STARTING, "its agent starts")
            member.agent.later(0, self.agents.loop, member)
        else:
            self._shared(member, others)
        self._clock.cause = before

    def _filled(self, directory: str) -> None:
        """Stop the standbys that cannot write what they receive; a primary finds out when it writes."""
        for member in list(self.group.members.values()):
            process = member.process
            if member.directory.id == directory and process.running and not member.primary:
                why = f"PANIC: could not write what the primary sends: {NO_SPACE}"
                self._host.exit(process, Exit.CRASHED, why)

    def _shared(self, member: Member, pods: set[str]) -> None:
        """Meet another member's server in the data directory: this one does not come up."""
        member.stopping = True
        if not member.directory.corrupted:
            self._clock.cause = self._disks.corrupt(member.directory, pods)
        self.group.roles.become(member.process, STARTING, "another server uses its data directory")
        why = "FATAL: the data directory is in use by another server"
        member.life.later(self.parameters.start_time, self._host.exit, member.process, Exit.CORRUPTED, why)

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`."""
        member = self._of(process)
        if member is None:
            return None
        before = self._clock.cause
        took = self.agents.leaving.stop(member)
        self.agents.review()
        self._clock.cause = before
        return took

    def holds(self, process: Process) -> Held:
        """See `drift.Holder`."""
        return self.group.holds(process)

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`."""
        member = self._of(process)
        if member is None:
            return
        before, now, g = self._clock.cause, self._clock.now, self.group
        member.stop_loop()
        member.waiting.clear()
        member.directory.writers.pop(process.uid, None)
        member.lost_us = now if member.lost_us is None else member.lost_us
        failsafe.end(g, member)
        g.fall_silent(member)
        if member.busy == "bootstrap":
            g.initialize = None
            member.directory.contents = None
        if member.primary:
            timeout = self.parameters.checkpoint_timeout
            clean = how is Exit.STOPPED and not member.paused
            member.data.close(now, clean=clean, checkpoint_us=timeout)
        g.refresh_streams()
        member.server = Server.DOWN
        g.roles.become(process, STOPPED, f"the program has ended: {how.value}")
        self.agents.review()
        self._clock.cause = before

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`: its sleep stops, its lease does not."""
        member = self._of(process)
        if member is None:
            return
        before, now = self._clock.cause, self._clock.now
        member.left_us = member.next_loop(now) - now
        member.stop_loop()
        member.lost_us = now if member.lost_us is None else member.lost_us
        failsafe.end(self.group, member)
        self.group.fall_silent(member)
        if member.primary and not member.stopping:
            timeline = member.data.timeline.id
            self.group.roles.become(process, PRIMARY, "its machine stands still", timeline=timeline)
        self.agents.review()
        self._clock.cause = before

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`: it believes what it believed, until its next loop."""
        member = self._of(process)
        if member is None:
            return
        before = self._clock.cause
        member.phase_us = self._clock.now + member.left_us
        if not member.retrying and not member.agent.held:
            member.lost_us = None  # a retry that was under way goes on, and its time has run out meanwhile
        if member.accepts_writes:
            why = "its machine runs again, and its agent has not looked yet"
            timeline = member.data.timeline.id
            self.group.roles.become(process, PRIMARY, why, accepts_writes=True, timeline=timeline)
        member.life.thaw()
        member.agent.thaw()
        self.agents.review()
        self._clock.cause = before

    # -- its two programs --------------------------------------------------------------------------------

    def kill_program(self, process: Process, program: str) -> str | None:
        """See `Programs.kill_program`: PostgreSQL dies under its agent."""
        member = self._of(process)
        if program != POSTGRES:
            return f"{program} is the container's main program: container-kill ends it"
        if member is None or not member.runs or member.server is Server.DOWN:
            return f"PostgreSQL does not run in {process.pod}"
        before = self._clock.cause
        self.agents.leaving.kill_server(member)
        self.agents.review()
        self._clock.cause = before
        return None

    def pause_program(self, process: Process, program: str) -> str | None:
        """See `Programs.pause_program`: the agent stands still, and PostgreSQL goes on without it.

        Readiness is the agent's to tell (Patroni docs, rest_api.rst, ``/readiness``): it fails meanwhile.
        """
        member = self._of(process)
        if program != AGENT:
            return f"{program} cannot be stopped alone"
        if member is None or not member.active:
            return f"{program} does not run in {process.pod}"
        before, now = self._clock.cause, self._clock.now
        self._clock.cause = self.group.trace.emit(f"Member/{process.pod}", "AgentStopped", system=self.name)
        member.agent.held = True
        if process.listening:
            self._host.listening(process, True, ready=False)
        member.stop_loop()
        member.lost_us = now if member.lost_us is None else member.lost_us
        failsafe.end(self.group, member)
        self.group.fall_silent(member)
        self.agents.review()
        self._clock.cause = before
        return None

    def resume_program(self, process: Process, program: str) -> None:
        """See `Programs.resume_program`: a loop that was missed meanwhile runs at once."""
        member = self._of(process)
        if member is None or program != AGENT or not member.agent.held:
            return
        before = self._clock.cause
        self._clock.cause = self.group.trace.emit(f"Member/{process.pod}", "AgentContinued", system=self.name)
        member.agent.held = False
        if process.listening:
            self._host.listening(process, True)
        if process.running:
            member.agent.thaw()
        self.agents.review()
        self._clock.cause = before

    # -- what people ask of its manager ------------------------------------------------------------------

    def cannot_switch(self, candidate: str | None) -> str | None:
        """See `Managed.cannot_switch`."""
        return self._orders.cannot_switch(candidate)

    def switch_over(self, candidate: str | None) -> None:
        """See `Managed.switch_over`."""
        self._orders.switch(candidate)

    def rebuild(self, pod: str) -> str | None:
        """See `Rebuildable.rebuild`: ``patronictl reinit``."""
        return self._orders.reinitialise(pod)

    def lose_store(self) -> None:
        """See `Stored.lose_store`."""
        self._orders.lose_store()

    def pause(self) -> None:
        """See `Managed.pause`."""
        self._orders.pause(paused=True)

    def resume(self) -> None:
        """See `Managed.resume`."""
        self._orders.pause(paused=False)

    def network_changed(self) -> None:
        """See `System.network_changed`."""
        before = self._clock.cause
        self.agents.review()
        self._clock.cause = before

    def _of(self, process: Process) -> Member | None:
        member = self.group.members.get(process.uid)
        return member if member is not None and member.process is process else None

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - the router chooses
        """See `System.accept`: a standby takes connections too; it refuses the write."""
        member = self._of(process)
        if member is None or member.server is Server.DOWN:
            return STARTING_UP
        return SHUTTING_DOWN if member.stopping or member.closing else None

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`: a write needs the primary, a read is answered from the member's own log."""
        member = self._of(process)
        if member is None or member.stopping or member.closing or member.server is _DOWN:
            request.answer("fail", error=SHUTTING_DOWN)
            return
        serve(self.group, member, request, self._disks, self._visible, read_only=READ_ONLY, no_write=NO_WRITE)

    def _visible(self, member: Member) -> int:
        return member.visible(self._clock.now, self.parameters.replay_lag)

    # -- what the scenario and the judge ask -------------------------------------------------------------

    def primary(self) -> Process | None:
        """See `System.primary`: the newest timeline's, if several accept writes."""
        accepting = [member for member in self.group.sorted() if member.accepts_writes]
        newest = max(accepting, key=lambda member: member.data.timeline.id, default=None)
        return newest.process if newest is not None else None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`."""
        return [m.process for m in self.group.sorted() if m.server is Server.REPLICA and m.runs]

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what the primary has; else the disk that a primary wrote to last.

        If that disk is gone too, the member whose log reaches furthest.
        """
        process = self.primary()
        if process is not None:
            timeline = self.group.members[process.uid].data.timeline
            return process.pod, Snapshot(timeline, timeline.length)
        now = self._clock.now
        latest = self._disks.find(self.group.latest) if self.group.latest is not None else None
        left = [
            (member.data.timeline.id, member.position(now), member)
            for member in self.group.sorted()
            if member.database is not None and self._disks.find(member.directory.id) is member.directory
        ]
        if latest is not None and latest.contents is not None:
            data = latest.contents
            holder = next((m for m in self.group.members.values() if m.directory is latest), None)
            upto = holder.position(now) if holder is not None else data.position
            return f"DataDirectory/{latest.id}", Snapshot(data.timeline, upto)
        if not left:
            return "nothing", Nothing()
        _, position, best = max(left, key=lambda row: row[:2])
        return f"DataDirectory/{best.directory.id}", Snapshot(best.data.timeline, position)
