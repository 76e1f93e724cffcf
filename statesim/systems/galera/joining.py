"""Members of a Galera cluster: who is synced, and how one that joins gets there.

Galera docs, "Node States", "State Transfers".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import Exit
from statesim.systems.base import Member, MemberSystem
from statesim.systems.components import knows
from statesim.systems.durability import innodb
from statesim.systems.galera.parameters import GaleraParameters
from statesim.systems.galera.transfer import ABORT, IST, NOTHING, SST, Plan, plan
from statesim.systems.galera.views import Node, Stage, Store, View
from statesim.systems.roles import PRIMARY, RECOVERING, REPLICA, STARTING

if TYPE_CHECKING:
    from statesim.systems.driver import Context

DIVERGED = "WSREP: its seqno ({own}) is greater than the group's ({group}): states diverged, aborting"
NOT_FLUSHED = "InnoDB had not flushed them"
NO_DONOR = "WSREP: its state transfer has failed: the donor is gone"


class GaleraJoining(MemberSystem):
    """The members of one cluster, and how each gets the cluster's state."""

    takes: ClassVar[type[Any]] = GaleraParameters
    parameters: GaleraParameters

    def __init__(self, context: Context, parameters: GaleraParameters) -> None:
        super().__init__(context, parameters)
        self._context = context
        self._nodes: dict[str, Node] = {}  # by uid of their pods
        self._known: list[str] = []  # directories that ever held data
        self._stamps = 0
        self._clusters = 0
        self._to_bootstrap: set[str] = set()
        self._to_wipe: set[str] = set()

    def hears(self, member: Member, other: Member) -> bool:
        """See `MemberSystem.hears`: and each has a name that the other knows."""
        return member is other or (knows(member, other) and super().hears(member, other))

    def views(self) -> list[View]:
        """Return the components there are, those that were formed first first."""
        return list(dict.fromkeys(node.view for node in self._nodes.values() if node.view is not None))

    def view_of_clients(self) -> View | None:
        """Return the primary component of most members."""
        able = [view for view in self.views() if view.primary and view.synced()]
        return max(able, key=lambda view: (len(view.synced()), view.timeline.length), default=None)

    # -- what it tells --------------------------------------------------------------------------------

    def _speak(self, view: View, why: str) -> None:
        """Tell the roles of who is synced: the first one stands for its component."""
        synced = view.synced()
        if view.speaker not in synced:
            view.speaker = synced[0] if synced else None
        for node in synced:
            process, speaks = node.member.process, node is view.speaker
            node.member.leads = speaks
            role = PRIMARY if speaks else REPLICA
            self._roles.become(process, role, why, accepts_writes=speaks, timeline=view.timeline.id)
            self.host.listening(process, True)

    def _refuse(self, node: Node, why: str) -> None:
        node.member.leads = False
        self._roles.become(node.member.process, STARTING if node.store is None else RECOVERING, why)
        self.host.listening(node.member.process, True, ready=False)

    def _tell(self, view: View) -> None:
        self._context.trace.emit(
            f"System/{self.name}", "ViewInstalled", members=view.names(), primary=view.primary
        )

    # -- who gets whose state --------------------------------------------------------------------------

    def _transfer(self, node: Node, view: View) -> None:
        donors = [each for each in view.synced() if each is not node]
        found = plan(node, view, donors, self.parameters)
        if found.means == ABORT:
            seqno = node.store.seqno if node.store is not None else 0
            self._roles.tell(node.member.process, "Diverged", view.timeline.id, entries=found.own)
            view.nodes = [each for each in view.nodes if each is not node]
            node.view, node.stage = None, Stage.OPEN
            why = DIVERGED.format(own=seqno, group=view.timeline.length)
            node.member.life.later(0, self.host.exit, node.member.process, Exit.CRASHED, why)
            return
        node.stage, node.donor = Stage.JOINER, found.donor
        if found.means == NOTHING:
            self._received(node, view, found)
            return
        if found.means == SST:
            node.member.directory.contents = None  # the copy is written over what was there
            if self.parameters.wsrep_sst_method == "rsync":
                found.donor.blocked += 1
        self._refuse(node, f"it gets its state from {found.donor.name}: {found.means}")
        node.member.life.later(found.took_us, self._received, node, view, found)
        if found.means == SST:
            self.clock.after(found.took_us, self._unblock, found.donor)

    def _received(self, node: Node, view: View, done: Plan) -> None:
        """Be synced, if the donor was there to the end."""
        if node.view is not view or node.stage is not Stage.JOINER or node.donor is not done.donor:
            return
        if done.donor not in view.synced() or done.donor in view.silent or node in view.silent:
            why = NO_DONOR if done.means != NOTHING else "WSREP: it has lost the group while it joined"
            self._leave(node, view)  # it closes its group connection before it aborts
            self.host.exit(node.member.process, Exit.CRASHED, why)
            return
        before, length = node.store, view.timeline.length
        since = before.cached_from if before is not None and done.means != SST else length
        store = node.member.directory.contents = Store(view.uuid, view.timeline, length, since)
        store.last, store.stamp = view.last, view.stamp
        node.stage = Stage.SYNCED
        self._remember(node)
        process = node.member.process
        if done.own:
            self._roles.tell(process, "Overwritten", view.timeline.id, count=done.own, by=done.donor.name)
        if done.means == SST:
            self._roles.tell(process, "Cloned", view.timeline.id)
        elif done.means == IST:
            self._roles.tell(process, "CaughtUp", view.timeline.id)
        if done.means != NOTHING:
            self._speak(view, f"it has the cluster's state ({done.means})")
            self.rethink()

    def _unblock(self, donor: Node) -> None:
        """Let a donor write again, if SST has held it up."""
        if donor.blocked:
            donor.blocked -= 1
            if donor.view is not None and not donor.view.silent:
                self._resume(donor.view)

    def _remember(self, node: Node) -> None:
        if node.id not in self._known:
            self._known.append(node.id)

    def _save(self, node: Node) -> None:
        """Note on its disk how far a member has come."""
        if node.store is not None:
            node.store.seqno = node.seqno

    def _lose_tail(self, node: Node) -> None:
        """Take back what was in a member's memory, or not on its disk, when it ended: others may have it."""
        store, member = node.store, node.member
        if store is None or member.ended is None:
            return
        engine = innodb(self.parameters.innodb_flush_log_at_trx_commit)
        kept = engine.kept(member.ended, member.process.started_us, self.clock.now, store.timeline)
        lost = max(0, store.seqno - kept)
        store.seqno -= lost
        self._disks.lose_tail(member.directory, lost, NOT_FLUSHED)

    # -- what a subclass says --------------------------------------------------------------------------

    def rethink(self) -> None:
        """Hear that something has changed."""

    def _leave(self, node: Node, view: View) -> None:
        """Say goodbye to a component."""

    def _resume(self, view: View) -> None:
        """Do the writes that have waited for the members to agree."""

    def _fail(self, node: Node) -> None:
        """Refuse what has waited at a member."""
