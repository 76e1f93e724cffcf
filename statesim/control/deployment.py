"""The Deployment controller: revisions as ReplicaSets, and how one takes over from the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import template_hash
from statesim.cluster.objects import POD_HASH_LABEL, Deployment, Pod, ReplicaSet
from statesim.control.actions import Action, Create, Decision, Delete, Write
from statesim.control.rolling import Revision, fenceposts, new_size, proportional, shrink_old
from statesim.scenario.specs import LabelSelector, PodTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """A Deployment, its ReplicaSets by age, and their pods."""

    now: int
    deployment: Deployment
    sets: tuple[ReplicaSet, ...]
    pods: tuple[Pod, ...]


def decide(view: View) -> Decision:
    """Take the next step of the rollout (pkg/controller/deployment: syncDeployment)."""
    deployment = view.deployment
    if deployment.terminating:
        return Decision(why=f"{deployment.key} is being deleted")
    new = find_new(view)
    old = tuple(rs for rs in view.sets if rs is not new)
    actions, why = _next_step(view, new, old)
    status = status_of(view, new)
    actions = [*actions, *_clean_up(view, new, old)]
    if status != deployment.status:
        changes: dict[str, Any] = {"status": status}
        if _progressed(deployment.status, status):
            changes["progress_since_us"] = view.now
        actions.append(Write(deployment, "Status", changes, status))
    return Decision(tuple(actions), wake_at=_deadline(view, status), why=why)


def _next_step(view: View, new: ReplicaSet | None, old: Sequence[ReplicaSet]) -> tuple[list[Action], str]:
    spec = view.deployment.spec
    if spec.paused:
        return _scale_all(view, new, old), "the Deployment is paused"
    if new is None:
        return _create_new(view, old)
    if new.revision <= max((rs.revision for rs in old), default=0):
        revision = max(rs.revision for rs in old) + 1
        return [
            Write(new, "Changed", {"revision": revision}, {"revision": new.hash})
        ], "an old template is back"
    if any(rs.replicas and rs.desired != spec.replicas for rs in view.sets):
        return _scale_all(view, new, old), f"scaled to {spec.replicas}"
    if spec.strategy == "Recreate":
        return _recreate(view, new, old)
    return _roll(view, new, old)


def find_new(view: View) -> ReplicaSet | None:
    """Return the oldest ReplicaSet whose template is the Deployment's (util: FindNewReplicaSet)."""
    wanted = template_hash(view.deployment.spec.template)
    return next((rs for rs in view.sets if rs.hash == wanted), None)


def _create_new(view: View, old: Sequence[ReplicaSet]) -> tuple[list[Action], str]:
    """Make the ReplicaSet of the present template (sync.go: getNewReplicaSet)."""
    deployment, spec = view.deployment, view.deployment.spec
    surge, _ = fenceposts(spec)
    total = sum(rs.replicas for rs in old)
    if spec.strategy == "Recreate":
        size = 0 if old and _old_pods_remain(view, old) else spec.replicas
    else:
        size = new_size(spec.replicas, surge, 0, total)
    digest = template_hash(spec.template)
    labels = {**spec.template.labels, POD_HASH_LABEL: digest}
    made = ReplicaSet(
        name=f"{deployment.name}-{digest}",
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
    return [Create(made, fields=fields)], f"the pod template is new: revision {digest}"


def _roll(view: View, new: ReplicaSet, old: Sequence[ReplicaSet]) -> tuple[list[Action], str]:
    """Grow the new revision within the surge, else shrink the old within the availability (rolling.go)."""
    spec = view.deployment.spec
    surge, unavailable = fenceposts(spec)
    total = sum(rs.replicas for rs in view.sets)
    size = new_size(spec.replicas, surge, new.replicas, total)
    if size != new.replicas:
        return [
            _resize(view, new, size)
        ], f"{new.name} may have {size} pods: {total} there, {surge} over allowed"
    sizes = shrink_old(spec.replicas, unavailable, _counts(new), [_counts(rs) for rs in old])
    actions: list[Action] = [_resize(view, rs, sizes[rs.name]) for rs in old if sizes[rs.name] != rs.replicas]
    why = (
        "old pods can go"
        if actions
        else "waiting for new pods"
        if any(rs.replicas for rs in old)
        else "settled"
    )
    return actions, why


def _recreate(view: View, new: ReplicaSet, old: Sequence[ReplicaSet]) -> tuple[list[Action], str]:
    """All old pods go first; a Terminating one counts until its object is gone (recreate.go)."""
    shrunk: list[Action] = [_resize(view, rs, 0) for rs in old if rs.replicas]
    if shrunk:
        return shrunk, "Recreate: all old pods go first"
    if _old_pods_remain(view, old):
        return [], "Recreate: waiting for the last old pod to be gone"
    wanted = view.deployment.spec.replicas
    if new.replicas != wanted:
        return [_resize(view, new, wanted)], "Recreate: no old pod is left"
    return [], "settled"


def _old_pods_remain(view: View, old: Sequence[ReplicaSet]) -> bool:
    uids = {rs.uid for rs in old}
    return any(pod.owner is not None and pod.owner.uid in uids and not pod.finished for pod in view.pods)


def _scale_all(view: View, new: ReplicaSet | None, old: Sequence[ReplicaSet]) -> list[Action]:
    """Scale in proportion while two revisions run, else the one that runs (sync.go: scale)."""
    spec = view.deployment.spec
    surge, _ = fenceposts(spec)
    active = [rs for rs in view.sets if rs.replicas]
    if len(active) <= 1 or spec.strategy == "Recreate":
        only = active[0] if active else new
        return [] if only is None else [_resize(view, only, spec.replicas)]
    if new is not None and new.replicas == spec.replicas and _counts(new).available == spec.replicas:
        return [_resize(view, rs, 0) for rs in old if rs.replicas]
    sizes = proportional(spec.replicas, surge, [_counts(rs) for rs in active])
    return [_resize(view, rs, sizes[rs.name]) for rs in active]


def _resize(view: View, rs: ReplicaSet, size: int) -> Write:
    spec = view.deployment.spec
    surge, _ = fenceposts(spec)
    changes = {"replicas": size, "desired": spec.replicas, "max_replicas": spec.replicas + surge}
    return Write(rs, "Scaled", changes, {"replicas": size})


def _counts(rs: ReplicaSet) -> Revision:
    available = rs.status.get("availableReplicas", 0)
    return Revision(rs.name, rs.replicas, available, order=rs.created_us, max_replicas=rs.max_replicas)


def _clean_up(view: View, new: ReplicaSet | None, old: Sequence[ReplicaSet]) -> list[Action]:
    """Delete the oldest empty revisions beyond the limit (sync.go: cleanupDeployment)."""
    spec = view.deployment.spec
    if new is None or new.replicas != spec.replicas or any(rs.replicas for rs in old):
        return []
    empty = sorted(
        (rs for rs in old if not rs.status.get("replicas", 0) and not rs.terminating),
        key=lambda rs: rs.revision,
    )
    return [
        Delete(rs, why="beyond revisionHistoryLimit")
        for rs in empty[: max(0, len(empty) - spec.revision_history_limit)]
    ]


def status_of(view: View, new: ReplicaSet | None) -> dict[str, Any]:
    """Return the status, summed over the ReplicaSets (sync.go: calculateStatus; progress.go)."""
    spec = view.deployment.spec
    replicas = sum(rs.status.get("replicas", 0) for rs in view.sets)
    available = sum(rs.status.get("availableReplicas", 0) for rs in view.sets)
    updated = new.status.get("replicas", 0) if new is not None else 0
    wanted = sum(rs.replicas for rs in view.sets)
    status: dict[str, Any] = {
        "spec_replicas": spec.replicas,
        "replicas": replicas,
        "readyReplicas": sum(rs.status.get("readyReplicas", 0) for rs in view.sets),
        "updatedReplicas": updated,
        "availableReplicas": available,
        "unavailableReplicas": max(0, wanted - available),
    }
    complete = updated == spec.replicas == replicas == available and new is not None
    before = view.deployment.status
    if spec.paused:
        status["progressing"] = "DeploymentPaused"
    elif complete:
        status["progressing"] = "NewReplicaSetAvailable"
    elif _overdue(view):
        status["progressing"] = "ProgressDeadlineExceeded"
    elif new is None:
        status["progressing"] = "NewReplicaSetCreated"
    elif before.get("progressing") == "NewReplicaSetAvailable" and updated == before.get("updatedReplicas"):
        status["progressing"] = "NewReplicaSetAvailable"
    else:
        status["progressing"] = "ReplicaSetUpdated" if updated else "NewReplicaSetCreated"
    return status


def _progressed(before: Any, after: dict[str, Any]) -> bool:
    if not before:
        return True
    grown = ("updatedReplicas", "readyReplicas", "availableReplicas")
    fewer_old = before["replicas"] - before["updatedReplicas"] > after["replicas"] - after["updatedReplicas"]
    return fewer_old or any(after[name] > before[name] for name in grown)


def _overdue(view: View) -> bool:
    since = view.deployment.progress_since_us
    done = view.deployment.status.get("progressing") == "NewReplicaSetAvailable"
    return since is not None and not done and view.now >= since + view.deployment.spec.progress_deadline_us


def _deadline(view: View, status: dict[str, Any]) -> int | None:
    since = view.deployment.progress_since_us
    if since is None or status["progressing"] not in ("ReplicaSetUpdated", "NewReplicaSetCreated"):
        return None
    due = since + view.deployment.spec.progress_deadline_us
    return due if due > view.now else None


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
            return (obj.owner.key,) if obj.owner is not None else ()
        if change.verb == "DELETED" and obj.owner is not None:
            owner = self._store.find(obj.owner.key)
            return (owner.owner.key,) if owner is not None and owner.owner is not None else ()
        return ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        found = self._store.find(key)
        if not isinstance(found, Deployment):
            return None
        sets = self._store.by(ReplicaSet, "owner", found.uid)
        recreate = found.spec.strategy == "Recreate"
        pods = tuple(p for rs in sets for p in self._store.by(Pod, "owner", rs.uid)) if recreate else ()
        return View(self._store.clock.now, found, sets, pods)

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
