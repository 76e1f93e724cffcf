"""What a variant begins with: its nodes, its storage classes, and the objects that are described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.cluster import nodes
from statesim.scenario.constraints import ZONE
from statesim.scenario.manifests import Notes, Placed, parse_manifest
from statesim.scenario.manifests.storage import DEFAULT_CLASS
from statesim.scenario.specs import Manifest, NodeSpec, StorageClassSpec
from statesim.scenario.where import Nowhere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.scenario.schema import Scenario, StorageClass


def sorted_out(
    scenario: Scenario, placed: list[Placed]
) -> tuple[tuple[Manifest, ...], tuple[tuple[str, NodeSpec], ...], tuple[Manifest, ...]]:
    """Return storage classes, nodes, and all other objects."""
    machines = dict(nodes(scenario.cluster))
    described = [manifest for manifest, _ in placed]
    machines.update((m.name, m.spec) for m in described if isinstance(m.spec, NodeSpec))
    classes = [manifest for manifest in described if isinstance(manifest.spec, StorageClassSpec)]
    names = {manifest.name for manifest in classes}
    rows = scenario.cluster.storage_classes
    alone = len(rows) == 1 and "default" not in rows[0].model_fields_set and not classes
    own = [_class_manifest(row, default=row.default or alone) for row in rows]
    if not own:
        own = [_standard(default=not any(_is_default(manifest) for manifest in classes))]
    storage = (*(manifest for manifest in own if manifest.name not in names), *classes)
    rest = tuple(m for m in described if not isinstance(m.spec, NodeSpec | StorageClassSpec))
    return storage, tuple(machines.items()), rest


def _is_default(manifest: Manifest) -> bool:
    return isinstance(manifest.spec, StorageClassSpec) and manifest.spec.default


def _standard(*, default: bool) -> Manifest:
    """Return the storage class that every cluster has that does not describe its own."""
    return _storage_class("standard", StorageClassSpec(default=default))


def _class_manifest(row: StorageClass, *, default: bool) -> Manifest:
    spec = StorageClassSpec(
        row.provisioner,
        row.volume_binding_mode,
        row.reclaim_policy,
        row.allow_volume_expansion,
        row.zones,
        default,
    )
    return _storage_class(row.name, spec, row.parameters)


def _storage_class(
    name: str, spec: StorageClassSpec, parameters: Mapping[str, str] | None = None
) -> Manifest:
    """Return the manifest that a person would have written for a storage class."""
    raw: dict[str, Any] = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": {DEFAULT_CLASS: "true" if spec.default else "false"}},
        "provisioner": spec.provisioner,
        "volumeBindingMode": spec.binding_mode,
        "reclaimPolicy": spec.reclaim_policy,
        "allowVolumeExpansion": spec.allow_expansion,
    }
    if parameters:
        raw["parameters"] = dict(parameters)
    if spec.zones:
        rule = {"key": ZONE, "values": list(spec.zones)}
        raw["allowedTopologies"] = [{"matchLabelExpressions": [rule]}]
    manifest = parse_manifest(raw, Notes(), Nowhere())
    if manifest is None:
        raise AssertionError(f"the storage class {name} is not a valid one")
    return manifest
