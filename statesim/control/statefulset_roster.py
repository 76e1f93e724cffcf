"""A StatefulSet's pods by ordinal, kept from one pass to the next: a pass costs what has changed since.

Upstream judges every slot in every pass (stateful_set_control.go: updateStatefulSet). A set of 100,000 pods
is passed over some 100,000 times while it rolls. So what is well stays so until its pod or one of its claims
changes, and what a status counts is counted as pods change.
"""

from __future__ import annotations

from collections import Counter
from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

from statesim.control.ordinals import Ordinals
from statesim.control.statefulset_view import healthy, running_and_ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statesim.cluster.objects import Pod
    from statesim.control.statefulset_view import Slot
    from statesim.scenario.specs import StatefulSetSpec


class _Counted(NamedTuple):
    """What was counted for a pod."""

    revision: str
    living: bool
    ready: bool
    available: bool


class Roster:
    """The pods of one set, and what is known of its slots.

    Attributes
    ----------
    slots
        The wanted ordinals.
    pods
        By ordinal.
    troubled
        The slots that are empty, or whose pods are not known to be well.
    unsure
        Those of them that have to be judged again: something has changed, or is to be done.
    waiting
        What was found about the others: they wait for their pods.
    outside
        Ordinals of pods that are too many.
    revisions, living
        How many pods each revision has, and how many of them are not terminating.
    ready, available
        How many pods are Running and Ready, and for minReadySeconds.
    """

    __slots__ = (
        "_counted",
        "_of_revision",
        "_wait_us",
        "_young",
        "available",
        "living",
        "outside",
        "pods",
        "ready",
        "revisions",
        "slots",
        "troubled",
        "unsure",
        "waiting",
    )

    def __init__(self, spec: StatefulSetSpec, pods: Iterable[tuple[int, Pod]], now: int) -> None:
        self.slots = slots = range(spec.start_ordinal, spec.start_ordinal + spec.replicas)
        self._wait_us = spec.min_ready_us
        self._counted: dict[int, _Counted] = {}
        self._young: dict[int, int] = {}
        self._of_revision: dict[str, Ordinals] = {}
        self.pods: dict[int, Pod] = {}
        self.troubled = Ordinals(slots)
        self.unsure = set(slots)
        self.waiting: dict[int, Slot] = {}
        self.outside = Ordinals()
        self.revisions: Counter[str] = Counter()
        self.living: Counter[str] = Counter()
        self.ready = 0
        self.available = 0
        for ordinal, pod in pods:
            self.note(ordinal, pod, now)

    # -- what has changed ---------------------------------------------------------------------------------

    def note(self, ordinal: int, pod: Pod | None, now: int) -> None:
        """Take in how an ordinal's pod is now, ``None`` if it has none; its slot is to be judged again."""
        before = self._forget(ordinal)
        if ordinal in self.slots:
            self.troubled.add(ordinal)
            self.unsure.add(ordinal)
            self.waiting.pop(ordinal, None)
        if pod is None:
            self._file(ordinal, before, None)
            return
        self.pods[ordinal] = pod
        ready, living = running_and_ready(pod), not pod.terminating
        counted = _Counted(pod.revision, living, ready, ready and pod.available(now, self._wait_us))
        self._counted[ordinal] = counted
        self._count(counted, 1)
        if pod.ready and pod.ready_since_us is not None and pod.ready_since_us + self._wait_us > now:
            self._young[ordinal] = pod.ready_since_us + self._wait_us
        self._file(ordinal, before, counted)

    def _forget(self, ordinal: int) -> _Counted | None:
        counted = self._counted.pop(ordinal, None)
        if counted is not None:
            del self.pods[ordinal]
            self._count(counted, -1)
            self._young.pop(ordinal, None)
        return counted

    def _file(self, ordinal: int, before: _Counted | None, now: _Counted | None) -> None:
        """Put a pod among those of its kind; most changes leave it, and the long lists, where they are."""
        if ordinal not in self.slots:
            (self.outside.discard if now is None else self.outside.add)(ordinal)
            return
        was = before.revision if before is not None and before.living else None
        is_now = now.revision if now is not None and now.living else None
        if was == is_now:
            return
        if was is not None:
            self._of_revision[was].discard(ordinal)
        if is_now is not None:
            self._of_revision.setdefault(is_now, Ordinals()).add(ordinal)

    def _count(self, counted: _Counted, by: int) -> None:
        self.revisions[counted.revision] += by
        if counted.living:
            self.living[counted.revision] += by
        self.ready += by * counted.ready
        self.available += by * counted.available

    def grow_older(self, now: int) -> None:
        """Take in that time has passed: pods have been Ready for minReadySeconds."""
        for ordinal in [ordinal for ordinal, due in self._young.items() if due <= now]:
            self.note(ordinal, self.pods[ordinal], now)

    def settle(self, judged: Mapping[int, Slot]) -> None:
        """Remember what was found about slots that have a pod and for which nothing is to be done."""
        for ordinal, slot in judged.items():
            if slot.calls or slot.error is not None or ordinal not in self.pods:
                continue
            self.unsure.discard(ordinal)
            if slot.well:
                self.troubled.discard(ordinal)
            else:
                self.waiting[ordinal] = slot
        # a set that once held every slot has as much room still, and to go through it takes as long
        self.unsure = set(self.unsure)

    # -- what a pass asks ---------------------------------------------------------------------------------

    def usable(self, pod: Pod, now: int) -> bool:
        """Tell whether a pod is healthy, and has been Ready for minReadySeconds (utils: isUnavailable)."""
        return healthy(pod) and pod.available(now, self._wait_us)

    def first_in_order(self, now: int) -> Iterator[int]:
        """Yield the troubled slots up to the first for which an ordered set surely waits, this one too."""
        for ordinal in self.troubled:
            yield ordinal
            pod = self.pods.get(ordinal)
            if pod is None or not self.usable(pod, now):
                return

    def next_available(self) -> int | None:
        """Return when the next Ready pod will have been so for minReadySeconds."""
        return min(self._young.values(), default=None)

    def outdated(self, newest: str) -> Iterator[int]:
        """Yield the slots whose pods are of another revision and not terminating, the highest first."""
        others = (reversed(of) for revision, of in self._of_revision.items() if revision != newest)
        return merge(*others, reverse=True)

    def to_update(self, newest: str) -> Iterator[int]:
        """Yield the slots that a rolling update comes to, the highest first: not well, or outdated."""
        return merge(reversed(self.troubled), self.outdated(newest), reverse=True)
