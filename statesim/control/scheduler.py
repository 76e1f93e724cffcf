"""Gives each pod a node: filter, score, bind; and waits for the volumes of the node it chose.

Source: kubernetes pkg/scheduler (scheduler.go:scheduleOne, core/generic_scheduler.go,
internal/queue/scheduling_queue.go). Pods are looked at one after the other, each seeing what the one before
got. Preemption is not modelled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    HOSTNAME_LABEL,
    ZONE_LABEL,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    StorageClass,
)
from statesim.cluster.precedent import Precedent
from statesim.control.actions import Action, Decision, Write
from statesim.control.affinity import company, refusal
from statesim.control.fit import ClaimInfo, NodeInfo, Tenant, assumed, claims_problem, refusals, reservable
from statesim.control.score import best
from statesim.control.volumes import NO_PROVISIONER, best_first, class_of, fits, immediate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.kernel.streams import Streams
    from statesim.scenario.specs import PodSpec


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod without a node, the nodes, and what became of earlier attempts.

    Attributes
    ----------
    chosen
        The node that an earlier attempt chose; the pod waits there for its volumes.
    not_before
        The back-off after a failed attempt ends then.
    said
        The message of the last failed attempt.
    draw
        Number from 0 to 1 that decides between equally good nodes.
    preferred
        The node to take if it fits, whatever the scores say (a replayed recording's choice).
    """

    now: int
    pod: Pod
    nodes: tuple[NodeInfo, ...]
    claims: tuple[ClaimInfo, ...]
    chosen: str | None = None
    not_before: int = 0
    said: str = ""
    draw: float = 0.0
    preferred: str | None = None


def decide(view: PodView) -> Decision:
    """Bind the pod, or first have its volumes made where it will run, or say why it fits nowhere.

    Source: scheduler.go:scheduleOne; volumebinding.go: Reserve and PreBind, here as a wait for the claims.
    """
    problem = claims_problem(view.claims)
    if view.chosen is not None and problem is None:
        waiting = [info.name for info in view.claims if info.unbound]
        if waiting:
            return Decision(why=f"waiting on {view.chosen} for the volumes of {', '.join(waiting)}")
        return _bind(view, view.chosen)
    if view.now < view.not_before:
        return Decision(wake_at=view.not_before, why="backing off after a failed attempt")
    if problem is not None:
        return _fail(view, Counter({problem: len(view.nodes)}))
    fitting, reasons = _filter(view)
    if not fitting:
        return _fail(view, reasons)
    asked = next((node for node in fitting if node.name == view.preferred), None)
    node = asked or best(view.pod, fitting, view.nodes, view.draw)
    unbound = [info for info in view.claims if info.unbound]
    if not unbound:
        return _bind(view, node.name)
    actions = [action for info in unbound for action in _select(info, node)]
    return Decision(tuple(actions), why=f"{view.pod.name} will run on {node.name} once its volumes are bound")


def _filter(view: PodView) -> tuple[list[NodeInfo], Counter[str]]:
    """Return the nodes that would do, and how many of the others were refused for which reason."""
    fitting = []
    reasons: Counter[str] = Counter()
    spec = view.pod.spec
    requests = spec.requests
    known = company(view.pod, view.nodes)
    for node in view.nodes:
        refused = refusals(spec, requests, view.claims, node)
        if not refused:
            together = refusal(view.pod, known, node)
            refused = () if together is None else (together,)
        if refused:
            reasons.update(refused)
        else:
            fitting.append(node)
    return fitting, reasons


def _bind(view: PodView, node: str) -> Decision:
    changes = {"node": node, "scheduled_us": view.now}
    fields = {"node": node, "uid": view.pod.uid}
    return Decision(
        (Write(view.pod, "Scheduled", changes, fields),), why=f"{node} is the best node that fits"
    )


def _fail(view: PodView, reasons: Counter[str]) -> Decision:
    """Say why, once for each different answer (core/generic_scheduler.go: FitError)."""
    if not view.nodes:
        message = "no nodes available to schedule pods"
    else:
        shown = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
        message = f"0/{len(view.nodes)} nodes are available: {shown}."
    if message == view.said:
        return Decision(why=message)
    since = view.now if view.pod.refused is None else view.pod.refused[1]
    details = {"refused": (message, since)}
    return Decision((Write(view.pod, "FailedScheduling", details=details),), why=message)


def _select(info: ClaimInfo, node: NodeInfo) -> Iterable[Action]:
    """Reserve a ready-made volume, and tell binder and provisioner the node.

    Source: volume/scheduling/scheduler_binder.go:bindAPIUpdate.
    """
    claim = info.claim
    if claim is None:
        return
    volume = reservable(info, node)
    if volume is not None and volume.claim is None:
        holder = {"claim": claim.name, "claim_uid": claim.uid}
        yield Write(volume, "Reserved", holder, {"claim": claim.name})
    yield Write(claim, "SelectedNode", {"selected_node": node.name}, {"node": node.name})


@dataclass(slots=True)
class _Attempts:
    """What the scheduling queue remembers of a pod (scheduling_queue.go: QueuedPodInfo)."""

    key: str
    draw: float
    preferred: str | None = None
    failed: int = 0
    not_before: int = 0
    said: str = ""
    chosen: str | None = None


class Scheduler:
    """The default scheduler: one key a pod that has no node.

    Parameters
    ----------
    backoff_us, backoff_max_us
        After a failed attempt a pod waits this long, doubled each time up to the maximum (1 s to 10 s).
    """

    name = "scheduler"
    watches = (Pod, Node, PersistentVolumeClaim, PersistentVolume, StorageClass)

    def __init__(
        self,
        store: Store,
        streams: Streams,
        *,
        backoff_us: int = 1_000_000,
        backoff_max_us: int = 10_000_000,
        precedent: Precedent | None = None,
    ) -> None:
        self._store = store
        self._streams = streams
        self._precedent = precedent or Precedent()
        self._backoff = backoff_us
        self._backoff_max = backoff_max_us
        self._attempts: dict[str, _Attempts] = {}
        self._nodes: dict[str, NodeInfo] = {}

    # -- what makes a pod worth another look -------------------------------------------------------------

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: only what can help a pod wakes it (scheduler/eventhandlers.go)."""
        obj = change.object
        match obj:
            case Pod():
                return self._keys_of_pod(obj, change)
            case Node():
                if change.event == "VolumesInUse":
                    return []
                self._nodes.pop(obj.name, None)
                if change.verb == "DELETED":
                    return [known.key for known in self._attempts.values() if known.chosen == obj.name]
                return self._failed() if change.event != "NotReady" else []
            case PersistentVolumeClaim():
                users = self._store.by(Pod, "claim", obj.name)
                return [p.key for p in users if p.node is None] if change.event != "SelectedNode" else []
            case PersistentVolume():
                return self._failed() if change.event in ("Created", "Available") else []
            case _:
                return self._failed()

    def _keys_of_pod(self, pod: Pod, change: Change) -> list[str]:
        if pod.node is None:
            if change.verb != "DELETED":
                return [pod.key]
            self._forget(pod)
            return []
        if change.verb == "MODIFIED" and change.event in ("Ready", "NotReady", "Started", "Restarted"):
            return []
        self._forget(pod)
        self._nodes.pop(pod.node, None)
        if change.verb == "DELETED" or pod.finished or change.event == "Labelled":
            return self._failed()
        if change.event == "Scheduled":
            return [key for key in self._failed() if self._wants_company(key)]
        return []

    def _forget(self, pod: Pod) -> None:
        known = self._attempts.pop(pod.uid, None)
        if known is not None and known.chosen is not None:
            self._nodes.pop(known.chosen, None)

    def _failed(self) -> list[str]:
        return [known.key for known in self._attempts.values() if known.failed and known.chosen is None]

    def _wants_company(self, key: str) -> bool:
        pod = self._store.find(key)
        return isinstance(pod, Pod) and bool(pod.spec.pod_affinity.required or pod.spec.topology_spread)

    # -- what it sees ------------------------------------------------------------------------------------

    def look(self, key: str) -> PodView | None:
        """See `Controller.look`: nothing if the pod has a node, or is going."""
        pod = self._store.find(key)
        if not isinstance(pod, Pod) or pod.node is not None or pod.terminating or pod.finished:
            return None
        known = self._attempts.get(pod.uid)
        if known is None:
            draw = self._streams.get(pod.key, "schedule").random()
            known = self._attempts[pod.uid] = _Attempts(key, draw, self._precedent.node_of(pod.name))
        claims = tuple(self._claim(name) for name in pod.spec.claims)
        if known.chosen is not None and (
            claims_problem(claims) or self._store.get(Node, known.chosen) is None
        ):
            self._nodes.pop(known.chosen, None)
            known.chosen = None
        return PodView(
            now=self._store.clock.now,
            pod=pod,
            nodes=tuple(self._node(node) for node in self._store.all(Node)),
            claims=claims,
            chosen=known.chosen,
            not_before=known.not_before,
            said=known.said,
            draw=known.draw,
            preferred=known.preferred,
        )

    def _node(self, node: Node) -> NodeInfo:
        info = self._nodes.get(node.name)
        if info is None:
            bound = [p for p in self._store.by(Pod, "node", node.name) if not p.finished]
            coming = [self._store.find(k.key) for k in self._attempts.values() if k.chosen == node.name]
            info = describe(node, [*bound, *(p for p in coming if isinstance(p, Pod))])
            self._nodes[node.name] = info
        return info

    def _claim(self, name: str) -> ClaimInfo:
        store = self._store
        claim = store.get(PersistentVolumeClaim, name)
        if claim is None or claim.volume is not None:
            volume = claim.volume if claim is not None else None
            return ClaimInfo(name, claim, store.get(PersistentVolume, volume) if volume is not None else None)
        found = class_of(store, claim)
        class_name = found.name if found is not None else claim.spec.storage_class or ""
        fitting = [v for v in store.all(PersistentVolume) if fits(v, claim, class_name)]
        dynamic = found is not None and found.spec.provisioner != NO_PROVISIONER
        selected = claim.selected_node
        return ClaimInfo(
            name,
            claim,
            delayed=not immediate(found),
            zones=found.spec.zones if found is not None and dynamic else None,
            candidates=tuple(best_first(fitting, claim)),
            selected=selected if selected is not None and store.get(Node, selected) is not None else None,
        )

    def decide(self, view: PodView) -> Decision:
        """See `Controller.decide`; remembers the node it chose, or that the attempt failed."""
        decision = decide(view)
        known = self._attempts[view.pod.uid]
        events = [action.event for action in decision.actions if isinstance(action, Write)]
        if "SelectedNode" in events:
            chosen = decision.actions[-1]
            known.chosen = chosen.fields["node"] if isinstance(chosen, Write) else None
            self._nodes.pop(known.chosen or "", None)
        elif "Scheduled" not in events and view.chosen is None and view.now >= view.not_before:
            known.failed += 1
            known.said = decision.why
            known.not_before = view.now + min(self._backoff << min(known.failed - 1, 20), self._backoff_max)
        return decision


def describe(node: Node, pods: Iterable[Pod]) -> NodeInfo:
    """Return what the scheduler's cache holds of a node with these pods (framework/types.go: NodeInfo)."""
    pods = list(pods)
    spec = node.spec
    zone = {ZONE_LABEL: spec.zone} if spec.zone else {}
    tenants = tuple(
        Tenant(p.name, p.labels, p.owner.uid if p.owner else None, p.terminating, p.spec) for p in pods
    )
    requests = [pod.spec.requests for pod in pods]
    guesses = [assumed(pod.spec) for pod in pods]
    return NodeInfo(
        name=node.name,
        zone=spec.zone,
        labels={HOSTNAME_LABEL: node.name, **zone, **spec.labels, **node.labels},
        taints=node.taints,
        unschedulable=node.unschedulable,
        cpu_milli=spec.cpu_milli,
        memory_bytes=spec.memory_bytes,
        pods=spec.pods,
        used_cpu=sum(r.cpu_milli for r in requests),
        used_memory=sum(r.memory_bytes for r in requests),
        assumed_cpu=sum(g[0] for g in guesses),
        assumed_memory=sum(g[1] for g in guesses),
        tenants=tenants,
        choosy=tuple(t for t in tenants if _choosy(t.spec)),
        siblings=Counter(t.owner for t in tenants if t.owner is not None and not t.terminating),
    )


def _choosy(spec: PodSpec) -> bool:
    return any(wish.required or wish.preferred for wish in (spec.pod_affinity, spec.pod_anti_affinity))
