"""Switchovers, pauses and the failure of one program of two, in whole runs."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.errors import ScenarioError
from statesim.scenario.load import load
from statesim.world import World
from tests.faults.test_roles import events, written

PG = "StatefulSet/pg"


def run(*timeline: dict[str, Any], kind: str = "patroni", **more: Any) -> Any:
    return World(load(written(*timeline, kind=kind, **more)).variants[0]).run()


def test_a_switchover_names_who_takes_over_and_comes_when_the_person_has_reacted() -> None:
    row = {"at": "60s", "do": "switchover", "on": PG, "candidate": "Pod/pg-2", "reaction": "5s"}
    made = run(row)
    (started,) = events(made, "Started", "Fault/")
    assert (started.t, started.fields["targets"]) == (65.0, ["Pod/pg-2"])
    (promoted,) = events(made, "Promoted")
    assert promoted.object == "Member/pg-2"
    assert 66 < promoted.t < 68


def test_a_switchover_that_is_refused_is_skipped() -> None:
    made = run({"at": "60s", "do": "switchover", "on": {"primaryOf": "pg"}, "candidate": "Pod/pg-0"})
    (skipped,) = events(made, "Skipped", "Fault/")
    assert skipped.fields["why"] == "pg-0 is the leader already"


def test_a_pause_lasts_as_long_as_it_says_or_until_somebody_resumes() -> None:
    kill = {"at": "70s", "do": "node-crash", "on": {"nodeOf": "Pod/pg-0"}}
    pause = {"at": "60s", "do": "pause", "on": PG}
    timed = run({**pause, "for": "100s"}, kill)
    ended = run(pause, kill, {"at": "200s", "do": "resume", "on": PG})
    for made, at in ((timed, 160.0), (ended, 200.0)):
        assert [e.t for e in events(made, "Resumed")] == [at]
        (promoted,) = events(made, "Promoted")
        assert at < promoted.t < at + 15
    assert not events(run(pause, kill), "Promoted")


def test_postgresql_dies_alone_and_its_container_lives() -> None:
    made = run({"at": "60s", "do": "process-kill", "on": {"primaryOf": "pg"}, "process": "postgres"})
    assert not [e for e in events(made, "Restarted") if e.t > 50]
    roles = [e.fields["role"] for e in events(made, "Role", "Member/pg-0") if e.t > 59]
    assert roles == ["stopped", "recovering", "primary"]


def test_an_agent_stands_still_and_goes_on() -> None:
    made = run({"at": "60s", "do": "process-pause", "on": "Pod/pg-0", "process": "patroni", "for": "60s"})
    assert [(e.event, e.t) for e in made.events if e.event in ("AgentStopped", "AgentContinued")] == [
        ("AgentStopped", 60.0),
        ("AgentContinued", 120.0),
    ]
    assert events(made, "Promoted")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"do": "switchover", "on": PG}, "postgres-replication has none"),
        ({"do": "pause", "on": "Pod/pg-0"}, "postgres-replication has none"),
        ({"do": "resume", "on": {"primaryOf": "pg"}}, "postgres-replication has none"),
        ({"do": "process-kill", "on": PG, "process": "postgres"}, "container-kill"),
        ({"do": "process-pause", "on": PG, "process": "patroni"}, "node-pause"),
    ],
)
def test_systems_without_a_manager_are_refused_before_the_run(row: dict[str, Any], why: str) -> None:
    scenario = written({"at": "1s", **row})
    with pytest.raises(ScenarioError, match=why):
        statesim.load(scenario)
    made = run({"at": "60s", **row}, kind="postgres-replication")
    (skipped,) = events(made, "Skipped", "Fault/")
    assert "of kind postgres-replication" in skipped.fields["why"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"do": "switchover", "on": PG, "candidate": "Node/n"}, "a Pod is meant"),
        ({"do": "process-kill", "on": PG, "process": "patroni"}, "postgres"),
        ({"do": "process-pause", "on": PG, "process": "postgres"}, "patroni"),
        ({"do": "pause", "on": "Node/n"}, "pause cannot aim at a Node"),
    ],
)
def test_what_is_written_wrong_is_said_at_once(row: dict[str, Any], why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        statesim.load(written({"at": "1s", **row}, kind="patroni"))


def test_a_candidate_must_exist() -> None:
    row = {"at": "1s", "do": "switchover", "on": PG, "candidate": "Pod/pg-7"}
    with pytest.raises(ScenarioError, match="there is no Pod/pg-7"):
        statesim.load(written(row, kind="patroni"))
