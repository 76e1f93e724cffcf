"""Patroni's tags and synchronous modes: who may be promoted, and who confirms."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.kernel.spans import SECOND
from tests.systems.harness import STEP, Lab, patroni

PODS = ("pg-0", "pg-1", "pg-2")


def crashed(seed: int = 4, **parameters: Any) -> Lab:
    lab = patroni(seed, **parameters)
    lab.writer(STEP, 66 * SECOND)
    lab.at(65.005, lab.power_cut, "pg-0")
    lab.run(60)
    return lab


# -- tags --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "winners"),
    [
        ({}, {"pg-1", "pg-2"}),
        ({"nofailover": ["pg-1"]}, {"pg-2"}),
        ({"failover_priority": {"pg-1": 2}}, {"pg-1"}),
        ({"failover_priority": {"pg-1": 0}}, {"pg-2"}),
        ({"nofailover": ["pg-1", "pg-2"]}, {None}),
    ],
)
def test_tags_decide_who_is_promoted(parameters: dict[str, Any], winners: set[str | None]) -> None:
    assert {crashed(seed, **parameters).primary for seed in range(12)} == winners


def test_a_priority_is_nothing_against_what_another_has_more() -> None:
    lab = patroni(4, failover_priority={"pg-1": 9})
    lab.cut("pg-1", "pg-0")
    lab.writer(STEP, 66 * SECOND)
    lab.at(65, lab.kill, "pg-0")
    lab.run(60)
    assert lab.primary == "pg-2"


# -- synchronous mode --------------------------------------------------------------------------------------


def confirming(lab: Lab, *gone: str) -> str:
    """Return how a write ends in the half second after these have gone."""
    for pod in gone:
        lab.kill(pod)
    asked = lab.write("pg-0")
    lab.run(0.5)
    return asked.type


def test_the_number_of_standbys_that_confirm() -> None:
    for mode, count, gone, answer in (
        (True, 1, 0, "ok"),
        (True, 1, 1, ""),
        (True, 2, 1, ""),
        ("quorum", 1, 1, "ok"),
        ("quorum", 1, 2, ""),
        ("quorum", 2, 1, ""),
        (False, 1, 2, "ok"),
    ):
        lab = patroni(4, synchronous_mode=mode, synchronous_node_count=count)
        key = lab.system.group.sync
        victims = [*key.members, "pg-1", "pg-2"][:gone] if gone < 2 else ["pg-1", "pg-2"]
        assert confirming(lab, *victims) == answer, (mode, count, gone)


@pytest.mark.parametrize("mode", [True, "quorum"])
@pytest.mark.parametrize("count", [1, 2])
def test_no_synchronous_mode_loses_what_it_has_acknowledged(mode: bool | str, count: int) -> None:
    for seed in range(6):
        lab = crashed(seed, synchronous_mode=mode, synchronous_node_count=count, replication_lag="500ms")
        assert lab.primary in ("pg-1", "pg-2")
        assert lab.lost == set()
        assert len(lab.confirmed) > 100


def test_a_quorum_that_cannot_be_asked_promotes_nobody() -> None:
    for mode, promoted in (("quorum", False), (False, True)):
        lab = patroni(4, synchronous_mode=mode)
        lab.kill("pg-0")
        lab.power_cut("pg-2")
        lab.run(60)
        assert (lab.primary == "pg-1") is promoted


def test_a_new_leader_of_a_quorum_never_acknowledges_alone() -> None:
    """Patroni docs, replication_modes.rst: it takes over who must confirm."""
    lab = crashed(4, synchronous_mode="quorum")
    leader = lab.system.group.leader
    assert leader.names is not None
    lab.run(30)
    assert lab.system.group.sync == (lab.primary, tuple({"pg-1", "pg-2"} - {lab.primary}), 0)
