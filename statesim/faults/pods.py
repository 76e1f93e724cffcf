"""Pods and containers that are killed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.control.deletion import delete
from statesim.faults.ground import Missing
from statesim.scenario.targets import AnyPod

if TYPE_CHECKING:
    from statesim.cluster.objects import Pod
    from statesim.faults.ground import Ground


def aimed(ground: Ground, on: Any, name: str) -> list[Pod]:
    """Return the pods that a fault hits: one drawn pod where the target is *any* pod."""
    pods = ground.pods(on)
    return [ground.one(pods, name)] if isinstance(on, AnyPod) else pods


@dataclass(slots=True)
class PodKill:
    """The pod is deleted (Chaos Mesh: pod-kill); with grace 0 its object goes at once."""

    on: Any
    grace_us: int | None
    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Delete the pods."""
        pods = aimed(ground, self.on, self.name)
        for pod in pods:
            delete(ground.store, pod, grace_us=self.grace_us, why="the pod was killed")
        return [pod.key for pod in pods]


@dataclass(slots=True)
class ContainerKill:
    """The main program is killed (SIGKILL); its kubelet restarts it in place."""

    on: Any
    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Kill the programs that run."""
        pods = aimed(ground, self.on, self.name)
        hit = []
        for pod in ground.each(pods):
            process = ground.fleet.main_process(pod.name, pod.uid)
            if process is not None and process.running:
                ground.fleet.kill(process)
                by_hand = pod.owner is not None and pod.owner.kind == "Container"
                hit.append(f"Container/{pod.name}" if by_hand else pod.key)
        if not hit:
            raise Missing("none of the pods runs a program now")
        return hit
