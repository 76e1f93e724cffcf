"""Which standbys PostgreSQL's commits wait for, and how that is written."""

from __future__ import annotations

import pytest

from statesim.systems.catalogue import problems
from tests.systems.replicated import cluster, restart


def test_a_standby_that_is_stopped_is_replaced_at_once() -> None:
    lab = cluster(synchronous_standby_names="pg-1, pg-2")
    lab.stop("pg-1")
    write = lab.write("pg-0")
    lab.run(0.2)
    assert write.type == "ok"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", True),
        ("*", True),
        ("pg-1, pg-2", True),
        ("first 1 (pg-1, pg-2)", True),
        ("ANY 2 (pg-1, pg-2, pg-3)", True),
        ("2 (pg-1, pg-2)", True),
        ("ANY (pg-1)", False),
        ("FIRST 0 (pg-1)", False),
        ("pg-1 pg-2", False),
    ],
)
def test_the_standbys_that_commits_wait_for_are_written_as_postgresql_does(text: str, right: bool) -> None:
    found = problems("postgres-replication", {"synchronous_standby_names": text})
    assert (found == []) == right, found


def test_two_standbys_must_have_it_where_two_are_asked_for() -> None:
    lab = cluster(synchronous_standby_names="FIRST 2 (pg-1, pg-2)")
    lab.stop("pg-2")
    lab.run(2)
    write = lab.write("pg-0")
    lab.run(100)
    assert write.type == ""
    assert lab.ask("pg-0", "read", write.value).result is False, "what waits is not visible"
    restart(lab, "pg-2")
    lab.run(10)
    assert write.type == "ok"
