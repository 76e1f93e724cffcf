"""What the StatefulSet controller sees of one set, and how it judges a pod."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.identity import claim_name, pod_name
from statesim.cluster.objects import Phase
from statesim.control.actions import Create, Delete, Write
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statesim.cluster.objects import ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet
    from statesim.control.actions import Action
    from statesim.control.statefulset_roster import Roster
    from statesim.scenario.specs import StatefulSetSpec

SETTLED = "settled"
LATEST = Features.for_version()


@dataclass(frozen=True, slots=True)
class View:
    """A StatefulSet with what is its own or could be: pods, revisions by age, and claims by name.

    `spec` is the set's as its version understands it. `roster` holds the pods that belong to it; `strays` are
    others, that it owns though its selector does not match them, or that match and nobody owns. `claims` are
    those of the slots that have to be judged, and of pods that are too many. `taken` are revisions of others
    on names that the set's next one may get.
    """

    now: int
    set: StatefulSet
    roster: Roster
    strays: tuple[Pod, ...]
    revisions: tuple[ControllerRevision, ...]
    claims: Mapping[str, PersistentVolumeClaim]
    toleration_us: int
    spec: StatefulSetSpec
    features: Features = LATEST
    taken: Mapping[str, ControllerRevision] | None = None

    @property
    def pods(self) -> Mapping[int, Pod]:
        """Return the pods that belong to the set, by ordinal."""
        return self.roster.pods

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
        return list(reversed(self.roster.outside))

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
        return self.roster.usable(pod, self.now)

    def ended(self, pod: Pod) -> bool:
        """Tell whether a pod is to be made again because it has ended (utils: isFailed, isSucceeded)."""
        succeeded = pod.phase is Phase.SUCCEEDED and self.features.has("StatefulSetRestartsSucceeded")
        return succeeded or pod.phase is Phase.FAILED


Calls = tuple[Create | Write | Delete, ...]


class Slot(NamedTuple):
    """What is done about one slot; `waits` if an ordered set goes no further, `error` if the pass fails."""

    calls: Calls = ()
    why: str = SETTLED
    waits: bool = False
    error: str | None = None

    @property
    def well(self) -> bool:
        """Tell whether nothing is to be done about it or waited for."""
        return not self.calls and self.why == SETTLED and self.error is None


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
