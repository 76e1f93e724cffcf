"""What Events are told about: the objects as they are at each event of the trace, and who listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.event_recorder import Occurrence
from statesim.analysis.objects import apply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statesim.analysis.event_probes import Failing
    from statesim.cluster.wire import Document
    from statesim.cluster.wire.journal import ObjectChange
    from statesim.kernel.trace import TraceEvent
    from statesim.scenario.versions import Features

    # what is said when a trace event happens to an object
    Teller = Callable[["Scene", TraceEvent, Document], Iterator[Occurrence]]

NORMAL, WARNING = "Normal", "Warning"


def why(event: TraceEvent) -> str:
    """Return the reason that the trace gives for an event."""
    return str(event.fields.get("why", ""))


def sentence_of(event: TraceEvent) -> str:
    """Return the reason as it begins a sentence."""
    return why(event)[:1].upper() + why(event)[1:]


def as_told(kind: str, source: str) -> Teller:
    """Return a teller of what the trace has in the component's words already."""

    def tell(scene: Scene, event: TraceEvent, about: Document) -> Iterator[Occurrence]:
        yield scene.say(about, kind, event.event, why(event), source)

    return tell


class Scene:
    """The cluster as it is while one event of the trace is told.

    Attributes
    ----------
    features
        What the cluster's version has: words have changed from one to the next.
    t_us, by
        When it is, and which controller wrote ("" = somebody else).
    documents
        Every object that there is, by ``Kind/name``.
    deaf
        Nodes whose kubelet hears nothing, and since when.
    silences
        From when to when each node's kubelet heard and told nothing, those that are over.
    failing
        Probes that fail, by the pod's uid, the container and the kind.
    sizes
        How large each ReplicaSet was made last.
    killed
        Uids of pods whose kubelet has begun to stop their containers.
    """

    def __init__(self, features: Features) -> None:
        self.features = features
        self.t_us = 0
        self.by = ""
        self.documents: dict[str, Document] = {}
        self.deaf: dict[str, int] = {}
        self.silences: dict[str, list[tuple[int, int]]] = {}
        self.failing: dict[tuple[str, str, str], Failing] = {}
        self.sizes: dict[str, int] = {}
        self.killed: set[str] = set()

    def apply(self, change: ObjectChange) -> tuple[Document | None, Document]:
        """Take note of a write; return the document before and after it (of a deleted object the last)."""
        self.t_us = change.t_us
        return self.documents.get(change.object), apply(self.documents, change)

    def find(self, kind: str, name: str) -> Document | None:
        """Return the document of an object that is there."""
        return self.documents.get(f"{kind}/{name}")

    def owner(self, doc: Document) -> Document | None:
        """Return the object that controls another one."""
        for row in doc["metadata"].get("ownerReferences", ()):
            found = self.find(row["kind"], row["name"])
            if found is not None and found["metadata"]["uid"] == row["uid"]:
                return found
        return None

    def pods_on(self, node: str) -> Iterator[Document]:
        """Yield the pods that are bound to a node."""
        for key, doc in self.documents.items():
            if key.startswith("Pod/") and doc["spec"].get("nodeName") == node:
                yield doc

    def was_deaf(self, node: str, t_us: int) -> bool:
        """Tell whether a node's kubelet heard and told nothing at an instant."""
        since = self.deaf.get(node)
        if since is not None and t_us >= since:
            return True
        return any(start <= t_us < end for start, end in self.silences.get(node, ()))

    def say(
        self, about: Document, kind: str, reason: str, message: str, component: str, *, path: str = ""
    ) -> Occurrence:
        """Return what a component of the control plane says of an object now."""
        return Occurrence(self.t_us, about, kind, reason, message, component, "", path)

    def kubelet(self, pod: Document, kind: str, reason: str, message: str, container: str = "") -> Occurrence:
        """Return what a pod's kubelet says of it, or of one of its containers."""
        init = any(row["name"] == container for row in pod["spec"].get("initContainers", ()))
        part = "initContainers" if init else "containers"
        path = f"spec.{part}{{{container}}}" if container else ""
        host = pod["spec"].get("nodeName", "")
        return Occurrence(self.t_us, pod, kind, reason, message, "kubelet", host, path)
