"""Who counts for a Galera cluster's quorum, in whole runs: who is scaled away does not, who loses power does."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.scenario.schema import Scenario
from tests.systems.test_galera import NAMES, back, galera

LABELS = {"app": "db"}
SET: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db"},
    "spec": {
        "replicas": 3,
        "serviceName": "db",
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {"containers": [{"name": "db", "image": "mariadb:11"}]},
        },
    },
}


@pytest.mark.parametrize(
    ("rows", "least", "most"),
    [
        ([{"at": "120s", "do": "scale", "on": "StatefulSet/db", "replicas": 1}], 0, 0),
        (
            [
                {"at": "120s", "do": "node-crash", "on": {"nodeOf": "Pod/db-1"}},
                {"at": "121s", "do": "node-crash", "on": {"nodeOf": "Pod/db-2"}},
            ],
            179,
            179,
        ),
    ],
)
def test_two_of_three_that_leave_in_order_take_no_quorum_and_two_that_die_do(
    rows: list[dict[str, Any]], least: float, most: float
) -> None:
    scenario = Scenario.model_validate(
        {
            "metadata": {"name": "quorum"},
            "seed": 3,
            "duration": "300s",
            "cluster": {"kubernetes": "1.32", "zones": 3, "nodesPerZone": 1},
            "images": {"*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "1s"}},
            "manifests": [SET],
            "systems": [{"name": "db", "kind": "galera", "workload": "StatefulSet/db"}],
            "timeline": rows,
        }
    )
    (variant,) = statesim.run(scenario).variants.values()
    assert least <= variant.metrics["systems"]["db"]["quorum_lost_s"] <= most


def test_of_two_halves_the_heavier_one_goes_on() -> None:
    for weights, goes_on in (({}, []), ({"g-0": 2}, ["g-0"]), ({"1": 2}, ["g-1"]), ({"g-0": 0}, ["g-1"])):
        lab = galera(2, pc_weight=weights)
        lab.cut("g-0", "g-1")
        lab.run(20)
        assert [pod for pod in NAMES[:2] if lab.write(pod).type == "ok"] == goes_on, weights


def test_one_member_that_weighs_more_than_all_others_is_the_quorum() -> None:
    lab = galera(3, pc_weight={"g-0": 3})
    lab.power_cut("g-1")
    lab.power_cut("g-2")
    lab.run(20)
    assert lab.write("g-0").type == "ok"
    lab.power_cut("g-0")
    back(lab, "g-1", "g-2")
    lab.run(20)
    assert lab.write("g-1").type == "fail"  # without it two of three are no majority
