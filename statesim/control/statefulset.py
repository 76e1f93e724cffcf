"""The StatefulSet controller: slots with names, filled in order, emptied in reverse, updated from the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import claim_name, pod_name, template_hash
from statesim.cluster.objects import (
    ControllerRevision,
    PersistentVolumeClaim,
    Phase,
    Pod,
    StatefulSet,
)
from statesim.control.actions import Action, Create, Decision, Delete, Write
from statesim.control.statefulset_pods import claims_for, pod_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """A StatefulSet, its pods by ordinal, its revisions by age, and the claims of its slots by name."""

    now: int
    set: StatefulSet
    pods: Mapping[int, Pod]
    revisions: tuple[ControllerRevision, ...]
    claims: Mapping[str, PersistentVolumeClaim]
    toleration_us: int

    @property
    def slots(self) -> range:
        """Return the wanted ordinals."""
        first = self.set.spec.start_ordinal
        return range(first, first + self.set.spec.replicas)

    @property
    def ordered(self) -> bool:
        """Tell whether one pod waits for the other."""
        return self.set.spec.pod_management == "OrderedReady"


def healthy(pod: Pod) -> bool:
    """Tell whether a pod is Running, Ready and not terminating (stateful_set_utils.go: isHealthy)."""
    return pod.phase is Phase.RUNNING and pod.ready and not pod.terminating


def decide(view: View) -> Decision:
    """Repair, then scale down, then update (stateful_set_control.go: updateStatefulSet)."""
    wanted = view.set
    if wanted.terminating:
        return Decision(why=f"{wanted.key} is being deleted")
    revision = _revision(view)
    if isinstance(revision, Decision):
        return revision
    current = _current(view, revision)
    actions, why, finished = _fill(view, current, revision)
    if finished:
        more, why, finished = _condemn(view)
        actions += more
    if finished and not actions:
        actions, why = _update(view, revision)
    status, changes = _status(view, current, revision)
    if changes:
        actions.append(Write(wanted, "Status", changes, status))
    return Decision(tuple(actions), wake_at=_next_available(view), why=why)


def _revision(view: View) -> ControllerRevision | Decision:
    """Return the revision of the present template; make it, or put it last again, if it is not the newest.

    Source: stateful_set_control.go: getStatefulSetRevisions. An older equal revision is renumbered: that is
    what a rollback is.
    """
    name = f"{view.set.name}-{template_hash(view.set.spec.template)}"
    newest = max((revision.revision for revision in view.revisions), default=0)
    found = next((revision for revision in view.revisions if revision.name == name), None)
    if found is None:
        made = ControllerRevision(
            name=name, template=view.set.spec.template, revision=newest + 1, owner=view.set.ref()
        )
        return Decision((Create(made, fields={"owner": view.set.key}),), why="the pod template is new")
    if found.revision < newest:
        changed = Write(found, "Changed", {"revision": newest + 1})
        return Decision((changed,), why=f"the template is {name} again")
    return found


def _current(view: View, update: ControllerRevision) -> ControllerRevision:
    known = (revision for revision in view.revisions if revision.name == view.set.current_revision)
    return next(known, update)


def _revision_of_slot(
    view: View, ordinal: int, current: ControllerRevision, update: ControllerRevision
) -> ControllerRevision:
    """Return the revision of a pod that is made again (utils: newVersionedStatefulSetPod)."""
    spec = view.set.spec
    held = spec.update_strategy == "RollingUpdate" and ordinal < spec.start_ordinal + spec.partition
    return current if held else update


def _fill(
    view: View, current: ControllerRevision, update: ControllerRevision
) -> tuple[list[Action], str, bool]:
    """Create and repair the slots, ascending; OrderedReady stops at the first that is not well."""
    actions: list[Action] = []
    why = "settled"
    for ordinal in view.slots:
        name = pod_name(view.set.name, ordinal)
        pod = view.pods.get(ordinal)
        if pod is None:
            blocked = _deleting_claim(view, ordinal)
            if blocked is not None:
                return actions, f"{name} waits: its claim {blocked} is being deleted", False
            revision = _revision_of_slot(view, ordinal, current, update)
            actions += claims_for(view.set, ordinal, view.claims)
            actions.append(Create(pod_for(view.set, ordinal, revision, view.toleration_us)))
            why = f"slot {ordinal} is empty"
        elif pod.finished and not pod.terminating:
            actions.append(Delete(pod, why="RecreatingFailedPod"))
            why = f"{name} has ended: it is deleted and made again"
        elif pod.terminating:
            why = f"{name} is terminating: its name is taken until it is gone"
        elif not healthy(pod):
            why = f"waiting for {name} to be Ready"
        elif not pod.available(view.now, view.set.spec.min_ready_us):
            why = f"waiting for {name} to be available"
        else:
            continue
        if view.ordered:
            return actions, why, False
    return actions, why, True


def _deleting_claim(view: View, ordinal: int) -> str | None:
    names = (claim_name(t.name, view.set.name, ordinal) for t in view.set.spec.claim_templates)
    return next((name for name in names if name in view.claims and view.claims[name].terminating), None)


def _condemn(view: View) -> tuple[list[Action], str, bool]:
    """Delete the pods that are too many, highest ordinal first; OrderedReady one at a time."""
    condemned = sorted((o for o in view.pods if o not in view.slots), reverse=True)
    slots = [view.pods[o] for o in view.slots if o in view.pods]
    unhealthy = next(
        (p for p in (*slots, *(view.pods[o] for o in sorted(condemned))) if not healthy(p)), None
    )
    actions: list[Action] = []
    why = "settled"
    for ordinal in condemned:
        pod = view.pods[ordinal]
        if pod.terminating:
            why = f"waiting for {pod.name} to be gone"
            if view.ordered:
                return actions, why, False
            continue
        if view.ordered and not healthy(pod) and pod is not unhealthy:
            return actions, f"{pod.name} is not Ready and neither is {unhealthy and unhealthy.name}", False
        actions.append(Delete(pod))
        why = f"only {view.set.spec.replicas} wanted"
        if view.ordered:
            return actions, why, False
    return actions, why, not condemned


def _update(view: View, update: ControllerRevision) -> tuple[list[Action], str]:
    """Replace pods of an older revision from the highest ordinal down, waiting for each to be well."""
    spec = view.set.spec
    if spec.update_strategy == "OnDelete":
        return [], "OnDelete: pods are updated when somebody deletes them"
    budget = max(1, spec.max_unavailable.of(spec.replicas, round_up=False))
    unavailable = 0
    actions: list[Action] = []
    for ordinal in sorted(view.slots, reverse=True):
        if ordinal < spec.start_ordinal + spec.partition:
            break
        pod = view.pods[ordinal]
        stale = pod.revision != update.name
        if stale and not pod.terminating:
            actions.append(Delete(pod))
            unavailable += 1
        elif not healthy(pod) or not pod.available(view.now, spec.min_ready_us):
            unavailable += 1
        if unavailable >= budget:
            names = ", ".join(a.object.name for a in actions if isinstance(a, Delete))
            why = f"{names} has an older revision" if actions else f"waiting for {pod.name} before the next"
            return actions, why
    return actions, "updating" if actions else "settled"


def _status(
    view: View, current: ControllerRevision, update: ControllerRevision
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the status, and the changes that write it, derived from the pods.

    The update revision becomes the current one when every pod has it and is Ready
    (stateful_set_utils.go: completeRollingUpdate).
    """
    spec = view.set.spec
    pods = [pod for pod in view.pods.values() if not pod.finished]
    living = [pod for pod in pods if not pod.terminating]
    updated = sum(pod.revision == update.name for pod in living)
    ready = sum(healthy(pod) or (pod.ready and pod.phase is Phase.RUNNING) for pod in pods)
    complete = updated == ready == len(pods) == spec.replicas
    rolled = spec.update_strategy == "RollingUpdate" and spec.partition == 0 and complete
    now_current = update.name if rolled else current.name
    status = {
        "spec_replicas": spec.replicas,
        "replicas": len(pods),
        "readyReplicas": ready,
        "availableReplicas": sum(pod.available(view.now, spec.min_ready_us) for pod in living),
        "currentReplicas": sum(pod.revision == now_current for pod in living),
        "updatedReplicas": updated,
        "currentRevision": now_current,
        "updateRevision": update.name,
    }
    if status == view.set.status:
        return status, {}
    changes = {"status": status, "current_revision": now_current, "update_revision": update.name}
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
            return [s.key for s in self._store.all(StatefulSet) if s.spec.selector.matches(obj.labels)]
        return ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        found = self._store.find(key)
        if not isinstance(found, StatefulSet):
            return None
        pods = {
            pod.ordinal: pod for pod in self._store.by(Pod, "owner", found.uid) if pod.ordinal is not None
        }
        revisions = self._store.by(ControllerRevision, "owner", found.uid)
        claims = {}
        first = found.spec.start_ordinal
        for template in found.spec.claim_templates:
            for ordinal in range(first, first + found.spec.replicas):
                name = claim_name(template.name, found.name, ordinal)
                claim = self._store.get(PersistentVolumeClaim, name)
                if claim is not None:
                    claims[name] = claim
        return View(self._store.clock.now, found, pods, revisions, claims, self._toleration)

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)


def _is_claim_of(owner: StatefulSet, name: str) -> bool:
    return any(name.startswith(f"{t.name}-{owner.name}-") for t in owner.spec.claim_templates)
