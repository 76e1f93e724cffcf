"""Chance as it fell once: the names, the nodes and the phases that a recording of a real cluster shows.

A simulated control plane draws names and breaks ties by its own chance. To compare it with a recording, pod
by pod, it is given what chance decided there. Rules are not given: a node that does not fit is not taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class Precedent:
    """What chance decided; what is not in it is drawn as usual.

    Attributes
    ----------
    names
        For each owner of ReplicaSets (``Deployment/web``, or a ReplicaSet that nobody owns itself), for its
        first, second, … ReplicaSet: the names of its pods in order of creation.
    nodes
        For each pod's name: where its first, second, … incarnation was bound.
    heartbeats_us
        For each node: an instant at which it renewed its Lease.
    rounds_us
        For each polling loop (``node-monitor``, ``pod-gc``): an instant at which it came round.
    draws
        For streams, by their paths: the numbers from 0 to 1 that they draw first.
    """

    names: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    nodes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    heartbeats_us: Mapping[str, int] = field(default_factory=dict)
    rounds_us: Mapping[str, int] = field(default_factory=dict)
    draws: Mapping[tuple[str, ...], Sequence[float]] = field(default_factory=dict)
    _sets: dict[str, list[str]] = field(default_factory=dict)
    _named: dict[str, int] = field(default_factory=dict)
    _bound: dict[str, int] = field(default_factory=dict)

    def pod_name(self, owner: str, replica_set: str) -> str | None:
        """Return the name of the next pod that a ReplicaSet of `owner` makes."""
        sets = self._sets.setdefault(owner, [])
        if replica_set not in sets:
            sets.append(replica_set)
        of_owner, number = self.names.get(owner, ()), sets.index(replica_set)
        names = of_owner[number] if number < len(of_owner) else ()
        made = self._named.get(replica_set, 0)
        self._named[replica_set] = made + 1
        return names[made] if made < len(names) else None

    def node_of(self, pod: str) -> str | None:
        """Return where the next incarnation of a pod is bound."""
        nodes, number = self.nodes.get(pod, ()), self._bound.get(pod, 0)
        self._bound[pod] = number + 1
        return nodes[number] if number < len(nodes) else None
