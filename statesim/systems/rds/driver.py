"""A managed database outside the cluster, as Amazon RDS: one zone, two, or a writer and two readers in three.

Kubernetes has no part in it: pods know a name and a password. How the provider notices, fences and promotes
is not public, so a failover is one draw from the documented range: 60 to 120 s for a Multi-AZ instance,
under 35 s for a Multi-AZ cluster, where it ends when the readers have applied what they have (User Guide,
"Failing over a Multi-AZ DB instance", "Multi-AZ DB cluster deployments"). A commit is answered when a second
zone has it. With one zone another host takes the same volume (AWS Database Blog, "RDS Under the Hood:
Single-AZ instance recovery"); if the zone is away with it, people restore to the last log that was
shipped, every five minutes ("Restoring a DB instance to a specified time").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.errors import ModelError
from statesim.kernel.spans import SECOND
from statesim.systems.backups import seen_at
from statesim.systems.life import Life
from statesim.systems.rds.copies import Copy
from statesim.systems.rds.endpoint import Endpoint
from statesim.systems.rds.parameters import CLUSTER, SINGLE, RdsParameters
from statesim.systems.rds.portrait import RDS
from statesim.systems.roles import PRIMARY, REPLICA, STOPPED, Roles
from statesim.systems.statements import changes, execute
from statesim.systems.wal import Snapshot, Timeline, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statesim.cluster.dns import Answer, PodAddress
    from statesim.kernel.clock import Timer
    from statesim.kernel.distributions import Distribution
    from statesim.node.process import Exit, Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy as Data


class Rds:
    """One managed database."""

    kind: ClassVar[str] = "rds"
    takes: ClassVar[type[Any]] = RdsParameters
    portrait: ClassVar[Portrait | None] = RDS

    def __init__(self, context: Context, parameters: RdsParameters) -> None:
        if context.provider is None:
            raise ModelError(f"system {context.name}: there is no provider to run it")
        self.name = context.name
        self.parameters = parameters
        self._clock = context.clock
        self._trace = context.trace
        self._streams = context.streams
        self._disks = context.disks
        self._provider = context.provider
        self._roles = Roles(context)
        self._machines = 0
        self._volumes = 0
        self._began_us = context.clock.now
        self._lost_us = 0
        self._acked = 0  # how long the history was at the last commit that was answered
        self._log = Timeline()
        self._waiting: list[tuple[Request, tuple[Any, ...], int]] = []
        self._recovering: Timer | None = None
        self._host_zone = ""  # where another host is being made ready
        self._restore: object | None = None
        self.endpoint = Endpoint(context.clock, parameters.dns_ttl)
        self.copies = [self._volume(zone) for zone in parameters.zones[: parameters.copies]]
        self._writer: Copy | None = None
        self._provider.listen(self._zone_back)
        for copy in self.copies:
            self._boot(copy)
        self._write_at(self.copies[0], "it has been created")
        for copy in self.copies[1:]:
            self._follow(copy, "it has been created")
        self._clock.cause = None

    # -- machines and volumes ----------------------------------------------------------------------------

    def _volume(self, zone: str) -> Copy:
        self._volumes += 1
        return Copy(zone, self._disks.open(f"{self.name}/{self._volumes}-{zone}"), self._log)

    def _boot(self, copy: Copy) -> None:
        """Open a volume on a new machine of its zone."""
        if copy.due is not None:
            copy.due.cancel()
            copy.due = None
        self._machines += 1
        name = f"{self.name}-{copy.zone}-{self._machines}"
        copy.process = self._provider.rent(name, copy.zone, copy.directory.id, self)

    def _write_at(self, copy: Copy, why: str) -> None:
        """Let a copy take writes, and the name stand for it."""
        process = copy.process
        assert process is not None
        if copy.length < self._log.length:  # what was never answered is nobody's
            self._log = self._log.branch(copy.length)
            for other in self.copies:
                other.upto = min(other.length, copy.length)
                other.directory.contents = self._log
        copy.upto = None
        self._writer = copy
        process.listening = True
        self._roles.become(process, PRIMARY, why, accepts_writes=True, timeline=self._log.id)
        self.endpoint.point(process)
        for other in self.copies:
            if other is not copy and other.process is not None:
                other.upto = None
            elif other is not copy:
                self._repair(other)

    def _follow(self, copy: Copy, why: str) -> None:
        process = copy.process
        assert process is not None
        copy.upto = None
        self._roles.become(process, REPLICA, why)
        waiting, self._waiting = self._waiting, []
        for request, outcome, length in waiting:
            self._answer(request, outcome, length)

    # -- loss and recovery -------------------------------------------------------------------------------

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`: the provider hears of it, and nobody else."""
        copy = next((each for each in self.copies if each.process is process), None)
        if copy is None:
            return
        before = self._clock.cause
        copy.process, copy.upto = None, copy.length
        self._roles.become(process, STOPPED, f"its machine is gone: {how.value}")
        if copy is self._writer:
            self._writer, self._waiting = None, []
            self._lost_us = self._clock.now
            self._recover()
        elif self._writer is not None:
            self._repair(copy)
        else:
            self._recover()
        self._clock.cause = before

    def _zone_back(self, zone: str) -> None:
        """Begin in a zone that has power again; what was under way there begins anew."""
        for copy in self.copies:
            if copy.zone == zone and copy.due is not None:
                copy.due.cancel()
                copy.due = None
        if self._writer is None:
            if self._recovering is not None and self._host_zone == zone:
                self._recovering.cancel()
                self._recovering = None
            self._recover()
        else:
            for copy in self.copies:
                if copy.zone == zone and copy.process is None:
                    self._repair(copy)

    def _whole(self) -> list[Copy]:
        """Return the copies that have every commit that was answered, in zones that have power."""
        return [c for c in self.copies if c.length >= self._acked and self._provider.zone_up(c.zone)]

    def _recover(self) -> None:
        """Settle how there will be a writer again: a failover, another host, or what people do."""
        if self._recovering is not None:
            return
        whole = self._whole()
        if any(copy.process is not None for copy in whole):
            took_us = self._draw("failover", self.parameters.failover_delay)
            if self.parameters.deployment == CLUSTER:
                took_us += self.parameters.replica_lag
            self._tell("failover", took_us)
            self._later(took_us, self._fail_over)
        elif whole:
            took_us = self._draw("host recovery", self.parameters.host_recovery)
            self._tell("host recovery", took_us)
            self._later(took_us, self._recover_host)
            self._host_zone = whole[0].zone
        elif self._restore is None:
            self._restore = object()
            self._tell("waiting for its zone", self.parameters.restore_decision)
            self._clock.after(self.parameters.restore_decision, self._decide, self._restore)

    def _later(self, delay_us: int, fn: Callable[[], bool]) -> None:
        self._recovering = self._clock.after(delay_us, self._done, fn)

    def _done(self, fn: Callable[[], bool]) -> None:
        """Have a writer again, or begin anew if what it was to be is gone meanwhile."""
        self._recovering, self._host_zone = None, ""
        if self._writer is None and not fn():
            self._recover()
        if self._writer is not None:
            self._restore = None

    def _fail_over(self) -> bool:
        found = [copy for copy in self._whole() if copy.process is not None]
        if found:
            self._write_at(
                max(found, key=lambda copy: copy.length), "the failover is done: its name leads here"
            )
        return bool(found)

    def _recover_host(self) -> bool:
        found = self._whole()
        if found:
            if found[0].process is None:
                self._boot(found[0])
            self._write_at(found[0], "another host has opened the volume")
        return bool(found)

    def _repair(self, copy: Copy) -> None:
        """Have a copy that is away come back: another host, and then what it has missed."""
        if copy.due is not None or not self._provider.zone_up(copy.zone):
            return
        host_us = self._draw("host recovery", self.parameters.host_recovery)
        copy.due = self._clock.after(host_us + self.parameters.resync, self._repaired, copy)

    def _repaired(self, copy: Copy) -> None:
        copy.due = None
        away = copy in self.copies and copy.process is None
        if away and self._writer is not None and self._provider.zone_up(copy.zone):
            self._boot(copy)
            self._follow(copy, "it has everything again")

    def _decide(self, restore: object) -> None:
        """Let people begin a restore, unless there is a writer or will be."""
        if self._restore is not restore:
            return
        if self._writer is not None or self._recovering is not None:
            self._restore = None
            return
        self._tell("restore", self.parameters.restore_us)
        self._later(self.parameters.restore_us, self._restored)

    def _restored(self) -> bool:
        """Bring the database back elsewhere, as of the last log that was shipped before it was lost."""
        back = self._bring_back(
            self._shipped_us(self._lost_us), "it is restored as of the last log that was shipped"
        )
        if not back:
            self._restore = None
        return back

    def _shipped_us(self, now: int) -> int:
        """Return the latest restorable time."""
        return now - (now - self._began_us) % self.parameters.log_shipping

    def cannot_restore(self, to_us: int | None) -> str | None:
        """See `Restorable.cannot_restore`."""
        latest_us = self._shipped_us(self._clock.now if self._writer is not None else self._lost_us)
        if to_us is not None and to_us > latest_us:
            return f"the latest restorable time is {latest_us / SECOND:g} s"
        return None

    def restore(self, to_us: int | None) -> None:
        """See `Restorable.restore`: into a new instance, which then takes the old one's name."""
        now = self._clock.now if self._writer is not None else self._lost_us
        at = self._shipped_us(now) if to_us is None else to_us
        self._tell("restore to a point in time", self.parameters.restore_us)
        self._clock.after(self.parameters.restore_us, self._rename, at)

    def _rename(self, at: int) -> None:
        """Let the new instance take the name, and give the old one up."""
        if self._recovering is not None:
            self._recovering.cancel()
            self._recovering = None
        self._bring_back(at, "it is restored to a point in time, and has taken the name")

    def _bring_back(self, at: int, why: str) -> bool:
        """Have the database as of an instant on new volumes; those that it had are given up."""
        zone = next((zone for zone in self.parameters.zones if self._provider.zone_up(zone)), None)
        if zone is None:
            return False
        old, self._writer, self._waiting = self.copies, None, []
        timeline, length = seen_at(self._log, at)
        self._log = Timeline(self._log.id + 1, timeline, length)
        self._acked = length
        others = [each for each in self.parameters.zones if each != zone][: self.parameters.copies - 1]
        self.copies = [self._volume(each) for each in (zone, *others)]
        for copy in self.copies[1:]:
            copy.upto = 0
        cause = self._clock.cause
        for copy in old:
            if copy.due is not None:
                copy.due.cancel()
            if copy.process is not None:
                self._roles.become(copy.process, STOPPED, "a restored instance has taken its place")
                self._provider.give_back(copy.process)
                self._clock.cause = cause
        self._boot(self.copies[0])
        self._write_at(self.copies[0], why)
        return True

    def _draw(self, purpose: str, delay: Distribution) -> int:
        return delay.draw(self._streams.get(f"System/{self.name}", purpose))

    def _tell(self, what: str, took_us: int) -> None:
        self._clock.cause = self._trace.emit(
            f"System/{self.name}", "Recovering", by=what, expected_s=took_us / SECOND
        )

    # -- what clients ask --------------------------------------------------------------------------------

    def look_up(self) -> Answer:
        """See `Outside.look_up`."""
        return self.endpoint.ask()

    def is_current(self, address: PodAddress) -> bool:
        """See `Outside.is_current`."""
        return self.endpoint.stands_for(address)

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`: the name stands for the writer alone."""
        writer = self._writer
        return None if writer is not None and writer.process is process else "connection refused"

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`: a commit is answered when another zone has it, where there is to be one."""
        if self._writer is None or self._writer.process is not process:
            request.answer("fail", error="the server is shutting down")
            return
        if not changes(request):
            request.answer(*execute(request, Snapshot(self._log, self._log.length)))
            return
        outcome = execute(request, Writer(self._log, self._clock.now))
        length = self._log.length
        if self.parameters.deployment == SINGLE:
            self._answer(request, outcome, length)
        else:
            life = Life(self._clock, process)
            life.later(self.parameters.sync_penalty, self._confirm, request, outcome, length)

    def _confirm(self, request: Request, outcome: tuple[Any, ...], length: int) -> None:
        """Answer a commit; in a cluster one of the readers must be there."""
        readers = [copy for copy in self.copies if copy is not self._writer and copy.process is not None]
        if self.parameters.deployment == CLUSTER and not readers:
            self._waiting.append((request, outcome, length))
        else:
            self._answer(request, outcome, length)

    def _answer(self, request: Request, outcome: tuple[Any, ...], length: int) -> None:
        self._acked = max(self._acked, length)
        request.answer(*outcome)

    def primary(self) -> Process | None:
        """See `System.primary`."""
        return None if self._writer is None else self._writer.process

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: the standby of an instance is one too, though nobody can read from it."""
        others = [copy.process for copy in self.copies if copy is not self._writer]
        return sorted((each for each in others if each is not None), key=lambda process: process.pod)

    def surviving(self) -> tuple[str, Data]:
        """See `System.surviving`: what the writer has, else the volume that has most."""
        best = self._writer or max(self.copies, key=lambda copy: copy.length)
        process = best.process
        source = process.pod if process is not None else f"DataDirectory/{best.directory.id}"
        return source, Snapshot(self._log, best.length)

    # -- what only a kubelet would tell ------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`: no pod of the cluster runs it."""

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: no pod of the cluster runs it."""

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`: nobody freezes a provider's machine."""

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`: nobody freezes a provider's machine."""

    def network_changed(self) -> None:
        """See `System.network_changed`: a provider's own network does not fail here."""
