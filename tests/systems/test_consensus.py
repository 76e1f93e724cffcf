"""Majorities that always meet, one leader a term, and what a quorum has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.systems.consensus import Ballot, Joint, LogEnd, Membership, majority, may_commit, outweighs

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("a", "b", "c", "d", "e", "f", "g")
subsets = st.sets(st.sampled_from(NAMES))
memberships = st.builds(
    lambda names, weights: Membership.of(names, dict(zip(NAMES, weights, strict=True))),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.lists(st.integers(0, 3), min_size=len(NAMES), max_size=len(NAMES)),
)
equal = st.builds(Membership.of, st.sets(st.sampled_from(NAMES), min_size=1))


@pytest.mark.parametrize(("members", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 4)])
def test_a_majority_is_more_than_half(members: int, needed: int) -> None:
    assert majority(members) == needed
    assert outweighs(needed, members)
    assert not outweighs(needed - 1, members)


@given(memberships, subsets, subsets)
def test_two_quorums_of_one_membership_meet(group: Membership, one: set[str], other: set[str]) -> None:
    if group.is_quorum(one) and group.is_quorum(other):
        assert one & other & set(group.names)


@given(equal, st.sampled_from(NAMES), subsets, subsets)
def test_a_quorum_before_a_change_by_one_meets_one_after_it(
    before: Membership, who: str, one: set[str], other: set[str]
) -> None:
    after = before.without(who) if who in before.names else before.with_member(who)

    assert after.number == before.number + 1
    if before.is_quorum(one) and after.is_quorum(other):
        assert one & other


@given(equal, equal, subsets, subsets)
def test_a_joint_quorum_meets_those_of_both(
    old: Membership, new: Membership, one: set[str], other: set[str]
) -> None:
    if Joint(old, new).is_quorum(one) and (old.is_quorum(other) or new.is_quorum(other)):
        assert one & other


def test_a_change_by_two_needs_the_step_between() -> None:
    old, new = Membership.of("abc"), Membership.of("abcde")

    assert old.is_quorum("ab")
    assert new.is_quorum("cde")  # and these two have nobody in common
    assert not Joint(old, new).is_quorum("cde")


def test_who_leaves_in_order_is_not_counted() -> None:
    # Galera docs, "Weighted Quorum": a kill of two of three stops the cluster, two that leave do not
    group = Membership.of(("db-0", "db-1", "db-2"))

    assert not group.is_quorum(["db-0"])
    assert group.is_quorum(["db-0"], left=["db-1", "db-2"])
    assert not group.is_quorum(["db-0"], left=["db-2"])  # half is not more than half


def test_weights_decide_between_two_halves() -> None:
    group = Membership.of(("db-0", "db-1"), {"db-0": 2})

    assert group.is_quorum(["db-0"])
    assert not group.is_quorum(["db-1"])
    assert not Membership.of(("db-0", "db-1")).is_quorum(["db-0"])


@given(memberships, st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9)))
def test_a_quorum_has_what_is_committed_and_none_has_more(
    group: Membership, positions: dict[str, int]
) -> None:
    upto = group.upto(positions)

    if group.total:
        assert group.is_quorum(name for name in group.names if positions.get(name, 0) >= upto)
    assert not group.is_quorum(name for name in group.names if positions.get(name, 0) > upto)


def test_with_two_memberships_both_must_have_it() -> None:
    joint = Joint(Membership.of("abc"), Membership.of("cde"))

    assert joint.upto({"a": 5, "b": 5, "c": 5, "d": 3}) == 3


ends = st.builds(LogEnd, st.integers(0, 3), st.integers(0, 3))
asks = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 4), st.sampled_from(NAMES)), max_size=60)


@given(st.lists(ends, min_size=len(NAMES), max_size=len(NAMES)), asks)
def test_a_term_has_one_leader_however_votes_are_asked_for(
    logs: Sequence[LogEnd], requests: Sequence[tuple[str, int, str]]
) -> None:
    group, log = Membership.of(NAMES), dict(zip(NAMES, logs, strict=True))
    ballots = {name: Ballot() for name in NAMES}
    votes: dict[tuple[int, str], set[str]] = {}
    for voter, term, candidate in requests:
        before = ballots[voter]
        if voter == candidate:
            ballots[voter] = before.stand(voter)
            votes.setdefault((ballots[voter].term, voter), set()).add(voter)
            continue
        ballots[voter], given = before.answer(log[voter], term, candidate, log[candidate])
        assert ballots[voter].term >= before.term
        if given:
            assert log[candidate] >= log[voter]
            votes.setdefault((term, candidate), set()).add(voter)
    leaders = [term for (term, _), voters in votes.items() if group.is_quorum(voters)]

    assert len(leaders) == len(set(leaders))


def test_a_newer_term_frees_the_vote_and_an_older_one_gets_none() -> None:
    ballot, given = Ballot(3, "a").answer(LogEnd(), 4, "b", LogEnd())
    assert (ballot, given) == (Ballot(4, "b"), True)

    assert ballot.answer(LogEnd(), 3, "c", LogEnd(9, 9)) == (ballot, False)
    assert ballot.answer(LogEnd(), 4, "b", LogEnd()) == (ballot, True)  # asked again


def test_a_longer_log_of_an_older_term_is_behind() -> None:
    _, given = Ballot().answer(LogEnd(2, 1), 5, "b", LogEnd(1, 100))

    assert not given


def test_a_leader_commits_entries_of_its_own_term() -> None:
    assert may_commit(4, 4)
    assert not may_commit(2, 4)
