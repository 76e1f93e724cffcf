"""Services and EndpointSlices in the API's form."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from statesim.cluster.wire.metadata import metadata, said, uuid
from statesim.kernel.streams import digest
from statesim.scenario.constraints import HOSTNAME, ZONE
from statesim.scenario.manifests.defaults import service_spec_document
from statesim.scenario.served import preferred

if TYPE_CHECKING:
    from statesim.cluster.objects import Endpoint, EndpointSlice, Service
    from statesim.cluster.wire.metadata import Document, Frame

_MANAGER = "endpointslice-controller.k8s.io"


def service(obj: Service, _frame: Frame) -> Document:
    """Return a Service with the addresses that the API server allots."""
    spec = service_spec_document(said(obj))
    if obj.spec.headless:
        spec |= {"clusterIP": "None", "clusterIPs": ["None"]}
    elif spec["type"] != "ExternalName" and "clusterIP" not in spec:
        address = cluster_ip(obj.uid)
        spec |= {"clusterIP": address, "clusterIPs": [address]}
    if spec["type"] in ("NodePort", "LoadBalancer"):
        for port in spec.get("ports", ()):
            port.setdefault("nodePort", node_port(obj.uid, port["port"]))
    return {"metadata": metadata(obj), "spec": spec, "status": {"loadBalancer": {}}}


def cluster_ip(uid: str) -> str:
    """Return a Service's virtual address, from the range that kubeadm chooses."""
    a, b = digest("cluster-ip", uid, size=2)
    return f"10.{96 + a % 16}.{b}.{1 + a // 16}"


def node_port(uid: str, port: int) -> int:
    """Return the port on every node, from the API server's default range."""
    return 30_000 + int.from_bytes(digest("node-port", uid, port, size=4), "big") % 2_768


def endpoint_slice(obj: EndpointSlice, frame: Frame) -> Document:
    """Return an EndpointSlice (k8s.io/endpointslice: reconciler.go, utils.go).

    In discovery.k8s.io/v1beta1, all that 1.20 serves, node and zone stand in an endpoint's `topology` (1.20
    pkg/controller/endpointslice/utils.go: getEndpointTopology and podToEndpoint).
    """
    beta = preferred(obj.KIND, frame.features.minor) == "discovery.k8s.io/v1beta1"
    made = _beta_endpoint if beta else _endpoint
    meta = metadata(obj)
    parent = obj.service
    meta["generateName"] = f"{parent}-"
    meta["labels"] = {
        **meta.get("labels", {}),
        "endpointslice.kubernetes.io/managed-by": _MANAGER,
        "kubernetes.io/service-name": parent,
    }
    return {
        "addressType": "IPv4",
        "endpoints": [made(row) for row in obj.endpoints],
        "metadata": meta,
        "ports": [dict(port) for port in obj.ports],
    }


@lru_cache(maxsize=65536)
def _endpoint(row: Endpoint) -> Document:
    states = {"ready": row.ready, "serving": row.serving, "terminating": row.terminating}
    made: Document = {
        "addresses": [row.address],
        "conditions": {name: value for name, value in states.items() if value is not None},
        "nodeName": row.node,
        "targetRef": {"kind": "Pod", "name": row.pod, "namespace": "default", "uid": uuid(row.uid)},
    }
    if row.hostname:
        made["hostname"] = row.hostname
    if row.zone:
        made["zone"] = row.zone
    return made


@lru_cache(maxsize=65536)
def _beta_endpoint(row: Endpoint) -> Document:
    made = dict(_endpoint(row))
    topology = {HOSTNAME: made.pop("nodeName")}
    if "zone" in made:
        topology[ZONE] = made.pop("zone")
    return {**made, "topology": topology}
