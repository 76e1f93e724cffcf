"""People promote and rebuild: in whole runs, with what they take their time for."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.errors import ScenarioError
from statesim.kernel.spans import SECOND
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import World

SELECT = {"app": "pg"}
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
CONTAINER = {"name": "pg", "image": "pg:1", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
OBJECTS: list[dict[str, Any]] = [
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "pg"},
        "spec": {"selector": {"statefulset.kubernetes.io/pod-name": "pg-0"}, "ports": [{"port": 5432}]},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "pg"},
        "spec": {
            "replicas": 3,
            "serviceName": "pg",
            "selector": {"matchLabels": SELECT},
            "template": {"metadata": {"labels": SELECT}, "spec": {"containers": [CONTAINER]}},
            "volumeClaimTemplates": [CLAIM],
        },
    },
]
CRASH = {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/pg-0"}}


def written(*timeline: dict[str, Any], kind: str = "postgres-replication", seed: int = 3, **more: Any) -> Any:
    return Scenario.model_validate(
        {
            "metadata": {"name": "small"},
            "seed": seed,
            "duration": "600s",
            "cluster": {"kubernetes": "1.31", "zones": 3, "nodesPerZone": 1},
            "images": {"*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "1s"}},
            "manifests": OBJECTS,
            "systems": [{"name": "pg", "kind": kind, "workload": "StatefulSet/pg"}],
            "timeline": list(timeline),
            **more,
        }
    )


def run(*timeline: dict[str, Any], **more: Any) -> Any:
    return World(load(written(*timeline, **more)).variants[0]).run()


def events(made: Any, event: str, prefix: str = "") -> list[Any]:
    return [e for e in made.events if e.event == event and e.object.startswith(prefix)]


def test_a_promotion_happens_when_the_person_has_reacted_and_steers_the_service() -> None:
    promote = {
        "at": "60s",
        "do": "promote",
        "on": "StatefulSet/pg",
        "reaction": "90s",
        "service": "Service/pg",
    }
    made = run(CRASH, promote)
    (started,) = events(made, "Started", "Fault/2-promote")
    assert started.t_us == 150 * SECOND
    assert started.fields["reaction_s"] == 90
    (promoted,) = events(made, "Promoted")
    pod = promoted.object.partition("/")[2]
    assert started.fields["targets"] == [f"Pod/{pod}", "Service/pg"]
    (changed,) = events(made, "Changed", "Service/pg")
    assert changed.t_us == started.t_us


def test_a_reaction_is_drawn_from_a_stream_that_no_other_row_moves() -> None:
    late = {"exponential": "60s"}
    promote = {"at": "60s", "do": "promote", "on": "Pod/pg-1", "reaction": late}
    alone = run(CRASH, promote)
    third = run(CRASH, {"at": "20s", "do": "cordon", "on": "Node/node-a-1", "for": "1s"}, promote)
    other = run(CRASH, promote, seed=4)
    at = [events(made, "Promoted")[0].t_us for made in (alone, third, other)]
    assert at[0] == at[1] != at[2]


def test_a_fence_keeps_the_old_machine_off_beyond_the_end_of_its_fault() -> None:
    crash = {**CRASH, "for": "100s"}
    promote = {"at": "100s", "do": "promote", "on": "Pod/pg-1"}
    unfenced = run(crash, promote)
    fenced = run(crash, {**promote, "fence": True})
    again = {"at": "300s", "do": "node-recover", "on": {"nodeOf": "Pod/pg-0"}}
    rebuilt = run(crash, {**promote, "fence": True}, {"at": "250s", "do": "rebuild", "on": "Pod/pg-0"}, again)

    def roles(made: Any) -> list[str]:
        return [e.fields["role"] for e in events(made, "Role", "Member/pg-0") if e.t_us > 61 * SECOND]

    assert roles(unfenced)[-1] == "primary", "it returns as what its disk says"
    assert roles(fenced) == []
    assert roles(rebuilt)[-1] == "replica"
    assert "primary" not in roles(rebuilt)


def test_a_fence_cuts_the_power_of_a_primary_that_is_only_out_of_sight() -> None:
    cut = {"at": "60s", "do": "network-partition", "on": {"nodeOf": "Pod/pg-0"}, "from": "control-plane"}
    promote = {"at": "80s", "do": "promote", "on": "Pod/pg-1"}
    assert not events(run(cut, promote), "PrimaryLost")
    made = run(cut, {**promote, "fence": True})
    assert [e.t_us for e in events(made, "PrimaryLost")] == [80 * SECOND]
    assert [e.fields["why"] for e in events(made, "Crashed", "Node/")] == ["it is fenced"]
    (fenced,) = events(made, "Fenced", "System/pg")
    assert (fenced.fields["pod"], f"Node/{fenced.fields['node']}") == (
        "pg-1",
        events(made, "Crashed")[0].object,
    )


def test_a_fence_that_would_hit_the_standby_is_not_put_up() -> None:
    promote = {"at": "80s", "do": "promote", "on": "Pod/pg-1", "fence": True}
    kill = {"at": "79s", "do": "container-kill", "on": "Pod/pg-0"}
    one = {"kubernetes": "1.31", "zones": 1, "nodesPerZone": 1}
    made = run(kill, promote, cluster=one)
    (skipped,) = events(made, "Skipped", "Fault/")
    assert skipped.fields["why"] == "pg-1 runs on the machine that would have to be switched off"
    assert not events(made, "Promoted")


@pytest.mark.parametrize(
    ("row", "kind", "why"),
    [
        ({"do": "promote", "on": "Pod/pg-0"}, "postgres-replication", "pg-0 is a primary already"),
        ({"do": "rebuild", "on": "Pod/pg-0"}, "postgres-replication", "there is no primary"),
        ({"do": "promote", "on": "Pod/pg-1"}, "patroni", "of kind patroni"),
        ({"do": "rebuild", "on": "Pod/pg-1"}, "stateless", "of kind stateless"),
    ],
)
def test_what_cannot_be_done_by_hand_is_skipped_and_says_why(
    row: dict[str, Any], kind: str, why: str
) -> None:
    made = run({"at": "60s", **row}, kind=kind)
    (skipped,) = events(made, "Skipped", "Fault/")
    assert why in skipped.fields["why"]


def test_rows_are_checked_before_the_run() -> None:
    wrong = written({"at": "1s", "do": "promote", "on": "Pod/pg-1", "service": "Service/pgg"})
    with pytest.raises(ScenarioError, match="there is no Service/pgg"):
        statesim.load(wrong)
    for on in ("Pod/pg-1", "StatefulSet/pg", {"replicaOf": "pg"}):
        with pytest.raises(ScenarioError, match="those of patroni are not"):
            statesim.load(written({"at": "1s", "do": "promote", "on": on}, kind="patroni"))
    statesim.load(written({"at": "1s", "do": "rebuild", "on": "Pod/pg-0"}))
    with pytest.raises(ScenarioError, match="promote cannot aim at a Node"):
        written({"at": "1s", "do": "promote", "on": "Node/node-a-1"})
    with pytest.raises(ScenarioError, match="a Service is meant"):
        written({"at": "1s", "do": "promote", "on": "Pod/pg-1", "service": "Pod/pg-1"})


def test_a_replica_under_patroni_is_rebuilt_by_its_agent() -> None:
    made = run({"at": "100s", "do": "rebuild", "on": {"replicaOf": "pg"}}, kind="patroni")
    assert not events(made, "Skipped", "Fault/")
    assert [event.t > 100 for event in events(made, "Cloned", "Member/")] == [False, False, True]
