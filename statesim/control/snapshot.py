"""The scheduler's cache: every node with its pods, and with those that are about to be bound to it.

Source: kubernetes pkg/scheduler/internal/cache (cache.go, snapshot.go, node_tree.go). Only nodes that changed
are described anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import FINAL, Node, PersistentVolume, PersistentVolumeClaim, Pod
from statesim.control.columns import Columns
from statesim.control.nodeinfo import Demands, Nodes, Tenant, describe
from statesim.control.siblings import Siblings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.cluster.store import Store
    from statesim.control.nodeinfo import Demand, NodeInfo

# From so many nodes on the search does not visit all of them, and it matters that zones take turns.
_MANY = 100


class Snapshot:
    """All nodes, in the order in which the scheduler visits them.

    Parameters
    ----------
    many
        From so many nodes on their answers are kept as columns.
    """

    def __init__(self, store: Store, *, own_keys: bool = True, many: int = _MANY) -> None:
        self._store = store
        self._many = many
        self._own_keys = own_keys
        self._demands = Demands()
        self._tenants: dict[str, Tenant] = {}
        self._assumed: dict[str, dict[str, Pod]] = {}
        self._places: dict[str, int] | None = None
        self._infos: list[NodeInfo] = []
        self._stale: dict[str, None] = {}
        self._touched: dict[str, dict[str, tuple[Tenant | None, Pod]]] = {}
        self._nodes: Nodes | None = None
        self._siblings = Siblings()
        self._columns: Columns | None = None
        self._choosy = 0

    def nodes(self) -> Nodes:
        """Return every node as it is now."""
        if self._places is None:
            self._begin(_in_turn(tuple(self._store.all(Node))))
        elif self._stale or self._touched:
            self._bring_up_to_date(self._places)
        elif self._nodes is not None:
            return self._nodes
        self._stale.clear()
        self._touched.clear()
        counts = self._siblings.by_zone
        self._nodes = Nodes(self._infos, counts, choosy=self._choosy > 0, columns=self._columns)
        return self._nodes

    def _begin(self, nodes: Sequence[Node]) -> None:
        self._places = {node.name: place for place, node in enumerate(nodes)}
        self._infos = [self._describe(node) for node in nodes]
        self._choosy = sum(map(_is_choosy, self._infos))
        self._siblings = Siblings()
        for place, info in enumerate(self._infos):
            self._siblings.came(place, info)
        many = len(nodes) >= self._many
        self._columns = Columns(self._infos, self._siblings) if many else None

    def _bring_up_to_date(self, places: Mapping[str, int]) -> None:
        for name, touched in self._touched.items():
            place = places[name]
            changes = [(before, self._now(pod)) for before, pod in touched.values()]
            try:
                info = self._infos[place].after(changes)
            except ValueError:  # a pod was written down before it was here
                self._stale[name] = None
            else:
                self._siblings.changed(place, info, changes)
                self._put(place, info)
        for name in self._stale:
            node = self._store.get(Node, name)
            if node is not None:
                self._replace(places[name], self._describe(node))

    def _replace(self, place: int, info: NodeInfo) -> None:
        self._siblings.replaced(place, self._infos[place], info)
        self._put(place, info)

    def _put(self, place: int, info: NodeInfo) -> None:
        old, self._infos[place] = self._infos[place], info
        self._choosy += _is_choosy(info) - _is_choosy(old)
        if self._columns is not None:
            self._columns.changed(place)

    def _now(self, pod: Pod) -> Tenant | None:
        """Return a pod that has a node as it is written down now, nothing if it takes no room any more."""
        there = self._store.get(Pod, pod.name) is pod and pod.phase not in FINAL
        return self.tenant(pod) if there else None

    def demand(self, pod: Pod) -> Demand:
        """Return what a pod asks of a node."""
        return self._demands.of(pod.spec)

    def tenant(self, pod: Pod) -> Tenant:
        """Return a pod as it is written down now."""
        found = self._tenants.get(pod.uid)
        if found is None:
            disks = tuple(name for name in pod.spec.claims if self._is_disk(name))
            found = self._tenants[pod.uid] = Tenant.of(pod, self.demand(pod), disks)
        return found

    def _is_disk(self, claim: str) -> bool:
        """Tell whether a claim's volume must be attached; one that is not there yet is taken to be a disk."""
        found = self._store.get(PersistentVolumeClaim, claim)
        name = found.volume if found is not None else None
        volume = self._store.get(PersistentVolume, name) if name is not None else None
        return volume is None or volume.attachable

    # -- what changed -------------------------------------------------------------------------------------

    def node_changed(self, name: str, *, membership: bool = False) -> None:
        """Describe a node anew before it is looked at again; `membership` = it came or went."""
        if membership:
            self._places = None
        elif self._places is not None and name in self._places:
            self._touched.pop(name, None)
            self._stale[name] = None

    def pod_changed(self, pod: Pod) -> None:
        """Write a pod down anew."""
        known = self._tenants.pop(pod.uid, None)
        node = pod.node
        if node is None or self._places is None or node not in self._places or node in self._stale:
            return
        if self._assumed.get(node):
            self.node_changed(node)
            return
        touched = self._touched.setdefault(node, {})
        before, _ = touched.get(pod.uid, (known, pod))
        touched[pod.uid] = (before, pod)

    def assume(self, pod: Pod, node: str) -> None:
        """Keep room on a node for a pod that is about to be bound to it (cache.go: AssumePod)."""
        self._assumed.setdefault(node, {})[pod.uid] = pod
        self.node_changed(node)

    def forget(self, pod: Pod, node: str) -> None:
        """Give the room back (cache.go: ForgetPod)."""
        if self._assumed.get(node, {}).pop(pod.uid, None) is not None:
            self.node_changed(node)

    def _describe(self, node: Node) -> NodeInfo:
        here = [p for p in self._store.by(Pod, "node", node.name) if p.phase not in FINAL]
        here += [p for p in self._assumed.get(node.name, {}).values() if p.node is None]
        known = self._tenants
        tenants = [known.get(pod.uid) or self.tenant(pod) for pod in here]
        return describe(node, tenants, own_keys=self._own_keys)


def _is_choosy(info: NodeInfo) -> bool:
    """Tell whether a pod on the node asks for the company of others, or against it."""
    return bool(info.avoiding or info.wishes)


def _in_turn(nodes: Sequence[Node]) -> Sequence[Node]:
    """Return the nodes of a large cluster so that zones take turns (node_tree.go: list)."""
    if len(nodes) < _MANY:
        return nodes
    zones: dict[str, list[Node]] = {}
    for node in nodes:
        zones.setdefault(node.spec.zone, []).append(node)
    longest = max(len(row) for row in zones.values())
    return [row[i] for i in range(longest) for row in zones.values() if i < len(row)]
