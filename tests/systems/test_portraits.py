"""What the drivers say of the four kinds of state, against the table that this rests on."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from statesim.cli import app
from statesim.systems.catalogue import SHIPPED
from statesim.views.portraits import FOUR, losses, matrix, need

PAGES = Path(__file__).parents[2] / "docs" / "systems"
LETTERS = {"A": "application", "O": "orchestrator", "G": "glue", "P": "provider", "-": "nobody"}

# Who provides storage, identity, session and cluster role, after the sources of each system: PostgreSQL docs
# (high availability), Patroni docs (kubernetes.rst), Kubernetes docs (StatefulSet, Service)
PROVIDED = {
    "stateless": ("-", "-", "A", "-"),
    "postgres": ("O", "O", "A", "-"),
    "postgres-replication": ("OA", "O", "A", "G"),
    "patroni": ("OA", "OA", "AOG", "AG"),
    "cassandra": ("OA", "AO", "A", "A"),
    "auth": ("OA", "-", "AG", "A"),
    "router": ("-", "GO", "A", "A"),
    "mysql-async": ("O", "OG", "AG", "G"),
    "mysql-semisync": ("O", "OG", "AG", "G"),
    "galera": ("OA", "OA", "G", "AG"),
    "mysql-group-replication": ("OA", "AO", "G", "A"),
    "streaming": ("-", "O", "AO", "-"),
    "cdn": ("O", "O", "A", "-"),
    "citus": ("O", "O", "A", "OG"),
    "rds": ("P", "P", "A", "P"),
    "rethinkdb": ("OA", "A", "A", "AG"),
}


@pytest.mark.parametrize("driver", SHIPPED, ids=lambda driver: driver.kind)
def test_who_provides_what_is_as_the_table_says(driver: type) -> None:
    portrait = driver.portrait
    needs = (portrait.storage, portrait.identity, portrait.session, portrait.role)
    expected = [tuple(LETTERS[letter] for letter in letters) for letters in PROVIDED[driver.kind]]
    assert [need.by for need in needs] == expected


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
    known = [(driver.kind, driver.portrait) for driver in SHIPPED if driver.portrait is not None]
    console = Console(width=2000, record=True, file=StringIO())
    for table in (matrix(known), losses(known)):
        console.print(table)
    text = console.export_text()
    for kind, portrait in known:
        assert kind in text
        assert portrait.drift in text
        assert all(need(portrait, state).naive in text for state in FOUR)
