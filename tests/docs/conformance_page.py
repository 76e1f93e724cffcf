"""The page docs/reference/conformance.md, made from the acceptance list and the names of the tests.

A row is held by a test that is named after it, runs, and asserts something (`tests.docs.asserting`).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from statesim.analysis.conformance.checks import CHECKS
from statesim.analysis.conformance.recording import find, read
from statesim.experiment.conformance.judge import judge
from statesim.views.conformance import row
from tests.docs import comparing_text
from tests.docs.asserting import asserts

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CHECKLIST = ROOT / "tests" / "acceptance" / "checklist.yaml"
RECORDINGS = ROOT / "tests" / "conformance" / "recordings"
AREAS = {
    "S": "StatefulSet",
    "D": "Deployment",
    "R": "ReplicaSet",
    "N": "Nodes",
    "P": "Disruption and eviction",
    "V": "Volumes",
    "K": "Network, scheduling, leader election",
}
_EXCUSE = re.compile(r"\bpytest\.(mark\.)?(skip|skipif|xfail)\b")
_IDS = re.compile(r"test_((?:[sdrnpvk]\d\d_)+)")


def rows() -> list[dict[str, Any]]:
    """Return the acceptance list."""
    found: list[dict[str, Any]] = yaml.safe_load(CHECKLIST.read_text(encoding="utf-8"))
    return found


def held_by(root: Path = ROOT) -> dict[str, list[str]]:
    """Return, for each id, the tests that are named after it, as ``file::name``.

    A test that is skipped or expected to fail holds nothing, whatever its name, nor does one that asserts nothing.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(_is_pytestmark(node) and _excused(node) for node in module.body):
            continue
        for node in _functions(module):
            named = _IDS.match(node.name)
            if named is not None and asserts(node, module, root):
                place = f"{path.relative_to(root).as_posix()}::{node.name}"
                for name in named[1].strip("_").split("_"):
                    found.setdefault(name.upper(), []).append(place)
    return {name: sorted(places) for name, places in found.items()}


def _functions(scope: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Yield the tests of a module and of its classes that nothing excuses."""
    for node in scope.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and any(map(_excused, node.decorator_list)):
            continue
        if isinstance(node, ast.ClassDef):
            yield from _functions(node)
        elif isinstance(node, ast.FunctionDef) and not any(
            isinstance(line, ast.Expr) and _excused(line) for line in node.body
        ):
            yield node


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and "pytestmark" in map(ast.unparse, node.targets)


def _excused(node: ast.AST) -> bool:
    """Tell whether a mark, or a line of a test, skips it or lets it fail.

    Of a table of parameters that holds only if each of its rows is excused.
    """
    text = ast.unparse(node)
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.parametrize"):
        table = node.args[1] if len(node.args) > 1 else None
        listed = table.elts if isinstance(table, ast.List | ast.Tuple) else []
        return bool(listed) and all(map(_excused, listed))
    return _EXCUSE.search(text) is not None


def page() -> str:
    """Return the page's text."""
    tests = held_by()
    listed = rows()
    missing = [entry for entry in listed if "notModelled" in entry]
    lines = [
        "# Conformance",
        "",
        "Two things hold statesim's Kubernetes to the real one: recordings of a real control plane, and the cases of",
        "Kubernetes' own test suites. Both run in every `make test`. This page is made from them",
        "(`python -m tests.docs.pages`), and a test keeps it so.",
        "",
        "## Recordings of a real control plane",
        "",
        "kube-apiserver, kube-controller-manager and kube-scheduler with scripted kubelets. The same manifests and",
        "actions are simulated; [below](#how-recordings-are-compared-and-what-is-allowed-to-differ) stands what must",
        "agree. `-` = the recording has nothing of the kind. The same table for any directory of recordings:",
        "",
        "```console",
        "$ statesim conformance tests/conformance/recordings",
        "```",
        "",
        *_recordings(),
        "",
        *comparing_text.LINES,
        "",
        "## Upstream's own cases",
        "",
        "Of the cases of Kubernetes' test suites, those that mean something in a simulator, each with the upstream",
        "file it comes from and the tests of statesim that hold it.",
        "",
        f"{len(listed)} rows: {len(listed) - len(missing)} pass, {len(missing)} are not modelled. "
        f"Rows of the first acceptance core are **bold**; *new* = newer than Kubernetes 1.20.",
    ]
    for letter, title in AREAS.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| id | upstream | must hold | | held by |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += [
            _line(entry, tests.get(entry["id"], [])) for entry in listed if entry["id"].startswith(letter)
        ]
    return "\n".join(lines) + "\n"


def _recordings() -> list[str]:
    columns = ["recording", "version", *CHECKS, "verdict"]
    table = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    cells = (row(judge(read(path))) for path in find(RECORDINGS))
    return table + [f"| {' | '.join(each)} |" for each in cells]


def _line(entry: dict[str, Any], tests: list[str]) -> str:
    name = f"**{entry['id']}**" if entry.get("core") else entry["id"]
    name += " *new*" if entry.get("newer") else ""
    upstream = f"{_shown(entry['case'])} (`{entry['source']}`)"
    if "notModelled" in entry:
        return f"| {name} | {upstream} | {_shown(entry['holds'])} | not modelled | {_shown(entry['notModelled'])} |"
    held = "<br>".join(f"[{_short(test)}](../../{test.partition('::')[0]})" for test in tests)
    return f"| {name} | {upstream} | {_shown(entry['holds'])} | {'pass' if tests else 'open'} | {held} |"


def _shown(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _short(test: str) -> str:
    words = _IDS.sub("", test.partition("::")[2])
    return words.replace("_", " ")
