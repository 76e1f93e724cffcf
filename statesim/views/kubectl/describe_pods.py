"""`describe pod`, and the template of a workload. Source: kubectl pkg/describe/describe.go: describePod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.describe_containers import containers, volumes
from statesim.views.kubectl.heads import head, labelled
from statesim.views.kubectl.snapshot import controller, moment
from statesim.views.kubectl.words import NONE, selector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.views.kubectl.snapshot import Snapshot
    from statesim.views.kubectl.tabs import Lines

    Document = Mapping[str, Any]


def pod(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a pod."""
    meta, spec, status = doc["metadata"], doc["spec"], doc["status"]
    head(lines, meta)
    lines.add(0, f"Priority:\t{spec.get('priority', 0)}")
    if spec.get("priorityClassName"):
        lines.add(0, f"Priority Class Name:\t{spec['priorityClassName']}")
    lines.add(0, f"Service Account:\t{spec.get('serviceAccountName', 'default')}")
    node = spec.get("nodeName")
    lines.add(0, f"Node:\t{node}/{status.get('hostIP', '')}" if node else f"Node:\t{NONE}")
    if "startTime" in status:
        lines.add(0, f"Start Time:\t{moment(status['startTime'])}")
    labelled(lines, meta)
    _status(lines, doc, at)
    lines.add(0, f"IP:\t{status.get('podIP', '')}")
    if status.get("podIPs"):
        lines.add(0, "IPs:")
        for row in status["podIPs"]:
            lines.add(1, f"IP:\t{row['ip']}")
    else:
        lines.add(0, f"IPs:\t{NONE}")
    if owner := controller(doc):
        lines.add(0, f"Controlled By:\t{owner}")
    if status.get("nominatedNodeName"):
        lines.add(0, f"NominatedNodeName:\t{status['nominatedNodeName']}")
    if spec.get("initContainers"):
        containers(
            lines, "Init Containers", spec["initContainers"], status.get("initContainerStatuses", ()), doc
        )
    containers(lines, "Containers", spec["containers"], status.get("containerStatuses", ()), doc)
    if status.get("conditions"):
        lines.add(0, "Conditions:")
        lines.add(1, "Type\tStatus")
        for row in status["conditions"]:
            lines.add(1, f"{row['type']} \t{row['status']} ")
    volumes(lines, spec.get("volumes", ()))
    lines.add(0, f"QoS Class:\t{status['qosClass']}")
    lines.labels(0, "Node-Selectors", spec.get("nodeSelector"))
    lines.several(0, "Tolerations", [toleration(row) for row in spec.get("tolerations", ())])
    _spread(lines, spec.get("topologySpreadConstraints", ()))
    at.events(lines, doc)


def _status(lines: Lines, doc: Document, at: Snapshot) -> None:
    meta, status = doc["metadata"], doc["status"]
    gone_by = meta.get("deletionTimestamp")
    if gone_by is not None and status["phase"] not in ("Failed", "Succeeded"):
        lines.add(0, f"Status:\tTerminating (lasts {at.since(gone_by)})")
        lines.add(0, f"Termination Grace Period:\t{meta['deletionGracePeriodSeconds']}s")
    else:
        lines.add(0, f"Status:\t{status['phase']}")
    for key in ("reason", "message"):
        if status.get(key):
            lines.add(0, f"{key.capitalize()}:\t{status[key]}")


def toleration(row: Document) -> str:
    """Return a toleration on one line (printTolerationsMultilineWithIndent)."""
    text = str(row.get("key", ""))
    if row.get("value"):
        text += f"={row['value']}"
    if row.get("effect"):
        text += f":{row['effect']}"
    if row.get("operator") == "Exists" and not row.get("value"):
        text += " op=Exists" if text else "op=Exists"
    if "tolerationSeconds" in row:
        text += f" for {row['tolerationSeconds']}s"
    return text


def _spread(lines: Lines, rows: Sequence[Document]) -> None:
    told = []
    for row in sorted(rows, key=lambda row: str(row["topologyKey"])):
        text = f"{row['topologyKey']}:{row['whenUnsatisfiable']} when max skew {row['maxSkew']} is exceeded"
        if "labelSelector" in row:
            text += f" for selector {selector(row['labelSelector'])}"
        told.append(text)
    if told:
        lines.several(0, "Topology Spread Constraints", told)


def template(lines: Lines, doc: Document) -> None:
    """Describe the pod template of a workload (DescribePodTemplate)."""
    made = doc["spec"]["template"]
    meta, spec = made["metadata"], made["spec"]
    lines.add(0, "Pod Template:")
    lines.labels(1, "Labels", meta.get("labels"))
    if meta.get("annotations"):
        lines.annotations(1, "Annotations", meta["annotations"])
    if spec.get("serviceAccountName"):
        lines.add(1, f"Service Account:\t{spec['serviceAccountName']}")
    if spec.get("initContainers"):
        containers(lines, "Init Containers", spec["initContainers"], None, indent="  ")
    containers(lines, "Containers", spec["containers"], None, indent="  ")
    volumes(lines, spec.get("volumes", ()), indent="  ")
    _spread(lines, spec.get("topologySpreadConstraints", ()))
    if spec.get("priorityClassName"):
        lines.add(1, f"Priority Class Name:\t{spec['priorityClassName']}")
    lines.labels(1, "Node-Selectors", spec.get("nodeSelector"))
    lines.several(1, "Tolerations", [toleration(row) for row in spec.get("tolerations", ())])


def phases(pods: Sequence[Document]) -> str:
    """Return how many pods are in which phase (getPodStatusForController)."""
    counts = dict.fromkeys(("Running", "Pending", "Succeeded", "Failed"), 0)
    for row in pods:
        counts[row["status"]["phase"]] += 1
    running, waiting, succeeded, failed = counts.values()
    return f"{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"
