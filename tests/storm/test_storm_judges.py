"""The judges of a storm see what is wrong, and tell how to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from statesim.cli.storm import tell
from tests.storm.small import FORCE, PARTITION, heard, judged, small

if TYPE_CHECKING:
    from statesim.scenario.schema import Scenario


def test_a_quiet_town_is_calm() -> None:
    outcome = judged()
    assert outcome.passed
    assert outcome.first == ""


def test_a_forced_deletion_of_a_running_pod_is_found_with_its_first_event() -> None:
    outcome = judged(PARTITION, FORCE, replicas=1)
    assert not outcome.passed
    assert "one-pod-per-identity" in outcome.first or "one-writer-per-volume" in outcome.first
    assert "event" in outcome.first
    assert "statesim storm --seed 5 --write storm-5.yaml" in outcome.command


CRASH = {"at": "100s", "do": "node-crash", "on": {"nodeOf": "Pod/db-0"}}
OUTAGE = {"at": "190s", "do": "control-plane-outage", "for": "60s"}
MADE = 200, "Pod/db-1", "Created", {}
GRANTED = 200, "PodDisruptionBudget/db", "Granted", {"pod": "db-1"}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "db"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "db"}}},
}


def guarded(*rows: dict[str, Any]) -> Scenario:
    scenario = small(*rows)
    return scenario.model_copy(
        update={"manifests": (*scenario.manifests, *small(manifests=[BUDGET]).manifests)}
    )


@pytest.mark.parametrize(
    "rows", [(CRASH,), (CRASH, OUTAGE)], ids=["controllers work", "controllers stand still"]
)
def test_a_pod_made_before_its_predecessor_is_ready_is_found(rows: tuple[dict[str, Any], ...]) -> None:
    assert heard(guarded(), MADE, prompt=True).broken == []
    found = heard(guarded(*rows), MADE, prompt=True).broken
    assert [told.told for told in found] == ["INV-M: db-1 was made while db-0 was not Running and Ready"]


def test_an_eviction_that_leaves_too_few_is_found_unless_nobody_counts_them() -> None:
    """The API server goes by the status that the disruption controller wrote last."""
    assert heard(guarded(), GRANTED, prompt=True).broken == []
    found = heard(guarded(CRASH), GRANTED, prompt=True).broken
    assert any("db-1 was evicted though 0 of 1 were left" in told.told for told in found)
    uncounted = heard(guarded(CRASH, OUTAGE), GRANTED, prompt=True).broken
    assert not any("was evicted though" in told.told for told in uncounted)
    later = (260, *GRANTED[1:])
    counted = heard(guarded(CRASH, OUTAGE), later, prompt=True).broken
    assert any("was evicted though" in told.told for told in counted)


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
