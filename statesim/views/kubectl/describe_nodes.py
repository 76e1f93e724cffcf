"""`describe node`. Source: kubectl pkg/describe/describe.go: describeNode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.quantity import binary, milli
from statesim.scenario.units import parse_bytes, parse_cpu
from statesim.views.kubectl.heads import created, head, labelled
from statesim.views.kubectl.snapshot import moment
from statesim.views.kubectl.words import flag, roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.views.kubectl.snapshot import Snapshot
    from statesim.views.kubectl.tabs import Lines

    Document = Mapping[str, Any]

_INFO = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
)


def node(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a node."""
    meta, spec, status = doc["metadata"], doc["spec"], doc["status"]
    head(lines, meta)
    lines.add(0, f"Roles:\t{roles(meta.get('labels', {}))}")
    labelled(lines, meta)
    created(lines, meta)
    taints = sorted(
        f"{row['key']}{'=' + row['value'] if row.get('value') else ''}:{row['effect']}"
        for row in spec.get("taints", ())
    )
    lines.several(0, "Taints", taints)
    lines.add(0, f"Unschedulable:\t{flag(spec.get('unschedulable'))}")
    lines.add(0, "Conditions:")
    lines.add(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage")
    lines.add(1, "----\t------\t-----------------\t------------------\t------\t-------")
    for row in status["conditions"]:
        times = (moment(row["lastHeartbeatTime"]), moment(row["lastTransitionTime"]))
        lines.add(1, " \t".join((row["type"], row["status"], *times, row["reason"], row["message"])))
    lines.add(0, "Addresses:")
    for row in status["addresses"]:
        lines.add(1, f"{row['type']}:\t{row['address']}")
    for key in ("capacity", "allocatable"):
        lines.add(0, f"{key.capitalize()}:")
        for name, amount in sorted(status[key].items()):
            lines.add(1, f"{name}:\t{amount}")
    lines.add(0, "System Info:")
    for title, key in _INFO:
        lines.add(1, f"{title}:\t{status['nodeInfo'][key]}")
    lines.add(0, f"ProviderID:\t{spec['providerID']}")
    _pods(lines, doc, at)
    at.events(lines, doc)


def _pods(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Add who runs there and what that takes (describeNodeResource)."""
    name, allocatable = doc["metadata"]["name"], doc["status"]["allocatable"]
    cpu, memory = parse_cpu(allocatable["cpu"]), parse_bytes(allocatable["memory"])
    running = [pod for pod in at.unfinished_pods() if pod["spec"].get("nodeName") == name]
    lines.add(0, f"Non-terminated Pods:\t({len(running)} in total)")
    lines.add(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge")
    lines.add(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---")
    totals = {key: [0, 0] for key in ("requests", "limits")}
    for pod in running:
        cells = []
        amounts = {key: _amounts(pod["spec"]["containers"], key) for key in totals}
        for key, (milli_cpu, size) in amounts.items():
            totals[key][0] += milli_cpu
            totals[key][1] += size
        for place, total, shown in ((0, cpu, milli), (1, memory, binary)):
            cells += [_share(amounts[key][place], total, shown) for key in ("requests", "limits")]
        meta = pod["metadata"]
        age = at.since(meta["creationTimestamp"])
        lines.add(1, "\t".join((meta["namespace"], meta["name"], "", *cells, age)))
    lines.add(0, "Allocated resources:")
    lines.add(1, "(Total limits may be over 100 percent, i.e., overcommitted.)")
    lines.add(1, "Resource\tRequests\tLimits")
    lines.add(1, "--------\t--------\t------")
    for title, place, total, shown in (("cpu", 0, cpu, milli), ("memory", 1, memory, binary)):
        asked, limit = (_share(totals[key][place], total, shown) for key in ("requests", "limits"))
        lines.add(1, f"{title}\t{asked}\t{limit}")
    for title in ("ephemeral-storage", "hugepages-1Gi", "hugepages-2Mi"):
        lines.add(1, f"{title}\t0 (0%)\t0 (0%)")


def _amounts(containers: Sequence[Document], key: str) -> tuple[int, int]:
    asked = [container.get("resources", {}).get(key, {}) for container in containers]
    cpu = sum(parse_cpu(row["cpu"]) for row in asked if "cpu" in row)
    return cpu, sum(parse_bytes(row["memory"]) for row in asked if "memory" in row)


def _share(amount: int, total: int, shown: Any) -> str:
    return f"{shown(amount)} ({amount * 100 // total if total else 0}%)"
