"""Callers become more, or fewer; and what a server with few workers makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.errors import ScenarioError
from statesim.kernel.spans import SECOND
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import Run, World

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "web:1"}]},
        },
    },
}
START = 10  # by then the pod is there


def run(*timeline: dict[str, Any], rate: str = "10/s", image: Any = None, **client: Any) -> Run:
    scenario = Scenario.model_validate(
        {
            "metadata": {"name": "small"},
            "seed": 3,
            "duration": "200s",
            "cluster": {"zones": 1, "nodesPerZone": 1},
            "images": {"*": {"pull": "0s", "start": "1s", "stop": "1s", **(image or {})}},
            "manifests": [SERVICE, DEPLOYMENT],
            "clients": [
                {
                    "name": "shop",
                    "target": "Service/web",
                    "sessions": 100,
                    "operations": {"kind": "web", "rate": rate},
                    "serviceTime": "20ms",
                    **client,
                }
            ],
            "timeline": list(timeline),
        }
    )
    return World(load(scenario).variants[0]).run()


def count(made: Run, type_: str, since: float, until: float) -> int:
    return sum(row[3] == type_ and since * SECOND <= row[0] < until * SECOND for row in made.operations)


def per_second(made: Run, since: float, until: float) -> float:
    return count(made, "invoke", since, until) / (until - since)


def rates(made: Run) -> list[tuple[float, float]]:
    return [(e.t, e.fields["rate"]) for e in made.events if e.event == "RateChanged"]


def traffic(at: str, **row: Any) -> dict[str, Any]:
    return {"at": at, "do": "traffic", "on": "Client/shop", **row}


def test_callers_come_as_often_as_the_timeline_says_and_as_before_when_it_is_over() -> None:
    made = run(traffic("50s", factor=4, **{"for": "100s"}))
    assert rates(made) == [(50, 40), (150, 10)]
    assert per_second(made, START, 50) == pytest.approx(10, rel=0.2)
    assert per_second(made, 50, 150) == pytest.approx(40, rel=0.1)
    assert per_second(made, 150, 200) == pytest.approx(10, rel=0.2)


def test_the_callers_until_then_are_those_of_a_run_without_it() -> None:
    def before(made: Run) -> list[Any]:
        return [row for row in made.operations if row[0] < 50 * SECOND]

    assert before(run(traffic("50s", rate="40/s"))) == before(run())


def test_a_ramp_goes_in_twenty_steps_and_back() -> None:
    made = run(traffic("50s", rate="50/s", over="40s", **{"for": "80s"}))
    told = rates(made)
    assert len(told) == 40
    assert told[0] == (50, 12)
    assert told[19] == (88, 50)
    assert told[20] == (130, 48)
    assert told[-1] == (168, 10)
    half_way = run(traffic("50s", rate="50/s", over="40s", **{"for": "19s"}))
    assert max(rate for _, rate in rates(half_way)) == 30
    assert rates(half_way)[-1][1] == 10


def test_changes_follow_one_another() -> None:
    made = run(
        traffic("50s", rate="20/s", **{"for": "100s"}),
        traffic("60s", factor=3, **{"for": "60s"}),
        traffic("70s", factor=0, **{"for": "10s"}),
    )
    assert rates(made) == [(50, 20), (60, 60), (70, 0), (80, 60), (120, 20), (150, 10)]
    assert per_second(made, 70, 80) == 0


def test_more_callers_than_workers_wait_and_give_up() -> None:
    """One worker for 20 ms each is 50 a second."""
    patient = {"timeouts": {"statement": "1s"}}
    idle = run(rate="20/s", image={"workers": 1}, **patient)
    assert count(idle, "fail", START, 200) == 0
    assert count(run(rate="100/s", **patient), "fail", START, 200) == 0
    busy = run(rate="100/s", image={"workers": 1}, **patient)
    assert count(busy, "fail", START, 200) > 1000
    two = run(rate="100/s", image={"workers": 3}, **patient)
    assert count(two, "fail", START, 200) == 0


def test_a_short_backlog_turns_callers_away_and_serves_the_others() -> None:
    patient = {"timeouts": {"statement": "1s"}}
    short = run(rate="100/s", image={"workers": 1, "backlog": 20}, **patient)
    assert {row[6] for row in short.operations if row[3] == "fail" and row[0] > START * SECOND} == {
        "turned away: the server's backlog is full"
    }
    assert count(short, "ok", START, 200) / (200 - START) == pytest.approx(50, rel=0.02)


def test_whoever_waits_in_line_when_the_program_dies_hears_of_it() -> None:
    kill = {"at": "100s", "do": "container-kill", "on": "Deployment/web"}
    made = run(kill, rate="100/s", image={"workers": 1})
    assert count(made, "fail", 100, 100.1) > 50
    assert count(made, "ok", 105, 200) > 1000


def test_whoever_waits_in_line_while_the_machine_stands_still_is_served_when_it_thaws() -> None:
    pause = {"at": "100s", "do": "node-pause", "on": "Node/node-a-1", "for": "5s"}
    made = run(pause, rate="60/s", image={"workers": 1}, timeouts={"statement": "never"})
    assert count(made, "fail", START, 200) == 0
    assert count(made, "ok", 100.1, 105) == 0
    assert count(made, "ok", 105, 110) / 5 == pytest.approx(50, rel=0.1)


def test_what_is_wrong_with_a_row_is_said() -> None:
    for row, said in (
        ({"rate": "1/s", "factor": 2}, "both given"),
        ({}, "rate is missing"),
        ({"factor": 2, "on": "Client/shopp"}, "there is no client shopp"),
        ({"factor": 2, "on": "Service/web"}, "expected Client/name"),
        ({"factor": 2, "on": "shop"}, "did you mean Client/shop"),
    ):
        with pytest.raises(ScenarioError, match=said):
            run(traffic("50s", **row))
