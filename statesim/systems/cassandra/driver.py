"""A Cassandra ring: equal hosts, each key on some of them, and callers who say how many must agree.

There is no primary and no failover. A host is who its disk says it is: with its disk it comes back under any
address, with an empty one it is a new host, and the old one stays in the ring as a dead one until somebody
acts (Cassandra docs, topo_changes.adoc; kubernetes issue 34978). What a member does when it starts is here;
requests, views and hints have modules of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit, State
from statesim.systems.base import Member, MemberSystem
from statesim.systems.cassandra.gossip import Views
from statesim.systems.cassandra.hints import Hints
from statesim.systems.cassandra.joining import plan
from statesim.systems.cassandra.parameters import SNITCHES, CassandraParameters
from statesim.systems.cassandra.portrait import CASSANDRA
from statesim.systems.cassandra.requests import Coordinators
from statesim.systems.cassandra.ring import Peer, Ring, token
from statesim.systems.cassandra.store import Everything, Store
from statesim.systems.roles import STARTING
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.detectors import Silence
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

NO_KEYSPACE = "InvalidRequest: the keyspace does not exist yet"
NO_PEERS = "Unable to gossip with any peers"
OTHERS_JOIN = (
    "Other bootstrapping/leaving/moving nodes detected, cannot bootstrap while "
    "cassandra.consistent.rangemovement is true"
)
DOWN = "A node required to move the data consistently is down"
REPLACED = "This node's host ID is no longer in the ring: it was replaced"


class Cassandra(MemberSystem):
    """A ring of hosts and one keyspace in it."""

    kind: ClassVar[str] = "cassandra"
    takes: ClassVar[type[Any]] = CassandraParameters
    portrait: ClassVar[Portrait | None] = CASSANDRA

    def __init__(self, context: Context, parameters: CassandraParameters) -> None:
        super().__init__(context, parameters)
        self.parameters: CassandraParameters = parameters
        self.ring = Ring(parameters.replication_factor)
        self.views = Views(context.clock, parameters.conviction)
        self._context = context
        self._hints = Hints(context, parameters, self.ring, self.views)
        self._coordinators = Coordinators(context, parameters, self.ring, self.views, self._hints)
        self._keyspace = False
        self._joining: dict[str, Member] = {}
        self._alone: dict[str, Member] = {}

    # -- joining -----------------------------------------------------------------------------------------

    def begin(self, member: Member) -> None:
        """Let a host come back as who it is, or join as a new one."""
        store: Store | None = member.directory.contents
        if store is None:
            self._join(member)
        elif store.host_id not in self.ring.peers:
            member.life.later(0, self.host.exit, member.process, Exit.CRASHED, REPLACED)
        else:
            peer = self.ring.peers[store.host_id]
            peer.member, peer.pod, peer.directory = member, member.name, member.directory
            self._normal(peer, "its disk says which host it is")

    def _join(self, member: Member) -> None:
        p, left = self.parameters, self._left()
        contacts = [peer for peer in self._alive() if self._talk(member, peer)]
        if self.ring.peers and not left:  # nothing of the old ring is left but its ghosts
            self.ring.clear()
            self._keyspace = False
        if not self.ring.peers:
            self._admit(member, "Founded", "it is the first host of a new ring")
        elif not contacts:
            self._alone[member.process.uid] = member
            self._roles.become(member.process, STARTING, "it hears no host of the ring")
            member.life.later(p.ring_delay, self._give_up, member)
        elif not p.auto_bootstrap:
            self._admit(member, "Joined", "it takes its place on the ring with an empty disk")
        elif self._joining and p.consistent_rangemovement:
            member.life.later(0, self.host.exit, member.process, Exit.CRASHED, OTHERS_JOIN)
        else:
            self._joining[member.process.uid] = member
            self._roles.become(member.process, STARTING, "it listens to the ring before it joins")
            member.life.later(p.ring_delay, self._stream, member)

    def _give_up(self, member: Member) -> None:
        """End a program that has found nobody (``gms/Gossiper.java``, doShadowRound); it is started again."""
        if self._alone.get(member.process.uid) is member:
            self.host.exit(member.process, Exit.CRASHED, NO_PEERS)

    def _stream(self, member: Member) -> None:
        """Copy what will be this host's from those who have it."""
        p = self.parameters
        newcomer, old = self._newcomer(member)
        strict = p.consistent_rangemovement and old is None
        if self._keyspace and strict and not self._sources_are_up(newcomer):
            self.host.exit(member.process, Exit.CRASHED, DOWN)
            return
        took_us = p.data_size * SECOND // p.stream_throughput_outbound if self._keyspace else 0
        member.life.later(took_us, self._streamed, member)

    def _sources_are_up(self, newcomer: Peer) -> bool:
        """Tell whether each replica that gives a range up is there (dht/RangeStreamer.java).

        A range with fewer replicas than the factor has no such replica.
        """
        for before, after in self.ring.moves(self.ring.with_(newcomer), newcomer):
            if len(before) == self.parameters.replication_factor:
                gives = [peer for peer in before if peer not in after]
                if any(not self._present(peer) for peer in gives):
                    return False
        return True

    def _streamed(self, member: Member) -> None:
        newcomer, old = self._newcomer(member)
        received = plan(self.ring, newcomer, old, self._alive())
        how, why = ("Joined", "it has streamed its share") if old is None else ("Replaced", f"for {old.pod}")
        if old is not None:
            self.ring.remove(old)
        self._admit(member, how, why, newcomer)
        for key, cells in received:
            newcomer.store.receive(self.clock.now, key, cells)

    def _newcomer(self, member: Member) -> tuple[Peer, Peer | None]:
        """Return the host that a member with an empty disk becomes, and the dead one that it replaces."""
        host_id = f"{self.name}/{member.process.uid}/{member.process.incarnation}"
        racks = self.parameters.endpoint_snitch == SNITCHES[0]
        rack = (self.host.zone(member.process) if racks else "") or "rack1"
        tokens = tuple(token((host_id, number)) for number in range(self.parameters.num_tokens))
        old = None
        if self.parameters.replace_address_first_boot:
            dead = (peer for peer in self.ring.peers.values() if not self._present(peer))
            old = next((peer for peer in dead if peer.pod == member.name), None)
        return Peer(host_id, rack, tokens if old is None else old.tokens, member), old

    def _admit(self, member: Member, how: str, why: str, newcomer: Peer | None = None) -> None:
        """Take a new host into the ring: its disk says from now on who it is."""
        peer = newcomer or self._newcomer(member)[0]
        self._joining.pop(member.process.uid, None)
        member.directory.contents = Store(peer.host_id)
        self.ring.add(peer)
        self._context.trace.emit(
            f"Member/{member.name}", how, system=self.name, host=peer.host_id, rack=peer.rack, why=why
        )
        self._normal(peer, why)
        if len(self._alive()) >= self.parameters.members:
            self._keyspace = True

    def _normal(self, peer: Peer, why: str) -> None:
        """Let a host serve: the others hear it, hand over what it has missed, and let newcomers in."""
        peer.since_us = self.clock.now
        self.views.heard(peer)
        if peer.member is not None:
            self.follow(peer.member, why)
        self._hints.started(peer)
        self._hints.heard(peer)
        self._ask_again()

    def _ask_again(self) -> None:
        """Let those who have heard nobody look again."""
        alone, self._alone = self._alone, {}
        for member in alone.values():
            if member.process.running:
                self._join(member)

    # -- who is there ------------------------------------------------------------------------------------

    def _present(self, peer: Peer) -> bool:
        return peer.member is not None and peer.member.process.state is State.RUNNING

    def _alive(self) -> list[Peer]:
        return [peer for peer in self.ring.peers.values() if self._present(peer)]

    def _left(self) -> list[Peer]:
        """Return the hosts whose disks still exist."""
        return [p for p in self.ring.peers.values() if self._disks.find(p.directory.id) is p.directory]

    def _talk(self, member: Member, peer: Peer) -> bool:
        return peer.member is not None and self.hears(member, peer.member)

    def _peer_of(self, member: Member) -> Peer | None:
        return next((peer for peer in self.ring.peers.values() if peer.member is member), None)

    # -- going and coming --------------------------------------------------------------------------------

    def gone(self, member: Member) -> None:
        """See `MemberSystem.gone`: one that stops says so (``gms/Gossiper.java``: the shutdown message).

        A dead program's sockets are closed by its machine; a dead machine is silent.
        """
        self._joining.pop(member.process.uid, None)
        self._alone.pop(member.process.uid, None)
        peer = self._peer_of(member)
        if peer is None:
            return
        patience = self.parameters.conviction
        if member.stopping:
            patience = 0
        elif member.process.state is not State.FROZEN and member.ended is not Exit.POWER_CUT:
            patience = min(patience, self.parameters.socket_detection)
        silence = self.views.fell_silent(peer, patience)
        if silence is not None:
            self.clock.after(patience, self._convict, peer, silence)
        if member.stopping:
            peer.member = None

    def _convict(self, peer: Peer, silence: Silence) -> None:
        """Tell that the others take a host for dead now, unless it has come back meanwhile."""
        if self.views.lasts(peer, silence) and peer.host_id in self.ring.peers:
            self._context.trace.emit(f"Member/{peer.pod}", "MarkedDown", system=self.name)

    def exited(self, process: Process, how: Exit) -> None:
        """See `MemberSystem.exited`: a power cut takes the commit log's unsynced tail, a crash does not.

        What was written to the log is the operating system's after a crash (cassandra.yaml,
        ``commitlog_sync``). Hints wait in memory to be flushed.
        """
        member = self._of(process)
        store = None if member is None else member.directory.contents
        peer = None if member is None else self._peer_of(member)
        super().exited(process, how)
        if peer is not None:
            peer.member = None
        if store is None:
            return
        began, now = process.started_us, self.clock.now
        store.forget_hints(self.parameters.hints.instant(how, began, now))
        lost = store.forget_writes(self.parameters.commit_log.instant(how, began, now))
        if lost:
            self._context.trace.emit(
                f"Member/{process.pod}", "CommitLogTailLost", system=self.name, count=lost
            )

    def thawed(self, process: Process) -> None:
        """See `MemberSystem.thawed`."""
        super().thawed(process)
        member = self._of(process)
        peer = None if member is None else self._peer_of(member)
        if peer is not None:
            self.views.heard(peer)
            self._hints.heard(peer)

    def network_changed(self) -> None:
        """See `MemberSystem.network_changed`: each pair of hosts hears, or does not hear, each other."""
        alive = self._alive()
        for at, one in enumerate(alive):
            for other in alive[at + 1 :]:
                talk = one.member is not None and self._talk(one.member, other)
                if self.views.part(one, other, parted=not talk):
                    self._hints.heard(one)
                    self._hints.heard(other)
        self._ask_again()

    # -- clients and the judge ---------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        """See `System.accept`: callers name their keyspace when they connect."""
        return super().accept(process, read_write=read_write) or (None if self._keyspace else NO_KEYSPACE)

    def serve(self, member: Member, request: Request) -> None:
        """See `MemberSystem.serve`: the host that a client is connected to coordinates."""
        peer = self._peer_of(member)
        if peer is None:
            request.answer("fail", error="the host is not in the ring yet")
        else:
            self._coordinators.serve(peer, request)

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what reads at ALL would give once all disks left are heard again."""
        left = self._left()
        return ("the disks of the ring", Everything(self.ring, left)) if left else ("nothing", Nothing())
