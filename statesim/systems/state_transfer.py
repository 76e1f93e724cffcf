"""How a member that joins a group gets its data: what it lacks of the log, or a full copy.

The log will do if both have the same history and a donor still has that part of it. Who has more than the
group is refused; who is behind, but has entries of its own, is not found out where only their number is
compared, and what only it had is gone.

Sources: Galera documentation, state-transfer.rst (IST if the donor's write-set cache still has what is
missing, else SST), and galera/src/replicator_str.cpp; MySQL manual, "Cloning for Distributed Recovery" (the
binary log up to `group_replication_clone_threshold`, else a clone).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from statesim.kernel.spans import SECOND
from statesim.systems.wal import Timeline, shared

if TYPE_CHECKING:
    from collections.abc import Sequence


class Means(StrEnum):
    """How a joiner gets its data."""

    NOTHING = "nothing"
    LOG = "log"
    FULL = "full"
    ABORT = "abort"


class Has(NamedTuple):
    """What a joiner has: how much of which history."""

    timeline: Timeline
    position: int


class Costs(NamedTuple):
    """What each way takes.

    Attributes
    ----------
    full
        The size of a full copy in bytes.
    entry
        The size of an entry of the log.
    rate
        In bytes a second.
    log_limit
        Of how many bytes of the log at most a joiner is given.
    """

    full: int
    entry: int
    rate: int
    log_limit: int


class Plan(NamedTuple):
    """By what means, in what time (µs), from which donor, and how many entries of its own a joiner loses."""

    means: Means
    took_us: int = 0
    donor: int = 0
    own: int = 0


def plan(has: Has | None, group: Timeline, logs_from: Sequence[int], costs: Costs) -> Plan:
    """Decide how a joiner gets its data.

    Parameters
    ----------
    has
        What it has; ``None`` = nothing that counts.
    group
        The history of the group.
    logs_from
        Where the log of each donor begins.
    """
    full_us = costs.full * SECOND // costs.rate
    if has is None:
        return Plan(Means.FULL, full_us)
    own = has.position - shared(has.timeline, has.position, group, group.length)
    if has.position > group.length:
        return Plan(Means.ABORT, 0, 0, own)
    if has.position == group.length and not own:
        return Plan(Means.NOTHING)
    lacks = (group.length - has.position) * costs.entry
    able = [index for index, since in enumerate(logs_from) if since <= has.position]
    if able and lacks <= costs.log_limit:
        return Plan(Means.LOG, lacks * SECOND // costs.rate, able[0], own)
    return Plan(Means.FULL, full_us, 0, own)
