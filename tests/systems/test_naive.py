"""What a portrait says that a Deployment without care loses of each kind of state, a run of it really loses.

A new kind needs a row in `LOSES`: for storage, identity, session and role a run, and what must be so in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from statesim.systems.catalogue import SHIPPED
from statesim.views.portraits import FOUR, need
from tests.systems.naive import EVERY_POD, MASTER_LOST, NEW_IMAGE, ONE_POD, Naive, Runs, Seen, Sharded

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.systems.driver import System


class Loss(NamedTuple):
    """A run, how the portrait's words for it begin, and what makes them true there."""

    run: Naive
    words: str
    true: Callable[[Seen], bool]


# -- what several systems have in common ----------------------------------------------------------------------


def nothing_written(seen: Seen) -> bool:
    return seen.drift["storage_max"] == 0


def nobody_named(seen: Seen) -> bool:
    return seen.drift["named"] == 0 and not seen.client["out_at_end"]


def no_roles(seen: Seen) -> bool:
    return seen.drift["roles"] == 0


def all_written(seen: Seen) -> bool:
    """Everything that was there when the pods went is lost, and nothing that came after."""
    return bool(seen.client["lost"] > 500 and seen.system["rpo_s"] > 90)


def every_session(seen: Seen) -> bool:
    return bool(seen.client["sessions_broken"] >= 12)


def a_session_each(seen: Seen) -> bool:
    return bool(0 < seen.client["sessions_broken"] < 12)


def each_is_first(seen: Seen) -> bool:
    """Each of three pods leads at the same time."""
    return len(seen.who("Role", role="primary")) >= 3 and seen.findings.get("one-accepting-primary", 0) > 0


def as_many_as_pods(seen: Seen) -> bool:
    return bool(seen.system["dual_primary_s"] > 200 and seen.drift["roles"] == 3)


def one_at_most(seen: Seen) -> bool:
    return not seen.system.get("dual_primary_s") and not seen.findings.get("one-accepting-primary")


WEB = Naive("web", 3, (ONE_POD,))
ONE_DATABASE = Naive("set")
THREE = Naive("set", 3)
PRIMARY_KILLED = Naive("set", 3, ({"at": "2m", "do": "pod-kill", "on": {"primaryOf": "s"}},))
RING = Naive("set", 3, ({**NEW_IMAGE, "at": "3m"},), {"auto_bootstrap": False}, duration="6m")
LOGINS = Naive("login", 3, (NEW_IMAGE,))
NO_WAY_BACK = Naive("login", 3, (), client={"connections": "short"})  # nothing happens but calls
TWO_OWNERS = Naive("login", 4, (EVERY_POD,), {"store": "replicated", "owners": 2})
BACKUP_KILLED = ({"at": "2m", "do": "pod-kill", "on": {"replicaOf": "s"}},)
BY_ADDRESS = Naive("web", 2, BACKUP_KILLED, {"unicast_peer": True}, "System/s")
MASTER_GONE = Naive("web", 2, (MASTER_LOST,), {}, "System/s")
VISITS = Naive("cache", 2, client={"connections": "short"})
STREAMS = Naive("stream", 3, (NEW_IMAGE,))
PROVIDED = Naive(
    "set",
    0,
    (MASTER_LOST,),
    {"deployment": "multi-az-instance"},
    "System/s",
    "8m",
    {"dns": {"cache": "forever"}},
    outside=True,
)


# of citus a Deployment has the workers: without a number nobody is the coordinator
A_WORKER = Sharded("set", 3, (ONE_POD,), target="Service/head")
THE_COORDINATOR = Sharded("set", 3, ({**EVERY_POD, "on": "Pod/head-0"},), target="Service/head")


def a_part_of_it(seen: Seen) -> bool:
    """Tell whether a worker's part of the rows is lost, and the others have answered all the time."""
    part = seen.client["lost"] / seen.client["acked"]
    return bool(0.1 < part < 0.4 and seen.client["unavailable_s"] < 2)


def dangles(seen: Seen) -> bool:
    """Tell whether a name is asked for its shards to the end, and a new worker for nothing."""
    new = len(seen.who("Registered", new=True))
    never_back = seen.count["System/ShardsOutOfReach"] == 1 and not seen.count["System/ShardsAnswer"]
    return new == 4 and never_back and seen.client["failed"] > 300


def nobody_leads(seen: Seen) -> bool:
    return seen.client["acked"] == 0 and not seen.who("Role", role="primary")


def _mysql() -> dict[str, Loss]:
    return {
        "storage": Loss(THREE, "every pod's own database", all_written),
        "identity": Loss(THREE, "who is who", each_is_first),
        "session": Loss(THREE, "all of a server's", every_session),
        "role": Loss(THREE, "the one source", as_many_as_pods),
    }


LOSES: dict[str, dict[str, Loss]] = {
    "stateless": {
        "storage": Loss(WEB, "nothing", nothing_written),
        "identity": Loss(WEB, "nothing", nobody_named),
        "session": Loss(WEB, "requests under way", a_session_each),
        "role": Loss(WEB, "nothing", no_roles),
    },
    "postgres": {
        "storage": Loss(ONE_DATABASE, "everything on an emptyDir", all_written),
        "identity": Loss(ONE_DATABASE, "nothing", nobody_named),
        "session": Loss(ONE_DATABASE, "all of them", every_session),
        "role": Loss(ONE_DATABASE, "nothing", one_at_most),
    },
    "postgres-replication": {
        "storage": Loss(THREE, "every pod's own database", all_written),
        "identity": Loss(THREE, "who is who", each_is_first),
        "session": Loss(THREE, "all of them", every_session),
        "role": Loss(THREE, "the one primary", as_many_as_pods),
    },
    "mysql-async": _mysql(),
    "mysql-semisync": _mysql(),
    "mysql-group-replication": {
        "storage": Loss(THREE, "a copy for each pod replaced; all", all_written),
        "identity": Loss(THREE, "the others", lambda seen: seen.count["Member/Bootstrapped"] == 6),
        "session": Loss(PRIMARY_KILLED, "those to the old primary", a_session_each),
        "role": Loss(THREE, "the one primary", as_many_as_pods),
    },
    "rethinkdb": {
        "storage": Loss(THREE, "a replica for each pod replaced; with most of them, the table", all_written),
        "identity": Loss(
            THREE, "the servers that the table names", lambda seen: len(seen.who("Role", role="proxy")) == 3
        ),
        "session": Loss(PRIMARY_KILLED, "feeds of that server", a_session_each),
        "role": Loss(
            PRIMARY_KILLED,
            "nothing, while a majority",
            lambda s: one_at_most(s) and s.system["failovers"] == 1,
        ),
    },
    "patroni": {
        "storage": Loss(THREE, "a clone for each pod replaced; all", all_written),
        "identity": Loss(
            PRIMARY_KILLED,
            "the slots and keys of members",
            lambda seen: len(seen.who("Role", role="starting")) > 3,
        ),
        "session": Loss(PRIMARY_KILLED, "those to the old primary", every_session),
        "role": Loss(
            PRIMARY_KILLED, "nothing by itself", lambda s: one_at_most(s) and s.system["failovers"] == 1
        ),
    },
    "cassandra": {
        "storage": Loss(RING, "a replica for each pod replaced", all_written),
        "identity": Loss(
            RING,
            "the dead hosts' places",
            lambda seen: seen.count["Member/MarkedDown"] >= 3 and not seen.count["Member/Replaced"],
        ),
        "session": Loss(RING, "requests under way", lambda seen: seen.client["sessions_broken"] > 0),
        "role": Loss(RING, "nothing", one_at_most),
    },
    "auth": {
        "storage": Loss(
            LOGINS, "what a server had in its memory", lambda seen: seen.count["System/SessionsLost"] == 3
        ),
        "identity": Loss(NO_WAY_BACK, "that way", lambda seen: seen.client["logged_out"] > 12),
        "session": Loss(LOGINS, "all of them", lambda seen: seen.client["users_logged_out"] == 12),
        "role": Loss(TWO_OWNERS, "both owners", lambda seen: seen.client["users_logged_out"] == 12),
    },
    "router": {
        "storage": Loss(MASTER_GONE, "nothing", nothing_written),
        "identity": Loss(BY_ADDRESS, "its peers", lambda seen: seen.system["dual_primary_s"] > 100),
        "session": Loss(MASTER_GONE, "all of them", every_session),
        "role": Loss(
            MASTER_GONE, "nothing by itself", lambda s: one_at_most(s) and s.system["failovers"] == 1
        ),
    },
    "galera": {
        "storage": Loss(THREE, "a full copy for each pod replaced; all", all_written),
        "identity": Loss(THREE, "the others", lambda seen: seen.count["Member/Bootstrapped"] == 6),
        "session": Loss(THREE, "all of a member's", every_session),
        "role": Loss(THREE, "the one cluster", as_many_as_pods),
    },
    "cdn": {
        "storage": Loss(
            VISITS, "no data", lambda seen: not seen.client.get("lost") and seen.client["origin_jump"] > 1
        ),
        "identity": Loss(
            VISITS,
            "what the cache before it held",
            lambda seen: seen.who("CacheStarted", cache="kept") == set(),
        ),
        "session": Loss(VISITS, "requests under way", lambda s: s.client["failed"] + s.client["unknown"] > 0),
        "role": Loss(VISITS, "nothing", no_roles),
    },
    "streaming": {
        "storage": Loss(STREAMS, "nothing", nothing_written),
        "identity": Loss(STREAMS, "nothing", nobody_named),
        "session": Loss(STREAMS, "nearly every stream", lambda seen: seen.client["viewers_cut"] >= 11),
        "role": Loss(STREAMS, "nothing by itself", no_roles),
    },
    "citus": {
        "storage": Loss(A_WORKER, "one part of the rows with each worker replaced", a_part_of_it),
        "identity": Loss(A_WORKER, "the shards of each worker replaced", dangles),
        "session": Loss(
            THE_COORDINATOR,
            "all of them, with the coordinator",
            lambda seen: seen.client["sessions_broken"] >= 12,
        ),
        "role": Loss(THREE, "the coordinator: without numbers every pod is a shard", nobody_leads),
    },
    "rds": {
        "storage": Loss(PROVIDED, "nothing", lambda seen: seen.client["lost"] == 0),
        "identity": Loss(PROVIDED, "nothing, unless an address", lambda seen: seen.client["out_at_end"]),
        "session": Loss(PROVIDED, "all, at each failover", every_session),
        "role": Loss(PROVIDED, "nothing", one_at_most),
    },
}


@pytest.fixture(scope="module")
def runs() -> Runs:
    return Runs()


def test_each_kind_has_a_run_for_each_kind_of_state() -> None:
    missing = {driver.kind for driver in SHIPPED} - LOSES.keys()
    assert not missing, f"{sorted(missing)}: give each a row in LOSES of {__name__}"
    assert all(set(row) == set(FOUR) for row in LOSES.values())


@pytest.mark.parametrize("state", FOUR)
@pytest.mark.parametrize("driver", SHIPPED, ids=lambda driver: driver.kind)
def test_a_run_without_care_loses_what_the_portrait_says(
    driver: type[System], state: str, runs: Runs
) -> None:
    loss = LOSES[driver.kind][state]
    assert driver.portrait is not None
    said = need(driver.portrait, state).naive
    assert said.startswith(loss.words), f"the portrait says {said!r}, and its run is about {loss.words!r}"
    assert loss.true(runs.of(driver.kind, loss.run)), f"{said!r} did not come true"


@pytest.mark.parametrize(
    "kind", sorted({kind for kind, row in LOSES.items() if row["storage"].true is all_written})
)
def test_what_is_lost_of_storage_is_the_drift_that_was_at_risk(kind: str, runs: Runs) -> None:
    found = runs.of(kind, LOSES[kind]["storage"].run)
    assert found.drift["at_risk_max"] == found.drift["storage_max"], "all of it lay in the pods"
    assert 0 < found.client["lost"] <= found.client["acked"]
