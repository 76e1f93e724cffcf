"""What the commands share: arguments, the console, and how findings are told."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from statesim.errors import StatesimError
from statesim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rich.console import Console

    from statesim.errors import Finding
    from statesim.scenario.schema import Metadata

T = TypeVar("T")
P = ParamSpec("P")


def _theme(name: str) -> str:
    """Return a theme's name, if it is one: before anything runs."""
    from statesim.views.style import theme_named

    try:
        theme_named(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return name


ScenarioArgument = Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped one.")]
SeedOption = Annotated[int | None, typer.Option(help="Replaces the scenario's seed.", min=0)]
VariantsOption = Annotated[
    list[str] | None, typer.Option("--variant", help="Run only this variant; may be repeated.")
]
SettingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value of the scenario: systems.pg.parameters.ttl=45s; may be repeated.",
    ),
]


def _lang(language: str) -> str:
    from statesim.analysis.phrases import known_language

    return known_language(language)


ThemeOption = Annotated[
    str,
    typer.Option(
        metavar="paper|slides|slides-dark|dark",
        callback=_theme,
        help="What pictures are made for: slides and slides-dark are 16:9, with large letters and few words.",
    ),
]
LangOption = Annotated[
    str,
    typer.Option(
        "--lang", metavar="en|zh", callback=_lang, help="In which language: en (English) or zh (简体中文)."
    ),
]
AtOption = Annotated[str | None, typer.Option(help="At this instant (84s, 6m45s); default: the end.")]
DirArgument = Annotated[Path, typer.Argument(help="What `statesim run --out` wrote.")]


def speaks(asked: Callable[P, T]) -> Callable[P, T]:
    """Have a command speak the language of its option ``--lang``."""

    @wraps(asked)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> T:
        from statesim.views.speech import speaking

        with speaking(str(kwargs["lang"])):
            return asked(*args, **kwargs)

    return spoken


def reads_a_run(work: Callable[P, T]) -> Callable[P, T]:
    """Have a command say it plainly where a folder lacks what a run of this version has in it."""

    @wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except KeyError as error:
            raise StatesimError(_of_another_version(Path(str(kwargs["directory"])), error)) from error

    return guarded


def _of_another_version(directory: Path, missing: KeyError) -> str:
    """Return what is wrong with a folder in which something is not there, and how to get a whole one."""
    try:
        told = json.loads((directory / "metrics.json").read_text(encoding="utf-8"))
        by = f"statesim {told['version']}"
        again = f"{command()} run {told['scenario']} --seed {told['seed']} --out {directory}"
    except (OSError, ValueError, KeyError, TypeError):
        by, again = "another version", f"{command()} run SCENARIO --out {directory}"
    return (
        f"{directory}: what lies here has no {missing}: it was written by {by}, at another time than this "
        f"one ({__version__}) was made, or by hand. Run it again:  {again}"
    )


def console() -> Console:
    """Return the terminal to print on."""
    from rich.console import Console

    return Console(highlight=False)


def complain(findings: Iterable[Finding], word: str) -> None:
    """Tell what is wrong or doubtful, a line each."""
    for finding in findings:
        print(f"{word}: {finding}", file=sys.stderr)


def variant_of(variants: Mapping[str, T], name: str, kind: str = "variant") -> T:
    """Return a variant, or something of another kind, by its name.

    Raises
    ------
    typer.BadParameter
        If there is none of that name.
    """
    from statesim.scenario.words import did_you_mean

    if name not in variants:
        hint = did_you_mean(name, variants)
        raise typer.BadParameter(f"there is no {kind} {name!r}" + (f"; {hint}" if hint else ""))
    return variants[name]


def command() -> str:
    """Return this program as whoever started it calls it, so that what is printed can be copied.

    That is ``statesim`` where the search path has it, else the way by which it was started: the file
    ``.venv/bin/statesim``, or ``python -m statesim``.
    """
    if shutil.which("statesim"):
        return "statesim"
    started = Path(sys.argv[0])
    return f"{sys.orig_argv[0]} -m statesim" if started.name == "__main__.py" else str(started)


def counted(count: int, word: str) -> str:
    """Return how many there are: ``1 run``, ``1,000 runs``."""
    return f"{count:,} {word}{'s' * (count != 1)}"


def wrote(count: int, out: Path, named: Collection[str]) -> str:
    """Return the line that tells how many files were written, by name those that people open."""
    from statesim.views.speech import say, word

    told = say("wrote {count:,} file{s} to {out}", count=count, out=out)
    if not named:
        return told
    more = say(" and {more} more", more=count - len(named)) if count > len(named) else ""
    return say("{told}: {names}{more}", told=told, names=word(", ").join(named), more=more)


def look_for(
    metadata: Metadata, out: Path | None = None, metrics: Mapping[str, Any] | None = None
) -> list[str]:
    """Return what to look for in a scenario, with commands that can be copied as they stand.

    Parameters
    ----------
    out
        Where the run was written, if it was: the scenarios' own words say ``out/NAME``.
    metrics
        Those of the run; what speaks of a variant that it has not is left out.
    """
    from statesim.analysis.as_written import left_out
    from statesim.analysis.look_for import applicable, moved

    there: Sequence[str] = metadata.look_for
    if metrics is not None:
        there = applicable(there, metrics["variants"], left_out(metrics))
    told = [line.replace("`statesim ", f"`{command()} ") for line in there]
    if out is None:
        return told
    ran = list(metrics["variants"]) if metrics is not None else []
    alone = ran[0] if len(ran) == 1 else None
    return [moved(line, metadata.name, shlex.quote(str(out)), alone) for line in told]
