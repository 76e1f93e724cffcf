"""How Citus commits, labels its pods, and finds its coordinator, as its parameters say."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.scenario.bindings import WORKERS
from statesim.systems.catalogue import problems
from statesim.systems.citus.parameters import CitusParameters
from tests.systems.citus_lab import apart, cluster, submit, transfer
from tests.systems.harness import Lab
from tests.systems.registers import Put


def test_a_commit_at_several_workers_takes_two_round_trips_and_one_at_a_single_worker_none() -> None:
    for trip, ended in (("10ms", "ok"), ("15ms", "")):
        lab = cluster(round_trip=trip)
        source, target = apart(lab)
        assert submit(lab, transfer(source, target), 0.025).type == ended
        assert submit(lab, Put("write", ["k", 1]), 0).type == "ok"


def test_the_label_and_the_coordinator_of_another_system() -> None:
    assert cluster(role_label="citus").labels["c-1"] == {"citus": "shard"}
    lab = Lab("citus", workers=1)
    workers = lab.beside("workers", "citus", coordinator="nobody")
    lab.start("c-0", ordinal=0)
    lab.start("w-0", ordinal=0, system=workers)
    assert not lab.processes["w-0"].listening, "there is no such coordinator"
    assert "whole number above zero" in problems("citus", {"shard_count": 0})[0]


def test_what_does_not_fit_together_is_said() -> None:
    assert "not for the same system" in problems("citus", {"groups": ["a"], "coordinator": "b"})[0]
    assert "each group is one worker" in problems("citus", {"groups": ["a", "b", "a"]})[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"groups": ["a", "b"], "workers": 3}, "2 of them, found 3"),
        ({"groups": ["a", "b"], "workers": 6}, "2 of them, found 6"),
        ({"groups": ["a", "b"], "workers": 2}, ""),
        ({"coordinator": "c", "workers": 3}, "workers is for the system of the coordinator, c"),
        ({"coordinator": "c", "shard_count": 8}, "shard_count is for the system of the coordinator, c"),
        ({"coordinator": "c", "role_label": "r"}, ""),
        ({"update_metadata": "2s"}, "update_metadata is for groups"),
        ({"groups": ["a"], "update_metadata": "2s"}, ""),
    ],
)
def test_a_parameter_that_others_make_void_is_refused(given: dict[str, Any], said: str) -> None:
    found = problems("citus", given)
    assert (said in found[0]) if said else found == []


def test_a_scenario_that_says_nothing_of_workers_is_warned_as_though_it_had_given_the_default() -> None:
    assert CitusParameters().workers == WORKERS
