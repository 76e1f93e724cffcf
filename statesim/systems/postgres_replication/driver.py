"""PostgreSQL with streaming replication and nobody who manages it: roles are configured, or changed by hand.

Number 0 is the primary and the others clone it and stream. When it dies nothing happens: PostgreSQL detects
no failure, and Kubernetes gives pod 0 back with its volume, a primary as before: recovery, not failover.
A person who promotes a standby has two primaries unless he makes certain that the old one is off
(PostgreSQL docs, "Failover": "STONITH").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import Exit
from statesim.systems.data import NO_SPACE
from statesim.systems.life import Life
from statesim.systems.portraits_databases import POSTGRES_REPLICATION
from statesim.systems.postgres.words import READ_ONLY, SHUTTING_DOWN, STARTING_UP
from statesim.systems.postgres_replication.group import Member, Members
from statesim.systems.postgres_replication.parameters import ReplicationParameters
from statesim.systems.postgres_replication.steps import Steps
from statesim.systems.replication import Server
from statesim.systems.roles import PRIMARY, STARTING, STOPPED
from statesim.systems.statements import Nothing, changes, execute
from statesim.systems.wal import Snapshot, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy


class PostgresReplication:
    """One cluster: a server in each pod of its workload."""

    kind: ClassVar[str] = "postgres-replication"
    takes: ClassVar[type[Any]] = ReplicationParameters
    portrait: ClassVar[Portrait | None] = POSTGRES_REPLICATION

    def __init__(self, context: Context, parameters: ReplicationParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self.group = Members(context, parameters)
        self.steps = Steps(self.group, self._led)
        self._clock = context.clock
        self._host = context.host
        self._disks = context.disks
        self._disks.on_full.append(self._filled)
        self._latest: str | None = None
        self._seats: dict[str, str] = {}

    def _led(self, member: Member) -> None:
        self._latest = member.directory.id
        self._seats[member.name] = member.process.node

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`."""
        before = self._clock.cause
        directory = self._disks.open(process.data)
        member = self.group.members[process.uid] = Member(process, directory, Life(self._clock, process))
        others = set(directory.writers.values())
        directory.writers[process.uid] = process.pod
        self.group.roles.forget(process)
        if others and not directory.corrupted:
            self._clock.cause = self._disks.corrupt(directory, {*others, process.pod})
        if self._disks.is_full(directory.id):
            self._refuse(member, Exit.CRASHED, f"FATAL: could not start: {NO_SPACE}")
        elif directory.corrupted:
            self._refuse(member, Exit.CORRUPTED, "FATAL: another server has written to its data directory")
        else:
            self.steps.begin(member)
        self._clock.cause = before

    def _refuse(self, member: Member, how: Exit, why: str) -> None:
        self.group.roles.become(member.process, STARTING, "it reads its data directory")
        member.then(self.parameters.start_time, self._host.exit, member.process, how, why)

    def _filled(self, directory: str) -> None:
        """Stop the standbys that cannot write what they receive; a primary finds out when it writes."""
        for member in list(self.group.members.values()):
            if member.directory.id == directory and member.up and not member.primary:
                self._host.exit(
                    member.process, Exit.CRASHED, f"PANIC: could not write to the log: {NO_SPACE}"
                )

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: a fast shutdown; it takes as long as the image says."""
        member = self._of(process)
        if member is not None:
            before = self._clock.cause
            self.steps.close(member, clean=True, why="it was told to stop")
            member.stopping = True
            self._clock.cause = before
        return None

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`: what was acknowledged is on the disk."""
        member = self._of(process)
        if member is None:
            return
        before = self._clock.cause
        member.directory.writers.pop(process.uid, None)
        self.steps.fall(member, clean=False)
        del self.group.members[process.uid]
        if how is Exit.STOPPED:  # its machine has nothing of it that could go on
            self._seats.pop(process.pod, None)
        self.group.roles.become(process, STOPPED, f"the program has ended: {how.value}")
        self._clock.cause = before

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`."""
        member = self._of(process)
        if member is not None:
            before = self._clock.cause
            if member.primary and not member.stopping:
                timeline = member.data.timeline.id
                self.group.roles.become(process, PRIMARY, "its machine stands still", timeline=timeline)
            self.group.refresh_streams()
            self._clock.cause = before

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`: it goes on as though nothing had happened."""
        member = self._of(process)
        if member is not None:
            before = self._clock.cause
            if member.accepts_writes:
                why, timeline = "its machine runs again", member.data.timeline.id
                self.group.roles.become(process, PRIMARY, why, accepts_writes=True, timeline=timeline)
            member.life.thaw()
            self.network_changed()
            self._clock.cause = before

    def network_changed(self) -> None:
        """See `System.network_changed`."""
        before = self._clock.cause
        self.group.refresh_streams()
        self.steps.retry()
        self._clock.cause = before

    def _of(self, process: Process) -> Member | None:
        member = self.group.members.get(process.uid)
        return member if member is not None and member.process is process else None

    # -- what people do --------------------------------------------------------------------------------

    def cannot_promote(self, pod: str) -> str | None:
        """See `ByHand.cannot_promote`."""
        member = self.group.named(pod)
        if member is None or not member.up:
            return f"no server runs in {pod}"
        if member.primary:
            return f"{pod} is a primary already"
        return None if self._host.api_reachable(member.process) else f"{pod} cannot be reached"

    def promote(self, pod: str) -> None:
        """See `ByHand.promote`."""
        member = self.group.named(pod)
        if member is not None:
            self.steps.promote(member)

    def progress(self, pod: str) -> int:
        """See `ByHand.progress`."""
        member = self.group.named(pod)
        return member.position(self._clock.now) if member is not None else 0

    def rivals(self, pod: str) -> list[str]:
        """See `ByHand.rivals`."""
        return [node for other, node in self._seats.items() if other != pod]

    def rebuild(self, pod: str) -> str | None:
        """See `ByHand.rebuild`."""
        member = self.group.named(pod)
        source = self.group.leading(but=member)
        if source is None:
            return "there is no primary that it could follow"
        self._seats.pop(pod, None)
        self.steps.orders.add(pod)
        if member is not None and member.process.running and self._host.api_reachable(member.process):
            self.steps.rebuild(member)
        return None

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`: a standby takes connections too; it refuses the write."""
        member = self._of(process)
        if member is not None and member.stopping:
            return SHUTTING_DOWN
        return None if member is not None and member.up else STARTING_UP

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`: a write needs a primary, a read is answered from the member's own log."""
        member = self._of(process)
        if member is None or not member.up:
            request.answer("fail", error=SHUTTING_DOWN)
        elif self._disks.find(member.directory.id) is not member.directory:
            self._host.exit(process, Exit.CRASHED, "PANIC: could not write to the log: Input/output error")
        elif not changes(request):
            upto = member.visible(self._clock.now, self.parameters.replay_lag)
            request.answer(*execute(request, Snapshot(member.data.timeline, upto)))
        elif not member.primary:
            request.answer("fail", error=READ_ONLY)
        elif self._disks.is_full(member.directory.id):
            self._host.exit(process, Exit.CRASHED, f"PANIC: could not write to the log: {NO_SPACE}")
        else:
            writer = Writer(member.data.timeline, self._clock.now)
            outcome = execute(request, writer)
            self.group.commit(member, writer.upto, request, outcome)

    # -- what the scenario and the judge ask -------------------------------------------------------------

    def primary(self) -> Process | None:
        """See `System.primary`: of several the newest timeline's, and of these the one with most in it."""
        member = self.group.leading()
        return member.process if member is not None else None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`."""
        return [
            member.process for member in self.group.sorted() if member.server is Server.REPLICA and member.up
        ]

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what the primary has; else the disk that a primary opened last."""
        member = self.group.leading()
        if member is not None:
            return member.name, Snapshot(member.data.timeline, member.data.timeline.length)
        left = self._disks.find(self._latest) if self._latest is not None else None
        if left is not None and left.contents is not None:
            upto = left.contents.timeline.length if left.contents.primary else left.contents.position
            return f"DataDirectory/{left.id}", Snapshot(left.contents.timeline, upto)
        now = self._clock.now
        standbys = [each for each in self.group.sorted() if each.database is not None]
        best = max(standbys, key=lambda each: (each.data.timeline.id, each.position(now)), default=None)
        if best is None:
            return "nothing", Nothing()
        return f"DataDirectory/{best.directory.id}", Snapshot(best.data.timeline, best.position(now))
