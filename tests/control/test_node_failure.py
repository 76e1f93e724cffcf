"""The control plane around a node that falls silent, held against recordings of Kubernetes v1.20.2.

The kubelets are a few lines here: they run a pod one second after its volumes are attached, report it Ready
one second later, and end it one second after it was deleted. A silent one does and reports nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import (
    OUT_OF_SERVICE,
    Node,
    OwnerRef,
    PersistentVolumeClaim,
    Phase,
    Pod,
    StorageClass,
    VolumeAttachment,
)
from statesim.cluster.store import Change, Store
from statesim.control.attach_detach import AttachDetach
from statesim.control.attacher import Attacher
from statesim.control.deletion import delete
from statesim.control.node_lifecycle import NodeLifecycle
from statesim.control.pod_gc import PodGC
from statesim.control.provisioner import Provisioner
from statesim.control.runtime import Loop
from statesim.control.scheduler import Scheduler
from statesim.control.taint_eviction import TaintEviction
from statesim.control.ticks import Ticks
from statesim.control.volume_binder import VolumeBinder
from statesim.kernel.clock import Clock
from statesim.kernel.distributions import Fixed
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.scenario.specs import (
    ClaimSpec,
    Container,
    NodeSpec,
    PodSpec,
    StorageClassSpec,
    Taint,
    Toleration,
    Volume,
)
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT = 10 * SECOND
TOLERATIONS = tuple(
    Toleration(f"node.kubernetes.io/{condition}", "Exists", effect="NoExecute", seconds_us=300 * SECOND)
    for condition in ("not-ready", "unreachable")
)


class Rig:
    """Six nodes in three zones, this package's controllers, and scripted kubelets."""

    def __init__(self, phase_us: int = 1_060 * MILLISECOND) -> None:
        self.clock = Clock()
        self.trace = Trace(self.clock)
        self.store = Store(self.clock, self.trace, seed=7)
        self.silent_since: dict[str, int] = {}
        self.nodes = [
            self.store.create(Node(name=f"n{i}", spec=NodeSpec(zone=f"z{i % 3}"))) for i in range(6)
        ]
        self.store.create(StorageClass(name="standard", spec=StorageClassSpec(default=True)))
        streams = Streams(7)
        lifecycle = NodeLifecycle(
            self.store,
            heartbeat=self.heartbeat,
            silent=self.silent_since.__contains__,
            monitor=Ticks(5 * SECOND, phase_us),
            grace_us=40 * SECOND,
            eviction_interval_us=10 * SECOND,
        )
        controllers = [
            lifecycle,
            TaintEviction(self.store),
            PodGC(
                self.store,
                features=Features.for_version("1.28"),
                rounds=Ticks(20 * SECOND),
                quarantine_us=40 * SECOND,
            ),
            Scheduler(self.store, streams),
            VolumeBinder(self.store),
            Provisioner(self.store, streams, provision=Fixed(SECOND // 2)),
            AttachDetach(self.store),
            Attacher(self.store, streams, attach=Fixed(20 * MILLISECOND), detach=Fixed(20 * MILLISECOND)),
        ]
        self.loops = {c.name: Loop(c, self.clock, self.store, 10 * MILLISECOND) for c in controllers}
        self.store.watch((Pod, VolumeAttachment), self._kubelets)

    # -- the machines -------------------------------------------------------------------------------------

    def heartbeat(self, node: str) -> int:
        until = self.silent_since.get(node, self.clock.now)
        return until // HEARTBEAT * HEARTBEAT

    def silence(self, node: str) -> None:
        self.silent_since[node] = self.clock.now
        self.loops["node-lifecycle"].add(f"Node/{node}")

    def revive(self, node: str) -> None:
        del self.silent_since[node]
        obj = self.store.get(Node, node)
        assert obj is not None
        if obj.ready is not True:
            changes = {"ready": True, "ready_changed_us": self.clock.now}
            self.store.write(obj, "Ready", changes, status="True")
        self.loops["node-lifecycle"].add(f"Node/{node}")
        for pod in self.store.by(Pod, "node", node):
            if pod.terminating:
                self._later(pod, self._end)
            elif pod.running:
                self._later(pod, self._ready)

    def _kubelets(self, change: Change) -> None:
        pods = (change.object,) if isinstance(change.object, Pod) else tuple(self.store.all(Pod))
        if change.event in ("Scheduled", "Attached"):
            for pod in pods:
                if pod.node is not None and pod.started_us is None and self._attached(pod):
                    self._later(pod, self._start)
        elif change.event == "Terminating":
            self._later(change.object, self._end)

    def _volumes(self, pod: Pod) -> list[str]:
        claims = (self.store.get(PersistentVolumeClaim, name) for name in pod.spec.claims)
        return [claim.volume for claim in claims if claim is not None and claim.volume is not None]

    def _attached(self, pod: Pod) -> bool:
        found = (self.store.get(VolumeAttachment, f"{v}@{pod.node}") for v in self._volumes(pod))
        return all(attachment is not None and attachment.attached for attachment in found)

    def _later(self, pod: Pod, fn: Callable[[Pod], None]) -> None:
        self.clock.after(SECOND, self._if_heard, pod, fn)

    def _if_heard(self, pod: Pod, fn: Callable[[Pod], None]) -> None:
        if pod.node not in self.silent_since and self.store.get(Pod, pod.name) is pod:
            fn(pod)

    def _start(self, pod: Pod) -> None:
        if pod.started_us is None:
            self._mounted(pod, mounted=True)
            changes = {"phase": Phase.RUNNING, "running": True, "started_us": self.clock.now}
            self.store.write(pod, "Started", changes, uid=pod.uid, node=pod.node)
            self._later(pod, self._ready)

    def _ready(self, pod: Pod) -> None:
        self.store.write(pod, "Ready", {"ready": True, "ready_since_us": self.clock.now}, uid=pod.uid)

    def _end(self, pod: Pod) -> None:
        self._mounted(pod, mounted=False)
        self.store.remove(pod, uid=pod.uid, node=pod.node)

    def _mounted(self, pod: Pod, *, mounted: bool) -> None:
        node = self.store.get(Node, pod.node or "")
        assert node is not None
        volumes = set(node.volumes_in_use)
        volumes = volumes | set(self._volumes(pod)) if mounted else volumes - set(self._volumes(pod))
        if tuple(sorted(volumes)) != node.volumes_in_use:
            self.store.write(node, "VolumesInUse", {"volumes_in_use": tuple(sorted(volumes))})

    # -- the story ----------------------------------------------------------------------------------------

    def claim(self, name: str) -> None:
        self.store.create(PersistentVolumeClaim(name=name, spec=ClaimSpec(size_bytes=1)))

    def pod(self, name: str, claim: str | None = None) -> Pod:
        volumes = (Volume("data", "claim", claim),) if claim is not None else ()
        spec = PodSpec(containers=(Container("c", "v1"),), volumes=volumes, tolerations=TOLERATIONS)
        return self.store.create(Pod(name=name, spec=spec, owner=OwnerRef("StatefulSet", "db", "u1")))

    def replace_when(self, event: str, name: str, claim: str) -> None:
        """Create one more pod as soon as `event` happens to any pod, as an owner would."""

        def watcher(change: Change) -> None:
            if change.event == event and self.store.get(Pod, name) is None:
                self.clock.after(20 * MILLISECOND, self.pod, name, claim)

        self.store.watch((Pod,), watcher)

    def at(self, seconds: float, fn: Callable[..., Any], *args: Any) -> None:
        self.clock.at(round(seconds * SECOND), fn, *args)

    def run(self, seconds: float) -> None:
        self.clock.run(round(seconds * SECOND))

    def times(self, obj: str, event: str) -> list[float]:
        return [e.t for e in self.trace.events if e.object == obj and e.event == event]

    def taints(self, node: str) -> list[tuple[float, list[str]]]:
        prefix = "node.kubernetes.io/"
        return [
            (round(e.t, 2), [t.removeprefix(prefix) for t in e.fields["taints"]])
            for e in self.trace.events
            if e.object == f"Node/{node}" and e.event == "Tainted"
        ]


def near(times: list[float], *expected: float, within: float = 1.5) -> bool:
    return len(times) == len(expected) and all(
        abs(t - e) <= within for t, e in zip(times, expected, strict=True)
    )


def test_new_claim_costs_its_provisioning_and_a_bound_one_next_to_nothing() -> None:
    rig = Rig()
    rig.claim("data-db-0")
    first = rig.pod("db-0", "data-db-0")
    rig.run(10)
    assert near(rig.times("Pod/db-0", "Scheduled"), 1.0, within=0.15), "the scheduler looks after a second"
    assert near(rig.times("Pod/db-0", "Ready"), 3.1, within=0.2)
    delete(rig.store, first)
    rig.run(20)
    rig.pod("db-0", "data-db-0")
    rig.run(30)
    assert near(rig.times("Pod/db-0", "Scheduled")[1:], 20.0, within=0.1)
    zone = next(e.fields["zone"] for e in rig.trace.events if e.event == "Provisioned")
    assert {n.spec.zone for n in rig.nodes if n.name == first.node} == {zone}
    attached = [e.object for e in rig.trace.events if e.event == "Attached"]
    assert len(attached) == 2
    assert not [e for e in rig.trace.events if e.event == "MultiAttach"]


def test_silent_node_that_returns_loses_nothing_as_in_node_crash_recover_60s() -> None:
    rig = Rig()
    rig.claim("data-db-0")
    db = rig.pod("db-0", "data-db-0")
    rig.run(11.8)
    node = db.node
    assert node is not None
    rig.silence(node)
    rig.at(101.8, rig.revive, node)
    rig.run(400)
    assert near(rig.times(f"Node/{node}", "NotReady"), 51.04)
    assert near(rig.times("Pod/db-0", "NotReady"), 51.08)
    assert rig.taints(node) == [
        (51.06, ["unreachable:NoSchedule"]),
        (56.16, ["unreachable:NoExecute", "unreachable:NoSchedule"]),
        (101.81, ["unreachable:NoExecute"]),
        (106.06, []),
    ]
    assert near(rig.times("Pod/db-0", "Ready")[1:], 102.38)
    assert rig.times("Pod/db-0", "Terminating") == []


def test_deployment_with_one_disk_waits_for_ever_as_in_node_crash_deploy_rwo() -> None:
    rig = Rig(phase_us=460 * MILLISECOND)
    rig.claim("data")
    old = rig.pod("web-a", "data")
    rig.run(12)
    assert old.node is not None
    rig.silence(old.node)
    rig.replace_when("Terminating", "web-b", "data")
    rig.run(766)
    silenced = rig.times(f"Node/{old.node}", "NotReady")[0]
    assert near(rig.times("Pod/web-a", "Terminating"), silenced + 305)
    new = rig.store.get(Pod, "web-b")
    assert new is not None
    assert new.node not in (None, old.node)
    assert not new.running
    waits = [e for e in rig.trace.events if e.event == "MultiAttach"]
    assert [(e.fields["node"], e.fields["held_by"]) for e in waits] == [(new.node, ["web-a"])]
    assert [e.event for e in rig.trace.events if e.event in ("DetachRequested", "Detached", "Unneeded")] == []


def test_forced_deletion_frees_the_disk_360_s_later_as_in_node_crash_sts_force_delete() -> None:
    rig = Rig()
    rig.claim("data-db-2")
    old = rig.pod("db-2", "data-db-2")
    rig.run(13.0)
    assert old.node is not None
    rig.silence(old.node)
    rig.replace_when("Deleted", "db-2", "data-db-2")
    rig.at(73.0, lambda: delete(rig.store, old, grace_us=0))
    rig.run(493)
    new = rig.store.get(Pod, "db-2")
    assert new is not None
    assert new is not old
    detached = [e for e in rig.trace.events if e.event == "Detached"]
    assert [(e.fields["node"], e.fields["forced"]) for e in detached] == [(old.node, True)]
    assert near([detached[0].t], 433.09, within=0.2)
    assert near(rig.times(f"VolumeAttachment/{detached[0].fields['volume']}@{new.node}", "Attached"), 433.19)
    assert near(rig.times("Pod/db-2", "Ready")[1:], 435.49)
    waits = [e.fields["held_by"] for e in rig.trace.events if e.event == "MultiAttach"]
    assert waits == [[old.node]]


def test_out_of_service_taint_frees_pod_and_disk_well_before_six_minutes() -> None:
    rig = Rig()
    rig.claim("data-db-0")
    old = rig.pod("db-0", "data-db-0")
    rig.run(12)
    node = rig.store.get(Node, old.node or "")
    assert node is not None
    rig.silence(node.name)
    rig.replace_when("Deleted", "db-0", "data-db-0")

    def declare() -> None:
        taint = Taint(OUT_OF_SERVICE, "NoExecute", "nodeshutdown")
        times = {**node.taint_times, f"{OUT_OF_SERVICE}:NoExecute": rig.clock.now}
        rig.store.write(node, "Tainted", {"taints": (*node.taints, taint), "taint_times": times}, taints=[])

    rig.at(100, declare)
    rig.run(200)
    assert near(rig.times("Pod/db-0", "Terminating")[:1], 100)
    assert near(rig.times("Pod/db-0", "Deleted"), 120, within=0.1)
    new = rig.store.get(Pod, "db-0")
    assert new is not None
    assert new.ready
    assert new.node != node.name
    assert rig.times("Pod/db-0", "Ready")[1] < 130


def test_deleted_node_object_frees_its_pods_after_the_quarantine() -> None:
    rig = Rig()
    pod = rig.pod("web-a")
    rig.run(12)
    node = rig.store.get(Node, pod.node or "")
    assert node is not None
    rig.silence(node.name)
    rig.at(30, lambda: rig.store.remove(node))
    rig.run(200)
    assert near(rig.times("Pod/web-a", "Deleted"), 80, within=0.1)


def test_quiet_cluster_costs_no_events() -> None:
    rig = Rig()
    rig.claim("data-db-0")
    rig.pod("db-0", "data-db-0")
    rig.run(20)
    before = rig.clock.events
    rig.run(365 * 24 * 3600)
    assert rig.clock.events == before
