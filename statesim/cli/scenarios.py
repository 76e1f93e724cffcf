"""The commands about scenarios themselves: validate, schema and scenarios."""

from __future__ import annotations

from typing import Annotated

import typer

from statesim.cli.common import LangOption, command, complain, console, look_for, speaks
from statesim.errors import ScenarioError


def validate(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files or names.")],
) -> None:
    """Check scenarios and their manifests; list every problem with its place."""
    from statesim.api import load

    wrong = False
    for scenario in scenarios:
        try:
            loaded = load(scenario)
        except ScenarioError as error:
            wrong = True
            complain(error.findings, "error")
            continue
        complain(loaded.warnings, "warning")
        count = len(loaded.variants)
        print(f"{scenario}: good ({count} variant{'s' if count != 1 else ''})")
    if wrong:
        raise typer.Exit(2)


def schema() -> None:
    """Print the JSON Schema of the scenario file, for editors."""
    import json

    from statesim.scenario.export import json_schema

    print(json.dumps(json_schema(), indent=2))


@speaks
def scenarios(
    name: Annotated[
        str | None, typer.Argument(help="Tell of this one: what it shows, what to look for.")
    ] = None,
    lang: LangOption = "en",
) -> None:
    """List the scenarios that come with statesim, or tell of one."""
    from statesim.api import load
    from statesim.library import shipped
    from statesim.views.speech import say
    from statesim.views.tables import about, listing

    screen = console()
    if name is not None:
        loaded = load(name)
        screen.print(about(loaded, look_for(loaded.base.metadata.said_in(lang)), command()), crop=False)
        return
    screen.print(listing([(path.stem, load(path)) for path in shipped()]))
    shows = say("What one shows:  {command} scenarios NAME", command=command())
    runs = say("Run one with:    {command} run NAME --out out/NAME", command=command())
    screen.print(f"\n{shows}\n{runs}", soft_wrap=True, markup=False)
