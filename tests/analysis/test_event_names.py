"""The table of events is whole: what the code emits is in it, and what is in it the code emits and a page explains."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from statesim.analysis.event_names import EVENT_NAMES
from statesim.cluster.wire import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

WORDS = {word for words in EVENT_NAMES.values() for word in words}
# how an event comes about: the call, and the place of the event among what is given to it
CALLS = {
    "emit": 1,
    "note": 1,
    "write": 1,
    "remove": 1,
    "create": 1,
    "Create": 1,
    "Write": 1,
    "tell": 1,
    "let_go": 2,
}
# these packages read traces
READERS = ("analysis", "views")


def trees(root: Path) -> Iterator[ast.AST]:
    """Yield the source of all that can emit."""
    for file in sorted((root / "statesim").rglob("*.py")):
        if file.relative_to(root / "statesim").parts[0] not in READERS:
            yield ast.parse(file.read_text(encoding="utf-8"))


def emitted(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the events that are written out in calls; the kind is "" where the call does not tell it."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        given = [word.value for word in call.keywords if word.arg == "event"]
        if name in CALLS and len(call.args) > CALLS[name]:
            given.append(call.args[CALLS[name]])
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield kind_of(call.args[0]) if name == "emit" else "", value.value


def kind_of(key: ast.expr) -> str:
    """Return the kind of ``f"Node/{name}"``."""
    first = key.values[0] if isinstance(key, ast.JoinedStr) else None
    text = first.value if isinstance(first, ast.Constant) else ""
    return re.split("[/-]", str(text))[0]


def test_every_event_that_the_code_emits_stands_in_the_table(pytestconfig: pytest.Config) -> None:
    found = {pair for tree in trees(pytestconfig.rootpath) for pair in emitted(tree)}
    assert len(found) > 80
    assert {event for _, event in found} - WORDS == set()
    assert {(kind, event) for kind, event in found if kind and event not in EVENT_NAMES[kind]} == set()


def test_every_event_of_the_table_can_be_emitted(pytestconfig: pytest.Config) -> None:
    nodes = [node for tree in trees(pytestconfig.rootpath) for node in ast.walk(tree)]
    written = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    made = {"FailedCreate", "FailedUpdate", "FailedDelete"}  # f"Failed{verb}"
    assert WORDS - made - written == set()


def test_every_event_is_explained(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "reference" / "trace.md").read_text(encoding="utf-8")
    told: dict[str, set[str]] = defaultdict(set)
    kinds: list[str] = []
    for line in page.splitlines():
        cells = line.split(" | ")
        if not line.startswith("| ") or len(cells) < 3:
            kinds = kinds if line.startswith("|") else []
            continue
        about = re.findall(r"`([A-Z][A-Za-z]+)", cells[0])
        kinds = about or (["any"] if "any" in cells[0] else kinds)
        for kind in kinds:
            told[kind].update(re.findall(r"`([A-Z][A-Za-z]+)`", cells[1] + cells[2]))
    hidden = {
        (kind, word)
        for kind, words in EVENT_NAMES.items()
        for word in words
        if word not in told[kind] and not (kind in RESOURCES and word in told["any"])
    }
    assert hidden == set()
