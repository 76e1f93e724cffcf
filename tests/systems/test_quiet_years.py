"""Nothing happens, nothing is paid: a healthy system is as quiet for a year as for a minute, whatever its kind.

Heartbeats, probes, renewals of leases and replication are derived from their phases. What is counted are timers that
fired, rows of the API server's journal and events of the trace, so that the machine does not matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from statesim.cluster.objects import Node
from statesim.kernel.spans import DAY, HOUR, MINUTE, SECOND
from statesim.scenario.load import load
from statesim.systems.catalogue import Catalogue
from statesim.systems.stateless import Stateless
from statesim.world import World

if TYPE_CHECKING:
    from statesim.systems.alike import Server

SCENARIOS = Path(__file__).parents[2] / "scenarios"
YEAR = 365 * DAY
# kind: a shipped scenario, its variant that has such a system
HOMES = {
    "stateless": ("web-rolling-update", "with-care"),
    "postgres": ("pg-node-crash", "statefulset"),
    "postgres-replication": ("promote-by-hand", "synchronous"),
    "patroni": ("pg-node-crash", "patroni-sync"),
    "cassandra": ("cassandra-consistency-levels", "quorum"),
    "auth": ("everyone-logged-out", "two-owners"),
    "router": ("gateway-failover", "sync"),
    "galera": ("galera-rollout", "volumes"),
    "cdn": ("cdn-node-dies", "statefulset"),
    "streaming": ("streams-by-name", "relay"),
    "rds": ("rds-or-in-the-cluster", "cluster"),
    "mysql-async": ("mysql-failover", "orchestrator"),
    "mysql-semisync": ("semisync-timeout", "two-replicas"),
    "mysql-group-replication": ("group-replication-failover", "eventual"),
    "rethinkdb": ("two-are-not-enough", "three"),
    "citus": ("citus-groups-fail-over", "worker"),
}
# what befalls one machine after the other: hours after the begin, and what
TROUBLE = (
    (1, {"do": "node-crash", "for": "10m"}),
    (3, {"do": "network-partition", "for": "20m"}),
    (5, {"do": "node-pause", "for": "2m"}),
    (7, {"do": "node-reboot"}),
)


def world(kind: str, *timeline: dict[str, Any], plant: type[Stateless] | None = None) -> World:
    """Return the shipped cluster that has a system of a kind: for a year, without clients, with this timeline.

    A `plant` is bound to the workload of a cluster that has no system.
    """
    name, variant = HOMES[kind]
    raw: dict[str, Any] = yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8"))
    quiet = {"clients": [], "timeline": list(timeline)}
    raw |= {**quiet, "expect": [], "duration": "365d"}
    for each in raw["variants"]:
        each["patch"] = each.get("patch", {}) | quiet
    if plant is not None:
        raw["systems"] = [{"name": "plant", "kind": plant.kind, "workload": "Deployment/web"}]
    loaded = load(raw, folder=SCENARIOS)
    return World(loaded.variant(variant), catalogue=Catalogue([plant] if plant else []))


def spent(of: World, until: int) -> tuple[int, int, int]:
    """Let time pass; return timers fired, writes to the API server, and events so far."""
    of.clock.run(until)
    return of.clock.events, len(of.store.journal), len(of.trace.events)


def test_every_shipped_kind_is_held_to_it() -> None:
    assert set(HOMES) == set(Catalogue().shipped())


@pytest.mark.parametrize("kind", HOMES)
def test_a_quiet_year_costs_what_a_quiet_minute_costs(kind: str) -> None:
    quiet = world(kind)
    settled = spent(quiet, 10 * MINUTE)
    assert settled[0] >= 1
    assert spent(quiet, 11 * MINUTE) == settled
    assert spent(quiet, YEAR) == settled


@pytest.mark.parametrize("kind", HOMES)
def test_it_is_as_quiet_again_after_trouble_that_is_over(kind: str) -> None:
    nodes = sorted(node.name for node in world(kind).store.all(Node))
    rows = [
        {"at": f"{hour + 10 * turn}h", "on": f"Node/{name}", **row}
        for turn, name in enumerate(nodes)
        for hour, row in TROUBLE
    ]
    tried = world(kind, *rows)
    before = spent(tried, HOUR)
    settled = spent(tried, 10 * HOUR * (1 + len(nodes)))
    assert settled > before, "something did happen"
    assert spent(tried, YEAR) == settled


class Ticking(Stateless):
    """A driver as it should not be: each of its programs does something every ten seconds."""

    kind = "ticking"

    def begin(self, server: Server) -> None:
        """See `Alike.begin`."""
        server.life.later(10 * SECOND, self.begin, server)


def test_a_driver_that_ticks_is_found_out() -> None:
    ticking = world("stateless", plant=Ticking)
    settled = spent(ticking, 10 * MINUTE)
    pods = 10
    assert spent(ticking, 11 * MINUTE) == (settled[0] + 6 * pods, *settled[1:])
