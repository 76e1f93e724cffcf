"""The page about performance tells of every benchmark, and of no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/background/performance.md"


def told() -> list[str]:
    """Return the first cells of the table of what is measured."""
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("| benchmark |") :].split("\n\n")[0]
    cells = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]
    return [re.sub(r"^`(\w+)`", r"\1", cell) for cell in cells]


def word(argument: ast.expr) -> str:
    """Return a name that is written out."""
    assert isinstance(argument, ast.Constant), "what a benchmark asks has a fixed name"
    return str(argument.value)


def asked(path: Path) -> list[str]:
    """Return what a file of benchmarks asks, as `make bench` names it, without parameters."""
    found = []
    for test in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
            continue
        for call in ast.walk(test):
            if not isinstance(call, ast.Call):
                continue
            if isinstance(call.func, ast.Attribute) and call.func.attr == "holds":
                found.append(f"{test.name.removeprefix('test_')}: {word(call.args[0])}")
            elif isinstance(call.func, ast.Name) and call.func.id == "Row":
                found.append(word(call.args[0]))
    return found


def test_the_page_tells_of_every_benchmark_and_of_no_other() -> None:
    every = {each for path in (ROOT / "tests/benchmarks").glob("test_*.py") for each in asked(path)}
    assert every, "there are no benchmarks"
    assert set(told()) == every, f"{PAGE.name} and tests/benchmarks differ"
    assert len(told()) == len(set(told()))
