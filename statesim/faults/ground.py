"""What faults and operators act on, and how the scenario's targets are found on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from statesim.cluster.objects import Node, Pod
from statesim.scenario.targets import AnyNode, AnyPod, NodeOf, PrimaryOf, Ref, ReplicaOf, Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from statesim.cluster.dns import ClusterDNS
    from statesim.cluster.storage_system import StorageSystem
    from statesim.cluster.store import Store
    from statesim.cluster.topology import Topology
    from statesim.control.plane import ControlPlane
    from statesim.kernel.clock import Clock
    from statesim.kernel.streams import Streams
    from statesim.kernel.trace import Trace
    from statesim.node.bare import ByHand
    from statesim.node.fleet import Fleet
    from statesim.scenario.timings import Timings
    from statesim.scenario.versions import Features
    from statesim.systems.data import Disks
    from statesim.systems.driver import System
    from statesim.systems.provider import Provider

T = TypeVar("T")


class Missing(Exception):  # noqa: N818 - not an error: the plan records that the action was skipped
    """A target does not exist at the moment when it is aimed at."""


class Caller(Protocol):
    """A client, as far as the timeline changes it."""

    def demand(self, name: str, rate: float | None, factor: float | None, share: float) -> None:
        """Let `share` of a change of its rate be so; `name` tells changes apart."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that a fault may touch."""

    clock: Clock
    trace: Trace
    streams: Streams
    store: Store
    fleet: Fleet
    topology: Topology
    systems: Mapping[str, System]
    timings: Timings
    features: Features
    dns: ClusterDNS
    disks: Disks
    storage: StorageSystem
    plane: ControlPlane
    provider: Provider
    by_hand: ByHand
    system_of: Callable[[Pod], System]
    clients: Mapping[str, Caller] = field(default_factory=dict)
    holds: dict[str, set[str]] = field(default_factory=dict)

    def hold(self, node: str, fault: str) -> None:
        """Note that a fault keeps a machine from running."""
        self.holds.setdefault(node, set()).add(fault)

    def let_go(self, node: str, fault: str) -> None:
        """End a fault's hold on a machine; it recovers when no other fault holds it."""
        held = self.holds.get(node, set())
        held.discard(fault)
        if not held:
            self.fleet.recover(node)

    def recover(self, node: str) -> None:
        """Switch a machine on again, whatever held it."""
        self.holds.pop(node, None)
        self.fleet.recover(node)

    def each(self, hit: Iterable[T]) -> Iterator[T]:
        """Yield what a fault hits: each because of the fault, and not of what became of the one before."""
        cause = self.clock.cause
        for one in hit:
            self.clock.cause = cause
            yield one
        self.clock.cause = cause

    def nodes(self, target: Any) -> list[str]:
        """Return the names of the nodes that a target means now.

        Raises
        ------
        Missing
            If it means none.
        """
        match target:
            case Ref("Node", name):
                found = [name] if name in self.fleet.kubelets or self.store.get(Node, name) else []
            case Zone(zone):
                found = [node.name for node in self.store.all(Node) if node.spec.zone == zone]
            case AnyNode(zone, labels):
                found = [
                    node.name
                    for node in self.store.all(Node)
                    if (zone is None or node.spec.zone == zone) and labels.items() <= node.labels.items()
                ]
            case NodeOf(ref):
                found = [node for node in (pod.node for pod in self.pods(ref)) if node is not None]
            case _:
                found = [node for node in (pod.node for pod in self.pods(target)) if node is not None]
        if not found:
            raise Missing(f"no node is meant by {target} now")
        return list(dict.fromkeys(found))

    def aimed(self, target: Any, name: str) -> list[str]:
        """Return the nodes that a fault hits: one drawn node where the target is *any* node.

        Raises
        ------
        Missing
            If it means none.
        """
        nodes = self.nodes(target)
        return [self.one(nodes, name)] if isinstance(target, AnyNode) else nodes

    def pods(self, target: Any) -> list[Pod]:
        """Return the pods that a target means now: those of a workload, of a role, of a node.

        Raises
        ------
        Missing
            If it means none.
        """
        match target:
            case Ref("Pod", name):
                pod = self.store.get(Pod, name)
                found = [pod] if pod else []
            case Ref("Node", name):
                found = list(self.store.by(Pod, "node", name))
            case Ref("Container", name):
                found = self.by_hand.pods(name)
            case Ref(kind, name):
                found = [pod for pod in self.store.all(Pod) if self.store.workload(pod) == f"{kind}/{name}"]
            case PrimaryOf(system):
                primary = self.systems[system].primary()
                found = self._pods_named([primary.pod] if primary else [])
            case ReplicaOf(system):
                found = self._pods_named([p.pod for p in self.systems[system].replicas()][:1])
            case AnyPod(selector):
                found = list(self.store.pods_matching(selector)) if selector else list(self.store.all(Pod))
            case NodeOf(ref):
                found = self.pods(ref)
            case _:
                names = self.nodes(target)
                found = [pod for name in names for pod in self.store.by(Pod, "node", name)]
        if not found:
            raise Missing(f"no pod is meant by {target} now")
        return found

    def is_meant(self, pod: Pod, target: Ref | AnyPod) -> bool:
        """Tell whether a pod is one of a workload, or has the labels of any pod that is meant."""
        if isinstance(target, AnyPod):
            return target.selector.items() <= pod.labels.items()
        return self.store.workload(pod) == target.key

    def _pods_named(self, names: list[str]) -> list[Pod]:
        """Return the pods of these names, and the containers that are called so and no pod is."""
        found: list[Pod] = []
        for name in names:
            pod = self.store.get(Pod, name)
            found += [pod] if pod is not None else self.by_hand.pods(name)
        return found

    def host(self, target: Any) -> str | None:
        """Return the machine of a provider that a target means now, if it means one."""
        match target:
            case PrimaryOf(system):
                primary = self.systems[system].primary()
                found = [primary] if primary else []
            case ReplicaOf(system):
                found = list(self.systems[system].replicas())[:1]
            case _:
                found = []
        return found[0].node if found and self.provider.power(found[0].node) is not None else None

    def one(self, candidates: list[Any], *purpose: str) -> Any:
        """Return one of the candidates, drawn from a stream of its own."""
        rng = self.streams.get("fault", *purpose)
        return candidates[int(rng.random() * len(candidates))]
