"""What an agent decides, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statesim.systems.patroni.ha import decide
from statesim.systems.patroni.parameters import PatroniParameters
from statesim.systems.patroni.synchronous import ANY, between, inherited, settled, wanted_standbys
from statesim.systems.patroni.view import Action, Cluster, Failover, Me, Peer, Sync
from statesim.systems.standby_names import Standbys

RULES = PatroniParameters()
SYNC = PatroniParameters(synchronous_mode=True)
QUORUM = PatroniParameters(synchronous_mode="quorum")
STRICT = PatroniParameters(synchronous_mode=True, synchronous_mode_strict=True)
REPLICA = Me("b", system="s", running=True, position=100, following="a")
B = Standbys(quorum=False, number=1, names=("b",))
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
        replace(FREE, sync=Sync("c")),
        (),
        SYNC,
        Action.DEMOTE,
        "not the healthiest",
    ),
    (
        "sync, not named",
        REPLICA,
        replace(FREE, sync=Sync("a", ("c",))),
        (),
        SYNC,
        Action.NOTHING,
        "neither",
    ),
    (
        "sync, named, c further but not named",
        REPLICA,
        replace(FREE, sync=Sync("a", ("b",))),
        (Peer("c", position=200),),
        SYNC,
        Action.ACQUIRE,
        "",
    ),
    ("sync, nobody named yet", REPLICA, FREE, (), SYNC, Action.ACQUIRE, ""),
    (
        "sync, name one",
        PRIMARY,
        LED,
        (Peer("b", streams=True),),
        SYNC,
        Action.NAME_STANDBYS,
        "b must confirm",
    ),
    (
        "sync, settled",
        replace(PRIMARY, names=B),
        replace(LED, sync=Sync("a", ("b",))),
        (Peer("b", streams=True),),
        SYNC,
        Action.NOTHING,
        "",
    ),
    (
        "sync, lost",
        replace(PRIMARY, names=B),
        replace(LED, sync=Sync("a", ("b",))),
        (Peer("b"),),
        SYNC,
        Action.NAME_STANDBYS,
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
    gone = Standbys(quorum=False, number=1, names=("d",))
    chosen = Standbys(quorum=False, number=1, names=("c",))
    assert wanted_standbys(B, peers, SYNC) == B
    assert wanted_standbys(gone, peers, SYNC) == chosen
    assert wanted_standbys(None, [], SYNC) is None
    assert wanted_standbys(B, [], STRICT) == ANY
    two = replace(SYNC, synchronous_node_count=2)
    assert wanted_standbys(B, peers, two) == Standbys(quorum=False, number=2, names=("b", "c"))
    unfit = replace(SYNC, nofailover=("c",))
    assert wanted_standbys(gone, peers, unfit) == B


def test_in_quorum_mode_any_of_all_that_stream_confirm() -> None:
    peers = [Peer(name, streams=True) for name in "bcde"]
    assert wanted_standbys(None, peers, QUORUM) == Standbys(quorum=True, number=1, names=tuple("bcde"))
    two = replace(QUORUM, synchronous_node_count=2)
    wanted = wanted_standbys(None, peers, two)
    assert wanted == Standbys(quorum=True, number=2, names=tuple("bcde"))
    assert settled("a", wanted) == Sync("a", tuple("bcde"), 2)


SOME = [None, ANY] + [
    Standbys(quorum=True, number=number, names=names)
    for names in (("b",), ("c",), ("b", "c"), ("c", "d"), ("b", "c", "d"))
    for number in range(1, len(names) + 1)
]


@pytest.mark.parametrize("present", SOME)
@pytest.mark.parametrize("wanted", SOME)
def test_whoever_is_agreed_on_has_every_commit_whatever_the_voters_change_to(
    present: Standbys | None, wanted: Standbys | None
) -> None:
    """Every set that may have confirmed a commit has a member in every set that may promote without it."""
    for key, names in (
        (between("a", settled("a", present), present, wanted), present),
        (between("a", settled("a", present), present, wanted), wanted),
        (settled("a", wanted), wanted),
    ):
        if names is None or names == ANY:
            continue
        others = {*key.members} | {*names.names}
        lacking = len(others) - names.number  # so many may lack a commit: none of them may be agreed on
        assert key.quorum + 1 > lacking, (key, names)


def test_a_new_leader_of_a_quorum_asks_as_many_as_the_key_promises() -> None:
    key = Sync("a", ("b", "c"), 1)
    assert inherited("b", key, QUORUM) == (key, Standbys(quorum=True, number=1, names=("a", "c")))
    assert inherited("b", key, SYNC) == (Sync("b"), None)
    assert inherited("b", key, STRICT) == (Sync("b"), ANY)


@pytest.mark.parametrize(
    ("me", "peers", "why"),
    [
        ("b", (Peer("c", position=100),), None),
        ("b", (Peer("c", position=99),), None),
        ("b", (Peer("c", position=101),), "c is ahead of me"),
        ("b", (Peer("c", answers=False),), "only 0 of 1 votes"),
        ("b", (Peer("c", running=False),), "only 0 of 1 votes"),
        ("d", (Peer("c", position=100),), "only 0 of 1 votes"),
        ("d", (Peer("b", position=100), Peer("c", position=100)), None),
        ("b", (Peer("a", position=100), Peer("c", answers=False)), None),
    ],
)
def test_a_quorum_must_agree(me: str, peers: tuple[Peer, ...], why: str | None) -> None:
    cluster = replace(FREE, sync=Sync("a", ("b", "c"), 1))
    decision = decide(replace(REPLICA, name=me), cluster, peers, QUORUM)
    assert decision.action is (Action.ACQUIRE if why is None else Action.NOTHING)
    assert why is None or why in decision.why


def test_tags_say_who_is_promoted() -> None:
    rules = replace(RULES, nofailover=("b",), failover_priority=(("c", 2), ("d", 0)))
    assert [rules.priority(name) for name in "abcd"] == [1, 0, 2, 0]
    race = {name: decide(replace(REPLICA, name=name), FREE, (), rules) for name in "bcd"}
    assert [race[name].action for name in "bcd"] == [Action.NOTHING, Action.ACQUIRE, Action.NOTHING]
    assert "nofailover" in race["b"].why
    equal = decide(replace(REPLICA, name="e"), FREE, (Peer("c", position=100),), rules)
    assert "higher failover_priority" in equal.why
    ahead = decide(replace(REPLICA, name="e"), FREE, (Peer("c", position=99),), rules)
    assert ahead.action is Action.ACQUIRE
    unfit = decide(replace(REPLICA, name="e"), FREE, (Peer("b", position=500),), rules)
    assert unfit.action is Action.ACQUIRE, "who may not lead is in nobody's way"


FAILSAFE = PatroniParameters(failsafe_mode=True)
KEY = ("a", "b", "c")


@pytest.mark.parametrize(
    ("peers", "action"),
    [
        ((Peer("b"), Peer("c")), Action.CARRY_ON),
        ((Peer("b"), Peer("c", answers=False)), Action.DEMOTE),
        ((Peer("b"),), Action.DEMOTE),
        ((Peer("b"), Peer("c", primary=True)), Action.DEMOTE),
    ],
)
def test_in_failsafe_mode_all_members_must_answer(peers: tuple[Peer, ...], action: Action) -> None:
    me = replace(PRIMARY, failsafe=KEY)
    assert decide(me, None, peers, FAILSAFE).action is action
    assert decide(me, None, peers, RULES).action is Action.DEMOTE
    assert decide(replace(me, paused=True), None, peers, FAILSAFE).action is Action.NOTHING


ORDER = replace(LED, failover=Failover("a", "b"))


@pytest.mark.parametrize(
    ("me", "cluster", "peers", "rules", "action"),
    [
        (PRIMARY, ORDER, (Peer("b", position=100),), RULES, Action.HAND_OVER),
        (PRIMARY, ORDER, (Peer("b", answers=False), Peer("c", position=100)), RULES, Action.FORGET_ORDER),
        (
            PRIMARY,
            replace(ORDER, failover=Failover("a")),
            (Peer("c", position=100),),
            RULES,
            Action.HAND_OVER,
        ),
        (PRIMARY, replace(ORDER, failover=Failover("x", "b")), (Peer("b"),), RULES, Action.FORGET_ORDER),
        (PRIMARY, replace(ORDER, failover=Failover("a", "a")), (Peer("b"),), RULES, Action.FORGET_ORDER),
        (REPLICA, replace(FREE, failover=Failover("a", "b")), (), RULES, Action.ACQUIRE),
        (REPLICA, replace(FREE, failover=Failover("a", "c")), (Peer("c"),), RULES, Action.NOTHING),
        (REPLICA, replace(FREE, failover=Failover("a", "c")), (), RULES, Action.ACQUIRE),
        (replace(REPLICA, paused=True), FREE, (), RULES, Action.NOTHING),
        (replace(PRIMARY, paused=True), FREE, (), RULES, Action.ACQUIRE),
        (replace(PRIMARY, name="b", paused=True), LED, (), RULES, Action.NOTHING),
        (replace(REPLICA, running=False, paused=True), LED, (), RULES, Action.NOTHING),
        (replace(PRIMARY, running=False, paused=True), LED, (), RULES, Action.RELEASE),
        (replace(PRIMARY, running=False, crashed=True), LED, (), RULES, Action.RESTART),
        (
            replace(PRIMARY, running=False, crashed=True),
            LED,
            (Peer("b", position=100),),
            PatroniParameters(primary_start_timeout=0),
            Action.FAIL_OVER,
        ),
    ],
)
def test_orders_pauses_and_dead_servers(
    me: Me, cluster: Cluster, peers: tuple[Peer, ...], rules: PatroniParameters, action: Action
) -> None:
    assert decide(me, cluster, peers, rules).action is action
