"""The objects of one run, Kubernetes' Events among them, at any instant and change by change."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from statesim.analysis.event_sources import event_changes, events_at
from statesim.analysis.objects import fold, objects_at
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.analysis.objects import Seen
    from statesim.analysis.record import RunRecord
    from statesim.cluster.wire import Document


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
        found = list(objects_at(self.record.objects, at_us).values())
        return [*found, *events_at(self.record, at_us)] if events else found

    def changes(self, *, events: bool = False) -> Iterator[Seen]:
        """Yield every change of every object, in order of time."""
        seen = fold(self.record.objects)
        if not events:
            return seen
        return merge(seen, event_changes(self.record), key=lambda change: change.t_us)
