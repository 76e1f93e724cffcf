"""A RethinkDB server: who it is by its disk, what it has of each shard, and what it does there now.

Its UUID is in its data directory, so that an empty one makes another server of it (RethinkDB docs,
system-tables.md, `server_config`; rethinkdb/rethinkdb, clustering/administration/metadata.hpp). What a copy
has is a version on a branch; two copies are compared from where their branches part (table_contract/
contract_metadata.hpp, branch history).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import State as Running
from statesim.systems.consensus import Ballot
from statesim.systems.wal import Stream, Timeline, shared

if TYPE_CHECKING:
    from statesim.kernel.clock import Timer
    from statesim.systems.base import Member
    from statesim.systems.rethinkdb.contracts import Contract
    from statesim.systems.rethinkdb.requests import Forwarded
    from statesim.systems.rethinkdb.tables import Table


class Copy:
    """What a server has of a shard: a history, and how far; see `Server.position` while that grows.

    Attributes
    ----------
    flushed
        How much of it is surely on the disk.
    filled
        Whether it was ever a whole copy: one that was not gets all there is.
    """

    __slots__ = ("filled", "flushed", "position", "timeline")

    def __init__(self) -> None:
        self.filled = False
        self.timeline = Timeline()
        self.position = 0
        self.flushed = 0

    def settle(self, timeline: Timeline, position: int) -> int:
        """Take over a history; return how many writes go that were only here."""
        kept = shared(self.timeline, self.position, timeline, position)
        lost, self.flushed = self.position - kept, min(self.flushed, kept)
        self.timeline, self.position = timeline, position
        return lost

    def on(self, branch: Timeline | None) -> int:
        """Return how much of a branch it has."""
        if branch is None:
            return 0
        return shared(self.timeline, self.position, branch, branch.length)


class Store:
    """What a server has on its disk: its UUID, its Raft ballot, the table as it knows it, and data."""

    __slots__ = ("ballot", "copies", "server", "table")

    def __init__(self, server: str) -> None:
        self.server = server
        self.ballot = Ballot()
        self.table: Table | None = None
        self.copies: dict[int, Copy] = {}

    def copy(self, shard: int) -> Copy:
        """Return what it has of a shard; an empty copy if that is nothing."""
        return self.copies.setdefault(shard, Copy())


class Leading:
    """A server's work as primary of a shard.

    Attributes
    ----------
    branch
        The history that it writes: its own from where it began.
    registered
        Whether the table's contract names it, so that it may be used.
    since
        How long the branch was when the present contract came: what must be with most of the voters.
    contract
        The present contract.
    ready
        The secondaries that have done their backfill, as far as it knows.
    waiting
        What was asked of it and is not with most of the voters yet.
    """

    __slots__ = ("branch", "contract", "ready", "registered", "since", "waiting")

    def __init__(self, branch: Timeline, contract: Contract) -> None:
        self.ready: dict[str, None] = {}
        self.branch = branch
        self.contract = contract
        self.registered = False
        self.since = branch.length
        self.waiting: list[Forwarded] = []


class Following:
    """A server's work as a secondary of a shard: it hears one primary's run.

    Attributes
    ----------
    under, post
        Whom it hears: the server, and that one's work.
    stream
        What comes, once the backfill is done and while packets get through.
    due_us
        When the backfill is done, at the earliest.
    done
        Whether it is.
    """

    __slots__ = ("done", "due_us", "post", "stream", "under")

    def __init__(self, under: Server, post: Leading, due_us: int) -> None:
        self.under = under
        self.post = post
        self.due_us = due_us
        self.stream: Stream | None = None
        self.done = False


class Server:
    """One run of a server's program.

    Attributes
    ----------
    peers
        Whom it believes itself connected to, by their UUIDs: each is a run of its own.
    leader
        Whom it takes for the leader of the table's Raft log; itself, if it leads.
    posts
        What it does, by shard.
    waiting
        Its callers' requests that are with another server.
    up
        Whether it answers and meets others.
    ended
        Whether this run is over: others may still believe in it.
    """

    __slots__ = ("election", "ended", "leader", "member", "peers", "posts", "up", "waiting")

    def __init__(self, member: Member) -> None:
        self.member = member
        self.peers: dict[str, Server] = {}
        self.leader: str | None = None
        self.posts: dict[int, Leading | Following] = {}
        self.waiting: list[Forwarded] = []
        self.election: Timer | None = None
        self.up = False
        self.ended = False

    @property
    def store(self) -> Store:
        """Return what is on its disk."""
        found: Store = self.member.directory.contents
        return found

    @property
    def id(self) -> str:
        """Return its UUID."""
        return self.store.server

    @property
    def name(self) -> str:
        """Return its pod's name."""
        return self.member.name

    @property
    def key(self) -> str:
        """Return what tells this run from others of the same server."""
        process = self.member.process
        return f"{process.uid}/{process.incarnation}"

    @property
    def runs(self) -> bool:
        """Tell whether it can do anything now."""
        return self.up and not self.ended and self.member.process.state is Running.RUNNING

    @property
    def table(self) -> Table | None:
        """Return the table as it knows it."""
        return self.store.table

    def leads(self, shard: int) -> Leading | None:
        """Return its work as primary of a shard, if others may use it."""
        post = self.posts.get(shard)
        return post if isinstance(post, Leading) and post.registered else None

    def streams(self, shard: int, post: Leading) -> bool:
        """Tell whether it is a secondary of a primary's run that has done its backfill."""
        mine = self.posts.get(shard)
        return isinstance(mine, Following) and mine.post is post and mine.done

    def position(self, shard: int, now: int) -> int:
        """Return how far it is in its history of a shard."""
        post = None if self.ended else self.posts.get(shard)
        if isinstance(post, Leading) and post.registered:
            return post.branch.length
        if isinstance(post, Following) and post.stream is not None:
            return post.stream.position(now)
        return self.store.copy(shard).position

    def keep(self, shard: int, now: int) -> Copy:
        """Note how far it is; return what it has."""
        copy = self.store.copy(shard)
        copy.position = self.position(shard, now)
        return copy
