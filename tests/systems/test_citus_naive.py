"""What a Deployment of workers loses of Citus, beside a coordinator that has a name and a disk; and without one."""

from __future__ import annotations

import pytest

from statesim.systems.citus.portrait import CITUS
from tests.systems.naive import EVERY_POD, ONE_POD, Naive, Runs, Sharded

A_WORKER = Sharded("set", 3, (ONE_POD,), target="Service/head")
THE_COORDINATOR = Sharded("set", 3, ({**EVERY_POD, "on": "Pod/head-0"},), target="Service/head")


@pytest.fixture(scope="module")
def runs() -> Runs:
    return Runs()


def test_one_part_of_the_rows_is_lost_with_a_worker_while_the_others_answer(runs: Runs) -> None:
    assert CITUS.storage.naive.startswith(
        "one part of the rows with each worker replaced, while the others answer"
    )
    found = runs.of("citus", A_WORKER).client
    assert 0.1 < found["lost"] / found["acked"] < 0.4
    assert found["unavailable_s"] < 2


def test_the_shards_of_a_name_that_dangles_are_nobodys(runs: Runs) -> None:
    assert CITUS.identity.naive.startswith("the shards of each worker replaced: the old name dangles")
    found = runs.of("citus", A_WORKER)
    assert len(found.who("Registered", new=True)) == 4
    assert found.client["failed"] > 300


def test_all_sessions_end_with_the_coordinator(runs: Runs) -> None:
    assert CITUS.session.naive.startswith("all of them, with the coordinator")
    assert runs.of("citus", THE_COORDINATOR).client["sessions_broken"] >= 12


def test_without_numbers_nobody_is_the_coordinator(runs: Runs) -> None:
    assert CITUS.role.naive.startswith("the coordinator: without numbers every pod is a shard")
    found = runs.of("citus", Naive("set", 3))
    assert found.client["acked"] == 0
    assert not found.who("Role", role="primary")
