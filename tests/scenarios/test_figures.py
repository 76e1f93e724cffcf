"""How long each system is out after each kind of failure, by default: a course's ranges, each held by a run.

`server` is from the last answer to the moment when servers could answer again, `client` what callers noticed, `vacant`
how long there was no primary.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from statesim.analysis.metrics import metrics_document
from statesim.api import load
from statesim.experiment.run import run_variants

if TYPE_CHECKING:
    from collections.abc import Mapping

SCENARIOS = Path(__file__).parents[2] / "scenarios"
METRICS = {"server": "rto_server_s", "client": "longest_outage_s", "vacant": "no_primary_s"}
KILL, DELETE, POWER = "container-kill", "pod-kill", "node-crash"
AT_S = 120


class Figure(NamedTuple):
    """One cell: `low` to `high` seconds by one of `METRICS`, after `failure` of the primary of `system`."""

    system: str
    failure: str
    by: str
    low: float
    high: float
    basis: str


STANDALONE, STREAMING = "postgres", "postgres-replication"
FIGURES = [
    # restart and replay; deleted: the volume goes along
    Figure(STANDALONE, KILL, "server", 2, 60, "PostgreSQL docs, WAL configuration"),
    Figure(STANDALONE, DELETE, "server", 2, 60, "Kubernetes docs, StatefulSet"),
    # nobody may take the name: out to the end of the run
    Figure(STANDALONE, POWER, "client", 89, 91, "Kubernetes docs, Force Delete StatefulSet Pods"),
    Figure(STREAMING, KILL, "server", 2, 60, "PostgreSQL docs, High Availability: restart in place"),
    Figure(STREAMING, DELETE, "server", 2, 60, "pod 0 returns as primary"),
    Figure(STREAMING, POWER, "client", 89, 91, "nobody promotes"),
    Figure("patroni", "postgres", "server", 1, 13, "patroni/ha.py: loop_wait and a restart in place"),
    Figure("patroni", DELETE, "server", 1, 5, "patroni/ha.py: shutdown releases the key"),
    Figure("patroni", POWER, "server", 21, 33, "ttl - U(0, loop_wait), the race, the promotion"),
    Figure("patroni-synchronous", DELETE, "server", 1, 5, "as above"),
    Figure("patroni-synchronous", POWER, "server", 21, 33, "as above"),
    Figure("patroni-synchronous", "postgres", "server", 1, 13, "as above"),
    # closed sockets are noticed at the next poll; 5 to 30 s where orchestrator's hooks are slower
    Figure("mysql-async", KILL, "server", 1, 30, "orchestrator docs, InstancePollSeconds 1"),
    Figure("mysql-async", DELETE, "server", 1, 15, "as above"),
    Figure("mysql-semisync", KILL, "server", 1, 30, "as above"),
    Figure("mysql-semisync", DELETE, "server", 1, 15, "as above"),
    Figure("mysql-async", POWER, "server", 5, 34, "orchestrator docs, replica_net_timeout 4"),
    Figure("mysql-semisync", POWER, "server", 5, 34, "as above"),
    # a reset is no message, so that it is not sooner than a power cut; about 1 s where detection_after_reset is set
    Figure("mysql-group-replication", KILL, "server", 10, 13, "XCom counts the time since the last message"),
    Figure("mysql-group-replication", DELETE, "server", 0, 4, "leaves the view"),
    Figure(
        "mysql-group-replication", POWER, "server", 10, 13, "5 s and group_replication_member_expel_timeout"
    ),
    Figure("galera", KILL, "client", 1, 5, "evs.inactive_check_period after a reset"),
    Figure("galera", DELETE, "client", 0, 3, "goodbye message"),
    Figure("galera", POWER, "client", 5, 15, "evs.suspect_timeout, evs.inactive_timeout"),
    Figure("cassandra", KILL, "client", 0, 10, "QUORUM of three: the timeout of a request"),
    Figure("cassandra", DELETE, "client", 0, 1, "another host is asked"),
    Figure("cassandra", POWER, "client", 0, 18, "as above, until it is marked down"),
    Figure("rethinkdb", KILL, "client", 1, 4, "an election, as sockets are closed"),
    Figure("rethinkdb", DELETE, "client", 1, 4, "as above"),
    Figure("rethinkdb", POWER, "client", 11, 15, "the heartbeat's 10 s and an election"),
    Figure("citus", DELETE, "vacant", 1, 5, "Patroni's, for the keys of one group"),
    Figure("citus", POWER, "vacant", 21, 33, "Patroni's, for the keys of one group"),
    Figure("rds-instance", "zone", "server", 60, 120, "AWS guide, Failing over a Multi-AZ DB instance"),
    Figure("rds-cluster", "zone", "server", 1, 35, "AWS guide, Multi-AZ DB cluster deployments"),
    Figure("router", KILL, "server", 3, 4, "as for a power cut"),
    Figure("router", DELETE, "server", 0, 1, "RFC 9568: an advertisement with priority 0"),
    Figure("router", POWER, "server", 3, 4, "RFC 9568: three advertisements and the skew"),
]

# who may lose what was acknowledged, as copies are asynchronous
LOSING = {"patroni", "mysql-async"}

# the shipped scenario whose cluster, manifests and clients a system borrows; what it has of its own
SHOP = {"name": "shop", "target": "Service/pg", "sessions": 8, "operations": {"kind": "set", "rate": "20/s"}}
IMPATIENT = {
    "timeouts": {"connect": "1s", "statement": "2s"},
    "backoff": {"initial": "100ms", "max": "500ms"},
}
PG_SHOP = [{**SHOP, **IMPATIENT}]
BASES: Mapping[str, tuple[str, dict[str, Any]]] = {
    STANDALONE: (
        "killed-or-deleted",
        {
            "clients": PG_SHOP,
            "manifests": [{"file": "manifests/pg-service.yaml"}, {"file": "manifests/pg-statefulset.yaml"}],
            "systems": [{"name": "pg", "kind": "postgres", "workload": "StatefulSet/pg"}],
        },
    ),
    STREAMING: ("promote-by-hand", {"clients": PG_SHOP}),
    "patroni": ("frozen-agent", {"clients": PG_SHOP}),
    "patroni-synchronous": (
        "frozen-agent",
        {
            "clients": PG_SHOP,
            "systems": [
                {
                    "name": "pg",
                    "kind": "patroni",
                    "workload": "StatefulSet/pg",
                    "parameters": {"synchronous_mode": True},
                }
            ],
        },
    ),
    "mysql-async": ("mysql-failover", {}),
    "mysql-semisync": ("semisync-timeout", {}),
    "mysql-group-replication": (
        "group-replication-failover",
        {"systems": [{"name": "mysql", "kind": "mysql-group-replication", "workload": "StatefulSet/mysql"}]},
    ),
    "galera": ("galera-rollout", {}),
    "cassandra": ("cassandra-consistency-levels", {}),
    "rethinkdb": ("two-are-not-enough", {}),
    "citus": ("citus-groups-fail-over", {}),
    "rds-instance": ("rds-or-in-the-cluster", {}),
    "rds-cluster": (
        "rds-or-in-the-cluster",
        {
            "systems": [
                {
                    "name": "db",
                    "kind": "rds",
                    "parameters": {"deployment": "multi-az-cluster", "zones": ["a", "b", "c"]},
                }
            ]
        },
    ),
    "router": ("gateway-failover", {}),
}
AIMED = {
    "galera": {"nodeOf": "Pod/galera-1"},
    "cassandra": {"nodeOf": "Pod/cassandra-1"},
    "citus": {"primaryOf": "a"},
}


def fault(figure: Figure, systems: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row of the timeline that makes a figure's failure happen."""
    if figure.failure == "zone":
        return {"at": f"{AT_S}s", "do": "zone-outage", "on": {"zone": "a"}}
    on: Any = AIMED.get(figure.system, {"primaryOf": systems[0]["name"]})
    if figure.failure in (KILL, DELETE) and "nodeOf" in on:
        on = on["nodeOf"]
    if figure.failure == "postgres":
        return {"at": f"{AT_S}s", "do": "process-kill", "on": on, "process": "postgres"}
    return {"at": f"{AT_S}s", "do": figure.failure, "on": on}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f"{f.system}-{f.failure}")
def test_a_failure_lasts_as_long_as_the_course_says(figure: Figure, tmp_path: Path) -> None:
    name, own = BASES[figure.system]
    made = yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text())
    made |= {"expect": [], "variants": [], "duration": f"{AT_S + 90}s", **own}
    if figure.failure == "zone":
        made["duration"] = f"{AT_S + 180}s"
    made["timeline"] = [fault(figure, made["systems"])]
    (tmp_path / "manifests").symlink_to(SCENARIOS / "manifests")
    path = tmp_path / "figure.yaml"
    path.write_text(yaml.safe_dump(made))
    (run,) = metrics_document(run_variants(load(path)))["variants"].values()
    client = run["clients"][made["clients"][0]["name"]]
    of = run["systems"]["a"] if figure.by == "vacant" else client
    assert figure.low <= of[METRICS[figure.by]] <= figure.high, figure.basis
    assert figure.system in LOSING or not client.get("lost")
