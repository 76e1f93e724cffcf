"""What a fold keeps of each pod, node and volume while it reads a trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.intervals import ABSENT, CORDONED, Birth, Track

if TYPE_CHECKING:
    from collections.abc import Iterable

STARTING, LISTENING = "starting", "listening"


class Program(NamedTuple):
    """What runs under a pod's name.

    Attributes
    ----------
    process
        ``starting``, ``listening``, ``frozen``, ``dead``, ``twice`` (two run) or ``absent``.
    role
        Its role in its system; empty if it has none.
    how
        How a dead one has ended.
    uid
        Which one it is.
    """

    process: str
    role: str = ""
    how: str = ""
    uid: str = ""


@dataclass(slots=True)
class PodFold:
    """A pod by its name: its objects, and every program that runs under that name."""

    name: str
    workload: str
    api: Track = field(default_factory=Track)
    truth: Track = field(default_factory=Track)
    nodes: Track = field(default_factory=Track)
    births: list[Birth] = field(default_factory=list)
    running: dict[str, bool] = field(default_factory=dict)  # program's uid -> it is frozen
    listening: set[str] = field(default_factory=set)  # programs' uids
    roles: dict[str, str] = field(default_factory=dict)  # program's uid -> its role
    places: dict[str, str] = field(default_factory=dict)  # uid of every program that ever was -> its node
    former: set[str] = field(default_factory=set)  # those of earlier pods of that name
    how: str = ""
    exists: bool = False
    attached: bool = False
    restarts: int = 0

    @property
    def own(self) -> list[str]:
        """Return the uids of the running programs that belong to the pod of today."""
        return [uid for uid in self.running if uid not in self.former]

    def settle(self, t_us: int) -> None:
        """Derive the truth from programs and roles."""
        self.truth.to(t_us, *self.told(self.running))

    def told(self, programs: Iterable[str]) -> tuple[str, str]:
        """Return what is so, and how it came to that, if these are the programs that run."""
        program = self.program(programs)
        if program.process in (STARTING, LISTENING):
            return program.role or ("serving" if program.process == LISTENING else "starting"), ""
        return program.process, program.how

    def program(self, programs: Iterable[str]) -> Program:
        """Return what these programs are, taken together."""
        running = list(programs)
        awake = [uid for uid in running if not self.running[uid]]
        if len(awake) > 1:
            return Program("twice")
        if awake:
            process = LISTENING if awake[0] in self.listening else STARTING
            return Program(process, self.roles.get(awake[0], ""), uid=awake[0])
        if running:
            return Program("frozen", self.roles.get(running[0], ""), uid=running[0])
        if self.exists and self.how:
            return Program("dead", how=self.how)
        return Program(ABSENT)


@dataclass(slots=True)
class VolumeFold:
    """A volume: where it is attached or should be, and what has become of its disk."""

    name: str
    claim: str = ""
    zone: str = ""
    attached: Track = field(default_factory=Track)
    waits: Track = field(default_factory=Track)
    held: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    forced: int = 0
    lost: bool = False
    since: str = ""  # what has become of it since a loss
    sizes: Track = field(default_factory=Track)

    def lose(self) -> None:
        """Note that its disk has failed."""
        self.lost, self.since = True, ""

    def found(self, t_us: int, since: str) -> None:
        """Note that what has been lost is there again: a disk in its place, as new or with a backup on it."""
        if self.lost or (self.since and since == "restored"):
            self.lost, self.since = False, since
            self.settle(t_us)

    def settle(self, t_us: int) -> None:
        """Derive where it is attached and who waits."""
        if self.lost:
            self.attached.to(t_us, "lost")
        else:
            state = next(iter(self.held.values()), "detached")
            state = "attached" if "attached" in self.held.values() else state
            where = ", ".join(self.held)
            self.attached.to(t_us, state, f"{where}, {self.since}" if where and self.since else where)
        waiting = ", ".join(self.waiting)
        self.waits.to(t_us, "waiting" if waiting else ABSENT, waiting)


@dataclass(slots=True)
class NodeFold:
    """A node: what the API says of it, and what has happened to its machine."""

    name: str
    zone: str = ""
    api: Track = field(default_factory=Track)
    truth: Track = field(default_factory=Track)
    crashed: bool = False
    paused: bool = False
    cut: bool = False
    cordoned: bool = False

    def say(self, t_us: int, state: str) -> None:
        """Note what the API says: a cordon stands beside Ready or NotReady."""
        self.api.to(t_us, state, CORDONED if self.cordoned and state != ABSENT else "")

    def settle(self, t_us: int) -> None:
        """Derive the machine's state from what has happened to it."""
        state = "crashed" if self.crashed else "paused" if self.paused else "cut-off" if self.cut else "up"
        self.truth.to(t_us, state)
