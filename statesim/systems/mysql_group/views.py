"""What the members of a group know: their state, their data, and the view that they believe in.

A view is a numbered list of members on which a majority of the one before has agreed (MySQL manual, "Group
Membership"). Who was cut off believes in the last one that it heard of.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from statesim.node.process import State

if TYPE_CHECKING:
    from statesim.kernel.clock import Timer
    from statesim.systems.base import Member
    from statesim.systems.driver import Request
    from statesim.systems.mysql_group.decide import Suspicion
    from statesim.systems.statements import Outcome
    from statesim.systems.wal import Timeline


class History:
    """The transactions of a group, in the order on which it agreed; members of one group share it.

    Attributes
    ----------
    written_us
        When the last one was committed.
    """

    __slots__ = ("timeline", "written_us")

    def __init__(self, timeline: Timeline, written_us: int = 0) -> None:
        self.timeline = timeline
        self.written_us = written_us

    @property
    def length(self) -> int:
        """Return how many transactions there are."""
        return self.timeline.length


class Store:
    """What a member has on its disk.

    Attributes
    ----------
    history, position
        Whose transactions it has, and how many: received, so that they are applied when it starts.
    binlog_from
        Where its binary log begins, which it can give others.
    """

    __slots__ = ("binlog_from", "history", "position")

    def __init__(self, history: History, position: int = 0, binlog_from: int = 0) -> None:
        self.history = history
        self.position = position
        self.binlog_from = binlog_from


class Stage(StrEnum):
    """What a member is by its own account (MySQL manual, "Group Replication Server States").

    UNREACHABLE is what the others call one that is silent: it does not know.
    """

    OFFLINE = "OFFLINE"
    RECOVERING = "RECOVERING"
    ONLINE = "ONLINE"
    ERROR = "ERROR"


class Node:
    """One run of a member's program, an incarnation, as the group sees it.

    Attributes
    ----------
    view
        The one that it believes in; ``None`` = it is in no group.
    received
        How many transactions it has, as long as it does not hear a majority; ``None`` = all.
    applied
        How many it had applied when it was last known to have applied all that it had.
    looking
        It has started, and looks for a group.
    donor
        From whom it gets what it lacks now.
    alone
        A mark of the time since it does not hear a majority; ``None`` = it does.
    tries
        How many tries to join are left to it.
    held
        As a new primary: it applies its backlog first, and sessions wait.
    offline_mode
        It refuses clients.
    waiting
        Requests that wait, for a majority or for the backlog.
    unconfirmed
        Commits that wait until the other members have applied them: when that can be, and the answer.
    """

    __slots__ = (
        "alone",
        "applied",
        "donor",
        "held",
        "looking",
        "member",
        "offline_mode",
        "received",
        "stage",
        "tries",
        "unconfirmed",
        "view",
        "waiting",
    )

    def __init__(self, member: Member) -> None:
        self.member = member
        self.stage = Stage.OFFLINE
        self.view: View | None = None
        self.received: int | None = None
        self.applied = 0
        self.looking = False
        self.donor: Node | None = None
        self.alone: object | None = None
        self.tries = 0
        self.held = False
        self.offline_mode = False
        self.waiting: list[Request] = []
        self.unconfirmed: list[tuple[int, Request, Outcome]] = []

    @property
    def id(self) -> str:
        """Return where its data lies."""
        return self.member.directory.id

    @property
    def name(self) -> str:
        """Return its pod's name, which is its address in the group."""
        return self.member.name

    @property
    def store(self) -> Store | None:
        """Return what it has on its disk."""
        found: Store | None = self.member.directory.contents
        return found

    @property
    def up(self) -> bool:
        """Tell whether it takes part in anything now."""
        return self.member.process.state is State.RUNNING and not self.member.stopping

    @property
    def ready_to_begin(self) -> bool:
        """Tell whether its server has started."""
        return self.looking or self.view is not None or self.stage is Stage.ERROR

    @property
    def leads(self) -> bool:
        """Tell whether it is the primary of the view that it believes in."""
        return self.view is not None and self.view.primary is self

    @property
    def position(self) -> int:
        """Return how many transactions it has."""
        if self.view is not None and self.stage is Stage.ONLINE:
            return self.view.history.length if self.received is None else self.received
        return self.store.position if self.store is not None else 0


class View:
    """One view of a group.

    Attributes
    ----------
    group, number
        Which group's, and which one of its views.
    nodes
        Its members, silent ones as well.
    main
        Those of them that hear each other, if they are a majority: only they can commit and change the view.
    silent
        Who is not heard by them.
    suspected
        Who of them is UNREACHABLE.
    primary
        Who takes writes.
    opened
        How long the history was when that was elected.
    timer, election
        When the next silence counts, and when a primary will be there.
    """

    __slots__ = (
        "election",
        "group",
        "history",
        "main",
        "nodes",
        "number",
        "opened",
        "primary",
        "silent",
        "suspected",
        "timer",
    )

    def __init__(self, group: str, number: int, nodes: list[Node], history: History) -> None:
        self.group = group
        self.number = number
        self.nodes = nodes
        self.history = history
        self.main: list[Node] = []
        self.silent: dict[Node, Suspicion] = {}
        self.suspected: set[Node] = set()
        self.primary: Node | None = None
        self.opened = 0
        self.timer: Timer | None = None
        self.election: Timer | None = None
        for node in nodes:
            node.view = self

    def next(self, nodes: list[Node]) -> View:
        """Return the next view: of these members. In this one nobody is a majority any more."""
        following = View(self.group, self.number + 1, nodes, self.history)
        following.main = [node for node in self.main if node in nodes]
        following.silent = {node: each for node, each in self.silent.items() if node in nodes}
        following.suspected = {node for node in self.suspected if node in nodes}
        following.primary = self.primary if self.primary in nodes else None
        following.opened = self.opened
        self.main = []
        for timer in (self.timer, self.election):
            if timer is not None:
                timer.cancel()
        return following

    def names(self) -> list[str]:
        """Return its members' names."""
        return sorted(node.name for node in self.nodes)

    def believers(self) -> list[Node]:
        """Return the members that run and believe in it, by name."""
        found = (node for node in self.nodes if node.view is self and node.up)
        return sorted(found, key=lambda node: node.name)

    def online(self) -> list[Node]:
        """Return who has all data and hears a majority, by name."""
        return [node for node in self.main if node.stage is Stage.ONLINE]

    @property
    def works(self) -> bool:
        """Tell whether it has a majority, and a primary that is part of it."""
        return self.primary in self.main
