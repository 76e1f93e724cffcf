"""What a scenario may begin with: a system, and the shipped scenario of which it takes its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Starter(NamedTuple):
    """Where the parts of a new scenario come from.

    Attributes
    ----------
    scenario, variant
        A shipped scenario that runs this system.
    led
        Whether one of its members is its primary, so that a fault can choose that one.
    says
        What it is, for the list.
    parameters
        What its system has beside what it has there.
    found
        Which finding a fault leads to, and in a few words why: that is then what the scenario shows.
    """

    scenario: str
    variant: str
    led: bool
    says: str
    parameters: Mapping[str, Any] = {}
    found: Mapping[str, tuple[str, str]] = {}


# a source that starts read-only is not one beside its successor; one that only stood still goes on as it was
_READ_ONLY = {"super_read_only": True}
_THAWED = {
    "node-pause": (
        "one-accepting-primary",
        "the old source goes on where it was, and takes writes beside the one that was promoted",
    )
}

STARTERS = {
    "web": Starter("web-rolling-update", "with-care", False, "a web tier of ten pods, without state"),
    "postgres": Starter("pg-node-crash", "statefulset", True, "one PostgreSQL with a claim"),
    "postgres-replication": Starter(
        "promote-by-hand", "fenced", True, "PostgreSQL with standbys, and people"
    ),
    "patroni": Starter("pg-node-crash", "patroni-sync", True, "three PostgreSQL members under Patroni"),
    "mysql-async": Starter(
        "mysql-failover", "orchestrator", True, "MySQL, asynchronous, with orchestrator", _READ_ONLY, _THAWED
    ),
    "mysql-semisync": Starter(
        "semisync-timeout", "two-replicas", True, "MySQL, semi-synchronous", _READ_ONLY, _THAWED
    ),
    "mysql-group-replication": Starter(
        "group-replication-failover", "before-on-primary-failover", True, "MySQL Group Replication"
    ),
    "galera": Starter("galera-rollout", "volumes", True, "three Galera nodes"),
    "cassandra": Starter(
        "cassandra-consistency-levels", "quorum", False, "a Cassandra ring over three zones"
    ),
    "rethinkdb": Starter("two-are-not-enough", "three", True, "three RethinkDB servers"),
    "auth": Starter("where-sessions-live", "local", False, "login servers with sessions in memory"),
    "cdn": Starter("cold-cdn", "one-at-a-time", False, "caches in front of an origin"),
    "rds": Starter("rds-or-in-the-cluster", "instance", True, "a managed database beside the cluster"),
}
