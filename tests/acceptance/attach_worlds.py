"""What the tests of attaching share: pods on named nodes, what befalls them, and who holds a volume."""

from __future__ import annotations

from typing import Any

from statesim.cluster.objects import (
    VolumeAttachment,
)
from tests.acceptance.storage_worlds import Lab, pod

STATIC = {"storageClassName": ""}
OUT = {"taint": {"key": "node.kubernetes.io/out-of-service", "value": "shutdown", "effect": "NoExecute"}}


def attachments(lab: Lab, name: str = "pv") -> dict[str, bool]:
    """Return the nodes that hold a volume, and whether it is attached there."""
    return {a.node: a.attached for a in lab.world.store.by(VolumeAttachment, "volume", name)}


def on(node: str, name: str, *claims: str, **spec: Any) -> dict[str, Any]:
    return pod(name, *claims, nodeName=f"node-{node}-1", **spec)


def delete(at: float, what: str, **how: Any) -> dict[str, Any]:
    return {"at": at, "do": "delete", "on": what, **how}


def crash(at: float, node: str = "a", **how: Any) -> dict[str, Any]:
    return {"at": at, "do": "node-crash", "on": f"Node/node-{node}-1", **how}
