"""A broken rule of a storm is excused by its own cause, at its own time, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.experiment.storm_excuses import AWOKEN, FORCED, SHARED
from statesim.experiment.storm_weather import UNSAFE
from statesim.kernel.spans import SECOND
from statesim.scenario.load import load
from statesim.systems.catalogue import problems
from statesim.world import World
from tests.storm.small import FORCE, PARTITION, Told, heard, judged, small

WARNING = f"{UNSAFE}: its program may run on"
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data-db-1"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


# -- by force --------------------------------------------------------------------------------------------


def test_a_forced_deletion_is_excused_for_the_pod_of_which_people_were_warned_and_for_no_other() -> None:
    warned = {**FORCE, "label": WARNING}
    excused = judged(PARTITION, warned, replicas=1)
    assert excused.broken == ()
    assert set(excused.lessons) == {FORCED}
    other = {**warned, "on": "Pod/db-1", "at": "65s"}
    assert judged(PARTITION, other, FORCE).broken != ()


def test_a_warning_excuses_the_program_that_it_was_about_and_not_a_later_one_of_that_name() -> None:
    early = {"at": "40s", "do": "delete", "on": "Pod/db-0", "force": True, "label": WARNING}
    late = {**PARTITION, "at": "500s"}, {**FORCE, "at": "600s"}
    outcome = judged(early, *late, replicas=1)
    assert any("one-pod-per-identity" in told for told in outcome.broken), outcome


OUT_OF_SERVICE = {
    "at": "70s",
    "do": "taint",
    "on": {"nodeOf": "Pod/db-0"},
    "taint": {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"},
}


@pytest.mark.parametrize("label", [WARNING, None])
def test_a_node_said_to_be_out_of_service_is_excused_only_if_people_were_warned(label: str | None) -> None:
    outcome = judged(PARTITION, {**OUT_OF_SERVICE, "at": "200s", "label": label}, replicas=1)
    if label is None:
        assert any("one-pod-per-identity" in told for told in outcome.broken), outcome
        assert outcome.lessons == ()
    else:
        assert outcome.broken == ()
        assert set(outcome.lessons) == {FORCED}


def test_a_warning_about_one_node_does_not_excuse_what_is_let_go_on_another() -> None:
    elsewhere = {**OUT_OF_SERVICE, "on": {"nodeOf": "Pod/db-1"}, "at": "65s", "label": WARNING}
    outcome = judged(PARTITION, elsewhere, {**FORCE, "at": "200s"})
    assert any("one-pod-per-identity" in told for told in outcome.broken), outcome


def test_a_warning_is_over_when_the_taint_is() -> None:
    over = {**OUT_OF_SERVICE, "at": "66s", "do": "untaint"}
    outcome = judged(PARTITION, {**OUT_OF_SERVICE, "at": "65s", "label": WARNING}, over, FORCE, replicas=1)
    assert any("one-pod-per-identity" in told for told in outcome.broken)


def test_force_excuses_what_programs_do_and_not_what_a_controller_does() -> None:
    granted = "PodDisruptionBudget/db", "Granted", {"pod": "db-0"}
    guard = heard(small(PARTITION, {**FORCE, "label": WARNING}, replicas=1), (100, *granted))
    assert [told.told.partition(":")[0] for told in guard.broken] == ["budget-kept"]
    assert FORCED in guard.lessons


# -- a machine that stood still --------------------------------------------------------------------------

PATRONI = {"systems": [{"name": "db", "kind": "patroni", "workload": "StatefulSet/db"}]}


def test_a_primary_that_stood_still_may_believe_that_it_leads_until_it_has_looked() -> None:
    pause = {"at": "120s", "do": "node-pause", "on": {"primaryOf": "db"}, "for": "60s"}
    outcome = judged(pause, replicas=3, **PATRONI)
    assert outcome.broken == ()
    assert outcome.lessons == (AWOKEN,)


WATCHED = {"watchdog_mode": "required", "watchdog_device": True}
GUARDED = {"systems": [{**PATRONI["systems"][0], "parameters": WATCHED}]}


def test_with_a_watchdog_there_is_no_second_primary_and_would_be_no_excuse() -> None:
    pause = {"at": "120s", "do": "node-pause", "on": {"primaryOf": "db"}, "for": "60s"}
    outcome = judged(pause, replicas=3, **GUARDED)
    assert outcome.broken == outcome.lessons == ()
    guard = heard(small(replicas=0, **GUARDED), *LED, *FROZE, OTHER, *THAWED, LOOKED)
    assert guard.broken != []


def role(t: float, pod: str, uid: str, *, accepts: bool) -> Told:
    fields = {"role": "primary", "system": "db", "accepts_writes": accepts, "uid": uid}
    return t, f"Member/{pod}", "Role", fields


def moved(t: float, event: str, pod: str, uid: str) -> Told:
    return t, f"Process/{pod}", event, {"uid": uid, "node": "n", "data": f"pv/{uid}", "how": "killed"}


LED = (
    moved(10, "Running", "db-0", "a"),
    moved(10, "Running", "db-1", "b"),
    role(11, "db-0", "a", accepts=True),
)
FROZE = (moved(20, "Frozen", "db-0", "a"), role(20, "db-0", "a", accepts=False))
OTHER = role(50, "db-1", "b", accepts=True)
THAWED = (moved(60, "Thawed", "db-0", "a"), role(60, "db-0", "a", accepts=True))
LOOKED = role(68, "db-0", "a", accepts=False)

HISTORIES: dict[str, tuple[Told, ...]] = {
    "nothing stood still": (*LED, OTHER),
    "it goes on for longer than its agent may take": (*LED, *FROZE, OTHER, *THAWED),
    "it takes that long to look": (*LED, *FROZE, OTHER, *THAWED, role(81, "db-0", "a", accepts=False)),
    "it was no primary when it stood still": (
        *LED,
        role(15, "db-0", "a", accepts=False),
        *FROZE,
        OTHER,
        *THAWED,
        LOOKED,
    ),
    "it was no primary, and the other one was already": (
        *LED,
        moved(20, "Frozen", "db-1", "b"),
        moved(60, "Thawed", "db-1", "b"),
        role(61, "db-1", "b", accepts=True),
        role(62, "db-1", "b", accepts=False),
    ),
    "it has looked since": (
        *LED,
        *FROZE,
        OTHER,
        *THAWED,
        role(61, "db-0", "a", accepts=False),
        role(64, "db-0", "a", accepts=True),
        LOOKED,
    ),
    "it stood still long ago": (*LED, *FROZE, *THAWED, role(100, "db-1", "b", accepts=True)),
    "another program of its name did": (*LED, *FROZE, OTHER, THAWED[0], role(60, "db-0", "c", accepts=True)),
    "there were two before it stood still": (
        *LED,
        role(12, "db-1", "b", accepts=True),
        *FROZE,
        *THAWED,
        LOOKED,
    ),
    "a third one accepts as well": (
        *LED,
        moved(10, "Running", "db-2", "d"),
        *FROZE,
        OTHER,
        *THAWED,
        role(61, "db-2", "d", accepts=True),
        LOOKED,
    ),
}


def test_the_history_of_a_machine_that_stood_still_is_excused() -> None:
    guard = heard(small(replicas=0, **PATRONI), *LED, *FROZE, OTHER, *THAWED, LOOKED)
    assert guard.broken == []
    assert guard.lessons == [AWOKEN]


def test_one_that_stands_still_again_before_it_has_looked_is_excused_again() -> None:
    again = (
        moved(62, "Frozen", "db-0", "a"),
        role(62, "db-0", "a", accepts=False),
        moved(90, "Thawed", "db-0", "a"),
        role(90, "db-0", "a", accepts=True),
        role(98, "db-0", "a", accepts=False),
    )
    guard = heard(small(replicas=0, **PATRONI), *LED, *FROZE, OTHER, *THAWED, *again)
    assert guard.broken == []
    assert guard.lessons == [AWOKEN, AWOKEN]


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_two_primaries_are_a_failure_where(history: tuple[Told, ...]) -> None:
    guard = heard(small(replicas=0, **PATRONI), *history)
    assert guard.broken != []


# -- pods of one node -------------------------------------------------------------------------------------


def sharing() -> dict[str, Any]:
    """Return a town in which a Deployment's pods share a claim, on the one node that there is."""
    template = {
        "metadata": {"labels": {"app": "db"}},
        "spec": {
            "containers": [
                {"name": "c", "image": "app:1", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}
            ],
            "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data-db-1"}}],
        },
    }
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "db"}}, "template": template}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "db"}, "spec": spec}
    return {"manifests": [CLAIM, deployment], "cluster": {"zones": 1, "nodesPerZone": 1}, "clients": []}


def test_pods_of_one_node_may_share_the_claim_that_they_name() -> None:
    outcome = judged(**sharing())
    assert outcome.broken == ()
    assert outcome.lessons == (SHARED,)


@pytest.mark.parametrize("node", ["node-a-1", "elsewhere"])
def test_a_program_beside_them_whose_pod_names_no_such_claim_is_a_failure(node: str) -> None:
    scenario = small(cluster={"zones": 1, "nodesPerZone": 1})
    world = World(load(scenario, systems=problems).variants[0])
    world.run(until_us=50 * SECOND)
    data = next(
        e.fields["data"] for e in world.trace.events if (e.object, e.event) == ("Process/db-1", "Running")
    )
    intruder = 55, "Process/db-0", "Running", {"uid": "x", "node": node, "data": data}
    guard = heard(scenario, intruder)
    assert any(told.told.startswith("one-writer-per-volume") for told in guard.broken)
    assert guard.lessons == []
