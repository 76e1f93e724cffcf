"""Systems: which members accept writes, and how many run, through the run and as it really was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.intervals import Interval, Track

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.kernel.trace import TraceEvent


KEPT, LOST = "kept", "lost"
_NOT_YET = ("starting", "stopped", "primary")  # roles of who follows nobody


class Reign(NamedTuple):
    """The moment at which a member began to accept writes.

    Attributes
    ----------
    pod, uid
        Which pod, and which incarnation of it.
    beside
        The pods that accepted writes already, and did not stop.
    followed
        It had another role before, as a replica has: it was there to take over.
    """

    t_us: int
    pod: str
    uid: str
    beside: tuple[str, ...] = ()
    followed: bool = False


@dataclass(frozen=True, slots=True)
class SystemTrack:
    """One system (one row of the scenario's ``systems:``).

    Attributes
    ----------
    accepting
        State = how many members accept writes, as digits; label = which.
    running
        State = how many members' programs run, as digits.
    quorum
        State = ``kept``, or ``lost`` while no more than half of those who count run: of the last primary
        view, where the system tells its views (who left in order does not count); else of the most that ever
        ran at once.
    reigns
        Every beginning of accepting writes, in order.
    counts
        How often each event of its members and of itself happened (``Promoted``, ``Rewound``, …).
    lost_at
        When the system said that nobody can write any more (µs).
    members
        Pods that ever were members.
    """

    name: str
    accepting: tuple[Interval, ...]
    running: tuple[Interval, ...]
    quorum: tuple[Interval, ...]
    reigns: tuple[Reign, ...]
    counts: dict[str, int]
    lost_at: tuple[int, ...]
    members: tuple[str, ...]


@dataclass(slots=True)
class _Program:
    """A member's programs by uid (frozen or not), whose role takes writes, and whose was once another."""

    programs: dict[str, bool] = field(default_factory=dict)
    seen: bool = False
    roles: dict[str, None] = field(default_factory=dict)
    followed: set[str] = field(default_factory=set)
    present: bool = False

    @property
    def runs(self) -> bool:
        """Tell whether a program runs; a member without programs in the trace runs from its first role on."""
        return not all(self.programs.values()) if self.programs else (self.present and not self.seen)

    @property
    def accepting(self) -> list[str]:
        """Return the uids of those that accept writes: two, if an old pod runs on beside the new one."""
        unseen = self.present and not self.seen
        return [uid for uid in self.roles if not self.programs.get(uid, not unseen)]

    def uid_of(self, event: TraceEvent) -> str:
        """Return whose role is told: the newest program's, if the event does not say."""
        return str(event.fields.get("uid") or next(reversed(self.programs), ""))


@dataclass(slots=True)
class SystemFold:
    """One system, as far as events have told of it."""

    name: str
    accepting: Track = field(default_factory=lambda: Track("0"))
    running: Track = field(default_factory=lambda: Track("0"))
    quorum: Track = field(default_factory=lambda: Track(KEPT))
    most: int = 0
    view: int | None = None
    reigns: list[Reign] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    lost_at: list[int] = field(default_factory=list)
    members: dict[str, _Program] = field(default_factory=dict)
    now: set[tuple[str, str]] = field(default_factory=set)

    def settle(self, t_us: int) -> None:
        """Derive who accepts writes from roles and programs."""
        accepting = [(pod, uid) for pod, member in self.members.items() for uid in member.accepting]
        self.accepting.to(t_us, str(len(accepting)), ", ".join(pod for pod, _ in accepting))
        running = sum(1 for member in self.members.values() if member.runs)
        self.running.to(t_us, str(running))
        self.most = max(self.most, running)
        counting = self.most if self.view is None else self.view
        self.quorum.to(t_us, LOST if 2 * running <= counting and counting else KEPT)
        before = tuple(pod for pod, uid in accepting if (pod, uid) in self.now)
        for pod, uid in accepting:
            if (pod, uid) not in self.now:
                self.reigns.append(Reign(t_us, pod, uid, before, uid in self.members[pod].followed))
        self.now = set(accepting)


class SystemsFold:
    """Takes events in order and keeps, for every system, who accepts writes and who runs."""

    def __init__(self) -> None:
        self.systems: dict[str, SystemFold] = {}
        self._programs: dict[str, _Program] = {}
        self._system_of: dict[str, SystemFold] = {}

    def take(self, event: TraceEvent) -> SystemFold | None:
        """Take one more event into account; return the system that it is about."""
        kind, _, name = event.object.partition("/")
        if kind == "Process":
            _process(self._programs.setdefault(name, _Program()), event)
            if name in self._system_of:
                self._system_of[name].settle(event.t_us)
            return self._system_of.get(name)
        if kind == "System":
            return self._system(name, event)
        if kind == "Member":
            known = self._system_of.get(name)
            called = str(event.fields.get("system", "" if known is None else known.name))
            system = self._system_of[name] = self.systems.setdefault(called, SystemFold(called))
            system.members[name] = self._programs.setdefault(name, _Program())
            _member(system, name, event)
            return system
        return None

    def _system(self, name: str, event: TraceEvent) -> SystemFold:
        system = self.systems.setdefault(name, SystemFold(name))
        system.counts[event.event] = system.counts.get(event.event, 0) + 1
        if event.event == "PrimaryLost":
            system.lost_at.append(event.t_us)
        elif event.event == "ViewInstalled" and event.fields["primary"]:
            system.view = len(event.fields["members"])
            system.settle(event.t_us)
        return system


def system_tracks(events: Sequence[TraceEvent], duration_us: int) -> dict[str, SystemTrack]:
    """Fold a trace into its systems, by name, in order of appearance."""
    fold = SystemsFold()
    for event in events:
        fold.take(event)
    return {
        name: SystemTrack(
            name,
            s.accepting.until(duration_us),
            s.running.until(duration_us),
            s.quorum.until(duration_us),
            tuple(s.reigns),
            s.counts,
            tuple(s.lost_at),
            tuple(s.members),
        )
        for name, s in fold.systems.items()
    }


def _process(program: _Program, event: TraceEvent) -> None:
    uid = str(event.fields.get("uid", ""))
    program.seen = True
    match event.event:
        case "Running":
            program.programs[uid] = False
            program.roles.pop(uid, None)
        case "Listening":
            program.programs.setdefault(uid, False)
        case "Exited":
            program.programs.pop(uid, None)
            program.roles.pop(uid, None)
        case "Frozen" | "Thawed":
            program.programs[uid] = event.event == "Frozen"


def _member(system: SystemFold, name: str, event: TraceEvent) -> None:
    member = system.members[name]
    if event.event != "Role":
        system.counts[event.event] = system.counts.get(event.event, 0) + 1
        return
    role = event.fields.get("role")
    member.present = role != "stopped"
    uid = member.uid_of(event)
    member.roles.pop(uid, None)
    if role == "primary" and event.fields.get("accepts_writes", True):
        member.roles[uid] = None
    elif role not in _NOT_YET:
        member.followed.add(uid)
    system.settle(event.t_us)
