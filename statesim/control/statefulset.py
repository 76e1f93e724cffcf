"""The StatefulSet controller: slots with names, filled in order, emptied in reverse, updated from the top."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import claim_name, pod_name
from statesim.cluster.objects import (
    ControllerRevision,
    PersistentVolumeClaim,
    Phase,
    Pod,
    StatefulSet,
)
from statesim.control.actions import Action, Create, Decision, Delete, Write
from statesim.control.ownership import belonging
from statesim.control.revisions import Revisions, resolve, truncate
from statesim.control.statefulset_pods import claim_owners, claims_for, ordinal_of, pod_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """A StatefulSet with what is its own or could be: pods, revisions by age, and claims by name.

    `candidates` are pods that it owns, that nobody owns, or that sit on one of its names; `pods` are those
    of them that belong to it, by ordinal: `decide` fills it in.
    """

    now: int
    set: StatefulSet
    candidates: tuple[Pod, ...]
    revisions: tuple[ControllerRevision, ...]
    claims: Mapping[str, PersistentVolumeClaim]
    toleration_us: int
    pods: Mapping[int, Pod]

    @property
    def slots(self) -> range:
        """Return the wanted ordinals."""
        first = self.set.spec.start_ordinal
        return range(first, first + self.set.spec.replicas)

    @property
    def ordered(self) -> bool:
        """Tell whether one pod waits for the other."""
        return self.set.spec.pod_management == "OrderedReady"

    def usable(self, pod: Pod) -> bool:
        """Tell whether a pod is healthy, and has been Ready for minReadySeconds."""
        return healthy(pod) and pod.available(self.now, self.set.spec.min_ready_us)


def running_and_ready(pod: Pod) -> bool:
    """Tell whether a pod is Running and Ready, even if it is to go (utils: isRunningAndReady)."""
    return pod.phase is Phase.RUNNING and pod.ready


def healthy(pod: Pod) -> bool:
    """Tell whether a pod is Running, Ready and not terminating (stateful_set_utils.go: isHealthy)."""
    return running_and_ready(pod) and not pod.terminating


def decide(view: View) -> Decision:
    """Repair, then scale down, then update (stateful_set_control.go: updateStatefulSet)."""
    wanted = view.set
    if wanted.terminating:
        return Decision(why=f"{wanted.key} is being deleted")
    view, actions = _settle_ownership(view)
    revisions = resolve(wanted, view.revisions)
    actions += revisions.actions
    step, why, finished = _fill(view, revisions)
    if finished:
        more, reason, finished = _condemn(view)
        step, why = step + more, reason if more or why == SETTLED else why
    if finished:
        more, reason = _update(view, revisions.update)
        step, why = step + more, reason if more or why == SETTLED else why
    actions += step
    status, changes = _status(view, revisions)
    if changes:
        actions.append(Write(wanted, "Status", changes, status))
    live = (status["currentRevision"], revisions.update.name)
    in_use = {*live, *(pod.revision for pod in view.pods.values())}
    actions += truncate(wanted, view.revisions, in_use)
    return Decision(tuple(actions), wake_at=_next_available(view), why=why)


SETTLED = "settled"


def _settle_ownership(view: View) -> tuple[View, list[Action]]:
    """Adopt, release, and say whom the claims belong to (stateful_set.go: getPodsForStatefulSet).

    An ownerless pod is adopted only if its name is one that the set would give.
    """
    wanted = view.set

    def named_by_it(pod: Pod) -> bool:
        return ordinal_of(wanted.name, pod.name) is not None

    pods, adoptions = belonging(wanted, wanted.spec.selector, view.candidates, accepts=named_by_it)
    revisions, more = belonging(wanted, wanted.spec.selector, view.revisions)
    ordinals = {pod: ordinal_of(wanted.name, pod.name) for pod in pods}
    mine = {ordinal: pod for pod, ordinal in ordinals.items() if ordinal is not None}
    view = replace(view, pods=mine, revisions=revisions)
    return view, [*adoptions, *more, *claim_owners(wanted, view.slots, mine, view.claims)]


def _revision_of_slot(view: View, ordinal: int, revisions: Revisions) -> ControllerRevision:
    """Return the revision of a pod that is made again (utils: newVersionedStatefulSetPod)."""
    spec = view.set.spec
    held = spec.update_strategy == "RollingUpdate" and ordinal < spec.start_ordinal + spec.partition
    return revisions.current if held else revisions.update


def _fill(view: View, revisions: Revisions) -> tuple[list[Action], str, bool]:
    """Create and repair the slots, ascending; OrderedReady stops at the first that is not well."""
    actions: list[Action] = []
    why = SETTLED
    for ordinal in view.slots:
        name = pod_name(view.set.name, ordinal)
        pod = view.pods.get(ordinal)
        if pod is None:
            blocked = _blocked(view, ordinal)
            if blocked is not None:
                return actions, f"{name} waits: {blocked}", False
            revision = _revision_of_slot(view, ordinal, revisions)
            actions += claims_for(view.set, ordinal, view.claims)
            actions.append(Create(pod_for(view.set, ordinal, revision, view.toleration_us)))
            why = f"slot {ordinal} is empty"
        elif pod.terminating:
            why = f"{name} is terminating: its name is taken until it is gone"
        elif pod.finished:
            actions.append(Delete(pod, why="RecreatingFailedPod"))
            why = f"{name} has ended: it is deleted and made again"
        elif not healthy(pod):
            why = f"waiting for {name} to be Ready"
        elif not view.usable(pod):
            why = f"waiting for {name} to be available"
        else:
            continue
        if view.ordered:
            return actions, why, False
    return actions, why, True


def _blocked(view: View, ordinal: int) -> str | None:
    """Return why a slot cannot be filled now: its name or one of its claims is not free.

    Source: stateful_pod_control.go: createPersistentVolumeClaims (a claim with a deletion timestamp is an
    error); a claim owned by the slot's former pod is about to go with it.
    """
    name = pod_name(view.set.name, ordinal)
    if any(pod.name == name for pod in view.candidates):
        return "a pod of that name does not belong to the set"
    for template in view.set.spec.claim_templates:
        claim = view.claims.get(claim_name(template.name, view.set.name, ordinal))
        if claim is not None and claim.terminating:
            return f"its claim {claim.name} is being deleted"
        if claim is not None and claim.owner is not None and claim.owner.kind == "Pod":
            return f"its claim {claim.name} goes with the former pod"
    return None


def _condemn(view: View) -> tuple[list[Action], str, bool]:
    """Delete the pods that are too many, highest ordinal first; OrderedReady one at a time."""
    condemned = sorted((o for o in view.pods if o not in view.slots), reverse=True)
    in_order = (*(o for o in view.slots if o in view.pods), *sorted(condemned))
    unhealthy = next((view.pods[o] for o in in_order if not healthy(view.pods[o])), None)
    actions: list[Action] = []
    why = SETTLED
    for ordinal in condemned:
        pod = view.pods[ordinal]
        if pod.terminating:
            why = f"waiting for {pod.name} to be gone"
        elif view.ordered and unhealthy is not None and pod is not unhealthy and not healthy(pod):
            return actions, f"{pod.name} is not Ready and neither is {unhealthy.name}", False
        else:
            actions.append(Delete(pod))
            why = f"only {view.set.spec.replicas} wanted"
        if view.ordered:
            return actions, why, False
    return actions, why, True


def _update(view: View, update: ControllerRevision) -> tuple[list[Action], str]:
    """Replace pods of an older revision from the highest ordinal down, waiting for each to be well."""
    spec = view.set.spec
    if spec.update_strategy == "OnDelete":
        return [], "OnDelete: pods are updated when somebody deletes them"
    budget = max(1, spec.max_unavailable.of(spec.replicas, round_up=False))
    targets = [o for o in reversed(view.slots) if o >= spec.start_ordinal + spec.partition]
    if budget > 1:
        return _update_several(view, update, targets, budget)
    for ordinal in targets:
        pod = view.pods.get(ordinal)
        if pod is None:
            return [], f"waiting for slot {ordinal} to be filled"
        if _stale(pod, update):
            return [Delete(pod)], f"{pod.name} has an older revision"
        if not view.usable(pod):
            return [], f"waiting for {pod.name} before the next"
    return [], SETTLED


def _stale(pod: Pod, update: ControllerRevision) -> bool:
    return pod.revision != update.name and not pod.terminating and not pod.finished


def _update_several(
    view: View, update: ControllerRevision, targets: list[int], budget: int
) -> tuple[list[Action], str]:
    """Replace as many as may be unavailable at once, all slots counted (KEP-961).

    With Parallel a pod that is broken at an older revision takes nothing from the budget: the rollout is
    what repairs it.
    """
    stale = [view.pods[o] for o in targets if o in view.pods and _stale(view.pods[o], update)]
    free = [] if view.ordered else [pod for pod in stale if not view.usable(pod)]
    absent = sum(o not in view.pods for o in view.slots)
    unusable = [view.pods[o] for o in view.slots if o in view.pods and not view.usable(view.pods[o])]
    left = max(0, budget - absent - sum(pod not in free for pod in unusable))
    chosen = [pod for pod in stale if pod not in free][:left] + free
    if chosen:
        names = ", ".join(pod.name for pod in chosen)
        return [Delete(pod) for pod in chosen], f"{names}: an older revision, {budget} may be unavailable"
    return [], f"waiting: {budget} may be unavailable" if stale else SETTLED


def _status(view: View, revisions: Revisions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the status, and the changes that write it, derived from the pods.

    A Terminating pod still counts as there, and as ready while it is, but for no revision. The update
    revision becomes the current one when every pod has it and is Ready
    (stateful_set_utils.go: completeRollingUpdate).
    """
    spec = view.set.spec
    pods = tuple(view.pods.values())
    living = [pod for pod in pods if not pod.terminating]
    updated = sum(pod.revision == revisions.update.name for pod in living)
    ready = [pod for pod in pods if running_and_ready(pod)]
    complete = updated == len(ready) == len(pods) == spec.replicas
    rolled = spec.update_strategy == "RollingUpdate" and complete
    current = revisions.update.name if rolled else revisions.current.name
    status = {
        "spec_replicas": spec.replicas,
        "replicas": len(pods),
        "readyReplicas": len(ready),
        "availableReplicas": sum(pod.available(view.now, spec.min_ready_us) for pod in ready),
        "currentReplicas": sum(pod.revision == current for pod in living),
        "updatedReplicas": updated,
        "currentRevision": current,
        "updateRevision": revisions.update.name,
        "observedGeneration": view.set.generation,
    }
    if status == view.set.status:
        return status, {}
    changes = {"status": status, "current_revision": current, "update_revision": revisions.update.name}
    return status, changes


def _next_available(view: View) -> int | None:
    wait = view.set.spec.min_ready_us
    due = [
        pod.ready_since_us + wait
        for pod in view.pods.values()
        if pod.ready and pod.ready_since_us is not None and pod.ready_since_us + wait > view.now
    ]
    return min(due, default=None)


class StatefulSetController:
    """One key a StatefulSet."""

    name = "statefulset"
    watches = (StatefulSet, ControllerRevision, PersistentVolumeClaim, Pod)

    def __init__(self, store: Store, *, toleration_us: int) -> None:
        self._store = store
        self._toleration = toleration_us

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        obj = change.object
        if isinstance(obj, StatefulSet):
            return () if change.event == "Status" and not obj.terminating else (obj.key,)
        if isinstance(obj, PersistentVolumeClaim):
            gone = change.verb == "DELETED"
            return [s.key for s in self._store.all(StatefulSet) if gone and _is_claim_of(s, obj.name)]
        if obj.owner is not None and obj.owner.kind == "StatefulSet":
            return (obj.owner.key,)
        if isinstance(obj, Pod):
            return [s.key for s in self._store.all(StatefulSet) if ordinal_of(s.name, obj.name) is not None]
        return [s.key for s in self._store.all(StatefulSet) if s.spec.selector.matches(obj.labels)]

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        found = self._store.find(key)
        if not isinstance(found, StatefulSet):
            return None
        owned = self._store.by(Pod, "owner", found.uid)
        matching = self._store.pods_matching(found.spec.selector.match_labels)
        slots = range(found.spec.start_ordinal, found.spec.start_ordinal + found.spec.replicas)
        named = (self._store.get(Pod, pod_name(found.name, ordinal)) for ordinal in slots)
        others = (*(p for p in matching if p.owner is None), *(p for p in named if p is not None))
        pods = tuple(dict.fromkeys((*owned, *others)))
        revisions = self._store.all(ControllerRevision)
        mine = tuple(r for r in revisions if r.owner is None or r.owner.uid == found.uid)
        surplus = (ordinal_of(found.name, pod.name) for pod in owned)
        ordinals = dict.fromkeys((*slots, *(ordinal for ordinal in surplus if ordinal is not None)))
        names = [
            claim_name(template.name, found.name, ordinal)
            for template in found.spec.claim_templates
            for ordinal in ordinals
            if ordinal is not None
        ]
        claims = {
            name: c for name in names if (c := self._store.get(PersistentVolumeClaim, name)) is not None
        }
        return View(self._store.clock.now, found, pods, mine, claims, self._toleration, {})

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)


def _is_claim_of(owner: StatefulSet, name: str) -> bool:
    return any(name.startswith(f"{t.name}-{owner.name}-") for t in owner.spec.claim_templates)
