"""What the StatefulSet controller sees of one set, and how it judges a pod."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.identity import claim_name, pod_name
from statesim.cluster.objects import Phase
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statesim.cluster.objects import ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet
    from statesim.control.actions import Action
    from statesim.scenario.specs import StatefulSetSpec

SETTLED = "settled"
LATEST = Features.for_version()


@dataclass(frozen=True, slots=True)
class View:
    """A StatefulSet with what is its own or could be: pods, revisions by age, and claims by name.

    `spec` is the set's as its version understands it. `candidates` are pods that it owns, that nobody owns,
    or that sit on one of its names; `pods` are those of them that belong to it, by ordinal: `decide` fills it
    in. `taken` are revisions of others on names that the set's next one may get.
    """

    now: int
    set: StatefulSet
    candidates: tuple[Pod, ...]
    revisions: tuple[ControllerRevision, ...]
    claims: Mapping[str, PersistentVolumeClaim]
    toleration_us: int
    pods: Mapping[int, Pod]
    spec: StatefulSetSpec
    features: Features = LATEST
    taken: Mapping[str, ControllerRevision] | None = None

    @property
    def slots(self) -> range:
        """Return the wanted ordinals."""
        return range(self.spec.start_ordinal, self.spec.start_ordinal + self.spec.replicas)

    @property
    def ordered(self) -> bool:
        """Tell whether one pod waits for the other."""
        return self.spec.pod_management == "OrderedReady"

    @property
    def condemned(self) -> list[int]:
        """Return the ordinals of pods that are too many, the highest first."""
        slots = self.slots
        return sorted((ordinal for ordinal in self.pods if ordinal not in slots), reverse=True)

    def name_of(self, ordinal: int) -> str:
        """Return the name of a slot's pod."""
        return pod_name(self.set.name, ordinal)

    def claims_of(self, ordinal: int) -> Iterator[PersistentVolumeClaim]:
        """Return the claims of a slot that are there."""
        for template in self.spec.claim_templates:
            claim = self.claims.get(claim_name(template.name, self.set.name, ordinal))
            if claim is not None:
                yield claim

    def usable(self, pod: Pod) -> bool:
        """Tell whether a pod is healthy, and has been Ready for minReadySeconds (utils: isUnavailable)."""
        return healthy(pod) and pod.available(self.now, self.spec.min_ready_us)

    def ended(self, pod: Pod) -> bool:
        """Tell whether a pod is to be made again because it has ended (utils: isFailed, isSucceeded)."""
        succeeded = pod.phase is Phase.SUCCEEDED and self.features.has("StatefulSetRestartsSucceeded")
        return succeeded or pod.phase is Phase.FAILED


class Step(NamedTuple):
    """What one part of a pass does, why, and whether the next part comes about; `error` ends the pass."""

    actions: Sequence[Action]
    why: str = SETTLED
    goes_on: bool = False
    error: str | None = None


def understood(spec: StatefulSetSpec, features: Features) -> StatefulSetSpec:
    """Return a spec without the fields that a version does not know.

    Source: pkg/registry/apps/statefulset/strategy.go: dropStatefulSetDisabledFields.
    """
    changes: dict[str, object] = {}
    if not features.on("StatefulSetMinReadySeconds"):
        changes["min_ready_us"] = 0
    if not features.on("StatefulSetStartOrdinal"):
        changes["start_ordinal"] = 0
    if not features.on("StatefulSetAutoDeletePVC"):
        changes |= {"retain_when_deleted": True, "retain_when_scaled": True}
    return replace(spec, **changes) if changes else spec  # type: ignore[arg-type]


def running_and_ready(pod: Pod) -> bool:
    """Tell whether a pod is Running and Ready, even if it is to go (utils: isRunningAndReady)."""
    return pod.phase is Phase.RUNNING and pod.ready


def healthy(pod: Pod) -> bool:
    """Tell whether a pod is Running, Ready and not terminating (stateful_set_utils.go: isHealthy)."""
    return running_and_ready(pod) and not pod.terminating
