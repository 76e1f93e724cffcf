"""One PostgreSQL server on one data directory: no replica, no failover, no guard against a second server.

Its detector is the kubelet, its failover is a restart. An empty directory becomes an empty database that
looks healthy. Two servers on one directory do not notice each other across containers: ``postmaster.pid``
names a process of another PID namespace (pgsql-hackers, "File locks for data directory lockfile in the
context of Linux namespaces", 2025).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit, State
from statesim.systems.backups import Archive, Restore, tell_restored
from statesim.systems.data import NO_SPACE
from statesim.systems.durability import Durability
from statesim.systems.life import Life, hang_up
from statesim.systems.portraits import POSTGRES
from statesim.systems.postgres.asynchronous import flushed
from statesim.systems.postgres.parameters import PostgresParameters
from statesim.systems.postgres.words import SHUTTING_DOWN, STARTING_UP
from statesim.systems.roles import PRIMARY, RECOVERING, STARTING, STOPPED, Roles
from statesim.systems.statements import Nothing, changes, execute
from statesim.systems.transactions import TAKE_TIME, Isolation, Transactions
from statesim.systems.wal import Database, Snapshot, Timeline, Writer

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy, Outcome

_RUNNING = State.RUNNING
UNFORCED = Durability(sync_us=None)
NOT_FLUSHED = "they were answered before they were on the disk"
NOT_FORCED = "its pages had come to the disk in no order when the power was cut"
LOCK_FILE = f'FATAL: could not write lock file "postmaster.pid": {NO_SPACE}'


class Order(NamedTuple):
    """What a person has said: to which instant the next server that starts is to be restored."""

    to_us: int | None


class Server:
    """A run of postgres.

    Attributes
    ----------
    branch
        The history that it writes; ``None`` until it serves.
    transactions
        Those under way, if they take time.
    """

    __slots__ = ("branch", "directory", "life", "process", "stopping", "transactions")

    def __init__(self, process: Process, directory: Directory, life: Life) -> None:
        self.process = process
        self.directory = directory
        self.life = life
        self.branch: Timeline | None = None
        self.stopping = False
        self.transactions: Transactions | None = None

    @property
    def serves(self) -> bool:
        """Tell whether it answers clients now."""
        return self.branch is not None and not self.stopping and self.process.state is _RUNNING


class Postgres:
    """Standalone servers behind one name; several at once are several databases."""

    kind: ClassVar[str] = "postgres"
    takes: ClassVar[type[Any]] = PostgresParameters
    portrait: ClassVar[Portrait | None] = POSTGRES

    def __init__(self, context: Context, parameters: PostgresParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._clock = context.clock
        self._trace = context.trace
        self._host = context.host
        self._disks = context.disks
        self._roles = Roles(context)
        self._servers: dict[str, Server] = {}
        self._latest: str | None = None
        self._archive = Archive(parameters)
        self._order: Order | None = None

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`: open the directory as it is found."""
        before = self._clock.cause
        directory = self._disks.open(process.data)
        server = Server(process, directory, Life(self._clock, process))
        self._servers[process.uid] = server
        self._roles.forget(process)
        self._open(server)
        self._clock.cause = before

    def _open(self, server: Server) -> None:
        """Recover, initialise or just start.

        Sources: PostgreSQL docs, "Reliability and the Write-Ahead Log" (recovery), initdb; a directory that
        two servers have written to has no valid checkpoint.
        """
        directory, process, p = server.directory, server.process, self.parameters
        others = list(directory.writers.values())
        directory.writers[process.uid] = process.pod
        database: Database | None = directory.contents
        if self._order is not None and not others and not self._disks.is_full(directory.id):
            self._restore(server, self._order)
            return
        if others and not directory.corrupted:
            self._clock.cause = self._disks.corrupt(directory, {*others, process.pod})
        elif directory.corrupted and not others and not p.ignore_corruption:
            self._roles.become(process, STARTING, "the server reads its data directory")
            server.life.later(p.start_time, self._refuse, server)
            return
        if self._disks.is_full(directory.id):
            self._roles.become(process, STARTING, "its disk is full")
            server.life.later(p.start_time, self._host.exit, process, Exit.CRASHED, LOCK_FILE)
        elif database is None:
            self._roles.become(process, STARTING, "the data directory is empty: initdb")
            server.life.later(p.initdb + p.start_time, self._initialised, server)
        elif database.clean:
            self._roles.become(process, STARTING, "the last shutdown was in order")
            server.life.later(p.start_time, self._serve, server)
        else:
            replay = self._unreplayed(database) * p.wal_per_write * SECOND // p.replay_rate
            self._roles.become(process, RECOVERING, "the last shutdown was not in order: the log is replayed")
            server.life.later(p.start_time + replay, self._recovered, server, replay)

    def _unreplayed(self, database: Database) -> int:
        if database.unreplayed is not None:
            return database.unreplayed
        return database.timeline.length - database.timeline.position_at(database.opened_us)

    def _refuse(self, server: Server) -> None:
        why = "PANIC: could not locate a valid checkpoint record"
        self._host.exit(server.process, Exit.CORRUPTED, why)

    def _initialised(self, server: Server) -> None:
        if server.directory.contents is None:
            server.directory.contents = Database(f"{self.name}/{server.process.uid}", Timeline())
            self._clock.cause = self._trace.emit(
                f"DataDirectory/{server.directory.id}", "Initialised", pod=server.process.pod
            )
        self._serve(server)

    def _recovered(self, server: Server, replay_us: int) -> None:
        self._clock.cause = self._trace.emit(
            f"DataDirectory/{server.directory.id}",
            "Recovered",
            pod=server.process.pod,
            replayed_s=replay_us / SECOND,
        )
        self._serve(server)

    def _serve(self, server: Server) -> None:
        """Take clients. Beside another server, what follows is a branch that the other knows nothing of."""
        if server.stopping:
            return
        database: Database = server.directory.contents
        database.position = database.timeline.length
        alone = len(server.directory.writers) == 1
        branch = database.timeline
        if not alone:
            branch = branch.cut(branch.length)
        server.branch = branch
        self._archive.opens(branch, self._clock.now)
        if self.parameters.transaction_time:
            server.transactions = self._transactions(server, branch)
        database.open_for_writing(branch if alone else database.timeline, self._clock.now)
        self._latest = server.process.data
        why = "the server takes connections"
        self._roles.become(server.process, PRIMARY, why, accepts_writes=True, timeline=branch.id)
        self._host.listening(server.process, True)

    def _transactions(self, server: Server, branch: Timeline) -> Transactions:
        p = self.parameters

        def commit(request: Request, writes: Mapping[Hashable, Any], outcome: Outcome) -> int:
            if not server.serves:
                request.answer("fail", error=SHUTTING_DOWN)
            elif self._writable(server, changing=bool(writes)):
                now = self._clock.now
                for key, value in writes.items():
                    branch.append(now, key, value)
                if writes:
                    server.directory.contents.timeline = branch
                request.answer(*outcome)
            return branch.length

        isolation = Isolation(p.default_transaction_isolation)
        return Transactions(server.life, isolation, p.transaction_time, commit)

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: a fast shutdown, which takes as long as the image says."""
        server = self._of(process)
        if server is None:
            return None
        server.stopping = True
        before = self._clock.cause
        self._roles.become(process, STOPPED, "it was told to stop")
        self._host.listening(process, False)
        hang_up(process, "closed")
        self._clock.cause = before
        return None

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`: what was flushed is on the disk."""
        server = self._of(process)
        if server is None:
            return
        del self._servers[process.uid]
        directory = server.directory
        directory.writers.pop(process.uid, None)
        database: Database | None = directory.contents
        before = self._clock.cause
        if server.branch is not None and database is not None and not directory.writers:
            self._close(server, database, how)
        self._clock.cause = before
        self._roles.become(process, STOPPED, f"the server has ended: {how.value}")
        self._clock.cause = before

    def _close(self, server: Server, database: Database, how: Exit) -> None:
        """Leave on the disk what has come there.

        Source: PostgreSQL docs, "Reliability", "Asynchronous Commit", ``fsync``: without it a power cut can
        leave a database that is corrupted.
        """
        p, directory, now = self.parameters, server.directory, self._clock.now
        alone = server.branch is database.timeline
        clean, kept = how is Exit.STOPPED and alone, database.timeline.length
        if how is not Exit.STOPPED and alone and not p.synchronous_commit:
            began = database.opened_us
            kept = flushed(database.timeline, began, now, p.wal_writer_delay, p.wal_per_write)
        if not p.fsync:
            kept = min(kept, UNFORCED.kept(how, database.opened_us, now, database.timeline))
        written = kept == database.timeline.length
        if server.branch is not None:
            self._archive.closes(server.branch, now, clean=clean and self._whole(server))
        lost = database.close(now, clean=clean, checkpoint_us=p.checkpoint_timeout, kept=kept)
        if lost:
            self._clock.cause = self._disks.lose_tail(directory, lost, NOT_FLUSHED)
        if not p.fsync and how is Exit.POWER_CUT and not written and not directory.corrupted:
            self._disks.corrupt(directory, [server.process.pod], NOT_FORCED)

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`."""
        server = self._of(process)
        if server is not None and server.branch is not None and not server.stopping:
            before = self._clock.cause
            self._roles.become(process, PRIMARY, "its machine stands still", timeline=server.branch.id)
            self._clock.cause = before

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`: it goes on as though nothing had happened."""
        server = self._of(process)
        if server is None:
            return
        before = self._clock.cause
        server.life.thaw()
        if server.branch is not None and server.serves:
            why = "its machine runs again"
            self._roles.become(process, PRIMARY, why, accepts_writes=True, timeline=server.branch.id)
        self._clock.cause = before

    def _of(self, process: Process) -> Server | None:
        server = self._servers.get(process.uid)
        return server if server is not None and server.process is process else None

    # -- what people do --------------------------------------------------------------------------------

    def cannot_restore(self, to_us: int | None) -> str | None:
        """See `Restorable.cannot_restore`: a server that runs has the rest of its log stored when it ends."""
        now = self._clock.now
        in_order = any(
            server.branch is not None and self._archive.takes(server.branch) and self._whole(server)
            for server in self._servers.values()
        )
        plan = self._archive.plan(to_us, now, in_order=in_order)
        return plan if isinstance(plan, str) else None

    def _whole(self, server: Server) -> bool:
        return self._disks.find(server.directory.id) is server.directory

    def restore(self, to_us: int | None) -> None:
        """See `Restorable.restore`: servers are stopped, and the entrypoint of the next one does it."""
        self._order = Order(to_us)
        cause = self._clock.cause
        for server in list(self._servers.values()):
            if not server.process.running or not self._host.api_reachable(server.process):
                continue
            self._clock.cause = cause
            how = Exit.STOPPED if self._whole(server) else Exit.CRASHED
            self._host.exit(server.process, how, "a person stops it for a restore")

    def _restore(self, server: Server, order: Order) -> None:
        """Empty the directory, copy a base backup into it, and replay the log (``recovery.signal``)."""
        plan = self._archive.plan(order.to_us, self._clock.now)
        if isinstance(plan, str):
            self._order = None
            self._roles.become(server.process, STARTING, f"it cannot be restored: {plan}")
            server.life.later(self.parameters.start_time, self._host.exit, server.process, Exit.CRASHED, plan)
            return
        directory = server.directory
        directory.contents, directory.corrupted = None, False
        self._roles.become(server.process, RECOVERING, "it is restored from a backup and the archived log")
        server.life.later(plan.took_us + self.parameters.start_time, self._restored, server, plan)

    def _restored(self, server: Server, plan: Restore) -> None:
        self._order = None
        timeline = self._archive.branch(plan.point)
        server.directory.contents = Database(f"{self.name}/restored", timeline)
        self._clock.cause = tell_restored(self._trace, server.directory.id, server.process.pod, plan)
        self._serve(server)

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`."""
        server = self._of(process)
        if server is not None and server.serves:
            return None
        return SHUTTING_DOWN if server is not None and server.stopping else STARTING_UP

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`: a commit is answered when its log record is on the disk."""
        server = self._of(process)
        if server is None or not server.serves or server.branch is None:
            request.answer("fail", error=SHUTTING_DOWN)
            return
        if server.transactions is not None and request.f in TAKE_TIME:
            server.transactions.begin(request, server.branch)
        elif not self._writable(server, changing=changes(request)):
            return
        elif not changes(request):
            request.answer(*execute(request, Snapshot(server.branch, server.branch.length)))
        else:
            outcome = execute(request, Writer(server.branch, self._clock.now))
            server.directory.contents.timeline = server.branch
            request.answer(*outcome)

    def _writable(self, server: Server, *, changing: bool) -> bool:
        """Tell whether its disk is there, and has room for a change: if not, the server panics."""
        if self._disks.find(server.directory.id) is not server.directory:
            why = "PANIC: could not write to the log: Input/output error"
        elif changing and self._disks.is_full(server.directory.id):
            why = f"PANIC: could not write to the log: {NO_SPACE}"
        else:
            return True
        self._host.exit(server.process, Exit.CRASHED, why)
        return False

    # -- what the scenario and the judge ask -------------------------------------------------------------

    def network_changed(self) -> None:
        """See `System.network_changed`: it has no peers."""

    def primary(self) -> Process | None:
        """See `System.primary`: of several servers, one that clients have found; the one started last."""
        serving = [server.process for server in self._servers.values() if server.serves]
        return max(serving, key=lambda p: (bool(p.connections), p.started_us, p.uid), default=None)

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: there are none."""
        return []

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what the serving server has; else the disk that was written to last.

        On a directory that two servers wrote to, the branch of the one that wrote last is what is left.
        """
        process = self.primary()
        if process is not None:
            source, directory = process.pod, self._disks.find(process.data)
        elif self._latest is not None:
            source, directory = f"DataDirectory/{self._latest}", self._disks.find(self._latest)
        else:
            return "nothing", Nothing()
        if directory is None or directory.contents is None:
            return source, Nothing()
        timeline: Timeline = directory.contents.timeline
        return source, Snapshot(timeline, timeline.length)
