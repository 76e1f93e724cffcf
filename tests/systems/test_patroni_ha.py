"""What an agent decides, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statesim.systems.patroni.ha import ANY, Action, Cluster, Me, Peer, decide, wanted_standby
from statesim.systems.patroni.parameters import PatroniParameters

RULES = PatroniParameters()
SYNC = PatroniParameters(synchronous_mode=True)
STRICT = PatroniParameters(synchronous_mode=True, synchronous_mode_strict=True)
REPLICA = Me("b", system="s", running=True, position=100, following="a")
PRIMARY = Me("a", system="s", running=True, primary=True, position=100)
LED = Cluster(initialize="s", leader="a", leader_serves=True, optime=100)
FREE = replace(LED, leader=None, leader_serves=False)

ROWS = [
    ("store lost, primary", PRIMARY, None, (), RULES, Action.DEMOTE, "DCS is not accessible"),
    ("store lost, replica", REPLICA, None, (), RULES, Action.NOTHING, "DCS is not accessible"),
    ("busy", replace(REPLICA, busy="rewind"), FREE, (), RULES, Action.NOTHING, "rewind in progress"),
    ("first of all", Me("b"), Cluster(), (), RULES, Action.INITIALISE, "bootstrap a new cluster"),
    ("empty, leader serves", Me("b"), LED, (), RULES, Action.CLONE, "from leader 'a'"),
    (
        "empty, leader elsewhere",
        Me("b"),
        replace(LED, leader_serves=False),
        (),
        RULES,
        Action.NOTHING,
        "waiting",
    ),
    ("all disks lost", Me("b"), FREE, (), RULES, Action.NOTHING, "waiting for leader to bootstrap"),
    ("empty with the lock", Me("a"), LED, (), RULES, Action.RELEASE, "data dir is empty"),
    ("foreign data", replace(REPLICA, system="x"), LED, (), RULES, Action.EXIT, "system ID mismatch"),
    ("down", replace(REPLICA, running=False), LED, (), RULES, Action.START, "as a secondary"),
    ("down with the lock", replace(PRIMARY, running=False), LED, (), RULES, Action.START, "session lock"),
    ("stuck", replace(REPLICA, running=False, stuck=True), LED, (), RULES, Action.NOTHING, "diverged"),
    ("standby with the lock", replace(REPLICA, name="a"), LED, (), RULES, Action.PROMOTE, "session lock"),
    ("leader", PRIMARY, LED, (), RULES, Action.NOTHING, "the leader with the lock"),
    ("deposed", replace(PRIMARY, name="b"), LED, (), RULES, Action.DEMOTE, "do not have the lock"),
    ("follower", REPLICA, LED, (), RULES, Action.NOTHING, "following a leader (a)"),
    ("new leader", replace(REPLICA, following="c"), LED, (), RULES, Action.FOLLOW, "new leader (a)"),
    ("free, healthiest", REPLICA, FREE, (Peer("c", position=90),), RULES, Action.ACQUIRE, ""),
    ("free, equal", REPLICA, FREE, (Peer("c", position=100),), RULES, Action.ACQUIRE, ""),
    ("free, behind", REPLICA, FREE, (Peer("c", position=101),), RULES, Action.NOTHING, "c is ahead of me"),
    ("free, c unheard", REPLICA, FREE, (Peer("c", answers=False, position=101),), RULES, Action.ACQUIRE, ""),
    ("free, c down", REPLICA, FREE, (Peer("c", running=False, position=101),), RULES, Action.ACQUIRE, ""),
    (
        "free, old primary",
        REPLICA,
        FREE,
        (Peer("a", primary=True),),
        RULES,
        Action.NOTHING,
        "still a primary",
    ),
    ("free, lag", REPLICA, replace(FREE, optime=100 + 2**20 + 1), (), RULES, Action.NOTHING, "maximum_lag"),
    ("free, lag limit", REPLICA, replace(FREE, optime=100 + 2**20), (), RULES, Action.ACQUIRE, ""),
    ("free, own lock lapsed", PRIMARY, FREE, (), RULES, Action.ACQUIRE, ""),
    (
        "free, deposed while frozen",
        PRIMARY,
        replace(FREE, sync_leader="c"),
        (),
        SYNC,
        Action.DEMOTE,
        "not the healthiest",
    ),
    (
        "sync, not named",
        REPLICA,
        replace(FREE, sync_leader="a", sync_standby="c"),
        (),
        SYNC,
        Action.NOTHING,
        "neither",
    ),
    (
        "sync, named, c further but not named",
        REPLICA,
        replace(FREE, sync_leader="a", sync_standby="b"),
        (Peer("c", position=200),),
        SYNC,
        Action.ACQUIRE,
        "",
    ),
    ("sync, nobody named yet", REPLICA, FREE, (), SYNC, Action.ACQUIRE, ""),
    ("sync, name one", PRIMARY, LED, (Peer("b", streams=True),), SYNC, Action.NAME_STANDBY, "b must confirm"),
    (
        "sync, settled",
        replace(PRIMARY, names="b"),
        replace(LED, sync_leader="a", sync_standby="b"),
        (Peer("b", streams=True),),
        SYNC,
        Action.NOTHING,
        "",
    ),
    (
        "sync, lost",
        replace(PRIMARY, names="b"),
        replace(LED, sync_leader="a", sync_standby="b"),
        (Peer("b"),),
        SYNC,
        Action.NAME_STANDBY,
        "not waited for",
    ),
]


@pytest.mark.parametrize(
    ("name", "me", "cluster", "peers", "rules", "action", "why"), ROWS, ids=[r[0] for r in ROWS]
)
def test_a_decision(
    name: str,
    me: Me,
    cluster: Cluster | None,
    peers: tuple[Peer, ...],
    rules: PatroniParameters,
    action: Action,
    why: str,
) -> None:
    decision = decide(me, cluster, peers, rules)
    assert decision.action is action
    assert why in decision.why


def test_the_standby_that_streams_is_kept_and_the_most_advanced_replaces_it() -> None:
    peers = [Peer("b", position=5, streams=True), Peer("c", position=9, streams=True), Peer("d", position=99)]
    assert wanted_standby("b", peers, SYNC) == "b"
    assert wanted_standby("d", peers, SYNC) == "c"
    assert wanted_standby(None, [], SYNC) is None
    assert wanted_standby("b", [], STRICT) == ANY
    assert wanted_standby("b", peers, RULES) is None
