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
    """A piece of the prose with one number, or with none for 0, and the metric of a run that it tells."""

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
    Told("has lost 2 pods", "zone-outage", "web", "workloads.web.replaced"),
    Told("5 requests were on their way", "zone-outage", "web", "clients.shop.failed"),
    Told("nobody is answered for 202 seconds", "traffic-rises", "nobody-scales", "clients.visitors.unavailable_s"),
    Told("With three more replicas it is 47 seconds", "traffic-rises", "scaled", "clients.visitors.unavailable_s"),
    Told("no request is lost", "web-rolling-update", "with-care", "clients.visitors.failed"),
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
    Told("No request fails", "everyone-logged-out", "local", "clients.users.failed"),
    Told("40 people have to log in", "everyone-logged-out", "local", "clients.users.users_logged_out"),
    Told("40 people, as before", "everyone-logged-out", "two-owners", "clients.users.users_logged_out"),
    Told("6 people are", "everyone-logged-out", "two-owners-statefulset", "clients.users.users_logged_out"),
    Told("nobody is. And", "everyone-logged-out", "two-owners-slow", "clients.users.users_logged_out"),
    Told("is back after 25 seconds", "pool-full-of-dead-sockets", "defaults", "clients.shop.rto_server_s"),
    Told("925 seconds, a quarter", "pool-full-of-dead-sockets", "defaults", "clients.shop.unavailable_s"),
    Told("makes 52 seconds of it", "pool-full-of-dead-sockets", "socket-timeout", "clients.shop.unavailable_s"),
    Told("the role in 1.4 seconds", "switchover-or-crash", "switchover", "systems.pg.rto_s"),
    Told("role moves after 25 seconds", "switchover-or-crash", "crash", "systems.pg.rto_s"),
    Told("back after 360 seconds", "bare-container-lost", "statefulset", "clients.browser.unavailable_s"),
    Told("writer after 76 seconds", "rds-or-in-the-cluster", "instance", "systems.db.rto_s"),
    Told("in the cluster after 30", "rds-or-in-the-cluster", "patroni", "systems.db.rto_s"),
    Told("writes after 25 seconds", "pg-node-crash", "patroni-async", "systems.pg.rto_s"),
    Told("1 acknowledged write is missing", "pg-node-crash", "patroni-async", "clients.shop.lost"),
    Told("synchronously none", "pg-node-crash", "patroni-sync", "clients.shop.lost"),
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
    Told("2 members of the chart's five", "patroni-by-chart", "chart", "workloads.pg.ready_at_end"),
    Told("none of atomicdb's three", "patroni-by-chart", "atomicdb", "workloads.pg.ready_at_end"),
    Told("4 of five are there", "patroni-by-chart", "parallel", "workloads.pg.ready_at_end"),
    Told("2,906 acknowledged writes", "cassandra-replaced-one-by-one", "deployment", "clients.shop.lost"),
    Told("665 acknowledged writes", "split-identity", "force-delete", "clients.shop.lost"),
    Told("waits for 395 seconds", "split-identity", "fenced", "clients.shop.unavailable_s"),
    Told("two primaries for 95 seconds", "frozen-agent", "no-watchdog", "systems.pg.dual_primary_s"),
)  # fmt: skip
NONE = re.compile(r"\b(?:none|no|nobody)\b", re.IGNORECASE)
SPELLED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty"
    r"|hundred)\b",
    re.IGNORECASE,
)
# numbers in words are what a scenario sets, or no number of a run; what a run finds is written in digits
IN_WORDS = (
    "eighteen years", "Where the three disagree", "pods of six", "Five times as many callers for two minutes",
    "three more replicas", "if two things are right", "six of its pods are killed", "Four caches are replaced",
    "Three members of PostgreSQL", "All three are deleted", "it has all four", "the four kinds", "touches all four",
    "Two pods of one node", "two servers write into one directory", "On two nodes", "thirty seconds of memory",
    "Four login servers", "Two owners for each session", "have two calendars", "three equal pods",
    "all three say that they are", "after fourteen minutes", "Five databases", "two of six hosts",
    "three members of PostgreSQL under Patroni as a PetSet", "two more machines", "the chart's five",
    "atomicdb's three", "of five are there", "there are two of", "two primaries for", "on two disks",
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
        numbers = NUMBER.findall(told.prose)
        assert len(numbers) == 1 or (not numbers and NONE.search(told.prose)), told.prose
        text = text.replace(told.prose, " ")
    assert not NUMBER.findall(text), "these stand in no row of TOLD"


def test_numbers_in_words_are_not_those_of_a_run() -> None:
    text = prose()
    for words in IN_WORDS:
        assert words in text, f"the tour does not say {words!r}"
        text = text.replace(words, " ")
    assert not SPELLED.findall(text), (
        "write what a run finds in digits; else these stand in no row of IN_WORDS"
    )


def test_the_commands_run_every_variant_of_which_the_tour_tells_a_number() -> None:
    lines = re.findall(r"^\$ statesim run (\S+)(.*)$", (DOCS / "tour.md").read_text("utf-8"), re.MULTILINE)
    named = {(scenario, name) for scenario, rest in lines for name in re.findall(r"--variant (\S+)", rest)}
    whole = {scenario for scenario, rest in lines if "--variant" not in rest}
    for told in TOLD:
        assert told.scenario in whole or (told.scenario, told.variant) in named, told.prose


@pytest.mark.slow
@pytest.mark.parametrize("told", TOLD, ids=lambda told: f"{told.scenario}-{told.prose}")
def test_a_number_of_the_tour_is_what_the_run_finds(told: Told) -> None:
    said = next(iter(NUMBER.findall(told.prose)), "0")
    found = reduce(
        lambda there, key: there[key], told.metric.split("."), metrics(told.scenario)[told.variant]
    )
    digits = len(said.partition(".")[2])
    assert f"{found:,.{digits}f}" == said
