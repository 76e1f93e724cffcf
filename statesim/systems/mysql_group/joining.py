"""How a member joins a group, and who begins one.

A joiner is added to the view, gets what it lacks, by a donor's binary log or as a clone, and is ONLINE after
that; one that has more than the group is refused (MySQL manual, "Distributed Recovery", "Cloning for
Distributed Recovery", "Restarting a Group"; gcs_event_handlers.cc: compare_member_transaction_sets). An
incarnation whose predecessor is still in the view waits until that is expelled (xcom_base.cc:
allow_add_node, "Old incarnation found while trying to add node").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.components import begins
from statesim.systems.mysql_group.members import GroupMembers
from statesim.systems.mysql_group.views import History, Node, Stage, Store, View
from statesim.systems.state_transfer import Costs, Has, Means, Plan, plan
from statesim.systems.wal import Timeline

if TYPE_CHECKING:
    from statesim.systems.base import Member

WORDS = {Means.LOG: "the binary log", Means.FULL: "a clone"}


class GroupJoining(GroupMembers):
    """How members come to be in a group."""

    def begin(self, member: Member) -> None:
        """See `MemberSystem.begin`: mysqld starts."""
        node = self._nodes[member.process.uid] = Node(member)
        if member.name in self._to_wipe:
            self._to_wipe.discard(member.name)
            member.directory.contents = None
        member.life.later(self.parameters.start_time, self._open, node)

    def _open(self, node: Node) -> None:
        why = begins(
            node.member.process.ordinal,
            told=node.name in self._to_bootstrap,
            meets=any(self._meets(node, view) for view in self.views()),
            empty=node.store is None,
            by_number=self.parameters.bootstrap == "ordinal-0",
        )
        node.looking = True
        if why is not None:
            self.bootstrap(node, why)
        else:
            self._speak(node, "it looks for a group")
        self.rethink()

    # -- who begins --------------------------------------------------------------------------------------

    def bootstrap(self, node: Node, why: str) -> None:
        """Begin a group from what a member has (``group_replication_bootstrap_group``)."""
        self._save(node)
        self._to_bootstrap.discard(node.name)
        store = node.store
        if store is None:
            store = node.member.directory.contents = Store(History(Timeline()))
            self._context.trace.emit(f"DataDirectory/{node.id}", "Initialised", pod=node.name)
        else:
            store.history = History(store.history.timeline.branch(store.position))
        self._remember(node)
        self._groups += 1
        view = View(f"{self.name}-{self._groups}", 1, [node], store.history)
        view.main, view.primary, view.opened = [node], node, store.position
        self._online(node, store.position)
        self._told(node, "Bootstrapped", seqno=store.position)
        self._install(view, why)

    def _online(self, node: Node, applied: int) -> None:
        node.stage, node.applied = Stage.ONLINE, applied
        node.received, node.donor, node.alone = None, None, None
        node.held, node.offline_mode = False, False

    def _remember(self, node: Node) -> None:
        if node.id not in self._known:
            self._known.append(node.id)

    # -- who joins ---------------------------------------------------------------------------------------

    def _target(self, node: Node) -> View | None:
        """Return a view that a member can join: it hears a majority, and no incarnation of it is there."""
        able = [
            view
            for view in self.views()
            if self._meets(node, view) and not any(each.name == node.name for each in view.nodes)
        ]
        return max(able, key=lambda view: (len(view.main), view.number), default=None)

    def _meets(self, node: Node, view: View) -> bool:
        """Tell whether a member that is not in a view hears a majority of it."""
        return bool(view.online()) and any(self.hears(node.member, each.member) for each in view.main)

    def _look(self) -> bool:
        """Let one that looks for a group join; tell whether any did."""
        for node in list(self._nodes.values()):
            if node.looking and node.up and node.view is None and node.stage is Stage.OFFLINE:
                view = self._target(node)
                if view is not None:
                    self._admit(node, view)
                    return True
        return False

    def _plan(self, node: Node, view: View, donors: list[Node]) -> Plan:
        p, store = self.parameters, node.store
        has = Has(view.history.timeline, 0)
        if store is not None:
            has = Has(store.history.timeline, store.position)
        logs_from = [each.store.binlog_from for each in donors if each.store is not None]
        limit = p.group_replication_clone_threshold * p.transaction_size
        costs = Costs(p.data_size, p.transaction_size, p.transfer_rate, limit)
        return plan(has, view.history.timeline, logs_from, costs)

    def _admit(self, node: Node, view: View) -> None:
        found = self._plan(node, view, view.online())
        if found.means is Means.ABORT:
            self._told(node, "Diverged", entries=found.own)
            self._leave_for_good(node, "it has transactions that are not in the group")
            return
        node.stage, node.received, node.alone = Stage.RECOVERING, None, None
        following = view.next([*view.nodes, node])
        following.main = sorted([*following.main, node], key=lambda each: each.name)
        self._install(following, f"{node.name} joined")
        self._recover(following)

    def _recover(self, view: View) -> None:
        """Have members that are RECOVERING get what they lack, each from a donor."""
        for node in view.main:
            donors = view.online()
            if node.stage is not Stage.RECOVERING or node.donor is not None or not donors:
                continue
            found = self._plan(node, view, donors)
            node.donor = donors[found.donor]
            took = found.took_us
            if found.means is Means.FULL:
                node.member.directory.contents = None  # the clone replaces what was there
                took += self.parameters.start_time
            if found.means in WORDS:
                self._speak(node, f"it gets what it lacks from {node.donor.name}: {WORDS[found.means]}")
            node.member.life.later(took, self._recovered, node, node.donor, found)

    def _recovered(self, node: Node, donor: Node, done: Plan) -> None:
        """Be ONLINE, if the donor was there to the end; otherwise another one is asked."""
        view = node.view
        if node.stage is not Stage.RECOVERING or node.donor is not donor or view is None:
            return
        node.donor = None
        if node not in view.main or donor not in view.online():
            self._recover(view)
            return
        before, length = node.store, view.history.length
        since = length if done.means is Means.FULL else before.binlog_from if before is not None else 0
        node.member.directory.contents = Store(view.history, length, since)
        self._remember(node)
        applied = view.history.timeline.position_at(self.clock.now - self.parameters.apply_lag)
        self._online(node, applied if done.means is not Means.FULL else length)
        if done.own:
            self._told(node, "Overwritten", count=done.own, by=donor.name)
        if done.means is not Means.NOTHING:
            self._told(node, "Cloned" if done.means is Means.FULL else "CaughtUp")
        self._label(view)
        self._speak(node, "it has all that the group has")
        self._call_election(view)
        self.rethink()

    # -- what a subclass says ----------------------------------------------------------------------------

    def rethink(self) -> None:
        """Hear that something has changed."""

    def _install(self, view: View, why: str, gone: tuple[Node, ...] = ()) -> None:
        """Make a view the one that its members believe in."""

    def _call_election(self, view: View) -> None:
        """Have a primary elected where there is none."""

    def _leave_for_good(self, node: Node, why: str) -> None:
        """Be out of the group, until a person does something."""
