"""The API server: every object, behind one write gate that bumps the version, traces, indexes and notifies.

Components read objects freely and change them only here (a test refuses attribute writes elsewhere).
Watchers are told at once, and are expected to do no more than note which key is dirty.
"""

from __future__ import annotations

from array import array
from dataclasses import fields as attributes
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from statesim.cluster.objects import (
    KINDS,
    EndpointSlice,
    Object,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    VolumeAttachment,
)
from statesim.errors import Conflict
from statesim.kernel.packed import Packed
from statesim.kernel.streams import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from statesim.kernel.clock import Clock
    from statesim.kernel.trace import Trace

T = TypeVar("T", bound=Object)
K = TypeVar("K")


class Change(NamedTuple):
    """What a watcher is told: the API's verb, the trace event, and the object after the change."""

    verb: Literal["ADDED", "MODIFIED", "DELETED"]
    event: str
    object: Any


class Row(NamedTuple):
    """One write in the journal: enough to follow every object through the run, attribute by attribute.

    Attributes
    ----------
    t_us
        When, in microseconds.
    event
        Id of the trace event that the write is, or that led to it; ``None`` for what no event led to.
    changes
        What the attributes are from now on; all of them for ``ADDED``, none for ``DELETED``.
    by
        The controller that wrote; "" for anybody else.
    """

    t_us: int
    event: int | None
    verb: Literal["ADDED", "MODIFIED", "DELETED"]
    kind: str
    name: str
    uid: str
    changes: Mapping[str, Any]
    by: str = ""


_ATTRIBUTES = {kind.KIND: tuple(row.name for row in attributes(kind)) for kind in KINDS}
_READ = {kind: attrgetter(*names) for kind, names in _ATTRIBUTES.items()}


def _pod_terms(pod: Pod) -> Iterator[tuple[str, str]]:
    if pod.node is not None:
        yield ("node", pod.node)
    yield ("owner", pod.owner.uid if pod.owner is not None else "")
    for claim in pod.spec.claims:
        yield ("claim", claim)
    for label in pod.labels.items():
        yield ("label", f"{label[0]}={label[1]}")


def _terms(obj: Object) -> tuple[tuple[str, str], ...]:
    """Return the index entries under which an object is found."""
    if isinstance(obj, Pod):
        return tuple(_pod_terms(obj))
    if isinstance(obj, VolumeAttachment):
        return (("volume", obj.volume), ("node", obj.node))
    owner = ("owner", obj.owner.uid if obj.owner is not None else "")
    if isinstance(obj, PersistentVolume):
        free = ("free", obj.storage_class)
        return (("claim", obj.claim) if obj.claim is not None else free, owner)
    if isinstance(obj, PersistentVolumeClaim):
        return (("volume", obj.volume or ""), owner)
    return (("service", obj.service), owner) if isinstance(obj, EndpointSlice) else (owner,)


_INDEXED = {"claim", "node", "owner", "labels", "storage_class", "volume"}


class Store:
    """All objects of the cluster, by kind and name.

    Attributes
    ----------
    journal
        Every write, in order. A row's place, counted from 1, is the object's ``version`` after it: one count
        for the whole cluster, as etcd's revision.
    writer
        The controller that writes at present, "" for anybody else (kubelets, people).
    """

    def __init__(self, clock: Clock, trace: Trace, seed: int = 0) -> None:
        self.clock = clock
        self.trace = trace
        self._seed = seed
        self._objects: dict[str, dict[str, Any]] = {kind.KIND: {} for kind in KINDS}
        self._index: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._indexed_as: dict[str, tuple[tuple[str, str], ...]] = {}
        self._incarnations: dict[str, int] = {}
        self._watchers: dict[str, list[Callable[[Change], None]]] = {kind.KIND: [] for kind in KINDS}
        self._shared: dict[Callable[[Store], Any], Any] = {}
        self.journal: Packed[Row] = Packed(make=Row._make)
        self._led_to = array("q")
        self.writer = ""

    # -- reading ---------------------------------------------------------------------------------------

    def get(self, kind: type[T], name: str) -> T | None:
        """Return the object of that kind and name, if there is one."""
        found: T | None = self._objects[kind.KIND].get(name)
        return found

    def find(self, key: str) -> Object | None:
        """Return the object with that ``Kind/name``, if there is one."""
        kind, _, name = key.partition("/")
        found: Object | None = self._objects.get(kind, {}).get(name)
        return found

    def all(self, kind: type[T]) -> Iterable[T]:
        """Return the objects of a kind, in order of creation."""
        return self._objects[kind.KIND].values()

    def by(self, kind: type[T], term: str, value: str) -> tuple[T, ...]:
        """Return the objects found under an index term, in order of creation.

        Terms: ``node``, ``owner`` (uid), ``claim`` (pods that mount it), ``label`` ("key=value") for pods;
        ``volume`` and ``node`` for attachments; ``claim`` for volumes, or ``free`` (the class) for those
        without one; ``volume`` for claims ("" = none yet); ``service`` for slices; ``owner`` for every kind
        ("" = nobody).
        """
        return tuple(self._index.get((kind.KIND, term, value), {}).values())

    def pods_matching(self, labels: Mapping[str, str], *, ownerless: bool = False) -> tuple[Pod, ...]:
        """Return the pods that carry all of `labels`, perhaps only those that nobody owns.

        None for an empty mapping, unless they are to be ownerless.
        """
        terms = [("label", f"{label}={value}") for label, value in labels.items()]
        terms += [("owner", "")] if ownerless else []
        found = min((self._index.get(("Pod", *term), {}) for term in terms), key=len, default={})
        return tuple(
            pod
            for pod in found.values()
            if (not ownerless or pod.owner is None) and labels.items() <= pod.labels.items()
        )

    def workload(self, pod: Pod) -> str:
        """Return ``Kind/name`` of the workload behind a pod: of the Deployment, not of its ReplicaSet.

        A pod that nobody owns is its own workload.
        """
        if pod.owner is None:
            return pod.key
        if pod.owner.kind == "ReplicaSet":
            owner = self.find(pod.owner.key)
            return owner.owner.key if owner is not None and owner.owner is not None else pod.owner.key
        return pod.owner.key

    def watch(self, kinds: Iterable[type[Object]], watcher: Callable[[Change], None]) -> None:
        """Tell `watcher` of every change to objects of `kinds` from now on."""
        for kind in kinds:
            self._watchers[kind.KIND].append(watcher)

    def shared(self, make: Callable[[Store], K]) -> K:
        """Return what `make` keeps of this store: made when first asked for, one for all who ask.

        As an index of a shared informer it watches the store, and tells nobody.
        """
        if make not in self._shared:
            self._shared[make] = make(self)
        kept: K = self._shared[make]
        return kept

    # -- the write gate --------------------------------------------------------------------------------

    def create(self, obj: T, event: str = "Created", /, **fields: Any) -> T:
        """Add an object; its uid, creation time and version are set here.

        Raises
        ------
        Conflict
            If an object of that kind and name exists already (``AlreadyExists``).
        """
        objects = self._objects[obj.KIND]
        if obj.name in objects:
            raise Conflict(f"{obj.key} already exists")
        incarnation = self._incarnations.get(obj.key, 0)
        self._incarnations[obj.key] = incarnation + 1
        obj.uid = digest(self._seed, obj.KIND, obj.name, incarnation, size=4).hex()
        obj.created_us = self.clock.now
        objects[obj.name] = obj
        self._reindex(obj)
        self._record("ADDED", obj, event, fields, {})
        return obj

    def write(self, obj: Object, event: str, changes: Mapping[str, Any], /, **fields: Any) -> None:
        """Change attributes of an object, and record it as `event` with `fields`.

        Raises
        ------
        Conflict
            If the object is no longer the one in the store (gone, or replaced by a namesake).
        """
        if self._objects[obj.KIND].get(obj.name) is not obj:
            raise Conflict(f"{obj.key} ({obj.uid}) is gone")
        changes = self._change(obj, changes)
        if not _INDEXED.isdisjoint(changes):
            self._reindex(obj)
        self._record("MODIFIED", obj, event, fields, changes)

    def report(self, obj: Object, changes: Mapping[str, Any], /) -> None:
        """Change details of an object's status on which nobody decides: no event, and no watcher is told.

        Nothing if the object is no longer the one in the store.
        """
        if self._objects[obj.KIND].get(obj.name) is obj:
            self._log(self.clock.cause, "MODIFIED", obj, self._change(obj, changes))

    def _change(self, obj: Object, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set attributes; count a change of the spec, or the request to go, as a new generation.

        Source: each kind's PrepareForUpdate in pkg/registry, apiserver pkg/registry/rest/delete.go.
        """
        if obj.generation and any(getattr(obj, name) != changes[name] for name in obj.SPEC & changes.keys()):
            changes = {**changes, "generation": obj.generation + 1}
        for attribute, value in changes.items():
            setattr(obj, attribute, value)
        return changes

    def remove(self, obj: Object, event: str = "Deleted", /, **fields: Any) -> None:
        """Take an object out for good.

        Raises
        ------
        Conflict
            If the object is no longer in the store.
        """
        if self._objects[obj.KIND].get(obj.name) is not obj:
            raise Conflict(f"{obj.key} ({obj.uid}) is gone")
        del self._objects[obj.KIND][obj.name]
        for term, value in self._indexed_as.pop(obj.key, ()):
            del self._index[obj.KIND, term, value][obj.name]
        self._record("DELETED", obj, event, fields, {})

    def note(self, obj: Object, event: str, /, **fields: Any) -> int:
        """Record something about an object that changes nothing in it (Kubernetes' Events); return its id."""
        return self.trace.emit(obj.key, event, **fields)

    def cause_of(self, obj: Object) -> int | None:
        """Return the id of the trace event that an object's latest write is, or that led to it."""
        event = self._led_to[obj.version - 1]
        return None if event < 0 else event

    def _reindex(self, obj: Object) -> None:
        before = self._indexed_as.get(obj.key, ())
        after = _terms(obj)
        if before == after:
            return
        for term, value in before:
            if (term, value) not in after:
                del self._index[obj.KIND, term, value][obj.name]
        for term, value in after:
            self._index.setdefault((obj.KIND, term, value), {})[obj.name] = obj
        self._indexed_as[obj.key] = after

    def _record(
        self,
        verb: Literal["ADDED", "MODIFIED", "DELETED"],
        obj: Object,
        event: str,
        fields: Mapping[str, Any],
        changes: Mapping[str, Any],
    ) -> None:
        clock = self.clock
        before = clock.cause
        clock.cause = self.trace.emit(obj.key, event, **fields)
        self._log(clock.cause, verb, obj, changes)
        change = Change(verb, event, obj)
        writer, self.writer = self.writer, ""
        for watcher in self._watchers[obj.KIND]:
            watcher(change)
        self.writer = writer
        clock.cause = before

    def _log(
        self,
        event: int | None,
        verb: Literal["ADDED", "MODIFIED", "DELETED"],
        obj: Object,
        changes: Mapping[str, Any],
    ) -> None:
        obj.version = len(self.journal) + 1
        kind = obj.KIND
        if verb == "ADDED":
            changes = dict(zip(_ATTRIBUTES[kind], _READ[kind](obj), strict=True))
        self._led_to.append(-1 if event is None else event)
        self.journal.append(Row(self.clock.now, event, verb, kind, obj.name, obj.uid, changes, self.writer))
