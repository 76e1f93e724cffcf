"""PostgreSQL under Patroni: a leader lease, a race when it runs out, and replicas that follow.

Healthy members cost no events: the leader's renewals and the replicas' positions are derived. Rules:
Patroni docs (dynamic_configuration.rst, replication_modes.rst) and patroni/ha.py; intervals: recordings of a
real three-member cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.clock import SECOND
from statesim.node.process import Exit
from statesim.systems.data import Log
from statesim.systems.lease import Lease
from statesim.systems.patroni_ha import Candidate, race
from statesim.systems.patroni_member import Files, Member
from statesim.systems.patroni_sync import Synchronous

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.parameters import PatroniParameters

# recorded: from the lease's expiry to the lock, when every member answers or refuses at once
RACE_US = 100_000
# patroni/ha.py fetch_node_status: the REST API of a silent machine is waited for this long
REST_TIMEOUT_US = 2 * SECOND
# recorded: a member finds out that it lost the lock, or has it still, within its next loop after a thaw
WAKE_US = 100_000
READ_ONLY = "cannot execute INSERT in a read-only transaction"


class Patroni:
    """One Patroni cluster: its members by pod name, and the leader key in the store."""

    def __init__(self, context: Context, parameters: PatroniParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._context = context
        self.clock = context.clock
        self.trace = context.trace
        self._host = context.host
        rng = context.streams.get("System", self.name, "expiry")
        self.lease = Lease(self.clock, rng, parameters.ttl, parameters.loop_wait, self._on_expiry)
        self.members: dict[str, Member] = {}
        self.sync = Synchronous(self)
        self._initialised = False
        self._timeline = 0
        self._published = 0
        self._racing = False

    # -- the life of a member --------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """Begin as Patroni does: look at the data directory and at who leads."""
        member = self.members.setdefault(process.pod, Member(process.pod))
        member.process = process
        member.directory = self._context.disks.open(process.data)
        member.streaming = False
        self._role(member, "starting")
        self._host.label(process, {self.parameters.role_label: "replica"})
        files = member.files
        if files is None:
            self._begin_empty(member)
        elif self.lease.holder == member.name:
            delay = self.parameters.start_time
            self._after(member, delay, self._resume_leadership)
        else:
            delay = self.parameters.start_time if files.clean else self.parameters.rewind_time
            self._after(member, delay, self._rejoin)

    def _after(self, member: Member, delay: int, step: Any) -> None:
        """Take a member's next step after a delay, if the same program still runs."""
        process = member.process
        self.clock.after(delay, self._step, member, process, step)

    def _step(self, member: Member, process: Process, step: Any) -> None:
        if member.process is process and process.running:
            step(member)
        elif member.process is process and process.alive:
            self.clock.after(SECOND, self._step, member, process, step)

    def _begin_empty(self, member: Member) -> None:
        """Win the `initialize` key and make a new cluster, or wait for a leader to clone (ha.py: bootstrap)."""
        if not self._initialised and self._sees_store(member):
            self._initialised = True
            self._after(member, self.parameters.initdb, self._bootstrap)
        elif self._leader() is not None:
            self._after(member, self.parameters.clone_time, self._cloned)

    def _bootstrap(self, member: Member) -> None:
        assert member.directory is not None
        self._timeline = 1
        member.directory.contents = Files(Log(), 1)
        where = f"DataDirectory/{member.directory.id}"
        self.trace.emit(
            where, "Initialised", pod=member.name, why="the first member to start makes the cluster"
        )
        self._elect(member, "the cluster is new")

    def _cloned(self, member: Member) -> None:
        leader = self._leader()
        if leader is None or leader.files is None or member.directory is None:
            return
        member.directory.contents = Files(leader.files.log, leader.files.timeline)
        member.directory.contents.length = len(leader.files.log)
        self._emit(member, "Cloned", timeline=leader.files.timeline)
        self._follow(member, leader)

    def _rejoin(self, member: Member) -> None:
        """Follow the leader with the data that is there, after pg_rewind where it has diverged."""
        files = member.files
        leader = self._leader()
        if files is None:
            return
        if leader is None or leader.files is None or not self._linked(member, leader):
            self._as_replica(member)
            self._open_race()
            return
        if files.timeline != leader.files.timeline:
            self._rewind(member, leader)
        self._follow(member, leader)

    def _rewind(self, member: Member, leader: Member) -> None:
        """Leave the old timeline at the fork; what was written beyond it is erased (replication_modes.rst)."""
        files, target = member.files, leader.files
        assert files is not None
        assert target is not None
        fork = _common(files, target)
        beyond = files.received - fork
        if beyond > 0:
            self._emit(member, "Diverged", timeline=files.timeline, entries=beyond)
        was_writer = files.length is None
        member.directory.contents = Files(target.log, target.timeline)  # type: ignore[union-attr]
        member.files.length = fork  # type: ignore[union-attr]
        if was_writer or beyond > 0:
            self._emit(member, "Rewound", timeline=target.timeline, entries=max(0, beyond))

    def _follow(self, member: Member, leader: Member) -> None:
        assert member.files is not None
        member.streaming = self._linked(member, leader)
        member.files.clean = False
        self._as_replica(member)
        if member.streaming:
            self._emit(member, "CaughtUp", timeline=member.files.timeline)
        self.sync.changed()

    def _as_replica(self, member: Member) -> None:
        self._role(member, "replica")
        process = member.process
        assert process is not None
        self._host.label(process, {self.parameters.role_label: "replica"})
        self._host.listening(process, True)

    def stopping(self, process: Process) -> int | None:
        """Shut down in order: sessions close, replicas get the rest, then the key is given up (on exit)."""
        member = self.members.get(process.pod)
        if member is None or member.process is not process:
            return None
        if member.role == "primary":
            for other in self.members.values():
                if other.streaming and other.files is not None:
                    other.files.length = len(other.files.log)
            self.trace.emit(f"Member/{member.name}", "Demoted", system=self.name, why="asked to stop")
        self._role(member, "stopping")
        self._hang_up(process)
        return None

    def exited(self, process: Process, how: Exit) -> None:
        """Lose a member: its lease runs on until it expires, unless it was given up."""
        member = self.members.get(process.pod)
        if member is None or member.process is not process:
            return
        led = self.lease.holder == member.name
        if led:
            self._cut_streams(member)
        member.freeze(self.clock.now, self.parameters.replication_lag)
        if member.files is not None:
            member.files.clean = how is Exit.STOPPED
        self._role(member, "stopped")
        member.process = None
        if led:
            where = f"System/{self.name}"
            self.clock.cause = self.trace.emit(where, "PrimaryLost", pod=member.name, reason=how.value)
            self._published = self._published_position(member)
            if how is Exit.STOPPED:
                self.lease.release()
                self._open_race()
            else:
                self.lease.stop()
        else:
            self.sync.changed()

    def _published_position(self, member: Member) -> int:
        """Return the position that the leader wrote to the store in its last loop."""
        files = member.files
        return 0 if files is None else files.log.position_at(self.lease.last_renewal())

    def frozen(self, process: Process) -> None:
        """Stand still: nothing is renewed, streamed or answered."""
        member = self.members.get(process.pod)
        if member is None or member.process is not process:
            return
        if self.lease.holder == member.name:
            self._published = self._published_position(member)
            self._cut_streams(member)
            self.lease.stop()
        member.freeze(self.clock.now, self.parameters.replication_lag)
        self._role(member, member.role, accepts=False)
        self.sync.changed()

    def thawed(self, process: Process) -> None:
        """Go on as if nothing had happened, until the next loop looks at the lock."""
        member = self.members.get(process.pod)
        if member is None or member.process is not process:
            return
        self._role(member, member.role)
        self._after(member, WAKE_US, self._loop_after_silence)

    def _loop_after_silence(self, member: Member) -> None:
        if member.role == "primary":
            if self.lease.holder == member.name and self._sees_store(member):
                self.lease.renew()
                self._restream(member)
            else:
                self._demote(member, "the leader lock is lost")
                self._after(member, self.parameters.rewind_time, self._rejoin)
        elif member.role == "replica":
            self._rejoin(member)

    # -- the lease -------------------------------------------------------------------------------------

    def _on_expiry(self, holder: str, renewed_us: int) -> None:
        where = f"System/{self.name}"
        self.clock.cause = self.trace.emit(
            where, "LeaseExpired", holder=holder, renewed_s=renewed_us / SECOND
        )
        self._open_race()

    def _open_race(self) -> None:
        """Let the members that see the free lock look at each other, then one of them takes it."""
        if self.lease.holder is not None or self._racing or not self._initialised:
            return
        self._racing = True
        silent = any(
            m.process is not None and m.process.alive and not self._host.answers(m.process)
            for m in self.members.values()
        )
        self.clock.after(RACE_US + (REST_TIMEOUT_US if silent else 0), self._race)

    def _race(self) -> None:
        self._racing = False
        if self.lease.holder is not None:
            return
        verdict = race(
            [self._candidate(member) for member in self.members.values()],
            leader_position=self._published,
            lag_limit=self.parameters.maximum_lag_on_failover // self.parameters.wal_per_write,
            synchronous_mode=self.parameters.synchronous_mode,
        )
        if verdict.winner is None:
            self.trace.emit(f"System/{self.name}", "NoCandidate", why=verdict.why)
            return
        member = self.members[verdict.winner]
        self._elect(member, verdict.why)

    def _candidate(self, member: Member) -> Candidate:
        rng = self._context.streams.get("System", self.name, "race", member.name)
        return Candidate(
            name=member.name,
            position=member.position(self.clock.now, self.parameters.replication_lag),
            running=member.running and member.files is not None,
            sees_store=self._sees_store(member),
            synchronous=self.sync.may_lead(member.name),
            draw=rng.random(),
        )

    def _elect(self, member: Member, why: str) -> None:
        term = self.lease.acquire(member.name)
        where = f"System/{self.name}"
        self.clock.cause = self.trace.emit(where, "Elected", pod=member.name, term=term, why=why)
        rng = self._context.streams.get("System", self.name, "promote")
        delay = round(self.parameters.promote_time * (0.8 + 0.4 * rng.random()))
        extra = 60_000 if self.parameters.synchronous_mode and term > 1 else 0
        self._after(member, delay + extra, self._promote)

    def _promote(self, member: Member) -> None:
        if self.lease.holder != member.name:
            return
        member.freeze(self.clock.now, self.parameters.replication_lag)
        if self.lease.term > 1:
            self._timeline += 1
            member.promote(self._timeline)
        elif member.files is not None:
            member.files.length = None
        self._lead(member)

    def _resume_leadership(self, member: Member) -> None:
        """Find the own lock still held after a restart: recover, and go on as primary (ha.py)."""
        if self.lease.holder != member.name or member.files is None:
            self._rejoin(member)
            return
        member.files.length = None
        self.lease.renew()
        self._lead(member)

    def _lead(self, member: Member) -> None:
        process = member.process
        assert process is not None
        assert member.files is not None
        member.files.clean = False
        self.clock.cause = self._emit(member, "Promoted", timeline=self._timeline)
        self._role(member, "primary")
        self._host.label(process, {self.parameters.role_label: "primary"})
        self._host.listening(process, True)
        self.sync.new_leader()
        for other in self.members.values():
            if other is member or other.process is None or not other.process.running:
                continue
            if other.files is None:
                self._after(other, self.parameters.clone_time, self._cloned)
            elif other.role == "replica":
                self._after(other, WAKE_US, self._rejoin)

    def _demote(self, member: Member, why: str) -> None:
        self.clock.cause = self.trace.emit(f"Member/{member.name}", "Demoted", system=self.name, why=why)
        self._role(member, "starting")
        if member.process is not None:
            self._hang_up(member.process)
            self._host.label(member.process, {self.parameters.role_label: "replica"})

    def _hang_up(self, process: Process) -> None:
        self._host.listening(process, False)
        connections, process.connections = process.connections, {}
        for connection in connections.values():
            connection.reset("closed")

    # -- the network -----------------------------------------------------------------------------------

    def network_changed(self) -> None:
        """Look again at every path: to the store, and from the leader to its replicas."""
        leader = self._leader()
        for member in self.members.values():
            if member.streaming and (leader is None or not self._linked(member, leader)):
                member.freeze(self.clock.now, self.parameters.replication_lag)
        if leader is not None and leader.process is not None and leader.process.running:
            self._leader_path(leader)
            self._restream(leader)
        for member in self.members.values():
            if member is not leader and member.role == "primary":
                self._after(member, WAKE_US, self._loop_after_silence)
        self.sync.changed()
        self._open_race()

    def _leader_path(self, leader: Member) -> None:
        """Demote a leader that loses the store, at its next loop + retry_timeout (ha.py: demote offline)."""
        if self._sees_store(leader):
            if leader.role == "primary":
                self.lease.renew()
            return
        loop = self.lease.next_loop()
        self._published = self._published_position(leader)
        self.lease.stop()
        self.clock.at(
            max(loop, self.clock.now) + self.parameters.retry_timeout, self._offline, leader, leader.process
        )

    def _offline(self, member: Member, process: Process) -> None:
        if member.process is not process or member.role != "primary" or self._sees_store(member):
            return
        if not process.running:
            return
        self._cut_streams(member)
        self._demote(member, "the store cannot be reached: demoted after retry_timeout")
        self._after(member, self.parameters.loop_wait, self._wait_for_store)

    def _wait_for_store(self, member: Member) -> None:
        if not self._sees_store(member):
            self._after(member, self.parameters.loop_wait, self._wait_for_store)
        elif self.lease.holder == member.name:
            self._resume_leadership(member)
        else:
            self._rejoin(member)

    def _restream(self, leader: Member) -> None:
        for member in self.members.values():
            idle = member is not leader and member.role == "replica" and not member.streaming
            if idle and member.running and self._linked(member, leader):
                self._after(member, WAKE_US, self._rejoin)

    def _cut_streams(self, leader: Member) -> None:
        for member in self.members.values():
            if member is not leader and member.streaming:
                member.freeze(self.clock.now, self.parameters.replication_lag)

    def _linked(self, member: Member, leader: Member) -> bool:
        ours, theirs = member.process, leader.process
        if ours is None or theirs is None or not theirs.running or not ours.running:
            return False
        return self._host.reachable(ours, theirs)

    def _sees_store(self, member: Member) -> bool:
        return member.process is not None and self._host.api_reachable(member.process)

    def _leader(self) -> Member | None:
        """Return the member that holds the lock and writes."""
        member = self.members.get(self.lease.holder or "")
        return member if member is not None and member.role == "primary" else None

    def streaming(self) -> list[str]:
        """Return the names of the replicas that receive the leader's log now."""
        return [m.name for m in self.members.values() if m.streaming and m.running and m.role == "replica"]

    # -- clients ---------------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - PostgreSQL accepts both
        """Accept a connection on a member that is up, whatever its role."""
        member = self.members.get(process.pod)
        if member is None or member.process is not process or not member.running:
            return "the database system is starting up"
        return None

    def submit(self, process: Process, request: Request) -> None:
        """Commit on the primary, refuse a write elsewhere, read what has been received here."""
        member = self.members.get(process.pod)
        if member is None or member.process is not process or not member.running or member.files is None:
            request.answer("fail", error="the database system is starting up")
        elif request.f != "write":
            length = member.position(self.clock.now, self.parameters.replication_lag)
            request.answer("ok", member.files.log.holds(request.value, length))
        elif member.role != "primary":
            request.answer("fail", error=READ_ONLY)
        else:
            member.files.log.append(self.clock.now, request.value)
            self.sync.commit(request, len(member.files.log))

    def primary(self) -> Process | None:
        """Return the leader's program."""
        leader = self._leader()
        return leader.process if leader is not None else None

    def replicas(self) -> Sequence[Process]:
        """Return the replicas' programs, by name."""
        found = [m.process for m in self.members.values() if m.role == "replica" and m.process is not None]
        return sorted(found, key=lambda process: process.pod)

    def surviving(self) -> tuple[str, Sequence[Any]]:
        """Return the leader's data; without one, the data of the member that has received most."""
        leader = self._leader()
        if leader is None:
            with_data = [m for m in self.members.values() if m.files is not None]
            if not with_data:
                return "", ()
            leader = max(with_data, key=lambda m: (m.files.timeline, m.files.received, m.name))  # type: ignore[union-attr]
        files = leader.files
        assert files is not None
        return f"Pod/{leader.name}", files.log.elements[: files.received]

    # -- the record ------------------------------------------------------------------------------------

    def _role(self, member: Member, role: str, *, accepts: bool | None = None) -> None:
        member.role = role
        writes = role == "primary" if accepts is None else accepts
        process = member.process
        uid = process.uid if process is not None else None
        self.trace.emit(
            f"Member/{member.name}", "Role", role=role, system=self.name, accepts_writes=writes, uid=uid
        )

    def _emit(self, member: Member, event: str, **fields: Any) -> int:
        return self.trace.emit(f"Member/{member.name}", event, system=self.name, **fields)


def _common(files: Files, target: Files) -> int:
    """Return how many entries two timelines share from their beginning."""
    most = min(files.received, len(target.log))
    ours, theirs = files.log.times, target.log.times
    if files.log.elements[:most] == target.log.elements[:most]:
        return most
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        same = (
            ours[:middle] == theirs[:middle] and files.log.elements[:middle] == target.log.elements[:middle]
        )
        low, high = (middle, high) if same else (low, middle - 1)
    return low
