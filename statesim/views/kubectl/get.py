"""`get`: which objects were asked for, in the form that was asked for; and what becomes of them (`-w`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.cluster.wire import RESOURCES
from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean
from statesim.views.kubectl.resources import Asked, NotFoundError, asked_for, full_name, group_resource
from statesim.views.kubectl.selecting import parse_selector, selected
from statesim.views.kubectl.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statesim.analysis.objects import Seen
    from statesim.views.kubectl.selecting import Requirement

    Document = Mapping[str, Any]

OUTPUTS = ("wide", "yaml", "json", "name")


class Query(NamedTuple):
    """What to show and how; `output` is "" for a plain table."""

    asked: Asked
    labels: Sequence[Requirement] = ()
    output: str = ""


def query(words: Sequence[str], selector: str = "", output: str = "") -> Query:
    """Return what is asked for in kubectl's words.

    Raises
    ------
    StatesimError
        If there is no such resource type or output format, or the selector is none.
    """
    labels = parse_selector(selector) if selector else ()
    return Query(asked_for(words), labels, checked_output(output))


class Answer(NamedTuple):
    """What goes to standard output, and what to standard error."""

    lines: list[str]
    errors: list[str]


def checked_output(output: str) -> str:
    """Return an output format that there is.

    Raises
    ------
    StatesimError
        If there is none of that name.
    """
    if output and output not in OUTPUTS:
        hint = did_you_mean(output, OUTPUTS)
        raise StatesimError(
            f"unable to match a printer suitable for the output format {output!r}, "
            f"allowed formats are: {', '.join(OUTPUTS)}" + (f" ({hint})" if hint else "")
        )
    return output


def not_found(kind: str, name: str) -> str:
    """Return the API server's words for an object that is not there."""
    return f'Error from server (NotFound): {group_resource(kind)} "{name}" not found'


def order(kind: str, docs: Iterable[Document]) -> list[Document]:
    """Return objects as kubectl lists them: by name; Events by the time they were last seen."""
    if kind == "Event":
        return sorted(docs, key=lambda doc: str(doc["lastTimestamp"]))
    return sorted(docs, key=lambda doc: str(doc["metadata"]["name"]))


def _picked(query: Query, kind: str, names: Sequence[str], docs: Iterable[Document]) -> list[Document]:
    of_kind = [doc for doc in docs if doc["kind"] == kind and selected(doc, query.labels)]
    if not names:
        return order(kind, of_kind)
    by_name = {doc["metadata"]["name"]: doc for doc in of_kind}
    return [by_name[name] for name in names if name in by_name]


def get(query: Query, docs: Sequence[Document], now_us: int) -> Answer:
    """Return what `get` prints about the objects that there are at an instant."""
    groups = [(kind, _picked(query, kind, names, docs)) for kind, names in query.asked.kinds]
    errors = [
        not_found(kind, name)
        for (kind, names), (_, found) in zip(query.asked.kinds, groups, strict=True)
        for name in names
        if name not in {doc["metadata"]["name"] for doc in found}
    ]
    shown = [(kind, found) for kind, found in groups if found]
    if not shown:
        return Answer([], errors or [_nothing(query.asked)])
    if query.output in ("yaml", "json"):
        everything = [doc for _, found in shown for doc in found]
        return Answer(_plain(query, everything), errors)
    if query.output == "name":
        lines = [f"{full_name(kind)}/{doc['metadata']['name']}" for kind, found in shown for doc in found]
        return Answer(lines, errors)
    lines = []
    for index, (kind, found) in enumerate(shown):
        table = Table(kind, wide=query.output == "wide", prefixed=query.asked.several)
        lines += ([""] if index else []) + table.lines(found, now_us)
    return Answer(lines, errors)


def documents(query: Query, docs: Sequence[Document]) -> Any:
    """Return the objects that were asked for: one if it was asked for by its name, else a list.

    Raises
    ------
    NotFoundError
        If there is no object of a name that was asked for.
    """
    found = []
    for kind, names in query.asked.kinds:
        there = _picked(query, kind, names, docs)
        known = {doc["metadata"]["name"] for doc in there}
        missing = [name for name in names if name not in known]
        if missing:
            raise NotFoundError(not_found(kind, missing[0]))
        found += there
    return found[0] if query.asked.named and len(found) == 1 else found


def _nothing(asked: Asked) -> str:
    namespaced = any(RESOURCES[kind].namespaced for kind, _ in asked.kinds)
    return "No resources found in default namespace." if namespaced else "No resources found"


def _plain(query: Query, docs: Sequence[Document]) -> list[str]:
    alone = query.asked.named and len(docs) == 1
    shown: Document = (
        docs[0]
        if alone
        else {"apiVersion": "v1", "items": list(docs), "kind": "List", "metadata": {"resourceVersion": ""}}
    )
    return as_text(shown, query.output).splitlines()


def as_text(doc: Document, output: str) -> str:
    """Return a document as kubectl writes it: keys sorted, JSON by four spaces, YAML by two."""
    if output == "json":
        return json.dumps(doc, indent=4, sort_keys=True, ensure_ascii=False)
    import yaml  # noqa: PLC0415 - only needed here

    class Plain(yaml.SafeDumper):
        """Writes shared parts out each time instead of pointing at the first."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

        def represent_str(self, data: str) -> yaml.ScalarNode:
            tag = self.resolve(yaml.ScalarNode, data, (True, False))  # type: ignore[no-untyped-call]
            plain = tag == "tag:yaml.org,2002:str"
            return self.represent_scalar("tag:yaml.org,2002:str", data, None if plain else '"')

    Plain.add_representer(str, Plain.represent_str)
    text: str = yaml.dump(doc, Dumper=Plain, sort_keys=True, allow_unicode=True, width=2**31)
    return text


def watch_lines(query: Query, seen: Iterable[Seen], at_us: int, until_us: int) -> Iterator[str]:
    """Yield the objects that there are at an instant, then every change of them, with its time.

    Parameters
    ----------
    seen
        Every change from the beginning of the run.
    """
    watcher = _Watcher(query)
    begun = False
    for change in seen:
        if change.t_us > until_us:
            break
        if change.t_us > at_us and not begun:
            yield from watcher.all_at(at_us)
            begun = True
        if begun and change.visible and watcher.wants(change.document):
            yield from watcher.told(change.document, change.t_us)
        watcher.note(change)
    if not begun:
        yield from watcher.all_at(at_us)


class _Watcher:
    """What a watch has shown so far: a table for each kind, and the objects that there are."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._wanted = dict(query.asked.kinds)
        self._present: dict[str, Document] = {}
        self._tables: dict[str, Table] = {}

    def wants(self, doc: Document) -> bool:
        names = self._wanted.get(doc["kind"])
        if names is None or (names and doc["metadata"]["name"] not in names):
            return False
        return selected(doc, self._query.labels)

    def note(self, change: Seen) -> None:
        if change.document["kind"] not in self._wanted:
            return
        if change.verb == "DELETED":
            self._present.pop(change.object, None)
        else:
            self._present[change.object] = change.document

    def all_at(self, at_us: int) -> Iterator[str]:
        for kind, names in self._query.asked.kinds:
            found = _picked(self._query, kind, names, self._present.values())
            if self._query.output in ("", "wide") and found:
                yield from self._begin(kind, found, at_us)
            else:
                for doc in found:
                    yield from self.told(doc, at_us)

    def _begin(self, kind: str, docs: Sequence[Document], t_us: int) -> Iterator[str]:
        prefixed = self._query.asked.several or len(self._wanted) > 1
        table = self._tables[kind] = Table(kind, wide=self._query.output == "wide", prefixed=prefixed)
        header, *lines = table.lines(docs, t_us)
        yield "AT".ljust(_CLOCK) + header
        yield from (_clock(t_us) + line for line in lines)

    def told(self, doc: Document, t_us: int) -> Iterator[str]:
        """Yield what is printed about one object."""
        kind, output = doc["kind"], self._query.output
        if output in ("yaml", "json"):
            yield from ("---", as_text(doc, output).rstrip("\n"))
        elif output == "name":
            yield f"{_clock(t_us)}{full_name(kind)}/{doc['metadata']['name']}"
        elif kind in self._tables:
            yield _clock(t_us) + self._tables[kind].line(doc, t_us)
        else:
            yield from self._begin(kind, [doc], t_us)


_CLOCK = 11


def _clock(t_us: int) -> str:
    return f"{t_us / 1_000_000:.3f}s".ljust(_CLOCK)
