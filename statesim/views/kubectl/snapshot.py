"""The cluster at one instant, as a describer asks for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from statesim.cluster.wire import EPOCH, microseconds
from statesim.views.kubectl.words import since

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statesim.views.kubectl.tabs import Lines

    Document = Mapping[str, Any]


class Snapshot:
    """Objects and Events at an instant."""

    def __init__(self, docs: Sequence[Document], now_us: int) -> None:
        self.docs = docs
        self.now_us = now_us

    def of(self, kind: str) -> Iterator[Document]:
        """Yield the objects of a kind by name."""
        found = (doc for doc in self.docs if doc["kind"] == kind)
        yield from sorted(found, key=lambda doc: str(doc["metadata"]["name"]))

    def unfinished_pods(self) -> Iterator[Document]:
        """Yield the pods that have neither succeeded nor failed."""
        return (pod for pod in self.of("Pod") if pod["status"]["phase"] not in ("Succeeded", "Failed"))

    def owned(self, kind: str, owner: Document) -> Iterator[Document]:
        """Yield the objects of a kind that an object controls."""
        uid = owner["metadata"]["uid"]
        for doc in self.of(kind):
            if any(ref["uid"] == uid for ref in doc["metadata"].get("ownerReferences", ())):
                yield doc

    def since(self, timestamp: str | None) -> str:
        """Return how long ago a time was."""
        return since(timestamp, self.now_us)

    def events(self, lines: Lines, about: Document) -> None:
        """Add the Events of an object (describe.go: DescribeEvents)."""
        uid = about["metadata"]["uid"]
        mine = [doc for doc in self.docs if doc["kind"] == "Event" and doc["involvedObject"]["uid"] == uid]
        if not mine:
            lines.add(0, "Events:\t<none>")
            return
        lines.flush()
        lines.add(0, "Events:")
        lines.add(1, "Type\tReason\tAge\tFrom\tMessage")
        lines.add(1, "----\t------\t----\t----\t-------")
        for event in sorted(mine, key=lambda event: str(event["lastTimestamp"])):
            age = self.since(event["firstTimestamp"])
            if event["count"] > 1:
                age = f"{self.since(event['lastTimestamp'])} (x{event['count']} over {age})"
            cells = (event["type"], event["reason"], age, event["source"]["component"], event["message"])
            lines.add(1, "\t".join(cells))


def controller(doc: Document) -> str:
    """Return who controls an object, as ``Kind/name``; "" if nobody does."""
    owners = doc["metadata"].get("ownerReferences", ())
    return next((f"{ref['kind']}/{ref['name']}" for ref in owners if ref.get("controller")), "")


def moment(timestamp: str) -> str:
    """Return a time as Go's RFC1123Z: ``Thu, 01 Jan 2026 00:00:03 +0000``."""
    when = EPOCH + timedelta(microseconds=microseconds(timestamp))
    return when.strftime("%a, %d %b %Y %H:%M:%S +0000")
