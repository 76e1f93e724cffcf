"""`kubectl rollout undo`: an earlier revision's pod template is put back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.cluster.objects import POD_HASH_LABEL, ControllerRevision, Deployment, ReplicaSet, StatefulSet
from statesim.control.apply import AS_BY_DEFAULT, apply_manifest
from statesim.errors import ModelError
from statesim.scenario.manifests import reparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.cluster.store import Store
    from statesim.scenario.specs import PodTemplate
    from statesim.scenario.versions import Features


class Past(NamedTuple):
    """One revision in a workload's history."""

    revision: int
    template: PodTemplate


def choose(key: str, history: Sequence[Past], to_revision: int) -> Past:
    """Return the revision that is meant: the one of that number, or for 0 the one before the newest.

    Source: kubectl pkg/polymorphichelpers/rollback.go: deploymentRevision, findHistory.

    Raises
    ------
    ModelError
        If there is none.
    """
    by_age = sorted(history, key=lambda past: past.revision)
    if to_revision == 0:
        if len(by_age) < 2:
            raise ModelError(f"no rollout history found for {key}")
        return by_age[-2]
    for past in by_age:
        if past.revision == to_revision:
            return past
    raise ModelError(f"unable to find specified revision {to_revision} in history of {key}")


def undo(
    store: Store, key: str, to_revision: int, toleration_us: int, features: Features = AS_BY_DEFAULT
) -> None:
    """Put an earlier template back; the controllers then meet the revision that they know already.

    Raises
    ------
    ModelError
        If there is no such workload or revision, if the Deployment is paused, or if the template is that
        revision's already (kubectl: "skipped rollback").
    """
    obj = store.find(key)
    if not isinstance(obj, Deployment | StatefulSet):
        raise ModelError(f"there is no {key} to roll back")
    if isinstance(obj, Deployment) and obj.spec.paused:
        raise ModelError(f"you cannot rollback a paused {key}; resume it first")
    past = choose(key, _history(store, obj), to_revision)
    if past.template == obj.spec.template:
        raise ModelError(f"skipped rollback (current template already matches revision {past.revision})")
    if obj.manifest is None:
        store.write(obj, "Changed", {"spec": replace(obj.spec, template=past.template)})
        return
    raw = obj.manifest.raw
    changed = {**raw, "spec": {**raw["spec"], "template": _document(past.template)}}
    apply_manifest(store, reparse(changed), toleration_us, features)


def _document(template: PodTemplate) -> dict[str, Any]:
    meta = {"labels": dict(template.labels), "annotations": dict(template.annotations)}
    return {"metadata": meta, "spec": dict(template.spec.raw)}


def _history(store: Store, obj: Deployment | StatefulSet) -> list[Past]:
    if isinstance(obj, Deployment):
        sets = store.by(ReplicaSet, "owner", obj.uid)
        return [Past(rs.revision, without_hash(rs.template)) for rs in sets]
    return [Past(r.revision, r.template) for r in store.by(ControllerRevision, "owner", obj.uid)]


def without_hash(template: PodTemplate) -> PodTemplate:
    """Return a ReplicaSet's template as its Deployment had it: the hash's label is not copied back."""
    labels = {name: value for name, value in template.labels.items() if name != POD_HASH_LABEL}
    return replace(template, labels=labels)
