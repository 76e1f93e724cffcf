"""What the members of a Galera cluster know of each other: how far they are, and in which component.

A component is primary if it weighs more than half of the last primary one without those who left it in order;
members that restart after a crash form it again only if all of it are there (Galera docs, "Weighted Quorum",
"Primary Component Recovery").
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from statesim.node.process import State
from statesim.systems.consensus import Membership

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.kernel.clock import Timer
    from statesim.systems.base import Member
    from statesim.systems.detectors import Silence
    from statesim.systems.driver import Request
    from statesim.systems.wal import Timeline


NOBODY = Membership(())


class Store:
    """What a member has on its disk: the data, ``grastate.dat`` and ``gvwstate.dat``.

    Attributes
    ----------
    uuid, seqno
        Whose history it has, and how far; while it is in a primary component, that knows better.
    timeline
        That history, which members of one component share.
    safe_to_bootstrap
        It was the last one to leave the cluster, in order.
    last, stamp
        The last primary component that it was in (directories, and what each weighs), and which one that was;
        nobody after a stop in order.
    cached_from
        Where the write sets begin that it still has for others.
    """

    __slots__ = ("cached_from", "last", "safe_to_bootstrap", "seqno", "stamp", "timeline", "uuid")

    def __init__(self, uuid: str, timeline: Timeline, seqno: int, cached_from: int) -> None:
        self.uuid = uuid
        self.timeline = timeline
        self.seqno = seqno
        self.cached_from = cached_from
        self.safe_to_bootstrap = False
        self.last = NOBODY
        self.stamp = 0

    def forget_component(self) -> None:
        """Remember no component: who has left in order is waited for by nobody."""
        self.last, self.stamp = NOBODY, 0


class Stage(StrEnum):
    """Galera's node states, those that differ here (Galera docs, "Node States")."""

    OPEN = "open"
    JOINER = "joiner"
    SYNCED = "synced"


class Node:
    """One run of a member's program, as the group sees it.

    Attributes
    ----------
    stamp, restarted
        Which last primary component it counts for, and whether it has restarted since.
    own
        The position of the last write that came through it.
    donor
        From whom it gets its state now.
    blocked
        How many full copies it gives that its writes wait for.
    """

    __slots__ = ("blocked", "donor", "member", "own", "restarted", "stage", "stamp", "view", "waiting")

    def __init__(self, member: Member) -> None:
        self.member = member
        self.stage = Stage.OPEN
        self.view: View | None = None
        self.stamp = 0
        self.restarted = False
        self.own = 0
        self.donor: Node | None = None
        self.blocked = 0
        self.waiting: list[Request] = []

    @property
    def id(self) -> str:
        """Return who it is: its UUID lies on its disk."""
        return self.member.directory.id

    @property
    def name(self) -> str:
        """Return its pod's name."""
        return self.member.name

    @property
    def store(self) -> Store | None:
        """Return what it has on its disk."""
        found: Store | None = self.member.directory.contents
        return found

    @property
    def seqno(self) -> int:
        """Return how far it has come."""
        view, store = self.view, self.store
        if view is not None and view.primary and self.stage is Stage.SYNCED:
            return view.timeline.length
        return store.seqno if store is not None else 0

    @property
    def up(self) -> bool:
        """Tell whether it takes part in anything now."""
        return self.member.process.state is State.RUNNING and not self.member.stopping


class View:
    """A component: who is in it, and whether it may write.

    Attributes
    ----------
    last, stamp
        The last primary component that it knows of (this one, if it is primary).
    silent
        Who is not heard.
    speaker
        Of a primary component, the member whose role the trace tells as `primary`.
    """

    __slots__ = ("last", "nodes", "primary", "silent", "speaker", "stamp", "timeline", "timer", "uuid")

    def __init__(self, nodes: list[Node], timeline: Timeline, uuid: str = "") -> None:
        self.nodes = nodes
        self.timeline = timeline
        self.uuid = uuid
        self.primary = False
        self.last = NOBODY
        self.stamp = 0
        self.silent: dict[Node, Silence] = {}
        self.timer: Timer | None = None
        self.speaker: Node | None = None
        for node in nodes:
            node.view = self

    def names(self) -> list[str]:
        """Return its members' names."""
        return sorted(node.name for node in self.nodes)

    def synced(self) -> list[Node]:
        """Return who has all data, by name."""
        able = (node for node in self.nodes if node.stage is Stage.SYNCED and node.up)
        return sorted(able, key=lambda node: node.name)

    def count(self, weights: dict[str, int]) -> None:
        """Take who is in it for the last primary component; weights are by pod name or number, else 1."""
        by_id = {
            node.id: weights.get(node.name, weights.get(str(node.member.process.ordinal), 1))
            for node in self.nodes
        }
        self.last = Membership.of(by_id, by_id, self.stamp)

    def has_majority(self, nodes: Iterable[Node]) -> bool:
        """Tell whether some members of a primary component weigh more than half of it."""
        return self.last.is_quorum(node.id for node in nodes)

    def is_complete(self) -> bool:
        """Tell whether a component that is not primary may become it again.

        Who has stayed needs a majority of the last one; once somebody has restarted, all must be there.
        """
        ids = self.last.names
        there = {node.id: node for node in self.nodes if node.stamp == self.stamp and node.id in ids}
        if not self.stamp or not there:
            return False
        if any(node.restarted for node in there.values()):
            return len(there) == len(ids)
        return self.last.is_quorum(there)


def furthest(nodes: list[Node]) -> Node:
    """Return who has the highest seqno; of equals, the first by name."""
    return min(nodes, key=lambda node: (-node.seqno, node.name))
