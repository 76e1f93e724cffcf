"""The ReplicaSet controller: as many active pods as wanted, replaced the moment they are told to go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import random_suffix
from statesim.cluster.objects import Pod, ReplicaSet
from statesim.cluster.precedent import Precedent
from statesim.control.actions import Create, Decision, Delete, Together, Write, slow_start
from statesim.control.admission import admit
from statesim.control.ownership import belonging
from statesim.control.victims import LATEST, victims

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.control.actions import Action, Refusal
    from statesim.kernel.streams import Streams
    from statesim.scenario.versions import Features

# pkg/controller/replicaset/replica_set.go: BurstReplicas
BURST = 500


@dataclass(frozen=True, slots=True)
class View:
    """A ReplicaSet, the pods that are its own or nobody's, and fresh names for as many as it may need.

    `related` are the pods of all ReplicaSets of the same Deployment: who shares a node with them goes first.
    """

    now: int
    set: ReplicaSet
    pods: tuple[Pod, ...]
    names: tuple[str, ...]
    toleration_us: int
    related: tuple[Pod, ...] = ()
    features: Features = LATEST


def decide(view: View) -> Decision:
    """Create what is missing, delete what is too much, and say how things stand.

    A Terminating pod no longer counts, so its replacement is made at once, whether or not its node ever
    confirms its end. Creations go out in batches of 1, 2, 4, …, at most 500 a pass, deletions side by side. A
    set that is being deleted only keeps its status
    (pkg/controller/replicaset/replica_set.go: syncReplicaSet, manageReplicas; FilterActivePods).
    """
    wanted = view.set
    mine, ownership = belonging(wanted, wanted.selector, view.pods, accepts=lambda pod: not pod.finished)
    active = tuple(pod for pod in mine if pod.active)
    missing = wanted.replicas - len(active)
    why = "as many pods as wanted"
    actions: list[Action] = list(ownership)
    if wanted.terminating:
        why = f"{wanted.key} is being deleted"
    elif missing > 0:
        why = f"{len(active)} of {wanted.replicas} pods are active"
        actions += slow_start([(Create(_pod(view, name)),) for name in view.names[: min(missing, BURST)]])
    elif missing < 0:
        why = f"only {wanted.replicas} of {len(active)} pods are wanted"
        order = victims(active, view.related, view.now, view.features)
        actions.append(Together(tuple(Delete(pod) for pod in order[: min(-missing, BURST)])))
    status = status_of(view, active)
    if status != wanted.status:
        actions.append(Write(wanted, "Status", {"status": status}, status))
    return Decision(
        tuple(actions),
        wake_at=_next_available(view, active),
        why=why,
        on_refusal=partial(_refused, wanted, status, view.now),
    )


def status_of(view: View, active: tuple[Pod, ...]) -> dict[str, Any]:
    """Return the status, derived from the active pods (replica_set_utils.go: calculateStatus)."""
    labels = view.set.template.labels.items()
    return {
        "spec_replicas": view.set.replicas,
        "replicas": len(active),
        "fullyLabeledReplicas": sum(labels <= pod.labels.items() for pod in active),
        "readyReplicas": sum(pod.ready for pod in active),
        "availableReplicas": sum(pod.available(view.now, view.set.min_ready_us) for pod in active),
        "observedGeneration": view.set.generation,
    }


def _refused(
    wanted: ReplicaSet, status: dict[str, Any], now: int, refusals: tuple[Refusal, ...]
) -> tuple[Write, ...]:
    """Tell in Events what was not taken, and set the condition ReplicaFailure: the first reason stays in it.

    It goes when a whole pass has been taken again (replica_set_utils.go: calculateStatus;
    controller_utils.go: RealPodControl).
    """
    verbs = {Create: ("FailedCreate", "Error creating"), Delete: ("FailedDelete", "Error deleting")}
    told = [(*verbs[type(action)], error) for action, error in refusals if type(action) in verbs]
    if not told:
        return ()
    said = [Write(wanted, event, why=f"{what}: {error}") for event, what, error in told]
    first = f"{told[0][0]}: {told[0][2]}"
    kept = {name: wanted.status[name] for name in ("replicaFailure", "failed_us") if name in wanted.status}
    status = {**status, **(kept or {"replicaFailure": first, "failed_us": now})}
    if status != wanted.status:
        said.append(Write(wanted, "Status", {"status": status}, status))
    return tuple(said)


def _next_available(view: View, active: tuple[Pod, ...]) -> int | None:
    due = [
        pod.ready_since_us + view.set.min_ready_us
        for pod in active
        if pod.ready and pod.ready_since_us is not None and not pod.available(view.now, view.set.min_ready_us)
    ]
    return min(due, default=None)


def _pod(view: View, name: str) -> Pod:
    template = view.set.template
    return Pod(
        name=name,
        spec=admit(template.spec, view.toleration_us),
        labels=dict(template.labels),
        annotations=dict(template.annotations),
        owner=view.set.ref(),
        revision=view.set.hash,
        hostname=name,
    )


class ReplicaSetController:
    """One key a ReplicaSet."""

    name = "replicaset"
    watches = (ReplicaSet, Pod)

    def __init__(
        self,
        store: Store,
        streams: Streams,
        *,
        toleration_us: int,
        precedent: Precedent | None = None,
        features: Features = LATEST,
    ) -> None:
        self._store = store
        self._streams = streams
        self._toleration = toleration_us
        self._precedent = precedent or Precedent()
        self._features = features

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        obj = change.object
        if isinstance(obj, ReplicaSet):
            return () if change.event == "Status" else (obj.key,)
        if obj.owner is not None:
            return (obj.owner.key,) if obj.owner.kind == "ReplicaSet" else ()
        if change.event in ("OwnerChanged", "Labelled", "Created"):
            return [rs.key for rs in self._store.all(ReplicaSet) if rs.selector.matches(obj.labels)]
        return ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        found = self._store.find(key)
        if not isinstance(found, ReplicaSet):
            return None
        owned = self._store.by(Pod, "owner", found.uid)
        pods = (*owned, *self._store.pods_matching(found.selector.match_labels, ownerless=True))
        kept, _ = belonging(found, found.selector, pods)
        missing = found.replicas - sum(pod.active for pod in kept)
        names = self._names(found, min(missing, BURST)) if missing > 0 and not found.terminating else ()
        related = self._related(found) if missing < 0 else ()
        now = self._store.clock.now
        return View(now, found, pods, names, self._toleration, related, self._features)

    def _names(self, rs: ReplicaSet, count: int) -> tuple[str, ...]:
        rng = self._streams.get(rs.key, "names")
        fresh: dict[str, None] = {}
        while len(fresh) < count:
            owner = rs.owner.key if rs.owner is not None else rs.key
            name = self._precedent.pod_name(owner, rs.name) or f"{rs.name}-{random_suffix(rng)}"
            if self._store.get(Pod, name) is None:
                fresh[name] = None
        return tuple(fresh)

    def _related(self, rs: ReplicaSet) -> tuple[Pod, ...]:
        """Return the pods of all revisions (replica_set.go: getIndirectlyRelatedPods)."""
        siblings = self._store.by(ReplicaSet, "owner", rs.owner.uid) if rs.owner is not None else (rs,)
        return tuple(pod for each in siblings for pod in self._store.by(Pod, "owner", each.uid))

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
