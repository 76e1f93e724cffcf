"""The ReplicaSet controller: as many active pods as wanted, replaced the moment they are told to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.identity import random_suffix
from statesim.cluster.objects import Phase, Pod, ReplicaSet
from statesim.cluster.precedent import Precedent
from statesim.control.actions import Create, Decision, Delete, Write
from statesim.control.admission import admit
from statesim.control.ownership import belonging

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.kernel.streams import Streams

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


def decide(view: View) -> Decision:
    """Create what is missing, delete what is too much, and say how things stand.

    A Terminating pod no longer counts, so its replacement is made at once, whether or not its node ever
    confirms its end (pkg/controller/replicaset/replica_set.go: manageReplicas; FilterActivePods).
    """
    wanted = view.set
    if wanted.terminating:
        return Decision(why=f"{wanted.key} is being deleted")
    mine, actions = belonging(wanted, wanted.selector, view.pods, accepts=lambda pod: not pod.finished)
    active = tuple(pod for pod in mine if pod.active)
    missing = wanted.replicas - len(active)
    why = "as many pods as wanted"
    if missing > 0:
        why = f"{len(active)} of {wanted.replicas} pods are active"
        actions += [Create(_pod(view, name)) for name in view.names[: min(missing, BURST)]]
    elif missing < 0:
        why = f"only {wanted.replicas} of {len(active)} pods are wanted"
        actions += [Delete(pod) for pod in victims(active, view.related)[: min(-missing, BURST)]]
    status = status_of(view, active)
    if status != wanted.status:
        actions.append(Write(wanted, "Status", {"status": status}, status))
    return Decision(tuple(actions), wake_at=_next_available(view, active), why=why)


def status_of(view: View, active: tuple[Pod, ...]) -> dict[str, int]:
    """Return the status, derived from the active pods (replica_set_utils.go: calculateStatus)."""
    return {
        "spec_replicas": view.set.replicas,
        "replicas": len(active),
        "readyReplicas": sum(pod.ready for pod in active),
        "availableReplicas": sum(pod.available(view.now, view.set.min_ready_us) for pod in active),
        "observedGeneration": view.set.generation,
    }


def _next_available(view: View, active: tuple[Pod, ...]) -> int | None:
    due = [
        pod.ready_since_us + view.set.min_ready_us
        for pod in active
        if pod.ready and pod.ready_since_us is not None and not pod.available(view.now, view.set.min_ready_us)
    ]
    return min(due, default=None)


def victims(active: tuple[Pod, ...], related: Iterable[Pod]) -> list[Pod]:
    """Return the pods in the order in which they would be given up.

    Unassigned before assigned, Pending before Running, not ready before ready, more siblings on the node
    before fewer, ready for a shorter time, more restarts, younger
    (pkg/controller/controller_utils.go: ActivePodsWithRanks).
    """
    siblings: dict[str, int] = {}
    for pod in related:
        if pod.active and pod.node is not None:
            siblings[pod.node] = siblings.get(pod.node, 0) + 1

    def rank(pod: Pod) -> tuple[int | bool, ...]:
        return (
            pod.node is not None,
            pod.phase is Phase.RUNNING,
            pod.ready,
            -siblings.get(pod.node or "", 0),
            -(pod.ready_since_us or 0) if pod.ready else 0,
            -pod.restarts,
            -pod.created_us,
        )

    return sorted(active, key=rank)


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
        self, store: Store, streams: Streams, *, toleration_us: int, precedent: Precedent | None = None
    ) -> None:
        self._store = store
        self._streams = streams
        self._toleration = toleration_us
        self._precedent = precedent or Precedent()

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        obj = change.object
        if isinstance(obj, ReplicaSet):
            return () if change.event == "Status" else (obj.key,)
        if obj.owner is not None and obj.owner.kind == "ReplicaSet":
            return (obj.owner.key,)
        if change.event in ("OwnerChanged", "Labelled", "Created"):
            return [rs.key for rs in self._store.all(ReplicaSet) if rs.selector.matches(obj.labels)]
        return ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        found = self._store.find(key)
        if not isinstance(found, ReplicaSet):
            return None
        owned = self._store.by(Pod, "owner", found.uid)
        matching = self._store.pods_matching(found.selector.match_labels)
        pods = (*owned, *(pod for pod in matching if pod.owner is None))
        kept, _ = belonging(found, found.selector, pods)
        missing = found.replicas - sum(pod.active for pod in kept)
        names = self._names(found, min(missing, BURST)) if missing > 0 else ()
        related = self._related(found) if missing < 0 else ()
        return View(self._store.clock.now, found, pods, names, self._toleration, related)

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
