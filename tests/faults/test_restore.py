"""People delete rows by mistake and restore a system: in whole runs."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.errors import ScenarioError
from statesim.kernel.spans import SECOND
from tests.faults.test_roles import events, run, written

KEPT = {"backup_interval": "1d", "archive_mode": True, "archive_timeout": "30s"}
CLIENT = {
    "name": "shop",
    "target": "Service/pg",
    "sessions": 2,
    "operations": {"kind": "set", "rate": "10/s", "mix": {"write": 1}},
}
MISTAKE = {"at": "200s", "do": "truncate", "on": "System/pg"}
RESTORE = {"at": "200s", "do": "restore", "on": "System/pg", "to": "199s", "reaction": "60s"}


def made(*timeline: dict[str, Any], kind: str = "postgres-replication", **parameters: Any) -> Any:
    system = {"name": "pg", "kind": kind, "workload": "StatefulSet/pg", "parameters": parameters}
    return run(*timeline, systems=[system], clients=[CLIENT])


def lost(result: Any) -> int:
    return sum(event.fields["count"] for event in events(result, "Lost", "Client/"))


def why(result: Any) -> str:
    (skipped,) = events(result, "Skipped", "Fault/")
    return str(skipped.fields["why"])


@pytest.mark.parametrize("kind", ["postgres-replication", "patroni"])
def test_a_mistake_is_committed_and_no_replica_helps(kind: str) -> None:
    parameters = {"synchronous_standby_names": "ANY 2 (*)"} if kind == "postgres-replication" else {}
    assert lost(made(kind=kind, **parameters)) == 0
    deleted = made(MISTAKE, kind=kind, **parameters)
    assert 1500 < lost(deleted) < 2000
    assert [event for event in events(deleted, "Outage") if event.t_us > 100 * SECOND] == []


def test_a_restore_brings_back_what_was_there_and_takes_back_what_came_after() -> None:
    result = made(MISTAKE, RESTORE, **KEPT)
    (started,) = events(result, "Started", "Fault/2-restore")
    assert started.t_us == 260 * SECOND
    (restored,) = events(result, "Restored")
    assert restored.fields["as_of_s"] == 199
    assert lost(result) == pytest.approx(61 * 10, abs=60)
    assert {event.object for event in events(result, "Cloned") if event.t_us > started.t_us} == {
        "Member/pg-1",
        "Member/pg-2",
    }


def test_a_managed_database_is_restored_too() -> None:
    outside = [{"name": "pg", "kind": "rds", "parameters": {"allocated_storage": "1Gi"}}]
    row = {**RESTORE, "at": "400s"}
    client = {**CLIENT, "target": "System/pg"}
    result = run({**MISTAKE}, row, systems=outside, clients=[client], manifests=[])
    assert lost(result) == pytest.approx((470 - 199) * 10, abs=150)


@pytest.mark.parametrize(
    ("row", "parameters", "said"),
    [
        (RESTORE, {}, "there is no backup"),
        ({**RESTORE, "to": "1s"}, KEPT, "no backup that is old enough"),
        (RESTORE, {"backup_interval": "1h"}, "archive_mode is off"),
    ],
)
def test_what_was_not_kept_cannot_be_restored(
    row: dict[str, Any], parameters: dict[str, Any], said: str
) -> None:
    assert said in why(made(row, **parameters))


def test_a_primary_that_nobody_reaches_is_not_restored_beside_itself() -> None:
    cut = {"at": "190s", "do": "network-partition", "on": {"nodeOf": "Pod/pg-0"}, "from": "control-plane"}
    assert why(made(cut, RESTORE, **KEPT)) == "pg-0 cannot be reached, and would go on as primary"


def test_there_is_nobody_to_tell_a_mistake_to_without_a_primary() -> None:
    crash = {"at": "100s", "do": "node-crash", "on": {"nodeOf": "Pod/pg-0"}}
    assert "there is no primary" in why(made(crash, MISTAKE))
    ring = [{"name": "pg", "kind": "cassandra", "workload": "StatefulSet/pg"}]
    assert "there is no primary" in why(run(MISTAKE, systems=ring))


def test_rows_are_checked_before_the_run() -> None:
    for row, said in (
        ({"on": "System/pgg"}, "there is no system pgg"),
        ({"on": "StatefulSet/pg"}, "expected System/name"),
        ({"on": "pg"}, "did you mean System/pg"),
        ({"to": "201s"}, "later than at"),
    ):
        with pytest.raises(ScenarioError, match=said):
            statesim.load(written({**RESTORE, **row}))
    with pytest.raises(ScenarioError, match="rds; patroni has none"):
        statesim.load(written(RESTORE, kind="patroni"))
