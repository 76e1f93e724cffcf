"""`describe` of Deployments, ReplicaSets and StatefulSets. Source: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.describe_pods import phases, template
from statesim.views.kubectl.heads import created, head, labelled
from statesim.views.kubectl.snapshot import controller
from statesim.views.kubectl.words import NONE, selector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.views.kubectl.snapshot import Snapshot
    from statesim.views.kubectl.tabs import Lines

    Document = Mapping[str, Any]

_REVISION = "deployment.kubernetes.io/revision"


def _conditions(lines: Lines, rows: Sequence[Document]) -> None:
    if rows:
        lines.add(0, "Conditions:")
        lines.add(1, "Type\tStatus\tReason")
        lines.add(1, "----\t------\t------")
        for row in rows:
            lines.add(1, f"{row['type']} \t{row['status']}\t{row.get('reason', '')}")


def deployment(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a Deployment."""
    meta, spec, status = doc["metadata"], doc["spec"], doc["status"]
    head(lines, meta)
    created(lines, meta)
    labelled(lines, meta)
    lines.add(0, f"Selector:\t{selector(spec['selector'])}")
    counts = (
        f"{spec['replicas']} desired",
        f"{status.get('updatedReplicas', 0)} updated",
        f"{status.get('replicas', 0)} total",
        f"{status.get('availableReplicas', 0)} available",
        f"{status.get('unavailableReplicas', 0)} unavailable",
    )
    lines.add(0, f"Replicas:\t{' | '.join(counts)}")
    lines.add(0, f"StrategyType:\t{spec['strategy']['type']}")
    lines.add(0, f"MinReadySeconds:\t{spec.get('minReadySeconds', 0)}")
    rolling = spec["strategy"].get("rollingUpdate")
    if rolling:
        text = f"{rolling['maxUnavailable']} max unavailable, {rolling['maxSurge']} max surge"
        lines.add(0, f"RollingUpdateStrategy:\t{text}")
    template(lines, doc)
    _conditions(lines, status.get("conditions", ()))
    sets = list(at.owned("ReplicaSet", doc))
    number = meta.get("annotations", {}).get(_REVISION)
    new = [rs for rs in sets if rs["metadata"]["annotations"].get(_REVISION) == number]
    old = [rs for rs in sets if rs not in new]
    lines.add(0, f"OldReplicaSets:\t{_sets(old)}")
    lines.add(0, f"NewReplicaSet:\t{_sets(new)}")
    at.events(lines, doc)


def _sets(sets: Sequence[Document]) -> str:
    told = [
        f"{_name(rs)} ({rs['status'].get('replicas', 0)}/{rs['spec']['replicas']} replicas created)"
        for rs in sets
    ]
    return ", ".join(told) or NONE


def replica_set(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a ReplicaSet."""
    meta, spec, status = doc["metadata"], doc["spec"], doc["status"]
    head(lines, meta)
    lines.add(0, f"Selector:\t{selector(spec['selector'])}")
    labelled(lines, meta)
    if owner := controller(doc):
        lines.add(0, f"Controlled By:\t{owner}")
    lines.add(0, f"Replicas:\t{status.get('replicas', 0)} current / {spec['replicas']} desired")
    lines.add(0, f"Pods Status:\t{phases(list(at.owned('Pod', doc)))}")
    template(lines, doc)
    _conditions(lines, status.get("conditions", ()))
    at.events(lines, doc)


def stateful_set(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a StatefulSet."""
    meta, spec, status = doc["metadata"], doc["spec"], doc["status"]
    head(lines, meta)
    created(lines, meta)
    lines.add(0, f"Selector:\t{selector(spec['selector'])}")
    labelled(lines, meta)
    lines.add(0, f"Replicas:\t{spec['replicas']} desired | {status.get('replicas', 0)} total")
    lines.add(0, f"Update Strategy:\t{spec['updateStrategy']['type']}")
    rolling = spec["updateStrategy"].get("rollingUpdate")
    if rolling:
        lines.add(1, f"Partition:\t{rolling.get('partition', 0)}")
        if "maxUnavailable" in rolling:
            lines.add(1, f"MaxUnavailable:\t{rolling['maxUnavailable']}")
    lines.add(0, f"Pods Status:\t{phases(list(at.owned('Pod', doc)))}")
    template(lines, doc)
    rows = spec.get("volumeClaimTemplates", ())
    lines.add(0, "Volume Claims:" + ("" if rows else f"\t{NONE}"))
    for row in rows:
        asked = row["spec"]
        lines.add(1, f"Name:\t{row['metadata']['name']}")
        lines.add(1, f"StorageClass:\t{asked.get('storageClassName', '')}")
        labelled(lines, row["metadata"], 1)
        lines.add(1, f"Capacity:\t{asked['resources']['requests']['storage']}")
        lines.add(1, f"Access Modes:\t[{' '.join(asked['accessModes'])}]")
    at.events(lines, doc)


def _name(doc: Document) -> str:
    return str(doc["metadata"]["name"])
