"""Rows that happen again and again: by chance to each pod by itself, or every so often."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import World
from tests.faults.small import events, run, workload

EACH = {"random": {"mtbf": "10m", "per": "pod"}, "do": "container-kill", "on": "StatefulSet/a"}


def strikes(*rows: dict[str, Any], **extra: Any) -> dict[str, list[float]]:
    """Return when the first row has struck which pod."""
    objects = extra.pop("objects", [workload("StatefulSet")])
    made = run(*rows, objects=objects, **{"duration": "20h", **extra})
    found = defaultdict(list)
    for event in events(made, "Started", "Fault/1."):
        found[event.fields["on"]].append(event.t)
    return dict(found)


def test_each_pod_fails_by_itself_as_often_as_the_mean_says() -> None:
    found = strikes(EACH)
    assert set(found) == {"Pod/a-0", "Pod/a-1", "Pod/a-2"}
    for times in found.values():
        assert 76 <= len(times) <= 164, "120 are expected in 20 h: within 4 sigma"


def test_a_pods_failures_are_moved_neither_by_other_pods_nor_by_other_rows() -> None:
    alone = strikes(EACH)
    more = strikes(EACH, {**EACH, "do": "pod-kill"}, objects=[workload("StatefulSet", 5)])
    for pod, times in alone.items():
        assert more[pod][:30] == pytest.approx(times[:30], abs=2), "its first pod may come a little later"


def test_a_pod_that_is_gone_is_hit_by_nobody_and_again_when_it_is_back() -> None:
    rows = [{"at": "4h", "do": "scale", "on": "StatefulSet/a", "replicas": 1}]
    rows += [{"at": "8h", "do": "scale", "on": "StatefulSet/a", "replicas": 3}]
    found = strikes(EACH, *rows)
    away = (4 * 3600, 8 * 3600)
    assert [t for t in found["Pod/a-2"] if away[0] < t < away[1]] == []
    assert len([t for t in found["Pod/a-2"] if t > away[1]]) > 40
    assert len([t for t in found["Pod/a-0"] if away[0] < t < away[1]]) > 10


def test_pods_that_come_and_go_have_a_time_of_their_own_each() -> None:
    row = {**EACH, "do": "pod-kill", "on": {"anyPod": {"app": "a"}}}
    found = strikes(row, objects=[workload()])
    assert 3 * 76 <= sum(map(len, found.values())) <= 3 * 164
    assert len(found) > 200, "a pod of a Deployment is killed once, and another has another name"


def test_containers_that_were_started_by_hand_fail_by_themselves_as_well() -> None:
    bare = [
        {"name": "a", "image": "app:1", "nodes": ["node-a-1", "node-b-1"], "port": 80, "restart": "always"}
    ]
    found = strikes({**EACH, "on": "Container/a"}, objects=[], containers=bare)
    assert {name: 76 <= len(times) <= 164 for name, times in found.items()} == {
        "Container/a-0": True,
        "Container/a-1": True,
    }


def test_a_pause_of_each_agent_ends_before_its_next() -> None:
    scenario = {
        "systems": [{"name": "db", "kind": "patroni", "workload": "StatefulSet/a"}],
        "duration": "10h",
    }
    row = {
        "random": {"mtbf": "30m", "mttr": "1m", "per": "pod"},
        "do": "process-pause",
        "on": "StatefulSet/a",
        "process": "patroni",
    }
    made = run(row, objects=[workload("StatefulSet")], **scenario)
    whom = {event.object: event.fields["on"] for event in events(made, "Started", "Fault/1.")}
    under_way: set[str] = set()
    for event in made.events:
        if event.object in whom and event.event == "Started":
            assert whom[event.object] not in under_way
            under_way.add(whom[event.object])
        elif event.object in whom:
            under_way.remove(whom[event.object])
    assert len(events(made, "Ended", "Fault/1.")) > 30


def test_every_month_is_every_month() -> None:
    row = {"every": "30d", "do": "rollout-restart", "on": "StatefulSet/a"}
    made = run(row, objects=[workload("StatefulSet")], duration="365d")
    day = 86_400.0
    assert [e.t / day for e in events(made, "Started", "Fault/")] == [30.0 * n for n in range(1, 13)]
    assert len(events(made, "Created", "Pod/")) == 3 * 13, "each time every pod is replaced"
    hashes = {e.fields["revision"] for e in events(made, "Created", "Pod/")}
    assert len(hashes) == 13


def test_the_first_time_may_be_given_and_a_fault_ends_each_time() -> None:
    row = {"at": "1h", "every": "1d", "do": "node-crash", "on": "Node/node-a-1", "for": "10m"}
    made = run(row, objects=[], duration="3d")
    assert [e.t / 3600 for e in events(made, "Crashed")] == [1.0, 25.0, 49.0]
    assert [e.t - 600 for e in events(made, "Recovered")] == [e.t for e in events(made, "Crashed")]


def test_a_person_reacts_anew_each_time() -> None:
    row = {"every": "1h", "do": "switchover", "on": "StatefulSet/a", "reaction": {"uniform": ["1m", "9m"]}}
    systems = [{"name": "db", "kind": "patroni", "workload": "StatefulSet/a"}]
    made = run(row, objects=[workload("StatefulSet")], systems=systems, duration="12h")
    took = [e.fields["reaction_s"] for e in events(made, "Started", "Fault/")]
    assert len(took) == len(set(took)) == 11
    assert all(60 <= s <= 540 for s in took)
    assert [e.t - e.fields["reaction_s"] for e in events(made, "Started", "Fault/")] == pytest.approx(
        [3600.0 * n for n in range(1, 12)]
    )


def test_a_paused_deployment_cannot_be_restarted() -> None:
    row = {"at": "1m", "do": "rollout-restart", "on": "Deployment/a"}
    made = run(row, objects=[workload(paused=True)])
    assert "can't restart paused Deployment/a" in events(made, "Skipped")[0].fields["why"]


def test_what_is_written_is_read_again_as_it_was() -> None:
    rows = [EACH, {"every": "10h", "at": "1h", "do": "rollout-restart", "on": "StatefulSet/a"}]
    raw = {"metadata": {"name": "s"}, "duration": "24h", "manifests": [workload("StatefulSet")]}
    once = Scenario.model_validate({**raw, "timeline": rows})
    again = Scenario.model_validate(once.model_dump(mode="json", by_alias=True, exclude_unset=True))
    assert again.timeline == once.timeline
    assert World(load(again).variants[0]).run().events == World(load(once).variants[0]).run().events


CRASH = {"do": "node-crash", "on": {"zone": "a"}}
WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {**CRASH, "every": "1d", "random": {"mtbf": "1d", "mttr": "1h"}},
        "timeline[0].every: every and random are both given; write one of them",
    ),
    ({**CRASH, "every": "0s", "for": "1s"}, "timeline[0].every: every is longer than 0"),
    (
        {**CRASH, "every": "1d"},
        "timeline[0]: for is missing: a fault that comes again has an end (like for: 60s)",
    ),
    (
        {**CRASH, "every": "1d", "for": "2d"},
        "timeline[0].for: for is not shorter than every: it would come again before its end",
    ),
    (
        {**CRASH, "random": {"mtbf": "1d", "mttr": "1h", "per": "pod"}},
        "timeline[0].random.per: per: pod is for what befalls pods, of which there may be several "
        "(on: StatefulSet/db, or on: {anyPod: {app: db}})",
    ),
    (
        {**EACH, "on": "Pod/a-0"},
        "timeline[0].random.per: per: pod is for what befalls pods, of which there may be several "
        "(on: StatefulSet/db, or on: {anyPod: {app: db}})",
    ),
    (
        {**EACH, "random": {"mtbf": "1d", "per": "pods"}},
        "timeline[0].random.per: expected pod, found 'pods' (did you mean pod?)",
    ),
]


@pytest.mark.parametrize(("row", "said"), WRONG)
def test_a_row_that_cannot_come_again_like_that_is_refused(row: dict[str, Any], said: str) -> None:
    raw = {"metadata": {"name": "s"}, "duration": "60d", "manifests": [workload("StatefulSet")]}
    with pytest.raises(ScenarioError) as refused:
        load({"apiVersion": "statesim/v1", "kind": "Scenario", **raw, "timeline": [row]})
    assert str(refused.value).splitlines() == [said]


def test_a_row_that_first_comes_after_the_end_is_a_warning() -> None:
    row = {"every": "30d", "do": "rollout-restart", "on": "StatefulSet/a"}
    raw = {"metadata": {"name": "s"}, "duration": "20d", "manifests": [workload("StatefulSet")]}
    loaded = load({"apiVersion": "statesim/v1", "kind": "Scenario", **raw, "timeline": [row]})
    assert "timeline[0].every: never happens: the scenario ends before" in map(str, loaded.warnings)
