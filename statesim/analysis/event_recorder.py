"""Kubernetes' Events, counted and merged as client-go does it before it writes them.

The same thing said again of the same object is one Event with a count; many like it that differ only in
their words become "(combined from similar events)"; who says too much of one object is not heard for a while.

Source: client-go tools/record/events_cache.go (EventCorrelator, eventLogger, EventAggregator,
EventSourceObjectSpamFilter); the API server forgets an Event after an hour (``--event-ttl``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.wire import NAMESPACE, timestamp
from statesim.kernel.streams import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statesim.cluster.wire import Document

SIMILAR = 10  # defaultAggregateMaxEvents
INTERVAL_US = 600_000_000  # defaultAggregateIntervalInSeconds
BURST = 25  # defaultSpamBurst
REFILL_US = 300_000_000  # one more every five minutes (defaultSpamQPS)
TTL_US = 3_600_000_000
_EPOCH_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z


class Occurrence(NamedTuple):
    """Something that a component says of an object.

    Attributes
    ----------
    about
        The object's document as it is then.
    type
        ``Normal`` or ``Warning``.
    component, host
        Who says it, and on which node if it is a kubelet.
    path
        Which part of the object is meant: ``spec.containers{db}``.
    """

    t_us: int
    about: Document
    type: str
    reason: str
    message: str
    component: str
    host: str = ""
    path: str = ""


class Recorded(NamedTuple):
    """An Event after it was written or counted up, and when."""

    t_us: int
    verb: str
    event: Document


class _Group:
    """The different messages of one kind about one object within the interval."""

    __slots__ = ("last_us", "messages")

    def __init__(self) -> None:
        self.last_us = 0
        self.messages: set[str] = set()


class _Bucket:
    """How much one source may still say about one object."""

    __slots__ = ("at_us", "left")

    def __init__(self, at_us: int) -> None:
        self.at_us = at_us
        self.left = float(BURST)

    def take(self, now_us: int) -> bool:
        self.left = min(float(BURST), self.left + (now_us - self.at_us) / REFILL_US)
        self.at_us = now_us
        if self.left < 1:
            return False
        self.left -= 1
        return True


def record(occurrences: Iterable[Occurrence]) -> Iterator[Recorded]:
    """Yield every write of an Event that the occurrences, in order of time, lead to."""
    groups: dict[tuple[str, ...], _Group] = {}
    known: dict[tuple[str, ...], Recorded] = {}
    buckets: dict[tuple[str, ...], _Bucket] = {}
    for seen in occurrences:
        source = (seen.component, seen.host)
        about = (seen.about["kind"], seen.about["metadata"]["name"], seen.about["metadata"]["uid"])
        similar = (*source, *about, seen.type, seen.reason)
        group = groups.setdefault(similar, _Group())
        if seen.t_us - group.last_us > INTERVAL_US:
            group.messages.clear()
        group.last_us = seen.t_us
        group.messages.add(seen.message)
        combined = len(group.messages) >= SIMILAR
        message = f"(combined from similar events): {seen.message}" if combined else seen.message
        if combined:
            group.messages.pop()
        if not buckets.setdefault((*source, *about), _Bucket(seen.t_us)).take(seen.t_us):
            continue
        key = similar if combined else (*similar, seen.path, seen.message)
        before = known.get(key)
        if before is None or seen.t_us - before.t_us > TTL_US:
            told = Recorded(seen.t_us, "ADDED", _new(seen, message))
        else:
            told = Recorded(seen.t_us, "MODIFIED", _again(before.event, seen, message))
        known[key] = told
        yield told


def _new(seen: Occurrence, message: str) -> Document:
    about = seen.about
    meta = about["metadata"]
    involved: Document = {
        "apiVersion": about["apiVersion"],
        "kind": about["kind"],
        "name": meta["name"],
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }
    if "namespace" in meta:
        involved["namespace"] = meta["namespace"]
    if seen.path:
        involved["fieldPath"] = seen.path
    name = f"{meta['name']}.{_EPOCH_NS + seen.t_us * 1000:x}"
    mark = digest("event", name, seen.reason, seen.message, size=16).hex()
    when = timestamp(seen.t_us)
    source = {"component": seen.component, **({"host": seen.host} if seen.host else {})}
    return {
        "apiVersion": "v1",
        "count": 1,
        "firstTimestamp": when,
        "involvedObject": involved,
        "kind": "Event",
        "lastTimestamp": when,
        "message": message,
        "metadata": {
            "creationTimestamp": when,
            "name": name,
            "namespace": NAMESPACE,
            "resourceVersion": meta["resourceVersion"],
            "uid": f"{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-a{mark[17:20]}-{mark[20:]}",
        },
        "reason": seen.reason,
        "reportingComponent": seen.component,
        "reportingInstance": seen.host,
        "source": source,
        "type": seen.type,
    }


def _again(before: Document, seen: Occurrence, message: str) -> Document:
    return {
        **before,
        "count": before["count"] + 1,
        "lastTimestamp": timestamp(seen.t_us),
        "message": message,
    }
