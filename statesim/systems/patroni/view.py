"""What a Patroni agent knows when its loop runs, and what it can decide to do: plain values.

It is what one snapshot of the store (patroni/dcs/__init__.py, Cluster) and the agent's own server tell
patroni/ha.py in a cycle; the actions are those of Ha._run_cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from statesim.systems.standby_names import Standbys


class Action(Enum):
    """What an agent can do."""

    NOTHING = "nothing"
    INITIALISE = "initialise"
    CLONE = "clone"
    START = "start"
    RESTART = "restart"
    FAIL_OVER = "fail-over"
    ACQUIRE = "acquire"
    RELEASE = "release"
    PROMOTE = "promote"
    DEMOTE = "demote"
    HAND_OVER = "hand-over"
    FORGET_ORDER = "forget-order"
    FOLLOW = "follow"
    NAME_STANDBYS = "name-standbys"
    CARRY_ON = "carry-on"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Decision:
    """One action, and the reason in Patroni's words; `standbys` go with NAME_STANDBYS."""

    action: Action
    why: str
    standbys: Standbys | None = None


class Sync(NamedTuple):
    """The store's ``/sync`` key: who may take over in synchronous mode.

    Attributes
    ----------
    leader
        The primary that wrote it.
    members
        The standbys: each has every acknowledged commit, or (quorum mode) they vote.
    quorum
        How many others must agree that a member has everything; 0 unless in quorum mode.
    """

    leader: str | None = None
    members: tuple[str, ...] = ()
    quorum: int = 0


UNNAMED = Sync()  # synchronous mode has never been on


class Failover(NamedTuple):
    """The store's ``/failover`` key: a switchover that was asked for.

    Attributes
    ----------
    leader
        Who shall hand over.
    candidate
        Who shall take over; ``None`` = whoever is healthiest.
    """

    leader: str
    candidate: str | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """The agent's own member.

    Attributes
    ----------
    system
        The system identifier of its data; ``None`` = the data directory is empty.
    running, primary
        Whether its server runs, and as what.
    crashed
        Its server died as a primary, while the agent lived.
    position
        Its log's end, in bytes.
    busy
        What is in progress ("" = nothing).
    following
        Whom its server streams from.
    stuck
        Its data has diverged, and it may neither rewind nor remove them.
    paused
        The management of the cluster is paused, as far as the agent has heard.
    names
        Who must confirm commits, if it is primary; ``None`` = nobody.
    confirming
        The new standbys are not in the store yet, but soon; or it is too early to choose any.
    failsafe
        The store's ``/failsafe`` key, as read last: who must answer a primary that has lost the store.
    """

    name: str
    system: str | None = None
    running: bool = False
    primary: bool = False
    crashed: bool = False
    position: int = 0
    busy: str = ""
    following: str | None = None
    stuck: bool = False
    paused: bool = False
    names: Standbys | None = None
    confirming: bool = False
    failsafe: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is in the store.

    Attributes
    ----------
    initialize
        The cluster's system identifier; ``None`` = nobody has ever begun.
    leader
        Who holds the lease.
    leader_serves
        The leader runs as a primary, and can be reached from here.
    optime
        The last position that the leader wrote down, in bytes.
    sync
        The ``/sync`` key.
    failover
        The ``/failover`` key, if there is one.
    """

    initialize: str | None = None
    leader: str | None = None
    leader_serves: bool = False
    optime: int = 0
    sync: Sync = UNNAMED
    failover: Failover | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """Another member, as its REST API and the primary's ``pg_stat_replication`` show it.

    Attributes
    ----------
    answers
        Its REST API answers at all.
    streams
        The primary believes that it streams.
    """

    name: str
    answers: bool = True
    running: bool = True
    primary: bool = False
    position: int = 0
    streams: bool = False
