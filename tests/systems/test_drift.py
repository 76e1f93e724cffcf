"""Drift: what a running container has that its image has not, and that what goes with it is what is lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import statesim
from statesim.analysis.drift import Moved, drift_lines, level_at, levels, read_drift
from statesim.analysis.reading import Reading
from statesim.systems.catalogue import SHIPPED
from statesim.systems.drift import entries
from statesim.systems.wal import Timeline
from statesim.views.drift_strips import drift_strips
from statesim.views.marks import timeline_marks
from tests.systems.naive import Sharded

if TYPE_CHECKING:
    from pathlib import Path

KINDS = [
    ("postgres", "set", 1),
    ("postgres-replication", "set", 2),
    ("auth", "login", 2),
    ("cdn", "cache", 2),
    ("galera", "set", 3),
    ("cassandra", "set", 3),
    ("patroni", "set", 3),
    ("mysql-async", "set", 2),
    ("mysql-semisync", "set", 2),
    ("mysql-group-replication", "set", 3),
    ("rethinkdb", "set", 3),
]
# What has no data of its own: its drift is its open connections, and the address that one router bears
SOFT = [("stateless", "web", 2, 0), ("streaming", "stream", 2, 0), ("router", "web", 2, 2)]
APART = {
    "citus": "its workers and their coordinator are two systems: see the test of its own",
    "rds": "its machines are the provider's: see the test of its own",
}


def run(kind: str, operations: str, nodes: int = 1, data: str = "layer", *timeline: Any, **more: Any) -> Any:
    """Run a system for four minutes in containers that somebody has started, the data where `data` says."""
    names = [f"n-a-{number + 1}" for number in range(nodes)]
    row = {"name": "s", "image": "p:1", "nodes": names, "port": 80, "restart": "always", "data": data}
    client = {"name": "c", "target": "Container/s", "sessions": 5}
    world = {
        "metadata": {"name": kind},
        "seed": 5,
        "duration": "4m",
        "cluster": {"nodes": [{"name": "n", "count": 3, "zone": "a"}]},
        "images": {"*": {"pull": "1s", "start": "1s", "ready": "1s", "stop": "1s"}},
        "containers": [row],
        "systems": [{"name": "s", "kind": kind, "workload": "Container/s"}],
        "clients": [{**client, "operations": {"kind": operations, "rate": "10/s"}}],
        "timeline": list(timeline),
        **more,
    }
    return statesim.run(world)


def measured(result: Any) -> Any:
    return result.metrics["variants"]["default"]["drift"]["s"]


@pytest.mark.parametrize(("kind", "operations", "nodes"), KINDS)
def test_what_moves_and_what_does_not(kind: str, operations: str, nodes: int) -> None:
    result = run(kind, operations, nodes)
    found, record = measured(result), result.records[0]
    course = levels(record.drift)["s"]
    early, late = level_at(course, 120_000_000), level_at(course, 200_000_000)
    assert early is not None
    assert late is not None
    assert 0 < early.storage <= late.storage
    assert found["at_risk_max"] == found["storage_max"] > 0
    assert found["named"] == nodes, "each is known by its machine's address"


def test_every_kind_is_seen_to_drift_or_says_why_not() -> None:
    seen = {kind for kind, *_ in KINDS} | {kind for kind, *_ in SOFT}
    assert {driver.kind for driver in SHIPPED} == seen | APART.keys()


@pytest.mark.parametrize(("kind", "operations", "nodes", "roles"), SOFT)
def test_what_has_no_data_drifts_by_its_connections(
    kind: str, operations: str, nodes: int, roles: int
) -> None:
    found = measured(run(kind, operations, nodes))
    assert found["storage_max"] == 0
    assert found["sessions"] == 5
    assert found["roles"] == roles


def test_the_shards_of_a_citus_drift_with_their_rows_and_the_coordinator_with_its_workers() -> None:
    made = Sharded("set", 3, (), target="Service/head").scenario("citus")
    found = statesim.run(made).metrics["variants"]["default"]
    shards, head = found["drift"]["s"], found["drift"]["head"]
    assert shards["storage"] == found["clients"]["c"]["acked"]
    assert head["storage"] > 0


def test_a_managed_database_drifts_in_every_copy_and_none_of_it_is_at_risk() -> None:
    systems = [{"name": "db", "kind": "rds"}]
    client = {"name": "c", "target": "System/db", "operations": {"kind": "set", "rate": "10/s"}}
    result = run("stateless", "web", systems=systems, containers=[], clients=[client])
    found = result.metrics["variants"]["default"]
    acked = found["clients"]["c"]["acked"]
    assert found["drift"]["db"]["storage"] == pytest.approx(2 * acked, abs=4), "a volume in each of two zones"
    assert found["drift"]["db"]["at_risk_max"] == 0 < acked


def test_a_databases_drift_is_what_it_has_been_given() -> None:
    result = run("postgres", "set")
    acked = result.metrics["variants"]["default"]["clients"]["c"]["acked"]
    assert measured(result)["storage"] == acked
    assert measured(result)["roles"] == 1
    assert measured(result)["sessions"] == 5


@pytest.mark.parametrize(("data", "loses"), [("layer", True), ("volume", False)])
def test_what_is_at_risk_is_what_the_images_place_costs(data: str, loses: bool) -> None:
    anew = {"at": "2m", "do": "start-container", "on": "Container/s", "anew": True}
    result = run("postgres", "set", 1, data, anew)
    lost = result.metrics["variants"]["default"]["clients"]["c"]["lost"]
    before = level_at(levels(result.records[0].drift)["s"], 119_900_000)
    assert before is not None
    assert lost == pytest.approx(before.at_risk, abs=before.storage * 0.03)
    assert (before.at_risk > 0) is loses


def test_sessions_in_memory_are_at_risk_wherever_the_disk_lies_and_tokens_never() -> None:
    assert measured(run("auth", "login", 1, "volume"))["at_risk"] == 5
    tokens = {"name": "s", "kind": "auth", "workload": "Container/s", "parameters": {"store": "token"}}
    assert measured(run("auth", "login", 1, "volume", systems=[tokens]))["storage_max"] == 0


def test_a_cache_moves_until_it_is_full() -> None:
    small = {"name": "s", "kind": "cdn", "workload": "Container/s", "parameters": {"capacity": 50}}
    assert measured(run("cdn", "cache", systems=[small]))["container_max"] == 50
    assert measured(run("cdn", "cache"))["container_max"] > 1000


def test_rows_come_with_change_and_not_with_time() -> None:
    busy = run("postgres", "set").records[0].drift
    quiet = {"name": "c", "target": "Container/s", "operations": {"rate": "1/h"}}
    short, long = (run("postgres", "set", clients=[quiet], duration=time) for time in ("10m", "100d"))
    assert len(busy) < 400, "a few per cent of growth each, and not one for each of 1,200 writes"
    assert len(short.records[0].drift) < 20
    assert len(long.records[0].drift) < 300
    assert [row.t_us for row in busy] == sorted(row.t_us for row in busy)


def test_a_row_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = run("postgres", "set").records[0].drift
    (tmp_path / "drift.jsonl").write_text("".join(drift_lines(rows)), encoding="utf-8")
    assert read_drift(tmp_path / "drift.jsonl") == list(rows)
    assert read_drift(tmp_path / "none.jsonl") == []


def test_the_same_seed_gives_the_same_rows_and_the_table_has_them_all() -> None:
    first, second = run("galera", "set", 3), run("galera", "set", 3)
    assert list(first.records[0].drift) == list(second.records[0].drift)
    table = first.variants["default"].drift
    assert len(table) == len(first.records[0].drift)
    assert list(table.columns[:3]) == ["t", "system", "pod"]


def moved(t_s: int, uid: str, own: int, volume: int, role: str | None = "") -> Moved:
    return Moved(t_s * 1_000_000, "pg", "pg-0", uid, "n", own, volume, 0, 1, role, "pg-0.pg")


def test_a_system_is_the_sum_of_its_containers_that_run() -> None:
    rows = [moved(1, "a", 5, 0), moved(2, "b", 0, 7, "primary"), moved(3, "a", 0, 0, None)]
    assert [(level.storage, level.at_risk, level.roles, level.most) for level in levels(rows)["pg"]] == [
        (5, 5, 0, 5),
        (12, 5, 1, 7),
        (7, 0, 1, 7),
    ]
    assert level_at(levels(rows)["pg"], 500_000) is None


def test_its_curve_tells_what_goes_from_what_stays() -> None:
    record = run("postgres", "set").records[0]
    (strip,) = drift_strips(Reading(record))
    assert strip.heights == strip.lost
    assert strip.used == {"at-risk"}
    assert strip.edges[0] == 0
    assert strip.edges[-1] == 240
    assert len(strip.edges) == len(strip.heights) + 1
    drawn = timeline_marks([record], drift=True)
    assert ("drift", "at-risk") in drawn.used
    assert not any(table == "drift" for table, _ in timeline_marks([record]).used)


def test_entries_are_counted_in_whatever_lies_on_a_disk() -> None:
    log = Timeline()
    for number in range(3):
        log.append(number, number)
    table = SimpleNamespace(held={"a": 1, "b": 2})
    shards = SimpleNamespace(copies={0: table, 1: SimpleNamespace(history=log)})
    assert [entries(each) for each in (None, log, table, shards, object())] == [0, 3, 2, 5, 0]
