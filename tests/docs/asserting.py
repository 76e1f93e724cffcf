"""Whether a test asserts anything: itself, or in a helper that it calls and that is there to assert."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RAISES = ("pytest.raises", "pytest.fail")


def asserts(test: ast.FunctionDef, module: ast.Module, root: Path) -> bool:
    """Tell whether a test can fail of its own.

    A helper counts if it gives nothing back (one that does, as ``pod(name)``, asserts only that it can) and
    stands in the test's module or in one of ``tests`` that this module imports from.
    """
    helpers = _functions(module)
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            helpers = {**_imported(root, node.module or ""), **helpers}
    return _asserts(test, helpers, frozenset())


def _asserts(function: ast.FunctionDef, helpers: dict[str, ast.FunctionDef], seen: frozenset[str]) -> bool:
    if any(map(_is_assertion, ast.walk(function))):
        return True
    called = {name for name in _called(function) if name in helpers and name not in seen}
    return any(
        _gives_nothing(helpers[name]) and _asserts(helpers[name], helpers, seen | called) for name in called
    )


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    return isinstance(node, ast.Call) and ast.unparse(node.func) in _RAISES


def _called(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names of what is called, be it a function or a method."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr


def _gives_nothing(function: ast.FunctionDef) -> bool:
    return not any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


def _functions(module: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


@cache
def _imported(root: Path, name: str) -> dict[str, ast.FunctionDef]:
    path = root.joinpath(*name.split(".")).with_suffix(".py")
    return _functions(ast.parse(path.read_text(encoding="utf-8"))) if path.exists() else {}
