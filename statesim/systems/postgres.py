"""One PostgreSQL server on one data directory: what it finds there is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.clock import SECOND
from statesim.node.process import Exit
from statesim.systems.data import Log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context, Request
    from statesim.systems.parameters import PostgresParameters


class Files:
    """What a data directory holds: the log, and whether the server that wrote it shut down cleanly."""

    __slots__ = ("checkpoint", "clean", "log")

    def __init__(self, log: Log) -> None:
        self.log = log
        self.clean = True
        self.checkpoint = 0


class Server:
    """One run of PostgreSQL."""

    __slots__ = ("directory", "log", "process", "serving", "started_us")

    def __init__(self, process: Process, directory: Directory, started_us: int) -> None:
        self.process = process
        self.directory = directory
        self.started_us = started_us
        self.log: Log = Log()
        self.serving = False


class Postgres:
    """PostgreSQL without replication; several servers of one workload know nothing of each other.

    A start finds an empty directory (and initialises it: ready, and empty), a clean one, or one to recover:
    replay takes the WAL since the last checkpoint (PostgreSQL docs, "WAL Configuration").

    Two servers on one directory do not notice each other across PID namespaces (pgsql-hackers 2025-12-19,
    "File locks for data directory lockfile in the context of Linux namespaces"): the directory is corrupted
    from then on. Each goes on from what was there; what the one that writes last has written survives, and
    no server starts on the directory again.
    """

    def __init__(self, context: Context, parameters: PostgresParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._context = context
        self._clock = context.clock
        self._trace = context.trace
        self._servers: dict[tuple[str, int], Server] = {}
        self._last_directory: str | None = None

    # -- the life of a server --------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """Open the data directory, and serve when it is in order."""
        directory = self._context.disks.open(process.data)
        others = [s for s in self._servers.values() if s.directory is directory]
        server = Server(process, directory, self._clock.now)
        if directory.corrupted and not others:
            why = "PANIC: could not locate a valid checkpoint record"
            self._context.host.exit(process, Exit.CORRUPTED, why)
            return
        self._servers[_run(process)] = server
        if others:
            self._corrupt(directory, [*others, server])
        self._role(process, "starting", accepts=False)
        if directory.contents is None:
            self._clock.after(self.parameters.initdb, self._initialise, server)
        elif directory.contents.clean:
            self._clock.after(self.parameters.start_time, self._serve, server)
        else:
            self._role(process, "recovering", accepts=False)
            replay = self._replay_us(directory.contents)
            self._clock.after(self.parameters.start_time + replay, self._recovered, server, replay)

    def _replay_us(self, files: Files) -> int:
        entries = len(files.log) - files.checkpoint
        return entries * self.parameters.wal_per_write * SECOND // self.parameters.replay_rate

    def _initialise(self, server: Server) -> None:
        if not self._alive(server):
            return
        server.directory.contents = Files(Log())
        self._trace.emit(f"DataDirectory/{server.directory.id}", "Initialised", pod=server.process.pod)
        self._serve(server)

    def _recovered(self, server: Server, replay: int) -> None:
        if self._alive(server):
            where = f"DataDirectory/{server.directory.id}"
            self._trace.emit(where, "Recovered", pod=server.process.pod, replayed_s=replay / SECOND)
            self._serve(server)

    def _serve(self, server: Server) -> None:
        if not self._alive(server):
            return
        files: Files = server.directory.contents
        files.clean = False
        files.checkpoint = len(files.log)
        server.log = files.log
        server.serving = True
        server.started_us = self._clock.now
        self._last_directory = server.directory.id
        self._role(server.process, "primary", accepts=True)
        self._context.host.listening(server.process, True)

    def _alive(self, server: Server) -> bool:
        return self._servers.get(_run(server.process)) is server and server.process.alive

    def _corrupt(self, directory: Directory, servers: list[Server]) -> None:
        if directory.corrupted:
            return
        directory.corrupted = True
        pods = sorted({server.process.pod for server in servers})
        self._trace.emit(f"DataDirectory/{directory.id}", "Corrupted", pods=pods)
        for server in servers:
            server.log = server.log.prefix(len(server.log))

    def _role(self, process: Process, role: str, *, accepts: bool) -> None:
        self._trace.emit(
            f"Member/{process.pod}",
            "Role",
            role=role,
            system=self.name,
            accepts_writes=accepts,
            uid=process.uid,
        )

    def stopping(self, process: Process) -> int | None:
        """Shut down fast: sessions are closed, a checkpoint is written; the image's `stop` says how long."""
        server = self._servers.get(_run(process))
        if server is not None:
            server.serving = False
            self._role(process, "stopping", accepts=False)
            self._context.host.listening(process, False)
            connections, process.connections = process.connections, {}
            for connection in connections.values():
                connection.reset("closed")
        return None

    def exited(self, process: Process, how: Exit) -> None:
        """Let go of the directory; only a proper stop leaves it clean."""
        server = self._servers.pop(_run(process), None)
        if server is None:
            return
        files: Files | None = server.directory.contents
        if files is not None and how is Exit.STOPPED:
            files.clean = True
        if files is not None and how is not Exit.STOPPED:
            self._since_checkpoint(server, files)
        self._role(process, "stopped", accepts=False)
        if self.primary() is None:
            where = f"System/{self.name}"
            self._trace.emit(where, "PrimaryLost", pod=process.pod, reason=how.value)

    def _since_checkpoint(self, server: Server, files: Files) -> None:
        """Note how far the last checkpoint had come: one every `checkpoint_timeout` since the start."""
        every = self.parameters.checkpoint_timeout
        last = server.started_us + (self._clock.now - server.started_us) // every * every
        files.checkpoint = max(files.checkpoint, files.log.position_at(last))

    def frozen(self, process: Process) -> None:
        """Stand still."""
        self._accepting(process, accepts=False)

    def thawed(self, process: Process) -> None:
        """Go on."""
        self._accepting(process, accepts=True)

    def _accepting(self, process: Process, *, accepts: bool) -> None:
        server = self._servers.get(_run(process))
        if server is not None and server.serving:
            self._role(process, "primary", accepts=accepts)

    # -- clients ---------------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the contract
        """Accept a connection once the server serves."""
        server = self._servers.get(_run(process))
        return None if server is not None and server.serving else "the database system is starting up"

    def submit(self, process: Process, request: Request) -> None:
        """Commit a write to the log (flushed before it is answered), or look for an element."""
        server = self._servers.get(_run(process))
        if server is None or not server.serving:
            request.answer("fail", error="terminating connection due to administrator command")
        elif request.f == "write":
            server.log.append(self._clock.now, request.value)
            server.directory.contents.log = server.log
            request.answer("ok", request.value)
        else:
            request.answer("ok", server.log.holds(request.value))

    def network_changed(self) -> None:
        """Nothing to do: it talks to nobody."""

    def primary(self) -> Process | None:
        """Return the server that serves; the latest to start, if several do."""
        serving = [server for server in self._servers.values() if server.serving]
        return max(serving, key=lambda s: s.started_us).process if serving else None

    def replicas(self) -> Sequence[Process]:
        """Return nobody: there are none."""
        return ()

    def surviving(self) -> tuple[str, Sequence[Any]]:
        """Return the data of the server that serves; else what lies on the directory of the last one that did."""
        primary = self.primary()
        id_ = primary.data if primary is not None else self._last_directory
        directory = self._context.disks.find(id_) if id_ is not None else None
        if directory is None or directory.contents is None:
            return "", ()
        return f"DataDirectory/{directory.id}", directory.contents.log.elements


def _run(process: Process) -> tuple[str, int]:
    return process.uid, process.incarnation
