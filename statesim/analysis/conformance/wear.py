"""When a controller's client had little left of its burst: then milliseconds decide what is written when.

A controller's requests, and the Events that tell of them, come out of one bucket: 30, and 20 a second
(kube-controller-manager ``--kube-api-burst``, ``--kube-api-qps``; client-go util/flowcontrol). How many it
makes depends on how many changes one pass finds together, and in the recordings a change takes from 5 to
40 ms to the pass that it leads to: two pods that get Ready 30 ms apart are one pass or two, and a pass of a
rollout costs up to nine requests. Nobody feels that until the bucket is empty. From then on each write waits
for those before it, 50 ms for each, and two runs of one control plane write other numbers at other times.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.conformance.recording import has_ordinal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from statesim.analysis.conformance.recording import Seen

BURST = 30
QPS = 20
# What a recording does not show is what was asked again after a conflict: worn is who has spent half.
LEAST = BURST // 2
Wear = dict[str, tuple[float, ...]]


class _Bucket(NamedTuple):
    t: float = 0.0
    left: float = BURST

    def spend(self, t: float, tokens: int) -> _Bucket:
        refilled = min(BURST, self.left + (t - self.t) * QPS)
        return _Bucket(t, max(0.0, refilled - tokens))


def wear(events: Iterable[Seen], sets: Collection[str]) -> Wear:
    """Return, for the controllers of pods, the instants at which they had less than half of their burst.

    A pod that is made or told to go is a request and an Event; a status is one request. (A change of
    ``spec_replicas`` is another controller's request, and followed by one that only notes the generation.)
    """
    buckets: dict[str, _Bucket] = {}
    found: dict[str, list[float]] = {}
    for seen in events:
        kind = "StatefulSet" if seen.kind == "Pod" and has_ordinal(seen.name, sets) else "ReplicaSet"
        tokens = 2 if seen.kind == "Pod" and seen.event in ("Created", "Terminating") else 0
        if seen.event == "Status" and seen.kind in ("StatefulSet", "ReplicaSet"):
            kind, tokens = seen.kind, 1
        if tokens:
            buckets[kind] = buckets.get(kind, _Bucket()).spend(seen.t, tokens)
            if buckets[kind].left < LEAST:
                found.setdefault(kind, []).append(seen.t)
    return {kind: tuple(times) for kind, times in found.items()}


def worn_near(wears: Wear, name: str, slack_s: Callable[[float], float]) -> Callable[[float], bool]:
    """Return a function that tells whether the client behind a workload's numbers was worn about then.

    Behind those of a Deployment is the ReplicaSet controller's: they are sums of what it writes.
    """
    kind = "StatefulSet" if name.startswith("StatefulSet/") else "ReplicaSet"
    times = wears.get(kind, ())

    def near(t: float) -> bool:
        slack = slack_s(t)
        place = bisect_left(times, t - slack)
        return place < len(times) and times[place] <= t + slack

    return near
