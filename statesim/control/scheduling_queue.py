"""The scheduling queue: which pods without a node are worth another look, and when.

Source: kubernetes pkg/scheduler/internal/queue/scheduling_queue.go. A pod that fits nowhere is put aside. An
event that may help it moves it back; it then waits until its back-off ends. What no event moves is looked at
again after a minute (1.24 and later: five), checked each half minute.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from statesim.control.ticks import Ticks, doubled
from statesim.kernel.spans import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.scenario.versions import Features

_FLUSH = Ticks(30 * SECOND)

_ROOM = frozenset({"NodePorts", "NodeResourcesFit", "NodeVolumeLimits", "VolumeRestrictions"})
_COMPANY = frozenset({"InterPodAffinity", "PodTopologySpread"})
_OF_A_NODE = frozenset({"NodeAffinity", "NodeName", "NodeUnschedulable", "TaintToleration"})
_VOLUMES = frozenset({"NodeVolumeLimits", "VolumeBinding", "VolumeRestrictions", "VolumeZone"})
# what may help a pod that these filters refused
HELPS: dict[str, frozenset[str]] = {
    "node": _ROOM | _COMPANY | _OF_A_NODE | _VOLUMES,
    "node-gone": frozenset({"PodTopologySpread"}),
    "pod-gone": _ROOM | _COMPANY,
    "pod-ends": frozenset({"PodTopologySpread"}),
    "pod-here": _COMPANY,
    "volume": _VOLUMES,
    "nothing": frozenset(),
}


@dataclass(slots=True)
class Queued:
    """What the queue remembers of a pod (QueuedPodInfo).

    Attributes
    ----------
    draw
        The pod's own number from 0 to 1, for ties.
    preferred
        The node to take if it fits, whatever the scores say (a replayed recording's choice).
    chosen, chosen_us
        The node where it waits for its volumes, and since when.
    said
        The last answer that was given.
    moved
        Something happened that may help; it is looked at as soon as its back-off ends.
    armed
        It will be looked at by age.
    preempting
        Room is being made for it; if that was refused it tries again as soon as its back-off ends.
    """

    key: str
    draw: float
    preferred: str | None = None
    failed: int = 0
    failed_us: int = 0
    not_before: int = 0
    chosen: str | None = None
    chosen_us: int = 0
    said: object = None
    plugins: frozenset[str] = frozenset()
    moved: bool = False
    armed: bool = False
    preempting: bool = False


@dataclass(slots=True)
class SchedulingQueue:
    """All pods that have no node, by uid; those that were put aside also by the filters that refused them.

    Parameters
    ----------
    backoff_us, backoff_max_us
        After a failed attempt a pod waits this long, doubled each time up to the maximum (1 s to 10 s).
    """

    features: Features
    backoff_us: int = SECOND
    backoff_max_us: int = 10 * SECOND
    pods: dict[str, Queued] = field(default_factory=dict)
    aside: dict[frozenset[str], dict[str, Queued]] = field(default_factory=dict)
    unarmed: dict[str, Queued] = field(default_factory=dict)

    @property
    def leftover_us(self) -> int:
        """Return how old an unschedulable pod gets before it is tried again without a reason."""
        return (5 if self.features.has("QueueFiveMinutes") else 1) * MINUTE

    def due(self, known: Queued) -> int:
        """Return when the pod may be looked at: after its back-off, or by age (flushUnschedulablePods).

        From 1.33 on a scheduler that has nothing else to do takes a pod before its back-off ends (KEP-5142);
        here it always gets everything else done in the same instant.
        """
        if not known.failed or known.chosen is not None:
            return 0
        if known.moved and self.features.on("SchedulerPopFromBackoffQ"):
            return 0
        if known.moved or known.preempting:
            return known.not_before
        return max(_FLUSH.after(known.failed_us + self.leftover_us), known.not_before)

    def put_aside(self, uid: str, known: Queued, plugins: frozenset[str], now: int) -> None:
        """Remember a failed attempt (AddUnschedulableIfNotPresent)."""
        known.failed += 1
        known.failed_us = now
        known.not_before = now + doubled(known.failed - 1, self.backoff_us, self.backoff_max_us)
        known.plugins = plugins
        known.moved = known.armed = False
        self.aside.setdefault(plugins, {})[uid] = self.unarmed[uid] = known

    def forget(self, uid: str) -> Queued | None:
        """Drop a pod."""
        known = self.pods.pop(uid, None)
        if known is not None:
            self.aside.get(known.plugins, {}).pop(uid, None)
            self.unarmed.pop(uid, None)
        return known

    def move(self, uid: str) -> None:
        """Look at one pod again as soon as its back-off ends."""
        known = self.pods.get(uid)
        if known is not None and self.aside.get(known.plugins, {}).pop(uid, None) is not None:
            self.unarmed.pop(uid, None)
            known.moved = True

    def happened(self, what: str, concerns: Callable[[str], bool] | None = None) -> Iterable[str]:
        """Return the keys of the pods that an event concerns (movePodsToActiveOrBackoffQueue).

        Those it may help, if `concerns` says so of their key, are moved; the others begin to grow old, for
        what they wait for may have come unnoticed.
        """
        helped = HELPS[what]
        every = not self.features.has("QueueRegisteredEvents")
        keys = []
        for plugins, pods in self.aside.items():
            if pods and helped and (every or not plugins or plugins & helped):
                for uid, known in tuple(pods.items()):
                    if concerns is None or concerns(known.key):
                        keys.append(known.key)
                        self.move(uid)
        for known in self.unarmed.values():
            known.armed = True
            keys.append(known.key)
        self.unarmed.clear()
        return keys
