"""What the commands share: arguments, the console, and how findings are told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from statesim.errors import Finding

ScenarioArgument = Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped one.")]
SeedOption = Annotated[int | None, typer.Option(help="Replaces the scenario's seed.", min=0)]
DirArgument = Annotated[Path, typer.Argument(help="What `statesim run --out` wrote.")]


def console() -> Console:
    """Return the terminal to print on."""
    from rich.console import Console

    return Console(highlight=False)


def complain(findings: Iterable[Finding], word: str) -> None:
    """Tell what is wrong or doubtful, a line each."""
    for finding in findings:
        print(f"{word}: {finding}", file=sys.stderr)


def variant_of(result: Any, name: str) -> Any:
    """Return a result's variant.

    Raises
    ------
    typer.BadParameter
        If there is none of that name.
    """
    from statesim.scenario.words import did_you_mean

    if name not in result.variants:
        hint = did_you_mean(name, result.variants)
        raise typer.BadParameter(f"there is no variant {name!r}" + (f"; {hint}" if hint else ""))
    return result.variants[name]
