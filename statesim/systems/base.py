"""A ground to write a driver on: members with their data, who leads, and what each life event does by itself.

A subclass says what makes its system what it is: what a member does when it begins (`begin`), what the others
do when one is gone (`gone`), and how an operation is answered (`serve`). The rest is the same for all.

`MemberSystem` keeps a log (`wal.Timeline`) in each member's directory. A system with members of its own kind
(more state for each run), or with a store of another kind, stands on `Members[ItsMember]` and says how to
make one (`member_of`) and what its store is to readers (`copy_of`); one without any disk sets `keeps_data` to
false. Servers that are all alike, without roles, stand on `alike.Alike`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from statesim.node.process import Exit, State
from statesim.systems.data import NO_SPACE, Directory
from statesim.systems.life import Life, hang_up
from statesim.systems.parameters import Parameters
from statesim.systems.roles import PRIMARY, REPLICA, STARTING, STOPPED, Roles
from statesim.systems.statements import Nothing, changes, execute
from statesim.systems.wal import Snapshot, Timeline, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

NOT_THE_PRIMARY = "read-only: this member is not the primary"


class Member:
    """One run of a member's program.

    Attributes
    ----------
    life
        Its timers: they end with it, and stand still with its machine.
    leads
        Whether it believes that it may write.
    stopping
        Whether it was asked to stop.
    ended
        How it ended; ``None`` as long as it has not.
    """

    __slots__ = ("directory", "ended", "leads", "life", "process", "stopping")

    def __init__(self, process: Process, directory: Directory, life: Life) -> None:
        self.process = process
        self.directory = directory
        self.life = life
        self.leads = False
        self.stopping = False
        self.ended: Exit | None = None

    @property
    def name(self) -> str:
        """Return its pod's name."""
        return self.process.pod

    @property
    def log(self) -> Timeline:
        """Return its data; an empty log if its directory was empty."""
        if self.directory.contents is None:
            self.directory.contents = Timeline()
        log: Timeline = self.directory.contents
        return log

    @property
    def serves(self) -> bool:
        """Tell whether it answers now."""
        return self.process.state is State.RUNNING and self.process.listening and not self.stopping


M = TypeVar("M", bound=Member)


class Members(ABC, Generic[M]):
    """Members of one kind, `M`, with a store of any kind.

    Attributes
    ----------
    role_label
        The label that `lead` and `follow` patch onto a member's pod, for Services to select.
    keeps_data
        Whether a member's directory is on its disk; if not, it is in memory and goes with the run.
    members
        The runs that have not ended, by uid of their pods.
    """

    kind: ClassVar[str] = ""
    portrait: ClassVar[Portrait | None] = None
    role_label: ClassVar[str] = "role"
    keeps_data: ClassVar[bool] = True
    takes: ClassVar[type[Any]] = Parameters

    def __init__(self, context: Context, parameters: Any) -> None:
        self.name = context.name
        self.parameters = parameters
        self.clock = context.clock
        self.streams = context.streams
        self.host = context.host
        self.members: dict[str, M] = {}
        self._disks = context.disks
        self._roles = Roles(context)
        self._latest: Directory | None = None

    # -- what a subclass says --------------------------------------------------------------------------

    @abstractmethod
    def member_of(self, process: Process, directory: Directory, life: Life) -> M:
        """Return a new run of a member's program."""

    def begin(self, member: M) -> None:
        """Let a member begin: here it leads at once, whatever the others do."""
        self.lead(member, "it has started")

    def gone(self, member: M) -> None:
        """Hear that a member has ended, or that its machine stands still."""

    def resumed(self, member: M) -> None:
        """Hear that a member's machine runs again: here a member that led goes on leading."""
        if member.leads:
            self.lead(member, "its machine runs again")

    @abstractmethod
    def serve(self, member: M, request: Request) -> None:
        """Answer an operation; call `wrote` when it has changed the member's data."""

    def timeline_of(self, member: M) -> int | None:  # noqa: ARG002 - a subclass may look
        """Return which history a member writes, for the trace; ``None`` = there is but one."""
        return None

    def length_of(self, member: M) -> int:  # noqa: ARG002 - a subclass may look
        """Return how far a member has come: of several that lead, `primary` is the one that is furthest."""
        return 0

    def copy_of(self, contents: Any) -> Copy:  # noqa: ARG002 - a subclass may look
        """Return the contents of a directory as a reader sees them."""
        return Nothing()

    # -- what a subclass uses --------------------------------------------------------------------------

    def wrote(self, member: M) -> None:
        """Note that a member has changed its data: its disk is what survives if no primary does."""
        self._latest = member.directory

    def lead(self, member: M, why: str) -> None:
        """Make a member primary: it takes writes from now on."""
        member.leads = True
        timeline = self.timeline_of(member)
        self._roles.become(member.process, PRIMARY, why, accepts_writes=True, timeline=timeline)
        self.host.label(member.process, {self.role_label: PRIMARY})
        self.host.listening(member.process, True)

    def follow(self, member: M, why: str) -> None:
        """Make a member a replica: it answers reads, from what it has."""
        member.leads = False
        self._roles.become(member.process, REPLICA, why)
        self.host.label(member.process, {self.role_label: REPLICA})
        self.host.listening(member.process, True)

    def live(self) -> list[M]:
        """Return the members that run, by name."""
        running = (member for member in self.members.values() if member.process.state is State.RUNNING)
        return sorted(running, key=lambda member: (member.name, member.process.uid))

    def hears(self, member: M, other: M) -> bool:
        """Tell whether two members can talk: both run, and packets get through."""
        both = member.process.state is State.RUNNING and other.process.state is State.RUNNING
        return both and self.host.reachable(member.process, other.process)

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`."""
        before = self.clock.cause
        directory = self._disks.open(process.data) if self.keeps_data else Directory(f"memory/{process.uid}")
        member = self.members[process.uid] = self.member_of(process, directory, Life(self.clock, process))
        others = set(directory.writers.values())
        directory.writers[process.uid] = process.pod
        self._roles.forget(process)
        self._roles.become(process, STARTING, "it has just started")
        if others and not directory.corrupted:
            self.clock.cause = self._disks.corrupt(directory, {*others, process.pod})
        if self._disks.is_full(directory.id):
            why = f"FATAL: could not start: {NO_SPACE}"
            member.life.later(0, self.host.exit, process, Exit.CRASHED, why)
        else:
            self.begin(member)
        self.clock.cause = before

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: it takes as long as the image says."""
        member = self._of(process)
        if member is not None:
            before = self.clock.cause
            member.stopping = True
            self._retire(member, "it was told to stop")
            self.host.listening(process, False)
            hang_up(process, "closed")
            self.gone(member)
            self.clock.cause = before
        return None

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`: what was acknowledged is on the disk."""
        member = self._of(process)
        if member is None:
            return
        before = self.clock.cause
        member.ended = how
        del self.members[process.uid]
        member.directory.writers.pop(process.uid, None)
        self._retire(member, f"its program has ended: {how.value}")
        if not member.stopping:
            self.gone(member)
        self.clock.cause = before

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`."""
        member = self._of(process)
        if member is not None:
            before = self.clock.cause
            if member.leads:
                timeline = self.timeline_of(member)
                self._roles.become(process, PRIMARY, "its machine stands still", timeline=timeline)
            self.gone(member)
            self.clock.cause = before

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`: it goes on as though nothing had happened."""
        member = self._of(process)
        if member is not None:
            before = self.clock.cause
            member.life.thaw()
            self.resumed(member)
            self.clock.cause = before

    def _of(self, process: Process) -> M | None:
        member = self.members.get(process.uid)
        return member if member is not None and member.process is process else None

    def _retire(self, member: M, why: str) -> None:
        member.leads = False
        self._roles.become(member.process, STOPPED, why)

    # -- what clients, the scenario and the judge ask --------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`."""
        member = self._of(process)
        return None if member is not None and member.serves else "the server is starting up or shutting down"

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`."""
        member = self._of(process)
        if member is None or not member.serves:
            request.answer("fail", error="the server is shutting down")
        elif self.keeps_data and self._disks.find(member.directory.id) is not member.directory:
            self.host.exit(process, Exit.CRASHED, "its disk is gone: Input/output error")
        elif changes(request) and self._disks.is_full(member.directory.id):
            self.host.exit(process, Exit.CRASHED, f"could not write: {NO_SPACE}")
        else:
            self.serve(member, request)

    def network_changed(self) -> None:
        """See `System.network_changed`: here nobody looks before it has something to say."""

    def primary(self) -> Process | None:
        """See `System.primary`: of several, the one that has written most."""
        leading = [member for member in self.live() if member.leads]
        most = max(leading, key=self.length_of, default=None)
        return most.process if most is not None else None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`."""
        return [member.process for member in self.live() if not member.leads]

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what the primary has, else the disk that was written to last."""
        process = self.primary()
        if process is not None:
            return process.pod, self.copy_of(self.members[process.uid].directory.contents)
        left = self._latest
        if left is None or self._disks.find(left.id) is not left or left.contents is None:
            return "nothing", Nothing()
        return f"DataDirectory/{left.id}", self.copy_of(left.contents)


class MemberSystem(Members[Member]):
    """The base of a driver: subclass it, give it a `kind`, and pass the class to `statesim.run`.

    Each member has a log of its own, and only the primary writes.
    """

    def member_of(self, process: Process, directory: Directory, life: Life) -> Member:
        """See `Members.member_of`."""
        return Member(process, directory, life)

    def serve(self, member: Member, request: Request) -> None:
        """See `Members.serve`: from the member's own data, and only the primary writes."""
        if not changes(request):
            request.answer(*execute(request, Snapshot(member.log, member.log.length)))
        elif member.leads:
            request.answer(*execute(request, Writer(member.log, self.clock.now)))
            self.wrote(member)
        else:
            request.answer("fail", error=NOT_THE_PRIMARY)

    def timeline_of(self, member: Member) -> int | None:
        """See `Members.timeline_of`."""
        return member.log.id

    def length_of(self, member: Member) -> int:
        """See `Members.length_of`."""
        return member.log.length

    def copy_of(self, contents: Any) -> Copy:
        """See `Members.copy_of`."""
        return Nothing() if contents is None else Snapshot(contents, contents.length)
