"""`get`: which objects were asked for, in the form that was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from statesim.cluster.wire import NAMESPACE, RESOURCES
from statesim.errors import StatesimError
from statesim.scenario.words import nearest
from statesim.views.kubectl.resources import Asked, NotFoundError, asked_for, full_name, group_resource
from statesim.views.kubectl.selecting import parse_selector, selected
from statesim.views.kubectl.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statesim.views.kubectl.selecting import Requirement

    Document = Mapping[str, Any]

OUTPUTS = ("wide", "yaml", "json", "name")


class Query(NamedTuple):
    """What to show and how.

    Attributes
    ----------
    asked
        Which kinds and names.
    labels
        What the objects' labels must be.
    output
        One of `OUTPUTS`; "" for a plain table.
    namespace
        Of namespaced objects only those in this one; "" for those of all namespaces.
    show_labels
        A table has a column of labels.
    """

    asked: Asked
    labels: Sequence[Requirement] = ()
    output: str = ""
    namespace: str = NAMESPACE
    show_labels: bool = False

    @property
    def events(self) -> bool:
        """Tell whether Events are asked for, which are worked out only then."""
        return any(kind == "Event" for kind, _ in self.asked.kinds)

    def wants(self, doc: Document) -> bool:
        """Tell whether an object's namespace and labels are those that are asked for."""
        namespace = doc["metadata"].get("namespace")
        return (not (namespace and self.namespace) or namespace == self.namespace) and selected(
            doc, self.labels
        )

    def table(self, kind: str, *, prefixed: bool) -> Table:
        """Return an empty table for objects of a kind."""
        return Table(
            kind,
            wide=self.output == "wide",
            prefixed=prefixed,
            namespaces=not self.namespace,
            labels=self.show_labels,
        )

    def nothing(self) -> str:
        """Return what kubectl says where there is nothing to show."""
        namespaced = any(RESOURCES[kind].namespaced for kind, _ in self.asked.kinds)
        where = f" in {self.namespace} namespace." if namespaced and self.namespace else ""
        return f"No resources found{where}"


def query(
    words: Sequence[str],
    selector: str = "",
    output: str = "",
    namespace: str = NAMESPACE,
    *,
    show_labels: bool = False,
) -> Query:
    """Return what is asked for in kubectl's words.

    Raises
    ------
    StatesimError
        If there is no such resource type or output format, the selector is none, or a name is given where
        kubectl takes none (cli-runtime resource/builder.go).
    """
    labels = parse_selector(selector) if selector else ()
    asked = asked_for(words)
    if asked.named and labels:
        raise StatesimError("name cannot be provided when a selector is specified")
    if asked.named and not namespace:
        raise StatesimError("a resource cannot be retrieved by name across all namespaces")
    return Query(asked, labels, checked_output(output), namespace, show_labels)


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
        near = nearest(output, OUTPUTS)
        raise StatesimError(
            f"unable to match a printer suitable for the output format {output!r}, "
            f"allowed formats are: {', '.join(OUTPUTS)}" + (f" (did you mean {near}?)" if near else "")
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


class Found(NamedTuple):
    """The objects that a query found, by kind in the order asked for, and what it did not find."""

    groups: list[tuple[str, list[Document]]]
    errors: list[str]


def find(query: Query, docs: Sequence[Document]) -> Found:
    """Return the objects that are asked for, and a NotFound error for each name that is not there."""
    found = Found([], [])
    for kind, names in query.asked.kinds:
        of_kind = [doc for doc in docs if doc["kind"] == kind and query.wants(doc)]
        if names:
            by_name = {doc["metadata"]["name"]: doc for doc in of_kind}
            found.errors.extend(not_found(kind, name) for name in names if name not in by_name)
            shown = [by_name[name] for name in names if name in by_name]
        else:
            shown = order(kind, of_kind)
        if shown:
            found.groups.append((kind, shown))
    return found


def get(query: Query, docs: Sequence[Document], now_us: int) -> Answer:
    """Return what `get` prints about the objects that there are at an instant."""
    groups, errors = find(query, docs)
    if not groups:
        return Answer([], errors or [query.nothing()])
    if query.output in ("yaml", "json"):
        return Answer(_plain(query, [doc for _, found in groups for doc in found]), errors)
    if query.output == "name":
        return Answer([named(doc) for _, found in groups for doc in found], errors)
    lines: list[str] = []
    for kind, found in groups:
        table = query.table(kind, prefixed=query.asked.several)
        lines += ([""] if lines else []) + table.lines(found, now_us)
    return Answer(lines, errors)


def documents(query: Query, docs: Sequence[Document]) -> Any:
    """Return the objects that were asked for: one if it was asked for by its name, else a list.

    Raises
    ------
    NotFoundError
        If there is no object of a name that was asked for.
    """
    groups, errors = find(query, docs)
    if errors:
        raise NotFoundError(errors[0])
    found = [doc for _, some in groups for doc in some]
    return found[0] if query.asked.named and len(found) == 1 else found


def named(doc: Document) -> str:
    """Return an object as ``-o name`` shows it."""
    return f"{full_name(doc['kind'])}/{doc['metadata']['name']}"


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
