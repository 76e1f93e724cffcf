"""The exercise about storage: a manifest from which a deleted pod loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.trial import manifests_of, shop_of, tried, within, workload_of
from statesim.lessons.verdict import Judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def kept_by_the_volume(answer: str) -> Judged:
    """Judge objects: their pod is deleted after two minutes, and everything acknowledged must be there."""
    objects = manifests_of(answer)
    workload = workload_of(objects, "pg")
    if workload is None:
        return Judged.not_yet("no-workload")
    variant = tried(
        "killed-or-deleted",
        "pod-emptydir",
        {"manifests": [{"file": "manifests/pg-service.yaml"}, *objects], "systems.pg.workload": workload},
    )
    shop = shop_of(variant)
    if not shop["acked"] and _nobody(objects, workload):
        return Judged.not_yet("no-pod")
    if not shop["acked"]:
        return Judged.not_yet("never-ready")
    if shop["lost"] and _on_the_node(objects):
        return Judged.not_yet("lost-on-the-node", lost=shop["lost"], acked=shop["acked"])
    if shop["lost"]:
        return Judged.not_yet("lost", lost=shop["lost"], acked=shop["acked"])
    return Judged.good("kept", acked=shop["acked"], out=shop["unavailable_s"])


def _nobody(objects: Sequence[Mapping[str, Any]], workload: str) -> bool:
    """Tell whether a workload wants no pod at all."""
    kind, _, name = workload.partition("/")
    (own,) = (
        each for each in objects if each["kind"] == kind and within(each, "metadata").get("name") == name
    )
    return within(own, "spec").get("replicas") == 0


def _on_the_node(objects: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether pods keep something in a directory of their node, of objects that are valid."""
    templates = ((each.get("spec") or {}).get("template") or {} for each in objects)
    volumes = [volume for each in templates for volume in (each.get("spec") or {}).get("volumes") or ()]
    return any("hostPath" in volume for volume in volumes)
