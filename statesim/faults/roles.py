"""What a person does to the roles of a system that has no manager: promote a standby, take a member back.

Source: PostgreSQL docs, "Failover": who promotes a standby must make certain that the old primary is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import POD_NAME_LABEL
from statesim.control.apply import patch
from statesim.faults.ground import Missing
from statesim.systems.driver import ByHand, Rebuildable, Repairable

if TYPE_CHECKING:
    from statesim.cluster.objects import Pod
    from statesim.faults.ground import Ground


def _of(ground: Ground, pod: Pod) -> ByHand:
    """Return the system of a pod, if people change its roles.

    Raises
    ------
    Missing
        If they do not.
    """
    system = ground.system_of(pod)
    if isinstance(system, ByHand):
        return system
    raise Missing(f"{pod.key} is of a system of kind {system.kind}: its roles are not changed by hand")


@dataclass(slots=True)
class Promote:
    """Fence, promote, point the Service to the new primary: in this order, and at once.

    The machine of an old primary stays off until somebody switches it on (`node-recover`): the end of
    another fault does not.
    """

    on: Any
    fence: bool
    service: Any
    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Promote the candidate that is furthest."""
        pod, system = self._candidate(ground)
        hit = [pod.key]
        if self.fence:
            nodes = list(dict.fromkeys(system.rivals(pod.name)))
            if pod.node in nodes:
                raise Missing(f"{pod.name} runs on the machine that would have to be switched off")
            name = ground.system_of(pod).name
            for node in ground.each(nodes):
                ground.trace.emit(f"System/{name}", "Fenced", node=node, pod=pod.name)
                ground.hold(node, self.name)
                ground.fleet.crash(node, "it is fenced")
            hit += [f"Node/{node}" for node in nodes]
        system.promote(pod.name)
        if self.service is not None:
            changes = {"spec": {"selector": {POD_NAME_LABEL: pod.name}}}
            patch(ground.store, self.service.key, changes, ground.timings.toleration_us, ground.features)
            hit.append(self.service.key)
        return hit

    def _candidate(self, ground: Ground) -> tuple[Pod, ByHand]:
        found, whys = [], []
        for pod in ground.pods(self.on):
            system = _of(ground, pod)
            why = system.cannot_promote(pod.name)
            if why is None:
                found.append((pod, system))
            else:
                whys.append(why)
        if not found:
            raise Missing("; ".join(whys))
        return max(found, key=lambda pair: pair[1].progress(pair[0].name))


@dataclass(slots=True)
class Rebuild:
    """Make members standbys of the present primary: rewound or cloned anew if they have diverged."""

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Rebuild the members now, or leave word for those that do not run."""
        pods = ground.pods(self.on)
        for pod in ground.each(pods):
            system = ground.system_of(pod)
            if not isinstance(system, Rebuildable):
                raise Missing(f"{pod.key} is of a system of kind {system.kind}: nobody rebuilds its members")
            why = system.rebuild(pod.name)
            if why is not None:
                raise Missing(why)
        return [pod.key for pod in pods]


@dataclass(slots=True)
class EmergencyRepair:
    """Have a system that has lost its majority go on with those who are left, without what they lack.

    Source: RethinkDB docs, reconfigure.md, "Emergency Repair mode".
    """

    on: Any
    erase: bool

    def apply(self, ground: Ground) -> list[str]:
        """Order it at the first member that can do it."""
        whys: dict[str, None] = {}
        for pod in ground.each(ground.pods(self.on)):
            system = ground.system_of(pod)
            if not isinstance(system, Repairable):
                raise Missing(f"{pod.key} is of a system of kind {system.kind}: it has no emergency repair")
            why = system.emergency_repair(pod.name, erase=self.erase)
            if why is None:
                return [pod.key]
            whys[why] = None
        raise Missing("; ".join(whys))
