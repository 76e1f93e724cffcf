"""`get -w`: the objects that there are at an instant, then what becomes of them, each line with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.get import as_text, find, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statesim.analysis.objects import Seen
    from statesim.views.kubectl.get import Query
    from statesim.views.kubectl.tables import Table

    Document = Mapping[str, Any]

_CLOCK, _EVENT = 11, 11


def watch_lines(
    query: Query, seen: Iterable[Seen], at_us: int, until_us: int, *, verbs: bool = False
) -> Iterator[str]:
    """Yield the objects that there are at an instant, then every change of them that shows, with its time.

    kubectl prints a line for every update of an object; a table here has one only if a column other than an
    age says something else. The last line of an object that is deleted tells how it was, as kubectl's does.

    Parameters
    ----------
    seen
        Every change from the beginning of the run.
    verbs
        Begin each line with what became of the object, as ``--output-watch-events`` does.
    """
    watcher = _Watcher(query, verbs=verbs)
    begun = False
    for change in seen:
        if change.t_us > until_us:
            break
        if change.t_us > at_us and not begun:
            yield from watcher.all_at(at_us)
            begun = True
        if begun:
            yield from watcher.told(change)
        watcher.note(change)
    if not begun:
        yield from watcher.all_at(at_us)


class _Watcher:
    """What a watch has seen so far: the objects that are asked for, and a table for each kind."""

    def __init__(self, query: Query, *, verbs: bool) -> None:
        self._query = query
        self._verbs = verbs
        self._names = dict(query.asked.kinds)
        self._present: dict[str, Document] = {}
        self._tables: dict[str, Table] = {}

    def _wants(self, doc: Document) -> bool:
        names = self._names.get(doc["kind"])
        if names is None or (names and doc["metadata"]["name"] not in names):
            return False
        return self._query.wants(doc)

    def note(self, change: Seen) -> None:
        if change.verb != "DELETED" and self._wants(change.document):
            self._present[change.object] = change.document
        else:
            self._present.pop(change.object, None)

    def all_at(self, at_us: int) -> Iterator[str]:
        for _, docs in find(self._query, list(self._present.values())).groups:
            yield from self._lines("ADDED", docs, at_us)

    def told(self, change: Seen) -> Iterator[str]:
        """Yield what is printed about a change.

        An object whose labels change may come into sight, or leave it (apiserver
        pkg/storage/cacher/cache_watcher.go: convertToWatchEvent).
        """
        before = self._present.get(change.object)
        wanted = change.verb != "DELETED" and self._wants(change.document)
        if not change.visible:
            return
        if wanted and before is None:
            yield from self._lines("ADDED", [change.document], change.t_us)
        elif wanted and before is not None and self._shows(before, change):
            yield from self._lines("MODIFIED", [change.document], change.t_us)
        elif not wanted and before is not None:
            yield from self._lines("DELETED", [before], change.t_us)

    def _shows(self, before: Document, change: Seen) -> bool:
        """Tell whether a change is to be seen in what is printed; that time goes by is no news."""
        table = self._tables.get(change.document["kind"])
        return table is None or table.cells(before, change.t_us) != table.cells(change.document, change.t_us)

    def _lines(self, verb: str, docs: Sequence[Document], t_us: int) -> Iterator[str]:
        """Yield the lines of objects of one kind, after the header if it is the first time."""
        kind, output = docs[0]["kind"], self._query.output
        front = f"{t_us / 1_000_000:.3f}s".ljust(_CLOCK) + (verb.ljust(_EVENT) if self._verbs else "")
        if output in ("yaml", "json"):
            for doc in docs:
                shown = {"object": doc, "type": verb} if self._verbs else doc
                yield from ("---", as_text(shown, output).rstrip("\n"))
        elif output == "name":
            yield from (front + named(doc) for doc in docs)
        elif kind in self._tables:
            yield from (front + self._tables[kind].line(doc, t_us) for doc in docs)
        else:
            table = self._tables[kind] = self._query.table(
                kind, prefixed=self._query.asked.several or len(self._names) > 1
            )
            header, *lines = table.lines(docs, t_us)
            yield "AT".ljust(_CLOCK) + ("EVENT".ljust(_EVENT) if self._verbs else "") + header
            yield from (front + line for line in lines)
