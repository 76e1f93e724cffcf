"""What may go wrong in a new scenario: rows of a timeline, with whom they are about left open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fault(NamedTuple):
    """A row of a timeline without its time and target.

    Attributes
    ----------
    row
        What it does.
    pods
        Whether it needs a pod or a machine of the cluster: what is beside the cluster has none.
    machine
        Whether it happens to a machine, and not to a pod alone.
    says
        What it is, as its label.
    """

    row: Mapping[str, Any]
    pods: bool
    machine: bool
    says: str


FAULTS = {
    "node-crash": Fault({"do": "node-crash"}, False, True, "a power cut"),
    "pod-kill": Fault({"do": "pod-kill"}, True, False, "kubectl delete pod"),
    "drain": Fault({"do": "drain"}, True, True, "kubectl drain"),
    "node-pause": Fault({"do": "node-pause", "for": "20s"}, True, True, "the machine stands still"),
    "cut-off": Fault(
        {"do": "network-partition", "from": "control-plane", "for": "5m"},
        True,
        True,
        "the control plane does not hear it",
    ),
}
