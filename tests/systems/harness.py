"""A laboratory for systems: machines that can be crashed, frozen and cut, without a kubelet."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from statesim.cluster.topology import Topology
from statesim.kernel.clock import Clock
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace, TraceEvent
from statesim.node.process import Exit, Process, State
from statesim.systems.catalogue import build
from statesim.systems.data import Disks
from statesim.systems.driver import Context
from statesim.systems.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STORE = "store"


class Ask:
    """A client's operation."""

    kind = "set"
    scope = "shop"

    def __init__(self, f: str, value: Any) -> None:
        self.f = f
        self.value = value
        self.type = ""
        self.result: Any = None
        self.error = ""

    def answer(self, type_: str, value: Any = None, error: str = "") -> None:
        assert not self.type, "answered twice"
        self.type, self.result, self.error = type_, value, error


class Lab:
    """One system under test; implements `Host` for it. Every member has a machine of its own."""

    def __init__(self, kind: str, seed: int = 1, **parameters: Any) -> None:
        self.clock = Clock()
        self.trace = Trace(self.clock)
        self.disks = Disks(self.trace)
        self.cuts: set[frozenset[str]] = set()
        self.silent: set[str] = set()
        self.skews: dict[str, int] = {}
        self.zones: dict[str, str] = {}
        self.labels: dict[str, dict[str, str]] = {}
        self.processes: dict[str, Process] = {}
        self.acked: list[int] = []
        self.asked: list[Ask] = []
        self._uids = 0
        self._next = 0
        self.provider = Provider(self.clock, Topology(), self.trace)
        context = Context(
            "pg",
            "StatefulSet/pg",
            self.clock,
            self.trace,
            Streams(seed),
            self,
            self.disks,
            provider=self.provider,
        )
        self.system: Any = build(kind, context, parameters)
        self._context = context

    def beside(self, name: str, kind: str, **parameters: Any) -> Any:
        """Add another system to the scenario, which a system may keep its data in."""
        system = build(kind, replace(self._context, name=name), parameters)
        self._context.systems[name] = system  # type: ignore[index]
        return system

    # -- Host ------------------------------------------------------------------------------------------

    def listening(self, process: Process, answers: bool, *, ready: bool | None = None) -> None:
        process.listening = answers

    def exit(self, process: Process, how: Exit, why: str) -> None:
        if process.alive:
            process.state = State.EXITED
            process.listening = False
            self.trace.emit(f"Process/{process.pod}", "Exited", how=how.value, why=why)
            process.driver.exited(process, how)

    def reset(self, process: Process, why: str) -> None:
        self.trace.emit(f"Node/{process.pod}", "Crashed", why=why)
        self.power_cut(process.pod)

    def label(self, process: Process, labels: Mapping[str, str | None], *, outside: bool = False) -> bool:
        if not (outside or self.api_reachable(process)):
            return False
        worn = {**self.labels.get(process.pod, {}), **labels}
        self.labels[process.pod] = {key: value for key, value in worn.items() if value is not None}
        return True

    def api_reachable(self, process: Process) -> bool:
        return frozenset((process.pod, STORE)) not in self.cuts

    def reachable(self, process: Process, other: Process) -> bool:
        return frozenset((process.pod, other.pod)) not in self.cuts

    def zone(self, process: Process) -> str:
        return self.zones.get(process.pod, "")

    def clock_us(self, process: Process) -> int:
        return self.clock.now + self.skews.get(process.pod, 0)

    def answers(self, process: Process) -> bool:
        return process.pod not in self.silent

    # -- faults ----------------------------------------------------------------------------------------

    def start(
        self,
        pod: str,
        data: str | None = None,
        *,
        uid: str | None = None,
        ordinal: int | None = None,
        system: Any = None,
    ) -> Process:
        """Start a pod's program on its machine (a new pod unless `uid` names the same one)."""
        self._uids += 1
        who = SimpleNamespace(
            name=pod, uid=uid or f"u{self._uids}", ordinal=ordinal, ip=f"10.0.0.{self._uids}"
        )
        process = Process(who, pod, "main", "image", 0, data or f"pv/{pod}")
        process.started_us = self.clock.now
        process.driver = system or self.system
        self.silent.discard(pod)
        self.processes[pod] = process
        process.driver.started(process)
        return process

    def kill(self, pod: str, how: Exit = Exit.KILLED) -> None:
        """End a program; its machine answers with refusals."""
        self.exit(self.processes[pod], how, "killed")

    def power_cut(self, pod: str) -> None:
        """End a program and its machine."""
        self.silent.add(pod)
        self.exit(self.processes[pod], Exit.POWER_CUT, "the power is cut")

    def freeze(self, pod: str) -> None:
        process = self.processes[pod]
        if process.running:
            self.silent.add(pod)
            process.state = State.FROZEN
            self.system.frozen(process)

    def thaw(self, pod: str) -> None:
        process = self.processes[pod]
        if process.state is State.FROZEN:
            self.silent.discard(pod)
            process.state = State.RUNNING
            self.system.thawed(process)

    def kill_program(self, pod: str, program: str) -> None:
        """Kill one of a member's programs."""
        assert self.system.kill_program(self.processes[pod], program) is None

    def pause_program(self, pod: str, program: str) -> None:
        """Let one of a member's programs stand still."""
        assert self.system.pause_program(self.processes[pod], program) is None

    def stop(self, pod: str) -> None:
        """Send SIGTERM; the program exits when it says so."""
        process = self.processes[pod]
        process.state = State.STOPPING
        took = self.system.stopping(process)
        self.clock.after(SECOND if took is None else took, self.exit, process, Exit.STOPPED, "asked to")

    def cut(self, a: str, b: str = STORE) -> None:
        self.cuts.add(frozenset((a, b)))
        self.system.network_changed()

    def heal(self) -> None:
        self.cuts.clear()
        self.system.network_changed()

    def mend(self, pods: Sequence[str], wait_s: float, start: Callable[[str], object]) -> None:
        """End a storm: no cut, nobody stands still, and after a while whoever has ended is started again."""
        self.heal()
        for pod in pods:
            self.thaw(pod)
        self.run(wait_s)
        for pod in pods:
            if not self.processes[pod].alive:
                start(pod)

    def strike(self, what: str, pod: str, other: str, *, start: Callable[[], object] | None = None) -> None:
        """Do one thing of a storm, where it can be done; `start` starts the pod again, if not plainly."""
        process = self.processes[pod]
        match what:
            case "kill" | "power_cut" if process.alive:
                getattr(self, what)(pod)
            case "freeze" | "thaw":
                getattr(self, what)(pod)
            case "cut":
                self.cut(pod, STORE)
            case "part" if pod != other:
                self.cut(pod, other)
            case "heal":
                self.heal()
            case "return" if not process.alive:
                start() if start is not None else self.start(pod)
            case "stop" if process.state is State.RUNNING:
                self.stop(pod)

    # -- clients ---------------------------------------------------------------------------------------

    def ask(self, pod: str, f: str, value: Any = None) -> Ask:
        process = self.processes[pod]
        ask = Ask(f, value)
        if process.running and process.listening and self.system.accept(process, read_write=True) is None:
            self.system.submit(process, ask)
        return ask

    def write(self, pod: str) -> Ask:
        """Write the next integer through a pod."""
        self._next += 1
        ask = self.ask(pod, "write", self._next)
        self.asked.append(ask)
        return ask

    def writer(self, every_us: int, until_us: int) -> None:
        """Write at a steady pace to whatever accepts writes."""
        for process in list(self.processes.values()):
            if process.running and process.listening and self.accepting(process.pod):
                self.write(process.pod)
        if self.clock.now + every_us < until_us:
            self.clock.after(every_us, self.writer, every_us, until_us)

    def accepting(self, pod: str) -> bool:
        """Tell whether the trace says that a member accepts writes."""
        roles = [e for e in self.trace.events if e.object == f"Member/{pod}" and e.event == "Role"]
        return bool(roles) and bool(roles[-1].fields["accepts_writes"])

    # -- looking ---------------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        self.clock.run(self.clock.now + round(seconds * SECOND))

    def at(self, seconds: float, fn: Any, *args: Any) -> None:
        self.clock.at(round(seconds * SECOND), fn, *args)

    def events(self, event: str, obj: str = "") -> list[TraceEvent]:
        return [e for e in self.trace.events if e.event == event and e.object.startswith(obj)]

    @property
    def primary(self) -> str | None:
        found = self.system.primary()
        return None if found is None else found.pod

    @property
    def confirmed(self) -> set[int]:
        """Return the elements whose writes were acknowledged."""
        return {ask.value for ask in self.asked if ask.type == "ok"}

    @property
    def lost(self) -> set[int]:
        return self.confirmed - set(self.system.surviving()[1].keys())

    def dual_primary_s(self) -> float:
        """Return for how long more than one member accepted writes."""
        accepting: set[str] = set()
        since, total = 0, 0
        for event in self.events("Role", "Member/"):
            if len(accepting) > 1:
                total += event.t_us - since
            since = event.t_us
            (accepting.add if event.fields["accepts_writes"] else accepting.discard)(event.object)
        return total / SECOND


def patroni(seed: int = 1, members: int = 3, **parameters: Any) -> Lab:
    """Return a healthy cluster, a minute old, with ``pg-0`` as its leader."""
    lab = Lab("patroni", seed, **parameters)
    for number in range(members):
        lab.start(f"pg-{number}")
    lab.run(60)
    assert lab.primary == "pg-0"
    assert [process.pod for process in lab.system.replicas()] == [f"pg-{n}" for n in range(1, members)]
    return lab


STEP = 10 * MILLISECOND
