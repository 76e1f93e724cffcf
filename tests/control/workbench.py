"""What the tests of the workload controllers share: makers of objects, and a small cluster to run them in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import pod_ip
from statesim.cluster.objects import (
    Deployment,
    Object,
    OwnerRef,
    PersistentVolumeClaim,
    Phase,
    Pod,
    ReplicaSet,
    StatefulSet,
)
from statesim.cluster.store import Change, Store
from statesim.control.actions import Create, Delete, Write, one_by_one
from statesim.control.deployment import DeploymentController
from statesim.control.disruption import DisruptionController
from statesim.control.endpoints import EndpointsController
from statesim.control.owner_gc import OwnerGC
from statesim.control.pvc_protection import PVCProtection
from statesim.control.replicaset import ReplicaSetController
from statesim.control.runtime import Controller, Loop, apply
from statesim.control.statefulset import StatefulSetController
from statesim.errors import Refused
from statesim.kernel.clock import Band, Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.scenario.specs import (
    ClaimSpec,
    ClaimTemplate,
    Container,
    DeploymentSpec,
    LabelSelector,
    PodSpec,
    PodTemplate,
    StatefulSetSpec,
    Toleration,
)
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from statesim.control.actions import Decision

TOLERATION = 300 * SECOND
LAG = SECOND // 50
HOUR = 3600


def template(image: str = "v1", app: str = "db") -> PodTemplate:
    return PodTemplate(PodSpec(containers=(Container("c", image),)), labels={"app": app})


def selector(app: str = "db") -> LabelSelector:
    return LabelSelector({"app": app})


def stateful(name: str = "db", image: str = "v1", **spec: Any) -> StatefulSet:
    claims = (ClaimTemplate("data", ClaimSpec()),) if spec.pop("claims", False) else ()
    made = StatefulSetSpec(
        selector(name), template(image, name), service_name=name, claim_templates=claims, **spec
    )
    return StatefulSet(name=name, spec=made)


def deployment(name: str = "web", image: str = "v1", **spec: Any) -> Deployment:
    return Deployment(name=name, spec=DeploymentSpec(selector(name), template(image, name), **spec))


def pod(name: str, *, app: str = "db", **kwargs: Any) -> Pod:
    kwargs.setdefault("labels", {"app": app})
    return Pod(name=name, spec=template().spec, **kwargs)


def running(name: str, *, ready: bool = True, **kwargs: Any) -> Pod:
    """Return a pod that runs on a node, Ready since time 0 unless told otherwise."""
    kwargs.setdefault("node", "n1")
    kwargs.setdefault("ready_since_us", 0)
    return pod(name, phase=Phase.RUNNING, running=True, ready=ready, ip="10.0.0.1", **kwargs)


def owned_by(obj: Object) -> OwnerRef:
    return OwnerRef(obj.KIND, obj.name, obj.uid)


def flat(decision: Decision) -> list[Create | Write | Delete]:
    """Return a decision's actions one by one, those of batches too."""
    return [one for action in decision.actions for one in one_by_one(action)]


def shown(decision: Decision) -> list[tuple[str, str]]:
    """Return a decision as (verb or event, name), without status."""
    rows = []
    for action in flat(decision):
        match action:
            case Create(obj):
                rows.append(("create", obj.name))
            case Delete(obj):
                rows.append(("delete", obj.name))
            case Write(obj, event) if event not in ("Status", ""):
                rows.append((event, obj.name))
    return rows


class Faulty(Store):
    """A store that does not take some writes, as an API server with an overloaded etcd."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.faults: list[tuple[str, str]] = []

    def _fail(self, verb: str, obj: Object) -> None:
        for fault in self.faults:
            if fault[0] == verb and obj.key.startswith(fault[1]):
                self.faults.remove(fault)
                raise Refused(f"{verb} {obj.key}: etcdserver: request timed out")

    def create(self, obj: Any, event: str = "Created", /, **fields: Any) -> Any:
        self._fail("create", obj)
        return super().create(obj, event, **fields)

    def write(self, obj: Object, event: str, changes: Mapping[str, Any], /, **fields: Any) -> None:
        self._fail(
            {"Terminating": "delete", "Status": "status", "Labelled": "label"}.get(event, "update"), obj
        )
        super().write(obj, event, changes, **fields)

    def remove(self, obj: Object, event: str = "Deleted", /, **fields: Any) -> None:
        self._fail("delete", obj)
        super().remove(obj, event, **fields)


class Cluster:
    """The workload controllers on their loops, with kubelets that take a second for everything.

    A pod is bound at once, Started after 1 s, Ready after 2 s (image ``broken``: never), and gone 1 s after
    it was deleted, unless its node is in `silent`.
    """

    def __init__(self, features: Features | None = None) -> None:
        features = features or Features.for_version()
        self.clock = Clock()
        self.trace = Trace(self.clock)
        self.store = Faulty(self.clock, self.trace, seed=1)
        self.silent: set[str] = set()
        self.by_hand = False
        self.bound = 0
        streams = Streams(1)
        self.loops = [
            Loop(controller, self.clock, self.store, LAG)
            for controller in (
                DeploymentController(self.store),
                ReplicaSetController(self.store, streams, toleration_us=TOLERATION, features=features),
                StatefulSetController(self.store, toleration_us=TOLERATION, features=features),
                EndpointsController(self.store),
                DisruptionController(self.store),
                PVCProtection(self.store),
                OwnerGC(self.store),
            )
        ]
        self.store.watch((Pod,), self._kubelet)

    # -- what a person does ------------------------------------------------------------------------------

    def create(self, *objects: Object) -> None:
        for obj in objects:
            self.store.create(obj)

    def change(self, obj: StatefulSet | Deployment, image: str | None = None, **spec: Any) -> None:
        if image is not None:
            spec["template"] = template(image, obj.name)
        changed = replace(obj.spec, **spec)
        event = "Scaled" if "replicas" in spec else "Changed"
        self.store.write(obj, event, {"spec": changed, "generation": obj.generation + 1})

    def delete(self, obj: Object | str, **how: Any) -> None:
        found = self.pod(obj) if isinstance(obj, str) else obj
        self.by_hand = True  # for those who watch what the controllers do
        apply(self.store, Delete(found, **how))
        self.by_hand = False

    def refuse(self, verb: str, key: str, times: int = 1) -> None:
        """Let the next writes of that kind to such an object fail: create, update, label, status, delete."""
        self.store.faults += [(verb, key)] * times

    def relabel(self, name: str, **labels: str) -> None:
        self.store.write(self.pod(name), "Labelled", {"labels": labels})

    def run(self, seconds: float) -> None:
        self.clock.run(self.clock.now + round(seconds * SECOND))

    # -- what is there -----------------------------------------------------------------------------------

    def pod(self, name: str) -> Pod:
        found = self.store.get(Pod, name)
        assert found is not None, name
        return found

    def pods(self) -> list[str]:
        return sorted(p.name for p in self.store.all(Pod))

    def claims(self) -> list[str]:
        return sorted(c.name for c in self.store.all(PersistentVolumeClaim))

    def told(self, event: str) -> list[str]:
        """Return the reasons that were given with an event."""
        return [e.fields["why"] for e in self.trace.events if e.event == event]

    def revisions(self) -> dict[str, str]:
        return {p.name: p.spec.containers[0].image for p in self.store.all(Pod)}

    def ready(self) -> list[str]:
        return sorted(p.name for p in self.store.all(Pod) if p.ready and not p.terminating)

    def sets(self) -> list[ReplicaSet]:
        return list(self.store.all(ReplicaSet))

    def seen(self, *events: str, since: float = 0.0) -> list[tuple[str, str]]:
        """Return the pods' (event, name), in order."""
        return [
            (e.event, e.object.removeprefix("Pod/"))
            for e in self.trace.events
            if e.object.startswith("Pod/") and e.event in events and e.t >= since
        ]

    def statuses(self, key: str, *fields: str) -> list[tuple[Any, ...]]:
        """Return the distinct values that a workload's status went through."""
        rows: list[tuple[Any, ...]] = []
        for e in self.trace.events:
            if e.object == key and e.event == "Status":
                row = tuple(e.fields.get(name) for name in fields)
                if not rows or rows[-1] != row:
                    rows.append(row)
        return rows

    # -- the kubelets ------------------------------------------------------------------------------------

    def _kubelet(self, change: Change) -> None:
        pod: Pod = change.object
        if change.event == "Created":
            self.clock.after(0, self._step, pod, "Scheduled")
        elif change.event == "Terminating" and pod.node not in self.silent:
            self.clock.after(SECOND, self._gone, pod)

    def _step(self, pod: Pod, event: str) -> None:
        if self.store.get(Pod, pod.name) is not pod or pod.terminating or pod.node in self.silent:
            return
        now = self.clock.now
        changes: dict[str, Any]
        if event == "Scheduled":
            self.bound += 1
            changes, following = {"node": f"n{self.bound % 6}", "scheduled_us": now}, "Started"
        elif event == "Started":
            changes, following = {"phase": Phase.RUNNING, "running": True, "started_us": now}, "Ready"
            changes["ip"] = pod_ip(pod.uid)
        else:
            changes, following = {"ready": True, "ready_since_us": now}, ""
        self.store.write(pod, event, changes)
        if following and not (following == "Ready" and pod.spec.containers[0].image == "broken"):
            self.clock.after(SECOND, self._step, pod, following, band=Band.PHYSICS)

    def _gone(self, pod: Pod) -> None:
        if self.store.get(Pod, pod.name) is pod:
            self.store.remove(pod)

    def fail(self, name: str, phase: Phase = Phase.FAILED) -> None:
        """End a pod's containers for good, as an eviction by its node does."""
        self.store.write(self.pod(name), str(phase), {"phase": phase, "ready": False, "running": False})

    def unready(self, *names: str) -> None:
        for name in names:
            self.store.write(self.pod(name), "NotReady", {"ready": False})


def settled(
    seconds: float = 20, features: Features | None = None, **spec: Any
) -> tuple[Cluster, StatefulSet]:
    """Return a cluster in which a StatefulSet has come to rest."""
    cluster, db = Cluster(features), stateful(**spec)
    cluster.create(db)
    cluster.run(seconds)
    return cluster, db


def rolled_out(seconds: float = 10, **spec: Any) -> tuple[Cluster, Deployment]:
    """Return a cluster in which a Deployment has come to rest."""
    cluster, web = Cluster(), deployment(**spec)
    cluster.create(web)
    cluster.run(seconds)
    return cluster, web


def exists(key: str, seconds: int | None = None) -> Toleration:
    """Return a toleration of a NoExecute taint, for so many seconds."""
    return Toleration(key, "Exists", seconds_us=None if seconds is None else seconds * SECOND)


def new_store() -> Store:
    clock = Clock()
    return Store(clock, Trace(clock), seed=1)


def store_under(controller: Callable[[Store], Controller]) -> Store:
    """Return a store under one controller, which answers at once."""
    store = new_store()
    Loop(controller(store), store.clock, store, 0)
    return store


def names_of(pods: Iterable[Pod]) -> list[str]:
    return [p.name for p in pods]
