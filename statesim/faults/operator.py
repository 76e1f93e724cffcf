"""What a person does with kubectl."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Node, Pod
from statesim.control.actions import Delete
from statesim.control.apply import apply_manifest, patch, restart, scale, set_image
from statesim.control.effects import apply as apply_action
from statesim.control.eviction import TOO_MANY_REQUESTS, evict
from statesim.control.rollback import undo
from statesim.faults.ground import Missing
from statesim.kernel.clock import Band

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.faults.ground import Ground
    from statesim.scenario.specs import Manifest, Taint


@dataclass(slots=True)
class Apply:
    """`kubectl apply`: objects are created or changed."""

    manifests: tuple[Manifest, ...]

    def apply(self, ground: Ground) -> list[str]:
        """Create or change the objects, in their order."""
        for manifest in self.manifests:
            apply_manifest(ground.store, manifest, ground.timings.toleration_us, ground.features)
        return [manifest.key for manifest in self.manifests]


@dataclass(slots=True)
class Patch:
    """`kubectl patch` (strategic merge)."""

    on: Any
    changes: Mapping[str, Any]

    def apply(self, ground: Ground) -> list[str]:
        """Change the object."""
        patch(ground.store, self.on.key, self.changes, ground.timings.toleration_us, ground.features)
        return [self.on.key]


@dataclass(slots=True)
class SetImage:
    """`kubectl set image`."""

    on: Any
    container: str | None
    image: str

    def apply(self, ground: Ground) -> list[str]:
        """Change the image in the pod template."""
        set_image(
            ground.store,
            self.on.key,
            self.container,
            self.image,
            ground.timings.toleration_us,
            ground.features,
        )
        return [self.on.key]


@dataclass(slots=True)
class RolloutRestart:
    """`kubectl rollout restart`."""

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Annotate the pod template with the time."""
        restart(ground.store, self.on.key, ground.timings.toleration_us, ground.features)
        return [self.on.key]


@dataclass(slots=True)
class Scale:
    """`kubectl scale`, through the scale subresource."""

    on: Any
    replicas: int

    def apply(self, ground: Ground) -> list[str]:
        """Change the replicas."""
        scale(ground.store, self.on.key, self.replicas, ground.timings.toleration_us, ground.features)
        return [self.on.key]


@dataclass(slots=True)
class Rollback:
    """`kubectl rollout undo`."""

    on: Any
    to_revision: int

    def apply(self, ground: Ground) -> list[str]:
        """Put an earlier pod template back."""
        undo(ground.store, self.on.key, self.to_revision, ground.timings.toleration_us, ground.features)
        return [self.on.key]


@dataclass(slots=True)
class DeleteObject:
    """`kubectl delete`, by force or not."""

    on: Any
    force: bool
    cascade: str

    def apply(self, ground: Ground) -> list[str]:
        """Delete the object."""
        obj = ground.store.find(self.on.key)
        if obj is None:
            raise Missing(f"there is no {self.on.key} now")
        how = "deleted by force" if self.force else "deleted by a person"
        action = Delete(obj, grace_us=0 if self.force else None, cascade=self.cascade, why=how)
        apply_action(ground.store, action)
        return [obj.key]


@dataclass(slots=True)
class Cordon:
    """`kubectl cordon`: no new pods here. `revert` uncordons."""

    on: Any
    hit: list[str] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Mark the nodes unschedulable."""
        names = ground.nodes(self.on)
        self.hit = schedulable(ground, names, wanted=False)
        return [f"Node/{name}" for name in names]

    def revert(self, ground: Ground) -> None:
        """Take pods again."""
        schedulable(ground, self.hit, wanted=True)


@dataclass(slots=True)
class Uncordon:
    """`kubectl uncordon`."""

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Mark the nodes schedulable."""
        names = ground.nodes(self.on)
        schedulable(ground, names, wanted=True)
        return [f"Node/{name}" for name in names]


def schedulable(ground: Ground, names: list[str], *, wanted: bool) -> list[str]:
    """Mark nodes; return those that were not marked so already."""
    changed = []
    for name in names:
        node = ground.store.get(Node, name)
        if node is not None and node.unschedulable == wanted:
            event = "Uncordoned" if wanted else "Cordoned"
            ground.store.write(node, event, {"unschedulable": not wanted})
            changed.append(name)
    return changed


@dataclass(slots=True)
class TaintNode:
    """`kubectl taint`: adds the taint, or takes it away (`remove`)."""

    on: Any
    taint: Taint
    remove: bool = False

    def apply(self, ground: Ground) -> list[str]:
        """Change the nodes' taints."""
        names = ground.nodes(self.on)
        for name in names:
            node = ground.store.get(Node, name)
            if node is None:
                continue
            kept = tuple(t for t in node.taints if replace(t, value="") != replace(self.taint, value=""))
            taints = kept if self.remove else (*kept, self.taint)
            added = {} if self.remove else {f"{self.taint.key}:{self.taint.effect}": ground.clock.now}
            times = {**node.taint_times, **added}
            shown = sorted(f"{t.key}:{t.effect}" for t in taints)
            ground.store.write(node, "Tainted", {"taints": taints, "taint_times": times}, taints=shown)
        return [f"Node/{name}" for name in names]


@dataclass(slots=True)
class Evict:
    """One eviction of a pod; while its budget refuses (429) it is tried again, as `kubectl drain` does."""

    on: Any
    retry: bool = True

    def apply(self, ground: Ground) -> list[str]:
        """Ask for the eviction of each pod."""
        pods = ground.pods(self.on)
        for pod in pods:
            Eviction(ground, pod, retry=self.retry).attempt()
        return [pod.key for pod in pods]


class Eviction:
    """One pod's eviction, tried again every few seconds while its budget refuses it for now (429)."""

    __slots__ = ("_ground", "_pod", "_retry")

    def __init__(self, ground: Ground, pod: Pod, *, retry: bool = True) -> None:
        self._retry = retry
        self._ground = ground
        self._pod = pod

    def attempt(self) -> None:
        """Ask once; on 429 ask again later."""
        ground = self._ground
        if ground.store.get(Pod, self._pod.name) is not self._pod or self._pod.terminating:
            return
        status = evict(ground.store, self._pod, ground.features).status
        if status == TOO_MANY_REQUESTS and self._retry:
            ground.clock.after(ground.timings.eviction_retry_us, self.attempt, band=Band.FAULT)
