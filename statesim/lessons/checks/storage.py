"""The exercise about storage: a manifest from which a deleted pod loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.trial import manifests_of, shop_of, tried, within, workload_of
from statesim.lessons.verdict import Judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.api import VariantResult

_ROWS = "/var/lib/postgresql/data"
_CLAIM = "PersistentVolumeClaim"


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
    # that it is valid is known from here on
    own = _named(objects, workload)
    if not _mounted(own):
        return Judged.not_yet("not-mounted")
    shop = shop_of(variant)
    if not shop["acked"] and not _replicas(own):
        return Judged.not_yet("no-pod")
    if not shop["acked"]:
        return _never_served(variant, objects, own)
    if shop["lost"] and _replicas(own) > 1:
        return Judged.not_yet("lost-apart", lost=shop["lost"], acked=shop["acked"], replicas=_replicas(own))
    if shop["lost"] and _on_the_node(objects):
        return Judged.not_yet("lost-on-the-node", lost=shop["lost"], acked=shop["acked"])
    if shop["lost"]:
        return Judged.not_yet("lost", lost=shop["lost"], acked=shop["acked"])
    return Judged.good("kept", acked=shop["acked"], out=shop["unavailable_s"])


def _named(objects: Sequence[Mapping[str, Any]], workload: str) -> Mapping[str, Any]:
    kind, _, name = workload.partition("/")
    return next(
        each for each in objects if each["kind"] == kind and within(each, "metadata").get("name") == name
    )


def _replicas(own: Mapping[str, Any]) -> int:
    found = within(own, "spec").get("replicas", 1)
    return found if isinstance(found, int) else 1  # what is none of them is refused


def _mounted(own: Mapping[str, Any]) -> bool:
    """Tell whether something is mounted where the image keeps its rows; true if that cannot be known.

    Notes
    -----
    What is mounted above it does not count: the image declares a volume of its own at the data directory,
    and rows go there. With PGDATA they go elsewhere. Source: Docker official image postgres, "PGDATA".
    """
    containers = within(own, "spec", "template", "spec").get("containers")
    if not isinstance(containers, list) or not all(isinstance(each, dict) for each in containers):
        return True
    if any(each.get("env") or each.get("envFrom") for each in containers):
        return True
    mounts = [mount for each in containers for mount in each.get("volumeMounts") or ()]
    paths = [each.get("mountPath") for each in mounts if isinstance(each, dict)]
    return any(str(path).rstrip("/") == _ROWS for path in paths)


def _never_served(
    variant: VariantResult, objects: Sequence[Mapping[str, Any]], own: Mapping[str, Any]
) -> Judged:
    """Return why no client was ever answered: nobody finds the pod, or what it waits for."""
    pods = [each for each in variant.record.events if each.object.startswith("Pod/pg-")]
    if any(each.event == "Ready" for each in pods):
        return Judged.not_yet("not-found")
    made = {within(each, "metadata").get("name") for each in objects if each["kind"] == _CLAIM}
    volumes = within(own, "spec", "template", "spec").get("volumes") or ()
    for claim in (within(each, "persistentVolumeClaim").get("claimName") for each in volumes):
        if claim is not None and claim not in made:
            return Judged.not_yet("no-claim", claim=claim)
    said = [str(each.fields["why"]) for each in pods if each.fields.get("why")]
    return Judged.not_yet("never-ready", why=said[-1] if said else "no pod was made")


def _on_the_node(objects: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether pods keep something in a directory of their node, of objects that are valid."""
    templates = ((each.get("spec") or {}).get("template") or {} for each in objects)
    volumes = [volume for each in templates for volume in (each.get("spec") or {}).get("volumes") or ()]
    return any("hostPath" in volume for volume in volumes)
