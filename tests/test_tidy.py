"""Rules of the house that a linter does not know."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "statesim").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
OBJECT_ATTRIBUTES = {
    "deleted_us",
    "ready_since_us",
    "taints",
    "unschedulable",
    "finalizers",
    "manifest",
    "phase",
}


@pytest.mark.parametrize("path", FILES + TESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_idea_of_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_objects_change_only_through_the_write_gate() -> None:
    offenders = []
    for path in FILES:
        if path.name == "store.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr in OBJECT_ATTRIBUTES
                    and not (isinstance(target.value, ast.Name) and target.value.id == "self")
                ):
                    offenders.append(f"{path.relative_to(ROOT)}:{node.lineno} sets .{target.attr}")
    assert offenders == []


def test_no_promise_is_left_in_the_code() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    offenders = [
        str(path) for path in FILES if any(word in path.read_text(encoding="utf-8") for word in words)
    ]
    assert offenders == []


def test_nothing_reads_the_wall_clock_or_the_global_random() -> None:
    offenders = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if any(call in text for call in ("time.time(", "datetime.now(", " random.random()")):
            offenders.append(str(path.relative_to(ROOT)))

    assert offenders == []


def test_versions_are_compared_only_where_their_table_is() -> None:
    offenders = []
    tables = {"scenario/versions.py", "scenario/timings.py", "scenario/served.py"}
    for path in FILES:
        if str(path.relative_to(ROOT / "statesim")) in tables:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and any(
                _a_version(part) for part in (node.left, *node.comparators)
            ):
                offenders.append(f"{path.relative_to(ROOT)}:{node.lineno} compares a version of Kubernetes")
    assert offenders == []


def _a_version(part: ast.expr) -> bool:
    """Tell whether a side of a comparison is a minor version, by its name, or like "1.32"."""
    if isinstance(part, ast.Constant):
        return isinstance(part.value, str) and re.fullmatch(r"v?1\.[23]\d", part.value) is not None
    if isinstance(part, ast.Call):
        part = part.func
    name = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else ""
    return name == "minor" or name.endswith(("_SINCE", "_UNTIL"))
