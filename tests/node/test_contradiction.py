"""What a kubelet reports is so in the end, whoever said otherwise meanwhile."""

from __future__ import annotations

from typing import Any

from statesim.cluster.objects import Node, Phase, Pod
from statesim.kernel.spans import SECOND
from statesim.scenario.load import load
from statesim.world import World


def world() -> World:
    template = {
        "metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "c", "image": "app:1"}]},
    }
    spec: dict[str, Any] = {"replicas": 1, "selector": {"matchLabels": {"app": "a"}}, "template": template}
    manifest = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"}, "spec": spec}
    scenario = {
        "apiVersion": "statesim/v1",
        "kind": "Scenario",
        "metadata": {"name": "contradiction"},
        "duration": "10m",
        "cluster": {"zones": 1, "nodesPerZone": 1},
        "images": {"*": {"pull": "0s", "start": "1s", "ready": "1s"}},
        "manifests": [manifest],
    }
    made = World(load(scenario).variants[0])
    made.clock.run(60 * SECOND)
    return made


def test_a_node_that_is_called_unknown_while_its_kubelet_reports_is_ready_with_the_next_status() -> None:
    """A control plane that writes late may do so after the machine is back."""
    made = world()
    node = made.store.get(Node, "node-a-1")
    assert node is not None
    made.store.write(node, "NotReady", {"ready": None, "ready_changed_us": made.clock.now})
    made.clock.run(made.clock.now + 9 * SECOND)
    assert node.ready is None
    made.clock.run(made.clock.now + 2 * SECOND)
    assert node.ready is True
    made.clock.run(made.clock.now + 20 * SECOND)
    assert node.taints == ()


def test_a_ready_pod_that_is_called_not_ready_is_ready_again_with_the_next_status() -> None:
    made = world()
    pod = made.store.get(Pod, "a-0")
    assert pod is not None
    assert pod.ready
    made.store.write(pod, "NotReady", {"ready": False, "ready_since_us": None})
    made.clock.run(made.clock.now + 9 * SECOND)
    assert not pod.ready
    made.clock.run(made.clock.now + 2 * SECOND)
    assert pod.ready
    assert pod.restarts == 0


def test_a_machine_that_is_really_silent_contradicts_nobody() -> None:
    made = world()
    made.fleet.crash("node-a-1")
    made.clock.run(made.clock.now + 120 * SECOND)
    node, pod = made.store.get(Node, "node-a-1"), made.store.get(Pod, "a-0")
    assert node is not None
    assert pod is not None
    assert (node.ready, pod.ready) == (None, False)


def test_a_kubelet_that_is_back_removes_a_pod_that_was_marked_failed_and_not_deleted() -> None:
    """PodGC marks a pod of a lost node as Failed, and the control plane stops before it deletes it."""
    made = world()
    pod = made.store.get(Pod, "a-0")
    assert pod is not None
    made.fleet.crash("node-a-1")
    made.store.write(pod, "Terminating", {"deleted_us": made.clock.now, "grace_us": 30 * SECOND})
    made.store.write(pod, "Failed", {"phase": Phase.FAILED, "ready": False, "running": False})
    made.clock.run(made.clock.now + 10 * SECOND)
    assert made.store.get(Pod, "a-0") is pod
    made.fleet.recover("node-a-1")
    made.clock.run(made.clock.now + 20 * SECOND)
    again = made.store.get(Pod, "a-0")
    assert again is not None
    assert again is not pod
    assert again.ready
