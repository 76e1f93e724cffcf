"""Kubernetes YAML as people write it, read into what is simulated of it.

A field that does not exist is an error, a field that is valid and not simulated is a warning, said once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.errors import ScenarioError
from statesim.scenario.manifests import fields, others, pods, quota, storage, volumes, workloads
from statesim.scenario.manifests.notes import Notes
from statesim.scenario.manifests.reader import Reader
from statesim.scenario.served import no_match, served, serves
from statesim.scenario.specs import Manifest
from statesim.scenario.units import shown
from statesim.scenario.where import Within
from statesim.scenario.words import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statesim.scenario.manifests.fields import Fields
    from statesim.scenario.specs import Spec
    from statesim.scenario.where import Where

__all__ = ["KINDS", "Notes", "Placed", "parse_manifest", "parse_manifests", "reparse"]


class Kind(NamedTuple):
    """One row of `KINDS`: how the spec is read, whether it must be there, whether the name has no dots."""

    read: Callable[[Reader], Spec]
    fields: Fields = fields.OBJECT
    label_name: bool = False
    needs_spec: bool = True


KINDS: dict[str, Kind] = {
    "Deployment": Kind(workloads.deployment),
    "StatefulSet": Kind(workloads.stateful_set, label_name=True),
    "ReplicaSet": Kind(workloads.replica_set),
    "ResourceQuota": Kind(quota.resource_quota),
    "Service": Kind(others.service, label_name=True),
    "PersistentVolumeClaim": Kind(storage.claim_spec),
    "PersistentVolume": Kind(volumes.volume_spec),
    "StorageClass": Kind(storage.storage_class, fields.STORAGE_CLASS, needs_spec=False),
    "PodDisruptionBudget": Kind(others.disruption_budget),
    "PriorityClass": Kind(others.priority_class, fields.PRIORITY_CLASS, needs_spec=False),
    "Pod": Kind(pods.pod_spec),
    "Node": Kind(others.node, fields.NODE_OBJECT, needs_spec=False),
}


def parse_manifest(raw: Any, notes: Notes, where: Where | None = None) -> Manifest | None:
    """Return what is simulated of one Kubernetes object.

    Parameters
    ----------
    raw
        The object as plain data.
    notes
        Takes what is wrong or not simulated.
    where
        Where the object stands.

    Returns
    -------
    Manifest | None
        ``None`` if the object is wrong, or of a kind that is not simulated.
    """
    if where is not None:
        notes.where = where
    if not isinstance(raw, dict):
        notes.error((), f"expected a Kubernetes object, found {shown(raw)}")
        return None
    kind = _kind(raw, notes)
    if kind is None:
        return None
    before = len(notes.errors)
    obj = Reader(raw, (), kind.fields, notes)
    version = obj.text("apiVersion", required=True)
    if version and not served(raw["kind"], version, notes.minor):
        hint = serves(raw["kind"], version, notes.minor)
        obj.error("apiVersion", no_match(raw["kind"], version), hint)
    if not obj.has("metadata"):
        obj.missing("metadata")
        meta = Reader({"name": "x"}, ("metadata",), fields.META, notes)
    else:
        meta = obj.inner("metadata", fields.META)
    name = meta.dns_name("name", label=kind.label_name)
    if meta.has("namespace"):
        notes.namespace((*meta.path, "namespace"), meta.text("namespace"))
    if kind.needs_spec and not obj.has("spec"):
        obj.missing("spec")
        return None
    spec = kind.read(obj)
    labels, annotations = meta.labels("labels"), meta.texts("annotations")
    held = _finalizers(meta, raw["kind"])
    if len(notes.errors) > before:
        return None
    return Manifest(raw["kind"], name, spec, labels, annotations, raw, held)


def _finalizers(meta: Reader, kind: str) -> tuple[str, ...]:
    """Return what an object must be rid of before it goes; a pod's have no effect here.

    Source: pkg/apis/core/validation: ValidateFinalizerName (a name with its domain, or one of the standard
    ones).
    """
    found = tuple(str(name) for name in meta.rows("finalizers"))
    for index, name in enumerate(found):
        if "/" not in name and name not in ("kubernetes", "orphan", "foregroundDeletion"):
            path = (*meta.path, "finalizers", index)
            meta.notes.error(
                path, f"{name!r} is not a finalizer's name: it is neither Kubernetes' own nor has it a domain"
            )
    if found and kind == "Pod":
        meta.notes.not_simulated((*meta.path, "finalizers"))
        return ()
    return found


def _kind(raw: dict[str, Any], notes: Notes) -> Kind | None:
    """Return the row of an object's kind, ``None`` (and a note) if it has none."""
    name = raw.get("kind")
    if not isinstance(name, str) or not name:
        written = nearest("kind", raw) if name is None else None
        notes.error((), "kind is missing", f"is {written} meant to be it?" if written else None)
        return None
    if name in KINDS:
        return KINDS[name]
    if name in fields.NOT_SIMULATED:
        if name in {"ConfigMap", "Secret"}:
            notes.warn(
                ("kind",), f"{name} is not simulated; what refers to one is taken to find it", once=name
            )
        else:
            notes.warn(("kind",), f"{name} is not simulated", once=name)
        return None
    group = str(raw.get("apiVersion", ""))
    if "." in group and not group.split("/", maxsplit=1)[0].endswith(".k8s.io"):
        notes.warn(("kind",), f"{name} ({group}) is not simulated", once=name)
        return None
    hint = did_you_mean(name, [*KINDS, *fields.NOT_SIMULATED])
    notes.error(("kind",), f"{name} is not a kind of Kubernetes object", hint)
    return None


class Placed(NamedTuple):
    """A manifest and where it stands."""

    manifest: Manifest
    where: Where


def parse_manifests(raw: Any, notes: Notes, where: Where) -> list[Placed]:
    """Return the objects of one document, which may be a ``List`` of them."""
    if isinstance(raw, dict) and raw.get("kind") == "List":
        notes.where = where
        items = raw.get("items")
        if not isinstance(items, list | tuple):
            notes.error((), "a List needs items")
            notes.broken.append({})
            return []
        inner = [parse_manifests(item, notes, Within(where, ("items", i))) for i, item in enumerate(items)]
        return [placed for found in inner for placed in found]
    before = len(notes.errors)
    manifest = parse_manifest(raw, notes, where)
    if manifest is None and len(notes.errors) > before:
        notes.broken.append(raw)
    return [] if manifest is None else [Placed(manifest, where)]


def reparse(raw: Mapping[str, Any]) -> Manifest:
    """Return an object that was changed at run time, as the API server would take it.

    Raises
    ------
    ScenarioError
        If it is not valid any more.
    """
    notes = Notes()
    manifest = parse_manifest(dict(raw), notes)
    if manifest is None:
        raise ScenarioError(notes.errors or notes.warnings)
    return manifest
