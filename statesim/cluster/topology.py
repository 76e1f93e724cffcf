"""The network: who can talk to whom. A networkx graph of zones, nodes and clients, and cuts in it.

Reachability is recomputed when a link or a cut changes and looked up otherwise (a search per message would
cost a hundred times more). A node that is switched off is not the network's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CORE = "core"
CONTROL_PLANE = "control-plane"


@dataclass(frozen=True, slots=True)
class Cut:
    """A partition: nobody in `these` reaches anybody in `those` (``None`` = everybody else), or back."""

    these: frozenset[str]
    those: frozenset[str] | None = None

    def separates(self, a: str, b: str) -> bool:
        """Tell whether the cut lies between `a` and `b`."""
        if self.those is None:
            return (a in self.these) != (b in self.these)
        return (a in self.these and b in self.those) or (b in self.these and a in self.those)


class Topology:
    """Zones, nodes, the control plane and client machines as a graph; cuts by name.

    Attributes
    ----------
    graph
        networkx graph; each graph node has a ``kind``: core, control-plane, zone, node or client.
    version
        Counts changes of reachability.
    """

    def __init__(self) -> None:
        self.graph: nx.Graph[str] = nx.Graph()
        self.graph.add_node(CORE, kind="core")
        self.graph.add_node(CONTROL_PLANE, kind="control-plane")
        self.graph.add_edge(CORE, CONTROL_PLANE)
        self.version = 0
        self._cuts: dict[str, Cut] = {}
        self._known: dict[tuple[str, str], bool] = {}
        self._listeners: list[Callable[[], None]] = []

    def add_node(self, name: str, zone: str) -> None:
        """Put a machine into a zone ("" = directly at the core)."""
        self.graph.add_node(name, kind="node", zone=zone)
        self.graph.add_edge(name, self._zone(zone))
        self._changed()

    def add_client(self, name: str, zone: str | None = None) -> None:
        """Put a client machine into a zone, or outside of all of them."""
        self.graph.add_node(name, kind="client", zone=zone or "")
        self.graph.add_edge(name, self._zone(zone or ""))
        self._changed()

    def _zone(self, zone: str) -> str:
        if not zone:
            return CORE
        name = f"zone:{zone}"
        if name not in self.graph:
            self.graph.add_node(name, kind="zone")
            self.graph.add_edge(name, CORE)
        return name

    def members(self, kind: str) -> list[str]:
        """Return the names of all graph nodes of a kind, in order of addition."""
        return [name for name, data in self.graph.nodes(data=True) if data["kind"] == kind]

    def cut(self, name: str, these: Iterable[str], those: Iterable[str] | None = None) -> None:
        """Part two groups from each other, or one group from everybody else, until `heal`."""
        self._cuts[name] = Cut(frozenset(these), None if those is None else frozenset(those))
        self._changed()

    def heal(self, name: str) -> None:
        """Take a cut away."""
        if self._cuts.pop(name, None) is not None:
            self._changed()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever reachability may have changed."""
        self._listeners.append(listener)

    def reachable(self, a: str, b: str) -> bool:
        """Tell whether packets get from `a` to `b` and back."""
        if a == b:
            return True
        pair = (a, b)
        known = self._known.get(pair)
        if known is None:
            known = nx.has_path(self.graph, a, b) and not any(
                cut.separates(a, b) for cut in self._cuts.values()
            )
            self._known[pair] = known
        return known

    def _changed(self) -> None:
        self.version += 1
        self._known.clear()
        for listener in self._listeners:
            listener()
