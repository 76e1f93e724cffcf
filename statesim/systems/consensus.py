"""Majorities, terms and votes: what may be decided, by whom, as pure functions of plain values.

Whoever needs the others to agree asks here: a coordinator how many replicas a quorum is, a component whether
it is still the primary one, a candidate whether it leads. Timers, messages and disks are the driver's.

Sources: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (the Raft paper), §5.2
(elections), §5.4.1 (who may lead), §5.4.2 (what is committed), §6 (joint majorities); Ongaro's dissertation,
§4.1 (changes by one); codership/galera, gcomm ``pc_proto.cpp``: have_quorum (weights, who left in order);
MySQL manual, "Network Partitioning" (Group Replication: a majority of the last view, as XCom counts).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def majority(members: int) -> int:
    """Return the fewest of some members that are more than half of them."""
    return members // 2 + 1


def outweighs(there: int, of: int, left: int = 0) -> bool:
    """Tell whether those who are there weigh more than half of those who count.

    Who has `left` in order does not count: half of the rest must be exceeded.
    """
    return 2 * there > of - left


# -- who counts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Membership:
    """Who counts, and how much: a view, a configuration. A change is another value, with the next number.

    Attributes
    ----------
    weights
        Each member's weight by its name, names sorted.
    number
        Which one of the group's memberships this is.
    """

    weights: tuple[tuple[str, int], ...]
    number: int = 1

    @classmethod
    def of(
        cls, names: Iterable[str], weights: Mapping[str, int] | None = None, number: int = 1
    ) -> Membership:
        """Return the membership of some members; one without a weight of its own weighs 1."""
        known = weights or {}
        return cls(tuple((name, known.get(name, 1)) for name in sorted(set(names))), number)

    @property
    def names(self) -> tuple[str, ...]:
        """Return its members."""
        return tuple(name for name, _ in self.weights)

    @property
    def total(self) -> int:
        """Return what all of them weigh."""
        return sum(weight for _, weight in self.weights)

    def weigh(self, names: Iterable[str]) -> int:
        """Return what some weigh; who is no member weighs nothing."""
        there = set(names)
        return sum(weight for name, weight in self.weights if name in there)

    def is_quorum(self, names: Iterable[str], left: Iterable[str] = ()) -> bool:
        """Tell whether some members weigh more than half of all, without those who have left in order."""
        return outweighs(self.weigh(names), self.total, self.weigh(left))

    def with_member(self, name: str, weight: int = 1) -> Membership:
        """Return the next membership: with one member more, or with another weight for one."""
        return Membership.of((*self.names, name), {**dict(self.weights), name: weight}, self.number + 1)

    def without(self, *names: str) -> Membership:
        """Return the next membership: without some."""
        return Membership.of(
            (name for name in self.names if name not in names), dict(self.weights), self.number + 1
        )

    def upto(self, positions: Mapping[str, int]) -> int:
        """Return the furthest position that members with a quorum have reached; 0 if there is none."""
        reached = sorted(((positions.get(name, 0), weight) for name, weight in self.weights), reverse=True)
        there = 0
        for position, weight in reached:
            there += weight
            if outweighs(there, self.total):
                return position
        return 0


class Joint(NamedTuple):
    """Two memberships while one becomes the other: each must agree (the Raft paper, §6).

    Changes by one member need no such step: a majority before and one after always meet (dissertation, §4.1).
    """

    old: Membership
    new: Membership

    def is_quorum(self, names: Iterable[str]) -> bool:
        """Tell whether some members are a quorum of both."""
        there = tuple(names)
        return self.old.is_quorum(there) and self.new.is_quorum(there)

    def upto(self, positions: Mapping[str, int]) -> int:
        """Return the furthest position that quorums of both have reached."""
        return min(self.old.upto(positions), self.new.upto(positions))


# -- who leads -----------------------------------------------------------------------------------------------


class LogEnd(NamedTuple):
    """The last entry of a log: its term, then its position. The larger one is more up to date (§5.4.1)."""

    term: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a member must have on its disk before it answers: its term, and for whom it voted in it (§5.2)."""

    term: int = 0
    voted_for: str | None = None

    def seen(self, term: int) -> Ballot:
        """Return the ballot after a message of some term: a newer one is taken over, and its vote is free."""
        return Ballot(term) if term > self.term else self

    def stand(self, name: str) -> Ballot:
        """Return the ballot of a member that stands for leader: the next term, and its own vote."""
        return Ballot(self.term + 1, name)

    def answer(self, mine: LogEnd, term: int, candidate: str, theirs: LogEnd) -> tuple[Ballot, bool]:
        """Answer a request for a vote: the ballot from now on, and whether the vote is given.

        One vote a term, to the first who asks, and to nobody whose log is behind (§5.2, §5.4.1).
        """
        ballot = self.seen(term)
        free = ballot.voted_for in (None, candidate)
        if term < ballot.term or not free or theirs < mine:
            return ballot, False
        return Ballot(term, candidate), True


def may_commit(entry_term: int, term: int) -> bool:
    """Tell whether a leader may take an entry for committed once a quorum has it.

    Only one of its own term; older ones are committed with it (§5.4.2, figure 8).
    """
    return entry_term == term
