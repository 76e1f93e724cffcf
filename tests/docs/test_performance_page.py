"""The page about performance tells of every benchmark, and of no other, with the bounds that are asked."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/background/performance.md"


def table() -> list[list[str]]:
    """Return the rows of the table of what is measured."""
    text = PAGE.read_text(encoding="utf-8")
    lines = text[text.index("| benchmark |") :].split("\n\n")[0].splitlines()[2:]
    rows = [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines]
    return [[re.sub(r"^`(\w+)`", r"\1", name), *rest] for name, *rest in rows]


def told() -> list[str]:
    """Return the first cells of the table of what is measured."""
    return [row[0] for row in table()]


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


class Limits(NamedTuple):
    """What a benchmark asks of one value: its bound, and the limit that is asked instead or as well."""

    sign: str
    bound: float
    asked: float
    missed: bool


def limits() -> dict[str, Limits]:
    """Return the limits of every row whose numbers are written out, or are constants of its module."""
    found = {}
    for path in (ROOT / "tests/benchmarks").glob("test_*.py"):
        module = importlib.import_module(f"tests.benchmarks.{path.stem}")
        for test in ast.parse(path.read_text(encoding="utf-8")).body:
            for call in ast.walk(test):
                if isinstance(test, ast.FunctionDef) and (names := numbers_of(call, module)):
                    bound = names.get("at_least", names.get("at_most"))
                    assert bound is not None
                    asked = names.get("missed", names.get("closer", bound))
                    sign = "≥" if "at_least" in names else "≤"
                    assert isinstance(call, ast.Call)
                    name = f"{test.name.removeprefix('test_')}: {word(call.args[0])}"
                    found[name] = Limits(sign, bound, asked, "missed" in names)
    return found


def numbers_of(call: ast.AST, module: object) -> dict[str, float]:
    """Return the named numbers of a call of `holds`."""
    if not (
        isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "holds"
    ):
        return {}
    found = {}
    for each in call.keywords:
        value = each.value
        if isinstance(value, ast.Constant):
            found[str(each.arg)] = float(str(value.value))
        elif isinstance(value, ast.Name) and hasattr(module, value.id):
            found[str(each.arg)] = float(getattr(module, value.id))
    return found


def measured(cell: str) -> list[float]:
    """Return the numbers of a cell without what stands in brackets and after a colon."""
    return [float(each) for each in re.findall(r"\d+(?:\.\d+)?", re.sub(r"\([^)]*\)|:.*", "", cell))]


def test_the_bounds_of_the_page_are_those_that_are_asked() -> None:
    cells = {name: bound for name, bound, _ in table()}
    asked = limits()
    assert len(asked) > 10
    for name, limit in asked.items():
        assert cells[name].startswith(f"{limit.sign} {limit.bound:g}"), name


def test_what_the_page_says_was_measured_keeps_its_bound_or_is_called_missed() -> None:
    """And twice the cost would fail `make bench`. How large clusters grow has limits of its own."""
    cells = {name: told for name, _, told in table()}
    rows = {name: limit for name, limit in limits().items() if not name.startswith("growth")}
    assert len(rows) > 8
    for name, limit in rows.items():
        values = measured(cells[name])
        assert values, name
        for value in values:
            up = limit.sign == "≥"
            assert (value >= limit.bound if up else value <= limit.bound) is not limit.missed, name
            assert value >= limit.asked if up else value <= limit.asked, name
            assert value / 2 < limit.asked if up else 2 * value > limit.asked, f"{name}: slack"
        assert ("missed" in cells[name]) is limit.missed, name
