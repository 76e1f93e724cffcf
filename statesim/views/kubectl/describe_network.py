"""`describe` of Services, EndpointSlices and disruption budgets. Source: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.heads import head, labelled
from statesim.views.kubectl.words import NONE, UNSET, flag, pairs, selector, some

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.views.kubectl.snapshot import Snapshot
    from statesim.views.kubectl.tabs import Lines

    Document = Mapping[str, Any]


def service(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a Service."""
    meta, spec = doc["metadata"], doc["spec"]
    head(lines, meta)
    labelled(lines, meta)
    lines.add(0, f"Selector:\t{pairs(spec.get('selector'))}")
    lines.add(0, f"Type:\t{spec['type']}")
    if "ipFamilyPolicy" in spec:
        lines.add(0, f"IP Family Policy:\t{spec['ipFamilyPolicy']}")
        lines.add(0, f"IP Families:\t{','.join(spec['ipFamilies'])}")
    lines.add(0, f"IP:\t{spec.get('clusterIP', '')}")
    lines.add(0, f"IPs:\t{','.join(spec.get('clusterIPs', ())) or NONE}")
    for row in spec.get("ports", ()):
        name = row.get("name") or UNSET
        lines.add(0, f"Port:\t{name}\t{row['port']}/{row['protocol']}")
        lines.add(0, f"TargetPort:\t{row['targetPort']}/{row['protocol']}")
        if "nodePort" in row:
            lines.add(0, f"NodePort:\t{name}\t{row['nodePort']}/{row['protocol']}")
        lines.add(0, f"Endpoints:\t{_endpoints(at, doc, row)}")
    lines.add(0, f"Session Affinity:\t{spec['sessionAffinity']}")
    if "externalTrafficPolicy" in spec:
        lines.add(0, f"External Traffic Policy:\t{spec['externalTrafficPolicy']}")
    if "internalTrafficPolicy" in spec:
        lines.add(0, f"Internal Traffic Policy:\t{spec['internalTrafficPolicy']}")
    at.events(lines, doc)


def _endpoints(at: Snapshot, doc: Document, port: Document) -> str:
    """Return the ready addresses of a port (formatEndpointSlices)."""
    found = []
    for row in at.of("EndpointSlice"):
        if row["metadata"].get("labels", {}).get("kubernetes.io/service-name") != doc["metadata"]["name"]:
            continue
        numbers = [p["port"] for p in row.get("ports", ()) if p.get("name", "") == port.get("name", "")]
        found += [
            f"{address}:{numbers[0] if numbers else port['port']}"
            for endpoint in row["endpoints"]
            if endpoint["conditions"].get("ready")
            for address in endpoint["addresses"]
        ]
    return some(found) if found else ""


def endpoint_slice(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe an EndpointSlice (describeEndpointSliceV1; of 1.20 describeEndpointSliceV1beta1)."""
    meta = doc["metadata"]
    head(lines, meta)
    labelled(lines, meta)
    lines.add(0, f"AddressType:\t{doc['addressType']}")
    if doc.get("ports"):
        lines.add(0, "Ports:")
        lines.add(1, "Name\tPort\tProtocol")
        lines.add(1, "----\t----\t--------")
        for port in doc["ports"]:
            lines.add(1, f"{port.get('name') or UNSET}\t{port.get('port', UNSET)}\t{port['protocol']}")
    else:
        lines.add(0, f"Ports: {UNSET}")
    if doc["endpoints"]:
        lines.add(0, "Endpoints:")
        for row in doc["endpoints"]:
            _endpoint(lines, row)
    else:
        lines.add(0, f"Endpoints: {NONE}")
    at.events(lines, doc)


def _endpoint(lines: Lines, row: Document) -> None:
    lines.add(1, f"- Addresses:\t{', '.join(row['addresses']) or NONE}")
    lines.add(2, "Conditions:")
    ready = row["conditions"].get("ready")
    lines.add(3, f"Ready:\t{UNSET if ready is None else flag(ready)}")
    lines.add(2, f"Hostname:\t{row.get('hostname', UNSET)}")
    if "targetRef" in row:
        lines.add(2, f"TargetRef:\t{row['targetRef']['kind']}/{row['targetRef']['name']}")
    if "topology" in row:
        lines.labels(2, "Topology", row["topology"])
        return
    lines.add(2, f"NodeName:\t{row.get('nodeName', UNSET)}")
    lines.add(2, f"Zone:\t{row.get('zone', UNSET)}")


def disruption_budget(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a PodDisruptionBudget."""
    meta, spec, status = doc["metadata"], doc["spec"], doc["status"]
    head(lines, meta)
    if "minAvailable" in spec:
        lines.add(0, f"Min available:\t{spec['minAvailable']}")
    elif "maxUnavailable" in spec:
        lines.add(0, f"Max unavailable:\t{spec['maxUnavailable']}")
    lines.add(0, f"Selector:\t{selector(spec.get('selector')) if spec.get('selector') else UNSET}")
    lines.add(0, "Status:")
    lines.add(2, f"Allowed disruptions:\t{status['disruptionsAllowed']}")
    lines.add(2, f"Current:\t{status['currentHealthy']}")
    lines.add(2, f"Desired:\t{status['desiredHealthy']}")
    lines.add(2, f"Total:\t{status['expectedPods']}")
    at.events(lines, doc)
