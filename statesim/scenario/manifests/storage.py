"""Claims and storage classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.constraints import ZONE
from statesim.scenario.manifests import fields
from statesim.scenario.manifests.defaults import claim_spec_document
from statesim.scenario.manifests.selectors import selector
from statesim.scenario.specs import ClaimSpec, StorageClassSpec
from statesim.scenario.units import parse_bytes, shown
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.scenario.manifests.reader import Reader

_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_ZONES = (ZONE, "failure-domain.beta.kubernetes.io/zone")
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def claim_spec(obj: Reader) -> ClaimSpec:
    """Return the spec of a claim, or of a claim template."""
    if not obj.has("spec"):
        obj.missing("spec")
        return ClaimSpec()
    spec = obj.inner("spec", fields.CLAIM)
    modes: Any = access_modes(spec)
    resources = spec.inner("resources", fields.RESOURCES)
    requests = resources.inner("requests", fields.Fields("requests", frozenset({"storage"}), frozenset()))
    if not requests.has("storage"):
        spec.missing("resources.requests.storage")
    volume_mode(spec)
    size = requests.quantity("storage", parse_bytes)
    if requests.has("storage") and size == 0 and requests.data["storage"] in (0, "0"):
        requests.error("storage", "must be more than 0")
    name = spec.text("storageClassName", "\0")
    return ClaimSpec(
        modes,
        None if name == "\0" else name,
        size,
        spec.text("volumeName") or None,
        selector=selector(spec, "selector") if spec.has("selector") else None,
        raw={} if spec.notes.errors else claim_spec_document(spec.data),
    )


def volume_mode(spec: Reader) -> None:
    """Note that a volume without a file system is not simulated; one with a file system is the usual case."""
    if spec.word("volumeMode", ("Filesystem", "Block"), "Filesystem") == "Block":
        spec.notes.not_simulated((*spec.path, "volumeMode"))


def access_modes(spec: Reader) -> tuple[str, ...]:
    """Return the access modes of a claim or a volume."""
    modes = spec.rows("accessModes")
    if not modes and not isinstance(spec.data.get("accessModes"), str):
        spec.missing("accessModes")
    for index, mode in enumerate(modes):
        if mode not in _MODES:
            path = (*spec.path, "accessModes", index)
            spec.notes.error(path, f"{shown(mode)} is not an access mode", did_you_mean(str(mode), _MODES))
    return tuple(str(mode) for mode in modes) or ("ReadWriteOnce",)


def storage_class(obj: Reader) -> StorageClassSpec:
    """Return what a StorageClass says; its fields stand beside its metadata."""
    binding: Any = obj.word("volumeBindingMode", ("Immediate", "WaitForFirstConsumer"), "Immediate")
    reclaim: Any = obj.word("reclaimPolicy", ("Delete", "Retain"), "Delete")
    annotations = obj.inner("metadata", fields.META).data.get("annotations")
    default = isinstance(annotations, dict) and annotations.get(DEFAULT_CLASS) == "true"
    return StorageClassSpec(
        provisioner=obj.text("provisioner", required=True),
        binding_mode=binding,
        reclaim_policy=reclaim,
        allow_expansion=obj.flag("allowVolumeExpansion"),
        zones=_zones(obj),
        default=default,
        zonal_copies=zonal_copies(obj.texts("parameters")),
    )


def zonal_copies(parameters: Mapping[str, str]) -> int:
    """Return in how many zones the storage system keeps a volume of the class; 0 = in all of them.

    Sources: pd.csi.storage.gke.io, "Regional persistent disks" (replication-type); disk.csi.azure.com,
    driver parameters (skuName with zone-redundant storage). Other parameters have no effect here.
    """
    if parameters.get("replication-type") == "regional-pd":
        return 2
    sku = parameters.get("skuName") or parameters.get("skuname") or ""
    return 0 if sku.endswith("_ZRS") else 1


def _zones(obj: Reader) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for term in obj.each("allowedTopologies", fields.TOPOLOGY_TERM):
        for row in term.each(
            "matchLabelExpressions", fields.Fields("requirement", frozenset({"key", "values"}), frozenset())
        ):
            if row.text("key") in _ZONES:
                found.update(dict.fromkeys(str(value) for value in row.rows("values")))
            else:
                row.notes.not_simulated((*row.path, "key"))
    return tuple(found)
