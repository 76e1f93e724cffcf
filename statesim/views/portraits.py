"""The four kinds of state as a table: who provides each, and what of it a naive Deployment loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.table import Table

FOUR = ("storage", "identity", "session", "role")
WORDS = {"role": "cluster role"}


class Need(Protocol):
    """One kind of state: see `systems.portrait.Need`."""

    @property
    def what(self) -> str:
        """What it consists of."""

    @property
    def by(self) -> Sequence[str]:
        """Who provides it."""

    @property
    def naive(self) -> str:
        """What is lost of it without care."""


class Portrait(Protocol):
    """A system in words: see `systems.portrait.Portrait`."""

    @property
    def drift(self) -> str:
        """With what its containers move away from their image."""

    @property
    def title(self) -> str:
        """Its name."""

    @property
    def transitions(self) -> Sequence[tuple[str, str, str]]:
        """Its states, and what leads from one to another."""


def need(portrait: Portrait, kind: str) -> Need:
    """Return one of the four kinds of state of a system."""
    found: Need = getattr(portrait, kind)
    return found


def matrix(portraits: Iterable[tuple[str, Portrait]]) -> Table:
    """Return the table of all systems: who provides what."""
    from rich.table import Table as NewTable  # noqa: PLC0415 - only tables need it

    table = NewTable(title="who provides what", show_lines=True)
    shown = list(portraits)
    table.add_column("system", min_width=max((len(kind) for kind, _ in shown), default=0))
    for kind in FOUR:
        table.add_column(WORDS.get(kind, kind), overflow="fold")
    table.add_column("drifts from its image", overflow="fold")
    for name, portrait in shown:
        cells = [_cell(need(portrait, kind)) for kind in FOUR]
        table.add_row(f"[bold]{name}[/]\n{portrait.title}", *cells, portrait.drift)
    return table


def blocks(portraits: Iterable[tuple[str, Portrait]]) -> Iterator[Table]:
    """Yield a table for each system, for terminals in which the tables of all have no room.

    No word is broken in 80 columns.
    """
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - as above
    from rich.table import Table as NewTable  # noqa: PLC0415 - as above

    for name, portrait in portraits:
        table = NewTable(title=f"[bold]{name}[/]: {portrait.title}", title_justify="left", box=SIMPLE_HEAD)
        for heading in ("", "who provides what", "what a Deployment without care loses"):
            table.add_column(heading, min_width=len("cluster role") if not heading else None)
        for kind in FOUR:
            told = need(portrait, kind)
            table.add_row(WORDS.get(kind, kind), _cell(told), told.naive)
        if portrait.drift:
            table.add_row("drift", portrait.drift, "")
        yield table


def losses(portraits: Iterable[tuple[str, Portrait]]) -> Table:
    """Return the table of what each system loses of each kind in a Deployment without care."""
    from rich.table import Table as NewTable  # noqa: PLC0415 - as above

    table = NewTable(title="what a Deployment without care loses", show_lines=True)
    shown = list(portraits)
    table.add_column("system", min_width=max((len(kind) for kind, _ in shown), default=0))
    for kind in FOUR:
        table.add_column(WORDS.get(kind, kind), overflow="fold")
    for name, portrait in shown:
        table.add_row(f"[bold]{name}[/]", *(need(portrait, kind).naive for kind in FOUR))
    return table


def _cell(one: Need) -> str:
    return f"{one.what}\n[dim]by[/] {', '.join(one.by)}"


def one(name: str, portrait: Portrait) -> Iterator[str]:
    """Yield what there is to say of one system, in lines."""
    yield f"{name}: {portrait.title}"
    for kind in FOUR:
        told = need(portrait, kind)
        yield f"\n{WORDS.get(kind, kind)}: {told.what}"
        yield f"  provided by: {', '.join(told.by)}"
        yield f"  a Deployment without care loses: {told.naive}"
    if portrait.drift:
        yield f"\ndrift: {portrait.drift}"
    yield "\nits states:"
    for before, after, why in portrait.transitions:
        yield f"  {before} -> {after}: {why}"
