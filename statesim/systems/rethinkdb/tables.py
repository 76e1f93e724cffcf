"""A table as its Raft log describes it: wanted shards, contracts, who counts; and the emergency repair of it.

Sources: rethinkdb/rethinkdb, table_contract/contract_metadata.hpp (table_raft_state_t), coordinator/
calculate_misc.cc (who is a member), emergency_repair.cc: calculate_emergency_repair; RethinkDB docs,
reconfigure.md ("Emergency Repair mode").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from statesim.systems.consensus import LogEnd, Membership
from statesim.systems.rethinkdb.contracts import Contract, Shard

if TYPE_CHECKING:
    from collections.abc import Iterable


class Epoch(NamedTuple):
    """Which life of the table this is: an emergency repair begins another, and the later one prevails."""

    since_us: int
    by: str


@dataclass(frozen=True, slots=True)
class Table:
    """The state that a table's Raft log amounts to.

    Attributes
    ----------
    end
        The term and the number of its last entry.
    shards, contracts
        Of each range of keys: what people want, and what its replicas do.
    """

    epoch: Epoch
    end: LogEnd
    shards: tuple[Shard, ...]
    contracts: tuple[Contract, ...]

    @property
    def members(self) -> Membership:
        """Return who votes in the log: every voter of a shard."""
        return Membership.of(each for one in self.contracts for group in one.electors for each in group)

    @property
    def servers(self) -> tuple[str, ...]:
        """Return every server that holds something of it, or shall."""
        named = [each for one in self.contracts for each in one.replicas]
        named += [each for one in self.shards for each in one.replicas]
        return tuple(dict.fromkeys(named))

    def newer_than(self, other: Table | None) -> bool:
        """Tell whether this is a later state than another."""
        return other is None or (self.epoch, self.end) > (other.epoch, other.end)


def assigned(servers: tuple[str, ...], shards: int) -> tuple[Shard, ...]:
    """Return the shards of a new table over some servers: each server is primary of its share."""
    return tuple(Shard(servers, servers[number % len(servers)]) for number in range(shards))


def created(epoch: Epoch, shards: tuple[Shard, ...]) -> Table:
    """Return a table that has just been made."""
    contracts = tuple(Contract(shard.replicas, shard.voters) for shard in shards)
    return Table(epoch, LogEnd(0, 1), shards, contracts)


class Repair(NamedTuple):
    """What an emergency repair makes of a table.

    Attributes
    ----------
    rolled_back, erased
        How many shards were repaired from what is left of them, and how many have nothing left.
    """

    table: Table
    rolled_back: int
    erased: int


def repaired(table: Table, dead: Iterable[str], epoch: Epoch, *, erase: bool) -> Repair:
    """Give the shards that have lost their majority to those who are left, of whom there must be one.

    Dead voters become replicas without a vote, whose data will be overwritten when they return. A shard of
    which nobody is left is made anew and empty, if that is allowed.
    """
    gone = set(dead)
    alive = [each for each in table.servers if each not in gone]
    contracts: list[Contract] = []
    rolled_back = erased = 0
    for old in table.contracts:
        new = old
        if gone.issuperset(old.replicas):
            erased += 1
            if erase and alive:
                new = Contract((alive[0],), (alive[0],))
        elif any(2 * len(set(group) - gone) <= len(group) for group in old.electors):
            rolled_back += 1
            voting = dict.fromkeys(each for group in old.electors for each in group)
            left = tuple(each for each in voting if each not in gone)
            left = left or tuple(each for each in old.replicas if each not in gone)
            new = replace(old, voters=left, temp_voters=None, primary=None, hand_over=None)
        contracts.append(new)
    shards = tuple(_as_wanted(one, was) for one, was in zip(contracts, table.shards, strict=True))
    return Repair(Table(epoch, LogEnd(0, 1), shards, tuple(contracts)), rolled_back, erased)


def _as_wanted(contract: Contract, was: Shard) -> Shard:
    """Return a configuration that wants what a contract says."""
    primary = was.primary if was.primary in contract.voters else contract.voters[0]
    idle = tuple(each for each in contract.replicas if each not in contract.voters)
    return Shard(contract.replicas, primary, idle)


def without(table: Table, gone: Iterable[str], newcomer: str) -> tuple[Shard, ...]:
    """Return the shards that people want when a server takes the places of some that are gone."""
    lost, found = set(gone), []
    for shard in table.shards:
        left = tuple(each for each in shard.replicas if each not in lost)
        if len(left) < len(shard.replicas) and newcomer not in left:
            left = (*left, newcomer)
        primary = shard.primary if shard.primary in left else left[0]
        found.append(Shard(left, primary, tuple(each for each in shard.nonvoting if each in left)))
    return tuple(found)
