"""Notices that a node has fallen silent, and taints it; takes the taints away when it is back.

Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go. The controller comes round every five
seconds, but a round in which nothing can change costs nothing here: it wakes only for the next one that
matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    DISK_PRESSURE,
    MEMORY_PRESSURE,
    NOT_READY,
    UNREACHABLE,
    UNSCHEDULABLE,
    Node,
    Pod,
)
from statesim.control.actions import Action, Decision, Write
from statesim.control.zones import ZoneView, all_down
from statesim.scenario.specs import Taint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.cluster.store import Change, Store
    from statesim.control.ticks import Ticks

# nodes with this label do not count for the state of their zone (isNodeExcludedFromDisruptionChecks)
EXCLUDED_LABEL = "node.kubernetes.io/exclude-disruption"
_CONDITIONS = (NOT_READY, UNREACHABLE)
# the conditions that a kubelet reports, as taints (the same file: nodeConditionToTaintKeyStatusMap)
_PRESSURES = {"MemoryPressure": MEMORY_PRESSURE, "DiskPressure": DISK_PRESSURE}
# doNoExecuteTaintingPass comes round by itself (scheduler.NodeEvictionPeriod)
TAINTING_PASS_US = 100_000


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node as the monitor sees it.

    Attributes
    ----------
    heard_us
        When its latest heartbeat (a renewal of its Lease) got through; ``None`` while they flow.
    status_us
        When its kubelet last wrote its status; either of the two is a sign of life.
    reset_us
        When the control plane last got back its link to the nodes: no earlier silence counts.
    pods
        The pods on it that the API shows as Ready.
    zone, zones
        Its own zone, and all of them.
    """

    now: int
    node: Node
    heard_us: int | None
    reset_us: int
    pods: tuple[Pod, ...]
    zone: ZoneView
    zones: tuple[ZoneView, ...]
    monitor: Ticks
    grace_us: int
    eviction_interval_us: int
    status_us: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """What one of the questions below answers."""

    actions: tuple[Action, ...] = ()
    wake_at: int | None = None
    why: str = ""


def decide(view: NodeView) -> Decision:
    """Judge the node's health, then bring its taints in line with what it is judged to be."""
    health = _judge(view)
    falls = bool(health.actions) and view.node.ready is not None
    ready = None if falls else view.node.ready
    changed_us = view.now if falls else view.node.ready_changed_us
    taints = _tainted(view, ready, changed_us)
    wakes = [step.wake_at for step in (health, taints) if step.wake_at is not None]
    why = "; ".join(step.why for step in (health, taints) if step.why)
    return Decision(
        (*health.actions, *taints.actions), min(wakes, default=None), why or "the node is settled"
    )


def _judge(view: NodeView) -> _Step:
    """Declare a node that has been silent for the grace period NotReady (Unknown), and its pods with it.

    Source: monitorNodeHealth, tryUpdateNodeHealth, controllerutil.MarkPodsNotReady. What counts is when the
    *controller* first saw the latest heartbeat, in its round. A real round takes a little longer than its
    period, so that of rounds five seconds apart the eighth is the first beyond 40 s. A pod whose marking
    was refused is marked by the next pass.
    """
    if view.heard_us is None:
        return _reported(view) if view.node.ready is False else _Step()
    if view.node.ready is None:
        return _Step(_mark_not_ready(view, view.pods))
    reported = _reported(view) if view.node.ready is False else _Step()
    latest = max(view.heard_us, view.status_us)
    seen = max(view.monitor.at_or_after(latest), view.reset_us)
    due = view.monitor.at_or_after(seen + view.grace_us)
    if view.now < due:
        return _Step(reported.actions, due, "the node is silent, within the grace period")
    why = f"no heartbeat has been seen for {(view.now - seen) // 1_000_000} s"
    changes = {"ready": None, "ready_changed_us": view.now}
    unknown = Write(view.node, "NotReady", changes, {"status": "Unknown"}, why)
    return _Step((unknown, *_mark_not_ready(view, view.pods)), why=why)


def _reported(view: NodeView) -> _Step:
    """Mark the pods of a node whose kubelet itself says that it is not ready, in the round that sees it.

    Once: a pod that is reported Ready after that stays so (monitorNodeHealth: the observed condition was
    True before).
    """
    since = view.node.ready_changed_us
    pods = tuple(pod for pod in view.pods if pod.ready_since_us is None or pod.ready_since_us <= since)
    if not pods:
        return _Step()
    due = view.monitor.at_or_after(since)
    if view.now < due:
        return _Step(wake_at=due, why="the kubelet reports that the node is not ready")
    return _Step(_mark_not_ready(view, pods), why="the kubelet reports that the node is not ready")


def _mark_not_ready(view: NodeView, pods: tuple[Pod, ...]) -> tuple[Write, ...]:
    """Take the pods out of their Services (pkg/controller/util/node: MarkPodsNotReady)."""
    lost = {"ready": False, "ready_since_us": None, "unready_since_us": view.now}
    name = view.node.name
    return tuple(
        Write(pod, "NotReady", lost, {"uid": pod.uid, "node": name}, f"its node {name} is not ready")
        for pod in pods
    )


def _tainted(view: NodeView, ready: bool | None, changed_us: int) -> _Step:
    """Bring the taints in line: NoSchedule at once, NoExecute with the monitor's rounds and their limits."""
    node = view.node
    key = {True: None, False: NOT_READY, None: UNREACHABLE}[ready]
    evicting, wake, why = _no_execute(view, key, changed_us)
    kept = tuple(t for t in node.taints if not _managed(t))
    wanted = kept + tuple(Taint(k, "NoExecute") for k in evicting)
    if key is not None:
        wanted += (Taint(key, "NoSchedule"),)
    if node.unschedulable:
        wanted += (Taint(UNSCHEDULABLE, "NoSchedule"),)
    if ready is not None:
        wanted += tuple(Taint(key, "NoSchedule") for what, key in _PRESSURES.items() if what in node.pressure)
    if set(wanted) == set(node.taints):
        return _Step(wake_at=wake, why=why)
    return _Step((_write(view, wanted),), wake, why)


def _managed(taint: Taint) -> bool:
    """Tell whether the taint is this controller's to add and remove."""
    if taint.key in (UNSCHEDULABLE, *_PRESSURES.values()):
        return taint.effect == "NoSchedule"
    return taint.key in _CONDITIONS and taint.effect in ("NoSchedule", "NoExecute")


def _no_execute(view: NodeView, key: str | None, changed_us: int) -> tuple[tuple[str, ...], int | None, str]:
    """Return the NoExecute taints that the node shall have, when to look again, and why.

    Source: processTaintBaseEviction (it judges by the condition of the *previous* round), handleDisruption
    (all zones down: no eviction at all, and all waits begin anew when that is over), doNoExecuteTaintingPass
    (one node of a zone in ten seconds, in a loop of its own that sees what the whole round has found).
    """
    has = tuple(t.key for t in view.node.taints if t.effect == "NoExecute" and t.key in _CONDITIONS)
    if key is not None and all_down(view.zones):
        return (), None, "no zone has a Ready node: the control plane trusts nobody's silence"
    round_us = view.monitor.after(changed_us)
    if key is None:
        if has and view.now < round_us:
            return has, round_us, "the node is back; NoExecute goes with the next round"
        return (), None, "the node is back" if has else ""
    if has:
        if has == (key,) or view.now < round_us:
            return has, None if has == (key,) else round_us, ""
        return (key,), None, f"the condition is now {key}"
    interval = view.zone.interval_us(view.eviction_interval_us)
    if interval is None:
        return (), None, f"zone {view.zone.name or 'of all nodes'} is mostly down: no eviction"
    last = view.zone.evicted_us
    first = view.monitor.after(max(changed_us, view.reset_us)) + TAINTING_PASS_US
    due = first if last is None else max(first, last + interval)
    if view.now < due:
        return (), due, "NoExecute follows with a later round"
    return (key,), None, "the node was not ready in the previous round either: its pods are to be evicted"


def _write(view: NodeView, wanted: tuple[Taint, ...]) -> Write:
    """Return the write of the full list; a taint that only changes its key keeps its time (swap)."""
    node = view.node
    times = dict(node.taint_times)
    started = [times.get(_shown(t), view.now) for t in node.taints if _managed(t) and t.effect == "NoExecute"]
    for taint in wanted:
        if taint not in node.taints:
            swapped = started and taint.effect == "NoExecute"
            times[_shown(taint)] = min(started) if swapped else view.now
    changes = {"taints": wanted, "taint_times": times}
    return Write(node, "Tainted", changes, {"taints": sorted(_shown(t) for t in wanted)})


def _shown(taint: Taint) -> str:
    return f"{taint.key}:{taint.effect}"


class NodeLifecycle:
    """The node lifecycle controller: one key a node.

    Parameters
    ----------
    heartbeat
        Tells when a node's latest renewal reached the API server.
    silent
        Tells whether none gets through at present; ``Node/x`` must be queued when that changes.
    monitor
        Its rounds.
    grace_us
        How long a node may be silent (``--node-monitor-grace-period``).
    eviction_interval_us
        Between two NoExecute taintings in one zone (``--node-eviction-rate``).
    """

    name = "node-lifecycle"
    watches = (Node,)

    def __init__(
        self,
        store: Store,
        *,
        heartbeat: Callable[[str], int],
        silent: Callable[[str], bool],
        monitor: Ticks,
        grace_us: int,
        eviction_interval_us: int,
    ) -> None:
        self._store = store
        self._heartbeat = heartbeat
        self._silent = silent
        self._monitor = monitor
        self._grace = grace_us
        self._interval = eviction_interval_us
        self._was_all_down = False
        self._reset_us = 0
        self._tokens: dict[str, int] = {}
        self._members: dict[str, list[Node]] | None = None
        self._counted: dict[str, ZoneView | None] = {}

    def restart(self) -> None:
        """Forget when nodes were last heard: a new process sees each for the first time (nodeHealthMap).

        Its buckets of tokens (zoneNoExecuteTainter) are new as well, and full.
        """
        self._reset_us = self._store.clock.now
        self._was_all_down = False
        self._tokens.clear()
        self._members = None

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: when a node comes or goes, what holds for the others may change."""
        node: Node = change.object
        if change.event == "VolumesInUse":
            return []
        self._recount(change)
        keys = [node.key] if change.verb != "DELETED" else []
        if change.verb != "MODIFIED" or change.event in ("Ready", "NotReady"):
            self._note_disruption()
            others = (n for n in self._store.all(Node) if n is not node)
            keys += [n.key for n in others if n.ready is not True or n.taints or self._silent(n.name)]
        return keys

    def _note_disruption(self) -> None:
        """Note when the last "all zones down" ended (handleDisruption: "exiting disruption mode")."""
        down = all_down(self._zones())
        if self._was_all_down and not down:
            self._reset_us = self._store.clock.now
        self._was_all_down = down

    def _zones(self) -> tuple[ZoneView, ...]:
        """Return the zones as they are now; only those in which a node has changed are counted anew."""
        if self._members is None:
            self._members = {}
            for node in self._store.all(Node):
                counted = self._members.setdefault(node.spec.zone, [])
                if EXCLUDED_LABEL not in node.labels:
                    counted.append(node)
            self._counted = dict.fromkeys(self._members)
        for name, nodes in self._members.items():
            if self._counted[name] is None:
                ready = sum(n.ready is True for n in nodes)
                self._counted[name] = ZoneView(name, len(nodes), ready, self._tokens.get(name))
        return tuple(zone for zone in self._counted.values() if zone is not None)

    def _recount(self, change: Change) -> None:
        """Note which zones a change of a node concerns: all, unless its place in them is surely the same."""
        if change.event in ("Ready", "NotReady", "Tainted") and self._members is not None:
            self._counted[change.object.spec.zone] = None
        else:
            self._members = None

    def look(self, key: str) -> NodeView | None:
        """See `Controller.look`."""
        node = self._store.find(key)
        if not isinstance(node, Node):
            return None
        zones = self._zones()
        return NodeView(
            now=self._store.clock.now,
            node=node,
            heard_us=self._heartbeat(node.name) if self._silent(node.name) else None,
            reset_us=self._reset_us,
            pods=tuple(p for p in self._store.by(Pod, "node", node.name) if p.ready),
            zone=next(zone for zone in zones if zone.name == node.spec.zone),
            zones=zones,
            monitor=self._monitor,
            grace_us=self._grace,
            eviction_interval_us=self._interval,
            status_us=node.reported_us,
        )

    def decide(self, view: NodeView) -> Decision:
        """See `Controller.decide`; takes the token that a new NoExecute taint costs its zone.

        It is gone when that is decided, however long the write then waits for the client, and though it may
        be refused (scheduler/rate_limited_queue.go: RateLimitedTimedQueue.Try, EvictionRateLimiterBurst).
        """
        decision = decide(view)
        if _evicts(view.node.taints):
            return decision
        for action in decision.actions:
            if isinstance(action, Write) and _evicts(action.changes.get("taints", ())):
                self._tokens[view.zone.name] = view.now
                self._counted[view.zone.name] = None
        return decision


def _evicts(taints: Iterable[Taint]) -> bool:
    return any(t.effect == "NoExecute" and t.key in _CONDITIONS for t in taints)
