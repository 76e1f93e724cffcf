"""First part of a StatefulSet's pass: every slot has its pod and its claims, as they should be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.cluster.identity import claim_name
from statesim.cluster.objects import POD_INDEX_LABEL, POD_NAME_LABEL, Phase, Pod
from statesim.control.actions import Create, Delete, Write, because, slow_start
from statesim.control.statefulset_pods import claim_owners, claims_for, pod_for, volumes_for
from statesim.control.statefulset_view import SETTLED, Calls, Slot, Step, healthy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import ControllerRevision
    from statesim.control.actions import Action
    from statesim.control.revisions import Revisions
    from statesim.control.statefulset_view import View

WELL = Slot()


def fill(view: View, revisions: Revisions) -> Step:
    """Create and repair the slots, ascending; OrderedReady stops at the first that is not well.

    Source: stateful_set_control.go: processReplica, runForAll.
    """
    return _in_order(view, revisions) if view.ordered else _side_by_side(view, revisions)


def _in_order(view: View, revisions: Revisions) -> Step:
    actions: list[Action] = []
    judged: dict[int, Slot] = {}
    step = Step(actions, goes_on=True)
    for ordinal in view.roster.first_in_order(view.now):
        slot = view.roster.waiting.get(ordinal) or _slot(view, ordinal, revisions)
        judged[ordinal] = slot
        actions += slot.calls
        if slot.waits or slot.error is not None:
            step = Step(actions, slot.why, error=slot.error)
            break
    view.roster.settle(judged)
    return step


def _side_by_side(view: View, revisions: Revisions) -> Step:
    """Parallel: no slot waits for another, but a batch with an error is the last."""
    judged = {ordinal: _slot(view, ordinal, revisions) for ordinal in sorted(view.roster.unsure)}
    view.roster.settle(judged)
    first = next((ordinal for ordinal, slot in judged.items() if slot.error is not None), None)
    end = view.slots.stop if first is None else _end_of_batch(view, first)
    calls = [slot.calls for ordinal, slot in judged.items() if slot.calls and ordinal < end]
    if view.features.has("StatefulSetBatches"):
        actions: list[Action] = list(slow_start(calls))
    else:
        actions = [action for call in calls for action in call]
    error = None if first is None else judged[first].error
    return Step(actions, _last_trouble(view, judged, end), goes_on=error is None, error=error)


def _end_of_batch(view: View, ordinal: int) -> int:
    """Return the first slot that is not in the batch of this one; before 1.28 a batch was one slot."""
    if not view.features.has("StatefulSetBatches"):
        return ordinal + 1
    end, batch = view.slots.start + 1, 1
    while end <= ordinal:
        batch *= 2
        end += batch
    return end


def _last_trouble(view: View, judged: Mapping[int, Slot], end: int) -> str:
    """Return what the highest slot below `end` waits for."""
    waiting = view.roster.waiting
    below = (ordinal for ordinal in reversed(view.roster.troubled) if ordinal < end)
    reasons = ((waiting.get(ordinal) or judged[ordinal]).why for ordinal in below)
    return next((why for why in reasons if why != SETTLED), SETTLED)


def _slot(view: View, ordinal: int, revisions: Revisions) -> Slot:
    """Judge one slot (processReplica)."""
    pod = view.pods.get(ordinal)
    if pod is None:
        return _empty(view, ordinal, revisions)
    if view.ended(pod):
        return _ended(view, ordinal, pod, revisions)
    calls: Calls = ()
    if pod.phase is Phase.PENDING and view.features.has("StatefulSetRestoresClaims"):
        going = _claim_going(view, ordinal)
        if going is not None:
            return Slot(why=f"{pod.name} waits: {going}", waits=True, error=going)
        calls = tuple(because(call, f"{pod.name} lacks it") for call in claims_for(view, ordinal))
    well = view.usable(pod)
    why = SETTLED if well else _how_it_is(pod)
    if view.ordered and not well:
        return Slot(calls, why, waits=True)
    calls = (*calls, *_repairs(view, ordinal, pod))
    return Slot(calls, why) if calls or not well else WELL


def _how_it_is(pod: Pod) -> str:
    """Tell what is waited for: the pod's removal, readiness, or the seconds after that."""
    if pod.terminating:
        return f"{pod.name} is terminating: its name is taken until it is gone"
    return f"waiting for {pod.name} to be {'available' if healthy(pod) else 'Ready'}"


def _ended(view: View, ordinal: int, pod: Pod, revisions: Revisions) -> Slot:
    """Delete a pod that has ended; its successor comes when it is gone, before 1.31 in the same pass."""
    why = f"{pod.name} has ended: it is deleted and made again"
    if view.features.has("StatefulSetWaitsForRemoval"):
        calls: Calls = () if pod.terminating else (Delete(pod, why="it has ended"),)
        return Slot(calls, why, waits=True)
    event = "RecreatingFailedPod" if pod.phase is Phase.FAILED else "RecreatingTerminatedPod"
    said = f"StatefulSet default/{view.set.name} is recreating {pod.phase.lower()} Pod {pod.name}"
    slot = _empty(view, ordinal, revisions)
    return Slot(
        (Write(view.set, event, why=said), Delete(pod, why=event), *slot.calls), why, True, slot.error
    )


def _empty(view: View, ordinal: int, revisions: Revisions) -> Slot:
    """Create a slot's claims and then its pod, unless one of the claims is on its way out."""
    name = view.name_of(ordinal)
    stale = _stale_claim(view, ordinal)
    if stale is not None:
        return Slot(why=f"{name} waits: its claim {stale} goes with the former pod", waits=True)
    going = _claim_going(view, ordinal)
    if going is not None:
        said = f"create Pod {name} in StatefulSet {view.set.name} failed error: {going}"
        return Slot((Write(view.set, "FailedCreate", why=said),), f"{name} waits: {going}", True, said)
    revision = _revision_of_slot(view, ordinal, revisions)
    indexed = view.features.on("PodIndexLabel")
    pod = pod_for(view.set, ordinal, revision, view.toleration_us, indexed=indexed)
    why = f"slot {ordinal} is empty"
    calls = tuple(because(call, why) for call in (*claims_for(view, ordinal), Create(pod)))
    return Slot(calls, why, waits=True)


def _stale_claim(view: View, ordinal: int) -> str | None:
    """Return a claim that goes with the slot's former pod (stateful_pod_control.go: PodClaimIsStale)."""
    if view.spec.retain_when_scaled:
        return None
    owned = (claim for claim in view.claims_of(ordinal) if claim.owner is not None)
    name = view.name_of(ordinal)
    return next((c.name for c in owned if c.owner and (c.owner.kind, c.owner.name) == ("Pod", name)), None)


def _claim_going(view: View, ordinal: int) -> str | None:
    """Return what is said of a claim with a deletion timestamp (same file: createPersistentVolumeClaims)."""
    going = next((claim for claim in view.claims_of(ordinal) if claim.terminating), None)
    return f"pvc {going.name} is being deleted" if going is not None else None


def _revision_of_slot(view: View, ordinal: int, revisions: Revisions) -> ControllerRevision:
    """Return the revision of a pod that is made again (utils: newVersionedStatefulSetPod)."""
    spec = view.spec
    held = spec.update_strategy == "RollingUpdate" and ordinal < spec.start_ordinal + spec.partition
    return revisions.current if held else revisions.update


def _repairs(view: View, ordinal: int, pod: Pod) -> Calls:
    """Return what brings a pod's name label and claims, and the claims' owners, back to what they should be.

    A hostname is set when a pod is made and never again (stateful_pod_control.go: UpdateStatefulPod; utils:
    identityMatches, storageMatches, updateIdentity, updateStorage).
    """
    templates = view.spec.claim_templates
    named = pod.labels.get(POD_NAME_LABEL) == pod.name
    if named and not templates:
        return ()
    calls: Calls = claim_owners(view, ordinal, pod)
    changes: dict[str, object] = {}
    if not named:
        index = {POD_INDEX_LABEL: str(ordinal)} if view.features.on("PodIndexLabel") else {}
        changes["labels"] = {**pod.labels, POD_NAME_LABEL: pod.name, **index}
    mounted = pod.spec.claims
    if any(claim_name(t.name, view.set.name, ordinal) not in mounted for t in templates):
        calls += tuple(because(call, f"{pod.name} lacks it") for call in claims_for(view, ordinal))
        changes["spec"] = replace(pod.spec, volumes=volumes_for(view.set, ordinal, pod.spec.volumes))
    if not changes:
        return calls
    why = f"its identity is repaired: it is {pod.name} of {view.set.key}"
    return (*calls, Write(pod, "Labelled", changes, {"labels": changes.get("labels", pod.labels)}, why=why))
