"""The objects of a finished run at any instant, folded from its changes; nothing is simulated again."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.wire.journal import ObjectChange
from statesim.errors import StatesimError
from statesim.scenario.patching import merge_patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from statesim.analysis.record import RunRecord
    from statesim.cluster.wire import Document


class Seen(NamedTuple):
    """One object as a watcher sees it: when, by which verb, and the whole document after the change.

    Of a deleted object the document is the last one that there was.
    """

    t_us: int
    verb: str
    object: str
    document: Document
    visible: bool


def fold(changes: Iterable[ObjectChange]) -> Iterator[Seen]:
    """Yield what a watcher of everything sees, change by change.

    Documents share their unchanged parts: whoever wants to change one copies it first. `visible` is False for
    a write of which the API would show nothing but another resourceVersion.
    """
    present: dict[str, Document] = {}
    for change in changes:
        visible = True
        if change.verb == "ADDED":
            document = present[change.object] = change.change
        elif change.verb == "MODIFIED":
            document = present[change.object] = merge_patch(present[change.object], change.change)
            visible = change.change.keys() != {"metadata"} or set(change.change["metadata"]) != {
                "resourceVersion"
            }
        else:
            document = present.pop(change.object)
        yield Seen(change.t_us, change.verb, change.object, document, visible)


def objects_at(changes: Iterable[ObjectChange], at_us: int) -> dict[str, Document]:
    """Return every object that there is at an instant, changes at that instant included, by ``Kind/name``."""
    present: dict[str, Document] = {}
    for seen in fold(_until(changes, at_us)):
        if seen.verb == "DELETED":
            del present[seen.object]
        else:
            present[seen.object] = seen.document
    return present


def _until(changes: Iterable[ObjectChange], at_us: int) -> Iterator[ObjectChange]:
    for change in changes:
        if change.t_us > at_us:
            return
        yield change


def read_objects(path: Path) -> list[ObjectChange]:
    """Read an ``objects.jsonl`` back; an absent file is an empty list."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [ObjectChange.read(line) for line in file]


class ObjectRecord:
    """The objects of one variant's run.

    Raises
    ------
    StatesimError
        If the run has left none: it was written by an older version.
    """

    def __init__(self, record: RunRecord) -> None:
        if not record.objects:
            raise StatesimError(f"{record.variant}: no objects.jsonl here; run the scenario again with --out")
        self.record = record
        self.title = record.title or record.variant

    def objects_at(self, at_us: int, *, events: bool = False) -> list[Document]:
        """Return every object that there is at an instant, Events only if they are asked for."""
        from statesim.analysis.event_sources import events_at  # noqa: PLC0415 - it builds on this module

        found = list(objects_at(self.record.objects, at_us).values())
        return [*found, *events_at(self.record, at_us)] if events else found

    def changes(self, *, events: bool = False) -> Iterator[Seen]:
        """Yield every change of every object, in order of time."""
        from statesim.analysis.event_sources import event_changes  # noqa: PLC0415 - as above

        seen = fold(self.record.objects)
        if not events:
            return seen
        return merge(seen, event_changes(self.record), key=lambda change: change.t_us)
