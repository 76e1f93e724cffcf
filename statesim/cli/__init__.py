"""The command line: one file a group of commands, and here their table.

Exit codes: 0 = done, 1 = an expectation or a comparison failed, 2 = the input is wrong.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import statesim
from statesim.cli import (
    compare,
    conformance,
    export,
    judge,
    lessons,
    look,
    new,
    objects,
    replay,
    run,
    scenarios,
    search,
    states,
    storm,
    sweep,
    watch,
)
from statesim.cli.common import complain
from statesim.errors import ScenarioError, StatesimError
from statesim.kernel.collector import patient_collector


class Commands(TyperGroup):
    """Lists each command with its whole first sentence, over two lines where it must."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=200)) for name, each in found if each])


app = typer.Typer(
    name="statesim",
    cls=Commands,
    help="Watch what happens to storage, identity, session and cluster role when a node dies: a simulator of "
    "stateful services under Kubernetes.",
    epilog="Begin with:  statesim scenarios,  then  statesim run pg-node-crash --out out/pg-node-crash",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # 85 ms for frames around a help text
)


def version() -> None:
    """Print the version."""
    print(f"statesim {statesim.__version__}")


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


app.command()(run.run)
app.command()(compare.compare)
app.command()(sweep.sweep)
app.command()(look.plot)
app.command()(replay.replay)
app.command()(watch.watch)
app.command()(look.explain)
app.command()(export.export)
app.command()(judge.judge)
app.command(help=objects.GET_HELP)(objects.get)
app.command(help=objects.DESCRIBE_HELP)(objects.describe)
app.command()(states.states)
app.command()(scenarios.scenarios)
app.command()(new.new)
app.command()(scenarios.validate)
app.command()(scenarios.schema)
app.command()(lessons.lessons)
app.command()(storm.storm)
app.command(help=search.HELP)(search.search)
app.command()(conformance.conformance)
app.command()(version)


def main() -> None:
    """Run the command line; a problem with the input is told in our words and exits with 2."""
    try:
        with patient_collector():
            app()
    except ScenarioError as error:
        complain(error.findings, "error")
        sys.exit(2)
    except OSError as error:
        told = f"{error.filename}: {error.strerror}" if error.filename else error
        print(f"error: {told}", file=sys.stderr)
        sys.exit(2)
    except (StatesimError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
