"""What can be wrong with containers that are started by hand, each told with what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.containers import parse_restart
from statesim.scenario.load import load

PG = {"name": "pg", "image": "postgres:16", "nodes": ["n-a-1"], "port": 5432}


def scenario(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "s"},
        "duration": "1m",
        "cluster": {"nodes": [{"name": "n", "count": 2, "zone": "a"}]},
        "containers": list(rows),
        **more,
    }


def complaint(*rows: dict[str, Any], **more: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(scenario(*rows, **more))
    return str(caught.value)


@pytest.mark.parametrize("word", ["no", "on-failure", "on-failure:5", "unless-stopped", "always"])
def test_a_policy_is_written_as_docker_takes_it(word: str) -> None:
    loaded = load(scenario({**PG, "restart": word}))
    assert str(loaded.base.containers[0].restart) == word
    assert loaded.base.to_dict()["containers"][0]["restart"] == word
    assert str(parse_restart(word)) == word


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"restart": "unless-stoped"}, "is not a restart policy (did you mean unless-stopped?)"),
        ({"restart": "always:3"}, "is not a restart policy (did you mean always?)"),
        ({"nodes": []}, "containers[0].nodes: expected at least one machine"),
        ({"nodes": ["n-a-1", "n-a-1"]}, "containers[0].nodes: a machine is named twice"),
        ({"nodes": ["n-a-7"]}, "containers[0].nodes[0]: there is no Node/n-a-7 (did you mean Node/n-a-2?)"),
        ({"port": 0}, "containers[0].port"),
        ({"image": None}, "containers[0].image"),
        ({"nods": ["n-a-1"]}, "did you mean nodes?"),
    ],
)
def test_a_row_that_is_wrong(change: dict[str, Any], said: str) -> None:
    assert said in complaint({**PG, **change})


def test_two_containers_cannot_have_one_port_of_a_machine_or_one_name() -> None:
    other = {**PG, "name": "pg2"}
    assert "port 5432 of n-a-1 is already allocated: Container/pg has it" in complaint(PG, other)
    load(scenario(PG, {**other, "nodes": ["n-a-2"]}))
    load(scenario(PG, {**other, "port": 5433}))
    assert "a second one is called pg" in complaint(PG, {**PG, "nodes": ["n-a-2"]})


def test_a_program_has_one_name() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pg"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    assert "containers[0].name: there is a Pod/pg already" in complaint(PG, manifests=[pod])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"do": "pod-kill", "on": "Container/pg"}, "pod-kill cannot aim at a Container"),
        ({"do": "delete", "on": "Container/pg"}, "delete cannot aim at a Container (it takes objects"),
        ({"do": "start-container", "on": "Pod/pg"}, "start-container cannot aim at a Pod"),
        ({"do": "start-container", "on": "Container/pgg"}, "did you mean Container/pg?"),
        ({"do": "start-container", "on": "Container/pg", "node": "n-a-9"}, "timeline[0].node: there is no"),
        ({"do": "start-container", "on": "Container/pg", "tell": "never"}, "on another machine"),
    ],
)
def test_what_people_cannot_do(row: dict[str, Any], said: str) -> None:
    assert said in complaint(PG, timeline=[{"at": "5s", **row}])


def test_a_system_runs_in_all_of_several_and_a_client_may_ask_one() -> None:
    row = {**PG, "nodes": ["n-a-1", "n-a-2"]}
    client = {"name": "c", "target": "Container/pg-1", "operations": {"rate": "1/s"}}
    load(
        scenario(
            row, systems=[{"name": "s", "kind": "postgres", "workload": "Container/pg"}], clients=[client]
        )
    )
    wrong = [{"name": "s", "kind": "postgres", "workload": "Container/pg-1"}]
    assert "Container/pg-1 is one of several (write Container/pg)" in complaint(row, systems=wrong)
