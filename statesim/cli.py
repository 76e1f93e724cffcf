"""The command line: run, compare, validate, plot, explain, get, describe, storm, conformance, scenarios.

Exit codes: 0 = done, 1 = an expectation or a comparison failed, 2 = the input is wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import statesim
from statesim import cli_objects, cli_storm
from statesim.errors import ScenarioError, StatesimError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from statesim.errors import Finding

MOST_TELLING = 12
TABLE_WIDTH = 120  # of a table whose rows must not be cut, in a narrow terminal or a file

app = typer.Typer(
    name="statesim",
    help="Watch what happens to storage, identity, session and cluster role when a node dies: a simulator of "
    "stateful services under Kubernetes.",
    epilog="Begin with:  statesim scenarios,  then  statesim run pg-node-crash --out out/pg-node-crash",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


ScenarioArgument = Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped one.")]
SeedOption = Annotated[int | None, typer.Option(help="Replaces the scenario's seed.", min=0)]
OutOption = Annotated[Path | None, typer.Option(help="Write trace, history, metrics and pictures here.")]
DirArgument = Annotated[Path, typer.Argument(help="What `statesim run --out` wrote.")]


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415

    return Console(highlight=False)


def _complain(findings: Iterable[Finding], word: str) -> None:
    for finding in findings:
        print(f"{word}: {finding}", file=sys.stderr)  # noqa: T201


@app.command()
def run(
    scenario: ScenarioArgument,
    out: OutOption = None,
    seed: SeedOption = None,
    variant: Annotated[list[str] | None, typer.Option(help="Run only this variant; may be repeated.")] = None,
    pictures: Annotated[bool, typer.Option(help="Draw the timeline (with --out).")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but problems.")] = False,
) -> None:
    """Run a scenario with all its variants; exit 1 if an expectation fails."""
    from statesim.api import Result, load  # noqa: PLC0415
    from statesim.experiment.run import run_variants  # noqa: PLC0415
    from statesim.views.tables import expectation_lines, finding_lines, summary  # noqa: PLC0415

    loaded = load(scenario)
    _complain(loaded.warnings, "warning")
    console = _console()
    with console.status("starting") as status:
        records = run_variants(
            loaded,
            seed=seed,
            only=variant or (),
            started=lambda v: status.update(f"running {v.name}"),
        )
        names = {record.variant for record in records}
        expected = [row for row in loaded.base.expect if row.variant is None or row.variant in names]
        result = Result(records, expected)
        if out is not None:
            status.update("drawing" if pictures else "writing")
            paths = result.save(out, pictures=pictures)
    if quiet:
        told = [line for _, line, passed in expectation_lines(result.metrics) if not passed]
        for line in (*finding_lines(result.metrics), *told):
            print(f"failed: {line}", file=sys.stderr)  # noqa: T201
    else:
        console.print(summary(result.metrics, loaded.base.metadata.look_for))
        if out is not None:
            for path in paths:
                console.print(f"wrote {path}", soft_wrap=True)
    if not result.passed:
        raise typer.Exit(1)


@app.command()
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(help="Scenario files or names; one with variants is enough.")
    ],
    seed: SeedOption = None,
    every: Annotated[bool, typer.Option("--all", help="Print every metric that differs.")] = False,
) -> None:
    """Run scenarios side by side and print the differences that matter."""
    from statesim.analysis.compare import differences  # noqa: PLC0415
    from statesim.api import compare as compare_runs  # noqa: PLC0415
    from statesim.views.tables import comparison  # noqa: PLC0415

    console = _console()
    with console.status("running"):
        result = compare_runs(*scenarios, seed=seed)
    rows = differences(result.metrics["variants"])
    console.print(comparison(rows if every else rows[:MOST_TELLING]))
    if not every and len(rows) > MOST_TELLING:
        console.print(f"{len(rows) - MOST_TELLING} more differ: --all shows them")


@app.command()
def validate(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files or names.")],
) -> None:
    """Check scenarios and their manifests; list every problem with its place."""
    from statesim.api import load  # noqa: PLC0415

    wrong = False
    for scenario in scenarios:
        try:
            loaded = load(scenario)
        except ScenarioError as error:
            wrong = True
            _complain(error.findings, "error")
            continue
        _complain(loaded.warnings, "warning")
        count = len(loaded.variants)
        print(f"{scenario}: good ({count} variant{'s' if count != 1 else ''})")  # noqa: T201
    if wrong:
        raise typer.Exit(2)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the scenario file, for editors."""
    import json  # noqa: PLC0415

    from statesim.scenario.export import json_schema  # noqa: PLC0415

    print(json.dumps(json_schema(), indent=2))  # noqa: T201


@app.command()
def plot(
    directory: DirArgument,
    to: Annotated[
        Path | None,
        Path | None,
        typer.Option(help="Picture to write (.svg, .png, .pdf); default: a PNG there."),
    ] = None,
    at: Annotated[str | None, typer.Option(help="Draw the cluster at this instant (84s) instead.")] = None,
    variant: Annotated[str | None, typer.Option(help="Only this variant.")] = None,
    window: Annotated[str | None, typer.Option(help="Only this stretch of time, as 50s-120s.")] = None,
) -> None:
    """Draw again what a run left behind; nothing is simulated."""
    from statesim.api import Result, read  # noqa: PLC0415
    from statesim.scenario.units import parse_duration  # noqa: PLC0415
    from statesim.views.style import save  # noqa: PLC0415

    if to is not None and to.suffix.lower() not in (".svg", ".png", ".pdf"):
        raise typer.BadParameter(f"{to}: a picture's name ends in .svg, .png or .pdf", param_hint="--to")
    result = read(directory)
    if at is not None and variant is None and len(result.variants) > 1:
        names = ", ".join(result.variants)
        raise typer.BadParameter(f"an instant is one variant's: say which of {names}", param_hint="--variant")
    if variant is not None:
        result = Result([_variant(result, variant).record])
    if at is not None:
        seconds = parse_duration(at) / 1_000_000
        figure = result.topology(seconds)
        path = to or directory / f"topology-{at}.png"
    else:
        options: dict[str, Any] = {}
        if window is not None:
            low, _, high = window.partition("-")
            options["window"] = (parse_duration(low) / 1_000_000, parse_duration(high) / 1_000_000)
        figure = result.timeline(**options)
        parts = [part for part in ("timeline", variant, window) if part]
        path = to or directory / ("-".join(parts) + ".png")
    save(figure, path)
    print(f"wrote {path}")  # noqa: T201


@app.command()
def explain(
    directory: DirArgument,
    obj: Annotated[str, typer.Argument(metavar="OBJECT", help="Kind/name, as Pod/pg-0.")],
    at: Annotated[str | None, typer.Option(help="At this instant (84s); default: the end.")] = None,
    variant: Annotated[
        str | None, typer.Option(help="In this variant; default: every one that knows it.")
    ] = None,
) -> None:
    """Print the chain of causes that led to an object's state."""
    from statesim.api import read  # noqa: PLC0415
    from statesim.scenario.units import parse_duration  # noqa: PLC0415

    result = read(directory)
    seconds = None if at is None else parse_duration(at) / 1_000_000
    chosen = [_variant(result, variant)] if variant else list(result.variants.values())
    problems = []
    for one in chosen:
        try:
            text = one.why(obj, seconds)
        except (StatesimError, LookupError) as error:
            problems.append(str(error))
            continue
        print(f"{one.title or one.name}\n{text}\n")  # noqa: T201
    if len(problems) == len(chosen):
        print(f"error: {problems[0]}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(2)


app.command()(cli_storm.storm)
app.command(help=cli_objects.GET_HELP)(cli_objects.get)
app.command(help=cli_objects.DESCRIBE_HELP)(cli_objects.describe)


def _variant(result: Any, name: str) -> Any:
    from statesim.scenario.words import did_you_mean  # noqa: PLC0415

    if name not in result.variants:
        hint = did_you_mean(name, result.variants)
        raise typer.BadParameter(f"there is no variant {name!r}" + (f"; {hint}" if hint else ""))
    return result.variants[name]


@app.command()
def conformance(
    recordings: Annotated[
        Path, typer.Argument(metavar="DIR", help="A directory of recordings (*.json), or one of them.")
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what differs.")] = False,
) -> None:
    """Replay recordings of real control planes and compare; exit 1 if the simulator differs from one.

    A recording holds manifests, actions with their times, and every change of every object that followed. The
    same manifests and actions are simulated; pods, revisions, nodes, volumes, endpoints, workload status and
    evictions must agree in order, and in time within 1.5 s plus 5 % of the time since the latest action.
    """
    from statesim.analysis.conformance.recording import find, read  # noqa: PLC0415
    from statesim.experiment.conformance.judge import judge  # noqa: PLC0415
    from statesim.views.conformance import details, table  # noqa: PLC0415

    console = _console()
    paths = find(recordings)
    verdicts = []
    with console.status("reading") as status:
        for path in paths:
            status.update(f"replaying {path.stem}")
            verdicts.append(judge(read(path)))
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if not quiet:
        console.width = max(console.width, TABLE_WIDTH)
        console.print(table(verdicts))
    for verdict in failed:
        console.print(f"\n{details(verdict)}", soft_wrap=True, markup=False)
    if not quiet:
        console.print(f"\n{len(verdicts) - len(failed)} of {len(verdicts)} recordings agree")
    if failed:
        raise typer.Exit(1)


@app.command()
def scenarios(
    name: Annotated[
        str | None, typer.Argument(help="Tell of this one: what it shows, what to look for.")
    ] = None,
) -> None:
    """List the scenarios that come with statesim, or tell of one."""
    from statesim.api import load  # noqa: PLC0415
    from statesim.library import shipped  # noqa: PLC0415
    from statesim.views.tables import about, listing  # noqa: PLC0415

    console = _console()
    if name is not None:
        console.print(about(load(name)))
        return
    console.print(listing([(path.stem, load(path)) for path in shipped()]))
    console.print("\nWhat one shows:  statesim scenarios NAME")
    console.print("Run one with:    statesim run NAME --out out/NAME")


@app.command()
def version() -> None:
    """Print the version."""
    print(f"statesim {statesim.__version__}")  # noqa: T201


def main() -> None:
    """Run the command line; a problem with the input is told in our words and exits with 2."""
    try:
        app()
    except ScenarioError as error:
        _complain(error.findings, "error")
        sys.exit(2)
    except (StatesimError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
