"""A server in each pod, whose role its own configuration says and people change: what such systems share.

A subclass gives the servers their `Words`, what they do that takes time (`Steps`), and says up to where a
reader sees a server's log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from statesim.node.process import Exit
from statesim.systems.configured import Configured
from statesim.systems.data import NO_SPACE
from statesim.systems.replication import Server
from statesim.systems.roles import PRIMARY, STARTING, STOPPED
from statesim.systems.serving import serve
from statesim.systems.statements import Nothing
from statesim.systems.wal import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.configured import Members
    from statesim.systems.drift import Held
    from statesim.systems.driver import Context, Request
    from statesim.systems.statements import Copy

M = TypeVar("M", bound=Configured)
M_contra = TypeVar("M_contra", bound=Configured, contravariant=True)


class Words(NamedTuple):
    """What a server says.

    Attributes
    ----------
    starting_up, shutting_down, read_only
        To a client that it does not serve.
    no_start, spoilt, no_write
        As it ends: it cannot start, another server has written to its data, it cannot write its log.
    """

    starting_up: str
    shutting_down: str
    read_only: str
    no_start: str
    spoilt: str
    no_write: str


class Steps(Protocol[M_contra]):
    """What a member does that takes time.

    Attributes
    ----------
    orders
        Pods that are to be rebuilt as soon as they run.
    """

    orders: set[str]

    def begin(self, member: M_contra) -> None:
        """Begin as the number says on an empty disk, and as the disk says on any other."""

    def retry(self) -> None:
        """Let those go on who wait for another, if they can reach it now."""

    def promote(self, member: M_contra) -> None:
        """Make a replica a primary."""

    def rebuild(self, member: M_contra) -> None:
        """Make a member a replica of the present primary, whatever it is now."""

    def close(self, member: M_contra, *, clean: bool, why: str) -> None:
        """Take a server down: its clients hear it."""

    def fall(self, member: M_contra, how: Exit) -> None:
        """Note that a server has ended, on its disk and at those who streamed from it."""


class ServersByHand(Generic[M]):
    """The driver of such a system; it implements `driver.ByHand` as well.

    Attributes
    ----------
    group, steps
        The members, and what they do that takes time: a subclass sets both.
    """

    words: Words
    group: Members[M]
    steps: Steps[M]

    def __init__(self, context: Context, parameters: Any) -> None:
        self.name = context.name
        self.parameters = parameters
        self._clock = context.clock
        self._host = context.host
        self._disks = context.disks
        self._disks.on_full.append(self._filled)
        self._latest: str | None = None
        self._seats: dict[str, str] = {}

    # -- what a subclass says --------------------------------------------------------------------------

    def member(self, process: Process) -> M:
        """Return a member for a program that has just begun to run."""
        raise TypeError(f"{type(self).__name__} makes no members of {process.pod}")

    def visible(self, member: M) -> int:
        """Return up to where a reader sees a member's log."""
        return member.position(self._clock.now)

    def led(self, member: M) -> None:
        """Note that a member has become a primary."""
        self._latest = member.directory.id
        self._seats[member.name] = member.process.node

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`."""
        before = self._clock.cause
        member = self.group.members[process.uid] = self.member(process)
        directory = member.directory
        others = set(directory.writers.values())
        directory.writers[process.uid] = process.pod
        self.group.roles.forget(process)
        if others and not directory.corrupted:
            self._clock.cause = self._disks.corrupt(directory, {*others, process.pod})
        if self._disks.is_full(directory.id):
            self._refuse(member, Exit.CRASHED, f"{self.words.no_start}: {NO_SPACE}")
        elif directory.corrupted:
            self._refuse(member, Exit.CORRUPTED, self.words.spoilt)
        else:
            self.steps.begin(member)
        self._clock.cause = before

    def _refuse(self, member: M, how: Exit, why: str) -> None:
        self.group.roles.become(member.process, STARTING, "it reads its data directory")
        member.then(self.parameters.start_time, self._host.exit, member.process, how, why)

    def _filled(self, directory: str) -> None:
        """Stop the replicas that cannot write what they receive; a primary finds out when it writes."""
        for member in list(self.group.members.values()):
            if member.directory.id == directory and member.up and not member.primary:
                self._host.exit(member.process, Exit.CRASHED, f"{self.words.no_write}: {NO_SPACE}")

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: a fast shutdown; it takes as long as the image says."""
        member = self._of(process)
        if member is not None:
            before = self._clock.cause
            self.steps.close(member, clean=True, why="it was told to stop")
            member.stopping = True
            self._clock.cause = before
        return None

    def holds(self, process: Process) -> Held:
        """See `drift.Holder`."""
        return self.group.holds(process)

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`."""
        member = self._of(process)
        if member is None:
            return
        before = self._clock.cause
        member.directory.writers.pop(process.uid, None)
        self.steps.fall(member, how)
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

    def _of(self, process: Process) -> M | None:
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
        """See `System.accept`: a replica takes connections too; it refuses the write."""
        member = self._of(process)
        if member is not None and member.stopping:
            return self.words.shutting_down
        return None if member is not None and member.up else self.words.starting_up

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`: a write needs a primary, a read is answered from the member's own log."""
        member = self._of(process)
        if member is None or not member.up:
            request.answer("fail", error=self.words.shutting_down)
        else:
            says = {"read_only": self.words.read_only, "no_write": self.words.no_write}
            serve(self.group, member, request, self._disks, self.visible, **says)

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
