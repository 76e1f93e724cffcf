"""The StatefulSet controller: slots with names, filled in order, emptied in reverse, updated from the top."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from statesim.cluster.identity import claim_name
from statesim.cluster.objects import ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet
from statesim.control.actions import Action, Create, Decision, Delete, Write, all_because
from statesim.control.ownership import belonging
from statesim.control.revisions import name_of, resolve, truncate
from statesim.control.statefulset_condemn import condemn
from statesim.control.statefulset_fill import fill
from statesim.control.statefulset_pods import ordinal_of
from statesim.control.statefulset_roster import Roster
from statesim.control.statefulset_rosters import Rosters
from statesim.control.statefulset_status import status_of
from statesim.control.statefulset_update import update
from statesim.control.statefulset_view import LATEST, SETTLED, Step, View, healthy, understood
from statesim.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.control.actions import Refusal
    from statesim.control.revisions import Revisions
    from statesim.scenario.versions import Features

__all__ = ["StatefulSetController", "View", "decide", "healthy"]


def decide(view: View) -> Decision:
    """Repair, then scale down, then update (stateful_set_control.go: UpdateStatefulSet, performUpdate).

    A set that is being deleted only keeps its status: it makes nothing, adopts nothing and releases nobody.
    """
    wanted = view.set
    view, actions = _settle_ownership(view)
    revisions = resolve(wanted, view.revisions, view.taken)
    step = Step((), f"{wanted.key} is being deleted")
    if not wanted.terminating:
        actions += revisions.actions
        step = _pass(view, revisions)
        actions += step.actions
    status, changes = status_of(view, revisions, step.actions)
    written = Write(wanted, "Status", changes, status) if changes else None
    actions += [written] if written is not None else []
    if not wanted.terminating:
        live = (status["currentRevision"], revisions.update.name)
        in_use = {*live, *(revision for revision, pods in view.roster.revisions.items() if pods)}
        actions += truncate(wanted, view.revisions, in_use)
    return Decision(
        tuple(actions),
        wake_at=view.roster.next_available(),
        why=step.why,
        on_refusal=partial(_refused, wanted, written),
        retry=step.error is not None,
    )


def _pass(view: View, revisions: Revisions) -> Step:
    """Go through the three parts, each of which comes about only if the one before lets it."""
    actions: list[Action] = []
    why = SETTLED
    parts = (partial(fill, view, revisions), partial(condemn, view), partial(update, view, revisions.update))
    for part in parts:
        step = part()
        actions += all_because(step.actions, step.why)
        why = step.why if step.actions or why == SETTLED else why
        if not step.goes_on:
            return Step(actions, why, error=step.error)
    return Step(actions, why)


def _settle_ownership(view: View) -> tuple[View, list[Action]]:
    """Adopt and release (stateful_set.go: getPodsForStatefulSet, adoptOrphanRevisions).

    An ownerless pod is adopted only if its name is one that the set would give.
    """
    wanted = view.set
    selector = wanted.spec.selector

    def named_by_it(pod: Pod) -> bool:
        return ordinal_of(wanted.name, pod.name) is not None

    adopted, adoptions = belonging(wanted, selector, view.strays, accepts=named_by_it)
    revisions, more = belonging(wanted, selector, view.revisions)
    view = replace(view, revisions=revisions)
    if adopted:
        numbered = ((ordinal_of(wanted.name, pod.name), pod) for pod in adopted)
        joining = [(ordinal, pod) for ordinal, pod in numbered if ordinal is not None]
        view = replace(view, roster=Roster(view.spec, (*view.pods.items(), *joining), view.now))
    return view, [*adoptions, *more]


def _refused(owner: StatefulSet, status: Write | None, refusals: tuple[Refusal, ...]) -> tuple[Write, ...]:
    """Tell in Events what the API server did not take, and write the status all the same.

    That a name is taken already is told to nobody (stateful_pod_control.go: recordPodEvent,
    recordClaimEvent).
    """
    said: list[Write] = []
    for action, error in refusals:
        obj = action.object
        if isinstance(error, Conflict):
            continue
        verb = {Create: "create", Write: "update", Delete: "delete"}[type(action)]
        event = f"Failed{verb.capitalize()}"
        if isinstance(obj, Pod):
            text = f"{verb} Pod {obj.name} in StatefulSet {owner.name} failed error: {error}"
            said.append(Write(owner, event, why=text))
        elif isinstance(obj, PersistentVolumeClaim):
            pod = obj.name[obj.name.index(f"-{owner.name}-") + 1 :]
            text = f"{verb} Claim {obj.name} Pod {pod} in StatefulSet {owner.name} failed error: {error}"
            said.append(Write(owner, event, why=text))
            text = f"failed to create PVC {obj.name}: {error}"
            text = f"{verb} Pod {pod} in StatefulSet {owner.name} failed error: {text}"
            said.append(Write(owner, event, why=text))
    return (*said, status) if status is not None else tuple(said)


class StatefulSetController:
    """One key a StatefulSet."""

    name = "statefulset"
    watches = (StatefulSet, ControllerRevision, PersistentVolumeClaim, Pod)

    def __init__(self, store: Store, *, toleration_us: int, features: Features = LATEST) -> None:
        self._store = store
        self._toleration = toleration_us
        self._features = features
        self._rosters = Rosters(store)

    def restart(self) -> None:
        """Forget what was known of the sets' slots."""
        self._rosters.forget()

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: of pods that nobody owns, the sets hear whose selectors match.

        Source: stateful_set.go: addPod, updatePod, deletePod, getStatefulSetsForPod.
        """
        obj = change.object
        if isinstance(obj, StatefulSet):
            return () if change.event == "Status" and not obj.terminating else (obj.key,)
        if isinstance(obj, PersistentVolumeClaim):
            if change.verb != "DELETED":
                return ()
            return [s.key for s in self._store.all(StatefulSet) if _is_claim_of(s, obj.name)]
        if obj.owner is not None:
            return (obj.owner.key,) if obj.owner.kind == "StatefulSet" else ()
        return [s.key for s in self._store.all(StatefulSet) if s.spec.selector.matches(obj.labels)]

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        found = self._store.find(key)
        if not isinstance(found, StatefulSet):
            return None
        spec = understood(found.spec, self._features)
        roster, strays = self._rosters.of(found, spec)
        ownerless = self._store.pods_matching(spec.selector.match_labels, ownerless=True)
        by = self._store.by
        revisions = (*by(ControllerRevision, "owner", found.uid), *by(ControllerRevision, "owner", ""))
        return View(
            self._store.clock.now,
            found,
            roster,
            (*strays, *ownerless),
            revisions,
            self._claims(found, roster, (*strays, *ownerless)),
            self._toleration,
            spec,
            self._features,
            self._taken(found, revisions),
        )

    def _claims(
        self, found: StatefulSet, roster: Roster, strays: tuple[Pod, ...]
    ) -> dict[str, PersistentVolumeClaim]:
        """Return the claims of the slots that are to be judged, and of pods that are too many.

        A pod that joins the set makes every slot one to be judged.
        """
        if not found.spec.claim_templates:
            return {}
        judged: Iterable[int] = sorted(roster.unsure)
        if strays:
            known = (ordinal_of(found.name, pod.name) for pod in strays)
            judged = (*roster.slots, *(ordinal for ordinal in known if ordinal is not None))
        elif found.spec.pod_management == "OrderedReady":
            judged = roster.first_in_order(self._store.clock.now)
        ordinals = (*judged, *roster.outside)
        names = (
            claim_name(template.name, found.name, ordinal)
            for template in found.spec.claim_templates
            for ordinal in dict.fromkeys(ordinals)
        )
        claims = ((name, self._store.get(PersistentVolumeClaim, name)) for name in names)
        return {name: claim for name, claim in claims if claim is not None}

    def _taken(
        self, found: StatefulSet, known: tuple[ControllerRevision, ...]
    ) -> dict[str, ControllerRevision]:
        """Return the revisions of others on the names that a new one would get, if one is needed."""
        taken: dict[str, ControllerRevision] = {}
        if any(revision.template == found.spec.template for revision in known):
            return taken
        collisions = found.status.get("collisionCount", 0)
        while (other := self._store.get(ControllerRevision, name_of(found, collisions))) is not None:
            taken[other.name] = other
            collisions += 1
        return taken

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)


def _is_claim_of(owner: StatefulSet, name: str) -> bool:
    return any(name.startswith(f"{t.name}-{owner.name}-") for t in owner.spec.claim_templates)
