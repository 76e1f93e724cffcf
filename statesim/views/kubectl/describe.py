"""`kubectl describe`: what the documents of an object, and of those around it, say in a person's order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from statesim.views.kubectl import (
    describe_network,
    describe_nodes,
    describe_pods,
    describe_storage,
    describe_workloads,
)
from statesim.views.kubectl.get import Answer, find
from statesim.views.kubectl.heads import head, labelled
from statesim.views.kubectl.resources import Asked
from statesim.views.kubectl.snapshot import Snapshot
from statesim.views.kubectl.tabs import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.views.kubectl.get import Query

    Document = Mapping[str, Any]

_DESCRIBERS: dict[str, Callable[[Lines, Document, Snapshot], None]] = {
    "Pod": describe_pods.pod,
    "Node": describe_nodes.node,
    "Deployment": describe_workloads.deployment,
    "ReplicaSet": describe_workloads.replica_set,
    "StatefulSet": describe_workloads.stateful_set,
    "PersistentVolumeClaim": describe_storage.claim,
    "PersistentVolume": describe_storage.volume,
    "StorageClass": describe_storage.storage_class,
    "Service": describe_network.service,
    "EndpointSlice": describe_network.endpoint_slice,
    "PodDisruptionBudget": describe_network.disruption_budget,
}


def describe(query: Query, docs: Sequence[Document], now_us: int) -> Answer:
    """Return what `describe` prints about the objects that were asked for, Events included.

    If there is no object of the one name that is asked for, those whose names begin so are described
    (kubectl pkg/cmd/describe/describe.go: DescribeMatchingResources).
    """
    at = Snapshot(docs, now_us)
    groups, errors = find(query, docs)
    if errors and (alike := _beginning(query, docs)):
        return Answer([line for doc in alike for line in (*_one(doc, at), "")], [])
    lines: list[str] = []
    for _, found in groups:
        for doc in found:
            lines += (["", ""] if lines else []) + _one(doc, at)
    return Answer(lines, errors if groups else errors or [query.nothing()])


def _beginning(query: Query, docs: Sequence[Document]) -> list[Document]:
    """Return the objects whose names begin with the one that is asked for."""
    prefix = query.asked.prefix
    if not prefix:
        return []
    asked = Asked(tuple((kind, ()) for kind, _ in query.asked.kinds), named=False, several=False)
    groups, _ = find(query._replace(asked=asked), docs)
    return [doc for _, found in groups for doc in found if doc["metadata"]["name"].startswith(prefix)]


def _one(doc: Document, at: Snapshot) -> list[str]:
    lines = Lines()
    _DESCRIBERS.get(doc["kind"], _anything)(lines, doc, at)
    return lines.lines()


def _anything(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe an object of any kind by its fields (GenericDescriber)."""
    meta = doc["metadata"]
    head(lines, {"namespace": "", **meta})
    labelled(lines, meta)
    lines.add(0, f"API Version:\t{doc['apiVersion']}")
    lines.add(0, f"Kind:\t{doc['kind']}")
    lines.add(0, "Metadata:")
    skipped = ("name", "namespace", "labels", "annotations")
    _fields(lines, {key: value for key, value in meta.items() if key not in skipped}, 1)
    kept = {key: value for key, value in doc.items() if key not in ("apiVersion", "kind", "metadata")}
    _fields(lines, kept, 0)
    at.events(lines, doc)


def _fields(lines: Lines, fields: Mapping[str, Any], level: int) -> None:
    for key in sorted(fields):
        title, value = _title(key), fields[key]
        if isinstance(value, dict):
            lines.add(level, f"{title}:")
            _fields(lines, value, level + 1)
        elif isinstance(value, list):
            lines.add(level, f"{title}:")
            for item in value:
                if isinstance(item, dict):
                    _fields(lines, item, level + 1)
                else:
                    lines.add(level + 1, str(item))
        else:
            lines.add(level, f"{title}:\t{str(value).lower() if isinstance(value, bool) else value}")


def _title(key: str) -> str:
    """Return a field's name in words: ``nodeName`` is ``Node Name`` (smartLabelFor)."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", key) or [key]
    known = {"api": "API", "uid": "UID", "ip": "IP", "url": "URL", "id": "ID"}
    return " ".join(known.get(word.lower(), word[:1].upper() + word[1:]) for word in words)
