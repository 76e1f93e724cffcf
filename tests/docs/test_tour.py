"""Each number of a run that the tour tells is what the simulator finds now."""

from __future__ import annotations

import re
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import statesim
from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from collections.abc import Mapping


class Told(NamedTuple):
    """A piece of the prose with one number, and the metric of a run that it tells."""

    prose: str
    scenario: str
    variant: str
    metric: str


NUMBER = re.compile(r"(?<![\w.:-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:-]|\.\d)")
# numbers that are no result of a run: years, versions, and what a scenario sets
SET = re.compile(
    r"\b(?:February|about|since|of|In|November) (?:20)\d\d\b|Kubernetes 1\.\d+|\b(?:alpha|since|beta, in)\s1\.\d+"
    r"|number 0|pod 0|pg-0|\d:\d\d|^#.*$",
    re.MULTILINE,
)
TOLD = (
    Told("nobody is answered for 202 seconds", "traffic-rises", "nobody-scales", "clients.visitors.unavailable_s"),
    Told("With three more replicas it is 47 seconds", "traffic-rises", "scaled", "clients.visitors.unavailable_s"),
    Told("With neither, 198 are", "web-rolling-update", "without", "clients.visitors.failed"),
    Told("the origin gets 1.7 times its load", "cold-cdn", "all-at-once", "clients.visitors.origin_jump"),
    Told("over after 1.3 seconds", "ephemeral-patroni", "one", "systems.pg.rto_s"),
    Told("992 acknowledged writes are gone", "ephemeral-patroni", "all-three", "clients.shop.lost"),
    Told("with it: 531 acknowledged writes", "killed-or-deleted", "pod-emptydir", "clients.shop.lost"),
    Told("of 10.2 seconds with", "killed-or-deleted", "pod-emptydir", "clients.shop.unavailable_s"),
    Told("of 13.4 with the claim", "killed-or-deleted", "pod-claim", "clients.shop.unavailable_s"),
    Told("125 acknowledged writes are lost", "rwo-means-one-node", "same-node", "clients.shop.lost"),
    Told("back after 3 seconds", "names-outlive-addresses", "by-pod-name", "clients.asks.unavailable_s"),
    Told("seconds of memory after 10.4", "names-outlive-addresses", "by-pod-name", "clients.jvm.unavailable_s"),
    Told("40 people have to log in", "everyone-logged-out", "local", "clients.users.users_logged_out"),
    Told("is back after 25 seconds", "pool-full-of-dead-sockets", "defaults", "clients.shop.rto_server_s"),
    Told("925 seconds, a quarter", "pool-full-of-dead-sockets", "defaults", "clients.shop.unavailable_s"),
    Told("makes 52 seconds of it", "pool-full-of-dead-sockets", "socket-timeout", "clients.shop.unavailable_s"),
    Told("the role in 1.4 seconds", "switchover-or-crash", "switchover", "systems.pg.rto_s"),
    Told("role moves after 25 seconds", "switchover-or-crash", "crash", "systems.pg.rto_s"),
    Told("back after 360 seconds", "bare-container-lost", "statefulset", "clients.browser.unavailable_s"),
    Told("writer after 76 seconds", "rds-or-in-the-cluster", "instance", "systems.db.rto_s"),
    Told("in the cluster after 30", "rds-or-in-the-cluster", "patroni", "systems.db.rto_s"),
    Told("writes after 25 seconds", "pg-node-crash", "patroni-async", "systems.pg.rto_s"),
    Told("half of them, 860, are", "who-is-first", "deployment", "clients.shop.lost"),
    Told("nobody writes for 844 seconds", "promote-by-hand", "unfenced", "clients.shop.unavailable_s"),
    Told("591 writes that it acknowledges", "promote-by-hand", "unfenced", "clients.nightly.lost"),
    Told("does in 25 seconds", "pg-node-crash", "patroni-async", "systems.pg.rto_s"),
    Told("again after 33 seconds", "both-families", "patroni", "clients.shop.unavailable_s"),
    Told("MySQL after 5.7", "both-families", "mysql-orchestrator", "clients.shop.unavailable_s"),
    Told("Replication after 12.4 seconds", "both-families", "mysql-group", "clients.shop.unavailable_s"),
    Told("RethinkDB after 13.6", "both-families", "rethinkdb", "clients.shop.unavailable_s"),
    Told("out for 9 seconds in all", "cassandra-consistency-levels", "quorum", "clients.near-a.unavailable_s"),
    Told("none for 188 seconds", "cassandra-consistency-levels", "all", "clients.shop.unavailable_s"),
    Told("wait for 27 seconds", "patroni-by-chart", "chart", "clients.shop.unavailable_s"),
    Told("4,518 acknowledged writes", "patroni-by-chart", "atomicdb", "clients.shop.lost"),
    Told("2,906 acknowledged writes", "cassandra-replaced-one-by-one", "deployment", "clients.shop.lost"),
    Told("665 acknowledged writes", "split-identity", "force-delete", "clients.shop.lost"),
    Told("waits for 395 seconds", "split-identity", "fenced", "clients.shop.unavailable_s"),
    Told("two primaries for 95 seconds", "frozen-agent", "no-watchdog", "systems.pg.dual_primary_s"),
)  # fmt: skip


def prose() -> str:
    """Return what the tour says in sentences: no commands, pictures, tables, targets of links or code."""
    text = (DOCS / "tour.md").read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|`[^`]*`|^[!|][^\n]*|\]\([^)]*\)", " ", text, flags=re.DOTALL | re.MULTILINE)
    return " ".join(SET.sub(" ", text).split())


@cache
def metrics(scenario: str) -> Mapping[str, Any]:
    """Return the metrics of the variants that the tour speaks of."""
    names = tuple(dict.fromkeys(told.variant for told in TOLD if told.scenario == scenario))
    found: Mapping[str, Any] = statesim.run(scenario, variants=names).metrics["variants"]
    return found


def test_every_number_of_the_tour_is_held_by_a_run() -> None:
    text = prose()
    for told in TOLD:
        assert told.prose in text, f"the tour does not say {told.prose!r}"
        assert len(NUMBER.findall(told.prose)) == 1, told.prose
        text = text.replace(told.prose, " ")
    assert not NUMBER.findall(text), "these stand in no row of TOLD"


@pytest.mark.slow
@pytest.mark.parametrize("told", TOLD, ids=lambda told: f"{told.scenario}-{told.prose}")
def test_a_number_of_the_tour_is_what_the_run_finds(told: Told) -> None:
    said = NUMBER.findall(told.prose)[0]
    found = reduce(
        lambda there, key: there[key], told.metric.split("."), metrics(told.scenario)[told.variant]
    )
    digits = len(said.partition(".")[2])
    assert f"{found:,.{digits}f}" == said
