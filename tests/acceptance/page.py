"""The page docs/reference/conformance.md, made from the acceptance list and the names of the tests.

python -m tests.acceptance.page          writes the page
python -m tests.acceptance.page --open   lists the rows that no test holds yet
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "conformance.md"
CHECKLIST = Path(__file__).with_name("checklist.yaml")
SOURCES = "https://github.com/kubernetes/kubernetes/blob/master/"
AREAS = {
    "S": "StatefulSet",
    "D": "Deployment",
    "R": "ReplicaSet",
    "N": "Nodes",
    "P": "Disruption and eviction",
    "V": "Volumes",
    "K": "Network, scheduling, leader election",
}
_IDS = re.compile(r"test_((?:[sdrnpvk]\d\d_)+)")


def rows() -> list[dict[str, Any]]:
    """Return the acceptance list."""
    found: list[dict[str, Any]] = yaml.safe_load(CHECKLIST.read_text(encoding="utf-8"))
    return found


def held_by() -> dict[str, list[str]]:
    """Return, for each id, the tests that are named after it, as ``file::name``."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = _IDS.match(node.name) if isinstance(node, ast.FunctionDef) else None
            if named is not None and isinstance(node, ast.FunctionDef):
                place = f"{path.relative_to(ROOT).as_posix()}::{node.name}"
                for name in named[1].strip("_").split("_"):
                    found.setdefault(name.upper(), []).append(place)
    return {name: sorted(places) for name, places in found.items()}


def page() -> str:
    """Return the page's text."""
    tests = held_by()
    listed = rows()
    missing = [row for row in listed if "notModelled" in row]
    lines = [
        "# Conformance: upstream's own cases",
        "",
        "Kubernetes is tested by its own suites. Of their cases, those that mean something in a simulator are listed",
        "here, each with the upstream file it comes from and the tests of statesim that hold it; the tests run in",
        "every `make test`. This page is made from the list and from the names of the tests",
        "(`python -m tests.acceptance.page`), and a test keeps it so.",
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
        lines += [_line(row, tests.get(row["id"], [])) for row in listed if row["id"].startswith(letter)]
    return "\n".join(lines) + "\n"


def _line(row: dict[str, Any], tests: list[str]) -> str:
    name = f"**{row['id']}**" if row.get("core") else row["id"]
    name += " *new*" if row.get("newer") else ""
    upstream = f"{_shown(row['case'])} (`{row['source']}`)"
    if "notModelled" in row:
        return (
            f"| {name} | {upstream} | {_shown(row['holds'])} | not modelled | {_shown(row['notModelled'])} |"
        )
    held = "<br>".join(f"[{_short(test)}](../../{test.partition('::')[0]})" for test in tests)
    return f"| {name} | {upstream} | {_shown(row['holds'])} | pass | {held} |"


def _shown(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _short(test: str) -> str:
    words = _IDS.sub("", test.partition("::")[2])
    return words.replace("_", " ")


def main() -> None:
    """Write the page, or list what is open."""
    if "--open" in sys.argv[1:]:
        tests = held_by()
        for row in rows():
            if row["id"] not in tests and "notModelled" not in row:
                print(f"{row['id']}  {row['source']}  {row['case']}")  # noqa: T201
        return
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")  # noqa: T201


if __name__ == "__main__":
    main()
