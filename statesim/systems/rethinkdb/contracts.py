"""Contracts: what the replicas of a shard shall do, and how a change of the world changes that.

The Raft log of a table holds its configuration and one contract for each shard, never the data. The
leader of the log compares what people want (`Shard`) with what the replicas report, and writes the next
contract: who votes, who is primary, who takes over. A primary is never replaced in one step. First it is
struck out; once most of the voters have promised to hear it no more, one that has every acknowledged write
is chosen (rethinkdb/rethinkdb, table_contract/coordinator/calculate_contracts.cc: calculate_contract;
contract_metadata.hpp).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.systems.wal import Timeline


@dataclass(frozen=True, slots=True)
class Shard:
    """A row of ``table_config.shards``: what people want. Servers are named by their UUIDs.

    Attributes
    ----------
    primary
        Who shall be primary whenever it can.
    nonvoting
        Which of the replicas do not vote.
    """

    replicas: tuple[str, ...]
    primary: str
    nonvoting: tuple[str, ...] = ()

    @property
    def voters(self) -> tuple[str, ...]:
        """Return who votes."""
        return tuple(each for each in self.replicas if each not in self.nonvoting)


@dataclass(frozen=True, slots=True)
class Contract:
    """What the replicas of a shard shall do.

    Attributes
    ----------
    temp_voters
        Who will vote; until then a majority of both is needed.
    hand_over
        Whom the primary gives its role to: it takes no writes meanwhile.
    branch
        The history that every acknowledged write is on; ``None`` before the first primary.
    """

    replicas: tuple[str, ...]
    voters: tuple[str, ...]
    temp_voters: tuple[str, ...] | None = None
    primary: str | None = None
    hand_over: str | None = None
    branch: Timeline | None = None

    @property
    def electors(self) -> tuple[tuple[str, ...], ...]:
        """Return the groups of voters of which each must agree by majority."""
        return (self.voters,) if self.temp_voters is None else (self.voters, self.temp_voters)

    def is_safe(self, servers: Iterable[str]) -> bool:
        """Tell whether some servers are most of the voters (exec_primary.hpp: ack_counter_t)."""
        there = set(servers)
        return all(2 * len(there & set(group)) > len(group) for group in self.electors)


class State(StrEnum):
    """What a replica says of itself (contract_metadata.hpp: contract_ack_t)."""

    NEED_BRANCH = "primary_need_branch"
    IN_PROGRESS = "primary_in_progress"
    READY = "primary_ready"
    NEED_PRIMARY = "secondary_need_primary"
    BACKFILLING = "secondary_backfilling"
    STREAMING = "secondary_streaming"


class Report(NamedTuple):
    """A replica's answer to its present contract.

    Attributes
    ----------
    position
        Of one that needs a primary: how much of the contract's branch it has.
    branch
        Of a primary that needs it registered: the branch that it will write.
    """

    state: State
    position: int = 0
    branch: Timeline | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What the leader knows of a shard.

    Attributes
    ----------
    reports
        The answers to this contract that have come.
    sees
        Of each server that the leader is connected to: whom that one is connected to, itself included.
    """

    contract: Contract
    wanted: Shard
    reports: Mapping[str, Report]
    sees: Mapping[str, frozenset[str]]

    def says(self, server: str | None, state: State) -> bool:
        """Tell whether a server has reported a state."""
        report = None if server is None else self.reports.get(server)
        return report is not None and report.state is state

    def is_visible(self, target: str, judges: tuple[str, ...]) -> bool:
        """Tell whether most of the judges see a server; who cannot be asked counts as though it did."""
        seen = sum(1 for judge in judges if judge not in self.sees or target in self.sees[judge])
        return 2 * seen > len(judges)


class Decision(NamedTuple):
    """The next contract, and why it is another one; "" = it is not."""

    contract: Contract
    why: str = ""


def decide(view: View) -> Decision:
    """Return the next contract of a shard: one step, after which the replicas must report anew."""
    old = view.contract
    new, why = _settle_voters(view)
    visible = tuple(
        each
        for each in dict.fromkeys((*new.voters, *(new.temp_voters or ())))
        if all(view.is_visible(each, group) for group in new.electors)
    )
    new, left = _strike_out(view, new)
    if old.primary is None:
        found, chosen = _choose(view, new, visible)
        if found is not None:
            new, why = replace(new, primary=found), chosen
    elif left == old.primary or old.primary not in visible:
        new = replace(new, primary=None, hand_over=None)
        why = f"{old.primary} is no replica any more" if left else "most of the voters do not see the primary"
    elif view.says(old.primary, State.NEED_BRANCH):
        branch = view.reports[old.primary].branch
        if branch is not old.branch:
            new, why = replace(new, branch=branch), "the new primary begins a branch"
    else:
        new, moved = _hand_over(view, new, visible)
        why = moved or why
    return Decision(new, (why or "the configuration has changed") if new != old else "")


def _settle_voters(view: View) -> tuple[Contract, str]:
    """Bring the voters nearer to what is wanted: new ones must have the data before they count."""
    old, wanted = view.contract, view.wanted
    new = replace(old, replicas=tuple(dict.fromkeys((*old.replicas, *wanted.replicas))))
    if old.temp_voters is None and set(old.voters) != set(wanted.voters):
        streaming = [
            each
            for each in wanted.voters
            if view.says(each, State.STREAMING) or (old.primary is not None and each == old.primary)
        ]
        if 2 * len(streaming) > len(wanted.voters):
            return replace(new, temp_voters=wanted.voters), "most of those who shall vote have the data"
    elif old.temp_voters is not None and view.says(old.primary, State.READY):
        settled = replace(new, voters=old.temp_voters, temp_voters=None)
        return settled, "every acknowledged write is with most of those who shall vote"
    return new, ""


def _strike_out(view: View, new: Contract) -> tuple[Contract, str | None]:
    """Take out who is no replica any more; return the primary too, if it is one of them."""
    gone = [
        each
        for each in view.contract.replicas
        if each not in view.wanted.replicas and each not in new.voters and each not in (new.temp_voters or ())
    ]
    if not gone:
        return new, None
    left = tuple(each for each in new.replicas if each not in gone)
    primary = view.contract.primary
    return replace(new, replicas=left), primary if primary in gone else None


def _choose(view: View, new: Contract, visible: tuple[str, ...]) -> tuple[str | None, str]:
    """Choose a primary: one that has at least as much as more than half of the voters.

    The one that people prefer, if it may be; while it is seen and has not reported it is waited for.
    """
    found = sorted(
        (view.reports[each].position, each) for each in new.voters if view.says(each, State.NEED_PRIMARY)
    )
    eligible = []
    for position, each in found:
        behind = sum(1 for other, _ in found if other <= position)
        if each in visible and 2 * behind > len(new.voters):
            eligible.append(each)
    preferred = view.wanted.primary
    if preferred in eligible:
        return preferred, "the table's configuration prefers it"
    if not eligible or (preferred in visible and preferred not in view.reports):
        return None, ""
    return eligible[-1], "most of the voters have no more than it has"


def _hand_over(view: View, new: Contract, visible: tuple[str, ...]) -> tuple[Contract, str]:
    """Give the role to the preferred primary, once it has all."""
    old, preferred = view.contract, view.wanted.primary
    if old.primary == preferred:
        return replace(new, hand_over=None), ""
    if old.hand_over == preferred:
        if view.says(old.primary, State.READY):
            return replace(new, primary=None, hand_over=None), "the preferred primary has all that it has"
        if preferred not in visible:
            return replace(new, hand_over=None), "the preferred primary is gone again"
        return new, ""
    if view.says(preferred, State.STREAMING) and preferred in visible:
        return replace(new, hand_over=preferred), "the preferred primary has caught up"
    return replace(new, hand_over=None), ""
