"""The store's journal as documents: one change a write, the first whole, the others as merge patches.

A merge patch (RFC 7386) names what is different and nothing else, so that an object at any instant is the
fold of its changes. Documents have no nulls: a null in a patch always means that the field is gone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from statesim.cluster.objects import KINDS
from statesim.cluster.wire import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statesim.cluster.objects import Object
    from statesim.cluster.store import Row
    from statesim.cluster.wire import Document, Frame

_CLASSES = {kind.KIND: kind for kind in KINDS}
_encode = json.JSONEncoder(separators=(", ", ": "), ensure_ascii=False).encode


class ObjectChange(NamedTuple):
    """One API write.

    Attributes
    ----------
    id
        The trace event that the write is, or that led to it.
    t_us
        When, in microseconds.
    object
        ``Kind/name`` as in the trace.
    uid
        The object's uid as in the trace.
    change
        The document for ``ADDED``, a merge patch of the former one for ``MODIFIED``, empty for ``DELETED``.
    by
        The controller that wrote; "" for kubelets and people.
    """

    id: int | None
    t_us: int
    verb: Literal["ADDED", "MODIFIED", "DELETED"]
    object: str
    uid: str
    change: Document
    by: str = ""

    def line(self) -> str:
        """Return the change as one line of ``objects.jsonl``, without the line end."""
        row: dict[str, Any] = {"id": self.id, "t": self.t_us / 1_000_000, "verb": self.verb}
        row |= {"object": self.object, "uid": self.uid}
        if self.by:
            row["by"] = self.by
        if self.verb == "ADDED":
            row["document"] = self.change
        elif self.verb == "MODIFIED":
            row["patch"] = self.change
        return _encode(row)

    @classmethod
    def read(cls, line: str) -> ObjectChange:
        """Return the change of a line."""
        row = json.loads(line)
        change = row.get("document") or row.get("patch") or {}
        t_us = round(row["t"] * 1_000_000)
        return cls(row["id"], t_us, row["verb"], row["object"], row["uid"], change, row.get("by", ""))


class Changes(Sequence[ObjectChange]):
    """A journal as changes of documents, rendered anew by whoever goes through it: nothing is kept."""

    __slots__ = ("_frame", "_journal")

    def __init__(self, journal: Sequence[Row], frame: Frame) -> None:
        self._journal = journal
        self._frame = frame

    def __len__(self) -> int:
        return len(self._journal)

    def __iter__(self) -> Iterator[ObjectChange]:
        return changes(self._journal, self._frame)

    def added(self, *kinds: str) -> Iterator[ObjectChange]:
        """Yield only the objects of these kinds as they were when they were made; nothing else is rendered.

        Their resourceVersions are not those of the whole journal.
        """
        rows = (row for row in self._journal if row.verb == "ADDED" and row.kind in kinds)
        return changes(rows, self._frame)

    @overload
    def __getitem__(self, index: int) -> ObjectChange: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ObjectChange]: ...
    def __getitem__(self, index: int | slice) -> ObjectChange | Sequence[ObjectChange]:
        return list(self)[index]


def changes(journal: Iterable[Row], frame: Frame) -> Iterator[ObjectChange]:
    """Yield every write of the journal as a change of a document.

    Each object is followed attribute by attribute in a shadow, and rendered after every write.
    """
    shadows: dict[tuple[str, str], tuple[Object, Document]] = {}
    for number, row in enumerate(journal, 1):
        where = (row.kind, row.name)
        key = f"{row.kind}/{row.name}"
        if row.verb == "DELETED":
            del shadows[where]
            yield ObjectChange(row.event, row.t_us, "DELETED", key, row.uid, {}, row.by)
            continue
        if row.verb == "ADDED":
            shadow, before = _shadow(row), None
        else:
            shadow, before = shadows[where]
            for attribute, value in row.changes.items():
                setattr(shadow, attribute, value)
        shadow.version = number
        after = document(shadow, frame, before, row.changes)
        shadows[where] = (shadow, after)
        change = after if before is None else difference(before, after)
        yield ObjectChange(row.event, row.t_us, row.verb, key, row.uid, change, row.by)


def _shadow(row: Row) -> Object:
    kind = _CLASSES[row.kind]
    shadow = kind.__new__(kind)
    for attribute, value in row.changes.items():
        setattr(shadow, attribute, value)
    return shadow


def difference(before: Document, after: Document) -> Document:
    """Return the merge patch that makes `after` of `before`: lists are replaced, null means gone."""
    patch: Document = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name, patch)  # `patch` is nobody's value
        if old is value:
            continue
        if isinstance(value, dict) and isinstance(old, dict) and old is not patch:
            if inner := difference(old, value):
                patch[name] = inner
        elif old is patch or old != value:
            patch[name] = value
    return patch
