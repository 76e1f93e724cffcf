"""Drift: how far each running container has moved from its image, written down when it moves.

A container that has just been started is its image. From then on it has what its image has not: what was
written, a name by which others find it, sessions, a role (J. Berkus, "Managing containerised stateful
applications with Kubernetes"). Where the written lies says what a replacement by the image would lose: on
the container's layer, on an emptyDir or in memory it goes with the container or its pod; on a volume it is
found again.

A row is written when a program starts or ends, answers for the first time, takes a role, gets or loses a
session, and when the system has answered 2 % more requests than at its last row: the rows of a quiet year are
those of a quiet minute, and of a busy one as many as the logarithm of its requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock
    from statesim.kernel.trace import Trace, TraceEvent
    from statesim.node.process import Process
    from statesim.systems.data import Disks

GROWTH = 1.02
_NO_ROLE = ("", "starting", "stopped", "down")
_WITH_THE_CONTAINER = ("layer/", "emptyDir/")

# t_us, system, pod, uid, node, own, volume, memory, sessions, role, name; role None = the program has ended
Row = tuple[int, str, str, str, str, int, int, int, int, str | None, str]


class Held(NamedTuple):
    """How many entries (writes, rows, objects) a program has."""

    on_disk: int
    in_memory: int


class Holder(Protocol):
    """A system that knows better than its disks what its programs have."""

    def holds(self, process: Process) -> Held:
        """Return what a program has now that its image has not."""


def entries(contents: Any) -> int:
    """Return how many entries there are in what a driver has put into a data directory.

    That is a log or what has one (`timeline`, `history`), a table (`held`), or copies of several of these.
    """
    held, copies = getattr(contents, "held", None), getattr(contents, "copies", None)
    if isinstance(held, dict):
        return len(held)
    if isinstance(copies, dict):
        return sum(entries(copy) for copy in copies.values())
    log = getattr(contents, "timeline", None) or getattr(contents, "history", None) or contents
    return int(getattr(log, "length", 0))


class Drift:
    """Writes down how far containers have moved.

    Parameters
    ----------
    find
        Returns the program of an uid on a machine.
    named
        Returns the name or address by which others know a program, "" if nobody has to.

    Attributes
    ----------
    rows
        In order of time.
    """

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        disks: Disks,
        find: Callable[[str, str], Process | None],
        named: Callable[[Process], str],
    ) -> None:
        self._clock = clock
        self._disks = disks
        self._find = find
        self._named = named
        self._running: dict[str, dict[str, Process]] = {}  # by system, by uid
        self._system_of: dict[str, str] = {}
        self._of_pod: dict[str, dict[str, Process]] = {}
        self._roles: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._last: dict[str, Row] = {}
        self._answered: dict[str, int] = {}
        self._due: dict[str, int] = {}
        self.rows: list[Row] = []
        trace.listen(self._hear, ("Process", "Member", "Client"))

    # -- what happens ------------------------------------------------------------------------------------

    def answered(self, process: Process) -> None:
        """Hear that a program has done what a client asked for."""
        system = self._system_of.get(process.uid)
        if system is None:
            return
        count = self._answered[system] = self._answered.get(system, 0) + 1
        if count >= self._due.get(system, 0):
            self._due[system] = max(count + 1, int(count * GROWTH))
            for each in self._running[system].values():
                self._look(each)

    def _hear(self, event: TraceEvent) -> None:
        kind, _, name = event.object.partition("/")
        if kind == "Process":
            self._program(name, event)
        elif kind == "Member" and event.event == "Role":
            uid, role = str(event.fields.get("uid", "")), str(event.fields.get("role", ""))
            self._roles[uid] = "" if role in _NO_ROLE else role
            self._again(uid)
        elif kind == "Client" and event.event in ("SessionOpened", "SessionBroken"):
            for process in self._of_pod.get(str(event.fields.get("pod", "")), {}).values():
                self._look(process)

    def _program(self, pod: str, event: TraceEvent) -> None:
        uid = str(event.fields.get("uid", ""))
        if event.event == "Running":
            process = self._find(uid, str(event.fields.get("node", "")))
            driver: Any = None if process is None else process.driver
            if process is None or driver is None:
                return
            self._system_of[uid] = driver.name
            self._running.setdefault(driver.name, {})[uid] = process
            self._of_pod.setdefault(pod, {})[uid] = process
            self._names[uid] = self._named(process)
            self._look(process)
        elif event.event == "Exited" and uid in self._system_of:
            process = self._running[self._system_of.pop(uid)].pop(uid)
            self._of_pod[pod].pop(uid, None)
            self._roles.pop(uid, None)
            last = self._last.pop(uid)
            self.rows.append((self._clock.now, *last[1:5], 0, 0, 0, 0, None, last[10]))
        else:
            self._again(uid)

    def _again(self, uid: str) -> None:
        process = self._running.get(self._system_of.get(uid, ""), {}).get(uid)
        if process is not None:
            self._look(process)

    def finish(self) -> None:
        """Look at everything once more: the run is over."""
        for running in self._running.values():
            for process in running.values():
                self._look(process)

    # -- looking -----------------------------------------------------------------------------------------

    def _look(self, process: Process) -> None:
        driver: Any = process.driver
        holder: Holder | None = driver if hasattr(driver, "holds") else None
        if holder is not None:
            on_disk, in_memory = holder.holds(process)
        else:
            found = self._disks.find(process.data)
            on_disk, in_memory = entries(None if found is None else found.contents), 0
        goes = process.data.startswith(_WITH_THE_CONTAINER)
        own, volume = (on_disk, 0) if goes else (0, on_disk)
        uid = process.uid
        row = (
            self._clock.now,
            str(driver.name),
            process.pod,
            uid,
            process.node,
            own,
            volume,
            in_memory,
            len(process.connections),
            self._roles.get(uid, ""),
            self._names.get(uid, ""),
        )
        before = self._last.get(uid)
        if before is None or before[1:] != row[1:]:
            self._last[uid] = row
            self.rows.append(row)
