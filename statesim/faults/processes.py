"""One program of a pod dies or stands still, and the others of its container do not (Jepsen: kill, pause)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.faults.ground import Missing
from statesim.faults.pods import aimed
from statesim.systems.driver import Programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.faults.ground import Ground
    from statesim.node.process import Process


def _programs(ground: Ground, on: Any, name: str) -> Iterator[tuple[str, Process, Programs]]:
    """Yield the members that a target means, with their systems.

    Raises
    ------
    Missing
        If a member is one program.
    """
    for pod in ground.each(aimed(ground, on, name)):
        system = ground.system_of(pod)
        if not isinstance(system, Programs):
            raise Missing(f"{pod.key} is of a system of kind {system.kind}: a member of it is one program")
        process = ground.fleet.main_process(pod.name, pod.uid)
        if process is not None and process.running:
            yield pod.key, process, system


@dataclass(slots=True)
class ProcessKill:
    """One program is killed (SIGKILL)."""

    on: Any
    process: str
    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Kill it wherever it runs."""
        whys = {
            key: system.kill_program(process, self.process)
            for key, process, system in _programs(ground, self.on, self.name)
        }
        return _hit(whys)


@dataclass(slots=True)
class ProcessPause:
    """One program stands still (SIGSTOP), until the fault ends (SIGCONT)."""

    on: Any
    process: str
    name: str
    hit: list[tuple[Process, Programs]] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Stop it wherever it runs."""
        whys: dict[str, str | None] = {}
        for key, process, system in _programs(ground, self.on, self.name):
            whys[key] = system.pause_program(process, self.process)
            if whys[key] is None:
                self.hit.append((process, system))
        return _hit(whys)

    def revert(self, ground: Ground) -> None:
        """Let it go on."""
        for process, system in ground.each(self.hit):
            system.resume_program(process, self.process)


def _hit(whys: dict[str, str | None]) -> list[str]:
    """Return whom it hit.

    Raises
    ------
    Missing
        If nobody.
    """
    hit = [key for key, why in whys.items() if why is None]
    if not hit:
        raise Missing("; ".join(why for why in whys.values() if why) or "none of the pods runs a program now")
    return hit
