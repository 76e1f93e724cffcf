"""Gives each pod a node: filter, score, bind; makes room by preemption; and waits for the volumes.

Source: kubernetes pkg/scheduler (scheduler.go and later schedule_one.go: scheduleOne; eventhandlers.go). Pods
are looked at one after the other, the most important first, each seeing what the one before got.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    PodDisruptionBudget,
    StorageClass,
)
from statesim.cluster.precedent import Precedent
from statesim.control.claims import ClaimInfo, claims_problem
from statesim.control.nodeinfo import describe
from statesim.control.placing import Attempt, PodView, attempt, decide, put_on
from statesim.control.scheduling_queue import Queued, SchedulingQueue
from statesim.control.snapshot import Snapshot
from statesim.control.volumes import NO_PROVISIONER, candidates, class_of, immediate
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.store import Change, Store
    from statesim.control.actions import Decision
    from statesim.control.nodeinfo import NodeInfo, Tenant
    from statesim.kernel.streams import Streams
    from statesim.scenario.specs import PodSpec

__all__ = ["PodView", "Scheduler", "decide", "describe"]

# what changes on a pod that has a node without the scheduler's noticing
_UNSEEN = ("Ready", "NotReady", "Started", "Restarted", "VolumesAttached", "Status")
_UNSEEN_OF_NODES = ("VolumesInUse", "Ready")
NEWEST = Features.for_version()


def _has_wishes(spec: PodSpec) -> bool:
    """Tell whether a pod asks for the company of other pods, or for their absence."""
    return bool(spec.topology_spread or spec.pod_affinity.required or spec.pod_anti_affinity.required)


class Scheduler:
    """The default scheduler: one key a pod that has no node.

    Parameters
    ----------
    features
        What its version can do.
    backoff_us, backoff_max_us
        See `SchedulingQueue`.
    """

    name = "scheduler"
    watches = (Pod, Node, PersistentVolumeClaim, PersistentVolume, StorageClass)

    def __init__(
        self,
        store: Store,
        streams: Streams,
        *,
        features: Features = NEWEST,
        backoff_us: int = 1_000_000,
        backoff_max_us: int = 10_000_000,
        precedent: Precedent | None = None,
    ) -> None:
        self._store = store
        self._streams = streams
        self._features = features
        self._precedent = precedent or Precedent()
        self._queue = SchedulingQueue(features, backoff_us, backoff_max_us)
        self._snapshot = Snapshot(store, own_keys=features.on("MatchLabelKeysInPodAffinity"))
        self._nominated: dict[str, Pod] = {}
        self._told: dict[object, str] = {}
        self._tellers: dict[str, object] = {}
        self._start = 0
        self._failed: tuple[tuple[NodeInfo, ...], dict[tuple[object, ...], Attempt]] = ((), {})

    def rank(self, key: str) -> int:
        """Return which of several pods goes first: that of the highest priority (queuesort: PrioritySort)."""
        pod = self._store.find(key)
        return -pod.spec.priority if isinstance(pod, Pod) else 0

    # -- what makes a pod worth another look --------------------------------------------------------------

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: what may help a pod wakes it (eventhandlers.go)."""
        obj = change.object
        match obj:
            case Pod():
                return self._keys_of_pod(obj, change)
            case Node():
                return self._keys_of_node(obj, change)
            case PersistentVolumeClaim():
                users = [p for p in self._store.by(Pod, "claim", obj.name) if p.node is None]
                if change.event == "SelectedNode":
                    return []
                for pod in users:
                    self._queue.move(pod.uid)
                return [pod.key for pod in users]
            case PersistentVolume():
                helps = change.event in ("Created", "Available", "Provisioned")
                return self._queue.happened("volume" if helps else "nothing")
            case _:
                return self._queue.happened("volume")

    def _keys_of_node(self, node: Node, change: Change) -> Iterable[str]:
        if change.event in _UNSEEN_OF_NODES:
            return []
        self._snapshot.node_changed(node.name, membership=change.verb != "MODIFIED")
        if change.verb == "DELETED":
            waiting = [known.key for known in self._queue.pods.values() if known.chosen == node.name]
            return [*waiting, *self._queue.happened("node-gone")]
        return self._queue.happened("nothing" if change.event == "NotReady" else "node")

    def _keys_of_pod(self, pod: Pod, change: Change) -> Iterable[str]:
        if pod.node is None:
            return self._keys_of_pending(pod, change)
        if change.verb == "MODIFIED" and change.event in _UNSEEN:
            return []
        self._forget(pod)
        self._snapshot.pod_changed(pod)
        if change.verb == "DELETED" or pod.finished:
            return self._queue.happened("pod-gone")
        match change.event:
            case "Labelled":
                return self._company_came("pod-here", pod)
            case "Terminating":
                return self._company_came("pod-ends", pod)
            case "Scheduled" | "Created":
                return [*self._company_came("pod-here", pod), *self._nomination_ends(pod)]
            case _:
                return []

    def _company_came(self, what: str, pod: Pod) -> Iterable[str]:
        """Wake who waits for the company of such a pod, or counts such pods (AssignedPodAdded)."""
        spread = self._features.has("QueueCountsForSpread")

        def concerns(key: str) -> bool:
            waiting = self._store.find(key)
            if not isinstance(waiting, Pod):
                return False
            wants = any(term.selector.matches(pod.labels) for term in waiting.spec.pod_affinity.required)
            return wants or (spread and bool(waiting.spec.topology_spread))

        return self._queue.happened(what, concerns)

    def _keys_of_pending(self, pod: Pod, change: Change) -> Iterable[str]:
        if change.verb == "DELETED":
            self._forget(pod)
            return self._nomination_ends(pod)
        if pod.nominated_node is not None:
            self._nominated[pod.uid] = pod
        else:
            self._nominated.pop(pod.uid, None)
        if change.event == "FailedScheduling":
            return []
        self._queue.move(pod.uid)
        return [pod.key]

    def _nomination_ends(self, pod: Pod) -> Iterable[str]:
        """Give back the room that was kept for a pod that is gone, or went elsewhere."""
        if self._nominated.pop(pod.uid, None) is None or pod.node == pod.nominated_node:
            return []
        return self._queue.happened("pod-gone")

    def _forget(self, pod: Pod) -> None:
        known = self._queue.forget(pod.uid)
        if known is not None and known.chosen is not None:
            self._snapshot.forget(pod, known.chosen)

    # -- what it sees -------------------------------------------------------------------------------------

    def look(self, key: str) -> PodView | None:
        """See `Controller.look`: nothing if the pod has a node, is going, or is held back by a gate."""
        pod = self._store.find(key)
        if not isinstance(pod, Pod) or pod.node is not None or pod.terminating or pod.finished:
            return None
        if pod.spec.scheduling_gates and self._features.on("PodSchedulingReadiness"):
            return None
        known = self._queue.pods.get(pod.uid)
        if known is None:
            draw = self._streams.seldom(pod.key, "schedule").random()
            known = self._queue.pods[pod.uid] = Queued(key, draw, self._precedent.node_of(pod.name))
        claims = tuple(self._claim(name) for name in pod.spec.claims)
        if known.chosen is not None and not self._stands(known.chosen, claims):
            self._snapshot.forget(pod, known.chosen)
            known.chosen = None
            self._queue.put_aside(pod.uid, known, frozenset({"VolumeBinding"}), self._store.clock.now)
            self._queue.move(pod.uid)
        return PodView(
            now=self._store.clock.now,
            pod=pod,
            nodes=self._snapshot.nodes(),
            claims=claims,
            chosen=known.chosen,
            chosen_us=known.chosen_us,
            not_before=self._queue.due(known),
            said=known.said,
            draw=known.draw,
            preferred=known.preferred,
            features=self._features,
            demand=self._snapshot.demand(pod),
            nominated=self._nominations(pod) if self._nominated else {},
            budgets=tuple(self._store.all(PodDisruptionBudget)),
            told=self._told,
            start=self._start,
            alike=self._alike(pod),
        )

    def _alike(self, pod: Pod) -> Attempt | None:
        """Return what just came of a pod that asks the same, where that says all about this one too."""
        spec = pod.spec
        if spec.claims or pod.nominated_node is not None or self._nominated or _has_wishes(spec):
            return None
        nodes, failed = self._failed
        return failed.get(self._kind(pod)) if nodes is self._snapshot.nodes() else None

    def _kind(self, pod: Pod) -> tuple[object, ...]:
        return self._snapshot.demand(pod), pod.spec.priority, pod.spec.preemption_policy

    def _stands(self, chosen: str, claims: tuple[ClaimInfo, ...]) -> bool:
        """Tell whether a chosen node still holds: it is there, and every claim still waits for it.

        A provisioner that cannot make a volume there takes the node's name off the claim
        (scheduler_binder.go: checkBindings).
        """
        if claims_problem(claims) or self._store.get(Node, chosen) is None:
            return False
        return all(info.selected == chosen for info in claims if info.unbound)

    def _nominations(self, pod: Pod) -> Mapping[str, tuple[Tenant, ...]]:
        found: dict[str, tuple[Tenant, ...]] = {}
        for other in self._nominated.values():
            node = other.nominated_node
            if node is not None and other is not pod:
                found[node] = (*found.get(node, ()), self._snapshot.tenant(other))
        return found

    def _claim(self, name: str) -> ClaimInfo:
        store = self._store
        claim = store.get(PersistentVolumeClaim, name)
        if claim is None or claim.volume is not None:
            volume = store.get(PersistentVolume, claim.volume or "") if claim is not None else None
            return ClaimInfo(name, claim, volume, used_on=self._used_on(claim))
        found = class_of(store, claim)
        class_name = found.name if found is not None else claim.spec.storage_class or ""
        dynamic = found is not None and found.spec.provisioner != NO_PROVISIONER
        selected = claim.selected_node
        return ClaimInfo(
            name,
            claim,
            delayed=not immediate(found),
            zones=found.spec.zones if found is not None and dynamic else None,
            candidates=tuple(candidates(store, claim, class_name)),
            selected=selected if selected is not None and store.get(Node, selected) is not None else None,
            used_on=self._used_on(claim),
        )

    def _used_on(self, claim: PersistentVolumeClaim | None) -> tuple[str, ...]:
        """Return where pods run that have a claim which is for one pod only."""
        if claim is None or "ReadWriteOncePod" not in claim.spec.access_modes:
            return ()
        users = self._store.by(Pod, "claim", claim.name)
        return tuple(p.node for p in users if p.node is not None and not p.finished)

    # -- what it decides ----------------------------------------------------------------------------------

    def decide(self, view: PodView) -> Decision:
        """See `Controller.decide`; remembers the node it chose, or that the attempt failed."""
        named = view.pod.spec.node_name
        done = attempt(view) if named is None else put_on(view, named)
        known = self._queue.pods[view.pod.uid]
        if done.looked_at is not None and view.nodes:
            self._start = (view.start + done.looked_at) % len(view.nodes)
        if done.waits_on is not None and known.chosen != done.waits_on:
            known.chosen, known.chosen_us = done.waits_on, view.now
            self._snapshot.assume(view.pod, done.waits_on)
        if done.answer is not None:
            self._queue.put_aside(view.pod.uid, known, done.plugins, view.now)
            known.preempting = done.preempts
            self._remember(view.pod.key, known, done)
            if done.general and not done.preempts:
                if self._failed[0] is not view.nodes:
                    self._failed = (view.nodes, {})
                if not _has_wishes(view.pod.spec):
                    self._failed[1][self._kind(view.pod)] = done
        return done.decision

    def _remember(self, key: str, known: Queued, done: Attempt) -> None:
        """Remember what was said, and who said it first, so that others need not repeat the list of nodes."""
        if known.said == done.answer:
            return
        known.said = done.answer
        if done.reasons in self._told:
            return
        self._told.pop(self._tellers.pop(key, None), None)
        self._told[done.reasons] = key
        self._tellers[key] = done.reasons
