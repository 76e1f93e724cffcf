"""What the tests of the node lifecycle share: the controller alone, and machines that fall silent at will."""

from __future__ import annotations

from statesim.cluster.objects import UNREACHABLE, Node, Pod
from statesim.control.node_lifecycle import NodeLifecycle
from statesim.control.runtime import Loop
from statesim.control.ticks import Ticks
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint
from tests.control.workbench import Faulty


class Monitor:
    """The node lifecycle controller alone, with machines that fall silent and come back as the test says."""

    def __init__(self, zones: dict[str, int], labels: dict[str, dict[str, str]] | None = None) -> None:
        self.clock = Clock()
        self.store = Faulty(self.clock, Trace(self.clock))
        self.silent_since: dict[str, int] = {}
        for zone, count in zones.items():
            for i in range(count):
                name = f"{zone}{i}"
                labelled = (labels or {}).get(name, {})
                self.store.create(Node(name=name, spec=NodeSpec(zone=zone), labels=labelled))
        controller = NodeLifecycle(
            self.store,
            heartbeat=lambda name: self.silent_since.get(name, self.clock.now),
            silent=self.silent_since.__contains__,
            monitor=Ticks(5 * SECOND),
            grace_us=40 * SECOND,
            eviction_interval_us=10 * SECOND,
        )
        self.loop = Loop(controller, self.clock, self.store, 0)

    def silence(self, *names: str) -> None:
        for name in names:
            self.silent_since[name] = self.clock.now
            self.loop.add(f"Node/{name}")

    def revive(self, *names: str) -> None:
        for name in names:
            del self.silent_since[name]
            node = self.node(name)
            if node.ready is not True:
                self.store.write(node, "Ready", {"ready": True, "ready_changed_us": self.clock.now})
            self.loop.add(f"Node/{name}")

    def pod(self, name: str, node: str) -> Pod:
        """Create a pod that runs on a node and is Ready."""
        spec = PodSpec((Container("c", "v1"),))
        return self.store.create(Pod(name=name, spec=spec, node=node, running=True, ready=True))

    def node(self, name: str) -> Node:
        found = self.store.get(Node, name)
        assert found is not None
        return found

    def run(self, seconds: float) -> None:
        self.clock.run(round(seconds * SECOND))

    def evicting(self) -> list[str]:
        return [n.name for n in self.store.all(Node) if Taint(UNREACHABLE, "NoExecute") in n.taints]

    def times(self) -> dict[str, int]:
        key = f"{UNREACHABLE}:NoExecute"
        return {n.name: n.taint_times[key] // SECOND for n in self.store.all(Node) if key in n.taint_times}
