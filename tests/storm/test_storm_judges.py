"""The judges of a storm see what is wrong, and excuse only what people were warned of."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from statesim.cli.storm import tell
from statesim.experiment.storm_runs import Outcome, judge
from statesim.experiment.storm_weather import UNSAFE
from statesim.scenario.schema import Scenario


def judged(*rows: dict[str, Any], replicas: int = 2, kind: str = "StatefulSet", **extra: Any) -> Outcome:
    """Run a small town through the rows."""
    claims = [
        {
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
    ]
    spec: dict[str, Any] = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "db"}},
        "template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {"containers": [{"name": "c", "image": "app:1"}]},
        },
    }
    if kind == "StatefulSet":
        spec |= {"serviceName": "db", "volumeClaimTemplates": claims}
    ports = {"selector": {"app": "db"}, "ports": [{"port": 80}]}
    return judge(
        Scenario.model_validate(
            {
                "metadata": {"name": "small"},
                "seed": 5,
                "duration": "20m",
                "cluster": {"zones": 1, "nodesPerZone": 3},
                "images": {
                    "app:broken": {"ready": "never"},
                    "*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "1s"},
                },
                "manifests": [
                    {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "db"}, "spec": spec},
                    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}, "spec": ports},
                ],
                "clients": [
                    {"name": "db", "target": "Service/db", "operations": {"kind": "web", "rate": "1/s"}}
                ],
                "timeline": rows,
                **extra,
            }
        )
    )


def test_a_quiet_town_is_calm() -> None:
    outcome = judged()
    assert outcome.passed
    assert outcome.first == ""


PARTITION = {
    "at": "60s",
    "do": "network-partition",
    "on": {"nodeOf": "Pod/db-0"},
    "from": "control-plane",
    "for": "600s",
}
FORCE = {"at": "70s", "do": "delete", "on": "Pod/db-0", "force": True}


def test_a_forced_deletion_of_a_running_pod_is_found_with_its_first_event() -> None:
    outcome = judged(PARTITION, FORCE, replicas=1)
    assert not outcome.passed
    assert "one-pod-per-identity" in outcome.first or "one-writer-per-volume" in outcome.first
    assert "event" in outcome.first
    assert "statesim storm --seed 5 --write storm-5.yaml" in outcome.command


def test_it_is_excused_for_the_pod_of_which_people_were_warned_and_for_no_other() -> None:
    warned = {**FORCE, "label": f"{UNSAFE}: its program may run on"}
    excused = judged(PARTITION, warned, replicas=1)
    assert excused.broken == ()
    assert excused.excused >= 1
    other = {**warned, "on": "Pod/db-1", "at": "65s"}
    assert judged(PARTITION, other, FORCE).broken != ()


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"do": "node-crash", "on": {"nodeOf": "Pod/db-0"}}, "is off"),
        ({"do": "node-pause", "on": {"nodeOf": "Pod/db-0"}}, "is paused"),
        ({"do": "cordon", "on": "Node/node-a-1"}, "is not clean"),
        ({"do": "set-image", "on": "StatefulSet/db", "image": "app:broken"}, "not Ready"),
        ({"do": "delete", "on": "StatefulSet/db", "cascade": "orphan"}, "belongs to nobody"),
        ({"do": "delete", "on": "StatefulSet/db"}, "operations of the last minute failed"),
        ({"do": "network-partition", "on": "Node/node-a-1"}, "Node/node-a-1 is not Ready"),
    ],
    ids=lambda value: value["do"] if isinstance(value, dict) else value,
)
def test_what_is_not_put_right_is_named(row: dict[str, Any], complaint: str) -> None:
    outcome = judged({"at": "120s", **row})
    assert any(complaint in each for each in outcome.unsettled), outcome.unsettled


def test_a_pod_that_is_on_its_way_for_ever_is_named() -> None:
    outcome = judged(
        {"at": "120s", "do": "node-crash", "on": {"nodeOf": "Pod/db-1"}},
        {"at": "900s", "do": "scale", "on": "StatefulSet/db", "replicas": 3},
    )
    assert any("Pod/db-1 is still Terminating" in each for each in outcome.unsettled)
    assert any("wants db-0, db-1, db-2" in each for each in outcome.unsettled)


def test_a_rollout_that_is_not_complete_is_named() -> None:
    outcome = judged(
        {"at": "120s", "do": "set-image", "on": "Deployment/db", "image": "app:broken"}, kind="Deployment"
    )
    assert any("are of an old revision" in each for each in outcome.unsettled)


def test_a_failed_storm_is_told_with_the_command_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    failed = judged({"at": "120s", "do": "cordon", "on": "Node/node-a-1"})
    tell([failed, judged()], Console(width=200))
    told = capsys.readouterr().out
    assert "failed: after the calm: Node/node-a-1 is not clean" in told
    assert "see storm 5:  statesim storm --seed 5 --write storm-5.yaml; statesim run storm-5.yaml" in told
    assert "2 storms" in told
    assert "1 failed" in told
