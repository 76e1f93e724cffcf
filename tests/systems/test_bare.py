"""Any system runs in containers that nobody orchestrates: on one machine, or one on each of several."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.systems.catalogue import SHIPPED

NODES = ["n-a-1", "n-a-2", "n-a-3"]
CRASH = {"at": "2m", "do": "container-kill", "on": "Container/s"}
LOSS = {"at": "2m", "do": "node-crash", "on": {"primaryOf": "s"}}
IMAGES = {"*": {"pull": "1s", "start": "1s", "ready": "1s", "stop": "1s"}}


def run(
    kind: str,
    nodes: int,
    operations: str,
    *timeline: dict[str, Any],
    target: str = "s",
    restart: str = "unless-stopped",
) -> Any:
    """Run a system for six minutes in containers under a restart policy, and return its metrics."""
    world = {
        "metadata": {"name": kind},
        "seed": 5,
        "duration": "6m",
        "cluster": {"nodes": [{"name": "n", "count": 3, "zone": "a"}]},
        "images": IMAGES,
        "containers": [
            {
                "name": "s",
                "image": "program:1",
                "nodes": NODES[:nodes],
                "port": 80,
                "restart": restart,
                "data": "volume",
            }
        ],
        "systems": [
            {
                "name": "s",
                "kind": kind,
                "workload": "Container/s",
                "parameters": {"workers": nodes - 1} if kind == "citus" else {},
            }
        ],
        "clients": [
            {
                "name": "c",
                "target": f"Container/{target}",
                "sessions": 6,
                "operations": {"kind": operations, "rate": "10/s"},
                "timeouts": {"connect": "1s", "statement": "2s"},
            }
        ],
        "timeline": list(timeline),
    }
    return statesim.run(world).metrics["variants"]["default"]


ALL = [
    ("stateless", 1, "web"),
    ("postgres", 1, "set"),
    ("postgres-replication", 1, "set"),
    ("auth", 1, "login"),
    ("cdn", 1, "cache"),
    ("streaming", 1, "stream"),
    ("router", 1, "web"),
    ("galera", 3, "set"),
    ("cassandra", 3, "set"),
    ("patroni", 3, "set"),
    ("mysql-async", 3, "set"),
    ("mysql-semisync", 3, "set"),
    ("rethinkdb", 3, "set"),
    ("citus", 3, "set"),
]
APART = {
    "mysql-group-replication": "a group whose members have all died waits for somebody to reboot it",
    "rds": "it has no program that anybody here could start",
}


def test_every_kind_is_run_in_bare_containers_or_says_why_not() -> None:
    assert {driver.kind for driver in SHIPPED} == {kind for kind, _, _ in ALL} | APART.keys()


@pytest.mark.parametrize(("kind", "nodes", "operations"), ALL)
def test_a_system_serves_in_bare_containers_and_again_after_a_crash(
    kind: str, nodes: int, operations: str
) -> None:
    quiet = run(kind, nodes, operations)["clients"]["c"]
    crashed = run(kind, nodes, operations, CRASH)
    assert quiet["acked"] > 0
    assert crashed["clients"]["c"]["sessions_broken"] > quiet["sessions_broken"]
    assert crashed["events"]["Container"]["Restarted"] >= nodes


@pytest.mark.parametrize(("kind", "nodes", "operations"), ALL)
def test_nobody_starts_a_killed_program_again_under_the_policy_no(
    kind: str, nodes: int, operations: str
) -> None:
    found = run(kind, nodes, operations, CRASH, restart="no")
    assert "Restarted" not in found["events"]["Container"]
    assert found["clients"]["c"]["out_at_end"]
    assert found["clients"]["c"]["longest_outage_s"] > 235


def test_a_group_goes_on_without_a_member_and_does_not_come_back_when_all_have_died() -> None:
    """Group Replication: a restarted member joins a group, and where there is none nobody bootstraps one."""
    kind = "mysql-group-replication"
    one = run(kind, 3, "set", {**CRASH, "on": "Container/s-2"}, target="s-0")
    assert one["clients"]["c"]["longest_outage_s"] < 30
    assert one["clients"]["c"]["lost"] == 0
    assert one["events"]["Container"]["Restarted"] == 1
    every = run(kind, 3, "set", CRASH)
    assert every["events"]["Container"]["Restarted"] == 3
    assert every["clients"]["c"]["out_at_end"]


def test_galera_goes_on_without_a_machine_and_nobody_brings_the_third_member_back() -> None:
    found = run("galera", 3, "set", {**LOSS, "on": {"nodeOf": "Container/s-2"}}, target="s-0")
    assert found["clients"]["c"]["lost"] == 0
    assert found["clients"]["c"]["longest_outage_s"] < 30
    assert "Restarted" not in found["events"]["Container"]


def test_patroni_promotes_without_a_service_but_clients_have_to_know_where_it_went() -> None:
    found = run("patroni", 3, "set", LOSS)
    assert found["systems"]["s"]["failovers"] == 1
    assert found["systems"]["s"]["rto_s"] < 40


@pytest.mark.parametrize(
    ("kind", "operations"), [("stateless", "web"), ("postgres", "set"), ("auth", "login")]
)
def test_a_machine_that_is_lost_takes_what_runs_on_it_for_good(kind: str, operations: str) -> None:
    found = run(kind, 1, operations, {**LOSS, "on": "Node/n-a-1"})["clients"]["c"]
    assert found["longest_outage_s"] > 235


def test_a_citus_worker_whose_machine_is_lost_takes_its_keys_with_it_and_the_others_answer() -> None:
    lost = {**LOSS, "on": {"nodeOf": "Container/s-2"}}
    quiet, found = (run("citus", 3, "set", *blow, target="s-0")["clients"]["c"] for blow in ((), (lost,)))
    assert 0.3 < found["acked"] / quiet["acked"] < 0.8
    assert not found["out_at_end"]
