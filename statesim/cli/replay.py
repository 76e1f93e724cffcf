"""The command that makes a page of a finished run, which plays it. Nothing is simulated again."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from statesim.cli.common import DirArgument, command, reads_a_run, variant_of

_PAGE, _DOCUMENT = ".html", ".json"


@reads_a_run
def replay(
    directory: DirArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", "-o", help="Page to write (.html), or its data alone (.json); default: DIR/replay.html."
        ),
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only this variant; may be repeated, to set some side by side.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
) -> None:
    """Make one HTML page that plays a run: open it from anywhere, with no network; nothing is simulated."""
    import webbrowser

    from statesim.api import read
    from statesim.errors import StatesimError
    from statesim.library import locate
    from statesim.views.outputs import writable, write_text
    from statesim.views.replay.pack import text_of
    from statesim.views.replay.page import page

    path = to or directory / "replay.html"
    if path.suffix.lower() not in (_PAGE, _DOCUMENT):
        said = f"{path}: a page's name ends in {_PAGE}, that of its data in {_DOCUMENT}"
        raise typer.BadParameter(said, param_hint=["-o", "--to"])
    if not directory.exists():
        hint = f"; first: {command()} run {directory} --out out/{directory.stem}"
        missing = f"{directory}: there is no such directory"
        raise StatesimError(missing + (hint if locate(directory).is_file() else ""))
    result = read(directory)
    for name in variant or ():
        variant_of(result.variants, name)
    document = result.replay_document(variant or ())
    writable(path.parent)
    write_text(path, page(document) if path.suffix.lower() == _PAGE else text_of(document) + "\n")
    size = path.stat().st_size
    print(f"wrote {path} ({size / 1000:,.0f} kB)")
    if open_:
        webbrowser.open(path.resolve().as_uri())
