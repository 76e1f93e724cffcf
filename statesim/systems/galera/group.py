"""The components of a Galera cluster: who is heard, who may write, who begins again.

A member that falls silent stalls the writes of all others until it is dropped: after the suspicion if it is
silent, at once if it says goodbye (Galera docs, "Node Failure and Recovery", "Weighted Quorum", "Primary
Component Recovery", "Restarting the Cluster"; codership/galera, gcomm: evs_proto.cpp, pc_proto.cpp).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import Exit
from statesim.systems.components import begins, components
from statesim.systems.detectors import Silence, agreed_us
from statesim.systems.galera.joining import NO_DONOR, GaleraJoining
from statesim.systems.galera.views import Node, Stage, Store, View, furthest
from statesim.systems.wal import Timeline

if TYPE_CHECKING:
    from statesim.systems.base import Member


class GaleraGroup(GaleraJoining):
    """The members of one cluster, and the components that they form."""

    # -- the life of a member ----------------------------------------------------------------------------

    def begin(self, member: Member) -> None:
        """See `MemberSystem.begin`: it looks for the others."""
        node = self._nodes[member.process.uid] = Node(member)
        if member.name in self._to_wipe:
            self._to_wipe.discard(member.name)
            member.directory.contents = None
        member.life.later(self.parameters.start_time, self._open, node)

    def _open(self, node: Node) -> None:
        store, ordinal = node.store, node.member.process.ordinal
        view = View([node], store.timeline if store is not None else Timeline())
        if store is not None and self.parameters.pc_recovery and store.last.names:
            view.last, view.stamp = store.last, store.stamp
            node.stamp, node.restarted = store.stamp, True
        near = (other for other in self._nodes.values() if other is not node)
        meets = any(
            each.view is not None and each.view.primary and self.hears(node.member, each.member)
            for each in near
        )
        why = begins(
            ordinal,
            told=node.name in self._to_bootstrap,
            meets=meets,
            empty=store is None,
            by_number=self.parameters.bootstrap == "ordinal-0",
        )
        if why is not None:
            self.bootstrap(node, why)
        else:
            self._refuse(node, "it looks for a primary component")
        self.rethink()

    def gone(self, member: Member) -> None:
        """See `MemberSystem.gone`: who stops says goodbye; who dies or stands still falls silent."""
        node = self._nodes.get(member.process.uid)
        if node is None or node.member is not member:
            return
        view = node.view
        self._save(node)
        self._lose_tail(node)
        if view is not None and member.stopping:
            self._leave(node, view)
        if member.stopping or not member.process.alive:
            del self._nodes[member.process.uid]
        self.rethink()

    def _leave(self, node: Node, view: View) -> None:
        """Say goodbye: the others are a component of their own size from now on."""
        store, others = node.store, [each for each in view.nodes if each is not node]
        if store is not None:
            store.safe_to_bootstrap = view.primary and not others
            store.forget_component()
        view.nodes = others
        view.silent.pop(node, None)
        node.view = None
        self._fail(node)
        if view.primary and others:
            self._install(view, f"{node.name} has left")

    def resumed(self, member: Member) -> None:
        """See `Members.resumed`: it finds out whether the others have gone on without it."""
        node = self._nodes.get(member.process.uid)
        if node is not None:
            view = node.view
            if view is not None and node not in view.nodes:
                self._stand_alone([node], view, "the others have gone on without it")
            elif view is not None and view.primary:
                self._speak(view, "its machine runs again")
            self.rethink()

    def timeline_of(self, member: Member) -> None:
        """See `Members.timeline_of`: a component has but one history."""

    def network_changed(self) -> None:
        """See `MemberSystem.network_changed`."""
        before = self.clock.cause
        self.rethink()
        self.clock.cause = before

    def rethink(self) -> None:
        """See who is silent, and who meets whom."""
        for view in self.views():
            self._listen(view)
        while self._meet():
            pass
        self._begin_again()

    # -- who is silent -----------------------------------------------------------------------------------

    def _listen(self, view: View) -> None:
        """Note who is not heard in a component, and when it will be dropped."""
        groups = components(view.nodes, self.hears)
        heard = groups[0] if groups else []
        now = self.clock.now
        silent: dict[Node, Silence] = {}
        for node in view.nodes:
            if node not in heard:
                process = node.member.process
                reset = not process.alive and self.host.answers(process)
                after = (
                    self.parameters.evs_inactive_check_period
                    if reset
                    else self.parameters.evs_suspect_timeout
                )
                patience = min(after, self.parameters.evs_suspect_timeout)
                silent[node] = view.silent.get(node, Silence(now, patience))
        if silent == view.silent:
            return
        if view.timer is not None:
            view.timer.cancel()
            view.timer = None
        view.silent = silent
        if silent:
            due = agreed_us(silent.values(), self.parameters.evs_inactive_timeout)
            view.timer = self.clock.after(max(0, due - now), self._drop, view)
        else:
            self._resume(view)

    def _drop(self, view: View) -> None:
        """Go on without who was silent: each group that hears itself is a component of its own."""
        view.timer = None
        groups = components(view.nodes, self.hears)
        if not groups:
            return  # nobody is there to notice
        dropped = sorted(node.name for node in view.silent)
        why = f"{', '.join(dropped)} cannot be heard"
        view.silent = {}
        for node in [each for each in view.nodes if each in self._nodes.values()]:
            self._save(node)
            if not node.up:  # frozen: it does not know yet
                node.stage = Stage.OPEN
        winner = groups[0]
        if view.primary:
            winner = next((group for group in groups if view.has_majority(group)), [])
        view.nodes = winner
        for group in groups:
            if group is not winner:
                self._stand_alone(group, view, why)
        if view.primary and winner:
            self._install(view, why)
        self.rethink()

    def _stand_alone(self, nodes: list[Node], view: View, why: str) -> None:
        """Let members that have no majority wait: no query is answered, ERROR 1047."""
        left = View(nodes, view.timeline)
        left.last, left.stamp = view.last, view.stamp
        for node in nodes:
            joining, node.stage = node.stage is Stage.JOINER, Stage.OPEN
            self._fail(node)
            if joining and node.store is None:
                node.member.life.later(0, self.host.exit, node.member.process, Exit.CRASHED, NO_DONOR)
            self._refuse(node, f"its component is not primary: {why}")
        self._tell(left)

    # -- who may write -----------------------------------------------------------------------------------

    def _install(self, view: View, why: str) -> None:
        """Write the primary component's members down, as each of them does on its disk (gvwstate.dat)."""
        self._stamps += 1
        view.primary, view.stamp = True, self._stamps
        view.count(dict(self.parameters.pc_weight))
        for node in view.nodes:
            node.stamp, node.restarted = view.stamp, False
            if node.store is not None:
                node.store.last, node.store.stamp = view.last, view.stamp
                node.store.safe_to_bootstrap = False
        self._tell(view)
        self._speak(view, why)
        if not view.silent:
            self._resume(view)

    def bootstrap(self, node: Node, why: str) -> None:
        """Begin a cluster from what a member has; the others will have to join it."""
        old, store = node.view, node.store
        self._to_bootstrap.discard(node.name)
        if store is None:
            self._clusters += 1
            store = Store(f"{self.name}-{self._clusters}", Timeline(), 0, 0)
            node.member.directory.contents = store
            self._remember(node)
            self._context.trace.emit(f"DataDirectory/{node.id}", "Initialised", pod=node.name)
        else:
            store.timeline = store.timeline.branch(store.seqno)
        if old is not None:
            old.nodes = [each for each in old.nodes if each is not node]
        node.stage = Stage.SYNCED
        view = View([node], store.timeline, store.uuid)
        self._context.trace.emit(f"Member/{node.name}", "Bootstrapped", system=self.name, seqno=store.seqno)
        self._install(view, why)

    def _begin_again(self) -> None:
        """Bootstrap who is furthest, once everybody who ever had data is in one component."""
        if self.parameters.bootstrap != "highest-seqno":
            return
        kept = {id_ for id_ in self._known if self._has_data(id_)}
        for view in self.views():
            there = [node for node in view.nodes if node.up and node.store is not None]
            if there and not view.primary and not view.silent and kept <= {node.id for node in there}:
                self.bootstrap(furthest(there), "all are there, and it is furthest")
                self.rethink()
                return

    def _has_data(self, id_: str) -> bool:
        found = self._disks.find(id_)
        return found is not None and found.contents is not None

    # -- who meets whom ----------------------------------------------------------------------------------

    def _meet(self) -> bool:
        """Let two components that hear each other become one; tell whether any did."""
        views = [view for view in self.views() if not view.silent and any(node.up for node in view.nodes)]
        for one in views:
            for other in views:
                if one is other or other.primary or not self._touch(one, other):
                    continue
                if one.primary and not one.synced():
                    continue
                self._merge(one, other)
                return True
        return False

    def _touch(self, one: View, other: View) -> bool:
        return any(self.hears(a.member, b.member) for a in one.nodes for b in other.nodes if a.up and b.up)

    def _merge(self, view: View, other: View) -> None:
        """Take the members of a component that is not primary into another one."""
        came, other.nodes = other.nodes, []
        for node in came:
            node.view = view
        view.nodes = view.nodes + came
        if view.primary:
            for node in came:
                self._transfer(node, view)
            names = sorted(node.name for node in came if node.view is view)
            if names:
                self._install(view, f"{', '.join(names)} joined")
            return
        if other.stamp > view.stamp:
            view.last, view.stamp = other.last, other.stamp
        if view.is_complete():
            self._form(view)
        else:
            self._tell(view)

    def _form(self, view: View) -> None:
        """Be primary again: who is furthest has the data, the others get what they lack."""
        best = furthest([node for node in view.nodes if node.store is not None])
        store = best.store
        if store is None:
            return
        if store.seqno < store.timeline.length:
            store.timeline = store.timeline.branch(store.seqno)
        view.timeline, view.uuid, best.stage = store.timeline, store.uuid, Stage.SYNCED
        view.primary = True
        for node in [each for each in view.nodes if each is not best]:
            self._transfer(node, view)
        self._install(view, "its component is complete again")
