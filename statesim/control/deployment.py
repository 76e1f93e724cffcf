"""The Deployment controller: revisions as ReplicaSets, and how one takes over from the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.cluster.identity import template_hash
from statesim.cluster.objects import POD_HASH_LABEL, Deployment, Pod, ReplicaSet
from statesim.control import progress
from statesim.control.actions import Action, Create, Decision, Delete, Write
from statesim.control.ownership import belonging
from statesim.control.rolling import (
    Revision,
    fenceposts,
    may_be_unavailable,
    new_size,
    proportional,
    shrink_old,
)
from statesim.errors import Conflict
from statesim.scenario.specs import LabelSelector, PodTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.cluster.store import Change, Store
    from statesim.control.actions import Refusal


@dataclass(frozen=True, slots=True)
class View:
    """A Deployment, its ReplicaSets by age (and those that nobody owns), and their pods for Recreate.

    `namesake` is a ReplicaSet of another template that has the name which a new one would get.
    """

    now: int
    deployment: Deployment
    sets: tuple[ReplicaSet, ...]
    pods: tuple[Pod, ...] = ()
    namesake: ReplicaSet | None = None


class Step(NamedTuple):
    """One step of a rollout; `rolls` is False for a step that only scales.

    `collided` tells that the name of the new ReplicaSet is taken: the next try counts that in.
    """

    actions: Sequence[Action]
    why: str
    rolls: bool = True
    created: bool = False
    collided: bool = False


def decide(view: View) -> Decision:
    """Take the next step of the rollout (deployment_controller.go: syncDeployment).

    A Deployment that is being deleted only keeps its status.
    """
    deployment = view.deployment
    mine, adopted = belonging(deployment, deployment.spec.selector, view.sets)
    view = replace(view, sets=mine)
    new = find_new(view)
    old = tuple(rs for rs in mine if rs is not new)
    going = deployment.terminating
    step = _next_step(view, new, old) if not going else Step((), f"{deployment.key} is being deleted", False)
    counts = progress.counts_of(deployment.spec, mine, new)
    condition = _condition(view, new, step, counts)
    actions = [*adopted, *step.actions, *([] if going else _clean_up(view, old, counts))]
    actions += _details(view, new, counts)
    status = _status(view, new, counts, condition, step)
    if status != deployment.status or condition.since_us != deployment.progress_since_us:
        changes = {"status": status, "progress_since_us": condition.since_us}
        actions.append(Write(deployment, "Status", changes, status))
    return Decision(
        tuple(actions),
        wake_at=progress.deadline(deployment.spec, condition),
        why=step.why,
        on_refusal=partial(_refused, deployment, view.now),
        retry=step.collided,
    )


def _status(
    view: View, new: ReplicaSet | None, counts: dict[str, int], condition: progress.Condition, step: Step
) -> dict[str, Any]:
    """Return the status: counts, and the conditions Progressing and ReplicaFailure (sync.go)."""
    deployment = view.deployment
    collisions = deployment.status.get("collisionCount", 0) + step.collided
    return {
        **counts,
        "observedGeneration": deployment.generation,
        **({"progressing": condition.reason} if condition.reason else {}),
        **progress.failure_of(view.sets, new),
        **({"collisionCount": collisions} if collisions else {}),
    }


def _refused(deployment: Deployment, now: int, refusals: tuple[Refusal, ...]) -> tuple[Write, ...]:
    """Tell that the new ReplicaSet could not be made (sync.go: getNewReplicaSet)."""
    action, error = refusals[0]
    if not isinstance(action, Create) or isinstance(error, Conflict):
        return ()
    why = f'Failed to create new replica set "{action.object.name}": {error}'
    told = Write(deployment, progress.REFUSED, why=why)
    status = {**deployment.status, "progressing": progress.REFUSED}
    if not progress.has_deadline(deployment.spec) or status == deployment.status:
        return (told,)
    return (told, Write(deployment, "Status", {"status": status, "progress_since_us": now}, status))


def _details(view: View, new: ReplicaSet | None, counts: dict[str, int]) -> list[Action]:
    """Say which ReplicaSet is the new one, and whether enough pods are available.

    Source: sync.go: getNewReplicaSet (SetDeploymentRevision), calculateStatus (DeploymentAvailable).
    """
    deployment, spec = view.deployment, view.deployment.spec
    enough = counts["availableReplicas"] >= spec.replicas - may_be_unavailable(spec)
    was = deployment.available
    available = was if was is not None and was[0] == enough else (enough, view.now)
    name, number = (new.name, new.revision) if new is not None else (deployment.new_set, deployment.revision)
    if (available, name, number) == (was, deployment.new_set, deployment.revision):
        return []
    details = {"available": available, "new_set": name, "revision": number}
    return [Write(deployment, "", details=details)]


def _condition(view: View, new: ReplicaSet | None, step: Step, counts: dict[str, int]) -> progress.Condition:
    deployment, spec, now = view.deployment, view.deployment.spec, view.now
    since = deployment.progress_since_us
    was = progress.Condition(deployment.status.get("progressing"), now if since is None else since)
    condition = progress.pause(spec, was, now)
    if step.created and progress.has_deadline(spec):
        condition = progress.Condition(progress.CREATED, now)
    elif new is not None and condition.reason is None and progress.has_deadline(spec):
        condition = progress.Condition(progress.FOUND, now)
    if spec.paused or not step.rolls:
        return condition
    return progress.rollout(spec, condition, deployment.status, counts, now)


def _next_step(view: View, new: ReplicaSet | None, old: Sequence[ReplicaSet]) -> Step:
    spec = view.deployment.spec
    newest = max((rs.revision for rs in old), default=0)
    if new is not None and new.revision <= newest:
        renumber = Write(new, "Changed", {"revision": newest + 1}, {"revision": new.hash})
        return Step((renumber,), f"an old template is back: {new.name} is the newest revision again")
    if new is not None and new.min_ready_us != spec.min_ready_us:
        patient = Write(new, "Changed", {"min_ready_us": spec.min_ready_us}, {"revision": new.hash})
        return Step((patient,), "minReadySeconds has changed")
    if spec.paused:
        return Step(_scale_all(view, new, old), "the Deployment is paused", rolls=False)
    scaled = any(rs.replicas and rs.desired != spec.replicas for rs in view.sets)
    if scaled and (resized := _scale_all(view, new, old)):
        return Step(resized, f"scaled to {spec.replicas}", rolls=False)
    if spec.strategy == "Recreate":
        return _recreate(view, new, old)
    return _roll(view, new, old)


def find_new(view: View) -> ReplicaSet | None:
    """Return the oldest ReplicaSet whose template is the Deployment's (util: FindNewReplicaSet)."""
    wanted = view.deployment.spec.template
    return next((rs for rs in view.sets if _same_template(rs, wanted)), None)


def _same_template(rs: ReplicaSet, wanted: PodTemplate) -> bool:
    """Compare without the label that the hash adds (util: EqualIgnoreHash)."""
    labels = {name: value for name, value in rs.template.labels.items() if name != POD_HASH_LABEL}
    return (
        rs.template.spec == wanted.spec
        and rs.template.annotations == wanted.annotations
        and labels == {name: value for name, value in wanted.labels.items() if name != POD_HASH_LABEL}
    )


def _create_new(view: View, old: Sequence[ReplicaSet]) -> Step:
    """Make the ReplicaSet of the present template, as large as it may be (sync.go: getNewReplicaSet)."""
    deployment, spec = view.deployment, view.deployment.spec
    surge, _ = fenceposts(spec)
    recreate = spec.strategy == "Recreate"
    total = sum(rs.replicas for rs in old)
    size = spec.replicas if recreate else new_size(spec.replicas, surge, 0, total)
    if view.namesake is not None:
        return Step((), f"{view.namesake.key} has the name of the new revision already", collided=True)
    digest = template_hash(spec.template, deployment.status.get("collisionCount", 0))
    labels = {**spec.template.labels, POD_HASH_LABEL: digest}
    made = ReplicaSet(
        name=new_name(deployment),
        labels=labels,
        owner=deployment.ref(),
        selector=LabelSelector(
            {**spec.selector.match_labels, POD_HASH_LABEL: digest}, spec.selector.match_expressions
        ),
        template=PodTemplate(spec.template.spec, labels, spec.template.annotations),
        replicas=size,
        min_ready_us=spec.min_ready_us,
        hash=digest,
        revision=max((rs.revision for rs in old), default=0) + 1,
        desired=spec.replicas,
        max_replicas=spec.replicas + surge,
    )
    fields = {"owner": deployment.key, "revision": digest, "replicas": size}
    return Step((Create(made, fields=fields),), f"the pod template is new: revision {digest}", created=True)


def new_name(deployment: Deployment) -> str:
    """Return the name that a ReplicaSet of the present template gets, after so many collisions."""
    collisions = deployment.status.get("collisionCount", 0)
    return f"{deployment.name}-{template_hash(deployment.spec.template, collisions)}"


def _roll(view: View, new: ReplicaSet | None, old: Sequence[ReplicaSet]) -> Step:
    """Grow the new revision within the surge, else shrink the old within the availability (rolling.go)."""
    if new is None:
        return _create_new(view, old)
    spec = view.deployment.spec
    surge, unavailable = fenceposts(spec)
    total = sum(rs.replicas for rs in view.sets)
    size = new_size(spec.replicas, surge, new.replicas, total)
    if size != new.replicas:
        why = f"{new.name} may have {size} pods: {total} of at most {spec.replicas + surge} are wanted so far"
        return Step(_resize(view, new, size), why)
    sizes = shrink_old(spec.replicas, unavailable, _counts(new), [_counts(rs) for rs in old])
    actions = [
        write for rs in old if sizes[rs.name] != rs.replicas for write in _resize(view, rs, sizes[rs.name])
    ]
    if actions:
        return Step(actions, f"old pods can go: {spec.replicas - unavailable} must stay available")
    left = sum(rs.replicas for rs in old)
    return Step((), f"{left} old pods wait for new ones to be available" if left else "settled")


def _recreate(view: View, new: ReplicaSet | None, old: Sequence[ReplicaSet]) -> Step:
    """All old pods go first; a Terminating one counts until its object is gone (recreate.go)."""
    shrunk = [write for rs in old if rs.replicas for write in _resize(view, rs, 0)]
    if shrunk:
        return Step(shrunk, "Recreate: all old pods go first")
    if _old_pods_remain(view, old):
        return Step((), "Recreate: waiting for the last old pod to be gone")
    if new is None:
        return _create_new(view, old)
    wanted = view.deployment.spec.replicas
    if new.replicas != wanted:
        return Step(_resize(view, new, wanted), "Recreate: no old pod is left")
    return Step((), "settled")


def _old_pods_remain(view: View, old: Sequence[ReplicaSet]) -> bool:
    uids = {rs.uid for rs in old}
    return any(pod.owner is not None and pod.owner.uid in uids and not pod.finished for pod in view.pods)


def _scale_all(view: View, new: ReplicaSet | None, old: Sequence[ReplicaSet]) -> list[Action]:
    """Scale in proportion while several revisions run, else the only or newest one (sync.go: scale)."""
    spec = view.deployment.spec
    surge, _ = fenceposts(spec)
    active = [rs for rs in view.sets if rs.replicas]
    if len(active) <= 1:
        newest = [] if new is not None or not old else [max(old, key=lambda rs: rs.created_us)]
        only = [*active, *([new] if new is not None else newest)][:1]
        return [write for rs in only for write in _resize(view, rs, spec.replicas)]
    if new is not None and _saturated(new, spec.replicas):
        return [write for rs in old if rs.replicas for write in _resize(view, rs, 0)]
    if spec.strategy == "Recreate":
        return []
    sizes = proportional(spec.replicas, surge, [_counts(rs) for rs in active])
    return [write for rs in active for write in _resize(view, rs, sizes[rs.name])]


def _saturated(new: ReplicaSet, replicas: int) -> bool:
    """Tell whether the new revision alone is all that is wanted (util: IsSaturated)."""
    return new.replicas == new.desired == replicas == _counts(new).available


def _resize(view: View, rs: ReplicaSet, size: int) -> list[Action]:
    """Return what gives a ReplicaSet its size and its notes for proportional scaling, if it lacks them."""
    spec = view.deployment.spec
    surge, _ = fenceposts(spec)
    notes = {"desired": spec.replicas, "max_replicas": spec.replicas + surge}
    if size != rs.replicas:
        return [Write(rs, "Scaled", {"replicas": size, **notes}, {"replicas": size})]
    if (rs.desired, rs.max_replicas) != (notes["desired"], notes["max_replicas"]):
        return [Write(rs, "Changed", notes, {"revision": rs.hash})]
    return []


def _counts(rs: ReplicaSet) -> Revision:
    available = rs.status.get("availableReplicas", 0)
    return Revision(rs.name, rs.replicas, available, order=rs.created_us, max_replicas=rs.max_replicas)


def _clean_up(view: View, old: Sequence[ReplicaSet], counts: dict[str, int]) -> list[Action]:
    """Delete the oldest revisions beyond the limit that have no pods (sync.go: cleanupDeployment)."""
    spec = view.deployment.spec
    if not (spec.paused or progress.complete(spec.replicas, counts)):
        return []
    alive = sorted((rs for rs in old if not rs.terminating), key=lambda rs: rs.revision)
    surplus = alive[: max(0, len(alive) - spec.revision_history_limit)]
    return [
        Delete(rs, why="beyond revisionHistoryLimit")
        for rs in surplus
        if not rs.replicas and not rs.status.get("replicas", 0)
    ]


class DeploymentController:
    """One key a Deployment."""

    name = "deployment"
    watches = (Deployment, ReplicaSet, Pod)

    def __init__(self, store: Store) -> None:
        self._store = store

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: a pod matters only when it goes (Recreate waits for the last one)."""
        obj = change.object
        if isinstance(obj, Deployment):
            return () if change.event == "Status" else (obj.key,)
        if isinstance(obj, ReplicaSet):
            if obj.owner is not None:
                return (obj.owner.key,)
            return [d.key for d in self._store.all(Deployment) if d.spec.selector.matches(obj.labels)]
        return self._waiting_for(obj) if change.verb == "DELETED" or obj.finished else ()

    def _waiting_for(self, pod: Pod) -> Iterable[str]:
        rs = self._store.find(pod.owner.key) if pod.owner is not None else None
        owner = self._store.find(rs.owner.key) if rs is not None and rs.owner is not None else None
        recreate = isinstance(owner, Deployment) and owner.spec.strategy == "Recreate"
        return (owner.key,) if recreate and owner is not None else ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        found = self._store.find(key)
        if not isinstance(found, Deployment):
            return None
        sets = self._store.by(ReplicaSet, "owner", found.uid)
        ownerless = self._store.by(ReplicaSet, "owner", "")
        recreate = found.spec.strategy == "Recreate"
        pods = tuple(p for rs in sets for p in self._store.by(Pod, "owner", rs.uid)) if recreate else ()
        by_age = sorted((*sets, *ownerless), key=lambda rs: rs.created_us)
        view = View(self._store.clock.now, found, tuple(by_age), pods)
        kept, _ = belonging(found, found.spec.selector, view.sets)
        if find_new(replace(view, sets=kept)) is not None:
            return view
        name = new_name(found)
        return replace(view, namesake=self._store.get(ReplicaSet, name))

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
