"""The objects of a finished run at any instant, folded from its changes; nothing is simulated again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.wire.journal import ObjectChange
from statesim.scenario.patching import merge_patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

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


def apply(present: dict[str, Document], change: ObjectChange) -> Document:
    """Take note of a change among the objects that there are; return its document, of a deletion the last."""
    match change.verb:
        case "ADDED":
            present[change.object] = change.change
        case "MODIFIED":
            present[change.object] = merge_patch(present[change.object], change.change)
        case _:
            return present.pop(change.object)
    return present[change.object]


def fold(changes: Iterable[ObjectChange]) -> Iterator[Seen]:
    """Yield what a watcher of everything sees, change by change.

    Documents share their unchanged parts: whoever wants to change one copies it first. `visible` is False for
    a write of which the API would show nothing but another resourceVersion.
    """
    present: dict[str, Document] = {}
    for change in changes:
        document = apply(present, change)
        unseen = change.verb == "MODIFIED" and change.change.keys() == {"metadata"}
        visible = not (unseen and change.change["metadata"].keys() == {"resourceVersion"})
        yield Seen(change.t_us, change.verb, change.object, document, visible)


def objects_at(changes: Iterable[ObjectChange], at_us: int) -> dict[str, Document]:
    """Return every object that there is at an instant, changes at that instant included, by ``Kind/name``."""
    present: dict[str, Document] = {}
    for change in changes:
        if change.t_us > at_us:
            break
        apply(present, change)
    return present


def read_objects(path: Path) -> list[ObjectChange]:
    """Read an ``objects.jsonl`` back; an absent file is an empty list."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [ObjectChange.read(line) for line in file]
