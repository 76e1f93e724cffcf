"""Orchestrator in a whole cluster: what its hook does to Services, where a pod's own program could not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import World

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def run(*timeline: dict[str, Any], kind: str = "mysql-async") -> Any:
    """Run the orchestrator's variant of `mysql-failover` with another timeline, for six minutes."""
    raw: dict[str, Any] = yaml.safe_load((SCENARIOS / "mysql-failover.yaml").read_text(encoding="utf-8"))
    files = ("mysql-service-role.yaml", "mysql.yaml")
    manifests = [
        document
        for name in files
        for document in yaml.safe_load_all((SCENARIOS / "manifests" / name).read_text(encoding="utf-8"))
    ]
    raw.update(duration="6m", variants=[], expect=[], manifests=manifests, timeline=list(timeline))
    raw["systems"][0]["kind"] = kind
    return World(load(Scenario.model_validate(raw)).variants[0]).run()


def behind(run: Any) -> list[tuple[float, list[str]]]:
    """Return when the Service of the source was pointed where."""
    return [
        (event.t, event.fields["ready"])
        for event in run.events
        if event.event == "EndpointsChanged" and event.object == "EndpointSlice/mysql"
    ]


def test_a_source_that_is_cut_off_loses_its_label_though_it_cannot_be_reached() -> None:
    done = run({"at": "3m", "do": "network-partition", "on": {"nodeOf": "Pod/mysql-0"}})
    promoted = next(event for event in done.events if event.event == "Promoted")
    pod = promoted.object.partition("/")[2]
    last_s, ready = behind(done)[-1]
    assert ready == [pod], "the old one is out, long before Kubernetes calls its node NotReady"
    assert promoted.t - 0.1 < last_s < 195
    lost = [event for event in done.events if event.event == "Lost" and event.object == "Client/shop"]
    assert sum(event.fields["count"] for event in lost) <= 8, "clients are not on the other side of the cut"


def test_a_fallback_is_caused_by_what_took_the_last_replica() -> None:
    rows = [
        {"at": "170s", "do": "node-pause", "on": {"nodeOf": "Pod/mysql-1"}},
        {"at": "3m", "do": "node-pause", "on": {"nodeOf": "Pod/mysql-2"}},
    ]
    done = run(*rows, kind="mysql-semisync")
    event = next(event for event in done.events if event.event == "SemiSyncOff" and event.t > 100)
    assert 189 < event.t < 192, "a commit that was on its way waits as well"
    chain = []
    while event.cause is not None:
        event = done.events[event.cause]
        chain.append(event)
    assert chain[-1].object.startswith("Fault/")
    assert chain[-1].t == 180


def test_a_rolling_update_moves_the_role_away_from_number_0_for_good() -> None:
    image = {"at": "3m", "do": "set-image", "on": "StatefulSet/mysql", "image": "mysql:8.4.1"}
    done = run(image)
    promoted = [event for event in done.events if event.event == "Promoted"]
    assert len(promoted) == 1, "the source is the last to be replaced, and stopped in order"
    assert behind(done)[-1][1] == [promoted[0].object.partition("/")[2]]
    final = next(value for *_, f, value, _ in done.operations if f == "final")
    acked = {v for *_, type_, f, v, _ in done.operations if (type_, f) == ("ok", "write")}
    kept = len(acked & set(final))
    assert len(acked) > 2000
    assert len(acked) - kept <= 2, "a shutdown in order lets the replicas have everything"
