"""Volumes: one node at a time and one claim for life, from every state, whatever write goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from statesim.cluster.objects import (
    OUT_OF_SERVICE,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Phase,
    Pod,
    VolumeAttachment,
)
from statesim.cluster.store import Store  # noqa: TC001
from statesim.control.attach_detach import AttachDetach, needs
from statesim.control.attacher import Attacher
from statesim.kernel.distributions import Fixed
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.scenario.specs import (
    ClaimSpec,
    Container,
    NodeSpec,
    PodSpec,
    Taint,
    Volume,
)
from tests.control.workbench import new_store
from tests.exhaustive.conftest import Tell  # noqa: TC001
from tests.exhaustive.explorer import (
    Explorer,
    Judge,
    Trouble,
    named,
    rotated,
)

MACHINES = ("well", "silent", "out of service", "gone")
PODS = ("none", "starting", "running", "stuck", "leaving", "ended")
HOLDS = ("asked", "held", "leaving")
SPEC = PodSpec((Container("c", "v1"),), volumes=(Volume("data", "claim", "data"),))


class Start(NamedTuple):
    """Two machines, a pod on each or none, and who holds the volume (one of the machines, or nobody)."""

    machines: tuple[str, str]
    pods: tuple[str, str]
    holder: str | None = None
    hold: str = ""
    mounted: bool = False


def starts() -> list[Start]:
    holds = [(None, "", False)]
    holds += [(node, hold, mounted) for node in "ab" for hold in HOLDS for mounted in (False, True)]
    holds = [h for h in holds if not (h[1] == "asked" and h[2])]
    machines = product(MACHINES, ("well", "silent"))
    return [
        Start(*row) for row in ((m, p, *h) for m in machines for p in product(PODS, repeat=2) for h in holds)
    ]


class Town:
    """One ReadWriteOnce volume, two machines."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.store = new_store()
        for name, machine in zip("ab", start.machines, strict=True):
            self._machine(name, machine)
        claim = PersistentVolumeClaim(name="data", spec=ClaimSpec(), phase="Bound", volume="v")
        self.store.create(claim)
        disk = {"access_modes": ("ReadWriteOnce",), "storage_class": "", "size_bytes": 1, "phase": "Bound"}
        made = PersistentVolume(name="v", reclaim_policy="Delete", claim="data", claim_uid=claim.uid, **disk)  # type: ignore[arg-type]
        self.store.create(made)
        for name, state in zip("ab", start.pods, strict=True):
            if state != "none":
                self._pod(name, state)
        if start.holder is not None:
            self._hold(start.holder, start.hold)
        self.forced: set[str] = set()

    def _machine(self, name: str, machine: str) -> None:
        if machine == "gone":
            return
        node = self.store.create(Node(name=name, spec=NodeSpec(zone="z")))
        mounted = ("v",) if self.start.mounted and self.start.holder == name else ()
        changes: dict[str, Any] = {"ready": True if machine == "well" else None, "volumes_in_use": mounted}
        if machine == "out of service":
            changes["taints"] = (Taint(OUT_OF_SERVICE, "NoExecute"),)
        self.store.write(node, "Put", changes)

    def _pod(self, node: str, state: str) -> None:
        pod = self.store.create(Pod(name=f"p-{node}", spec=SPEC, node=node))
        changes: dict[str, Any] = {"scheduled_us": 0}
        if state in ("running", "stuck"):
            changes |= {"running": True, "phase": Phase.RUNNING, "ready": True}
        if state in ("stuck", "leaving"):
            changes["deleted_us"] = 0
        if state == "ended":
            changes["phase"] = Phase.FAILED
        self.store.write(pod, "Put", changes)

    def _hold(self, node: str, hold: str) -> None:
        made = VolumeAttachment(name=f"v@{node}", volume="v", node=node, attached=hold != "asked")
        if hold == "leaving":
            made.detach_requested_us = 0
        self.store.create(made)

    def machine(self, name: str) -> str:
        return self.start.machines["ab".index(name)]

    # -- the surroundings --------------------------------------------------------------------------------

    def second(self, store: Store) -> bool:
        """Let kubelets of machines that are well mount, run, stop and unmount; PodGC does what it may."""
        before = sum(1 for _ in store.trace.events)
        for pod in tuple(store.all(Pod)):
            machine = self.machine(pod.node or "")
            if machine == "gone" or (pod.terminating and machine in ("well", "out of service")):
                store.remove(pod)
            elif (
                machine == "well" and not pod.finished and not pod.running and self._attached(pod.node or "")
            ):
                store.write(pod, "Started", {"running": True, "phase": Phase.RUNNING, "ready": True})
        for node in store.all(Node):
            if self.machine(node.name) == "well":
                pods = store.by(Pod, "node", node.name)
                mounts = "v" in node.volumes_in_use or self._attached(node.name)
                used = ("v",) if mounts and any(p.running and not p.finished for p in pods) else ()
                if used != node.volumes_in_use:
                    store.write(node, "VolumesInUse", {"volumes_in_use": used})
        return sum(1 for _ in store.trace.events) > before

    def _attached(self, node: str) -> bool:
        found = self.store.get(VolumeAttachment, f"v@{node}")
        return found is not None and found.attached and found.detach_requested_us is None

    # -- what must hold ----------------------------------------------------------------------------------

    def one_node(self) -> None:
        held = {each.node for each in self.store.all(VolumeAttachment)}
        assert len(held) <= 1, "a ReadWriteOnce volume is attached to two nodes"
        for node in self.store.all(Node):
            mounted = "v" in node.volumes_in_use
            if mounted and self.machine(node.name) == "well" and self.start.hold != "leaving":
                assert held <= {node.name}, "it was taken from a machine that is well and has it mounted"

    def not_while_used(self, action: Any) -> None:
        """Judge each request to detach: no pod object needs the volume there any more."""
        obj = action.object
        if isinstance(obj, VolumeAttachment) and action.event == "DetachRequested":
            assert not any(needs(p) and p.node == obj.node for p in self.store.all(Pod))

    def settle(self, trouble: Trouble) -> None:
        streams = Streams(1)

        def controllers(store: Store) -> Sequence[Any]:
            latency = {"attach": Fixed(2 * SECOND), "detach": Fixed(2 * SECOND)}
            return [AttachDetach(store), Attacher(store, streams, **latency)]

        judge = Judge(before=self.not_while_used, after=self.one_node)
        Explorer(self.store, controllers, self.second, trouble, judge).settle(limit=500)

    def check_goal(self) -> None:
        wanted = {p.node for p in self.store.all(Pod) if needs(p)}
        here = {node.name for node in self.store.all(Node)}
        held = {each.node for each in self.store.all(VolumeAttachment)}
        done = all(a.attached and a.detach_requested_us is None for a in self.store.all(VolumeAttachment))
        assert done, "an operation is still under way"
        if wanted & here:
            assert len(held) == 1
            assert held <= wanted, f"{held} have it, {wanted} need it"
        else:
            assert held == set()


def test_a_volume_is_on_one_node_at_a_time_and_ends_where_it_is_needed(tell: Tell) -> None:
    cases = 0
    for start, _, trouble in rotated(starts(), [None], writes=2, quiet=1):
        town = Town(start)
        with named(f"{start} {trouble}"):
            town.settle(trouble)
            town.check_goal()
        cases += 1
    tell("volumes and nodes", cases, 9_000)
