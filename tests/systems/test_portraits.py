"""What the drivers say of the four kinds of state, against the table that this rests on."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from statesim.cli import app
from statesim.systems.catalogue import SHIPPED
from statesim.systems.portrait import By
from statesim.views.portraits import FOUR, losses, matrix, need

PAGES = Path(__file__).parents[2] / "docs" / "systems"
TABLE = Path(__file__).with_name("four_kinds.md")

# The row of each kind; MySQL's own replication has one for both
ROWS = {
    "postgres": "Standalone PG",
    "postgres-replication": "PG streaming",
    "patroni": "PG + Patroni",
    "mysql-async": "MySQL async / semi-sync",
    "mysql-semisync": "MySQL async / semi-sync",
    "mysql-group-replication": "GR / InnoDB Cluster",
    "galera": "Galera",
    "cassandra": "Cassandra",
    "rethinkdb": "RethinkDB",
    "citus": "Citus-like",
    "rds": "RDS-like",
    "router": "Router",
    "cdn": "CDN cache",
    "streaming": "Streaming",
    "auth": "Auth/session",
}
NO_ROW = {"stateless": "the measure of the others: it has none of the four but its connections"}

WORDS = {"A": By.APPLICATION, "O": By.ORCHESTRATOR, "G": By.GLUE, "human": By.GLUE, "provider": By.PROVIDER}

# Where a portrait rightly says something else than its cell, and why
OTHERWISE = {
    ("cdn", "session"): (
        (By.APPLICATION,),
        "the table names nobody for short HTTP; it is the client's connection, as for a web tier",
    ),
    ("streaming", "storage"): (
        (By.NOBODY,),
        "the table's segments lie in a store that is another system; these servers push, and keep none",
    ),
    ("streaming", "identity"): (
        (By.ORCHESTRATOR,),
        "the table names nobody for the pod that is pushed to; its name is the orchestrator's",
    ),
}


def table() -> dict[str, dict[str, str]]:
    """Return the table's cells, by the name of the system and by the kind of state."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == ["System", "Storage", "Identity", "Session", "Cluster role"]
    return {name: dict(zip(FOUR, cells, strict=True)) for name, *cells in rows[2:]}


def providers(cell: str) -> tuple[By, ...]:
    """Return whom a cell names, in its order; nobody where it says that there is none; else nothing."""
    named = re.findall(rf"\b(?:{'|'.join(WORDS)})\b", cell)
    found = tuple(dict.fromkeys(WORDS[word] for word in named))
    return found or ((By.NOBODY,) if cell.startswith("none") else ())


def said(kind: str, state: str) -> tuple[By, ...]:
    return need(next(driver for driver in SHIPPED if driver.kind == kind).portrait, state).by


def test_every_kind_has_a_row_of_the_table_or_a_reason_and_every_row_has_a_kind() -> None:
    assert {driver.kind for driver in SHIPPED} == ROWS.keys() | NO_ROW.keys()
    assert set(ROWS.values()) == table().keys()


@pytest.mark.parametrize("state", FOUR)
@pytest.mark.parametrize("kind", ROWS)
def test_who_provides_what_is_as_the_table_says(kind: str, state: str) -> None:
    cell = table()[ROWS[kind]][state]
    expected = OTHERWISE[kind, state][0] if (kind, state) in OTHERWISE else providers(cell)
    assert said(kind, state) == expected, f"the table says: {cell}"


@pytest.mark.parametrize(("kind", "state"), OTHERWISE)
def test_an_exception_is_one(kind: str, state: str) -> None:
    by, _ = OTHERWISE[kind, state]
    assert by != providers(table()[ROWS[kind]][state]), "the table says the same: take the exception away"


@pytest.mark.parametrize("state", FOUR)
@pytest.mark.parametrize("kind", NO_ROW)
def test_without_a_row_nobody_provides_anything_but_connections(kind: str, state: str) -> None:
    assert said(kind, state) == ((By.APPLICATION,) if state == "session" else (By.NOBODY,))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("none (per-key replica) A", (By.APPLICATION,)),
        ("none (soft)", (By.NOBODY,)),
        ("A; Service/labels → O+G", (By.APPLICATION, By.ORCHESTRATOR, By.GLUE)),
        ("A (Raft); emergency repair → human", (By.APPLICATION, By.GLUE)),
        ("A quorum; bootstrap → G/human", (By.APPLICATION, By.GLUE)),
        ("HTTP, short", ()),
    ],
)
def test_a_cell_is_read_as_it_is_written(cell: str, expected: tuple[By, ...]) -> None:
    assert providers(cell) == expected


@pytest.mark.parametrize("driver", SHIPPED, ids=lambda driver: driver.kind)
def test_every_state_is_reached_or_is_where_a_member_begins(driver: type) -> None:
    portrait = driver.portrait
    reached = {after for _, after, _ in portrait.transitions}
    beginnings = [state for state in portrait.states() if state not in reached]
    assert beginnings in ([], [portrait.states()[0]]), "each other state has an arrow that leads to it"
    assert (PAGES / f"{driver.kind}-states.png").exists()


def test_states_prints_the_matrix_and_tells_more_of_one() -> None:
    whole = CliRunner().invoke(app, ["states"])
    assert whole.exit_code == 0
    assert all(driver.kind in whole.stdout for driver in SHIPPED)
    assert all(
        title in whole.stdout for title in ("who provides what", "what a Deployment without care loses")
    )
    one = CliRunner().invoke(app, ["states", "postgres"])
    assert "a Deployment without care loses: everything on an emptyDir" in one.stdout
    assert "crashed -> recovering" in one.stdout
    wrong = CliRunner().invoke(app, ["states", "postgress"])
    assert wrong.exit_code == 2
    assert "did you mean postgres?" in " ".join(wrong.output.replace("│", " ").split())


def test_the_tables_say_of_every_kind_what_it_drifts_by_and_loses() -> None:
    known = [(driver.kind, driver.portrait) for driver in SHIPPED]
    console = Console(width=2000, record=True, file=StringIO())
    for table in (matrix(known), losses(known)):
        console.print(table)
    text = console.export_text()
    for kind, portrait in known:
        assert kind in text
        assert len(portrait.drift.split()) > 2, f"{kind} does not say what it drifts by"
        assert portrait.drift in text
        assert all(need(portrait, state).naive in text for state in FOUR)
